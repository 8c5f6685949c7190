"""A project's copy in a scratch folder, with the packages that it asks for laid into it from folders beside it."""

from __future__ import annotations

import io
import posixpath
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

# A line of `git cat-file --batch` names object, sort and size; of what is missing it says less.
_BATCH_WORDS = 3
_PACKAGE_FILES = ("packages.yml", "dependencies.yml", "package-lock.yml")
_NOT_COPIED = shutil.ignore_patterns(".git", "dbt_packages", "target", "integration_tests*", ".venv", "node_modules")


@dataclass(frozen=True, slots=True)
class Place:
    """A repository, or a folder in it: a work tree, a git directory, or either with ``//folder`` behind it."""

    repository: Path
    folder: str

    @classmethod
    def at(cls, text: str) -> Place:
        repository, _, folder = text.partition("//")
        return cls(Path(repository).resolve(), folder.strip("/"))

    @property
    def name(self) -> str:
        parts = [one for one in self.repository.parts if one not in ("repo", ".git", "/")]
        return f"{parts[-1]}/{self.folder}" if self.folder else parts[-1]


@dataclass(frozen=True, slots=True)
class Workcopy:
    """A copy: ``repository`` as it is committed, never changed; ``project`` the folder in which dbt runs.

    ``folder`` and ``local_packages``: where the project and its local packages lie in the repository.
    """

    repository: Path
    project: Path
    settings: Mapping[str, Any]
    folder: str = ""
    local_packages: tuple[str, ...] = ()
    missing_packages: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return str(self.settings["name"])


@dataclass(slots=True)
class Shelf:
    """The packages that lie on this machine, by the names under which projects ask for them."""

    folders: tuple[Path, ...] = ()
    _known: dict[str, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for git in sorted(path for folder in self.folders for path in _git_directories(folder)):
            text = _run_git(git, "show", "HEAD:dbt_project.yml")
            if not text:
                continue
            owner_and_name = next(part for part in reversed(git.parts) if part not in ("repo", ".git"))
            owner, _, name = owner_and_name.partition("+")
            project = _name_in(text)
            for key in (f"{owner}/{project}", f"{owner}/{name}", f"{owner}/{name.replace('-', '_')}", project):
                self._known.setdefault(key, git)

    def find(self, asked: str) -> Path | None:
        """The git directory of a package asked for as ``owner/name``, as a URL or by its project's name."""
        owner, _, name = asked.removesuffix(".git").replace(":", "/").rpartition("/")
        owner = owner.rpartition("/")[2]
        return self._known.get(f"{owner}/{name}") or self._known.get(name)


def workcopy_of(place: Place, scratch: Path, shelf: Shelf) -> Workcopy:
    """The copy, made anew; packages that are not on the shelf are named in it."""
    shutil.rmtree(scratch, ignore_errors=True)
    repository, building = scratch / "repository", scratch / "building"
    _export(place.repository, repository)
    shutil.copytree(repository, building, symlinks=True)
    project = building / place.folder
    settings = yaml.safe_load((project / "dbt_project.yml").read_text())
    install = project / str(settings.get("packages-install-path", "dbt_packages"))
    missing = _install(project, install, shelf)
    for name in _PACKAGE_FILES:
        (project / name).unlink(missing_ok=True)
    local = _local_packages(repository, place.folder)
    return Workcopy(repository, project, settings, place.folder, local, tuple(sorted(missing)))


def workcopy_again(place: Place, scratch: Path) -> Workcopy:
    """The copy of the last run, as it was left."""
    repository, project = scratch / "repository", scratch / "building" / place.folder
    settings = yaml.safe_load((project / "dbt_project.yml").read_text())
    return Workcopy(repository, project, settings, place.folder, _local_packages(repository, place.folder))


def _local_packages(repository: Path, folder: str) -> tuple[str, ...]:
    asked = [name for _, sort, name in _asked(repository / folder) if sort == "local"]
    return tuple(posixpath.normpath(posixpath.join(folder, name)) for name in asked)


def _install(project: Path, install: Path, shelf: Shelf) -> set[str]:
    """Lay in what a project asks for, and what that asks for; what is not on the shelf is returned."""
    missing: set[str] = set()
    waiting = list(_asked(project))
    done: set[str] = set()
    while waiting:
        base, sort, asked = waiting.pop(0)
        if (key := f"{base if sort == 'local' else ''}{asked}") in done:
            continue
        done.add(key)
        fresh = install / "_fresh"
        if sort == "local":
            source = (base / asked).resolve()
            shutil.copytree(source, fresh, ignore=_NOT_COPIED, symlinks=True)
        else:
            git = shelf.find(asked)
            if git is None:
                missing.add(asked)
                continue
            _export(git, fresh)
            source = fresh
        waiting += [(source if kind == "local" else base, kind, name) for _, kind, name in _asked(fresh)]
        name = _name_in((fresh / "dbt_project.yml").read_text())
        for one in _PACKAGE_FILES:
            (fresh / one).unlink(missing_ok=True)
        shutil.rmtree(fresh / "integration_tests", ignore_errors=True)
        if (install / name).exists():
            shutil.rmtree(fresh)
        else:
            fresh.rename(install / name)
    return missing


def _asked(folder: Path) -> Iterator[tuple[Path, str, str]]:
    for name in _PACKAGE_FILES[:2]:
        file = folder / name
        content = yaml.safe_load(file.read_text()) if file.is_file() else None
        for entry in (content or {}).get("packages") or ():
            for sort in ("local", "package", "git"):
                if sort in entry:
                    yield folder, sort, str(entry[sort])


def _export(source: Path, target: Path) -> None:
    """The newest commit's files, without those whose content the snapshot does not hold; a plain folder as it is."""
    git = source / ".git" if (source / ".git").is_dir() else source
    if not (git / "HEAD").is_file():
        shutil.copytree(source, target, symlinks=True)
        return
    target.mkdir(parents=True)
    listed = _run_git(git, "ls-tree", "-r", "-z", "HEAD").split("\0")
    entries = [entry.partition("\t") for entry in listed if entry.startswith("100")]
    wanted = "".join(f"{facts.split()[2]}\n" for facts, _, _ in entries)
    command = ["git", f"--git-dir={git}", "cat-file", "--batch"]
    answers = io.BytesIO(subprocess.run(command, input=wanted.encode(), stdout=subprocess.PIPE, check=True).stdout)
    for _, _, path in entries:
        facts = answers.readline().split()
        if len(facts) != _BATCH_WORDS:
            continue
        data = answers.read(int(facts[2]))
        answers.readline()
        file = target / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)


def _git_directories(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        for candidate in (path / "repo" / ".git", path / "repo", path / ".git", path):
            if (candidate / "HEAD").is_file():
                yield candidate
                break


def _run_git(git: Path, *arguments: str) -> str:
    done = subprocess.run(["git", f"--git-dir={git}", *arguments], capture_output=True, text=True, check=False)  # noqa: S607
    return done.stdout if done.returncode == 0 else ""


def _name_in(text: str) -> str:
    content = yaml.safe_load(text)
    return str(content.get("name", "")) if isinstance(content, dict) else ""
