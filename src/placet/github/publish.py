"""Everything that is written to GitHub: checks, review requests, comments, reactions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from placet.app.actions import Annotation, CheckContent
from placet.app.snapshot import Pull, Repository
from placet.github.answers import Forbidden, NotThere, Unprocessable
from placet.github.checks import ANNOTATIONS_AT_ONCE, annotation_body, check_body, comment_text, more_annotations
from placet.github.client import Asking, Client, route
from placet.github.document import Reply
from placet.proposals.model import Source, SourceKind, Team, TeamKind

REVIEWERS_AT_MOST = 15  # users and teams of one pull request together

# Whether a GitHub team can see a repository: only then its review can be asked for.
Access = Callable[[Repository, Team], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Requested:
    """Whose reviews are asked for: the slugs of teams, and logins in lower case."""

    teams: frozenset[str]
    people: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked for one team: why it could not be (``reason``), or whom to look for when it is read back."""

    reason: str = ""
    slug: str = ""
    name: str = ""
    people: Mapping[str, str] = field(default_factory=dict)
    refusals: Mapping[str, str] = field(default_factory=dict)

    @property
    def waits(self) -> bool:
        """Whether it has to be read back."""
        return bool(self.slug or self.people)

    def outcome(self, now: Requested) -> str:
        """Why it does not stand; the empty text where it does."""
        if self.slug:
            return "" if self.slug in now.teams else f"GitHub did not take the request to {self.name}"
        still = [login for folded, login in self.people.items() if folded not in now.people]
        told = [f"{one} could not be asked: {self.refusals.get(one) or 'GitHub did not take it'}" for one in still]
        return self.reason or "; ".join(told)


async def post_check(client: Client, repository: Repository, sha: str, content: CheckContent) -> int:
    """A new check run's id; annotations past the first fifty are added by further requests."""
    body = {**check_body(content, content.annotations), "head_sha": sha}
    made = Reply(await client.write("POST", f"{_root(repository)}/check-runs", body, Asking(young=True)), "check run")
    check_id = made.number("id")
    await _annotate(client, repository, check_id, content, content.annotations[ANNOTATIONS_AT_ONCE:])
    return check_id


async def update_check(
    client: Client, repository: Repository, check_id: int, content: CheckContent, asking: Asking
) -> None:
    """Bring a check run of ours to that content; annotations that it has already are not added again.

    Raises NotThere where the check run is gone.
    """
    missing = await _missing_annotations(client, repository, check_id, content.annotations, asking)
    path = f"{_root(repository)}/check-runs/{check_id}"
    await client.write("PATCH", path, check_body(content, missing), asking)
    await _annotate(client, repository, check_id, content, missing[ANNOTATIONS_AT_ONCE:])


async def request_teams(client: Client, pull: Pull, teams: Sequence[Team], has_access: Access) -> dict[str, str]:
    """Ask for teams' reviews; by team's id the empty text where it now stands, else why it could not be asked.

    One request for each team, since one that GitHub does not take fails a whole request; read back once.
    """
    known = Requested(frozenset(pull.requested_teams), frozenset(one.casefold() for one in pull.requested_users))
    asked: dict[str, list[_Asked]] = {}
    for team in teams:
        asked[team.id] = [await _request(client, pull, part, known, has_access) for part in team.parts or (team,)]
    is_open = any(one.waits for parts in asked.values() for one in parts)
    now = await _requested(client, pull) if is_open else known
    return {
        team: "; ".join(dict.fromkeys(reason for one in parts if (reason := one.outcome(now))))
        for team, parts in asked.items()
    }


async def comment(client: Client, repository: Repository, number: int, body: str) -> int:
    """A new comment's id."""
    path = f"{_root(repository)}/issues/{number}/comments"
    made = await client.write("POST", path, {"body": comment_text(body)})
    return Reply(made, "comment").number("id")


async def edit_comment(client: Client, repository: Repository, comment_id: int, body: str, asking: Asking) -> bool:
    """False where the comment is gone."""
    path = f"{_root(repository)}/issues/comments/{comment_id}"
    try:
        await client.write("PATCH", path, {"body": comment_text(body)}, asking)
    except NotThere:
        return False
    return True


async def delete_comment(client: Client, repository: Repository, comment_id: int) -> None:
    """Delete a comment of ours; one that is gone is well gone."""
    try:
        await client.write("DELETE", f"{_root(repository)}/issues/comments/{comment_id}", b"")
    except NotThere:
        return


async def react(client: Client, repository: Repository, source: Source, reaction: str) -> None:
    """Put a reaction on a comment; again is no change. Reviews and buttons cannot carry one, nor what is gone."""
    folder = {SourceKind.COMMENT: "issues", SourceKind.REVIEW_COMMENT: "pulls"}.get(source.kind)
    if folder is None:
        return
    path = f"{_root(repository)}/{folder}/comments/{source.id}/reactions"
    try:
        await client.write("POST", path, {"content": reaction})
    except NotThere:
        return


async def _annotate(
    client: Client, repository: Repository, check_id: int, content: CheckContent, annotations: Sequence[Annotation]
) -> None:
    path = f"{_root(repository)}/check-runs/{check_id}"
    for start in range(0, len(annotations), ANNOTATIONS_AT_ONCE):
        body = more_annotations(content, annotations[start : start + ANNOTATIONS_AT_ONCE])
        await client.write("PATCH", path, body, Asking(young=True))


async def _missing_annotations(
    client: Client, repository: Repository, check_id: int, annotations: Sequence[Annotation], asking: Asking
) -> tuple[Annotation, ...]:
    """Those that the check run does not have yet: a PATCH adds, and what was added cannot be taken back."""
    if not annotations:
        return ()
    path = f"{_root(repository)}/check-runs/{check_id}/annotations"
    stand = [Reply(one, "annotation") for one in await client.items(path, within=None, asking=asking)]
    have = {
        (
            one.text("path"),
            one.number("start_line"),
            _settled(one.optional_text("title")),
            _settled(one.optional_text("message")),
        )
        for one in stand
    }
    return tuple(one for one in annotations if _as_shown(one) not in have)


def _as_shown(annotation: Annotation) -> tuple[str, int, str, str]:
    body = annotation_body(annotation)
    return body["path"], body["start_line"], _settled(body.get("title", "")), _settled(body["message"])


def _settled(text: str) -> str:
    """A text however a server keeps its line ends and the space around it."""
    return "\n".join(text.split("\r\n")).strip()


async def _request(client: Client, pull: Pull, team: Team, known: Requested, has_access: Access) -> _Asked:
    if team.kind is TeamKind.GITHUB:
        return await _request_github_team(client, pull, team, known, has_access)
    if team.kind in {TeamKind.LIST, TeamKind.PERSON}:
        return await _request_people(client, pull, team, known)
    return _Asked(f"{team.name} is neither a team nor a person on GitHub")


async def _request_github_team(client: Client, pull: Pull, team: Team, known: Requested, has_access: Access) -> _Asked:
    slug = team.slug.rpartition("/")[2]
    if slug in known.teams:
        return _Asked()
    if not await has_access(pull.repository, team):
        return _Asked(f"{team.slug} has no access to {pull.repository.full_name}")
    refused = await _ask(client, pull, {"team_reviewers": [slug]})
    return _Asked(refused) if refused else _Asked(slug=slug, name=team.slug)


async def _request_people(client: Client, pull: Pull, team: Team, known: Requested) -> _Asked:
    """Ask everybody of a list but the author, whom GitHub does not take; together, or one by one where that fails."""
    author = pull.author.login.casefold()
    wanted = {login.casefold(): login for login in team.members if login.casefold() != author}
    if not wanted:
        return _Asked(f"nobody but the author is in {team.name}")
    missing = [login for folded, login in wanted.items() if folded not in known.people][:REVIEWERS_AT_MOST]
    if not missing:
        return _Asked()
    refusals: dict[str, str] = {}
    refused = await _ask(client, pull, {"reviewers": missing})
    if refused and len(missing) > 1:
        for login in missing:
            refusals[login] = await _ask(client, pull, {"reviewers": [login]})
    elif refused:
        refusals[missing[0]] = refused
    return _Asked(people=wanted, refusals=refusals)


async def _ask(client: Client, pull: Pull, whom: dict[str, list[str]]) -> str:
    """Request reviews; the empty text, or GitHub's reason why not."""
    try:
        await client.write("POST", f"{_root(pull.repository)}/pulls/{pull.number}/requested_reviewers", whom)
    except (Unprocessable, Forbidden, NotThere) as error:
        return error.reason or f"GitHub answered {error.status}"
    return ""


async def _requested(client: Client, pull: Pull) -> Requested:
    """Whose reviews are asked for just now."""
    path = f"{_root(pull.repository)}/pulls/{pull.number}/requested_reviewers"
    found = Reply(await client.item(path), "requested reviewers")
    teams = frozenset(one.text("slug") for one in found.objects("teams"))
    return Requested(teams, frozenset(one.text("login").casefold() for one in found.objects("users")))


def _root(repository: Repository) -> str:
    return route("/repos/{owner}/{name}", owner=repository.owner, name=repository.name)
