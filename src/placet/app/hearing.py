"""From what people said to what they attempt: answers and commands, each with the place where it stands.

Deliveries and the REST lists are merged by source id. A payload's words win, since they are what the person sent; what
REST alone shows counts only as far as nobody else can have written it (5-github, "Where answers come from").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from placet.commands.catalogue import BY_WORD
from placet.commands.grammar import Command, Misunderstood, parse
from placet.proposals.model import Deed, Ledger, Person, Source, SourceKind, Utterance, Verb

# The line under which a review's dismissal is written down, apart from its state (0) and its commands (1 and up).
DISMISSAL_LINE = -1

# Under which an edit or a deletion by somebody else is written down, of what had given an answer.
ALTERED_LINES = {Deed.EDITED: -2, Deed.DELETED: -3}

# The refusal of whoever is in no team that is asked.
NO_MEMBER = "not_a_member"

# What a press of "Approve" carries in front of what it approves.
APPROVE_BUTTON = "approve:"

# GitHub's own "Re-run" is heard as a button, too: unlike ours it makes the check wait to be written again.
RERUN_BUTTON = "rerequested"
_BUTTONS = {"remind": Verb.REMIND, "recheck": Verb.RECHECK, RERUN_BUTTON: Verb.RECHECK}

_NO_WORDS = frozenset({SourceKind.PUSH, SourceKind.CHECK})
_REVIEW_STATES = {"approved": Verb.APPROVE, "changes_requested": Verb.CHANGES_REQUESTED}


@dataclass(frozen=True, slots=True)
class Attempt:
    """Something that somebody tried, not yet judged: a command, or what a review's state says.

    ``command`` is None for a review's state; ``verb`` is None for a line that was not understood, or only asks.
    """

    source: Source
    utterance: Utterance
    verb: Verb | None
    command: Command | Misunderstood | None = None

    @property
    def person(self) -> Person:
        """Who tried."""
        return self.utterance.by

    @property
    def at(self) -> datetime:
        """When, by GitHub's clock."""
        return self.utterance.at


def attempts(
    heard: Sequence[Utterance], listed: Sequence[Utterance], ledger: Ledger, own_app_id: int
) -> tuple[Attempt, ...]:
    """Everything that was tried and has not been dealt with yet, in the order in which it was said."""
    return tuple(one for one in _everything(heard, listed, own_app_id) if one.source not in ledger.answered)


def strangers_since_named(heard: Sequence[Utterance], ledger: Ledger, own_app_id: int) -> tuple[Attempt, ...]:
    """What was refused because its giver was in no team that is asked, of those whom a member has named a delegate.

    The member's word may be older and only have come later.
    """
    named: dict[str, datetime] = {}
    for act in ledger.acts:
        if act.verb is Verb.ASSIGN:
            to = act.arguments.get("to", "")
            named[to] = min(act.at, named.get(to, act.at))
    given = {act.source for act in ledger.acts}
    refused = {one.source for one in ledger.refusals if one.code == NO_MEMBER} - given
    if not named or not refused:
        return ()
    return tuple(
        one
        for one in _everything(heard, (), own_app_id)
        if one.source in refused and str(one.person.id) in named and one.at >= named[str(one.person.id)]
    )


def _everything(heard: Sequence[Utterance], listed: Sequence[Utterance], own_app_id: int) -> list[Attempt]:
    said = [one for one in _merged(heard, listed) if one.app_id != own_app_id]
    found = [attempt for utterance in said for attempt in _attempts(utterance)]
    return sorted(found, key=lambda one: (one.at, one.source.kind, one.source.id, one.source.line))


def _merged(heard: Sequence[Utterance], listed: Sequence[Utterance]) -> Iterable[Utterance]:
    """Each review, comment or button once, as its author sent it; and each dismissal."""
    heard = [one for one in heard if one.kind not in _NO_WORDS]
    sent = {(one.kind, one.id) for one in heard if one.deed is Deed.CREATED}
    yield from (one for one in heard if one.deed in (Deed.CREATED, Deed.DISMISSED))
    dismissed = {one.id for one in heard if one.deed is Deed.DISMISSED}
    # Within one second GitHub's lists cannot tell an edited comment from one that never was.
    edited = {(one.kind, one.id) for one in heard if one.deed is Deed.EDITED}
    for one in listed:
        is_review = one.kind is SourceKind.REVIEW
        if is_review and one.state == "dismissed" and one.id not in dismissed:
            yield _as_dismissal(one)
        elif (one.kind, one.id) not in sent and (is_review or not (one.edited or (one.kind, one.id) in edited)):
            yield one


def _as_dismissal(review: Utterance) -> Utterance:
    return Utterance(
        kind=review.kind,
        id=review.id,
        deed=Deed.DISMISSED,
        author=review.author,
        by=review.author,
        body="",
        at=review.at,
        state="dismissed",
        commit_id=review.commit_id,
    )


def _attempts(utterance: Utterance) -> Iterable[Attempt]:
    if utterance.deed is Deed.DISMISSED:
        yield Attempt(Source(utterance.kind, utterance.id, DISMISSAL_LINE), utterance, Verb.DISMISSED)
        return
    if utterance.kind is SourceKind.BUTTON:
        verb = Verb.APPROVE if utterance.body.startswith(APPROVE_BUTTON) else _BUTTONS.get(utterance.body)
        if verb is not None:
            yield Attempt(Source(utterance.kind, utterance.id), utterance, verb)
        return
    is_review = utterance.kind is SourceKind.REVIEW
    if is_review and (verb := _REVIEW_STATES.get(utterance.state)) is not None:
        yield Attempt(Source(utterance.kind, utterance.id), utterance, verb)
    if is_review and not utterance.from_delivery:
        # Anybody who may write can edit a review's body; only the payload proves who wrote a command.
        return
    for line in parse(utterance.body):
        verb = BY_WORD[line.verb].act if isinstance(line, Command) else None
        yield Attempt(Source(utterance.kind, utterance.id, line.line), utterance, verb, line)
