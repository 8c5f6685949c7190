"""Files of a repository at one commit, and places in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file: path from the repository's root, line counted from 1 (None where there is none)."""

    path: str
    line: int | None = None

    def __str__(self) -> str:
        return self.path if self.line is None else f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class File:
    """One file: its blob's SHA and its bytes, or the ``problem`` that kept them from being read.

    ``data`` is None when there is a problem (a link, too large) and when nobody wanted the content.
    """

    path: str
    sha: str
    data: bytes | None = None
    problem: str = ""


class Files(Mapping[str, File]):
    """All files of one tree by path, in order of path; cheap to lay over one another, never changed."""

    __slots__ = ("_files",)

    def __init__(self, files: Iterable[File] = ()) -> None:
        self._files = MappingProxyType({file.path: file for file in sorted(files, key=lambda one: one.path)})

    def __getitem__(self, path: str) -> File:
        return self._files[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def __reduce__(self) -> tuple[type[Files], tuple[tuple[File, ...]]]:
        return Files, (tuple(self._files.values()),)

    def __repr__(self) -> str:
        return f"Files({len(self)} files)"

    def changed_from(self, other: Files) -> tuple[str, ...]:
        """The paths that were added, removed or altered since ``other``, in order."""
        # A link can have the very bytes, and so the very SHA, of the file that it takes the place of.
        paths = {
            path
            for path, file in self.items()
            if path not in other or (other[path].sha, other[path].problem) != (file.sha, file.problem)
        }
        return tuple(sorted(paths | (other.keys() - self.keys())))

    def overlaid(self, top: Files, paths: Iterable[str]) -> Files:
        """These files, with ``paths`` as they are (or are missing) in ``top``."""
        result = dict(self._files)
        for path in paths:
            if path in top:
                result[path] = top[path]
            else:
                result.pop(path, None)
        return Files(result.values())
