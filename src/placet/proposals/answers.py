"""Answers folded per team and fingerprint: the team's latest word decides, and nothing older comes back by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import groupby

from placet.proposals.model import Act, Person, Verb

# Within one second, and only then, the more careful word counts as the later one (4-approvals, "Fingerprints").
_RANK = {
    Verb.APPROVE: 0,
    Verb.WAIVE: 0,
    Verb.NEEDS_TIME: 1,
    Verb.RETRACT: 2,
    Verb.CHANGES_REQUESTED: 2,
    Verb.DISMISSED: 2,
    Verb.BLOCK: 3,
}

# What takes back whatever its person gave, for whichever team and change.
_TAKES_BACK = frozenset({Verb.CHANGES_REQUESTED, Verb.DISMISSED})
# What is about the fingerprints that it was shown, for one team.
_SAYS = frozenset({Verb.APPROVE, Verb.WAIVE, Verb.NEEDS_TIME, Verb.RETRACT, Verb.BLOCK})


class Word(StrEnum):
    """What stands of a team for one fingerprint; ``waived``: somebody else took the team out."""

    NONE = "none"
    APPROVED = "approved"
    WAIVED = "waived"
    NEEDS_TIME = "needs_time"
    BLOCKED = "blocked"


_SETTLED = frozenset({Word.APPROVED, Word.WAIVED})


@dataclass(frozen=True, slots=True)
class Standing:
    """A team's word on one fingerprint: for an approval everybody who gave it, else who said it last."""

    word: Word = Word.NONE
    approvers: Mapping[int, Act] = field(default_factory=dict)
    act: Act | None = None


# By team and fingerprint, what stands; what is not there never had a word.
Fold = Mapping[tuple[str, str], Standing]


@dataclass(frozen=True, slots=True)
class TeamAnswer:
    """A team's word on everything that it must answer.

    ``unanswered``: the required fingerprints that are neither approved nor waived; ``missing``: those of them that
    were not forced either. ``people``: who gave the word that stands. ``lapsed``: until when the team had asked for
    time that is over now.
    """

    word: Word
    missing: frozenset[str]
    people: tuple[Person, ...] = ()
    at: datetime | None = None
    until: date | None = None
    note: str = ""
    unanswered: frozenset[str] = frozenset()
    lapsed: date | None = None


def in_order(acts: Iterable[Act]) -> tuple[Act, ...]:
    """The acts in the order in which they count: time to the second, care within it, lines within one source."""
    by_source = sorted(acts, key=lambda act: (act.source.kind, act.source.id, _line(act), act.team))
    keyed: list[tuple[tuple[datetime, int, str, int, int, str], Act]] = []
    for _, group in groupby(by_source, key=lambda act: (act.source.kind, act.source.id)):
        rank = 0
        for act in group:
            # A later line of one comment never counts before an earlier one.
            rank = max(rank, _RANK.get(act.verb, 0))
            key = (act.at.replace(microsecond=0), rank, act.source.kind, act.source.id, _line(act), act.team)
            keyed.append((key, act))
    keyed.sort(key=lambda pair: pair[0])
    return tuple(act for _, act in keyed)


def _line(act: Act) -> int:
    """The line within its source; what was done to the source itself (a dismissal) comes after all of its lines."""
    return act.source.line if act.source.line >= 0 else _AFTER_ALL_LINES - act.source.line


_AFTER_ALL_LINES = 1_000_000


def folded(acts: Iterable[Act], *, distinct: bool = False) -> Fold:
    """What stands of each team for each fingerprint, over the acts in order.

    ``distinct``: one person holds one team, the first, until that approval is gone; approvals for others count for
    nothing meanwhile.
    """
    found: dict[tuple[str, str], Standing] = {}
    for act in acts:
        if act.verb in _TAKES_BACK:
            given = [key for key, stands in found.items() if act.actor.id in stands.approvers]
            found |= {key: _after(found[key], act) for key in given}
        elif act.verb in _SAYS:
            if distinct and act.verb is Verb.APPROVE and held_by(found, act.actor) - {act.team}:
                continue
            found |= {(act.team, one): _after(found.get((act.team, one), Standing()), act) for one in act.fingerprints}
    return found


def held_by(fold: Fold, person: Person) -> frozenset[str]:
    """The teams (by id) for which an approval of that person stands."""
    return frozenset(team for (team, _), stands in fold.items() if person.id in stands.approvers)


def end_of(day: date) -> datetime:
    """The moment at which a date has passed, everywhere in UTC; of the last date that there is, as late as can be."""
    if day == date.max:
        return datetime.max.replace(tzinfo=UTC)
    return datetime.combine(day + timedelta(days=1), time(), UTC)


def answer_of(fold: Fold, team: str, required: frozenset[str], forced: frozenset[str], now: datetime) -> TeamAnswer:
    """The team's word on all that it must answer: blocked if any is, approved if all are."""
    every = {one: fold.get((team, one), Standing()) for one in sorted(required)}
    unanswered = frozenset(one for one, stands in every.items() if stands.word not in _SETTLED)
    missing = unanswered - forced
    # Of what was forced the team's word is told only where nothing else is open.
    counting = [stands for one, stands in every.items() if one not in forced or not missing]
    spoken = _spoken(counting, now)
    if spoken is not None:
        return replace(spoken, missing=missing, unanswered=unanswered)
    approvals = {act.actor.id: act for stands in every.values() for act in in_order(stands.approvers.values())}
    waivers = [stands.act for stands in every.values() if stands.word is Word.WAIVED and stands.act is not None]
    acts = in_order(approvals.values()) or in_order(waivers)[-1:]
    word = Word.NONE if unanswered or not required else Word.WAIVED if waivers else Word.APPROVED
    return TeamAnswer(
        word,
        missing,
        tuple(act.actor for act in acts),
        max((act.at for act in acts), default=None),
        note=waivers[-1].note if waivers else "",
        unanswered=unanswered,
        lapsed=_lapsed(counting, now),
    )


def _spoken(counting: Sequence[Standing], now: datetime) -> TeamAnswer | None:
    """A block, or a wish for time that is not over."""
    for word in (Word.BLOCKED, Word.NEEDS_TIME):
        said = [stands.act for stands in counting if stands.word is word and stands.act is not None]
        said = [act for act in said if act.until is None or now < end_of(act.until)]
        if said:
            last = in_order(said)[-1]
            until = max((act.until for act in said if act.until), default=None)
            return TeamAnswer(word, frozenset(), (last.actor,), last.at, until, last.note)
    return None


def _lapsed(counting: Sequence[Standing], now: datetime) -> date | None:
    said = [stands.act for stands in counting if stands.word is Word.NEEDS_TIME and stands.act is not None]
    return max((act.until for act in said if act.until and now >= end_of(act.until)), default=None)


def _after(before: Standing, act: Act) -> Standing:
    person = act.actor.id
    if act.verb is Verb.APPROVE:
        return Standing(Word.APPROVED, {**before.approvers, person: act}, act)
    if act.verb in _WORDS:
        return Standing(_WORDS[act.verb], {}, act)
    if act.verb is Verb.RETRACT and person not in before.approvers:
        # Whoever gave the block or asked for time takes it back; a member of whom nothing stands ends it as well.
        # What a steward waived is no answer of the team's.
        return before if before.word is Word.WAIVED else Standing()
    if person not in before.approvers:
        return before
    approvers = {key: one for key, one in before.approvers.items() if key != person}
    return replace(before, approvers=approvers) if approvers else Standing()


_WORDS = {Verb.BLOCK: Word.BLOCKED, Verb.NEEDS_TIME: Word.NEEDS_TIME, Verb.WAIVE: Word.WAIVED}
