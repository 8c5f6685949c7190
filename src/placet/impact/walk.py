"""The walk: from a change outwards, through the readers of what changes (1-product, "The walk")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from placet.contracts.model import Asset
from placet.diff.changes import Change
from placet.impact.analysis import Reach
from placet.impact.concerns import Declared, concern_of
from placet.lineage.graph import Graph, Read
from placet.vocabulary.words import READERS_ONLY, AssetKind, How, ReaderState, ReadStatus


@dataclass(frozen=True, slots=True)
class Sides:
    """The readers before the merge and after it; several graphs after it, where a file was changed on both sides.

    ``declared`` by asset key.
    """

    before: Graph
    after: tuple[Graph, ...]
    declared: Mapping[str, tuple[Declared, ...]]

    def readers(self, asset: str, column: str) -> tuple[Read, ...]:
        """Who reads the column (empty: anything of the asset), before or after."""
        graphs = (self.before, *self.after)
        found = {
            read
            for graph in graphs
            for read in (graph.readers_of(asset, column) if column else graph.readers_of_any(asset))
        }
        return tuple(sorted(found))

    def is_read_after(self, asset: str, column: str, reader: str) -> bool:
        """Whether the reader still reads it when the pull request is merged."""
        return any(
            read.asset == reader
            for graph in self.after
            for read in (graph.readers_of(asset, column) if column else graph.readers_of_any(asset))
        )

    def asset(self, key: str) -> Asset | None:
        """The asset as it will be, or was."""
        return next((one for graph in (*self.after, self.before) if (one := graph.asset(key)) is not None), None)


def reaches_of(change: Change, sides: Sides) -> tuple[Reach, ...]:
    """Every reader that the change reaches, the nearest first; nobody twice for the same column."""
    walk = _Walk(change, sides)
    walk.run()
    return tuple(sorted(walk.found, key=lambda one: (len(one.via), one.via, one.team, one.how)))


@dataclass(frozen=True, slots=True)
class _Stop:
    """A column on the way (empty: the whole asset), and how the walk came there."""

    asset: str
    column: str
    via: tuple[str, ...]


class _Walk:
    """One walk; everything that it has found is in ``found``."""

    def __init__(self, change: Change, sides: Sides) -> None:
        self.found: list[Reach] = []
        self._change = change
        self._sides = sides
        self._concern = concern_of(change, sides.before, sides.after)
        self._seen: set[tuple[str, str]] = set()
        self._shown: set[str] = set()

    def run(self) -> None:
        column = self._concern.column(self._change)
        waiting = [_Stop(self._change.asset, column, (_label(self._change.asset, column),))]
        while waiting:
            stop = waiting.pop(0)
            if (stop.asset, stop.column) in self._seen:
                continue
            self._seen.add((stop.asset, stop.column))
            self._declared_uses(stop)
            waiting += self._readers(stop)
        self._drop_shown_that_are_asked()

    def _declared_uses(self, stop: _Stop) -> None:
        for use in self._sides.declared.get(stop.asset, ()):
            if self._is_limited(stop) and not self._concern.is_declared(use):
                continue
            if not use.columns or not stop.column or stop.column in use.columns:
                self.found.append(
                    Reach(
                        change=self._change.fingerprint,
                        asset=stop.asset,
                        column=stop.column,
                        how=How.DECLARED,
                        state=ReaderState.DECLARED,
                        via=stop.via,
                        team=use.team,
                        purpose=use.purpose,
                    )
                )

    def _readers(self, stop: _Stop) -> Iterator[_Stop]:
        reads = [read for read in self._sides.readers(stop.asset, stop.column) if read.asset != stop.asset]
        for reader in sorted({read.asset for read in reads}):
            if self._is_limited(stop) and not self._concern.is_reader(reader):
                continue
            state = self._state(stop, reader)
            own = [read for read in reads if read.asset == reader]
            if state is ReaderState.BROKEN:
                yield from self._through(stop, reader, own)
            else:
                via = self._add(stop, Read(reader, "", own[0].how), state)
                for column in self._lost(stop, reader, own) if state is ReaderState.ADAPTED else ():
                    yield _Stop(reader, column, (*via[:-1], _label(reader, column)))

    def _through(self, stop: _Stop, reader: str, reads: Sequence[Read]) -> Iterator[_Stop]:
        """A broken reader: on through the columns made from it, or down to what is shown where only rows are shaped."""
        columns = self._columns_made(stop, reader, reads)
        if any(read.how is How.VALUE and not read.column for read in reads) and self._may_have_more(reader):
            via = self._add(stop, Read(reader, "", How.VALUE), ReaderState.BROKEN)
            yield _Stop(reader, "", via)
            return
        for column in columns:
            read = Read(reader, column, How.VALUE)
            yield _Stop(reader, column, self._add(stop, read, ReaderState.BROKEN))
        if not columns:
            via = self._add(stop, Read(reader, "", reads[0].how), ReaderState.BROKEN)
            self._show_below(reader, via)

    def _columns_made(self, stop: _Stop, reader: str, reads: Sequence[Read]) -> list[str]:
        if any(read.how is How.VALUE and not read.column for read in reads):
            asset = self._sides.asset(reader)
            return sorted(column.key for column in asset.columns) if asset else []
        if not stop.column:
            # The asset as a whole is gone: everything made from any of its columns goes with it.
            asset = self._sides.before.asset(reader) or self._sides.asset(reader)
            return sorted(
                column.key
                for column in (asset.columns if asset else ())
                if any(ref.asset == stop.asset for ref in (column.derivation or column).inputs)
            )
        return sorted({read.column for read in reads if read.how is How.VALUE})

    def _lost(self, stop: _Stop, reader: str, reads: Sequence[Read]) -> list[str]:
        """The columns that an adapted reader no longer gives, where no change of its own will say so."""
        before, after = self._sides.before.asset(reader), self._sides.after[0].asset(reader)
        if before is None or before.kind not in READERS_ONLY:
            return []
        made = self._columns_made(stop, reader, reads)
        return [key for key in made if before.column(key) and (after is None or after.column(key) is None)]

    def _may_have_more(self, reader: str) -> bool:
        asset = self._sides.asset(reader)
        return asset is None or asset.open_ended or not asset.columns

    def _show_below(self, reader: str, via: tuple[str, ...]) -> None:
        for key in self._sides.before.below(reader):
            if key not in self._shown:
                self._shown.add(key)
                self.found.append(
                    Reach(
                        change=self._change.fingerprint,
                        asset=key,
                        column="",
                        how=How.ROWS,
                        state=ReaderState.BROKEN,
                        via=(*via, _label(key, "")),
                        asked=False,
                    )
                )

    def _add(self, stop: _Stop, read: Read, state: ReaderState) -> tuple[str, ...]:
        via = (*stop.via, _label(read.asset, read.column))
        if (read.asset, read.column, state) not in {
            (one.asset, one.column, one.state) for one in self.found if one.asked
        }:
            self.found.append(Reach(self._change.fingerprint, read.asset, read.column, read.how, state, via))
        return via

    def _state(self, stop: _Stop, reader: str) -> ReaderState:
        """What becomes of a reader (1-product: broken, adapted, same; a declaration can only be adapted)."""
        before, after = self._sides.before.asset(reader), self._sides.after[0].asset(reader)
        declares = after or before or self._sides.asset(reader)
        is_declaration = declares is not None and (declares.kind is AssetKind.EXPOSURE or declares.language != "sql")
        untouched = before is not None and after is not None and before.own_digest == after.own_digest
        reads_on = self._sides.is_read_after(stop.asset, stop.column, reader)
        if self._is_limited(stop):
            if self._concern.keeps_meaning(reader):
                return ReaderState.SAME
            differently = self._concern.is_read_after(stop.column, reader)
            reads_on = reads_on if differently is None else differently
        if is_declaration:
            return ReaderState.DECLARED if untouched or reads_on else ReaderState.ADAPTED
        if untouched or reads_on or (after is not None and after.status is not ReadStatus.RESOLVED):
            return ReaderState.BROKEN
        return ReaderState.SAME if self._is_same(reader) else ReaderState.ADAPTED

    def _is_limited(self, stop: _Stop) -> bool:
        return self._concern.is_limited_at(stop.asset)

    def _is_same(self, reader: str) -> bool:
        """Every output column and row-shaping part of the reader means what it meant."""
        was = self._sides.before.asset_digests(reader)
        return bool(was) and all(graph.asset_digests(reader) == was for graph in self._sides.after)

    def _drop_shown_that_are_asked(self) -> None:
        asked = {one.asset for one in self.found if one.asked}
        self.found = [one for one in self.found if one.asked or one.asset not in asked]


def _label(asset: str, column: str) -> str:
    name = asset.rpartition(":")[2]
    return f"{name}.{column}" if column else name
