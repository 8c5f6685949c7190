"""What time alone brings about: reminders, dates that pass, falling asleep; and when to look again because of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from placet.proposals.answers import Word, end_of
from placet.proposals.model import Act, Ledger, Occasion, Verb
from placet.proposals.verdict import CheckState, TeamRow, Verdict

# After 3 and 7 days, then weekly (4-approvals, "Pings").
FIRST = timedelta(days=3)
WEEKLY = timedelta(days=7)
TOGETHER = timedelta(hours=1)

# In these states teams are asked.
ASKING = frozenset({CheckState.PENDING, CheckState.NEEDS_TIME, CheckState.REJECTED})


_ANSWERS = frozenset({Verb.APPROVE, Verb.BLOCK, Verb.NEEDS_TIME, Verb.RETRACT})


@dataclass(frozen=True, slots=True)
class Reminder:
    """A team that is to be told once more. ``how`` names the occasion so that it is written down once."""

    row: TeamRow
    occasion: Occasion
    how: str


def reminders_due(verdict: Verdict, ledger: Ledger, now: datetime) -> tuple[Reminder, ...]:
    """The open teams that are to be told once more just now: for each the gravest occasion that is new.

    Who would be told within the hour is told with the others: each comment takes the place of the one before.
    """
    if verdict.state not in ASKING or not _due(verdict, ledger, now):
        return ()
    return _due(verdict, ledger, now + TOGETHER)


def _due(verdict: Verdict, ledger: Ledger, now: datetime) -> tuple[Reminder, ...]:
    found = []
    for row in verdict.open_rows:
        told = {ask.how for ask in ledger.asks if ask.team == row.team.id}
        due = [one for one in _occasions(row, ledger, now) if one.how not in told]
        if due:
            found.append(due[0])
    return tuple(found)


def next_look(verdict: Verdict, ledger: Ledger, now: datetime) -> datetime | None:
    """When something about the proposal changes by itself next; None where only an event can change it."""
    moments = [verdict.asleep_at]
    if verdict.state in ASKING:
        for row in verdict.open_rows:
            until = row.answer.until
            moments += [row.deadline, None if until is None else end_of(until), _next_step(row, ledger, now)]
    return min((one for one in moments if one is not None and one > now), default=None)


def _occasions(row: TeamRow, ledger: Ledger, now: datetime) -> Iterator[Reminder]:
    """The occasions that have come, the gravest first; a team that still has time is only told when it is called."""
    for act in _calls(row, ledger.acts) if row.asked_at is not None else ():
        if row.asked_at is None or act.at < row.asked_at:
            continue
        yield Reminder(row, Occasion.CALLED, f"{Occasion.CALLED}:{act.source.kind}:{act.source.id}")
    if row.asked_at is None or row.answer.word is Word.NEEDS_TIME:
        return
    if row.is_late and row.deadline is not None:
        yield Reminder(row, Occasion.DEADLINE, f"{Occasion.DEADLINE}:{_stamp(row.deadline)}")
    if row.answer.lapsed is not None:
        yield Reminder(row, Occasion.TIME_IS_UP, f"{Occasion.TIME_IS_UP}:{row.answer.lapsed}")
    anchor = _anchor(row, ledger)
    steps = _steps_until(anchor, now)
    if steps:
        yield Reminder(row, Occasion.REMINDER, f"{Occasion.REMINDER}:{_stamp(anchor)}:{steps[-1].days}")


def _calls(row: TeamRow, acts: Sequence[Act]) -> list[Act]:
    """Who had the team reminded last."""
    calls = [act for act in acts if act.verb is Verb.REMIND and act.team == row.team.id]
    return sorted(calls, key=lambda act: act.at)[-1:]


def _anchor(row: TeamRow, ledger: Ledger) -> datetime:
    """From when the days are counted: the last time that it was asked or told of more than that days had passed."""
    step = f"{Occasion.REMINDER}:"
    asked = [ask.at for ask in ledger.asks if ask.team == row.team.id and not ask.how.startswith(step)]
    # Who has just taken an answer back need not be told that one is missing.
    asked += [act.at for act in ledger.acts if act.team == row.team.id and act.verb in _ANSWERS]
    if row.answer.lapsed is not None:
        asked.append(end_of(row.answer.lapsed))
    return max(asked, default=row.asked_at or end_of(date.max - timedelta(days=2)))


def _steps_until(anchor: datetime, now: datetime) -> list[timedelta]:
    weeks = (now - anchor) // WEEKLY
    steps = [FIRST, *(WEEKLY * number for number in range(1, max(weeks, 0) + 1))]
    return [step for step in steps if anchor + step <= now]


def _next_step(row: TeamRow, ledger: Ledger, now: datetime) -> datetime | None:
    if row.asked_at is None or row.answer.word is Word.NEEDS_TIME:
        return None
    anchor = _anchor(row, ledger)
    weeks = max((now - anchor) // WEEKLY, 0)
    return next(one for one in (anchor + FIRST, anchor + WEEKLY * (weeks + 1)) if one > now)


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y%m%dT%H%M%S}"
