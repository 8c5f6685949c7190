"""A folder on this machine as a tree of files; links are not followed, nothing outside is read."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NoReturn

from placet.errors import BadFile
from placet.local.limits import file_from
from placet.vocabulary.files import File, Files

# What no project keeps its sources in, and what may be very large.
_SKIPPED = frozenset({".git", ".venv", "venv", "node_modules", "target", "__pycache__"})


def files_in(folder: Path, wanted: Callable[[str], bool]) -> Files:
    """The folder's files by path from it; blobs are named as git would name them.

    Raises BadFile if it is no folder, or a folder in it cannot be looked into.
    """
    if not folder.is_dir():
        raise BadFile("is no folder", path=str(folder.resolve()), hint="give the folder of a dbt project")
    return files_at(folder, (path.relative_to(folder) for path in _paths(folder)), wanted)


def files_at(folder: Path, paths: Iterable[Path], wanted: Callable[[str], bool]) -> Files:
    """The files of a folder at these paths from it; what is no file, or not there any more, is left out."""
    return Files(file for path in paths if (file := _file(folder, path, wanted)) is not None)


def _paths(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder, followlinks=False, onerror=_refuse):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED)
        for name in sorted(names):
            yield Path(parent, name)


def _refuse(error: OSError) -> NoReturn:
    raise BadFile(
        f"cannot be looked into: {error.strerror}",
        path=str(Path(error.filename).resolve()),
        hint="make it readable, or give a folder that does not hold it",
    ) from None


def _file(folder: Path, relative: Path, wanted: Callable[[str], bool]) -> File | None:
    path = folder / relative
    try:
        facts = path.lstat()
    except OSError:
        return None
    is_link = stat.S_ISLNK(facts.st_mode)
    if not is_link and not stat.S_ISREG(facts.st_mode):
        return None
    # As git's paths are read: a name that is no UTF-8 must not break whoever prints it.
    name = os.fsencode(relative.as_posix()).decode("utf-8", "replace")
    is_wanted = wanted(name)
    stamp = f"{name}:{facts.st_size}:{facts.st_mtime_ns}"
    sha = hashlib.sha1(stamp.encode(), usedforsecurity=False).hexdigest()
    refused = file_from(name, sha, facts.st_size, is_link=is_link, is_wanted=is_wanted)
    if refused is not None:
        return refused
    try:
        data = path.read_bytes()
    except OSError as error:
        return File(name, sha, problem=f"cannot be read: {error.strerror}")
    header = b"blob %d\0" % len(data)
    return File(name, hashlib.sha1(header + data, usedforsecurity=False).hexdigest(), data)
