"""``placet diff``: what changes between two folders or two commits."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

import click

from placet.cli.catalogue import Command
from placet.cli.change_markdown import changes_markdown, closing
from placet.cli.changes import changes_section, remarks, verdict_lines
from placet.cli.machine import write_json, write_markdown
from placet.cli.options import Directory, Format, author_option, author_teams, format_option, mode_option
from placet.cli.states import revision
from placet.cli.terminal import FAINT, HEADING, Page, progress, shown
from placet.errors import BadFile
from placet.local.compare import Comparison, compare_folders, compare_span, span_of
from placet.local.git import GitRepository
from placet.proposals.assess import AssessedChange
from placet.vocabulary.words import Category, Mode

_SUPPORTED = "two folders with dbt projects can be compared, and two commits of a git repository"


@click.command("diff", cls=Command)
@click.argument("old", type=Directory(), required=False)
@click.argument("new", type=Directory(), required=False)
@click.option("--repo", type=Directory(), metavar="DIR", help="Compare two commits of this git repository.")
@click.option("--base", metavar="REV", help="With --repo: where it would be merged to.")
@click.option("--head", metavar="REV", help="With --repo: what would be merged.")
@mode_option
@author_option
@click.option("--breaking", is_flag=True, help="Show only what breaks; the verdict and the exit code stay.")
@format_option
def command(  # noqa: PLR0913 - click hands over every option by name
    *,
    old: Path | None,
    new: Path | None,
    repo: Path | None,
    base: str | None,
    head: str | None,
    mode: str | None,
    authors: tuple[str, ...],
    breaking: bool,
    format_: str,
) -> int:
    """What changes between two folders, or two commits.

    OLD and NEW are folders with dbt projects. With --repo, --base and --head two commits are compared as a pull request
    is: from their merge base. Exits with 1 where something is gated.
    """
    judged_as, teams = None if mode is None else Mode(mode), author_teams(authors)
    if repo is not None:
        if old is not None:
            raise click.UsageError("OLD and NEW go without --repo: give two folders, or --repo, --base and --head")
        if base is None or head is None:
            raise click.UsageError("--repo needs --base and --head (placet check guesses them)")
        title, comparison = _commits(repo, base, head, judged_as, teams)
    elif base is not None or head is not None:
        raise click.UsageError("--base and --head need --repo")
    elif old is None or new is None:
        raise click.UsageError("two things are to be compared: OLD and NEW, or --repo, --base and --head")
    else:
        title, comparison = _folders(old, new, judged_as, teams)
    _show(title, comparison, format_, only_breaking=breaking)
    return int(comparison.gated)


def _commits(
    folder: Path, base: str, head: str, mode: Mode | None, authors: Sequence[str] | None
) -> tuple[str, Comparison]:
    repository = GitRepository(folder)
    span = span_of(repository, base, head)
    with progress("Comparing") as tell:
        comparison = compare_span(repository, span, mode=mode, authors=authors, progress=tell)
    since = revision(base, span.tip)
    return f"{since} to {revision(head, span.head or '')}, dbt projects in git", comparison


def _folders(old: Path, new: Path, mode: Mode | None, authors: Sequence[str] | None) -> tuple[str, Comparison]:
    for path in (old, new):
        if path.is_file():
            raise BadFile("is a file, in no format that can be compared", path=str(path.resolve()), hint=_SUPPORTED)
        if not path.exists():
            hint = _as_commits(old, new) or _SUPPORTED
            raise BadFile("is not there", path=str(path.resolve()), hint=hint)
    with progress("Comparing") as tell:
        comparison = compare_folders(old, new, mode=mode, authors=authors, progress=tell)
    return f"{old} to {new}, folders with dbt projects", comparison


def _as_commits(old: Path, new: Path) -> str:
    """How two commits are compared, where that is what was meant by these words; else empty."""
    base, head = str(old), str(new)
    try:
        repository = GitRepository(Path())
        repository.commit(base)
        repository.commit(head)
    except BadFile:
        return ""
    return f"for two commits: placet diff --repo . --base {shlex.quote(base)} --head {shlex.quote(head)}"


def _show(title: str, comparison: Comparison, format_: str, *, only_breaking: bool) -> None:
    changes = [one for one in comparison.assessment.changes if not only_breaking or _breaks(one)]
    if format_ == Format.JSON:
        document = comparison.to_json()
        fingerprints = {one.change.fingerprint for one in changes}
        kept = [one for one in document["changes"] if one["fingerprint"] in fingerprints]
        write_json({**document, "changes": kept})
    elif format_ == Format.MARKDOWN:
        write_markdown([*changes_markdown(comparison, changes), *closing(comparison)])
    else:
        page = Page()
        page.add(shown(title, HEADING), *verdict_lines(comparison))
        if changes:
            changes_section(comparison.assessment, changes, page)
        page.add("", *(shown(line, FAINT, limit=1_000) for line in remarks(comparison)))
        page.show()


def _breaks(one: AssessedChange) -> bool:
    return one.category is Category.BREAKING
