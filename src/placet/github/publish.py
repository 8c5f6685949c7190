"""Everything that is written to GitHub: checks, review requests, comments, reactions."""

from __future__ import annotations

from collections.abc import Sequence

from placet.app.actions import Annotation, CheckContent
from placet.app.snapshot import Repository
from placet.github.answers import Forbidden, NotThere, Unprocessable
from placet.github.checks import ANNOTATIONS_AT_ONCE, annotation_body, check_body, comment_text, more_annotations
from placet.github.client import Asking, Client, route
from placet.github.document import Reply
from placet.github.teams import has_access
from placet.proposals.model import Source, SourceKind, Team, TeamKind

REVIEWERS_AT_MOST = 15  # users and teams of one pull request together


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


async def request_team(client: Client, repository: Repository, number: int, team: Team) -> str:
    """Ask for a team's review; the empty text when it now stands, else why it could not be asked."""
    if team.kind is TeamKind.ANY_OF:
        told = [await request_team(client, repository, number, part) for part in team.parts]
        return "; ".join(dict.fromkeys(reason for reason in told if reason))
    if team.kind is TeamKind.GITHUB:
        return await _request_github_team(client, repository, number, team)
    if team.kind in {TeamKind.LIST, TeamKind.PERSON}:
        return await _request_people(client, repository, number, team)
    return f"{team.name} is neither a team nor a person on GitHub"


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


async def _request_github_team(client: Client, repository: Repository, number: int, team: Team) -> str:
    slug = team.slug.rpartition("/")[2]
    if slug in (await _requested(client, repository, number))[0]:
        return ""
    if not await has_access(client, repository, team):
        return f"{team.slug} has no access to {repository.full_name}"
    refused = await _ask(client, repository, number, {"team_reviewers": [slug]})
    if refused:
        return refused
    stands = slug in (await _requested(client, repository, number))[0]
    return "" if stands else f"GitHub did not take the request to {team.slug}"


async def _request_people(client: Client, repository: Repository, number: int, team: Team) -> str:
    """Ask everybody of a list but the author, whom GitHub does not take; together, or one by one where that fails."""
    author = await _author(client, repository, number)
    wanted = {login.casefold(): login for login in team.members if login.casefold() != author}
    if not wanted:
        return f"nobody but the author is in {team.name}"
    missing = _without(wanted, (await _requested(client, repository, number))[1])[:REVIEWERS_AT_MOST]
    if not missing:
        return ""
    refusals: dict[str, str] = {}
    refused = await _ask(client, repository, number, {"reviewers": missing})
    if refused and len(missing) > 1:
        for login in missing:
            refusals[login] = await _ask(client, repository, number, {"reviewers": [login]})
    elif refused:
        refusals[missing[0]] = refused
    still = _without(wanted, (await _requested(client, repository, number))[1])
    return "; ".join(
        f"{login} could not be asked: {refusals.get(login) or 'GitHub did not take it'}" for login in still
    )


async def _ask(client: Client, repository: Repository, number: int, whom: dict[str, list[str]]) -> str:
    """Request reviews; the empty text, or GitHub's reason why not."""
    try:
        await client.write("POST", f"{_root(repository)}/pulls/{number}/requested_reviewers", whom)
    except (Unprocessable, Forbidden, NotThere) as error:
        return error.reason or f"GitHub answered {error.status}"
    return ""


async def _requested(client: Client, repository: Repository, number: int) -> tuple[frozenset[str], frozenset[str]]:
    """The slugs of the teams and the logins (in lower case) whose reviews are asked for just now."""
    path = f"{_root(repository)}/pulls/{number}/requested_reviewers"
    found = Reply(await client.item(path), "requested reviewers")
    teams = frozenset(one.text("slug") for one in found.objects("teams"))
    return teams, frozenset(one.text("login").casefold() for one in found.objects("users"))


async def _author(client: Client, repository: Repository, number: int) -> str:
    found = Reply(await client.item(f"{_root(repository)}/pulls/{number}"), f"pull request {number}")
    return found.person("user").login.casefold()


def _without(wanted: dict[str, str], there: frozenset[str]) -> list[str]:
    return [login for folded, login in wanted.items() if folded not in there]


def _root(repository: Repository) -> str:
    return route("/repos/{owner}/{name}", owner=repository.owner, name=repository.name)
