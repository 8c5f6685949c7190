"""Whom a change concerns of those who read what changes: for most kinds all of them, for some only a few."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from placet.contracts.model import Asset
from placet.contracts.versions import latest_among, name_of, versions_of
from placet.diff.access import lost_grantees
from placet.diff.changes import Change
from placet.diff.readership import keeps_meaning, loses_access
from placet.diff.versions import LATEST, VERSION
from placet.lineage.graph import Graph
from placet.vocabulary.words import AssetKind, Because

# Changes of a version as a whole: whoever follows to the latest one is told of its differences instead.
_FOR_WHO_STAYS = frozenset({"asset_removed", "contract_unenforced", "constraint_removed", "asset_unreadable"})
# What adds a column concerns everybody who reads anything of the asset: nobody can read the column itself yet.
_CONCERNS_ALL_READERS = frozenset({"column_added"})


@dataclass(frozen=True, slots=True)
class Declared:
    """A use that somebody declared: by which team, of which columns (empty: all), what for."""

    team: str
    columns: frozenset[str]
    purpose: str


@dataclass(frozen=True, slots=True)
class Concern:
    """The direct readers that a change concerns. This one: all of them."""

    asset: str

    def is_limited_at(self, asset: str) -> bool:
        """Whether only some of this asset's readers are concerned, when the walk comes there."""
        return asset == self.asset

    def column(self, change: Change) -> str:
        """The column whose readers these are; empty for everybody who reads anything of the asset."""
        return "" if change.kind in _CONCERNS_ALL_READERS else change.column

    def is_reader(self, reader: str) -> bool:  # noqa: ARG002 - every reader
        """Whether a reader of the asset is concerned."""
        return True

    def is_declared(self, use: Declared) -> bool:  # noqa: ARG002 - every use
        """Whether a declared use is."""
        return True

    def is_read_after(self, column: str, reader: str) -> bool | None:  # noqa: ARG002 - as the graphs say
        """Whether a reader goes on reading; None: if it reads what it read, as the graphs say."""
        return None

    def keeps_meaning(self, reader: str) -> bool:  # noqa: ARG002 - that is for the walk to see
        """Whether nothing changes for a reader that seems to be concerned."""
        return False


@dataclass(frozen=True, slots=True)
class _ByPlace(Concern):
    """Those that take columns by their place, before or after."""

    before: Graph
    after: tuple[Graph, ...]

    def column(self, change: Change) -> str:  # noqa: ARG002 - places are the asset's
        return ""

    def is_reader(self, reader: str) -> bool:
        return any(reader in graph.readers_by_place(self.asset) for graph in (self.before, *self.after))

    def is_declared(self, use: Declared) -> bool:  # noqa: ARG002 - people name columns
        return False

    def keeps_meaning(self, reader: str) -> bool:
        return keeps_meaning(reader, self.before, self.after)


@dataclass(frozen=True, slots=True)
class _Comparing(Concern):
    """Those that compare the column with a value that is gone, or pass it on to one who does."""

    comparing: frozenset[str]
    passing_on: frozenset[str]

    def is_limited_at(self, asset: str) -> bool:
        return asset == self.asset or asset in self.passing_on

    def is_reader(self, reader: str) -> bool:
        return reader in self.comparing or reader in self.passing_on


@dataclass(frozen=True, slots=True)
class _Outside(Concern):
    """Those who name the relation itself: exposures, and whoever declared a use."""

    graphs: tuple[Graph, ...]

    def is_reader(self, reader: str) -> bool:
        return any(one.kind is AssetKind.EXPOSURE for one in _found(reader, self.graphs))


@dataclass(frozen=True, slots=True)
class _LosingAccess(Concern):
    """Those that may no longer refer to the asset."""

    old: Asset
    new: Asset
    graphs: tuple[Graph, ...]

    def is_reader(self, reader: str) -> bool:
        return any(loses_access(one, self.old, self.new) for one in _found(reader, self.graphs))

    def is_declared(self, use: Declared) -> bool:  # noqa: ARG002 - access is a matter of references
        return False


@dataclass(frozen=True, slots=True)
class _Grantees(Concern):
    """Those who are called as somebody who loses a privilege."""

    lost: frozenset[str]
    graphs: tuple[Graph, ...]

    def is_reader(self, reader: str) -> bool:
        owners = (one.exposure_owner for one in _found(reader, self.graphs))
        names = {name.casefold() for owner in owners if owner is not None for name in owner.names}
        return not names.isdisjoint(self.lost)

    def is_declared(self, use: Declared) -> bool:
        return use.team.casefold() in self.lost


@dataclass(frozen=True, slots=True)
class _Following(Concern):
    """Those that name no version, and so follow the latest one: to ``target``."""

    target: str
    before: Graph
    after: tuple[Graph, ...]

    def is_reader(self, reader: str) -> bool:
        return _follows(reader, self.asset, self.before)

    def is_read_after(self, column: str, reader: str) -> bool | None:
        return any(
            read.asset == reader
            for graph in self.after
            for read in (graph.readers_of(self.target, column) if column else graph.readers_of_any(self.target))
        )


@dataclass(frozen=True, slots=True)
class _Staying(Concern):
    """Those that do not simply follow to another version when this one goes."""

    before: Graph
    is_pinned_only: bool = False

    def is_declared(self, use: Declared) -> bool:  # noqa: ARG002 - people name no versions to dbt
        return not self.is_pinned_only

    def is_reader(self, reader: str) -> bool:
        return not _follows(reader, self.asset, self.before)


def concern_of(change: Change, before: Graph, after: tuple[Graph, ...]) -> Concern:
    """Whom the change concerns, with the readers as they are and as they will be."""
    graphs = (before, *after)
    asset, old, new = change.asset, before.asset(change.asset), after[0].asset(change.asset)
    if change.kind == "column_reordered" or (change.kind == "column_added" and change.because is Because.READER):
        return _ByPlace(asset, before, after)
    if change.kind == "accepted_value_removed":
        return _comparing(change, graphs)
    if change.kind in ("relation_moved", "materialization_changed"):
        return _Outside(asset, graphs)
    if change.path == VERSION:
        return _Staying(asset, before, is_pinned_only=True)
    if old is not None and old.kind is AssetKind.MODEL and (latest := _latest_key(old, after[0])):
        if change.path.startswith(f"{LATEST}."):
            return _Following(asset, latest, before, after)
        if change.kind in _FOR_WHO_STAYS or change.column:
            return _Staying(asset, before)
    if old is not None and new is not None and change.kind in ("access_narrowed", "group_changed"):
        return _LosingAccess(asset, old, new, graphs)
    if old is not None and new is not None and change.kind == "grants_narrowed":
        return _Grantees(asset, lost_grantees(old, new), graphs)
    return Concern(asset)


def _found(reader: str, graphs: tuple[Graph, ...]) -> Iterator[Asset]:
    """The reader on each side that has it."""
    return (one for graph in graphs if (one := graph.asset(reader)) is not None)


def _follows(reader: str, asset: str, before: Graph) -> bool:
    found = before.asset(reader)
    return found is not None and asset not in found.pinned


def _latest_key(old: Asset, after: Graph) -> str:
    """What a reference without a version means from now on; empty where that is what it meant, or nothing."""
    name = name_of(old)
    versions = versions_of(after.contracts, {name}).get(name, ())
    latest = latest_among(versions).key if versions else ""
    return "" if latest == old.key else latest


def _comparing(change: Change, graphs: tuple[Graph, ...]) -> Concern:
    values = {str(value).casefold() for value in (change.before or {}).get("values", ())}
    comparing = {
        key
        for graph in graphs
        for key, literal in graph.comparisons(change.asset, change.column)
        if literal.casefold() in values
    }
    passing_on = {
        key for graph in graphs for key in graph.below(change.asset) if not comparing.isdisjoint(graph.below(key))
    }
    return _Comparing(change.asset, frozenset(comparing), frozenset(passing_on - comparing))
