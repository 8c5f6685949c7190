"""One project from its copy to its figures."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.ground_truth import columns, manifests, readers
from benchmarks.ground_truth.packages import Shelf
from benchmarks.ground_truth.plan import plan_of
from benchmarks.ground_truth.toolchain import run_inside
from benchmarks.ground_truth.workcopy import Place, Workcopy, workcopy_again, workcopy_of
from placet.app.trees import is_wanted
from placet.contracts.model import Asset, ContractSet
from placet.impact.owners import codeowners_in
from placet.local.folder import files_in
from placet.local.reading import Reading, policy_in
from placet.policy.model import ProjectHint
from placet.readers.dbt import read_projects

_KNOWN = tomllib.loads((Path(__file__).parent / "known.toml").read_text())


@dataclass(frozen=True, slots=True)
class Setting:
    """How all projects are worked on: dbt's Python, the packages, where, how many columns are dropped, and the seed.

    ``installed``: what is read is the project with its packages laid in, not the repository as it is committed.
    """

    python: Path
    shelf: Shelf
    scratch: Path
    drops: int
    seed: int
    installed: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class Truth:
    """One project's findings. ``problem``: why there are none."""

    name: str
    dialect: str
    problem: str
    missing_packages: tuple[str, ...]
    left_out: Mapping[str, str]
    not_read: tuple[str, ...]
    models: tuple[columns.ModelColumns, ...] = ()
    readers: tuple[readers.Readers, ...] = ()
    differences: tuple[manifests.Difference, ...] = ()
    checked: Mapping[str, int] | None = None
    refused: tuple[tuple[str, str], ...] = ()
    learnt: tuple[tuple[str, str, str], ...] = ()


def truth_of(place: Place, setting: Setting) -> Truth:
    """Build the project, read it, compare the two."""
    scratch = setting.scratch / place.name.replace("/", "+")
    copy = workcopy_again(place, scratch) if setting.again else workcopy_of(place, scratch, setting.shelf)
    known = _KNOWN.get(copy.name, {})
    for path in known.get("without", ()):
        shutil.rmtree(copy.project / path, ignore_errors=True)
        (copy.project / path).unlink(missing_ok=True)
    reading = _reading(copy, known.get("dialect", ""), installed=setting.installed)
    if not setting.again:
        plan = plan_of(copy, reading.contracts, scratch, known.get("variables", {}))
        (scratch / "plan.json").write_text(json.dumps(plan))
        run_inside(setting.python, "build", scratch / "plan.json", scratch / "build.json", log=scratch / "build.log")
    built: dict[str, Any] = json.loads((scratch / "build.json").read_text())
    assets = _assets_by_id(reading.contracts, copy, installed=setting.installed)
    truths = built["models"]
    manifest = json.loads((scratch / "manifest.json").read_text()) if (scratch / "manifest.json").is_file() else {}
    dialect = next((one.dialect for one in reading.contracts.projects if one.name == copy.name), "")
    return Truth(
        name=place.name,
        dialect=dialect,
        problem=built["problem"],
        missing_packages=copy.missing_packages,
        left_out=built["left_out"],
        not_read=tuple(sorted(key for key in truths if key not in assets)),
        models=tuple(
            columns.compared(assets[key], one, dialect) for key, one in sorted(truths.items()) if key in assets
        ),
        readers=tuple(_readers(scratch, built, assets, reading, setting)),
        differences=tuple(manifests.differences(manifest, assets, copy.name, built["left_out"])) if manifest else (),
        checked=manifests.counted(manifest, assets) if manifest else {},
        refused=tuple((key, one["reason"]) for key, one in sorted(truths.items()) if one["way"] == "refused"),
        learnt=tuple((model, source, column) for model, source, column in built.get("learnt", ())),
    )


def _readers(
    scratch: Path, built: Mapping[str, Any], assets: Mapping[str, Asset], reading: Reading, setting: Setting
) -> list[readers.Readers]:
    asked = readers.sampled(built, assets, setting.drops, setting.seed)
    (scratch / "asked.json").write_text(json.dumps(asked))
    paths = (scratch / "build.json", scratch / "asked.json", scratch / "drops.json")
    run_inside(setting.python, "drops", *paths, log=scratch / "drops.log")
    dropped = json.loads((scratch / "drops.json").read_text())
    testable = frozenset(key for key, one in built["models"].items() if one.get("catalog"))
    return list(readers.compared(dropped, assets, reading, testable))


def _reading(copy: Workcopy, dialect: str, *, installed: bool) -> Reading:
    """What we understand of the copy; ``dialect`` is told to projects for several databases that DuckDB is one of."""
    files = files_in(copy.project if installed else copy.repository, is_wanted)
    policy = policy_in(files)
    contracts = read_projects(files, policy.projects)
    if dialect:
        folders = [one.folder or "." for one in contracts.projects if not one.installed]
        contracts = read_projects(files, [ProjectHint(folder, dialect) for folder in folders])
    return Reading(contracts, policy, codeowners_in(files))


def _assets_by_id(contracts: ContractSet, copy: Workcopy, *, installed: bool) -> dict[str, Asset]:
    """The assets of the project that was built and of its local packages, by dbt's id: other folders may have alike."""
    if installed:
        return {asset.id: asset for asset in contracts.assets}
    folders = [folder if folder != "." else "" for folder in (copy.folder, *copy.local_packages)]
    return {asset.id: asset for folder in reversed(folders) for asset in contracts.assets if _lies_in(asset, folder)}


def _lies_in(asset: Asset, folder: str) -> bool:
    return asset.key.rpartition(":")[0] == folder
