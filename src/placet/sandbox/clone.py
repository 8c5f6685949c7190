"""Objects out of a real git repository on this machine, so that the simulated forge can play with anybody's project."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from placet.sandbox.git import ObjectStore

_CAUTION = ("-c", "safe.directory=*", "-c", "protocol.allow=never", "-c", "core.fsmonitor=false")


class CannotLoad(ValueError):
    """The folder is no git repository, a revision is unknown in it, or its names are not SHA-1."""


def load_from(store: ObjectStore, git_dir: Path, revs: Sequence[str]) -> Mapping[str, str]:
    """Put everything that `revs` reach into the store; the commit of each revision comes back.

    Nothing of the repository is run, nothing is fetched from elsewhere, nothing in it is changed.
    Raises CannotLoad.
    """
    tips = {rev: _commit_of(git_dir, rev) for rev in revs}
    if tips:
        _read_objects(store, git_dir, list(tips.values()))
    return tips


def _commit_of(git_dir: Path, rev: str) -> str:
    done = subprocess.run(  # noqa: S603 - git itself, with arguments that cannot become options
        _git(git_dir, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{rev}^{{commit}}"),
        capture_output=True,
        env=_environment(),
        check=False,
        text=True,
    )
    sha = done.stdout.strip()
    if done.returncode or len(sha) != len("0" * 40):
        raise CannotLoad(f'no commit "{rev}" in {git_dir}: name a git repository with SHA-1 names and a revision in it')
    return sha


def _read_objects(store: ObjectStore, git_dir: Path, tips: Sequence[str]) -> None:
    names = subprocess.Popen(  # noqa: S603 - git itself, with SHAs
        _git(git_dir, "rev-list", "--objects", "--no-object-names", *tips), stdout=subprocess.PIPE, env=_environment()
    )
    with (
        names,
        subprocess.Popen(  # noqa: S603 - git itself, without arguments from outside
            _git(git_dir, "cat-file", "--batch"), stdin=names.stdout, stdout=subprocess.PIPE, env=_environment()
        ) as objects,
    ):
        if names.stdout is None or objects.stdout is None:
            raise CannotLoad(f"git gave no output for {git_dir}")
        names.stdout.close()  # so that the lister ends when the reader does
        while header := objects.stdout.readline():
            _read_object(store, header.decode().split(), objects.stdout)
    if names.returncode or objects.returncode:
        raise CannotLoad(f"git could not read all of {git_dir}: is the repository whole?")


def _read_object(store: ObjectStore, header: Sequence[str], stream: IO[bytes]) -> None:
    if len(header) != len(("sha", "kind", "size")):
        raise CannotLoad(f"object {header[0]} is missing: a partial clone cannot be loaded")
    sha, kind, size = header
    body = stream.read(int(size))
    stream.read(1)
    if store.add(kind, body) != sha:
        raise CannotLoad(f"{kind} {sha} is damaged: its content has another name")


def _git(git_dir: Path, *arguments: str) -> list[str]:
    return ["git", *_CAUTION, "-C", str(git_dir), *arguments]


def _environment() -> dict[str, str]:
    quiet = {
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
    }
    return {key: value for key, value in os.environ.items() if not key.startswith("GIT_")} | quiet
