"""Patterns for paths and branches: ``*``, ``?`` and ``**``, compiled once and matched without backtracking.

Between two ``**`` stands a run of names, between two ``*`` a chunk of characters. Taking each of them at the first
place where it fits is enough, so that no pattern, however hostile, is tried in more than one way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

MAX_PATTERN = 1_000


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Characters between two stars; ``regex`` only where a ``?`` is among them, always of the one length."""

    text: str
    regex: re.Pattern[str] | None = None

    def stands_at(self, name: str, position: int) -> bool:
        if self.regex is None:
            return name.startswith(self.text, position)
        return self.regex.match(name, position) is not None

    def first_in(self, name: str, start: int, end: int) -> int:
        """Where it first stands between start and end, or -1."""
        if self.regex is None:
            return name.find(self.text, start, end)
        found = self.regex.search(name, start, end)
        return -1 if found is None else found.start()


@dataclass(frozen=True, slots=True)
class _Wild:
    """One name with a star or a question mark in it: its chunks, the first and last of which are fixed to the ends."""

    chunks: tuple[_Chunk, ...]

    def matches(self, name: str) -> bool:
        first, last = self.chunks[0], self.chunks[-1]
        if len(self.chunks) == 1:
            return len(name) == len(first.text) and first.stands_at(name, 0)
        end = len(name) - len(last.text)
        position = len(first.text)
        if position > end or not first.stands_at(name, 0) or not last.stands_at(name, end):
            return False
        for chunk in self.chunks[1:-1]:
            found = chunk.first_in(name, position, end)
            if found < 0:
                return False
            position = found + len(chunk.text)
        return True


_Part = str | _Wild
_Run = tuple[_Part, ...]
_DEEP = "**"
_ANY = _Wild((_Chunk(""), _Chunk("")))


@dataclass(frozen=True, slots=True)
class Glob:
    """A compiled pattern: runs of names, between which any number of names (also none) may stand.

    Made without runs, it is the policy's pattern for paths, as ``path_glob`` reads it; then it may raise ValueError.
    """

    pattern: str
    runs: tuple[_Run, ...] = ()

    def __post_init__(self) -> None:
        if not self.runs:
            object.__setattr__(self, "runs", _path_runs(self.pattern))

    def matches(self, path: str) -> bool:
        """Whether the whole path, from the repository's root and without a leading slash, fits."""
        names = path.split("/")
        first, last = self.runs[0], self.runs[-1]
        if len(self.runs) == 1:
            return len(names) == len(first) and _run_stands_at(first, names, 0)
        end = len(names) - len(last)
        position = len(first)
        if position > end or not _run_stands_at(first, names, 0) or not _run_stands_at(last, names, end):
            return False
        for run in self.runs[1:-1]:
            while position + len(run) <= end and not _run_stands_at(run, names, position):
                position += 1
            position += len(run)
            if position > end:
                return False
        return True

    @property
    def first_name(self) -> str | None:
        """The name that every path it matches starts with, or None where that may be any."""
        first = self.runs[0][0] if self.runs[0] else None
        return first if isinstance(first, str) else None


@lru_cache(maxsize=4096)
def path_glob(pattern: str) -> Glob:
    """The policy's pattern for paths, from the repository's root.

    ``a/*.sql`` matches files of ``a``, ``a/**`` and ``a/`` everything below it, ``**/a.sql`` a file anywhere. A plain
    path matches the file, and all that lies below it if it is a folder. Raises ValueError, with a sentence.
    """
    return Glob(pattern)


@lru_cache(maxsize=1024)
def branch_glob(pattern: str) -> Glob:
    """A pattern for branch names: ``release/*`` is one level, ``release/**`` any number. Raises ValueError."""
    _check(pattern)
    if unsupported := re.search(r"[\[\]{}]", _unescaped(pattern)):
        raise ValueError(f"knows *, ** and ? only, not {unsupported[0]}")
    if pattern.startswith("!"):
        raise ValueError("cannot be turned round with !: say what it matches")
    if "" in pattern.split("/"):
        raise ValueError('is no branch: it starts or ends with "/", or has two of them in a row')
    return Glob(pattern, _runs(pattern.split("/")))


@lru_cache(maxsize=16_384)
def codeowners_glob(pattern: str) -> Glob | None:
    """A pattern as CODEOWNERS has them: gitignore's, without ``!`` and ``[ ]``. None where GitHub takes none.

    Without a slash before its end it matches at any depth. Unless its last part is a lone ``*``, it also matches what
    lies below a folder of that name.
    """
    if pattern == "" or pattern.startswith("!") or "***" in pattern or re.search(r"[\[\]]", _unescaped(pattern)):
        return None
    if len(pattern) > MAX_PATTERN or _ends_in_escape(pattern):
        return None
    names = pattern.split("/")
    if names[0] == "":
        names = names[1:]
    elif len(names) == 1 or (len(names) == 2 and names[1] == ""):  # noqa: PLR2004 - a name and the slash behind it
        names = [_DEEP, *names]
    if "" in names[:-1] or names == [""]:
        return None
    if names[-2:] == [_DEEP, ""]:
        names = [*names[:-1], "*", ""]
    runs = _runs(names)
    return Glob(pattern, runs if names[-1] in {"", "*", _DEEP} else (*runs, ()))


def _path_runs(pattern: str) -> tuple[_Run, ...]:
    _check(pattern)
    if unsupported := re.search(r"[\[\]{}]", _unescaped(pattern)):
        raise ValueError(f"knows *, ** and ? only: write \\{unsupported[0]} if the path has that character")
    trimmed = pattern.removeprefix("./").removeprefix("/")
    if trimmed.startswith("!"):
        raise ValueError("cannot be turned round with !: say what it matches")
    names = trimmed.split("/")
    if "" in names[:-1] or trimmed == "" or ".." in names or "." in names:
        raise ValueError('is no path from the repository\'s root: no empty part, no "." and no ".."')
    runs = _runs(names)
    is_plain = all(isinstance(part, str) for run in runs for part in run) and len(runs) == 1
    return (*runs, ()) if is_plain else runs


def _check(pattern: str) -> None:
    if not pattern:
        raise ValueError("is empty")
    if len(pattern) > MAX_PATTERN:
        raise ValueError(f"is longer than {MAX_PATTERN:,} characters")
    if _ends_in_escape(pattern):
        raise ValueError("ends with a backslash that escapes nothing")


def _unescaped(pattern: str) -> str:
    """The pattern without its escaped characters."""
    return re.sub(r"\\.", "", pattern)


def _ends_in_escape(pattern: str) -> bool:
    return (len(pattern) - len(pattern.rstrip("\\"))) % 2 == 1


def _runs(names: list[str]) -> tuple[_Run, ...]:
    """The names in runs between ``**``; at the end ``**`` (and an empty name, as after a slash) means one or more."""
    if names[-1] in {"", _DEEP}:
        names = [*names[:-1], _DEEP, "*"]
    runs: list[list[_Part]] = [[]]
    for name in names:
        if name != _DEEP:
            runs[-1].append(_part(name))
        elif len(runs) == 1 or runs[-1]:
            runs.append([])
    return tuple(tuple(run) for run in runs)


def _part(name: str) -> _Part:
    if name == "*":
        return _ANY
    chunks: list[list[str | None]] = [[]]
    escaped = False
    for character in name:
        if not escaped and character == "\\":
            escaped = True
            continue
        if not escaped and character == "*":
            chunks.append([])
        else:
            chunks[-1].append(None if character == "?" and not escaped else character)
        escaped = False
    if len(chunks) == 1 and None not in chunks[0]:
        return "".join(one or "" for one in chunks[0])
    middle = [chunk for chunk in chunks[1:-1] if chunk]
    ends = [chunks[0]] if len(chunks) == 1 else [chunks[0], *middle, chunks[-1]]
    return _Wild(tuple(_chunk(chunk) for chunk in ends))


def _chunk(characters: list[str | None]) -> _Chunk:
    text = "".join("?" if one is None else one for one in characters)
    if None not in characters:
        return _Chunk(text)
    source = "".join("." if one is None else re.escape(one) for one in characters)
    return _Chunk(text, re.compile(source, re.DOTALL))


def _run_stands_at(run: _Run, names: list[str], position: int) -> bool:
    for part, name in zip(run, names[position : position + len(run)], strict=True):
        if part != name if isinstance(part, str) else not part.matches(name):
            return False
    return True
