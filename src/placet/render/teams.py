"""The teams that must answer: what each of them said, and what breaks for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from functools import partial

from placet.proposals.answers import Word
from placet.proposals.assess import AssessedReach, Assessment
from placet.proposals.verdict import CheckState, TeamRow, Verdict
from placet.render import links
from placet.render.lineage import short
from placet.render.markdown import code, prose
from placet.render.model import Scene
from placet.render.words import counted, day, listed, of_total, shortened
from placet.vocabulary.words import ReaderState

# Past this many teams, those that approved share one row.
MAX_ROWS = 12
# So many of a team's readers are looked at; beyond, they are only counted.
_MAX_READERS = 200
_MAX_PEOPLE = 3
Reached = Mapping[str, Sequence[AssessedReach]]
ADAPTED = "adapted in this pull request: look at the fix"


def reached_by_team(assessment: Assessment) -> Reached:
    """By team id, the readers for which it must answer, in order of the changes."""
    found: dict[str, list[AssessedReach]] = {}
    for change in assessment.changes:
        if change.gated:
            for one in change.reaches:
                if one.team is not None and one.exemption is None:
                    found.setdefault(one.team.id, []).append(one)
    return found


def approved_of_all(verdict: Verdict) -> str:
    """``1 of 3 teams approved``, or what one can say where nobody did, or all."""
    total, waiting = len(verdict.rows), len(verdict.open_rows)
    waived = waived_rows(verdict)
    if total == 1:
        name = links.team_name(verdict.rows[0].team)
        if waived:
            return f"{name} was waived"
        return f"{name} has not approved yet" if waiting else f"{name} agreed"
    if waiting == total:
        return f"None of {total:,} teams approved yet"
    if waived:
        agreed = total - waiting - len(waived)
        return f"{of_total(agreed, total, 'team')} approved, {names(waived)} waived"
    if not waiting:
        return "Both teams agreed" if total == 2 else f"All {total:,} teams agreed"  # noqa: PLR2004 - both are two
    return f"{of_total(total - waiting, total, 'team')} approved"


def waived_rows(verdict: Verdict) -> list[TeamRow]:
    """The teams that need not agree because somebody took them out."""
    return [row for row in verdict.rows if row.answer.word is Word.WAIVED]


def answered_of_all(verdict: Verdict) -> str:
    """``1 of 3 teams had agreed``: how many teams did, where it was forced."""
    total = len(verdict.rows)
    agreed = sum(not row.answer.unanswered for row in verdict.rows)
    if not total:
        return "No team was asked"
    return f"{of_total(agreed, total, 'team')} had agreed" if agreed else f"No team of {total:,} had agreed"


def rows_shown(rows: Sequence[TeamRow]) -> tuple[tuple[TeamRow, ...], tuple[TeamRow, ...]]:
    """The rows with a line of their own, and the approved ones that share one because there are too many."""
    if len(rows) <= MAX_ROWS:
        return tuple(rows), ()
    waiting = tuple(row for row in rows if row.answer.word is not Word.APPROVED)
    approved = tuple(row for row in rows if row.answer.word is Word.APPROVED)
    return (tuple(rows), ()) if len(approved) == 1 else (waiting, approved)


def answer(row: TeamRow, state: CheckState) -> str:
    """The team's answer, an emoji and words: ``✅ approved``; a draft has asked nobody yet, and watching never does."""
    if row.answer.word is Word.BLOCKED:
        return "⛔ **blocks**"
    if row.answer.word is Word.NEEDS_TIME:
        return "🕒 needs time"
    if row.answer.word is Word.APPROVED:
        return "✅ approved"
    if row.answer.word is Word.WAIVED:
        return "🟰 waived"
    if row.is_late:
        return "⚪ **not answered, past its deadline**"
    if is_partial(row):
        return f"⚪ **{of_total(len(row.answer.missing), len(row.required), 'change')} not answered**"
    if state is CheckState.DRAFT:
        return "⚪ not asked yet"
    return "⚪ not asked" if state is CheckState.OBSERVING else "⚪ **not answered**"


def is_partial(row: TeamRow) -> bool:
    """Whether the team approved some of what it must answer, and a push added the rest."""
    return row.answer.word is Word.NONE and bool(row.answer.people) and len(row.answer.missing) < len(row.required)


def people(scene: Scene, row: TeamRow, *, limit: int = _MAX_PEOPLE) -> str:
    """Who gave the answer, linked, and when; empty where nobody did."""
    if not row.answer.people:
        return ""
    names = shortened(row.answer.people, limit, partial(links.person, scene))
    return names if row.answer.at is None else f"{names}, {day(row.answer.at, scene.now)}"


def asked(scene: Scene, row: TeamRow) -> str:
    """When the team was asked, and of whom it consists where that is written down; empty before it was."""
    when = asked_on(scene, row)
    if not when:
        return ""
    return f"{when}: {shortened(row.team.members, _MAX_PEOPLE, code)}" if row.team.members else when


def asked_on(scene: Scene, row: TeamRow) -> str:
    """When the team was asked, until when it needed time, and by when its answer is due; empty before it was asked."""
    if row.asked_at is None:
        return ""
    when = f"asked {day(row.asked_at, scene.now)}"
    if row.answer.lapsed is not None:
        when += f", needed time until {day(row.answer.lapsed, scene.now)}"
    if row.deadline is not None:
        when += f", due by {due(row.deadline, scene)}"
    return when


def due(deadline: datetime, scene: Scene) -> str:
    """A deadline as its last day; with the hour where it is no whole day."""
    if deadline.time() == time():
        return day(deadline - timedelta(days=1), scene.now)
    return f"{day(deadline, scene.now)} {deadline:%H:%M} UTC"


def said(scene: Scene, row: TeamRow) -> str:
    """What the team said with its block or its wish for time; empty where it said nothing."""
    verb = _SAID.get(row.answer.word)
    if verb is None or not row.answer.note:
        return ""
    return f"**{links.team_name(row.team)} {verb}:** {prose(row.answer.note)} ({people(scene, row)})"


_SAID = {Word.BLOCKED: "blocks", Word.NEEDS_TIME: "needs time", Word.WAIVED: "was waived"}


def only_adapted(reaches: Sequence[AssessedReach]) -> bool:
    """Whether all that the team must answer for is what this pull request adapts."""
    return bool(reaches) and all(one.reach.state is ReaderState.ADAPTED for one in reaches)


def breaks(reaches: Sequence[AssessedReach], because: str, keep: int) -> str:
    """What breaks for a team: its first readers on each way, and what it has at their ends; ``keep`` ways at most."""
    if not reaches:
        return prose(because)
    ways = _ways(reaches[:_MAX_READERS])
    beyond = max(0, len(reaches) - _MAX_READERS)
    shown = [_way(root, ends, keep) for root, ends in ways[:keep]]
    if only_adapted(reaches):
        shown[-1] += f", {ADAPTED}"
    if left := len(ways) - len(shown) + beyond:
        shown.append(f"and {left:,} more")
    return "; ".join(shown)


def names(rows: Sequence[TeamRow], keep: int = _MAX_PEOPLE) -> str:
    """``crm, growth and 3 more`` as prose."""
    return shortened(rows, keep, lambda row: links.team_name(row.team))


def why_asked(rows: Sequence[TeamRow], limit: int) -> str:
    """One line a team: why it is asked at all; empty without teams."""
    lines = [f"- **{links.team_name(row.team)}** {prose(row.because)}" for row in rows[:limit] if row.because]
    if lines and len(rows) > limit:
        lines.append(f"- and {counted(len(rows) - limit, 'more team')}")
    return "\n".join(lines)


def last_day(rows: Sequence[TeamRow], scene: Scene) -> str:
    """The last date until which these teams need time; empty where none named one."""
    dates = [row.answer.until for row in rows if row.answer.until is not None]
    return day(max(dates), scene.now) if dates else ""


def force_names(scene: Scene) -> str:
    """Who may force it by the organisation's policy, as prose; empty where nobody may."""
    return listed([prose(one.removeprefix("@").rpartition("/")[2]) for one in scene.force], last="or")


def _ways(reaches: Sequence[AssessedReach]) -> list[tuple[AssessedReach, tuple[AssessedReach, ...]]]:
    """The team's readers by ways: the first of its own on each, and those of its own at the ends."""
    by_via = {one.reach.via: one for one in reaches if not one.reach.team}
    below: dict[tuple[str, ...], list[AssessedReach]] = {}
    passed: set[tuple[str, ...]] = set()
    roots: list[AssessedReach] = []
    for one in reaches:
        via = one.reach.via
        above = [via[:end] for end in range(1, len(via)) if via[:end] in by_via]
        passed.update(above)
        if above and not one.reach.team:
            below.setdefault(above[0], []).append(one)
        else:
            roots.append(one)
    return [
        (root, tuple(one for one in below.get(root.reach.via, ()) if one.reach.via not in passed)) for root in roots
    ]


def _way(root: AssessedReach, ends: Sequence[AssessedReach], keep: int) -> str:
    start = _reader(root)
    if root.reach.team or not ends:
        return start
    labels = list(dict.fromkeys(_reader(one) for one in ends))
    return f"{start} → {_some(labels, keep)}"


def _some(labels: Sequence[str], keep: int) -> str:
    if len(labels) <= keep + 1:
        return ", ".join(labels)
    return f"{', '.join(labels[:keep])} and {len(labels) - keep:,} more"


def _reader(one: AssessedReach) -> str:
    reach = one.reach
    if not reach.team:
        return code(short(reach.via[-1]) if reach.via else reach.asset)
    what = code(short(reach.via[-1])) if reach.via else "it"
    return f"declared use of {what}" + (f": {prose(reach.purpose, limit=120)}" if reach.purpose else "")
