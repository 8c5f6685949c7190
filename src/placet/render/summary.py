"""The check's summary: the verdict, who said what, and what is left to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from placet.proposals.answers import Word
from placet.proposals.assess import AssessedChange
from placet.proposals.verdict import CheckState, Conclusion, TeamRow, Verdict
from placet.render import links, teams
from placet.render.budget import Cut, Section, section
from placet.render.contract import DIGITS, reason_of, settled_words
from placet.render.headline import happens, worst_first
from placet.render.judgement import who_reads
from placet.render.markdown import code, fence, plain, prose, quoted, table
from placet.render.model import Scene
from placet.render.titles import blocking_rows, kinds, late_rows, unowned_names, unread_paths
from placet.render.unadapted import build_failure
from placet.render.words import counted, day, listed, shortened
from placet.vocabulary.words import SettledBy

# How many rows of a table are shown, from most to fewest; each says how many it leaves out.
FOLDS = (200, 60, 12, 3)
_NAMED = 5
_HOW_TO_OWN = (
    "`config: {meta: {placet: {owner: team}}}` in its YAML, `owners:` in `.github/placet.yml`, or a line in CODEOWNERS"
)


def summary(verdict: Verdict, scene: Scene) -> list[Section]:
    """The summary's sections; the first line is the verdict, the thing, and how much is still open."""
    return [
        section(f"**{first_line(verdict, scene)}**"),
        *above_the_teams(verdict, scene),
        _folding(partial(_rows, verdict, scene, teams.reached_by_team(verdict.assessment))),
        *below_the_teams(verdict, scene),
    ]


def above_the_teams(verdict: Verdict, scene: Scene) -> list[Section]:
    """What is said between the verdict and the table of the teams: what else holds, and what people gave as reasons."""
    migration = f"**Migration**, from the description:\n\n{quoted(scene.migration)}" if scene.migration.strip() else ""
    return [
        section(_only_asks(verdict)),
        section(_quiet(verdict, scene)),
        section(_impostor(scene)),
        section(forced_note(verdict)),
        section(_said(verdict, scene)),
        section(migration, "", cut=Cut.CONTRACT),
    ]


def below_the_teams(verdict: Verdict, scene: Scene) -> list[Section]:
    """What is said below the table of the teams: why nobody is asked, what is not known, and what is left to do."""
    page = f"Proposal {scene.proposal_id}" if scene.proposal_id is not None else "Proposal"
    return [
        _folding(partial(why_nobody, verdict)),
        section(unowned_note(verdict)),
        section(_build_note(verdict, scene)),
        section(to_do_list(verdict, scene)),
        section(links.proposal(scene, page)),
    ]


def first_line(verdict: Verdict, scene: Scene) -> str:
    """The verdict in one or two sentences of Markdown."""
    return _LINES[verdict.state](verdict, scene)


def what_happens(verdict: Verdict) -> str:
    """```x.y` is dropped``: what is gated, or settled where nothing is; the first thing only, and how many more."""
    changes = verdict.assessment.gated or tuple(one for one in verdict.assessment.changes if one.settled_by is not None)
    return happens(changes) if changes else "Nothing is changed that asks anybody"


def judged_by(verdict: Verdict) -> str:
    """``judged safe by dana-k``, where that alone is why nobody has to agree; else empty."""
    settled = worst_first(one for one in verdict.assessment.changes if one.settled_by is not None)
    is_judged = all(one.settled_by is SettledBy.CLASSIFY for one in settled)
    return settled_words(settled[0]) if settled and is_judged else ""


def to_do(verdict: Verdict, scene: Scene) -> tuple[str, ...]:
    """What would turn the check green, one step a line; only what applies."""
    if verdict.state not in _STEPS:
        return ()
    failure = "" if scene.closing else _build_failure(verdict)
    return (*((failure,) if failure else ()), *_STEPS[verdict.state](verdict, scene))


def why_nobody(verdict: Verdict, limit: int) -> str:
    """Why nobody has to agree to what would ask, one line a change; empty in any other state."""
    if verdict.state is not CheckState.NOBODY_TO_ASK:
        return ""
    settled = worst_first(one for one in verdict.assessment.changes if one.settled_by is not None)
    lines = [f"- {code(one.change.what)}: {settled_words(one)}{_reason(one)}" for one in settled[:limit]]
    if len(settled) > limit:
        lines.append(f"- and {counted(len(settled) - limit, 'more change')}")
    return "\n".join(lines)


def unowned_note(verdict: Verdict) -> str:
    """The readers that nobody is known to own, and how to give them an owner; empty where that is a step already."""
    names = unowned_names(verdict)
    if not names or any(one.owner_unknown for one in verdict.assessment.gated):
        return ""
    it, reader = ("it", "that reader") if len(names) == 1 else ("them", "these readers")
    owned = shortened(names, _NAMED, code)
    return f"Nobody is known to own {owned}, so nobody is asked for {it}. To give {reader} an owner: {_HOW_TO_OWN}."


def answer(row: TeamRow, state: CheckState, scene: Scene) -> str:
    """A team's answer as its row shows it, with the date of a wish for time: ``🕒 needs time until 30 Nov``."""
    if scene.is_quiet and row.asked_at is None and row.answer.word is Word.NONE:
        return "⚪ not asked yet"
    text = teams.answer(row, state).replace("**", "")
    if row.answer.word is Word.NEEDS_TIME and row.answer.until is not None:
        text += f" until {day(row.answer.until, scene.now)}"
    return text


def to_do_list(verdict: Verdict, scene: Scene) -> str:
    """The steps with a heading; empty where there is nothing to do."""
    steps = to_do(verdict, scene)
    if not steps:
        return ""
    heading = "To have it agreed" if verdict.conclusion is Conclusion.SUCCESS else "To turn this green"
    return "\n".join([f"**{heading}**", *(f"{number}. {step}" for number, step in enumerate(steps, 1))])


def _build_failure(verdict: Verdict) -> str:
    """What of the same project would not be built; it holds nothing up, since nobody need agree to it."""
    return build_failure(verdict.assessment, verdict.analysis, code)


def _build_note(verdict: Verdict, scene: Scene) -> str:
    """The same where there is nothing else to do: it would be overlooked in a green check."""
    failure = "" if verdict.state in _STEPS or scene.closing else _build_failure(verdict)
    return f"{failure}." if failure else ""


def _pending_line(verdict: Verdict, _: Scene) -> str:
    return f"{what_happens(verdict)}. {teams.approved_of_all(verdict)}."


def _rejected_line(verdict: Verdict, _: Scene) -> str:
    blocking = blocking_rows(verdict)
    if not blocking:
        late = late_rows(verdict)
        has = "has" if len(late) == 1 else "have"
        who = f"{teams.names(late)} {has} not answered, and the deadline has passed"
        return f"{who}: {what_happens(verdict)}. {teams.approved_of_all(verdict)}."
    verb = "blocks" if len(blocking) == 1 else "block"
    return f"{teams.names(blocking)} {verb}: {what_happens(verdict)}. {teams.approved_of_all(verdict)}."


def _approved_line(verdict: Verdict, _: Scene) -> str:
    return f"{teams.approved_of_all(verdict)}: {what_happens(verdict)}."


def _forced_line(verdict: Verdict, scene: Scene) -> str:
    return f"{what_happens(verdict)}: {forced_by(verdict, scene)}. {teams.answered_of_all(verdict)}."


def forced_by(verdict: Verdict, scene: Scene) -> str:
    """``forced by dana-k, 21 Nov``: who forced what is open, the last of them."""
    last = verdict.force[-1]
    return f"forced by {links.person(scene, last.actor)}, {day(last.at, scene.now)}"


def forced_note(verdict: Verdict) -> str:
    """The reasons that were given, the last one first."""
    notes = [f"**Forced by {links.login(act.actor)}:** {prose(act.note)}" for act in reversed(verdict.force)]
    return "\n\n".join(notes[:_NAMED])


def _expired_line(verdict: Verdict, _: Scene) -> str:
    days = counted(verdict.asleep_after.days, "day")
    return f"Asleep, since nothing happened for {days}: {what_happens(verdict)}. {teams.approved_of_all(verdict)}."


def _draft_line(verdict: Verdict, _: Scene) -> str:
    waiting = verdict.open_rows
    who = teams.names(waiting, _NAMED)
    return f"{what_happens(verdict)}. {who} will be asked once this is no draft any more."


def _nobody_line(verdict: Verdict, _: Scene) -> str:
    if judged := judged_by(verdict):
        return f"{what_happens(verdict)}: {judged}."
    return f"{what_happens(verdict)}, and nobody has to agree."


def _needs_analysis_line(verdict: Verdict, _: Scene) -> str:
    undecided = _for_a_person(verdict)
    number = len(undecided)
    needs = "it needs a person's judgement" if number == 1 else f"{counted(number, 'change')} need a person's judgement"
    return f"{what_happens(verdict)}, and {who_reads(undecided, _team_prose)}: {needs}."


def _team_prose(name: str) -> str:
    return plain(name, limit=100)


def _owner_unknown_line(verdict: Verdict, _: Scene) -> str:
    owned = shortened(unowned_names(verdict), _NAMED, code)
    return f"{what_happens(verdict)}, and nobody is known to own {owned}."


def _observing_line(verdict: Verdict, _: Scene) -> str:
    if verdict.rows:
        return f"Only watching: {what_happens(verdict)}, and {teams.names(verdict.rows, _NAMED)} would have to agree."
    return f"Only watching: {what_happens(verdict)}, and the check would wait for a person."


def _compatible_line(verdict: Verdict, _: Scene) -> str:
    return f"Nothing to ask: {kinds(verdict.assessment.changes)}."


def _not_applicable_line(_: Verdict, __: Scene) -> str:
    return "No contract change."


def _analysing_line(_: Verdict, scene: Scene) -> str:
    return f"Comparing contracts with {code(scene.base_ref)}."


def _policy_error_line(verdict: Verdict, _: Scene) -> str:
    error = verdict.policy_error
    if error is None:
        return "The policy cannot be read."
    line = "" if error.line is None else f", line {error.line}"
    return f"{code(error.path or 'the policy')}{line}: {prose(error.message)}."


def _stalled_line(_: Verdict, scene: Scene) -> str:
    return (
        f"The contracts could not be compared with {code(scene.base_ref)} yet. It is tried again by itself; who runs "
        "Placet finds the reason in its log."
    )


def _unreadable_line(verdict: Verdict, _: Scene) -> str:
    paths = shortened(unread_paths(verdict), 2, code)
    return f"{paths} cannot be read, so nobody can tell what this changes."


_LINES: Mapping[CheckState, Callable[[Verdict, Scene], str]] = {
    CheckState.ANALYSING: _analysing_line,
    CheckState.NOT_APPLICABLE: _not_applicable_line,
    CheckState.COMPATIBLE: _compatible_line,
    CheckState.NOBODY_TO_ASK: _nobody_line,
    CheckState.OWNER_UNKNOWN: _owner_unknown_line,
    CheckState.OBSERVING: _observing_line,
    CheckState.NEEDS_ANALYSIS: _needs_analysis_line,
    CheckState.DRAFT: _draft_line,
    CheckState.PENDING: _pending_line,
    CheckState.NEEDS_TIME: _pending_line,
    CheckState.REJECTED: _rejected_line,
    CheckState.APPROVED: _approved_line,
    CheckState.FORCED: _forced_line,
    CheckState.EXPIRED: _expired_line,
    CheckState.POLICY_ERROR: _policy_error_line,
    CheckState.UNREADABLE: _unreadable_line,
    CheckState.STALLED: _stalled_line,
}


def _only_asks(verdict: Verdict) -> str:
    """Under ``rollout: ask`` a check is green that would otherwise wait: that must not look like a mistake."""
    if verdict.conclusion is not Conclusion.SUCCESS or verdict.state not in _STEPS:
        return ""
    return "This repository only asks (`rollout: ask`): the check is green and does not hold up the merge."


def _quiet(verdict: Verdict, scene: Scene) -> str:
    """What was under way before Placet came is not disturbed."""
    if not scene.is_quiet or verdict.state not in _STEPS:
        return ""
    return (
        "This pull request was open before Placet came, so nobody has been asked yet. The next push asks them, and "
        "so does the comment `/placet recheck`."
    )


def _impostor(scene: Scene) -> str:
    if not scene.impostor:
        return ""
    return (
        f"⚠️ Warning: {code(scene.impostor)} posted a check under the same name. Only this app's counts: "
        "pin the required check to it in the branch's rules."
    )


def _said(verdict: Verdict, scene: Scene) -> str:
    """What teams gave as reasons, blocks first; the table has no room for sentences."""
    return "\n\n".join(note for row in verdict.rows[:_NAMED] if (note := teams.said(scene, row)))


def _folding(table_of: Callable[[int], str]) -> Section:
    """A table or list with fewer and fewer rows."""
    return section(table_of(FOLDS[0]), *(partial(table_of, limit) for limit in FOLDS[1:]), cut=Cut.TABLE)


def _rows(verdict: Verdict, scene: Scene, reached: teams.Reached, limit: int) -> str:
    shown, folded = teams.rows_shown(verdict.rows)
    rows = []
    for row in shown[:limit]:
        adapted = teams.only_adapted(reached.get(row.team.id, ()))
        rows.append((links.team_name(row.team), answer(row, verdict.state, scene), _by(row, scene, adapted=adapted)))
    if len(shown) > limit:
        left = shown[limit:]
        rows.append((counted(len(left), "more team"), "⚪ not shown for lack of room", teams.names(left, _NAMED)))
    if folded:
        rows.append((counted(len(folded), "team"), "✅ approved", teams.names(folded, _NAMED)))
    return table(("Team", "Answer", "Why, or by whom"), rows)


def _by(row: TeamRow, scene: Scene, *, adapted: bool) -> str:
    names = shortened(row.answer.people, 3, links.login)
    by = names if row.answer.at is None else f"{names}, {day(row.answer.at, scene.now)}"
    if row.answer.word is not Word.NONE:
        return by
    asked = f"{by}: approved the rest" if teams.is_partial(row) else teams.asked(scene, row) or prose(row.because)
    return f"{asked}; {teams.ADAPTED}" if adapted else asked


def _reason(one: AssessedChange) -> str:
    note = one.classified.note if one.settled_by is SettledBy.CLASSIFY and one.classified is not None else ""
    return f": {prose(note)}" if note else ""


def _answer_steps(verdict: Verdict, scene: Scene) -> Iterator[str]:
    waiting = [row for row in verdict.open_rows if row.answer.word is Word.NONE and not row.is_stood_in_for]
    later = [row for row in verdict.open_rows if row.answer.word is Word.NEEDS_TIME]
    if len(waiting) == 1:
        yield f"{teams.names(waiting)} approves: a review, or the comment `/placet approve` on the pull request"
    elif waiting:
        yield (
            f"{teams.names(waiting, _NAMED)} approve, each with a review or the comment `/placet approve` on the "
            "pull request"
        )
    if later:
        verb, time = ("approves", "its date") if len(later) == 1 else ("approve", "their dates")
        lets, then = ("lets", "answers") if len(later) == 1 else ("let", "answer")
        yield f"{teams.names(later, _NAMED)} {verb}, or {lets} {time} pass and then {then}"
    yield from _stand_in_steps(verdict, scene)
    yield from _judgement_steps(verdict)
    yield from _owner_steps(verdict)
    yield from _force_step(scene)


def _stand_in_steps(verdict: Verdict, scene: Scene) -> Iterator[str]:
    """Who answers for a team that cannot: it was deleted, or has nobody but the author."""
    alone = [row for row in verdict.open_rows if row.is_stood_in_for]
    if not alone:
        return
    who = teams.force_names(scene) or "an admin of this repository"
    may = "nobody of it may answer" if len(alone) == 1 else "nobody of them may answer"
    command = code("/placet approve" + (f" for {alone[0].team.name}" if len(alone) == 1 else ""))
    yield f"{who} answers for {teams.names(alone, _NAMED)}, since {may} here: {command}"


def _blocked_steps(verdict: Verdict, scene: Scene) -> Iterator[str]:
    blocking = blocking_rows(verdict)
    one = len(blocking) == 1
    if blocking:
        yield (
            f"{teams.names(blocking, _NAMED)} {'lifts its block' if one else 'lift their blocks'}: `/placet approve` "
            "or `/placet retract` as a comment, or the change is taken out of the pull request"
        )
    yield from _answer_steps(verdict, scene)


def _expired_steps(verdict: Verdict, _: Scene) -> Iterator[str]:
    yield "Wake it: a push, or the comment `/placet recheck`"
    if waiting := verdict.open_rows:
        yield f"then {teams.names(waiting, _NAMED)} {'approves' if len(waiting) == 1 else 'approve'}"


def _draft_steps(verdict: Verdict, _: Scene) -> Iterator[str]:
    yield "Mark the pull request as ready for review"
    yield f"{teams.names(verdict.open_rows, _NAMED)} {'approves' if len(verdict.open_rows) == 1 else 'approve'}"


def _analysis_steps(verdict: Verdict, scene: Scene) -> Iterator[str]:
    yield from _judgement_steps(verdict)
    yield from _force_step(scene)


def _owner_unknown_steps(verdict: Verdict, scene: Scene) -> Iterator[str]:
    yield from _owner_steps(verdict)
    yield from _judgement_steps(verdict)
    yield from _force_step(scene)


def _unreadable_steps(verdict: Verdict, scene: Scene) -> Iterator[str]:
    files = [one for one in verdict.assessment.gated if not one.change.asset]
    for one in files[:_NAMED]:
        yield f"Mend {links.place(scene, one.change.location, one.change.side)}: {plain(reason_of(one))}"
    if len(files) > _NAMED:
        yield f"and {counted(len(files) - _NAMED, 'more file')}, named below"
    yield from _force_step(scene)


def _policy_steps(verdict: Verdict, _: Scene) -> Iterator[str]:
    error = verdict.policy_error
    if error is not None and error.hint:
        yield f"Mend that line: {prose(error.hint)}"
    else:
        yield "Mend that line"
    yield "A pull request that only repairs the policy passes with the policy that it brings"


_STEPS: Mapping[CheckState, Callable[[Verdict, Scene], Iterator[str]]] = {
    CheckState.PENDING: _answer_steps,
    CheckState.NEEDS_TIME: _answer_steps,
    CheckState.REJECTED: _blocked_steps,
    CheckState.EXPIRED: _expired_steps,
    CheckState.DRAFT: _draft_steps,
    CheckState.NEEDS_ANALYSIS: _analysis_steps,
    CheckState.OWNER_UNKNOWN: _owner_unknown_steps,
    CheckState.UNREADABLE: _unreadable_steps,
    CheckState.POLICY_ERROR: _policy_steps,
}


def _for_a_person(verdict: Verdict) -> list[AssessedChange]:
    return [one for one in verdict.assessment.gated if one.needs_person]


def _judgement_steps(verdict: Verdict) -> Iterator[str]:
    """For each change that nobody could be asked about: who judges it, and with which command."""
    changes = worst_first(_for_a_person(verdict))
    for one in changes[:_NAMED]:
        who = f"Somebody of {links.team_name(one.owner)}" if one.owner else "Somebody with write access"
        command = f"/placet classify {one.change.fingerprint[:DIGITS]} safe why"
        yield (
            f"{who}, but not the author, looks at {code(one.change.what)} and says `safe` or `breaking`, with the "
            f"reason:\n{_indented(fence([command]))}"
        )
    if len(changes) > _NAMED:
        yield f"and {counted(len(changes) - _NAMED, 'more change')}, with the digits below"


def _owner_steps(verdict: Verdict) -> Iterator[str]:
    if any(one.owner_unknown for one in verdict.assessment.gated):
        owned = listed([code(one) for one in unowned_names(verdict)[:_NAMED]])
        yield f"{owned} gets an owner on the base branch: {_HOW_TO_OWN}"


def _force_step(scene: Scene) -> Iterator[str]:
    if names := teams.force_names(scene):
        yield f"or someone of {names} forces it: `/placet force` with a reason (audited)"


def _indented(block: str) -> str:
    return "\n".join(f"   {line}" for line in block.split("\n"))
