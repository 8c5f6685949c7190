"""The graph of columns: who reads what, and digests that tell whether a column still means the same.

A digest covers how a column is made, each input replaced by the input's own digest, down to the sources. So a column
that is renamed on the way, or passed through one more model, keeps its digest; one that is made otherwise does not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from placet.contracts.model import IDENTITY, Asset, ColumnRef, ContractSet, Derivation, RowPart
from placet.vocabulary.canonical import text_digest
from placet.vocabulary.words import AssetKind, How

# In an asset's digests, the name under which stands what goes for columns that are not listed; no column is called so.
UNLISTED = "*"

# A seed's rows are data; a source's are somebody else's: both are known by name alone.
LEAVES = frozenset({AssetKind.SOURCE, AssetKind.SEED})


@dataclass(frozen=True, slots=True, order=True)
class Read:
    """One reading: by which asset, for which column of its own (empty: for its rows, or as a whole), and how."""

    asset: str
    column: str
    how: How


def graph_of(contracts: ContractSet) -> Graph:
    """The graph of a contract set; made once for each set, however often it is asked for."""
    # As a cached property of the set would, if a set could know of lineage.
    known: Graph = vars(contracts).setdefault("graph_of", Graph(contracts))
    return known


class Graph:
    """What reads what in one contract set, both ways; made once, asked often."""

    def __init__(self, contracts: ContractSet) -> None:
        self.contracts = contracts

    def asset(self, key: str) -> Asset | None:
        """The asset of that key."""
        return self.contracts.by_key.get(key)

    def readers_of(self, asset: str, column: str) -> tuple[Read, ...]:
        """Who reads that column, in order; those that must be taken to read every column among them."""
        found = self._by_column.get(ColumnRef(asset, column), set()) | self._narrowed(asset, column)
        return tuple(sorted(found))

    def readers_of_any(self, asset: str) -> tuple[Read, ...]:
        """Who reads anything of the asset, also only its rows."""
        return tuple(sorted(self._by_asset.get(asset, ())))

    def columns_read(self, asset: str) -> tuple[str, ...]:
        """The columns that somebody names of an asset, whether or not it lists them."""
        return self._columns_read.get(asset, ())

    def reads_of(self, asset: Asset) -> tuple[ColumnRef, ...]:
        """Every column that an asset reads, for values and for rows."""
        return tuple(sorted({ref for ref, _ in _reads(asset) if ref.column}))

    def below(self, asset: str) -> tuple[str, ...]:
        """The keys of everything that depends on the asset, however far, in order; not the asset itself."""
        found: set[str] = set()
        waiting = [asset]
        while waiting:
            for key in self._dependants.get(waiting.pop(), ()):
                if key not in found and key != asset:
                    found.add(key)
                    waiting.append(key)
        return tuple(sorted(found))

    def readers_by_place(self, asset: str) -> tuple[str, ...]:
        """The keys of those that take the asset's columns by their place, in order."""
        return tuple(self._by_place.get(asset, ()))

    def comparisons(self, asset: str, column: str) -> tuple[tuple[str, str], ...]:
        """Who compares the column with which literal: (key, literal), also where it is only passed on to them."""
        found: set[tuple[str, str]] = set()
        met: set[ColumnRef] = set()
        waiting = [ColumnRef(asset, column)]
        while waiting:
            ref = waiting.pop()
            if ref in met:
                continue
            met.add(ref)
            found |= self._comparisons.get(ref, set())
            waiting += self._passed_on.get(ref, ())
        return tuple(sorted(found))

    def row_digests(self, asset: Asset) -> tuple[tuple[RowPart, str], ...]:
        """The parts that shape an asset's rows, each with its digest."""
        return tuple((part, text_digest(part.kind, _derived(part.derivation, self._digests))) for part in asset.rows)

    def column_digest(self, asset: str, column: str) -> str:
        """The digest of a column; of the asset's rows where the column is empty."""
        return _input(ColumnRef(asset, column), self._digests)

    def asset_digests(self, asset: str) -> Mapping[str, str]:
        """The digests of all columns by folded name, and of the rows under the empty name."""
        return {name: digest for name, digest in self._digests.get(asset, {}).items() if name != UNLISTED}

    def _narrowed(self, asset: str, column: str) -> set[Read]:
        readers = self._of_everything.get(asset, ())
        return {read for read, only in readers if only is None or column in only}

    @cached_property
    def _by_column(self) -> Mapping[ColumnRef, set[Read]]:
        index: dict[ColumnRef, set[Read]] = defaultdict(set)
        for asset in self.contracts.assets:
            for ref, read in _reads(asset):
                if ref.column:
                    index[ref].add(read)
        return index

    @cached_property
    def _columns_read(self) -> Mapping[str, tuple[str, ...]]:
        index: dict[str, list[str]] = defaultdict(list)
        for ref in sorted(self._by_column):
            index[ref.asset].append(ref.column)
        return {asset: tuple(columns) for asset, columns in index.items()}

    @cached_property
    def _by_asset(self) -> Mapping[str, set[Read]]:
        index: dict[str, set[Read]] = defaultdict(set)
        for ref, reads in self._by_column.items():
            index[ref.asset] |= reads
        for asset, readers in self._of_everything.items():
            index[asset] |= {read for read, _ in readers}
        for asset_key, dependants in self._dependants.items():
            named = {read.asset for read in index[asset_key]}
            index[asset_key] |= {Read(key, "", How.ROWS) for key in dependants if key not in named}
        return index

    @cached_property
    def _of_everything(self) -> Mapping[str, list[tuple[Read, frozenset[str] | None]]]:
        index: dict[str, list[tuple[Read, frozenset[str] | None]]] = defaultdict(list)
        for asset in self.contracts.assets:
            declared = asset.kind is AssetKind.EXPOSURE or asset.language != "sql"
            only = None if asset.meta.columns is None or not declared else frozenset(asset.meta.columns)
            for key in asset.reads_all:
                index[key].append((Read(asset.key, "", How.DECLARED if declared else How.VALUE), only))
        return index

    @cached_property
    def _by_place(self) -> Mapping[str, list[str]]:
        index: dict[str, list[str]] = defaultdict(list)
        for asset in self.contracts.assets:
            for key in asset.positional:
                index[key].append(asset.key)
        return index

    @cached_property
    def _comparisons(self) -> Mapping[ColumnRef, set[tuple[str, str]]]:
        index: dict[ColumnRef, set[tuple[str, str]]] = defaultdict(set)
        for asset in self.contracts.assets:
            for ref, literal in asset.compared:
                index[ref].add((asset.key, literal))
        return index

    @cached_property
    def _passed_on(self) -> Mapping[ColumnRef, list[ColumnRef]]:
        """The columns that are another one as it is."""
        index: dict[ColumnRef, list[ColumnRef]] = defaultdict(list)
        for asset in self.contracts.assets:
            for column in asset.columns:
                made = column.derivation
                if made is not None and made.template == IDENTITY and len(made.inputs) == 1:
                    index[made.inputs[0]].append(ColumnRef(asset.key, column.key))
        return index

    @cached_property
    def _dependants(self) -> Mapping[str, set[str]]:
        index: dict[str, set[str]] = defaultdict(set)
        for asset in self.contracts.assets:
            for key in (*asset.reads, *asset.reads_all):
                index[key].add(asset.key)
        return index

    @cached_property
    def _digests(self) -> Mapping[str, Mapping[str, str]]:
        done: dict[str, Mapping[str, str]] = {}
        for asset in in_order_of_reading(self.contracts):
            if asset.kind not in LEAVES:
                done[asset.key] = _digests_of(asset, done)
        return done


def in_order_of_reading(contracts: ContractSet) -> Iterator[Asset]:
    """The assets, each after everything that it reads; those in a cycle come last, in order of key."""
    by_key = contracts.by_key
    missing = {
        asset.key: {key for key in (*asset.reads, *asset.reads_all) if key in by_key and key != asset.key}
        for asset in contracts.assets
    }
    readers: dict[str, list[str]] = defaultdict(list)
    for key, needs in missing.items():
        for need in needs:
            readers[need].append(key)
    ready = [key for key, needs in missing.items() if not needs]
    done: set[str] = set()
    while ready:
        key = ready.pop()
        done.add(key)
        yield by_key[key]
        for reader in readers[key]:
            missing[reader].discard(key)
            if not missing[reader]:
                ready.append(reader)
    yield from (asset for asset in contracts.assets if asset.key not in done)


def _reads(asset: Asset) -> Iterator[tuple[ColumnRef, Read]]:
    for column in asset.columns:
        inputs = column.inputs if column.derivation is None else column.derivation.inputs
        for ref in inputs:
            yield ref, Read(asset.key, column.key, How.VALUE)
    for part in asset.rows:
        for ref in part.derivation.inputs:
            yield ref, Read(asset.key, "", How.ROWS)
    for ref in _only_named(asset):
        yield ref, Read(asset.key, "", How.ROWS)


def _only_named(asset: Asset) -> Iterator[ColumnRef]:
    """What the query names without making anything of it: it fails all the same when that is gone."""
    read = {ref for column in asset.columns for ref in (column.derivation or column).inputs}
    read |= {ref for part in asset.rows for ref in part.derivation.inputs}
    return (ref for ref in asset.named if ref not in read)


def _digests_of(asset: Asset, done: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    unknown = _unknown(asset, done)
    parts = sorted({text_digest(part.kind, _derived(part.derivation, done)) for part in asset.rows})
    if not asset.rows:
        parts.append(unknown)
    result = {"": text_digest("rows", *parts), UNLISTED: unknown}
    for column in asset.columns:
        if column.derivation is None:
            result[column.key] = text_digest("hole", column.key, unknown)
        else:
            result[column.key] = _derived(column.derivation, done)
    return result


def _derived(derivation: Derivation, done: Mapping[str, Mapping[str, str]]) -> str:
    inputs = [_input(ref, done) for ref in derivation.inputs]
    if derivation.template == IDENTITY and len(inputs) == 1:
        return inputs[0]
    return text_digest("made", derivation.template, *inputs)


def _unknown(asset: Asset, done: Mapping[str, Mapping[str, str]]) -> str:
    """What nobody can see into is the same only where its own inputs and everything that it reads are."""
    inputs = sorted(
        {digest for key in (*asset.reads, *asset.reads_all) for digest in done.get(key, {"": key}).values()}
    )
    return text_digest("unknown", asset.own_digest, *inputs)


def _input(ref: ColumnRef, done: Mapping[str, Mapping[str, str]]) -> str:
    columns = done.get(ref.asset)
    if columns is None:
        return text_digest("leaf", ref.asset, ref.column)
    return columns.get(ref.column) or text_digest("unlisted", ref.column, columns[UNLISTED])
