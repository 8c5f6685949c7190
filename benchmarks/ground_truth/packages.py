"""The packages that a project asks for, laid into its copy from folders on this machine."""

from __future__ import annotations

import posixpath
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from benchmarks.ground_truth.snapshots import export, git_directories, run_git

_FILES = ("packages.yml", "dependencies.yml", "package-lock.yml")
_NOT_COPIED = shutil.ignore_patterns(".git", "dbt_packages", "target", "integration_tests*", ".venv", "node_modules")


@dataclass(frozen=True, slots=True)
class Asked:
    """A package that a folder's project asks for: ``sort`` is local, package or git; ``versions`` as a specifier."""

    folder: Path
    sort: str
    name: str
    versions: str = ""


@dataclass(slots=True)
class Shelf:
    """The packages that lie on this machine, by the names under which projects ask for them."""

    folders: tuple[Path, ...] = ()
    _known: dict[str, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for git in sorted(path for folder in self.folders for path in git_directories(folder)):
            text = run_git(git, "show", "HEAD:dbt_project.yml")
            if not text:
                continue
            owner_and_name = next(part for part in reversed(git.parts) if part not in ("repo", ".git"))
            owner, _, name = owner_and_name.partition("+")
            project = project_name(text)
            for key in (f"{owner}/{project}", f"{owner}/{name}", f"{owner}/{name.replace('-', '_')}", project):
                self._known.setdefault(key, git)

    def find(self, asked: Asked) -> tuple[Path, str] | None:
        """The git directory and the revision of a package: the newest tag that fits, else the newest commit."""
        git = self._git(asked.name)
        return None if git is None else (git, _newest(git, asked.versions))

    def _git(self, asked: str) -> Path | None:
        owner, _, name = asked.removesuffix(".git").replace(":", "/").rpartition("/")
        owner = owner.rpartition("/")[2]
        return self._known.get(f"{owner}/{name}") or self._known.get(name)


def install(project: Path, into: Path, shelf: Shelf) -> tuple[str, ...]:
    """Lay in what a project asks for, and what that asks for; the names of what is not on the shelf."""
    missing: set[str] = set()
    waiting = list(asked_in(project))
    done: set[tuple[str, str]] = set()
    while waiting:
        asked = waiting.pop(0)
        key = (str(asked.folder) if asked.sort == "local" else "", asked.name)
        if key in done:
            continue
        done.add(key)
        fresh = into / "_fresh"
        if asked.sort == "local":
            shutil.copytree((asked.folder / asked.name).resolve(), fresh, ignore=_NOT_COPIED, symlinks=True)
        elif found := shelf.find(asked):
            export(found[0], fresh, found[1])
        else:
            missing.add(asked.name)
            continue
        origin = (asked.folder / asked.name).resolve() if asked.sort == "local" else fresh
        waiting += [Asked(origin, one.sort, one.name, one.versions) for one in asked_in(fresh)]
        _settle(fresh, into)
    forget_packages(project)
    return tuple(sorted(missing))


def local_packages(repository: Path, folder: str) -> tuple[str, ...]:
    """The folders, from the repository's, of the local packages that the project in a folder asks for."""
    asked = [one.name for one in asked_in(repository / folder) if one.sort == "local"]
    return tuple(posixpath.normpath(posixpath.join(folder, name)) for name in asked)


def asked_in(folder: Path) -> Iterator[Asked]:
    """What the project in a folder asks for."""
    for name in _FILES[:2]:
        file = folder / name
        content = yaml.safe_load(file.read_text()) if file.is_file() else None
        for entry in (content or {}).get("packages") or ():
            written = entry.get("version", "")
            versions = ",".join(written) if isinstance(written, list) else str(written)
            for sort in ("local", "package", "git"):
                if sort in entry:
                    yield Asked(folder, sort, str(entry[sort]), versions)


def forget_packages(folder: Path) -> None:
    """Take away what asks for packages, so that dbt looks for none."""
    for name in _FILES:
        (folder / name).unlink(missing_ok=True)


def project_name(text: str) -> str:
    """The name in the text of a ``dbt_project.yml``."""
    content = yaml.safe_load(text)
    return str(content.get("name", "")) if isinstance(content, dict) else ""


def _settle(fresh: Path, into: Path) -> None:
    name = project_name((fresh / "dbt_project.yml").read_text())
    forget_packages(fresh)
    shutil.rmtree(fresh / "integration_tests", ignore_errors=True)
    if (into / name).exists():
        shutil.rmtree(fresh)
    else:
        fresh.rename(into / name)


def _newest(git: Path, versions: str) -> str:
    try:
        wanted = SpecifierSet(versions if not versions[:1].isdigit() else f"=={versions}")
    except InvalidSpecifier:
        return "HEAD"
    fitting: list[tuple[Version, str]] = []
    for tag in run_git(git, "tag").split():
        try:
            version = Version(tag)
        except InvalidVersion:
            continue
        if version in wanted:
            fitting.append((version, tag))
    return max(fitting)[1] if fitting and versions else "HEAD"
