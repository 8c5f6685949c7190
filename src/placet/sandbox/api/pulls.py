"""Pull requests: themselves, their files and commits, their reviews, and whose review is asked for."""

from collections.abc import Callable
from datetime import datetime

from placet.sandbox.api import fields
from placet.sandbox.api.call import Call, Reply
from placet.sandbox.api.repositories import commit_shape
from placet.sandbox.api.routing import delete, get, post
from placet.sandbox.model import Pull, Rejected, Review
from placet.sandbox.shapes import commits, conversation, pulls

MOST_COMMITS = 250
_ORDERS: dict[str, Callable[[Pull], tuple[datetime, int]]] = {
    "created": lambda pull: (pull.created_at, pull.number),
    "updated": lambda pull: (pull.updated_at, pull.number),
}


@get("/repos/{owner}/{repo}/pulls", "pull_requests:read")
def pull_list(call: Call) -> Reply:
    """Open ones, newest first, unless something else is asked for. `head` is `owner:branch`."""
    query = call.query
    state, base, head = query.get("state", "open"), query.get("base"), query.get("head", "")
    if state not in {"open", "closed", "all"}:
        raise Rejected(422, "Validation Failed", ({"resource": "PullRequest", "field": "state", "code": "invalid"},))
    order = query.get("sort", "created")
    newest_first = query.get("direction", "desc" if order == "created" else "asc") == "desc"
    every = call.repo.open_pulls if state == "open" else call.repo.pulls
    found = [
        pull
        for pull in every.values()
        if state in {"all", pull.state}
        and (base is None or pull.base_ref == base)
        and (":" not in head or head == f"{pull.head_owner.login}:{pull.head_ref}")
    ]
    found.sort(key=_ORDERS.get(order, _ORDERS["created"]), reverse=newest_first)
    return call.page(found, lambda pull: pulls.simple_pull(call.links, call.as_shown(pull)))


@get("/repos/{owner}/{repo}/pulls/{pull_number}", "pull_requests:read")
def pull(call: Call) -> Reply:
    one = call.pull
    mergeable = call.world.is_mergeable(one) if one.state == "open" else None
    blocked = bool(call.world.missing_checks(one)) if one.state == "open" else False
    return Reply(pulls.full_pull(call.links, one, mergeable=mergeable, blocked=blocked))


@get("/repos/{owner}/{repo}/pulls/{pull_number}/files", "pull_requests:read")
def files(call: Call) -> Reply:
    """Changed files; beyond the limit the list just ends."""
    one = call.pull
    changes = pulls.comparison_of(one).changes[: call.options.file_limit]
    return call.page(changes, lambda change: commits.changed_file(call.links, call.repo, change, one.head_sha))


@get("/repos/{owner}/{repo}/pulls/{pull_number}/commits", "pull_requests:read")
def commit_list(call: Call) -> Reply:
    shas = pulls.comparison_of(call.pull).commits[:MOST_COMMITS]
    return call.page(shas, lambda sha: commit_shape(call.world, call.repo, sha))


@get("/repos/{owner}/{repo}/commits/{commit_sha}/pulls", "pull_requests:read")
def pulls_with_commit(call: Call) -> Reply:
    sha = call.params["commit_sha"]
    found = [one for one in call.repo.pulls.values() if sha in pulls.comparison_of(one).commits]
    return call.page(found, lambda one: pulls.simple_pull(call.links, one))


@get("/repos/{owner}/{repo}/pulls/{pull_number}/reviews", "pull_requests:read")
def reviews(call: Call) -> Reply:
    return call.page(call.pull.reviews, lambda review: conversation.review(call.links, review))


@get("/repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}", "pull_requests:read")
def review(call: Call) -> Reply:
    return Reply(conversation.review(call.links, _review(call)))


@post("/repos/{owner}/{repo}/pulls/{pull_number}/reviews", "pull_requests:write")
def submit_review(call: Call) -> Reply:
    body = fields.text(call.body, "body") or ""
    event = fields.choice(call.body, "event", {"APPROVE", "REQUEST_CHANGES", "COMMENT"}) or "COMMENT"
    given = call.world.review(_true(call), user=call.bot, state=event.lower(), body=body)
    return Reply(conversation.review(call.links, given))


@get("/repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers", "pull_requests:read")
def requested_reviewers(call: Call) -> Reply:
    return Reply(pulls.requested(call.links, call.pull))


@post("/repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers", "pull_requests:write")
def request_reviewers(call: Call) -> Reply:
    people, teams = _asked(call)
    call.world.request_review(_true(call), people, teams, by=call.bot)
    return Reply(pulls.simple_pull(call.links, call.pull), 201)


@delete("/repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers", "pull_requests:write")
def remove_requested_reviewers(call: Call) -> Reply:
    people, slugs = _asked(call)
    one = _true(call)
    asked = {team.slug: team for team in one.requested_teams.values()}
    call.world.remove_request(
        one,
        [user for user in one.requested_users.values() if user.login in people],
        [asked[slug] for slug in slugs if slug in asked],
        by=call.bot,
    )
    return Reply(pulls.simple_pull(call.links, call.pull))


def _asked(call: Call) -> tuple[list[str], list[str]]:
    people, teams = fields.names(call.body, "reviewers"), fields.names(call.body, "team_reviewers")
    if not people and not teams:
        raise Rejected(422, "Either reviewers or team_reviewers must be supplied")
    return people, teams


def _true(call: Call) -> Pull:
    """The pull request itself, for changing: not as it may be shown out of date."""
    found = call.repo.pulls.get(call.number("pull_number"))
    if found is None:
        raise Rejected(404, "Not Found")
    if call.repo.archived:
        raise Rejected(403, "Repository was archived so is read-only.")
    return found


def _review(call: Call) -> Review:
    found = call.world.reviews.get(call.number("review_id"))
    if found is None or found.pull is not call.repo.pulls.get(call.number("pull_number")):
        raise Rejected(404, "Not Found")
    return found
