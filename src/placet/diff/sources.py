"""The differences between two sides' sources: listings of what somebody else makes."""

from __future__ import annotations

from collections.abc import Iterator

from placet.contracts.model import Asset, Column
from placet.contracts.types import TypeStep, step_between
from placet.diff.difference import Difference
from placet.lineage.graph import Graph
from placet.vocabulary.words import ReadStatus, Side


def source_differences(old: Asset | None, new: Asset | None, before: Graph, after: Graph) -> Iterator[Difference]:
    """What becomes of a source's table; only what something still reads can break."""
    if old is None and new is not None:
        yield Difference("asset_added", "", None, {"columns": []}, f"source {new.name} listed", new.location, Side.HEAD)
    elif old is not None and new is None:
        in_use = any(_reads_on(read.asset, before, after) for read in before.readers_of_any(old.key))
        rule = "source_removed_in_use" if in_use else "source_removed"
        yield Difference(
            rule, "", {"columns": []}, None, f"source {old.name} no longer listed", old.location, Side.BASE
        )
    elif old is not None and new is not None:
        yield from _listings(old, new, before, after)
        if old.relation != new.relation:
            yield Difference(
                "source_moved",
                "relation",
                _place(old),
                _place(new),
                f"source {old.name} lies elsewhere"
                if old.relation.loader == new.relation.loader
                else f"source {old.name} is loaded otherwise",
                new.location,
                Side.HEAD,
            )


def _listings(old: Asset, new: Asset, before: Graph, after: Graph) -> Iterator[Difference]:
    had = {column.key: column for column in old.columns}
    has = {column.key: column for column in new.columns}
    for key, column in had.items():
        if key in has:
            yield from _retyped(column, has[key])
            continue
        # Where nobody lists the columns any more, readers take them from the table itself as before.
        in_use = bool(has) and any(_reads_on(read.asset, before, after) for read in before.readers_of(old.key, key))
        yield Difference(
            "source_removed_in_use" if in_use else "source_removed",
            f"columns.{key}",
            {"type": column.type},
            None,
            f"column {column.name} no longer listed",
            column.location,
            Side.BASE,
            column=key,
        )
    for key, column in has.items():
        if key not in had:
            yield Difference(
                "source_listed",
                f"columns.{key}",
                None,
                {"type": column.type},
                f"column {column.name} listed",
                column.location,
                Side.HEAD,
                column=key,
            )


def _reads_on(reader: str, before: Graph, after: Graph) -> bool:
    """Whether a reader of the base still reads it: nobody touched it, or it cannot be worked out any more."""
    was, now = before.asset(reader), after.asset(reader)
    if was is None or now is None:
        return False
    return was.own_digest == now.own_digest or now.status is not ReadStatus.RESOLVED


def _retyped(old: Column, new: Column) -> Iterator[Difference]:
    if old.type == new.type or (old.type and new.type and step_between(old.type, new.type) is TypeStep.SAME):
        return
    yield Difference(
        "source_listed",
        f"columns.{old.key}",
        {"type": old.type},
        {"type": new.type},
        f"column {new.name}: {old.type or 'no type'} becomes {new.type or 'no type'}",
        new.location,
        Side.HEAD,
        column=old.key,
    )


def _place(asset: Asset) -> dict[str, str]:
    relation = asset.relation
    return {
        "database": relation.database,
        "schema": relation.schema,
        "identifier": relation.identifier,
        "loader": relation.loader,
    }
