"""The sticky comment: the state of a proposal for everybody in the thread, edited in place and in silence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial

from placet.proposals.answers import Word
from placet.proposals.assess import AssessedChange, AssessedReach
from placet.proposals.verdict import CheckState, TeamRow, Verdict
from placet.render import coverage, links, teams
from placet.render.budget import COMMENT_BYTES, Cut, Section, fitted, joined, section
from placet.render.contract import (
    changes_table,
    column_diff,
    published_versions,
    safe_ways,
    version_steps,
)
from placet.render.headline import does, does_all, tally, worst_first
from placet.render.lineage import Doubt, doubt_of, mermaid, nodes_reached, tree
from placet.render.markdown import code, fence, fold, html_code, table
from placet.render.model import Scene
from placet.render.summary import first_line, forced_note, judged_by, to_do_list, unowned_note, why_nobody
from placet.render.titles import blocking_rows, kinds, late_rows
from placet.render.words import counted, day, of_total, shortened
from placet.vocabulary.words import Gate

_WAITING = frozenset({CheckState.PENDING, CheckState.NEEDS_TIME, CheckState.REJECTED})
_OPEN = _WAITING | {CheckState.DRAFT, CheckState.OBSERVING, CheckState.FORCED, CheckState.EXPIRED}
# How many teams have a row; past that, they are counted in one.
_ROWS = (200, 40, 12)
# How many readers a team's cell names at first: more than that nobody reads.
_BREAKS = 12
_NAMED = 5
# An example of a date in a command: far enough to be worth asking for, within the longest wait that is allowed.
_EXAMPLE_WAIT = timedelta(days=21)
_AT = "@"
_WIDE_AT = "\uff20"


def sticky(verdict: Verdict, scene: Scene) -> str:
    """The whole comment, at most 60,000 bytes, with the hidden marker as its first line and no ``@`` anywhere."""
    marker = f"<!-- placet:proposal={scene.proposal_id if scene.proposal_id is not None else 'none'} -->"
    sections = _closed(verdict, scene) if scene.closing else _standing(verdict, scene)
    # Nothing here may tell anybody anything: not even code holds the sign that mentions.
    text = fitted(sections, COMMENT_BYTES - len(marker) - 1).replace(_AT, _WIDE_AT)
    return f"{marker}\n{text}"


def _standing(verdict: Verdict, scene: Scene) -> list[Section]:
    heading = section(f"### {_HEADINGS[verdict.state](verdict, scene)}")
    if verdict.state in _OPEN or (verdict.state is CheckState.APPROVED and verdict.rows):
        return [heading, *_proposal(verdict, scene)]
    return [heading, *_without_teams(verdict, scene)]


def _closed(verdict: Verdict, scene: Scene) -> list[Section]:
    """What is left to say once the pull request is closed: what was published, and by whose leave."""
    if scene.closing != "merged":
        return [
            section("### Closed: proposal withdrawn"),
            section(
                "Nothing is published, and nobody is asked any more. If it is reopened, the answers given still count."
            ),
            section(_footer(verdict, scene)),
        ]
    changes = tuple(verdict.assessment.changes)
    # Whether somebody had to agree is over: what asked stands first, however it was settled.
    asking = tuple(one for one in changes if one.change.gate is Gate.ASK)
    versions = published_versions(verdict.assessment.gated or changes, scene)
    reached = teams.reached_by_team(verdict.assessment)
    forms = [partial(_table, verdict, scene, reached, rows, keep=3) for rows in _ROWS]
    return [
        section(f"### {_merged_heading(verdict, versions)}"),
        section(f"This {does_all(asking, changes)}. {_merged_by(verdict)}" if changes else ""),
        section(forms[0](), *forms[1:], cut=Cut.TABLE),
        section(_footer(verdict, scene)),
    ]


def _merged_heading(verdict: Verdict, versions: str) -> str:
    published = f": {versions} published" if versions else ""
    return f"⚠️ Merged around the check{published}" if verdict.open_rows else f"🟣 Merged{published}"


def _merged_by(verdict: Verdict) -> str:
    if verdict.open_rows:
        verb = "has" if len(verdict.open_rows) == 1 else "have"
        return f"{teams.names(verdict.open_rows, _NAMED)} {verb} not agreed."
    return f"{teams.approved_of_all(verdict)}." if verdict.rows else ""


def _proposal(verdict: Verdict, scene: Scene) -> list[Section]:
    gated = worst_first(verdict.assessment.gated)
    reaching = [one for one in gated if one.reaches]
    return [
        section(_extent(gated, verdict, scene)),
        _teams(verdict, scene),
        section(forced_note(verdict)),
        section("\n\n".join(note for row in verdict.rows[:_NAMED] if (note := teams.said(scene, row)))),
        section(_pushed(verdict)),
        section(_how_to_answer(verdict, scene)),
        section(unowned_note(verdict)),
        section(_others(verdict, scene)),
        _lineage(reaching, scene, doubt_of(verdict.coverage)),
        _contract(verdict, scene),
        section(_fold_safe_ways(gated), "", cut=Cut.CONTRACT),
        section(_footer(verdict, scene)),
    ]


def _without_teams(verdict: Verdict, scene: Scene) -> list[Section]:
    changes = worst_first(one for one in verdict.assessment.changes if one.gated or one.settled_by is not None)
    reaching = [one for one in changes if one.reaches]
    return [
        section(_now(verdict, scene)),
        _teams(verdict, scene),
        section(
            why_nobody(verdict, _ROWS[0]), *(partial(why_nobody, verdict, rows) for rows in _ROWS[1:]), cut=Cut.TABLE
        ),
        section(unowned_note(verdict)),
        section(to_do_list(verdict, scene)),
        _lineage(reaching, scene, doubt_of(verdict.coverage)),
        _contract(verdict, scene),
        section(_footer(verdict, scene)),
    ]


def _now(verdict: Verdict, scene: Scene) -> str:
    """What the heading does not say: how things stand, in a sentence."""
    if verdict.state is CheckState.COMPATIBLE:
        return f"Nobody has to agree to what is left: {kinds(verdict.assessment.changes)}."
    if verdict.state in (CheckState.NOT_APPLICABLE, CheckState.APPROVED):
        return "The contracts are as they were."
    return "" if verdict.state is CheckState.NOBODY_TO_ASK else first_line(verdict, scene)


def _pending_heading(verdict: Verdict, _: Scene) -> str:
    waiting, total = len(verdict.open_rows), len(verdict.rows)
    who = links.team_name(verdict.rows[0].team) if total == 1 else of_total(waiting, total, "team")
    return f"⏳ Waiting for {who}: this {does(verdict.assessment.gated)}"


def _rejected_heading(verdict: Verdict, _: Scene) -> str:
    blocking = blocking_rows(verdict)
    if not blocking:
        late = late_rows(verdict)
        return f"⛔ Blocked, past the deadline of {teams.names(late)}: this {does(verdict.assessment.gated)}"
    return f"⛔ Blocked by {teams.names(blocking)}: this {does(verdict.assessment.gated)}"


def _draft_heading(verdict: Verdict, _: Scene) -> str:
    number = len(verdict.open_rows)
    return f"📝 Draft, {counted(number, 'team')} will be asked: this {does(verdict.assessment.gated)}"


def _approved_heading(verdict: Verdict, _: Scene) -> str:
    if not verdict.rows:
        return "✅ No breaking change any more"
    return f"✅ {teams.approved_of_all(verdict)}: this {does(verdict.assessment.gated)}"


def _forced_heading(verdict: Verdict, _: Scene) -> str:
    who = links.login(verdict.force[-1].actor)
    return f"🔓 Forced by {who}: this {does(verdict.assessment.gated)}"


def _expired_heading(verdict: Verdict, _: Scene) -> str:
    days = counted(verdict.asleep_after.days, "day")
    return f"💤 Asleep after {days}: this {does(verdict.assessment.gated)}"


def _nobody_heading(verdict: Verdict, _: Scene) -> str:
    settled = [one for one in verdict.assessment.changes if one.settled_by is not None]
    judged = judged_by(verdict)
    return (
        f"✅ {judged[0].upper()}{judged[1:]}: this {does(settled)}"
        if judged
        else f"✅ Nobody has to agree: this {does(settled)}"
    )


def _analysis_heading(verdict: Verdict, _: Scene) -> str:
    number = sum(one.needs_person for one in verdict.assessment.gated)
    need = "needs" if number == 1 else "need"
    return f"🔎 {counted(number, 'change')} {need} a person's judgement: this {does(verdict.assessment.gated)}"


def _owner_heading(verdict: Verdict, _: Scene) -> str:
    return f"❔ Owner unknown: this {does(verdict.assessment.gated)}"


def _unreadable_heading(verdict: Verdict, _: Scene) -> str:
    files = [one for one in verdict.assessment.gated if not one.change.asset]
    return f"❔ Could not read {counted(len(files), 'changed file')}"


def _observing_heading(verdict: Verdict, _: Scene) -> str:
    return f"👀 Only watching: this {does(verdict.assessment.gated)}"


_HEADINGS: Mapping[CheckState, Callable[[Verdict, Scene], str]] = {
    CheckState.ANALYSING: lambda _, __: "⏳ Comparing contracts",
    CheckState.NOT_APPLICABLE: lambda _, __: "✅ No breaking change any more",
    CheckState.COMPATIBLE: lambda _, __: "✅ No breaking change any more",
    CheckState.NOBODY_TO_ASK: _nobody_heading,
    CheckState.OWNER_UNKNOWN: _owner_heading,
    CheckState.OBSERVING: _observing_heading,
    CheckState.NEEDS_ANALYSIS: _analysis_heading,
    CheckState.DRAFT: _draft_heading,
    CheckState.PENDING: _pending_heading,
    CheckState.NEEDS_TIME: _pending_heading,
    CheckState.REJECTED: _rejected_heading,
    CheckState.APPROVED: _approved_heading,
    CheckState.FORCED: _forced_heading,
    CheckState.EXPIRED: _expired_heading,
    CheckState.POLICY_ERROR: lambda _, __: "⛔ The policy has an error: nobody can be asked",
    CheckState.UNREADABLE: _unreadable_heading,
    CheckState.STALLED: lambda _, __: "⏳ Not compared yet",
}


def _extent(gated: Sequence[AssessedChange], verdict: Verdict, scene: Scene) -> str:
    """How far it reaches, which versions come of it, and where to look at all of it."""
    page = f"Open proposal {scene.proposal_id}" if scene.proposal_id is not None else "Open the proposal"
    sentences = [_reach(gated, verdict), version_steps(gated, scene), links.proposal(scene, page)]
    return " ".join(sentence for sentence in sentences if sentence)


def _reach(gated: Sequence[AssessedChange], verdict: Verdict) -> str:
    number = nodes_reached(gated)
    if not number:
        return ""
    verb = "reads" if number == 1 else "read"
    text = f"{counted(number, 'downstream node')} {verb} {_that(gated)}"
    others = (verdict.analysis.table_readers or {}).get(gated[0].change.fingerprint, 0) if len(gated) == 1 else 0
    if others:
        other = "other reads" if others == 1 else "others read"
        return f"{text}, {others:,} {other} the table but not the column."
    return f"{text}."


def _that(gated: Sequence[AssessedChange]) -> str:
    if len(gated) > 1:
        return "what changes"
    return "that column" if gated[0].change.column else "it"


def _teams(verdict: Verdict, scene: Scene) -> Section:
    """The table with more of what breaks for each team, or less; then with fewer teams."""
    form = partial(_table, verdict, scene, teams.reached_by_team(verdict.assessment))
    return Section(
        form(_ROWS[0], keep=_BREAKS),
        (
            (Cut.BREAKS, partial(form, _ROWS[0], keep=3)),
            *((Cut.TABLE, partial(form, rows, keep=1)) for rows in _ROWS),
        ),
    )


def _table(verdict: Verdict, scene: Scene, reached: teams.Reached, limit: int, *, keep: int) -> str:
    shown, folded = teams.rows_shown(verdict.rows)
    rows = [_row(row, verdict.state, reached.get(row.team.id, ()), scene, keep) for row in shown[:limit]]
    if left := shown[limit:]:
        more = links.everything(scene, counted(len(left), "more team"))
        rows.append((more, "⚪ left out for lack of room", teams.names(left, _NAMED)))
    if folded:
        rows.append((counted(len(folded), "team"), "✅ approved", teams.names(folded, _NAMED)))
    return table(("Team", "Answer", "What breaks for them"), rows)


def _row(
    row: TeamRow, state: CheckState, reaches: Sequence[AssessedReach], scene: Scene, keep: int
) -> tuple[str, str, str]:
    name = links.team(scene, row.team)
    is_open = row.answer.word in (Word.NONE, Word.BLOCKED)
    return f"**{name}**" if is_open else name, _answer(row, state, scene), teams.breaks(reaches, row.because, keep)


def _answer(row: TeamRow, state: CheckState, scene: Scene) -> str:
    text, by = teams.answer(row, state), teams.people(scene, row)
    if teams.is_partial(row):
        return f"{text} · {by} approved the rest"
    if row.answer.word is Word.NONE:
        asked = teams.asked_on(scene, row)
        return f"{text}, {asked}" if asked else text
    if row.answer.word is Word.NEEDS_TIME:
        until = "" if row.answer.until is None else f" **until {day(row.answer.until, scene.now)}**"
        who = shortened(row.answer.people, 2, partial(links.person, scene))
        return f"{text}{until} · {who}" if who else f"{text}{until}"
    return f"{text} · {by}" if by else text


def _pushed(verdict: Verdict) -> str:
    """A push that added to what a team had approved costs the others nothing, and says so."""
    partial = [row for row in verdict.rows if teams.is_partial(row)]
    if not partial:
        return ""
    verb = "is" if len(partial) == 1 else "are"
    return f"A push changed what {teams.names(partial, _NAMED)} {verb} asked; all other answers stand."


def _how_to_answer(verdict: Verdict, scene: Scene) -> str:
    waiting = verdict.open_rows
    if not waiting:
        return ""
    # Who has said nothing yet; those that did know how.
    silent = [row for row in waiting if row.answer.word is Word.NONE] or waiting
    who = f"**{teams.names(silent, _NAMED)}:**"
    if verdict.state is CheckState.DRAFT:
        return f"{who} you will be asked once this is no draft any more."
    if verdict.state is CheckState.EXPIRED:
        return f"Wake it with a push, or with this comment:\n\n{fence(['/placet recheck'])}"
    if verdict.state is CheckState.OBSERVING:
        return f"{who} nothing to do: this repository only watches."
    approve = f"approve with a review, or with this comment:\n\n{fence(['/placet approve'])}"
    if silent[0].answer.word is Word.BLOCKED:
        return f"{who} to lift the block, {approve}\n\nOr take it back: `/placet retract` · {links.commands(scene)}"
    return joined([f"{who} {approve}", _not_ready(scene), _to_lift(blocking_rows(verdict))])


def _to_lift(blocking: Sequence[TeamRow]) -> str:
    if not blocking:
        return ""
    lifts = "lifts its block" if len(blocking) == 1 else "lift their blocks"
    return f"**{teams.names(blocking, _NAMED)}** {lifts} with `/placet approve` or `/placet retract`."


def _not_ready(scene: Scene) -> str:
    until = (scene.now + _EXAMPLE_WAIT).date().isoformat()
    return f"Not ready? `/placet needs-time {until} why` · `/placet block why` · {links.commands(scene)}"


def _others(verdict: Verdict, scene: Scene) -> str:
    """What else stands between this and green, besides the teams: a judgement, or an owner."""
    if verdict.state in _WAITING and any(one.needs_person or one.owner_unknown for one in verdict.assessment.gated):
        return to_do_list(verdict, scene)
    return ""


def _lineage(reaching: Sequence[AssessedChange], scene: Scene, doubt: Doubt) -> Section:
    if not reaching:
        return section("")
    owners = {one.team.id for change in reaching for one in change.reaches if one.team is not None}
    counts = [counted(nodes_reached(reaching), "node")]
    if owners:
        counts.append(counted(len(owners), "team"))
    name = html_code(reaching[0].change.what.rpartition(".")[2]) if len(reaching) == 1 else "it"
    heading = f"Where {name} goes ({', '.join(counts)})"
    drawn = mermaid(reaching)
    picture = fence(drawn, "mermaid") if drawn else ""
    full = fence(tree(reaching, doubt=doubt))
    whole = links.everything(scene, "All of it", "lineage")
    return Section(
        fold(heading, picture, full),
        (
            (Cut.PICTURE, fold(heading, full, f"The picture is left out for lack of room. {whole}")),
            (Cut.FAR_LINEAGE, lambda: _near(heading, reaching, whole, doubt)),
            (Cut.REST, f"{heading}: left out for lack of room. {whole}"),
        ),
    )


def _near(heading: str, reaching: Sequence[AssessedChange], whole: str, doubt: Doubt) -> str:
    lines = fence(tree(reaching, hops=2, limit=80, doubt=doubt))
    return fold(heading, lines, f"Shown are two steps, without a picture. {whole}")


def _contract(verdict: Verdict, scene: Scene) -> Section:
    changes = verdict.assessment.changes
    if not changes:
        return section("")
    heading = f"Contract changes: {tally(changes)}"
    rows = changes_table(verdict, scene, 40)
    lines = column_diff(changes)
    diff = fence(lines, "diff") if lines else ""
    whole = links.everything(scene, "All of them", "changes")
    return Section(
        fold(heading, rows, diff),
        (
            (Cut.CONTRACT, fold(heading, rows, f"The columns are left out for lack of room. {whole}")),
            (Cut.TABLE, lambda: fold(heading, changes_table(verdict, scene, 12), f"Shown are the gravest. {whole}")),
            (Cut.REST, f"{heading}: left out for lack of room. {whole}"),
        ),
    )


def _fold_safe_ways(gated: Sequence[AssessedChange]) -> str:
    lines = safe_ways(gated)
    return fold("A safe way to do this", "\n".join(lines)) if lines else ""


def _footer(verdict: Verdict, scene: Scene) -> str:
    """How it was compared, whether readers may hide, and where one learns why one was asked."""
    if verdict.state is CheckState.POLICY_ERROR:
        return ""
    parts = [f"Compared {code(scene.base_sha[:7])}…{code(scene.head_sha[:7])}"]
    if (bound := coverage.lower_bound(verdict.coverage)) and verdict.assessment.changes:
        parts.append(f"{bound} ({links.everything(scene, 'which?', 'coverage')})")
    if verdict.rows and not scene.closing:
        parts.append(links.everything(scene, "why was my team asked?", "why"))
    return f"<sub>{' · '.join(parts)}</sub>"
