"""One project under another's name: the head's assets under the keys that the base gave them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from placet.contracts.model import Asset, ColumnRef, ContractSet, Derivation, Project
from placet.contracts.versions import continuations


def matched_projects(base: Sequence[Project], head: Sequence[Project]) -> tuple[tuple[Project, Project], ...]:
    """The pairs (base, head) that are one project: by folder, else by name where that is plain."""
    pairs = [(old, new) for old in base for new in head if old.folder == new.folder]
    paired = {id(project) for pair in pairs for project in pair}
    for old in base:
        if id(old) in paired:
            continue
        same_name = [new for new in head if new.name == old.name and id(new) not in paired]
        if len(same_name) == 1:
            pairs.append((old, same_name[0]))
            paired |= {id(old), id(same_name[0])}
    return tuple(pairs)


def rekeyed(contracts: ContractSet, base: ContractSet) -> ContractSet:
    """The head's contracts, with every key as the base has it: ids stay as people see them.

    A project that has another name or folder is the base's matching one; a model that becomes versioned goes on as one
    of its versions.
    """
    pairs = matched_projects(base.projects, contracts.projects)
    moved = {
        (new.folder, new.name): (old.folder, old.name)
        for old, new in pairs
        if (old.folder, old.name) != (new.folder, new.name)
    }

    def in_project(key: str) -> str:
        folder, _, unique_id = key.rpartition(":")
        kind, _, rest = unique_id.partition(".")
        name, _, tail = rest.partition(".")
        target = moved.get((folder, name))
        return key if target is None else f"{target[0]}:{kind}.{target[1]}.{tail}"

    if moved:
        contracts = _with_keys(contracts, in_project)
    going_on = continuations(base, contracts)
    return _with_keys(contracts, lambda key: going_on.get(key, key)) if going_on else contracts


def _with_keys(contracts: ContractSet, key_of: Callable[[str], str]) -> ContractSet:
    assets = sorted((_rekeyed_asset(asset, key_of) for asset in contracts.assets), key=lambda asset: asset.key)
    return ContractSet(tuple(assets), contracts.projects, contracts.findings, contracts.disabled)


def _rekeyed_asset(asset: Asset, key_of: Callable[[str], str]) -> Asset:
    def refs(found: Sequence[ColumnRef]) -> tuple[ColumnRef, ...]:
        return tuple(ColumnRef(key_of(ref.asset), ref.column) for ref in found)

    def derivation(value: Derivation | None) -> Derivation | None:
        return None if value is None else value._replace(inputs=refs(value.inputs))

    return replace(
        asset,
        key=key_of(asset.key),
        columns=tuple(
            replace(column, derivation=derivation(column.derivation), inputs=refs(column.inputs))
            for column in asset.columns
        ),
        rows=tuple(
            replace(part, derivation=part.derivation._replace(inputs=refs(part.derivation.inputs)))
            for part in asset.rows
        ),
        reads=tuple(key_of(key) for key in asset.reads),
        reads_all=tuple(key_of(key) for key in asset.reads_all),
        named=refs(asset.named),
        compared=tuple((ColumnRef(key_of(ref.asset), ref.column), literal) for ref, literal in asset.compared),
        branches=tuple(one._replace(inputs=refs(one.inputs)) for one in asset.branches),
        positional=tuple(key_of(key) for key in asset.positional),
        pinned=tuple(key_of(key) for key in asset.pinned),
    )
