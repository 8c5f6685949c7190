"""What a webhook delivery means: which keys to look at, what was said, which repositories came or went. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from placet.app.hearing import RERUN_BUTTON
from placet.app.ports import Delivery
from placet.app.snapshot import HeadHint, Heard, Press, Routed, WorkKey
from placet.github.conversation import app_of, told_comment, told_review
from placet.github.document import Document, Malformed
from placet.github.organisation import REPOSITORY as ORGANISATION_REPOSITORY
from placet.github.snapshot import repository_from
from placet.proposals.model import Deed, Person, SourceKind, Utterance

CHECK_NAME = "placet"
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Context:
    app_id: int
    action: str
    guid: str
    received_at: datetime | None


def read(delivery: Delivery, *, app_id: int) -> Routed:
    """What a stored delivery means. Raises Malformed where its payload is not what GitHub documents."""
    try:
        payload = json.loads(delivery.payload)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"is no JSON: {type(error).__name__}", path=delivery.event) from None
    return route(delivery.event, payload, app_id=app_id, guid=delivery.guid, received_at=delivery.received_at)


def route(
    event: str,
    payload: Mapping[str, object],
    *,
    app_id: int,
    guid: str = "",
    received_at: datetime | None = None,
) -> Routed:
    """What an event of that name and payload means; nothing for events and actions that concern nobody here.

    ``app_id`` is our own: what we did ourselves is dropped, checks in our name by somebody else are not. A press of a
    button has neither an id nor a time: ``guid`` and ``received_at`` of its delivery give it both.
    Raises Malformed where the payload is not what GitHub documents.
    """
    handler = _HANDLERS.get(event)
    if handler is None:
        return Routed()
    document = Document(payload, event)
    context = _Context(app_id, document.optional_text("action"), guid, received_at)
    return handler(document, context)


def _pull_request(event: Document, context: _Context) -> Routed:
    if context.action not in _PULL_ACTIONS:
        return Routed()
    return _about_pull(event, _push_to_a_bot_s(event, context))


def _push_to_a_bot_s(event: Document, context: _Context) -> Utterance | None:
    """Who pushed to a pull request that a bot opened: they count as its author."""
    pull, by = event.child("pull_request"), event.person("sender")
    if context.action not in {"opened", "synchronize"} or pull.person("user").is_user or not by.is_user:
        return None
    return Utterance(
        kind=SourceKind.PUSH,
        id=by.id,
        deed=Deed.CREATED,
        author=by,
        by=by,
        body="",
        at=pull.time("updated_at"),
        commit_id=pull.child("head").text("sha"),
        from_delivery=True,
    )


def _review(event: Document, context: _Context) -> Routed:
    deed = _REVIEW_DEEDS.get(context.action)
    if deed is None:
        return Routed()
    review, pull = event.child("review"), event.child("pull_request")
    at = review.optional_time("submitted_at") or pull.time("updated_at")
    if deed is not Deed.CREATED:  # the payload has the time of the deed in a newer field, or only the pull request's
        at = review.optional_time("updated_at") or max(at, pull.time("updated_at"))
    utterance = told_review(review, deed, event.person("sender"), at)
    return _about_pull(event, utterance) if utterance.app_id != context.app_id else Routed()


def _review_comment(event: Document, context: _Context) -> Routed:
    if context.action != "created":
        return Routed()
    comment = event.child("comment")
    at = comment.time("created_at")
    utterance = told_comment(comment, SourceKind.REVIEW_COMMENT, Deed.CREATED, event.person("sender"), at)
    return _about_pull(event, utterance) if utterance.app_id != context.app_id else Routed()


def _issue_comment(event: Document, context: _Context) -> Routed:
    deed = _COMMENT_DEEDS.get(context.action)
    issue = event.child("issue")
    if deed is None or issue.optional_child("pull_request") is None:
        return Routed()
    comment = event.child("comment")
    sender, author = event.person("sender"), comment.person("user")
    is_own = app_of(comment) == context.app_id
    if is_own and (deed is Deed.CREATED or sender.id == author.id):
        return Routed()  # but where a person edits or deletes ours, it has to be mended
    at = comment.time("created_at" if deed is Deed.CREATED else "updated_at")
    if deed is Deed.DELETED:
        at = max(at, issue.optional_time("updated_at") or at)
    utterance = told_comment(comment, SourceKind.COMMENT, deed, sender, at)
    repository_id, number = event.child("repository").number("id"), issue.number("number")
    return Routed(keys=(WorkKey.pull(repository_id, number),), heard=(Heard(repository_id, number, utterance),))


def _about_pull(event: Document, utterance: Utterance | None = None) -> Routed:
    pull = event.child("pull_request")
    repository_id, number = event.child("repository").number("id"), pull.number("number")
    hint = HeadHint(repository_id, number, pull.child("head").text("sha"), pull.time("updated_at"))
    return Routed(
        keys=(WorkKey.pull(repository_id, number),),
        heard=(Heard(repository_id, number, utterance),) if utterance is not None else (),
        head_hints=(hint,),
    )


def _check_run(event: Document, context: _Context) -> Routed:
    run = event.child("check_run")
    is_own = _app_id(run) == context.app_id
    if context.action in {"created", "completed"}:
        is_impostor = not is_own and _is_our_name(run.text("name"))
        return _about_checks(event, run, _impostor(event, run)) if is_impostor else Routed()
    if not is_own or context.action not in {"rerequested", "requested_action"}:
        return Routed()
    return _about_checks(event, run, _press(event, run, context))


def _check_suite(event: Document, context: _Context) -> Routed:
    suite = event.child("check_suite")
    if context.action != "rerequested" or _app_id(suite) != context.app_id:
        return Routed()
    return _about_checks(event, suite, _press(event, suite, context))


def _impostor(event: Document, run: Document) -> Utterance:
    """A check in our name by another app, or by whoever made it without one."""
    app, sender = run.optional_child("app"), event.person("sender")
    name = app.optional_text("slug") or app.optional_text("name") if app is not None else sender.login
    author = Person(_app_id(run) or 0, name, is_user=False)
    return Utterance(
        kind=SourceKind.CHECK,
        id=run.number("id"),
        deed=Deed.CREATED,
        author=author,
        by=author,
        body=run.text("name"),
        at=run.optional_time("started_at") or _LONG_AGO,
        commit_id=run.text("head_sha"),
        from_delivery=True,
        app_id=_app_id(run),
    )


def _press(event: Document, run: Document, context: _Context) -> Utterance:
    """A press: its body is the button's identifier; the same delivery always gives the same id.

    GitHub's own "Re-run" of a run or a suite is one, too.
    """
    sender, action = event.person("sender"), event.optional_child("requested_action")
    identifier = RERUN_BUTTON if action is None else action.text("identifier")
    named = context.guid or f"{run.number('id')} {identifier} {sender.id}"
    number = int.from_bytes(hashlib.sha256(named.encode("utf-8", "replace")).digest()[:8], "big") >> 1
    return Utterance(
        kind=SourceKind.BUTTON,
        id=number,
        deed=Deed.CREATED,
        author=sender,
        by=sender,
        body=identifier,
        at=context.received_at or run.optional_time("completed_at") or run.optional_time("started_at") or _LONG_AGO,
        commit_id=run.text("head_sha"),
        from_delivery=True,
    )


def _about_checks(event: Document, checked: Document, heard: Utterance) -> Routed:
    """What is heard on a commit's checks: of a press only one pull request can be meant, of an impostor's check all."""
    repository_id, sha = event.child("repository").number("id"), checked.text("head_sha")
    numbers = [
        pull.number("number")
        for pull in checked.objects("pull_requests")
        if pull.child("base").child("repo").number("id") == repository_id  # others' pull requests may be named too
    ]
    is_press = heard.kind is SourceKind.BUTTON
    meant = numbers if len(numbers) == 1 or not is_press else []
    return Routed(
        keys=tuple(WorkKey.pull(repository_id, number) for number in numbers),
        heard=tuple(Heard(repository_id, number, heard) for number in meant),
        heads=((repository_id, sha),),
        presses=(Press(repository_id, sha, heard),) if not numbers else (),
    )


def _push(event: Document, _context: _Context) -> Routed:
    prefix, _, branch = event.text("ref").partition("refs/heads/")
    if prefix or not branch or event.flag("deleted"):
        return Routed()
    repository = event.child("repository")
    keys = [WorkKey.branch(repository.number("id"), branch)]
    installation = event.optional_child("installation")
    if repository.text("name") == ORGANISATION_REPOSITORY and installation is not None:
        # The organisation's own policy lies there: it may have changed for all its repositories.
        keys.append(WorkKey.installation(installation.number("id")))
    return Routed(keys=tuple(keys))


def _merge_group(event: Document, context: _Context) -> Routed:
    """A group to be judged; one that is tried no more needs nothing."""
    if context.action != "checks_requested":
        return Routed()
    group, repository_id = event.child("merge_group"), event.child("repository").number("id")
    base_ref = group.text("base_ref").removeprefix("refs/heads/")
    key = WorkKey.group(repository_id, group.text("head_sha"), group.text("base_sha"), base_ref)
    return Routed(keys=(key,))


def _team(event: Document, _context: _Context) -> Routed:
    team = event.optional_child("team")
    return Routed(keys=(WorkKey.team(team.number("id")),)) if team is not None else Routed()


def _people(event: Document, _context: _Context) -> Routed:
    """Somebody joined or left an organisation or a repository: any team of that installation may have changed."""
    installation = event.optional_child("installation")
    return Routed(keys=(WorkKey.installation(installation.number("id")),)) if installation is not None else Routed()


def _installation(event: Document, context: _Context) -> Routed:
    number = event.child("installation").number("id")
    if context.action in {"deleted", "suspend"}:
        return Routed(keys=(WorkKey.installation(number),), forgotten_installations=(number,))
    return Routed(keys=(WorkKey.installation(number),))


def _installation_repositories(event: Document, _context: _Context) -> Routed:
    number = event.child("installation").number("id")
    removed = tuple(one.number("id") for one in event.objects("repositories_removed"))
    return Routed(keys=(WorkKey.installation(number),), forgotten_repositories=removed)


def _repository(event: Document, context: _Context) -> Routed:
    repository, installation = event.child("repository"), event.optional_child("installation")
    if context.action in {"deleted", "archived"}:
        return Routed(forgotten_repositories=(repository.number("id"),))
    if installation is None:
        return Routed()
    key = WorkKey.installation(installation.number("id"))
    if context.action == "transferred":  # perhaps to where the app is not installed: the list of repositories tells
        return Routed(keys=(key,))
    if repository.flag("archived"):
        return Routed()
    found = repository_from(repository, installation.number("id"))
    return Routed(keys=(key, WorkKey.branch(found.id, found.default_branch)), repositories=(found,))


def _app_id(checked: Document) -> int | None:
    app = checked.optional_child("app")
    return app.number("id") if app is not None else None


def _is_our_name(name: str) -> bool:
    return name == CHECK_NAME or name.startswith(f"{CHECK_NAME}: ")


_PULL_ACTIONS = frozenset(
    {"opened", "reopened", "synchronize", "edited", "ready_for_review", "converted_to_draft", "closed"}
)
_REVIEW_DEEDS = {"submitted": Deed.CREATED, "edited": Deed.EDITED, "dismissed": Deed.DISMISSED}
_COMMENT_DEEDS = {"created": Deed.CREATED, "edited": Deed.EDITED, "deleted": Deed.DELETED}

_HANDLERS: Mapping[str, Callable[[Document, _Context], Routed]] = {
    "pull_request": _pull_request,
    "pull_request_review": _review,
    "pull_request_review_comment": _review_comment,
    "issue_comment": _issue_comment,
    "check_run": _check_run,
    "check_suite": _check_suite,
    "push": _push,
    "merge_group": _merge_group,
    "membership": _team,
    "team": _team,
    "team_add": _team,
    "organization": _people,
    "member": _people,
    "installation": _installation,
    "installation_repositories": _installation_repositories,
    "installation_target": _people,
    "repository": _repository,
}
