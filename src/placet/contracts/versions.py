"""The versions of a model: their order, and which one a reference without a version means."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import cmp_to_key
from typing import NamedTuple

from placet.contracts.model import Asset, ContractSet
from placet.vocabulary.words import AssetKind


class ModelName(NamedTuple):
    """A model by its project's folder and name, whatever versions it has."""

    folder: str
    project: str
    name: str


def latest_of(versions: Iterable[str]) -> str:
    """The version that dbt takes for the latest where nobody says it; empty where there is none.

    Two that are numbers are compared as such, all others as texts, so that a word goes behind a number.
    """
    latest = ""
    for version in versions:
        if not latest or _is_before(latest, version):
            latest = version
    return latest


def is_same_version(one: str, other: str) -> bool:
    """Whether two spellings mean one version, as ``2`` and ``2.0`` do."""
    numbers = _number(one), _number(other)
    return one == other or (None not in numbers and numbers[0] == numbers[1])


def versions_of(contracts: ContractSet, names: Collection[ModelName]) -> Mapping[ModelName, tuple[Asset, ...]]:
    """The models of these names with all of their versions, the lowest first; a model without versions alone."""
    found: dict[ModelName, list[Asset]] = defaultdict(list)
    for asset in contracts.assets if names else ():
        if asset.kind is AssetKind.MODEL and (name := name_of(asset)) in names:
            found[name].append(asset)
    return {name: tuple(sorted(assets, key=cmp_to_key(_in_order))) for name, assets in found.items()}


def versioned_names(*sides: ContractSet) -> frozenset[ModelName]:
    """The models that have versions on any side."""
    return frozenset(name_of(asset) for contracts in sides for asset in contracts.assets if asset.version)


def name_of(model: Asset) -> ModelName:
    """What all versions of a model are called."""
    folder, _, unique_id = model.key.rpartition(":")
    return ModelName(folder, unique_id.split(".")[1], model.name)


def latest_among(versions: Iterable[Asset]) -> Asset:
    """The version that a reference without one means: the latest as the model says it, else the one that dbt takes."""
    assets = list(versions)
    wanted = assets[0].latest_version or latest_of(asset.version for asset in assets)
    return next((asset for asset in assets if is_same_version(asset.version, wanted)), assets[-1])


def continuations(base: ContractSet, head: ContractSet) -> Mapping[str, str]:
    """By the head's key the base's, where a model becomes versioned, or stops being so.

    It goes on as the version that keeps its file; else as the lowest one where it becomes versioned, and from what was
    its latest one where it stops being so.
    """
    names = versioned_names(base, head)
    old, new = versions_of(base, names), versions_of(head, names)
    found = {}
    for name in old.keys() & new.keys():
        before, after = old[name], new[name]
        if [asset.version for asset in before] == [""] and all(asset.version for asset in after):
            heir = next((one for one in after if one.location.path == before[0].location.path), after[0])
            found[heir.key] = before[0].key
        elif [asset.version for asset in after] == [""] and all(asset.version for asset in before):
            kept = [one for one in before if one.location.path == after[0].location.path]
            found[after[0].key] = (kept[0] if kept else latest_among(before)).key
    return found


def _in_order(one: Asset, other: Asset) -> int:
    if _is_before(one.version, other.version):
        return -1
    return 1 if _is_before(other.version, one.version) else 0


def _is_before(one: str, other: str) -> bool:
    left, right = _number(one), _number(other)
    if left is None or right is None:
        return one < other
    return left < right


def _number(version: str) -> float | None:
    try:
        value = float(version)
    except ValueError:
        return None
    return None if math.isnan(value) else value
