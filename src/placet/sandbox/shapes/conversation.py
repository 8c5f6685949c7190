"""Reviews, comments and reactions as JSON."""

from placet.sandbox import rights
from placet.sandbox.model import Comment, Json, PullEvent, Reaction, Review, ReviewComment
from placet.sandbox.shapes import accounts, pulls
from placet.sandbox.shapes.links import Links, node, stamp


def review(links: Links, one: Review) -> Json:
    """A review as the API gives it; its state is in upper case."""
    page = f"{links.page(one.pull.repo)}/pull/{one.pull.number}#pullrequestreview-{one.id}"
    pull = f"{links.repo(one.pull.repo)}/pulls/{one.pull.number}"
    return {
        "id": one.id,
        "node_id": node("PullRequestReview", one.id),
        "user": accounts.user_or_none(links, one.user),
        "body": one.body,
        "state": one.state,
        "html_url": page,
        "pull_request_url": pull,
        "author_association": rights.association(one.pull.repo, one.user),
        "_links": {"html": {"href": page}, "pull_request": {"href": pull}},
        "submitted_at": stamp(one.submitted_at),
        "commit_id": one.commit_id,
    }


def hook_review(links: Links, one: Review) -> Json:
    """A review as webhooks carry it: its state is in lower case, and an empty body is null."""
    return {**review(links, one), "state": one.state.lower(), "body": one.body or None}


def comment(links: Links, one: Comment) -> Json:
    repo = links.repo(one.pull.repo)
    api = f"{repo}/issues/comments/{one.id}"
    return {
        "url": api,
        "html_url": f"{links.page(one.pull.repo)}/pull/{one.pull.number}#issuecomment-{one.id}",
        "issue_url": f"{repo}/issues/{one.pull.number}",
        "id": one.id,
        "node_id": node("IssueComment", one.id),
        "user": accounts.user_or_none(links, one.user),
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.updated_at),
        "author_association": rights.association(one.pull.repo, one.user),
        "body": one.body,
        "reactions": pulls.rollup(f"{api}/reactions", one.reactions),
        "performed_via_github_app": None if one.via_app is None else accounts.app(links, one.via_app),
    }


def review_comment(links: Links, one: ReviewComment) -> Json:
    repo = links.repo(one.pull.repo)
    api = f"{repo}/pulls/comments/{one.id}"
    page = f"{links.page(one.pull.repo)}/pull/{one.pull.number}#discussion_r{one.id}"
    pull = f"{repo}/pulls/{one.pull.number}"
    shape: Json = {
        "url": api,
        "html_url": page,
        "pull_request_url": pull,
        "pull_request_review_id": one.review.id,
        "id": one.id,
        "node_id": node("PullRequestReviewComment", one.id),
        "diff_hunk": f"@@ -{one.line} +{one.line} @@",
        "path": one.path,
        "position": 1,
        "original_position": 1,
        "commit_id": one.commit_id,
        "original_commit_id": one.commit_id,
        "user": accounts.user_or_none(links, one.user),
        "body": one.body,
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.updated_at),
        "author_association": rights.association(one.pull.repo, one.user),
        "_links": {"self": {"href": api}, "html": {"href": page}, "pull_request": {"href": pull}},
        "reactions": pulls.rollup(f"{api}/reactions", one.reactions),
        "start_line": None,
        "original_start_line": None,
        "start_side": None,
        "line": one.line,
        "original_line": one.line,
        "side": "RIGHT",
        "subject_type": "line",
    }
    if one.in_reply_to is not None:
        shape["in_reply_to_id"] = one.in_reply_to
    return shape


def event(links: Links, one: PullEvent) -> Json:
    """A line of a pull request's history."""
    repo = links.repo(one.pull.repo)
    return {
        "id": one.id,
        "node_id": node("Event", one.id),
        "url": f"{repo}/issues/events/{one.id}",
        "actor": accounts.user(links, one.actor),
        "event": one.event,
        "commit_id": one.commit_id,
        "commit_url": None if one.commit_id is None else f"{repo}/commits/{one.commit_id}",
        "created_at": stamp(one.created_at),
        "performed_via_github_app": None,
        **one.details,
    }


def reaction(links: Links, one: Reaction) -> Json:
    return {
        "id": one.id,
        "node_id": node("Reaction", one.id),
        "user": accounts.user_or_none(links, one.user),
        "content": one.content,
        "created_at": stamp(one.created_at),
    }
