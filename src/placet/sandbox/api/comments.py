"""Comments below pull requests and beside their lines, and reactions to both."""

from datetime import UTC, datetime

from placet.sandbox.api import fields
from placet.sandbox.api.call import Call, Reply
from placet.sandbox.api.routing import delete, get, patch, post
from placet.sandbox.model import Comment, Pull, Rejected, ReviewComment
from placet.sandbox.shapes import conversation, pulls

READ, WRITE = "issues:read|pull_requests:read", "issues:write|pull_requests:write"


@get("/repos/{owner}/{repo}/issues/{issue_number}", READ)
def issue(call: Call) -> Reply:
    """The issue that a pull request is too. The newer description has no null for when it was merged."""
    shape = pulls.issue(call.links, _pull(call))
    if shape["pull_request"]["merged_at"] is None:
        del shape["pull_request"]["merged_at"]
    return Reply(shape)


@get("/repos/{owner}/{repo}/issues/{issue_number}/events", READ)
def events(call: Call) -> Reply:
    """What was done to a pull request, apart from what was said."""
    return call.page(_pull(call).events, lambda one: conversation.event(call.links, one))


@get("/repos/{owner}/{repo}/issues/{issue_number}/comments", READ)
def comments(call: Call) -> Reply:
    return call.page(_since(call, _pull(call).comments), lambda one: conversation.comment(call.links, one))


@get("/repos/{owner}/{repo}/issues/comments", READ)
def repository_comments(call: Call) -> Reply:
    by_update = call.query.get("sort") == "updated"
    found = sorted(_since(call, call.repo.comments), key=lambda one: one.updated_at if by_update else one.created_at)
    if call.query.get("direction") == "desc":
        found.reverse()
    return call.page(found, lambda one: conversation.comment(call.links, one))


@post("/repos/{owner}/{repo}/issues/{issue_number}/comments", WRITE)
def create(call: Call) -> Reply:
    one = _pull(call)
    _writable(call)
    made = call.world.comment(one, user=call.bot, body=_body(call), via_app=call.caller.installation.app)
    return Reply(conversation.comment(call.links, made), 201)


@get("/repos/{owner}/{repo}/issues/comments/{comment_id}", READ)
def comment(call: Call) -> Reply:
    return Reply(conversation.comment(call.links, _comment(call)))


@patch("/repos/{owner}/{repo}/issues/comments/{comment_id}", WRITE)
def edit(call: Call) -> Reply:
    one = _comment(call)
    _writable(call)
    call.world.edit_comment(one, _body(call), user=call.bot)
    return Reply(conversation.comment(call.links, one))


@delete("/repos/{owner}/{repo}/issues/comments/{comment_id}", WRITE)
def remove(call: Call) -> Reply:
    one = _comment(call)
    _writable(call)
    call.world.delete_comment(one, user=call.bot)
    return Reply(status=204)


@get("/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions", READ)
def reactions(call: Call) -> Reply:
    return _reactions(call, _comment(call))


@post("/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions", WRITE)
def react(call: Call) -> Reply:
    return _react(call, _comment(call))


@delete("/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions/{reaction_id}", WRITE)
def unreact(call: Call) -> Reply:
    return _unreact(call, _comment(call))


@get("/repos/{owner}/{repo}/pulls/{pull_number}/comments", "pull_requests:read")
def review_comments(call: Call) -> Reply:
    return call.page(call.pull.review_comments, lambda one: conversation.review_comment(call.links, one))


@get("/repos/{owner}/{repo}/pulls/comments/{comment_id}", "pull_requests:read")
def review_comment(call: Call) -> Reply:
    return Reply(conversation.review_comment(call.links, _remark(call)))


@post("/repos/{owner}/{repo}/pulls/{pull_number}/comments/{comment_id}/replies", "pull_requests:write")
def reply(call: Call) -> Reply:
    """An answer beside the same line."""
    to = _remark(call)
    _writable(call)
    made = call.world.review_comment(to.pull, user=call.bot, body=_body(call), path=to.path, line=to.line, reply_to=to)
    return Reply(conversation.review_comment(call.links, made), 201)


@get("/repos/{owner}/{repo}/pulls/comments/{comment_id}/reactions", "pull_requests:read")
def review_comment_reactions(call: Call) -> Reply:
    return _reactions(call, _remark(call))


@post("/repos/{owner}/{repo}/pulls/comments/{comment_id}/reactions", "pull_requests:write")
def react_to_review_comment(call: Call) -> Reply:
    return _react(call, _remark(call))


@delete("/repos/{owner}/{repo}/pulls/comments/{comment_id}/reactions/{reaction_id}", "pull_requests:write")
def unreact_to_review_comment(call: Call) -> Reply:
    return _unreact(call, _remark(call))


def _reactions(call: Call, comment: Comment | ReviewComment) -> Reply:
    wanted = call.query.get("content")
    found = [one for one in comment.reactions if wanted in (None, one.content)]
    return call.page(found, lambda one: conversation.reaction(call.links, one))


def _react(call: Call, comment: Comment | ReviewComment) -> Reply:
    _writable(call)
    content = fields.needed(call.body, "content")
    reaction, is_new = call.world.react(comment, user=call.bot, content=content)
    return Reply(conversation.reaction(call.links, reaction), 201 if is_new else 200)


def _unreact(call: Call, comment: Comment | ReviewComment) -> Reply:
    number = call.number("reaction_id")
    kept = [one for one in comment.reactions if one.id != number]
    if len(kept) == len(comment.reactions):
        raise Rejected(404, "Not Found")
    comment.reactions[:] = kept
    return Reply(status=204)


def _since(call: Call, comments: list[Comment]) -> list[Comment]:
    text = call.query.get("since")
    if not text:
        return list(comments)
    try:
        since = datetime.fromisoformat(text)
    except ValueError:
        raise Rejected(422, "Validation Failed", ({"resource": "IssueComment", "field": "since"},)) from None
    return [one for one in comments if one.updated_at >= since.replace(tzinfo=since.tzinfo or UTC)]


def _body(call: Call) -> str:
    text = fields.text(call.body, "body")
    if text is None:
        raise fields.invalid('"body" wasn\'t supplied.')
    return text


def _writable(call: Call) -> None:
    if call.repo.archived:
        raise Rejected(403, "Repository was archived so is read-only.")


def _pull(call: Call) -> Pull:
    found = call.repo.pulls.get(call.number("issue_number"))
    if found is None:
        raise Rejected(404, "Not Found")
    return found


def _comment(call: Call) -> Comment:
    found = call.world.comments.get(call.number("comment_id"))
    if found is None or found.pull.repo is not call.repo:
        raise Rejected(404, "Not Found")
    return found


def _remark(call: Call) -> ReviewComment:
    found = call.world.review_comments.get(call.number("comment_id"))
    if found is None or found.pull.repo is not call.repo:
        raise Rejected(404, "Not Found")
    return found
