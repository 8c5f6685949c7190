"""What differs between what Placet has to say and what stands on the forge: the actions that close the gap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from placet.app.actions import Action, AskTeam, CheckContent, DeleteComment, React, SetCheck, SetComment
from placet.app.snapshot import Pull
from placet.policy.model import Rollout
from placet.proposals.model import Ledger, Posted, ProposalState, Source, SourceKind, Verb
from placet.proposals.schedule import ASKING, Reminder
from placet.proposals.verdict import CheckState, TeamRow, Verdict, approve_token
from placet.vocabulary.canonical import digest_of, text_digest

CHECK = "check"
STICKY = "sticky"
PING = "ping"
REPLY = "reply"
STATUS = "status"
WHY = "why"
HELP = "help"
REACTION = "reaction"
REMINDER = "reminder"
AGREED = "agreed"
QUIET = "quiet"
QUIET_IS_OVER = "over"
END = "end"
ANNOTATED = "annotated"
# That everything which stands on a pull request has been read from the forge; deliveries tell what comes after.
LISTED = "listed"
REVIEW_REQUEST = "review_request"
OWED = "owed:"

# What is edited in place, and so has to be put right where somebody else edits or deletes it.
COMMENTS = frozenset({STICKY})
MENDED = "mended"

# Of these only the newest is worth keeping.
_ONLY_NEWEST = (STATUS, WHY, HELP)

# One line to the author is worth a mail only if they have waited (6-text, "When a new comment is written").
AGREED_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Texts:
    """What there is to say: the check (None: not on this pull request), the sticky comment (empty: none is wanted).

    ``pings`` are mentions by team id, for teams that a review request would not tell anything. ``reminder`` tells
    teams once more, ``reminders`` says which and why; ``agreed`` tells the author that all have agreed. Each of these
    two is empty where nothing is due. ``at`` is when it was all made.
    """

    check: CheckContent | None
    sticky: str
    at: datetime
    pings: Mapping[str, str] = field(default_factory=dict)
    reminder: str = ""
    reminders: tuple[Reminder, ...] = ()
    agreed: str = ""


def check_name(base_ref: str, default_branch: str) -> str:
    """``placet`` for the default branch, always, and its own name for every other base.

    A check belongs to a commit, not to a pull request: a verdict for one base must never count for another.
    """
    return "placet" if base_ref == default_branch else f"placet: {base_ref}"


def quiet_mark(pull: Pull, ledger: Ledger) -> Posted | None:
    """What is to be written down about a pull request that was open before us; None for any other.

    While it is quiet: its head, and whether it was a draft. Once that has ended it stays so.
    """
    if not _was_open_before(pull):
        return None
    as_it_is = f"{pull.head_sha}:{'draft' if pull.is_draft else 'ready'}"
    return Posted(QUIET, str(pull.number), 0, as_it_is if is_quiet(pull, ledger) else QUIET_IS_OVER)


def _was_open_before(pull: Pull) -> bool:
    since = pull.repository.covered_since
    return since is not None and pull.created_at < since


def is_quiet(pull: Pull, ledger: Ledger) -> bool:
    """Whether a pull request was open when Placet came, and nobody has done anything to it since.

    A push, ready-for-review or a recheck ends it for good (1-product, "Which repositories").
    """
    if not _was_open_before(pull) or any(act.verb is Verb.RECHECK for act in ledger.acts):
        return False
    mark = ledger.standing_at(QUIET, str(pull.number))
    if mark is None:
        return not ledger.publications
    return mark.digest == f"{pull.head_sha}:{'draft' if pull.is_draft else 'ready'}"


def end_mark(pull: Pull) -> Posted:
    """That all has been said and done about a closed pull request."""
    return Posted(END, str(pull.number), 0, "merged" if pull.is_merged else "withdrawn")


def is_at_its_end(pull: Pull, ledger: Ledger) -> bool:
    """Whether nothing more is to be done about a closed pull request, unless somebody says something."""
    end = ProposalState.PUBLISHED if pull.is_merged else ProposalState.WITHDRAWN
    is_owed = any(one.kind.startswith(OWED) for one in ledger.posted)
    has_mark = ledger.standing_at(END, str(pull.number)) == end_mark(pull)
    return has_mark and not is_owed and ledger.state in (None, end)


def plan(pull: Pull, verdict: Verdict, texts: Texts, ledger: Ledger, rollout: Rollout) -> tuple[Action, ...]:
    """The actions: the check first, then the asks, the comment, replies, reactions last; none where nothing differs.

    A pull request that is quiet gets its check, and asks and comments nothing but what it is asked itself.
    """
    actions: list[Action] = []
    if texts.check is not None:
        actions += _check(pull, texts.check, ledger)
    if rollout is not Rollout.OBSERVE and not is_quiet(pull, ledger):
        actions += _asks(pull, verdict, texts, ledger)
        actions += _reminders(texts, ledger)
        actions += _sticky(pull, texts.sticky, ledger)
        actions += _agreed(texts, ledger)
    actions += _owed(ledger)
    return tuple(actions)


def content_digest(content: CheckContent) -> str:
    """The digest of what a check says; the times are not part of it."""
    return digest_of(
        {
            "status": content.status,
            "conclusion": content.conclusion,
            "title": content.title,
            "summary": content.summary,
            "text": content.text,
            "buttons": [[one.label, one.description, one.identifier] for one in content.buttons],
        }
    )


def _check(pull: Pull, content: CheckContent, ledger: Ledger) -> Iterator[Action]:
    standing = ledger.standing_at(CHECK, check_subject(pull.head_sha, content.name))
    if standing is None or standing.digest != content_digest(content):
        if ledger.standing_at(ANNOTATED, check_subject(pull.head_sha, content.name)) is not None:
            # They state facts about a head, cannot be taken back, and so are sent once (4-approvals, "The check run").
            content = replace(content, annotations=())
        yield SetCheck(pull.head_sha, content, None if standing is None else standing.remote_id)


def check_subject(head_sha: str, name: str) -> str:
    """Under what the store keeps a check run's id."""
    return f"{head_sha}:{name}"


def _asks(pull: Pull, verdict: Verdict, texts: Texts, ledger: Ledger) -> Iterator[Action]:
    """Each team once for what it has not been asked yet."""
    for row in rows_to_ask(pull, verdict, ledger):
        if _asked(row, ledger) and _is_still_requested(pull, row):
            # Asking again for a review that is asked for already tells nobody: a mention does.
            body = texts.pings[row.team.id]
            ask = AskTeam(row.team, row.answer.missing, how="mention", at=texts.at)
            yield SetComment(PING, f"{row.team.id}:{approve_token(row.answer.missing)}", body, None, (ask,))
        else:
            yield AskTeam(row.team, row.answer.missing, how=REVIEW_REQUEST, at=texts.at)


def _reminders(texts: Texts, ledger: Ledger) -> Iterator[Action]:
    """One comment for all teams that are to be told once more; the one before goes."""
    if not texts.reminder:
        return
    subject = reminder_token(texts.reminders)
    asks = (AskTeam(one.row.team, one.row.answer.missing, how=one.how, at=texts.at) for one in texts.reminders)
    yield SetComment(REMINDER, subject, texts.reminder, None, tuple(asks))
    for old in ledger.posted:
        if old.kind == REMINDER and old.subject != subject:
            yield DeleteComment(old.kind, old.subject, old.remote_id)


def reminder_token(reminders: Sequence[Reminder]) -> str:
    """Under what a reminder is kept: whom it tells of what, and why."""
    return digest_of([[one.row.team.id, one.how, sorted(one.row.answer.missing)] for one in reminders])[:12]


def is_agreement_news(verdict: Verdict, ledger: Ledger) -> bool:
    """Whether the author had waited long enough, when the last answer came, for it to be worth a line."""
    if verdict.state is not CheckState.APPROVED:
        return False
    first = min((ask.at for ask in ledger.asks), default=None)
    last = max((row.answer.at for row in verdict.rows if row.answer.at is not None), default=None)
    return first is not None and last is not None and last - first > AGREED_AFTER


def _agreed(texts: Texts, ledger: Ledger) -> Iterator[Action]:
    """Once for the same changes, however often an answer is taken back and given again."""
    if not texts.agreed:
        return
    subject = texts.agreed.partition("\n")[0]
    if ledger.standing_at(AGREED, subject) is None:
        yield SetComment(AGREED, subject, texts.agreed, None)


def rows_to_ask(pull: Pull, verdict: Verdict, ledger: Ledger) -> tuple[TeamRow, ...]:
    """The teams that have not been asked yet for all that they must answer; a draft asks nobody."""
    if pull.is_draft or not pull.is_open or verdict.state not in ASKING:
        return ()
    return tuple(row for row in verdict.rows if row.answer.missing - _asked(row, ledger))


def _asked(row: TeamRow, ledger: Ledger) -> frozenset[str]:
    return frozenset[str]().union(*(ask.fingerprints for ask in ledger.asks if ask.team == row.team.id))


def _is_still_requested(pull: Pull, row: TeamRow) -> bool:
    return bool(row.team.slug) and row.team.slug.rpartition("/")[2] in pull.requested_teams


def _sticky(pull: Pull, body: str, ledger: Ledger) -> Iterator[Action]:
    standing = ledger.standing_at(STICKY, str(pull.number))
    if body and (standing is None or standing.digest != text_digest(body)):
        known = None if standing is None else standing.remote_id
        yield SetComment(STICKY, str(pull.number), body, known)


def _owed(ledger: Ledger) -> Iterator[Action]:
    """Replies, then reactions; an older status or help goes when a newer one stands."""
    owed = [one for one in ledger.posted if one.kind.startswith(OWED)]
    for one in owed:
        kind = one.kind.removeprefix(OWED)
        if kind != REACTION:
            yield SetComment(kind, one.subject, one.digest, None)
    yield from _outdated(ledger)
    for one in owed:
        if one.kind == OWED + REACTION:
            kind, _, number = one.subject.partition(":")
            yield React(Source(SourceKind(kind), int(number)), one.digest)


def _outdated(ledger: Ledger) -> Iterator[Action]:
    """The answers of which only the newest is worth keeping, but for the one that stands or is about to."""
    for kind in _ONLY_NEWEST:
        standing = sorted((one for one in ledger.posted if one.kind == kind), key=lambda one: one.remote_id)
        is_owed = any(one.kind == OWED + kind for one in ledger.posted)
        for old in standing if is_owed else standing[:-1]:
            yield DeleteComment(old.kind, old.subject, old.remote_id)
