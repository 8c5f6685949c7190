"""The readers that are there, as far as the judgement of a difference depends on them.

They count as they stand on the base branch's tip and as they will stand after the merge; where only two sides are
compared, as they stand on these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from placet.contracts.model import Asset
from placet.lineage.graph import Graph
from placet.vocabulary.words import ReadStatus


@dataclass(frozen=True, slots=True)
class Readership:
    """Who reads: ``was`` before the merge, ``will`` after it (more than one where both sides changed a file).

    ``outside``: by asset, the names of those who read it outside the project, as far as they are known; an asset that
    people outside may read is there even where nobody is named.
    """

    was: Graph
    will: tuple[Graph, ...]
    outside: Mapping[str, frozenset[str]]

    def is_read_outside(self, asset: str) -> bool:
        """Whether people outside the project may read it."""
        return asset in self.outside

    def breaks_by_place(self, asset: str) -> bool:
        """Whether a reader that takes the asset's columns by their place no longer gives what it gave."""
        readers = {key for graph in (self.was, *self.will) for key in graph.readers_by_place(asset)}
        return any(not keeps_meaning(reader, self.was, self.will) for reader in readers)

    def compares(self, asset: str, column: str, values: frozenset[str]) -> bool:
        """Whether a reader that will be there compares the column with one of the values, in any case of letters."""
        folded = {value.casefold() for value in values}
        return any(
            literal.casefold() in folded
            for graph in (self.was, *self.will)
            for _, literal in graph.comparisons(asset, column)
        )

    def names_version(self, asset: str) -> bool:
        """Whether a reader names the asset by its version alone."""
        return any(
            asset in reader.pinned
            for graph in (self.was, *self.will)
            for read in graph.readers_of_any(asset)
            if (reader := graph.asset(read.asset)) is not None
        )

    def loses_access(self, old: Asset, new: Asset) -> bool:
        """Whether a reader that may refer to the asset before may not after."""
        return any(
            loses_access(reader, old, new)
            for graph in self.will
            for key in {old.key, new.key}
            for read in graph.readers_of_any(key)
            if (reader := graph.asset(read.asset)) is not None
        )


def keeps_meaning(asset: str, was: Graph, will: tuple[Graph, ...]) -> bool:
    """Whether everything that an asset gave is made as it was; it may give more. What is gone, or new, is not meant.

    Where nobody touched it, it is enough that it is made of the same columns: what becomes of these is told elsewhere.
    """
    old = was.asset(asset)
    for graph in will:
        new = graph.asset(asset)
        if old is None or new is None:
            continue
        if new.status is not ReadStatus.RESOLVED and new.status is not old.status:
            return False
        if _is_open_by_place(new, graph):
            return False
        if old.own_digest == new.own_digest:
            if not _is_made_alike(old, new):
                return False
        elif was.asset_digests(asset).items() - graph.asset_digests(asset).items():
            return False
    return True


def _is_made_alike(old: Asset, new: Asset) -> bool:
    """Whether every column, and every row, is made of the same as before."""
    now = {column.key: column.derivation for column in new.columns}
    columns = all(one.key in now and now[one.key] == one.derivation for one in old.columns)
    return columns and frozenset(old.rows) == frozenset(new.rows)


def _is_open_by_place(asset: Asset, graph: Graph) -> bool:
    """Whether it takes columns by their place of something whose columns nobody lists: which go together is unknown."""
    taken = (graph.asset(key) for key in asset.positional)
    return any(one is not None and (one.open_ended or not one.columns) for one in taken)


def loses_access(reader: Asset, old: Asset, new: Asset) -> bool:
    """Whether the reader may refer to the asset as it was, and may not as it will be."""
    return _may_refer(reader, old) and not _may_refer(reader, new)


def _may_refer(reader: Asset, asset: Asset) -> bool:
    """The rule that dbt has: private is for the group, protected for the project, public for everybody."""
    if asset.access == "private":
        return bool(asset.group) and reader.group == asset.group and reader.project == asset.project
    return asset.access == "public" or reader.project == asset.project
