"""The versions of a model: their order, and which one a reference without a version means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from placet.contracts.model import Asset, ContractSet
from placet.vocabulary.words import AssetKind


class ModelName(NamedTuple):
    """A model by its project's folder and name, whatever versions it has."""

    folder: str
    project: str
    name: str


def version_order(version: str) -> tuple[int, float, str]:
    """A key that sorts versions as dbt does: by number where they are numbers, else by text."""
    try:
        return (1, float(version), "")
    except ValueError:
        return (0, 0.0, version)


def versions_of(contracts: ContractSet) -> Mapping[ModelName, tuple[Asset, ...]]:
    """Every model with all of its versions, the lowest first; a model without versions alone."""
    found: dict[ModelName, list[Asset]] = defaultdict(list)
    for asset in contracts.assets:
        if asset.kind is AssetKind.MODEL:
            folder, _, unique_id = asset.key.rpartition(":")
            found[ModelName(folder, unique_id.split(".")[1], asset.name)].append(asset)
    return {name: tuple(sorted(assets, key=_order)) for name, assets in found.items()}


def latest_of(versions: Iterable[Asset]) -> Asset:
    """The version that a reference without one means: the latest as the model says it, else the highest."""
    ordered = sorted(versions, key=_order)
    wanted = ordered[-1].latest_version
    return next(
        (asset for asset in ordered if wanted and version_order(asset.version) == version_order(wanted)), ordered[-1]
    )


def continuations(base: ContractSet, head: ContractSet) -> Mapping[str, str]:
    """By the head's key the base's, where a model becomes versioned, or stops being so.

    It goes on as the version that keeps its file; else as the lowest one where it becomes versioned, and from what was
    its latest one where it stops being so.
    """
    old, new = versions_of(base), versions_of(head)
    found = {}
    for name in old.keys() & new.keys():
        before, after = old[name], new[name]
        if [asset.version for asset in before] == [""] and all(asset.version for asset in after):
            heir = next((one for one in after if one.location.path == before[0].location.path), after[0])
            found[heir.key] = before[0].key
        elif [asset.version for asset in after] == [""] and all(asset.version for asset in before):
            kept = [one for one in before if one.location.path == after[0].location.path]
            found[after[0].key] = (kept[0] if kept else latest_of(before)).key
    return found


def _order(asset: Asset) -> tuple[int, float, str]:
    return version_order(asset.version)
