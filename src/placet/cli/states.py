"""Which state a command reads, and how it is called."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from placet.app.trees import is_wanted
from placet.cli.terminal import progress
from placet.local.artifacts import artifacts_at
from placet.local.git import GitRepository, repository_at
from placet.local.reading import Reading, read_commit, read_folder, read_worktree
from placet.render.words import counted

SHORT_SHA = 7


@dataclass(frozen=True)
class State:
    """A state that was read: what it is called (``shop at HEAD (7be2c58)``), and what is good to know about that."""

    reading: Reading
    name: str
    note: str = ""


def state_of(folder: Path, rev: str | None, *, worktree: bool, artifacts: Path | None = None) -> State:
    """What a command is asked to read, with the artifacts that a path means for what the files leave open.

    Raises BadFile where it cannot be, UsageError for what goes not together.
    """
    if rev is not None and worktree:
        raise click.UsageError("--rev and --worktree exclude each other: say one of them")
    given = () if artifacts is None else (artifacts_at(artifacts),)
    repository = repository_at(folder)
    if repository is None:
        if rev is not None:
            raise click.UsageError(f"--rev needs a git repository, and {folder.resolve()} lies in none")
        with progress("Reading") as tell:
            return State(read_folder(folder, tell, given), f"{_called(folder)}, a folder outside git")
    if worktree:
        with progress("Reading") as tell:
            return State(read_worktree(repository, tell, given), f"{_called(repository.root)}, as its files lie there")
    commit = repository.commit(rev or "HEAD")
    with progress("Reading") as tell:
        reading = read_commit(repository, commit, tell, given)
    return State(reading, f"{_called(repository.root)} at {revision(rev or 'HEAD', commit)}", _note(repository, rev))


def revision(rev: str, commit: str) -> str:
    """``HEAD (7be2c58)``; a commit that is named by its own SHA is not named twice."""
    short = commit[:SHORT_SHA]
    return short if commit.startswith(rev) else f"{rev} ({short})"


def uncommitted_note(repository: GitRepository) -> str:
    """What of the work tree is not read, where that is so."""
    changed = repository.uncommitted(is_wanted)
    if not changed:
        return ""
    verb = "is" if changed == 1 else "are"
    return f"{counted(changed, 'changed file')} {verb} not committed, so not read: --worktree reads what lies there."


def _note(repository: GitRepository, rev: str | None) -> str:
    return uncommitted_note(repository) if rev is None else ""


def _called(folder: Path) -> str:
    path = folder.resolve()
    return path.name.removesuffix(".git") or path.parent.name
