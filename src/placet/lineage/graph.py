"""The graph of columns: who reads what, and digests that tell whether a column still means the same.

A digest covers how a column is made, each input replaced by the input's own digest, down to the sources. So a column
that is renamed on the way, or passed through one more model, keeps its digest; one that is made otherwise does not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from placet.contracts.model import IDENTITY, Asset, ColumnRef, ContractSet, Derivation, RowPart
from placet.contracts.order import in_order_of_reading
from placet.vocabulary.canonical import text_digest
from placet.vocabulary.words import AssetKind, How

# In an asset's digests, the name under which stands what goes for columns that are not listed; no column is called so.
UNLISTED = "*"

# A seed's rows are data; a source's are somebody else's: both are known by name alone.
LEAVES = frozenset({AssetKind.SOURCE, AssetKind.SEED})


class Read(NamedTuple):
    """One reading: by which asset, for which column of its own (empty: for its rows, or as a whole), and how."""

    asset: str
    column: str
    how: How


def parents_of(asset: Asset) -> frozenset[str]:
    """The keys of all assets that an asset reads."""
    return frozenset((*asset.reads, *asset.reads_all))


def graph_of(contracts: ContractSet) -> Graph:
    """The graph of a contract set; made once for each set, however often it is asked for."""
    # As a cached property of the set would, if a set could know of lineage.
    known: Graph = vars(contracts).setdefault("graph_of", Graph(contracts))
    return known


class Graph:
    """What reads what in one contract set, both ways.

    Nothing is worked out before somebody asks for it, and what an asset itself reads is worked out once for the asset,
    however many sets it is in: so a graph costs what is asked about a few assets, not what there is.
    """

    def __init__(self, contracts: ContractSet) -> None:
        self.contracts = contracts
        self._digests: dict[str, _Digests] = {}

    def asset(self, key: str) -> Asset | None:
        """The asset of that key."""
        return self.contracts.by_key.get(key)

    def readers_of(self, asset: str, column: str) -> tuple[Read, ...]:
        """Who reads that column, in order; those that must be taken to read every column among them."""
        found: set[Read] = set()
        for reader in self._readers(asset):
            found |= _reading_of(reader).columns.get(asset, {}).get(column, frozenset()) if column else frozenset()
            found |= _everything(reader, asset, column)
        return tuple(sorted(found))

    def readers_of_any(self, asset: str) -> tuple[Read, ...]:
        """Who reads anything of the asset, also only its rows."""
        found: set[Read] = set()
        for reader in self._readers(asset):
            own = {read for reads in _reading_of(reader).columns.get(asset, {}).values() for read in reads}
            own |= _everything(reader, asset, None)
            found |= own or {Read(reader.key, "", How.ROWS)}
        return tuple(sorted(found))

    def columns_read(self, asset: str) -> tuple[str, ...]:
        """The columns that somebody names of an asset, whether or not it lists them."""
        return tuple(
            sorted({name for reader in self._readers(asset) for name in _reading_of(reader).columns.get(asset, ())})
        )

    def reads_of(self, asset: Asset) -> tuple[ColumnRef, ...]:
        """Every column that an asset reads, for values and for rows."""
        return tuple(
            sorted(ColumnRef(key, name) for key, names in _reading_of(asset).columns.items() for name in names)
        )

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
        return tuple(sorted(reader.key for reader in self._readers(asset) if asset in reader.positional))

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
            for reader in self._readers(ref.asset):
                found |= {(reader.key, literal) for one, literal in reader.compared if one == ref}
                waiting += [ColumnRef(reader.key, name) for name in _reading_of(reader).passed_on.get(ref, ())]
        return tuple(sorted(found))

    def row_digests(self, asset: Asset) -> tuple[tuple[RowPart, str], ...]:
        """The parts that shape an asset's rows, each with its digest."""
        self._work_out(asset.key)
        digests = self._digests.get(asset.key) or _Digests(asset, self._digests)
        return tuple((part, text_digest(part.kind, digests.part(part.derivation))) for part in asset.rows)

    def branch_digests(self, asset: Asset) -> tuple[str, ...]:
        """The digests of what goes together in the unions of an asset, in order."""
        self._work_out(asset.key)
        digests = self._digests.get(asset.key) or _Digests(asset, self._digests)
        return tuple(sorted(digests.part(one) for one in asset.branches))

    def column_digest(self, asset: str, column: str) -> str:
        """The digest of a column; of the asset's rows where the column is empty."""
        self._work_out(asset)
        digests = self._digests.get(asset)
        return text_digest("leaf", asset, column) if digests is None else digests.of(column)

    def asset_digests(self, asset: str) -> Mapping[str, str]:
        """The digests of all columns by folded name, and of the rows under the empty name."""
        self._work_out(asset)
        digests = self._digests.get(asset)
        if digests is None:
            return {}
        return {name: digest for name, digest in digests.all().items() if name != UNLISTED}

    def _readers(self, asset: str) -> Iterator[Asset]:
        by_key = self.contracts.by_key
        return (by_key[key] for key in self._dependants.get(asset, ()))

    @cached_property
    def _dependants(self) -> Mapping[str, set[str]]:
        index: dict[str, set[str]] = defaultdict(set)
        for asset in self.contracts.assets:
            for key in parents_of(asset):
                index[key].add(asset.key)
        return index

    def _work_out(self, asset: str) -> None:
        """Prepare the digests of an asset, and those of everything that it reads before it.

        Nobody's digests are made by calls within calls, however long the way down to the sources.
        """
        by_key = self.contracts.by_key
        needed: dict[str, frozenset[str]] = {}
        waiting = [asset]
        while waiting:
            key = waiting.pop()
            if key in by_key and key not in needed and key not in self._digests:
                needed[key] = parents_of(by_key[key])
                waiting += needed[key]
        for group in in_order_of_reading(needed):
            for key in sorted(group):
                if by_key[key].kind not in LEAVES:
                    self._digests[key] = _Digests(by_key[key], self._digests)
                    if key != asset:
                        self._digests[key].all()


class _Digests:
    """The digests of one asset, each made when it is asked for; those of what it reads are there already."""

    def __init__(self, asset: Asset, others: Mapping[str, _Digests]) -> None:
        self.asset = asset
        # In a cycle what comes later is not there yet, and must not be seen later either.
        self._others = {key: others.get(key) for key in parents_of(asset)}
        self._made: dict[str, str] = {}
        self._all: Mapping[str, str] | None = None

    def all(self) -> Mapping[str, str]:
        """All of them: columns by folded name, the rows under the empty name, and ``UNLISTED``."""
        if self._all is None:
            names = ("", *(column.key for column in self.asset.columns))
            self._all = {name: self.of(name) for name in names} | {UNLISTED: self._unlisted}
        return self._all

    def of(self, name: str) -> str:
        """The digest of a column, or of the rows."""
        known = self._made.get(name)
        if known is None:
            known = self._made[name] = self._rows() if not name else self._column(name)
        return known

    def part(self, derivation: Derivation) -> str:
        """The digest of something that is made of what the asset reads."""
        inputs = [self._input(ref) for ref in derivation.inputs]
        if derivation.template == IDENTITY and len(inputs) == 1:
            return inputs[0]
        return text_digest("made", derivation.template, *inputs)

    def _rows(self) -> str:
        parts = sorted({text_digest(part.kind, self.part(part.derivation)) for part in self.asset.rows})
        return text_digest("rows", *(parts or [self._unlisted]))

    def _column(self, name: str) -> str:
        column = self.asset.column(name)
        if column is None:
            return text_digest("unlisted", name, self._unlisted)
        made = column.derivation
        if made is None:
            return text_digest("hole", column.key, self._unlisted)
        if not made.inputs and not made.constant:
            # A count of rows: nothing but the rows tells it from the count of others.
            return text_digest("counted", made.template, self.of(""))
        return self.part(made)

    @cached_property
    def _unlisted(self) -> str:
        """What nobody can see into is the same only where its own inputs and everything that it reads are."""
        inputs: set[str] = set()
        for key in (*self.asset.reads, *self.asset.reads_all):
            other = self._others[key]
            inputs.update((key,) if other is None else other.all().values())
        return text_digest("unknown", self.asset.own_digest, *sorted(inputs))

    def _input(self, ref: ColumnRef) -> str:
        other = self._others.get(ref.asset)
        return text_digest("leaf", ref.asset, ref.column) if other is None else other.of(ref.column)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one asset reads: by asset and column who reads it in there; and which columns it makes of one alone."""

    columns: Mapping[str, Mapping[str, frozenset[Read]]]
    passed_on: Mapping[ColumnRef, tuple[str, ...]]


def _reading_of(asset: Asset) -> _Reading:
    """What an asset reads; worked out once for each asset."""
    known: _Reading | None = vars(asset).get("reading_of")
    if known is None:
        known = vars(asset)["reading_of"] = _worked_out(asset)
    return known


def _worked_out(asset: Asset) -> _Reading:
    columns: dict[str, dict[str, set[Read]]] = defaultdict(lambda: defaultdict(set))
    for ref, read in _reads(asset):
        if ref.column:
            columns[ref.asset][ref.column].add(read)
    passed_on: dict[ColumnRef, list[str]] = defaultdict(list)
    for column in asset.columns:
        made = column.derivation
        if made is not None and len(set(made.inputs)) == 1:
            passed_on[made.inputs[0]].append(column.key)
    return _Reading(
        columns={key: {name: frozenset(reads) for name, reads in names.items()} for key, names in columns.items()},
        passed_on={ref: tuple(names) for ref, names in passed_on.items()},
    )


def _everything(reader: Asset, asset: str, column: str | None) -> frozenset[Read]:
    """That a reader must be taken to read every column of an asset, this one among them; None: any."""
    if asset not in reader.reads_all:
        return frozenset()
    declared = reader.kind is AssetKind.EXPOSURE or reader.language != "sql"
    if column is not None and declared and reader.meta.columns is not None and column not in reader.meta.columns:
        return frozenset()
    return frozenset({Read(reader.key, "", How.DECLARED if declared else How.VALUE)})


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
