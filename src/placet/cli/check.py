"""``placet check``: a branch, as a pull request would be judged."""

from __future__ import annotations

from pathlib import Path

import click

from placet.cli.catalogue import Command
from placet.cli.change_markdown import check_markdown
from placet.cli.changes import changes_section, impact_section, remarks, teams_section, verdict_lines
from placet.cli.machine import write_json, write_markdown
from placet.cli.merge import merge_of
from placet.cli.options import (
    Format,
    all_option,
    author_option,
    author_teams,
    both_artifacts_options,
    format_option,
    merge_options,
    mode_option,
    repo_option,
    require_both,
)
from placet.cli.terminal import FAINT, HEADING, MAX_TREE_LINES, Page, progress, shown
from placet.local.artifacts import side_artifacts
from placet.local.compare import Comparison, compare_span
from placet.vocabulary.words import Mode


@click.command("check", cls=Command)
@repo_option
@merge_options
@both_artifacts_options
@mode_option
@author_option
@all_option
@format_option
def command(  # noqa: PLR0913 - click hands over every option by name
    *,
    repo: Path,
    base: str | None,
    head: str | None,
    worktree: bool,
    base_artifacts: Path | None,
    head_artifacts: Path | None,
    mode: str | None,
    authors: tuple[str, ...],
    all_: bool,
    format_: str,
) -> int:
    """A branch, as a pull request would be judged.

    What changes, whom that reaches and by what path, who would have to agree and why, and how completely it was read.
    The commits are compared from their merge base; readers are judged as they will stand after the merge. Exits with 1
    where something is gated.
    """
    require_both(base_artifacts, head_artifacts)
    teams, judged_as = author_teams(authors), None if mode is None else Mode(mode)
    merge, artifacts = merge_of(repo, base, head, worktree=worktree), side_artifacts(base_artifacts, head_artifacts)
    with progress("Comparing") as tell:
        comparison = compare_span(
            merge.repository, merge.span, mode=judged_as, authors=teams, artifacts=artifacts, progress=tell
        )
    if format_ == Format.JSON:
        write_json(comparison.to_json())
    elif format_ == Format.MARKDOWN:
        write_markdown(check_markdown(comparison))
    else:
        _page(merge.title, comparison, merge.note, None if all_ else MAX_TREE_LINES).show()
    return int(comparison.gated)


def _page(title: str, comparison: Comparison, note: str, limit: int | None) -> Page:
    page = Page()
    page.add(shown(title, HEADING), *verdict_lines(comparison))
    changes = comparison.assessment.changes
    if changes:
        changes_section(comparison.assessment, changes, page)
        impact_section(comparison, page, limit)
        teams_section(comparison, page)
    page.add("", *(shown(line, FAINT, limit=1_000) for line in (*remarks(comparison), note) if line))
    return page
