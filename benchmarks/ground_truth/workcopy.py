"""A project's copy in a scratch folder, with the packages that it asks for laid into it from folders beside it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks.ground_truth.packages import Shelf, install, local_packages
from benchmarks.ground_truth.snapshots import export


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


def workcopy_of(place: Place, scratch: Path, shelf: Shelf) -> Workcopy:
    """The copy, made anew; packages that are not on the shelf are named in it."""
    shutil.rmtree(scratch, ignore_errors=True)
    repository, building = scratch / "repository", scratch / "building"
    export(place.repository, repository)
    shutil.copytree(repository, building, symlinks=True)
    project = building / place.folder
    settings = yaml.safe_load((project / "dbt_project.yml").read_text())
    missing = install(project, project / str(settings.get("packages-install-path", "dbt_packages")), shelf)
    local = local_packages(repository, place.folder)
    return Workcopy(repository, project, settings, place.folder, local, missing)


def workcopy_again(place: Place, scratch: Path) -> Workcopy:
    """The copy of the last run, as it was left."""
    repository, project = scratch / "repository", scratch / "building" / place.folder
    if not (project / "dbt_project.yml").is_file():
        raise SystemExit(f"{project} was not built before: run it once without --again")
    settings = yaml.safe_load((project / "dbt_project.yml").read_text())
    return Workcopy(repository, project, settings, place.folder, local_packages(repository, place.folder))
