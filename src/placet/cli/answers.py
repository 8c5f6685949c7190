"""What teams are supposed to answer: from ``--answer TEAM=ANSWER`` to what counts, read as the commands are read."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from datetime import date, datetime

import click

from placet.app.bench import day_meant
from placet.commands.catalogue import BY_WORD, PREFIX, Name, entry_of
from placet.commands.grammar import Command, Misunderstood, parse
from placet.local.compare import Comparison
from placet.proposals.model import Team, Verb
from placet.proposals.simulation import Said
from placet.proposals.teams import label
from placet.render.markdown import visible
from placet.render.words import listed, shortened

_ANSWERS = (Name.APPROVE, Name.BLOCK, Name.NEEDS_TIME, Name.RETRACT, Name.WAIVE)
_NAMED = 12
_NO_REASON = "reason to be given"


def supposed(text: str, comparison: Comparison, said_at: datetime) -> Said:
    """What ``growth=block:why`` says, at that time. Raises BadParameter where nobody could say it."""
    name, equals, answer = visible(text).partition("=")
    if not equals:
        raise _wrong(f'"{visible(text)}" is no TEAM=ANSWER, such as growth=approve')
    team = _team(name.strip(), comparison)
    word, rest = [*re.split(r"[:\s]\s*", answer.strip(), maxsplit=1), ""][:2]
    verb = _verb(word)
    until = None
    if verb is Verb.NEEDS_TIME:
        until, rest = _wish(rest, comparison, said_at)
    who = "the steward" if verb is Verb.WAIVE else f"a member of {team.name}"
    return Said(verb, who, team.id, rest.strip(), until)


def forced_by(text: str) -> Said:
    """What ``dana-k`` or ``dana-k:why`` forces: everything. Raises BadParameter where it names nobody."""
    who, _, reason = visible(text).partition(":")
    login = who.strip().removeprefix("@")
    if not login:
        raise _wrong("it does not say who", "--force")
    return Said(Verb.FORCE, login, note=reason.strip() or _NO_REASON)


def day_in(text: str, today: datetime, option: str) -> date:
    """The date of ``2026-12-15``, ``10d`` or ``2w``. Raises BadParameter, which names the option."""
    when, rest = _when(text, option)
    if rest:
        raise _wrong(f'"{visible(text)}" is no date (2026-12-15) and no length (10d, 2w)', option)
    return day_meant(when, today)


def _team(name: str, comparison: Comparison) -> Team:
    """The team that is asked by that name, written as its owner or reader is, or as people say it."""
    assessment = comparison.assessment
    asked = {assessment.teams[team].name: assessment.teams[team] for team in assessment.required}
    by_name: Mapping[str, Team] = {one.casefold(): team for one, team in asked.items()}
    found = by_name.get(name.casefold()) or by_name.get(label(name).casefold())
    if found is not None:
        return found
    if not asked:
        raise _wrong(f'no team "{name}" is asked: nobody is')
    near = difflib.get_close_matches(label(name).casefold(), by_name, n=1)
    hint = f' (did you mean "{by_name[near[0]].name}"?)' if near else ""
    are = "is" if len(asked) == 1 else "are"
    raise _wrong(f'no team "{name}" is asked{hint}: asked {are} {shortened(sorted(asked), _NAMED)}')


def _verb(word: str) -> Verb:
    """The answer that a word or one of its aliases stands for."""
    written = word.lower().replace("_", "-")
    entry = BY_WORD.get(written)
    if entry is not None and entry.name in _ANSWERS and entry.act is not None:
        return entry.act
    words = {one: name for name in _ANSWERS for one in (name.value, *entry_of(name).aliases)}
    near = difflib.get_close_matches(written, words, n=1)
    known = f"it is {listed([name.value for name in _ANSWERS], last='or')}"
    hint = f'did you mean "{near[0]}"?' if near else known
    raise _wrong(f'"{word}" is no answer: {hint}')


def _wish(text: str, comparison: Comparison, said_at: datetime) -> tuple[date, str]:
    """Until when a team asks for time, and why; as far as that is possible where it is said."""
    when, reason = _when(text.replace(":", " ", 1), "--answer")
    until = day_meant(when, said_at)
    longest = (said_at + comparison.policy.approvals.max_wait).date()
    if until < said_at.date():
        raise _wrong(f"{until} has passed: a team asks for time that is still to come")
    if until > longest:
        raise _wrong(f"{until} is too far away: a team can ask for time until {longest} (the policy's max_wait)")
    return until, reason


def _when(text: str, option: str) -> tuple[str, str]:
    """A date or length as the commands read one, and what stands behind it."""
    lines = parse(f"{PREFIX} {Name.NEEDS_TIME} {visible(text)}")
    found = lines[0] if len(lines) == 1 else None
    if isinstance(found, Command):
        return found.when, found.reason
    why = found.why if isinstance(found, Misunderstood) else f'"{visible(text)}" is no date and no length'
    raise _wrong(why, option)


def _wrong(message: str, option: str = "--answer") -> click.BadParameter:
    return click.BadParameter(message, param_hint=option)
