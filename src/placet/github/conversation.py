"""Reviews and comments as utterances: of the REST lists, and of the payloads of webhooks."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from placet.app.snapshot import Pull, Repository
from placet.github.client import Client, route
from placet.github.document import Document, Reply
from placet.proposals.model import Deed, Person, SourceKind, Utterance


async def utterances_on(client: Client, pull: Pull) -> tuple[Utterance, ...]:
    """Every review and comment that stands there now, in order of time. Raises NotThere without the pull request.

    Comments are not asked for where the pull request has none; GitHub counts no reviews.
    """
    root = route("/repos/{owner}/{name}", owner=pull.repository.owner, name=pull.repository.name)
    reviews, comments, lines = await asyncio.gather(
        client.items(f"{root}/pulls/{pull.number}/reviews", within=None),
        _listed(client, f"{root}/issues/{pull.number}/comments", pull.comments),
        _listed(client, f"{root}/pulls/{pull.number}/comments", pull.line_comments),
    )
    found = [
        *(_listed_review(Reply(one, "review")) for one in reviews if _is_submitted(one)),
        *(_listed_comment(Reply(one, "comment"), SourceKind.COMMENT) for one in comments),
        *(_listed_comment(Reply(one, "review comment"), SourceKind.REVIEW_COMMENT) for one in lines),
    ]
    return tuple(sorted(found, key=lambda one: (one.at, one.kind, one.id)))


async def _listed(client: Client, path: str, number: int) -> list[Any]:
    return await client.items(path, within=None) if number else []


async def comments_on(client: Client, repository: Repository, number: int) -> tuple[Utterance, ...]:
    """The comments on the pull request itself, in order of time; reviews and comments on lines are not among them."""
    root = route("/repos/{owner}/{name}", owner=repository.owner, name=repository.name)
    found = await client.items(f"{root}/issues/{number}/comments", within=None)
    listed = [_listed_comment(Reply(one, "comment"), SourceKind.COMMENT) for one in found]
    return tuple(sorted(listed, key=lambda one: (one.at, one.id)))


def told_review(review: Document, deed: Deed, by: Person, at: datetime) -> Utterance:
    """A review as a delivery tells of it."""
    return Utterance(
        kind=SourceKind.REVIEW,
        id=review.number("id"),
        deed=deed,
        author=review.person("user"),
        by=by,
        body=review.optional_text("body"),
        at=at,
        state=review.text("state").lower(),
        commit_id=review.optional_text("commit_id"),
        edited=deed is Deed.EDITED,
        from_delivery=True,
        app_id=app_of(review),
    )


def told_comment(comment: Document, kind: SourceKind, deed: Deed, by: Person, at: datetime) -> Utterance:
    """A comment, on the pull request or on a line of it, as a delivery tells of it."""
    return Utterance(
        kind=kind,
        id=comment.number("id"),
        deed=deed,
        author=comment.person("user"),
        by=by,
        body=comment.optional_text("body"),
        at=at,
        commit_id=comment.optional_text("commit_id"),
        edited=deed is Deed.EDITED,
        from_delivery=True,
        app_id=app_of(comment),
    )


def app_of(thing: Document) -> int | None:
    """The id of the app that wrote it, None where a person did."""
    app = thing.optional_child("performed_via_github_app")
    return app.number("id") if app is not None else None


def _is_submitted(review: object) -> bool:
    """A pending review is a draft that only its author may see."""
    return isinstance(review, dict) and review.get("submitted_at") is not None


def _listed_review(review: Document) -> Utterance:
    author = review.person("user")
    return Utterance(
        kind=SourceKind.REVIEW,
        id=review.number("id"),
        deed=Deed.CREATED,
        author=author,
        by=author,
        body=review.optional_text("body"),
        at=review.time("submitted_at"),
        state=review.text("state").lower(),
        commit_id=review.optional_text("commit_id"),
        app_id=app_of(review),
    )


def _listed_comment(comment: Document, kind: SourceKind) -> Utterance:
    author = comment.person("user")
    created = comment.time("created_at")
    return Utterance(
        kind=kind,
        id=comment.number("id"),
        deed=Deed.CREATED,
        author=author,
        by=author,
        body=comment.optional_text("body"),
        at=created,
        commit_id=comment.optional_text("commit_id"),
        edited=comment.time("updated_at") != created,
        app_id=app_of(comment),
    )
