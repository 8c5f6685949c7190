"""What a command judges: a revision, or the work tree, that would be merged into another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from placet.cli.states import SHORT_SHA, revision, uncommitted_note
from placet.local.compare import Span, span_of
from placet.local.git import GitRepository


@dataclass(frozen=True)
class Merge:
    """The commits of a repository, what the whole is called, and what of the work tree is not read (empty: nothing)."""

    repository: GitRepository
    span: Span
    title: str
    note: str


def merge_of(folder: Path, base: str | None, head: str | None, *, worktree: bool) -> Merge:
    """What would be merged, by default ``HEAD``, and where to, by default the default branch.

    Raises BadFile where there is no such thing, UsageError for what goes not together.
    """
    if head is not None and worktree:
        raise click.UsageError("--head and --worktree exclude each other: say one of them")
    repository = GitRepository(folder)
    to = base or repository.default_base()
    span = span_of(repository, to, None if worktree else head or "HEAD")
    note = uncommitted_note(repository) if head is None and not worktree else ""
    return Merge(repository, span, _title(repository, to, head or "HEAD", span), note)


def _title(repository: GitRepository, base: str, head: str, span: Span) -> str:
    what = "the work tree" if span.head is None else revision(head, span.head)
    since = "" if span.base == span.tip else f", since {span.base[:SHORT_SHA]}"
    return f"{repository.root.name.removesuffix('.git')}: {what} into {revision(base, span.tip)}{since}"
