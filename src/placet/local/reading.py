"""What Placet understands of one state on this machine: a commit, a work tree, or a folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from placet.app.trees import is_wanted, policy_of
from placet.contracts.model import Asset, Column, ColumnRef, ContractSet
from placet.errors import BadFile
from placet.impact.engine import Progress
from placet.impact.owners import Owners, codeowners_in
from placet.lineage.graph import Graph
from placet.local.folder import files_in
from placet.local.git import GitRepository
from placet.policy.codeowners import CodeOwners
from placet.policy.model import Policy
from placet.proposals.model import Team
from placet.proposals.teams import TeamDirectory, label
from placet.readers.dbt.artifacts import Artifacts, read_filled
from placet.render.lineage import short
from placet.render.report import assets_report, coverage_of
from placet.vocabulary.files import Files

_SHORT_SHA = 7


@dataclass(frozen=True)
class Reading:
    """The contracts of one state, and the rules that stand beside them."""

    contracts: ContractSet
    policy: Policy
    codeowners: CodeOwners

    @cached_property
    def graph(self) -> Graph:
        """What reads what."""
        return Graph(self.contracts)

    @cached_property
    def owners(self) -> Mapping[str, Team]:
        """By asset key, the team that owns it, where one is known; every name is a team."""
        places = Owners(self.policy, self.codeowners)
        found = {asset.key: places.candidates(asset) for asset in self.contracts.assets}
        names = {name for candidates in found.values() for one in candidates for name in one.names}
        directory = TeamDirectory({name: named_team(name) for name in names})
        owned = ((key, directory.owner_among(candidates)) for key, candidates in found.items())
        return {key: team for key, team in owned if team is not None}

    def readers_of(self, asset: Asset, column: Column) -> tuple[str, ...]:
        """Who reads a column, as people name it, each once: ``mart_churn.email_domain``, or an asset alone."""
        reads = (read for read in self.graph.readers_of(asset.key, column.key) if read.asset != asset.key)
        return tuple(dict.fromkeys(short(str(ColumnRef(read.asset, read.column))) for read in reads))

    def to_json(self, chosen: Sequence[Asset] = ()) -> dict[str, Any]:
        """Everything as JSON values, version 1 (docs/json.md); of the assets only the chosen ones, if any are."""
        document = assets_report(self._own, self.owner_names)
        if not chosen:
            return document
        return {
            **document,
            "assets": assets_report(replace(self._own, assets=tuple(chosen)), self.owner_names)["assets"],
        }

    @property
    def is_complete(self) -> bool:
        """Whether no reader can hide: every reference is known, and every file was read."""
        return coverage_of(self.contracts).complete

    @property
    def owner_names(self) -> Mapping[str, str]:
        """By asset key, the name of the team that owns it, where one is known."""
        return {key: team.name for key, team in self.owners.items()}

    @property
    def _own(self) -> ContractSet:
        return replace(self.contracts, assets=self.assets)

    @property
    def assets(self) -> tuple[Asset, ...]:
        """The assets of the repository's own projects, in order of key: those of installed packages are left out."""
        folders = {project.folder for project in self.contracts.projects if project.installed}
        return tuple(one for one in self.contracts.assets if one.key.rpartition(":")[0] not in folders)


def read_commit(
    repository: GitRepository, commit: str, progress: Progress | None = None, artifacts: Sequence[Artifacts] = ()
) -> Reading:
    """What stands at a commit. Raises BadFile where the policy is broken, or there is no project."""
    files = repository.files(commit, is_wanted)
    return reading_of(files, str(repository.root), progress, artifacts, place=f"{commit[:_SHORT_SHA]}:")


def read_worktree(
    repository: GitRepository, progress: Progress | None = None, artifacts: Sequence[Artifacts] = ()
) -> Reading:
    """What lies in the work tree, committed or not. Raises BadFile as ``read_commit``, and where there is none."""
    files = repository.worktree_files(is_wanted)
    return reading_of(files, str(repository.root), progress, artifacts, place=f"{repository.root}/")


def read_folder(folder: Path, progress: Progress | None = None, artifacts: Sequence[Artifacts] = ()) -> Reading:
    """What lies in a folder that is in no repository. Raises BadFile as ``read_commit``."""
    name = str(folder.resolve())
    return reading_of(files_in(folder, is_wanted), name, progress, artifacts, place=f"{name}/")


def reading_of(
    files: Files,
    name: str,
    progress: Progress | None = None,
    artifacts: Sequence[Artifacts] = (),
    *,
    place: str = "",
) -> Reading:
    """What a tree's files hold, what they leave open filled from the artifacts.

    ``name`` is what it is called in an error, ``place`` stands before its files' paths.
    """
    require_project(name, files)
    policy = policy_in(files, place)
    contracts = read_filled(files, policy.projects, artifacts, progress=progress)
    return Reading(contracts, policy, codeowners_in(files))


def policy_in(files: Files, place: str = "") -> Policy:
    """The policy of a tree; the defaults where there is none. Raises BadFile where it cannot be read or is broken.

    ``place`` stands before its path in the error: ``main:`` of a revision, or a folder.
    """
    policy, error = policy_of(files)
    if error is not None:
        raise placed(error, place)
    return policy


def placed(error: BadFile, place: str, advice: str = "") -> BadFile:
    """The policy's error with the tree that it lies in, and how to see everything that is wrong with the file."""
    hints = (error.hint, advice, f"see all with `placet policy validate {error.path}` there")
    return BadFile(
        error.message,
        path=f"{place}{error.path}",
        line=error.line,
        code=error.code,
        hint="; ".join(one for one in hints if one),
    )


def require_project(name: str, *trees: Files) -> None:
    """Raise BadFile unless one of the trees holds a dbt project."""
    if not any(projects_in(files) for files in trees):
        raise BadFile("holds no dbt project: there is no dbt_project.yml", path=name, hint="give the folder of one")


def projects_in(files: Files) -> tuple[str, ...]:
    """The folders of a tree in which a dbt project's file lies, in order."""
    return tuple(sorted(_project_folders(files)))


def named_team(name: str) -> Team:
    """The team that a name stands for where nothing can be looked up."""
    return Team(id=f"name:{label(name)}", name=label(name))


def _project_folders(files: Files) -> Iterator[str]:
    for path in files:
        folder, _, name = path.rpartition("/")
        if name in ("dbt_project.yml", "dbt_project.yaml"):
            yield folder
