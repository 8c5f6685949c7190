"""The check's title: at most 60 characters of plain text that say the verdict, the thing and what is still open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from placet.proposals.answers import Word
from placet.proposals.assess import AssessedChange
from placet.proposals.verdict import CheckState, TeamRow, Verdict
from placet.render.headline import CATEGORY_WORDS, noun, worst_first
from placet.render.markdown import visible
from placet.render.model import Scene
from placet.render.teams import last_day, waived_rows
from placet.render.words import clipped, counted, fitted, listed, of_total
from placet.vocabulary.words import Category, SettledBy

MAX_TITLE = 60


def title(verdict: Verdict, scene: Scene) -> str:
    """The title; names are dropped from the end where they do not fit, and the rest is counted."""
    return clipped(_TITLES[verdict.state](verdict, scene), MAX_TITLE)


def _analysing(_: Verdict, scene: Scene) -> str:
    return _fit("Comparing contracts with ", [scene.base_ref])


def _not_applicable(_: Verdict, __: Scene) -> str:
    return "No contract change"


def _compatible(verdict: Verdict, _: Scene) -> str:
    return f"Nothing to ask: {kinds(verdict.assessment.changes)}"


def _nobody(verdict: Verdict, _: Scene) -> str:
    settled = worst_first(one for one in verdict.assessment.changes if one.settled_by is not None)
    names = [one.change.what for one in settled]
    judge = next((one.classified for one in settled if one.classified is not None), None)
    if judge is not None and all(one.settled_by is SettledBy.CLASSIFY for one in settled):
        return _fit(f"Judged safe by {clipped(visible(judge.actor.login), 20)}: ", names)
    word = "Breaking" if settled[0].category is Category.BREAKING else "To look at"
    return _fit(f"{word}, nobody to ask: ", names)


def _owner_unknown(verdict: Verdict, _: Scene) -> str:
    return _fit("Owner unknown: ", unowned_names(verdict))


def _observing(verdict: Verdict, _: Scene) -> str:
    if any(not one.change.asset for one in verdict.assessment.gated):
        return f"Would stop: {_unread_files(verdict)}"
    if verdict.rows:
        return _fit_sentence("Would wait for ", _names(verdict.rows))
    if any(one.owner_unknown for one in verdict.assessment.gated):
        return _fit("Would ask who owns ", unowned_names(verdict))
    return f"Would need a judgement of {counted(len(_undecided(verdict)), 'change')}"


def _needs_analysis(verdict: Verdict, _: Scene) -> str:
    number = len(_undecided(verdict))
    return f"{counted(number, 'change')} {'needs' if number == 1 else 'need'} a person's judgement"


def _draft(verdict: Verdict, _: Scene) -> str:
    waiting = verdict.open_rows
    if len(waiting) == 1:
        return _fit("Draft: ", _names(waiting), " will be asked")
    return f"Draft: {counted(len(waiting), 'team')} will be asked"


def _pending(verdict: Verdict, _: Scene) -> str:
    waiting = verdict.open_rows
    if len(verdict.rows) == 1:
        return _fit("Waiting for ", _names(waiting))
    return _fit(f"Waiting for {of_total(len(waiting), len(verdict.rows), 'team')}: ", _names(waiting))


def _needs_time(verdict: Verdict, scene: Scene) -> str:
    waiting = verdict.open_rows
    until = last_day(waiting, scene)
    verb = "needs" if len(waiting) == 1 else "need"
    after = f" {verb} time{f' until {until}' if until else ''}"
    if len(verdict.rows) > 1:
        after += f" ({len(waiting):,} of {len(verdict.rows):,} open)"
    return _fit_sentence("", _names(waiting), after)


def _rejected(verdict: Verdict, _: Scene) -> str:
    blocking = blocking_rows(verdict)
    if not blocking:
        late = _names(late_rows(verdict))
        if len(late) == 1:
            return _fit("Blocked: ", late, "'s deadline has passed")
        return _fit("Blocked, past the deadline: ", late)
    changes = [one for one in verdict.assessment.gated if blocking[0].team.id in one.teams]
    who = _fit_sentence("Blocked by ", _names(blocking), limit=MAX_TITLE // 2)
    return _fit(f"{who}: ", [noun(changes or verdict.assessment.gated)])


def _approved(verdict: Verdict, _: Scene) -> str:
    total = len(verdict.rows)
    if waived := waived_rows(verdict):
        before = f"{of_total(total - len(waived), total, 'team')} agreed, " if total > len(waived) else ""
        return _fit(before, _names(waived), " waived")
    if total == 1:
        return _fit("", _names(verdict.rows), " agreed")
    return "Both teams agreed" if total == 2 else f"All {total:,} teams agreed"  # noqa: PLR2004 - both are two


def _forced(verdict: Verdict, _: Scene) -> str:
    if not verdict.force:
        return "Forced by somebody"
    last = verdict.force[-1]
    return _fit(f"Forced by {clipped(visible(last.actor.login), 20)}: ", [last.note])


def _expired(verdict: Verdict, _: Scene) -> str:
    return f"Asleep after {counted(verdict.asleep_after.days, 'day')}: /placet recheck"


def _policy_error(verdict: Verdict, _: Scene) -> str:
    error = verdict.policy_error
    if error is None:
        return "The policy cannot be read"
    name = visible(error.path).rpartition("/")[2] or "The policy"
    where = name if error.line is None else f"{name} line {error.line}"
    return _fit(f"{clipped(where, MAX_TITLE // 2)}: ", [visible(error.message)])


def _stalled(_: Verdict, scene: Scene) -> str:
    return _fit("Not compared yet, still trying: ", [scene.base_ref])


def _unreadable(verdict: Verdict, _: Scene) -> str:
    return _unread_files(verdict)


_TITLES: Mapping[CheckState, Callable[[Verdict, Scene], str]] = {
    CheckState.ANALYSING: _analysing,
    CheckState.NOT_APPLICABLE: _not_applicable,
    CheckState.COMPATIBLE: _compatible,
    CheckState.NOBODY_TO_ASK: _nobody,
    CheckState.OWNER_UNKNOWN: _owner_unknown,
    CheckState.OBSERVING: _observing,
    CheckState.NEEDS_ANALYSIS: _needs_analysis,
    CheckState.DRAFT: _draft,
    CheckState.PENDING: _pending,
    CheckState.NEEDS_TIME: _needs_time,
    CheckState.REJECTED: _rejected,
    CheckState.APPROVED: _approved,
    CheckState.FORCED: _forced,
    CheckState.EXPIRED: _expired,
    CheckState.POLICY_ERROR: _policy_error,
    CheckState.UNREADABLE: _unreadable,
    CheckState.STALLED: _stalled,
}


def kinds(changes: Sequence[AssessedChange]) -> str:
    """``2 safe changes, 1 to look at``: how many of each category, safe ones first, the noun once."""
    parts: list[str] = []
    for category in (Category.NON_BREAKING, Category.REQUIRES_ANALYSIS, Category.BREAKING, Category.INFRASTRUCTURE):
        number = sum(one.category is category for one in changes)
        if number and not parts:
            parts.append(_with_noun(number, category))
        elif number:
            parts.append(f"{number:,} {CATEGORY_WORDS[category]}")
    return ", ".join(parts)


def unowned_names(verdict: Verdict) -> list[str]:
    """The readers that nobody is known to own, else the assets whose own owner would have to answer, by short names."""
    facts = verdict.analysis.assets or {}
    readers = [one.reach.asset for one in verdict.assessment.unowned]
    keys = readers or [one.change.asset for one in verdict.assessment.changes if one.owner is None and _waits(one)]
    return [facts[key].name if key in facts else key.rpartition(":")[2] for key in dict.fromkeys(keys)]


def blocking_rows(verdict: Verdict) -> list[TeamRow]:
    """The teams whose block counts."""
    return [row for row in verdict.open_rows if row.answer.word is Word.BLOCKED]


def late_rows(verdict: Verdict) -> list[TeamRow]:
    """The teams whose answer is missing past its deadline."""
    return [row for row in verdict.open_rows if row.is_late]


def unread_paths(verdict: Verdict) -> list[str]:
    """The files that cannot be read and so stop the check."""
    return [one.change.location.path for one in verdict.assessment.gated if not one.change.asset]


def _waits(one: AssessedChange) -> bool:
    return one.owner_unknown or one.settled_by is SettledBy.UNOWNED


def _with_noun(number: int, category: Category) -> str:
    if category is Category.REQUIRES_ANALYSIS:
        return f"{counted(number, 'change')} {CATEGORY_WORDS[category]}"
    return counted(number, f"{CATEGORY_WORDS[category]} change")


def _undecided(verdict: Verdict) -> list[AssessedChange]:
    return [one for one in verdict.assessment.gated if one.needs_person]


def _unread_files(verdict: Verdict) -> str:
    paths = unread_paths(verdict)
    if len(paths) == 1:
        return _fit("Could not read ", [paths[0] if len(paths[0]) <= MAX_TITLE // 2 else paths[0].rpartition("/")[2]])
    return f"Could not read {counted(len(paths), 'changed file')}"


def _names(rows: Sequence[TeamRow]) -> list[str]:
    return [row.team.name for row in rows]


def _fit(before: str, names: Sequence[str], after: str = "", *, limit: int = MAX_TITLE) -> str:
    return fitted(before, [visible(one) for one in names], after, limit)


def _fit_sentence(before: str, names: Sequence[str], after: str = "", *, limit: int = MAX_TITLE) -> str:
    """The same with "and" before the last name, where all of them fit."""
    whole = f"{before}{listed([visible(one) for one in names])}{after}"
    return whole if len(whole) <= limit else _fit(before, names, after, limit=limit)
