"""Which files of a repository concern dbt, how large they may be, and where they lie."""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from placet.vocabulary.files import File, Files

# What people write by hand stays far below these; what is larger was generated, and costs too much to parse.
MAX_SQL_BYTES = 1_000_000
MAX_YAML_BYTES = 5_000_000
MAX_SEED_BYTES = 10_000_000
MAX_PYTHON_BYTES = 1_000_000
MAX_HINT_BYTES = 1_000_000

PROJECT_FILES = ("dbt_project.yml", "dbt_project.yaml")
YAML_SUFFIXES = (".yml", ".yaml")

# Folders that tools fill, in which nobody writes a model.
_FOREIGN_FOLDERS = frozenset(
    {"node_modules", ".venv", "venv", "site-packages", ".git", ".tox", ".nox", "__pycache__", ".terraform"}
)
# What dbt compiles goes below its target folder; a folder of models may be called so too.
_COMPILED = re.compile(r"(?:^|/)target/(?:compiled|run)(?:/|$)")
_MAX_BYTES = {
    ".sql": MAX_SQL_BYTES,
    ".yml": MAX_YAML_BYTES,
    ".yaml": MAX_YAML_BYTES,
    ".csv": MAX_SEED_BYTES,
    ".py": MAX_PYTHON_BYTES,
}
# A Python model can only be told from other Python by its place; these words stand in nearly every such path.
_MODEL_FOLDER = re.compile(r"(?i)model|dbt|transform|mart|staging|warehouse")
# Files that name the adapter a project runs with.
ADAPTER_HINT = re.compile(
    r"(?i)(?:^|/)(?:requirements[^/]*\.(?:txt|in)|requirements/[^/]*\.(?:txt|in)|pyproject\.toml|pipfile"
    r"|setup\.(?:py|cfg)|dockerfile[^/]*|[^/]*\.dockerfile)$"
)


def wanted(path: str) -> bool:
    """Whether a file can say anything about a dbt project, by its path alone."""
    folder, name = posixpath.split(path)
    if _is_foreign(folder):
        return False
    suffix = posixpath.splitext(name)[1].lower()
    if suffix == ".py":
        return is_adapter_hint(path) or _MODEL_FOLDER.search(folder) is not None
    return suffix in _MAX_BYTES or name == ".dbtignore" or is_adapter_hint(path)


def max_bytes(path: str) -> int:
    """How large a wanted file may be for its content to be read."""
    return _MAX_BYTES.get(posixpath.splitext(path)[1].lower(), MAX_HINT_BYTES)


def is_adapter_hint(path: str) -> bool:
    """Whether the file may name a dbt adapter among a program's requirements."""
    return ADAPTER_HINT.search(path) is not None


def is_foreign(path: str) -> bool:
    """Whether a file lies where tools put copies: what dbt compiled, ``node_modules``, a virtual environment."""
    return _is_foreign(posixpath.dirname(path))


def joined(folder: str, path: str) -> str | None:
    """A path written in a file of ``folder``, from the repository's root; None where it leaves the repository."""
    result = posixpath.normpath(posixpath.join(folder, path))
    if result.startswith(("/", "../")) or result == "..":
        return None
    return "" if result == "." else result


def is_inside(path: str, folder: str) -> bool:
    """Whether a path lies in a folder (the root, empty, holds everything)."""
    return not folder or path == folder or path.startswith(f"{folder}/")


class Tree:
    """A repository's files, found quickly by folder; those that tools put there are left out."""

    __slots__ = ("_paths", "files")

    def __init__(self, files: Files) -> None:
        self.files = files
        self._paths = sorted(path for path in files if not is_foreign(path))

    def below(self, folder: str) -> Iterator[str]:
        """The paths in a folder, at every depth, in order."""
        if not folder:
            yield from self._paths
            return
        start = f"{folder}/"
        for index in range(bisect_left(self._paths, start), len(self._paths)):
            if not self._paths[index].startswith(start):
                return
            yield self._paths[index]

    def named(self, names: Iterable[str]) -> Iterator[str]:
        """The paths whose last part is one of ``names``, in order."""
        wanted_names = frozenset(names)
        return (path for path in self._paths if posixpath.basename(path) in wanted_names)

    def matching(self, pattern: re.Pattern[str]) -> list[str]:
        """The paths in which a pattern is found, in order."""
        return [path for path in self._paths if pattern.search(path)]


def problem_of(file: File, refused: Mapping[str, str]) -> str:
    """Why a file cannot be read, or nothing."""
    if reason := refused.get(file.path):
        return reason
    if file.problem:
        return file.problem
    if file.data is None:
        return "its content was not read"
    limit = max_bytes(file.path)
    if len(file.data) > limit:
        return f"too large to read ({len(file.data):,} bytes; at most {limit:,} are read)"
    return ""


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a tree: ``refused`` paths with their reasons, and whom to tell of each file before it is read."""

    tree: Tree
    refused: Mapping[str, str]
    progress: Callable[[str], None]

    def problem(self, path: str) -> str:
        """Why a file cannot be read, or nothing; it is told that the file comes next."""
        self.progress(path)
        return problem_of(self.tree.files[path], self.refused)


class Ignored:
    """The paths that a project's ``.dbtignore`` leaves out, written as in ``.gitignore``."""

    __slots__ = ("_rules",)

    def __init__(self, text: str) -> None:
        self._rules: list[tuple[str, bool, bool]] = []
        for line in text.splitlines()[:1000]:
            pattern = line.strip()
            if not pattern or pattern.startswith("#"):
                continue
            keep = pattern.startswith("!")
            pattern = pattern.removeprefix("!").removesuffix("/")
            anchored = "/" in pattern
            self._rules.append((pattern.removeprefix("/").replace("**/", "*").replace("/**", "/*"), anchored, keep))

    def __call__(self, path: str) -> bool:
        """Whether a path, from the project's folder, is left out."""
        if not self._rules:
            return False
        parts = path.split("/")
        left_out = False
        for pattern, anchored, keep in self._rules:
            places = (
                ("/".join(parts[: depth + 1]) for depth in range(len(parts))) if anchored else (part for part in parts)
            )
            if any(fnmatchcase(place, pattern) for place in places):
                left_out = not keep
        return left_out


def _is_foreign(folder: str) -> bool:
    return not _FOREIGN_FOLDERS.isdisjoint(folder.split("/")) or _COMPILED.search(folder) is not None
