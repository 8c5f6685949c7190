"""The check run: title, summary, text, annotations and buttons of one verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from placet.proposals.assess import AssessedChange
from placet.proposals.verdict import CheckState, Verdict, approve_token
from placet.render import coverage, teams
from placet.render.annotations import facts_at_lines
from placet.render.budget import CHECK_BYTES, Cut, Section, fitted, section
from placet.render.contract import changes_table, column_diff
from placet.render.headline import worst_first
from placet.render.lineage import Doubt, doubt_of, tree
from placet.render.markdown import code, fence
from placet.render.model import Button, CheckText, Scene
from placet.render.summary import FOLDS, summary
from placet.render.titles import title

__all__ = ["approve_token", "check_text", "shared_summary"]

_SHARED = (
    "Several pull requests bring this very commit onto this branch. A check belongs to a commit, so the worst counts."
)
_RECHECK = Button("Re-check", "Look at everything again", "recheck")
_ASKING = frozenset({CheckState.PENDING, CheckState.NEEDS_TIME, CheckState.REJECTED})


def check_text(verdict: Verdict, scene: Scene) -> CheckText:
    """Everything that the check says, each text within its limit for whatever the verdict holds."""
    return CheckText(
        title=title(verdict, scene),
        summary=fitted(summary(verdict, scene), CHECK_BYTES),
        text=fitted(_text(verdict, scene), CHECK_BYTES),
        annotations=facts_at_lines(verdict),
        buttons=_buttons(verdict),
    )


def shared_summary(shown: Sequence[tuple[Verdict, Scene]]) -> str:
    """The summary where several pull requests have one head and base, and so one check: a block each."""
    room = CHECK_BYTES // len(shown) - len(_SHARED.encode())
    blocks = [
        f"### Pull request {scene.number}\n\n{fitted(summary(verdict, scene), room - 100)}" for verdict, scene in shown
    ]
    return "\n\n".join([_SHARED, *blocks])


def _text(verdict: Verdict, scene: Scene) -> list[Section]:
    if verdict.state is CheckState.POLICY_ERROR:
        return [section("Nothing was judged: the rules come first. This check turns by itself once they can be read.")]
    if verdict.state in (CheckState.ANALYSING, CheckState.STALLED):
        return []
    changes = verdict.assessment.changes
    reaching = worst_first(one for one in changes if one.reaches)
    doubt = doubt_of(verdict.coverage)
    return [
        _titled("Contract changes", *(partial(changes_table, verdict, scene, limit) for limit in FOLDS), cut=Cut.TABLE),
        _titled("Columns", lambda: _fenced(column_diff(changes), "diff"), str, cut=Cut.CONTRACT),
        _titled(
            "Who reads what changes",
            *(partial(_ways, reaching, doubt, hops, lines) for hops, lines in ((None, 400), (2, 150), (1, 40))),
            cut=Cut.FAR_LINEAGE,
        ),
        _titled(
            "Why each team is asked", *(partial(teams.why_asked, verdict.rows, limit) for limit in FOLDS), cut=Cut.TABLE
        ),
        _titled("What else applies", lambda: "\n".join(f"- {note}" for note in scene.notes)),
        _titled("How complete this is", *(partial(_complete, verdict, scene, limit) for limit in (40, 10, 0))),
    ]


def _complete(verdict: Verdict, scene: Scene, limit: int) -> str:
    parts = [
        coverage.mode_sentence(scene),
        coverage.reading(verdict, scene, limit),
        f"Compared {code(scene.base_sha[:7])} with {code(scene.head_sha[:7])}.",
    ]
    return "\n\n".join(part for part in parts if part)


def _titled(heading: str, *forms: Callable[[], str], cut: Cut = Cut.REST) -> Section:
    first, *others = (partial(_below, heading, form) for form in forms)
    return section(first(), *others, cut=cut)


def _below(heading: str, form: Callable[[], str]) -> str:
    text = form()
    return f"### {heading}\n\n{text}" if text else ""


def _ways(changes: Sequence[AssessedChange], doubt: Doubt, hops: int | None, lines: int) -> str:
    return _fenced(tree(changes, hops=hops, limit=lines, doubt=doubt))


def _fenced(lines: Sequence[str], language: str = "") -> str:
    return fence(lines, language) if lines else ""


def _buttons(verdict: Verdict) -> tuple[Button, ...]:
    """A button only where it works: on a completed run; to answer and to remind where an answer is missing."""
    if verdict.conclusion is None:
        return ()
    if verdict.state in (CheckState.EXPIRED, CheckState.STALLED):
        return (_RECHECK,)
    if verdict.state not in _ASKING or not verdict.open_rows:
        return ()
    token = approve_token({one.change.fingerprint for one in verdict.assessment.gated})
    return (
        Button("Approve", "Your team agrees to these changes", f"approve:{token}"),
        Button("Remind teams", "Ask the open teams once more", "remind"),
        _RECHECK,
    )
