"""``placet diff``: what changes between two folders, two manifests of dbt's or two commits."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import click

from placet.cli.catalogue import Command
from placet.cli.change_markdown import changes_markdown, closing
from placet.cli.changes import changes_section, remarks, verdict_lines
from placet.cli.machine import write_json, write_markdown
from placet.cli.options import (
    Directory,
    FileOrFolder,
    Format,
    author_option,
    author_teams,
    both_artifacts_options,
    format_option,
    mode_option,
    require_both,
)
from placet.cli.states import revision
from placet.cli.terminal import FAINT, HEADING, Page, progress, shown
from placet.errors import BadFile
from placet.local.artifacts import artifacts_at, compare_artifacts, is_manifest, manifest_at, side_artifacts
from placet.local.compare import Comparison, SideArtifacts, compare_folders, compare_span, span_of
from placet.local.git import GitRepository
from placet.proposals.assess import AssessedChange
from placet.readers.dbt.artifacts import Artifacts
from placet.vocabulary.words import Category, Mode

_SUPPORTED = "two folders with dbt projects, two manifest.json and two commits of a git repository can be compared"


class Kind(StrEnum):
    """What OLD and NEW are."""

    PROJECT = "dbt_project"
    MANIFEST = "dbt_manifest"


_CALLED = {Kind.PROJECT: "a folder with a dbt project", Kind.MANIFEST: "a manifest of dbt's"}


@click.command("diff", cls=Command)
@click.argument("old", type=FileOrFolder(), required=False)
@click.argument("new", type=FileOrFolder(), required=False)
@click.option(
    "--as",
    "kind",
    type=click.Choice([one.value for one in Kind]),
    default=None,
    show_default="guessed from the content",
    help="What OLD and NEW are.",
)
@click.option(
    "--old-catalog", type=FileOrFolder(), metavar="FILE", show_default="beside it", help="OLD's catalog.json."
)
@click.option(
    "--new-catalog", type=FileOrFolder(), metavar="FILE", show_default="beside it", help="NEW's catalog.json."
)
@click.option("--repo", type=Directory(), metavar="DIR", help="Compare two commits of this git repository.")
@click.option("--base", metavar="REV", help="With --repo: where it would be merged to.")
@click.option("--head", metavar="REV", help="With --repo: what would be merged.")
@both_artifacts_options
@mode_option
@author_option
@click.option("--breaking", is_flag=True, help="Show only what breaks; the verdict and the exit code stay.")
@format_option
def command(  # noqa: PLR0913 - click hands over every option by name
    *,
    old: Path | None,
    new: Path | None,
    kind: str | None,
    old_catalog: Path | None,
    new_catalog: Path | None,
    repo: Path | None,
    base: str | None,
    head: str | None,
    base_artifacts: Path | None,
    head_artifacts: Path | None,
    mode: str | None,
    authors: tuple[str, ...],
    breaking: bool,
    format_: str,
) -> int:
    """What changes between two folders, two manifests or two commits.

    OLD and NEW are folders with dbt projects, or manifest.json files as dbt writes them (or folders that hold one);
    a catalog.json beside each is used. With --repo, --base and --head two commits are compared as a pull request is:
    from their merge base. Exits with 1 where something is gated.
    """
    require_both(base_artifacts, head_artifacts)
    judged = Judged(None if mode is None else Mode(mode), author_teams(authors))
    if repo is not None:
        if old is not None or kind is not None or old_catalog or new_catalog:
            raise click.UsageError("OLD and NEW go without --repo: give two paths, or --repo, --base and --head")
        if base is None or head is None:
            raise click.UsageError("--repo needs --base and --head (placet check guesses them)")
        title, comparison = _commits(repo, (base, head), side_artifacts(base_artifacts, head_artifacts), judged)
    elif base is not None or head is not None or base_artifacts is not None:
        raise click.UsageError("--base and --head need --repo, and so do their artifacts")
    elif old is None or new is None:
        raise click.UsageError("two things are to be compared: OLD and NEW, or --repo, --base and --head")
    else:
        sides = Side(old, old_catalog), Side(new, new_catalog)
        title, comparison = _compared(*sides, None if kind is None else Kind(kind), judged)
    _show(title, comparison, format_, only_breaking=breaking)
    return int(comparison.gated)


@dataclass(frozen=True, slots=True)
class Judged:
    """How a comparison is judged: by which mode, and for which teams of the author's."""

    mode: Mode | None
    teams: Sequence[str] | None


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two things that are compared, with the catalog that was named for it."""

    path: Path
    catalog: Path | None


def _commits(
    folder: Path, revisions: tuple[str, str], artifacts: SideArtifacts, judged: Judged
) -> tuple[str, Comparison]:
    base, head = revisions
    repository = GitRepository(folder)
    span = span_of(repository, base, head)
    with progress("Comparing") as tell:
        comparison = compare_span(
            repository, span, mode=judged.mode, authors=judged.teams, artifacts=artifacts, progress=tell
        )
    since = revision(base, span.tip)
    return f"{since} to {revision(head, span.head or '')}, dbt projects in git", comparison


def _compared(old: Side, new: Side, kind: Kind | None, judged: Judged) -> tuple[str, Comparison]:
    for path in (old.path, new.path):
        if not path.exists():
            hint = _as_commits(old.path, new.path) or _SUPPORTED
            raise BadFile("is not there", path=str(path.resolve()), hint=hint)
    if kind is None:
        kind, other = _kind_of(old.path), _kind_of(new.path)
        if kind is not other:
            message = f"is {_CALLED[other]}, and {old.path} is {_CALLED[kind]}"
            raise BadFile(message, path=str(new.path.resolve()), hint="give two of a kind, or say which with --as")
    if kind is Kind.MANIFEST:
        return _manifests(old, new, judged)
    if old.catalog is not None or new.catalog is not None:
        raise click.UsageError("--old-catalog and --new-catalog go with manifests, not with folders of dbt projects")
    with progress("Comparing") as tell:
        comparison = compare_folders(old.path, new.path, mode=judged.mode, authors=judged.teams, progress=tell)
    return f"{old.path} to {new.path}, folders with dbt projects", comparison


def _kind_of(path: Path) -> Kind:
    """What a path most likely means. Raises BadFile where it is nothing that can be compared."""
    if path.is_file():
        if is_manifest(path):
            return Kind.MANIFEST
        raise BadFile("is a file, in no format that can be compared", path=str(path.resolve()), hint=_SUPPORTED)
    return Kind.MANIFEST if _holds_only_artifacts(path) else Kind.PROJECT


def _holds_only_artifacts(folder: Path) -> bool:
    found = manifest_at(folder)
    return found is not None and found.parent == folder and not any(folder.glob("dbt_project.y*ml"))


def _manifests(old: Side, new: Side, judged: Judged) -> tuple[str, Comparison]:
    with progress("Comparing") as tell:
        sides: list[Artifacts] = []
        for side in (old, new):
            if tell is not None:
                tell(str(side.path))
            sides.append(artifacts_at(side.path, side.catalog))
        comparison = compare_artifacts(*sides, mode=judged.mode, authors=judged.teams)
    return f"{old.path} to {new.path}, {_described(*sides)}", comparison


def _described(old: Artifacts, new: Artifacts) -> str:
    """``dbt manifests (version 12) with catalogs``."""
    versions = sorted({old.manifest.schema, new.manifest.schema})
    said = " and ".join(str(version) for version in versions)
    with_catalogs = " with catalogs" if old.catalog is not None and new.catalog is not None else ""
    return f"dbt manifests (version {said}){with_catalogs}"


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
