"""What a pull request is just now: its state, its branches' tips, the checks on a commit, the app's repositories."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from placet.app.snapshot import CheckRun, Pull, Repository
from placet.errors import Unavailable
from placet.github.answers import Forbidden, NotThere, Unauthorised, Unprocessable
from placet.github.client import Asking, Client, query, route
from placet.github.document import Document, Reply
from placet.proposals.model import Person

_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True, slots=True)
class Installation:
    """An installation of the app, and the account that it is on.

    ``created_at`` is None where it covers chosen repositories only: then it does not say since when each is covered.
    """

    id: int
    owner_id: int
    owner: str
    owner_is_organisation: bool
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class App:
    """A GitHub App, as it is registered."""

    id: int
    name: str


def is_sha(text: str) -> bool:
    """Whether the text names a git object in full."""
    return _SHA.fullmatch(text) is not None


async def pull_of(client: Client, repository: Repository, number: int, *, young: bool) -> Pull | None:
    """The pull request, None if there is none; ``merged_sha`` is the base's tip where the merge cannot be learnt.

    Raises Unavailable where another repository took over the name.
    """
    path = route("/repos/{owner}/{name}/pulls/{number}", owner=repository.owner, name=repository.name, number=number)
    try:
        pull = Reply(await client.item(path, Asking(young=young)), f"pull request {number}")
    except NotThere:
        return None
    base = pull.child("base")
    if base.child("repo").number("id") != repository.id:
        raise Unavailable(
            f"{repository.full_name} is another repository now",
            code="repository_moved",
            hint="what it is called now comes with the next look at the installation",
        )
    is_open = pull.text("state") == "open"
    is_merged = pull.flag("merged")
    tip = await tip_of(client, repository, base.text("ref")) if is_open or is_merged else None
    head = pull.child("head")
    head_repository = head.optional_child("repo")
    return Pull(
        repository=repository,
        number=number,
        title=pull.text("title"),
        body=pull.optional_text("body"),
        author=pull.person("user"),
        head_sha=head.text("sha"),
        head_ref=head.text("ref"),
        base_ref=base.text("ref"),
        base_tip=tip or base.text("sha"),
        is_open=is_open,
        is_draft=pull.flag("draft"),
        is_merged=is_merged,
        updated_at=pull.time("updated_at"),
        created_at=pull.time("created_at"),
        head_repository=head_repository.text("full_name") if head_repository is not None else None,
        requested_teams=tuple(one.text("slug") for one in pull.objects("requested_teams")),
        requested_users=tuple(one.text("login") for one in pull.objects("requested_reviewers")),
        comments=pull.number("comments"),
        line_comments=pull.number("review_comments"),
        closed_at=pull.optional_time("closed_at"),
        merged_sha=(await _merge_commit(client, repository, number) or tip or "") if is_merged else "",
    )


async def tip_of(client: Client, repository: Repository, branch: str) -> str | None:
    """The commit that a branch is on now; None where there is no such branch."""
    try:
        path = route(
            "/repos/{owner}/{name}/git/ref/heads/{+branch}",
            owner=repository.owner,
            name=repository.name,
            branch=branch,
        )
        return Reply(await client.item(path), f"branch {branch}").child("object").text("sha")
    except NotThere:
        return None


async def open_pulls_of(client: Client, repository: Repository, base: str | None) -> tuple[int, ...]:
    """The numbers of the open pull requests in order, on one base or on all; none where the repository is gone."""
    path = query(route("/repos/{owner}/{name}/pulls", owner=repository.owner, name=repository.name), state="open")
    if base is not None:
        path = query(path, base=base)
    try:
        found = [Reply(one, "pull request") for one in await client.items(path, within=None)]
    except NotThere:
        return ()
    return tuple(
        sorted({one.number("number") for one in found if base is None or one.child("base").text("ref") == base})
    )


async def merge_base_of(client: Client, repository: Repository, base: str, head: str) -> str | None:
    """The merge base of two commits; None where they share no history.

    Only that is read of the comparison: its list of files stops at 300. Raises NotThere where a commit is unknown.
    """
    if base == head:
        return base
    path = route(
        "/repos/{owner}/{name}/compare/{base}...{head}",
        owner=repository.owner,
        name=repository.name,
        base=base,
        head=head,
    )
    asking = Asking(young=True, stored=False)
    try:
        comparison = Reply(await client.item(query(path, per_page=1), asking), "comparison")
    except NotThere as error:
        if "no common ancestor" in error.reason.lower():
            return None
        raise
    return comparison.child("merge_base_commit").text("sha")


async def pushers_of(client: Client, repository: Repository, branch: str) -> tuple[Person, ...]:
    """Who moved a branch since it was made last, once each; nobody where that cannot be learnt."""
    path = route("/repos/{owner}/{name}/activity", owner=repository.owner, name=repository.name)
    try:
        found = await client.item(query(path, ref=f"refs/heads/{branch}", per_page=100))
    except (NotThere, Forbidden, Unprocessable):
        return ()
    people: dict[int, Person] = {}
    for one in [Reply(each, "activity") for each in found] if isinstance(found, list) else []:
        person = one.person("actor")
        people.setdefault(person.id, person)
        if one.text("activity_type") == "branch_creation":
            break
    return tuple(people.values())


async def requires_check(client: Client, repository: Repository, branch: str, name: str) -> bool:
    """Whether a branch's rules demand a check of that name."""
    path = route(
        "/repos/{owner}/{name}/rules/branches/{branch}", owner=repository.owner, name=repository.name, branch=branch
    )
    try:
        rules = [Reply(one, "rule") for one in await client.items(path, within=None)]
    except (NotThere, Forbidden):
        return False
    demanded = [
        check.text("context")
        for rule in rules
        if rule.text("type") == "required_status_checks"
        for check in rule.child("parameters").objects("required_status_checks")
    ]
    return name in demanded


async def check_runs_of(client: Client, repository: Repository, sha: str, name: str) -> tuple[CheckRun, ...]:
    """The check runs of that name on a commit, newest first, whoever made them."""
    path = route(
        "/repos/{owner}/{name}/commits/{sha}/check-runs", owner=repository.owner, name=repository.name, sha=sha
    )
    found = await client.items(query(path, check_name=name, filter="all"), within="check_runs")
    runs = [_check_run(Reply(one, "check run")) for one in found]
    return tuple(sorted((run for run in runs if run.name == name), key=lambda run: -run.id))


async def app_of(client: Client) -> App:
    """The app that asks."""
    found = Reply(await client.item("/app"), "app")
    return App(found.number("id"), found.optional_text("name"))


async def installations_of(app: Client) -> tuple[Installation, ...]:
    """The app's installations that are not suspended."""
    found = [Reply(one, "installation") for one in await app.items("/app/installations", within=None)]
    return tuple(_installation(one) for one in found if one.optional_time("suspended_at") is None)


async def repositories_of(client: Client, installation: Installation) -> tuple[Repository, ...]:
    """The repositories of an installation that can be written to; none where it has gone meanwhile."""
    try:
        found = await client.items("/installation/repositories", within="repositories")
    except (Forbidden, NotThere, Unauthorised):
        return ()
    read = [Reply(one, "repository") for one in found]
    return tuple(
        repository_from(one, installation.id, _covered_since(one, installation))
        for one in read
        if not one.flag("archived") and not one.flag("disabled")
    )


def _covered_since(repository: Document, installation: Installation) -> datetime | None:
    """An installation on everything covers a repository from its first day, or the installation's."""
    made_at = repository.optional_time("created_at")
    if installation.created_at is None or made_at is None:
        return None
    return max(installation.created_at, made_at)


def repository_from(repository: Document, installation_id: int, covered_since: datetime | None = None) -> Repository:
    """A repository, as the API and the payloads of webhooks describe it."""
    owner = repository.child("owner")
    return Repository(
        id=repository.number("id"),
        installation_id=installation_id,
        owner_id=owner.number("id"),
        owner=owner.text("login"),
        name=repository.text("name"),
        default_branch=repository.text("default_branch"),
        owner_is_organisation=owner.text("type") == "Organization",
        covered_since=covered_since,
    )


def _installation(one: Document) -> Installation:
    account = one.child("account")
    return Installation(
        id=one.number("id"),
        owner_id=account.number("id"),
        owner=account.optional_text("login"),
        owner_is_organisation=account.optional_text("type") == "Organization",
        created_at=one.optional_time("created_at") if one.optional_text("repository_selection") == "all" else None,
    )


async def _merge_commit(client: Client, repository: Repository, number: int) -> str:
    """The commit that the merge made on the base, where it can be learnt: newer versions took it from pull requests."""
    path = route(
        "/repos/{owner}/{name}/issues/{number}/events", owner=repository.owner, name=repository.name, number=number
    )
    try:
        events = [Reply(one, "event") for one in await client.items(path, within=None)]
    except (NotThere, Forbidden):
        return ""
    merged = [one.optional_text("commit_id") for one in events if one.optional_text("event") == "merged"]
    return next((sha for sha in reversed(merged) if sha), "")


def _check_run(run: Document) -> CheckRun:
    app = run.optional_child("app")
    return CheckRun(
        id=run.number("id"),
        name=run.text("name"),
        app_id=app.number("id") if app is not None else None,
        status=run.text("status"),
        conclusion=run.optional_text("conclusion") or None,
    )
