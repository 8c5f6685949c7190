"""Answers folded per team and fingerprint: the team's latest word decides, and nothing older comes back by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from itertools import groupby

from placet.proposals.model import Act, Person, Verb

# Within one second, and only then, the more careful word counts as the later one (4-approvals, "Fingerprints").
_RANK = {
    Verb.APPROVE: 0,
    Verb.NEEDS_TIME: 1,
    Verb.RETRACT: 2,
    Verb.CHANGES_REQUESTED: 2,
    Verb.DISMISSED: 2,
    Verb.BLOCK: 3,
}


# What takes back whatever its person gave, for whichever team and change.
_TAKES_BACK = frozenset({Verb.CHANGES_REQUESTED, Verb.DISMISSED})


class Word(StrEnum):
    """What stands of a team for one fingerprint."""

    NONE = "none"
    APPROVED = "approved"
    NEEDS_TIME = "needs_time"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Standing:
    """A team's word on one fingerprint: for an approval everybody who gave it, else who said it last."""

    word: Word = Word.NONE
    approvers: Mapping[int, Act] = field(default_factory=dict)
    act: Act | None = None


@dataclass(frozen=True, slots=True)
class TeamAnswer:
    """A team's word on everything that it must answer.

    ``missing``: the required fingerprints that are not approved. ``people``: who gave the word that stands.
    """

    word: Word
    missing: frozenset[str]
    people: tuple[Person, ...] = ()
    at: datetime | None = None
    until: date | None = None
    note: str = ""


def in_order(acts: Iterable[Act]) -> tuple[Act, ...]:
    """The acts in the order in which they count: time to the second, care within it, lines within one source."""
    by_source = sorted(acts, key=lambda act: (act.source.kind, act.source.id, act.source.line, act.team))
    keyed: list[tuple[tuple[datetime, int, str, int, int, str], Act]] = []
    for _, group in groupby(by_source, key=lambda act: (act.source.kind, act.source.id)):
        rank = 0
        for act in group:
            # A later line of one comment never counts before an earlier one.
            rank = max(rank, _RANK.get(act.verb, 0))
            key = (act.at.replace(microsecond=0), rank, act.source.kind, act.source.id, act.source.line, act.team)
            keyed.append((key, act))
    keyed.sort(key=lambda pair: pair[0])
    return tuple(act for _, act in keyed)


def standing(acts: Sequence[Act], team: str, fingerprint: str) -> Standing:
    """What stands of the team for the fingerprint, over the acts (in order) that were shown it."""
    result = Standing()
    for act in acts:
        if act.verb in _TAKES_BACK or (act.team == team and fingerprint in act.fingerprints):
            result = _after(result, act)
    return result


def answer_of(acts: Sequence[Act], team: str, required: frozenset[str]) -> TeamAnswer:
    """The team's word on all that it must answer: blocked if any is, approved if all are."""
    all_standing = {one: standing(acts, team, one) for one in sorted(required)}
    missing = frozenset(one for one, stands in all_standing.items() if stands.word is not Word.APPROVED)
    for word in (Word.BLOCKED, Word.NEEDS_TIME):
        said = [stands.act for stands in all_standing.values() if stands.word is word and stands.act is not None]
        if said:
            last = in_order(said)[-1]
            until = max((act.until for act in said if act.until), default=None)
            return TeamAnswer(word, missing, (last.actor,), last.at, until, last.note)
    approvals = {act.actor.id: act for stands in all_standing.values() for act in in_order(stands.approvers.values())}
    people = tuple(act.actor for act in in_order(approvals.values()))
    at = max((act.at for act in approvals.values()), default=None)
    if missing or not required:
        return TeamAnswer(Word.NONE, missing, people, at)
    return TeamAnswer(Word.APPROVED, missing, people, at)


def _after(before: Standing, act: Act) -> Standing:
    person = act.actor.id
    if act.verb is Verb.APPROVE:
        return Standing(Word.APPROVED, {**before.approvers, person: act}, act)
    if act.verb in (Verb.BLOCK, Verb.NEEDS_TIME):
        return Standing(Word.BLOCKED if act.verb is Verb.BLOCK else Word.NEEDS_TIME, {}, act)
    if act.verb is Verb.RETRACT and person not in before.approvers:
        # Whoever gave the block or asked for time takes it back; a member of whom nothing stands ends it as well.
        return Standing()
    if person not in before.approvers:
        return before
    approvers = {key: one for key, one in before.approvers.items() if key != person}
    return replace(before, approvers=approvers) if approvers else Standing()
