"""``placet simulate``: what the check would say if teams answered, or under another policy; the same evaluator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path

import click
from rich.text import Text

from placet.cli.answers import day_in, forced_by, supposed
from placet.cli.catalogue import Command
from placet.cli.changes import remarks
from placet.cli.machine import write_json, write_markdown
from placet.cli.merge import Merge, merge_of
from placet.cli.options import (
    FileOrFolder,
    Format,
    author_option,
    author_teams,
    both_artifacts_options,
    format_option,
    merge_options,
    repo_option,
    require_both,
)
from placet.cli.prose import lines_of
from placet.cli.terminal import FAINT, HEADING, Page, Row, joined, progress, shown, table
from placet.local.artifacts import side_artifacts
from placet.local.compare import Comparison, compare_span, directory_for
from placet.local.policy_file import PolicyFile, policy_file
from placet.proposals.answers import Word
from placet.proposals.decide import Subject
from placet.proposals.model import Verb
from placet.proposals.simulation import Said, Situation
from placet.proposals.verdict import Conclusion, TeamRow, Verdict
from placet.render.check import check_text
from placet.render.model import Scene
from placet.render.report import simulation_report
from placet.render.summary import above_the_teams, answer, below_the_teams, first_line
from placet.render.titles import title

_WOULD: Mapping[Conclusion | None, tuple[str, str]] = {
    Conclusion.SUCCESS: ("Would be green", "green"),
    Conclusion.ACTION_REQUIRED: ("Would wait", "yellow"),
    Conclusion.FAILURE: ("Would be red", "red"),
    None: ("Would wait", "yellow"),
}
_COLOURS = {Word.APPROVED: "green", Word.WAIVED: "green", Word.NEEDS_TIME: "yellow", Word.BLOCKED: "red"}


@click.command("simulate", cls=Command)
@repo_option
@merge_options
@click.option(
    "--answer",
    "answers",
    metavar="TEAM=ANSWER",
    multiple=True,
    help="What a team says: approve, block[:REASON], needs-time:WHEN (2026-12-15, 10d or 2w), retract, or waive, which "
    "a steward says; once for each, in the order in which they are said.",
)
@click.option(
    "--policy",
    type=FileOrFolder(),
    metavar="FILE",
    default=None,
    show_default="the policy at the base",
    help="Judge under this policy file.",
)
@click.option("--force", metavar="WHO[:REASON]", default=None, help="Somebody forces everything.")
@click.option("--draft", is_flag=True, help="The pull request is a draft.")
@click.option(
    "--at",
    metavar="DATE",
    default=None,
    show_default="today",
    help="When the check is looked at: a date, or 10d or 2w.",
)
@both_artifacts_options
@author_option
@format_option
def command(  # noqa: PLR0913 - click hands over every option by name
    *,
    repo: Path,
    base: str | None,
    head: str | None,
    worktree: bool,
    answers: tuple[str, ...],
    policy: Path | None,
    force: str | None,
    draft: bool,
    at: str | None,
    base_artifacts: Path | None,
    head_artifacts: Path | None,
    authors: tuple[str, ...],
    format_: str,
) -> int:
    """What the check would say if teams answered, or under another policy.

    The branch is read as by placet check, and decided by what decides on GitHub. The teams are asked and answer today
    (or at --at, if that is earlier), and the check is looked at when --at says. Exits with 1 where it would not be
    green.
    """
    require_both(base_artifacts, head_artifacts)
    now = today()
    looked_at = now if at is None else _start_of(day_in(at, now, "--at"))
    asked_at, forced = min(now, looked_at), () if force is None else (forced_by(force),)
    under, teams = None if policy is None else policy_file(policy), author_teams(authors)
    merge, artifacts = merge_of(repo, base, head, worktree=worktree), side_artifacts(base_artifacts, head_artifacts)
    with progress("Comparing") as tell:
        comparison = compare_span(
            merge.repository, merge.span, authors=teams, artifacts=artifacts, policy=under, progress=tell
        )
    said = (*(supposed(one, comparison, asked_at) for one in answers), *forced)
    subject = Subject(is_draft=draft, base_ref=merge.span.into, head_sha=merge.span.head or "")
    directory = directory_for(comparison.analysis, teams)
    situation = Situation(subject, comparison.analysis, directory, comparison.policy, asked_at)
    verdict, scene = situation.verdict_if(said, looked_at), _scene(merge, comparison, looked_at)
    if format_ == Format.JSON:
        write_json(simulation_report(verdict, scene))
    elif format_ == Format.MARKDOWN:
        write_markdown([check_text(verdict, scene).summary])
    else:
        when = "" if at is None else _when(asked_at, looked_at)
        notes = (*remarks(comparison), *_conditions(under, said), when, merge.note)
        _page(merge.title, verdict, scene, notes).show()
    return int(verdict.conclusion is not Conclusion.SUCCESS)


def today() -> datetime:
    """The first moment of this day, in UTC: whatever is simulated within one day is the same."""
    return _start_of(datetime.now(UTC).date())


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _scene(merge: Merge, comparison: Comparison, now: datetime) -> Scene:
    """A pull request that stands on no forge: nothing in what is said of it is a link."""
    return Scene(
        repository=merge.repository.root.name,
        number=0,
        title="",
        base_ref=merge.span.into,
        base_sha=merge.span.base,
        head_sha=merge.span.head or "",
        now=now,
        web_url="",
        force=comparison.policy.force,
        mode=comparison.policy.compatibility,
    )


def _conditions(under: PolicyFile | None, said: Sequence[Said]) -> Iterator[str]:
    """Under what the simulation holds."""
    if under is not None:
        yield f"The policy is {under.path}, instead of the one at the base."
    if any(one.verb is Verb.FORCE for one in said):
        yield "Who may force is said by the organisation's file, which is not looked at here."


def _when(asked_at: datetime, looked_at: datetime) -> str:
    asked = "that day" if asked_at == looked_at else f"on {asked_at.date()}"
    return f"As it would stand on {looked_at.date()}, asked and answered {asked}."


def _page(name: str, verdict: Verdict, scene: Scene, notes: Sequence[str]) -> Page:
    page = Page()
    would, colour = _WOULD[verdict.conclusion]
    page.add(shown(name, HEADING), shown(f"{would} · {title(verdict, scene)}", colour))
    page.add(*lines_of(first_line(verdict, scene)))
    for section in above_the_teams(verdict, scene):
        page.add(*lines_of(section.full))
    if verdict.rows:
        page.heading("Who would have to agree")
        page.add(*table((), [_row(row, verdict, scene) for row in verdict.rows], page.width))
    for section in below_the_teams(verdict, scene):
        if section.full:
            page.add(Text(""), *lines_of(section.full))
    page.add(Text(""), *(shown(line, FAINT, limit=1_000) for line in notes if line))
    return page


def _row(row: TeamRow, verdict: Verdict, scene: Scene) -> Row:
    said = shown(answer(row, verdict.state, scene), _COLOURS.get(row.answer.word, ""))
    return Row((joined("  ", shown(row.team.name, HEADING), between=""), said, shown(row.because)))
