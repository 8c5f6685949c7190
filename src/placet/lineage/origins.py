"""Where a column comes from: the way up, from an asset to the sources."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from placet.contracts.model import Asset, ColumnRef
from placet.lineage.graph import Graph
from placet.vocabulary.words import How


@dataclass(frozen=True, slots=True)
class Origin:
    """A column that another one comes from, and how; ``via`` leads to it from what was asked about, both among it.

    A column alone may be empty: then the asset's rows as such are meant. ``text`` is the expression that is made of it.
    """

    ref: ColumnRef
    how: How
    via: tuple[ColumnRef, ...]
    text: str = ""


def origins_of(graph: Graph, asset: str, column: str) -> tuple[Origin, ...]:
    """Everything that a column is made from (an asset with all of its columns, where it is empty), the nearest first.

    What shapes the rows of an asset on the way is named where the way comes to that asset, and followed no further.
    """
    start = ColumnRef(asset, column)
    found: list[Origin] = []
    met = {start}
    shaped: set[str] = set()
    waiting: list[tuple[ColumnRef, tuple[ColumnRef, ...]]] = [(start, (start,))]
    while waiting:
        ref, via = waiting.pop(0)
        here = graph.asset(ref.asset)
        if here is None:
            continue
        for made, text in _values(here, ref.column):
            found.append(Origin(made, How.VALUE, (*via, made), text))
            if made not in met:
                met.add(made)
                waiting.append((made, (*via, made)))
        if here.key not in shaped:
            shaped.add(here.key)
            found += [Origin(one, How.ROWS, (*via, one), text) for one, text in _rows(here)]
    return tuple(found)


def _values(asset: Asset, name: str) -> Iterator[tuple[ColumnRef, str]]:
    columns = asset.columns if not name else [one for one in (asset.column(name),) if one is not None]
    met: set[ColumnRef] = set()
    for column in columns:
        made = column.derivation
        for ref in column.inputs if made is None else made.inputs:
            if ref.column and ref not in met:
                met.add(ref)
                yield ref, "" if made is None else made.text


def _rows(asset: Asset) -> Iterator[tuple[ColumnRef, str]]:
    met: set[ColumnRef] = set()
    for part in asset.rows:
        for ref in part.derivation.inputs:
            if ref.column and ref not in met:
                met.add(ref)
                yield ref, part.derivation.text
