"""One project under another's name: the head's assets under the keys that the base gave them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from placet.contracts.model import Asset, ColumnRef, ContractSet, Derivation, Project


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


def rekeyed(contracts: ContractSet, pairs: Sequence[tuple[Project, Project]]) -> ContractSet:
    """The contracts of the head, with every key as the base's matching project has it; ids stay as people see them."""
    moved = {
        (new.folder, new.name): (old.folder, old.name)
        for old, new in pairs
        if (old.folder, old.name) != (new.folder, new.name)
    }
    if not moved:
        return contracts

    def key_of(key: str) -> str:
        folder, _, unique_id = key.rpartition(":")
        kind, _, rest = unique_id.partition(".")
        name, _, tail = rest.partition(".")
        target = moved.get((folder, name))
        return key if target is None else f"{target[0]}:{kind}.{target[1]}.{tail}"

    assets = sorted((_rekeyed_asset(asset, key_of) for asset in contracts.assets), key=lambda asset: asset.key)
    return ContractSet(tuple(assets), contracts.projects, contracts.findings, contracts.disabled)


def _rekeyed_asset(asset: Asset, key_of: Callable[[str], str]) -> Asset:
    def refs(found: Sequence[ColumnRef]) -> tuple[ColumnRef, ...]:
        return tuple(ColumnRef(key_of(ref.asset), ref.column) for ref in found)

    def derivation(value: Derivation | None) -> Derivation | None:
        return None if value is None else replace(value, inputs=refs(value.inputs))

    return replace(
        asset,
        key=key_of(asset.key),
        columns=tuple(
            replace(column, derivation=derivation(column.derivation), inputs=refs(column.inputs))
            for column in asset.columns
        ),
        rows=tuple(
            replace(part, derivation=replace(part.derivation, inputs=refs(part.derivation.inputs)))
            for part in asset.rows
        ),
        reads=tuple(key_of(key) for key in asset.reads),
        reads_all=tuple(key_of(key) for key in asset.reads_all),
        named=refs(asset.named),
    )
