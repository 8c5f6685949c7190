"""The differences between two sides' relations: where an asset lies in the warehouse, and how it is built."""

from __future__ import annotations

from collections.abc import Iterator

from placet.contracts.model import Asset, Relation
from placet.diff.difference import Difference
from placet.diff.readership import Readership
from placet.vocabulary.words import Side

_EPHEMERAL = "ephemeral"


def relation_differences(old: Asset, new: Asset, readership: Readership) -> Iterator[Difference]:
    """What becomes of the relation; an ephemeral model has none that could move."""
    was, now = old.relation, new.relation
    is_outside = readership.is_read_outside(old.key)
    if _place(was) != _place(now) and _EPHEMERAL not in (was.materialized, now.materialized):
        yield Difference(
            "relation_moved",
            "relation",
            _place(was),
            _place(now),
            f"the relation {_told(was)} becomes {_told(now)}",
            new.location,
            Side.HEAD,
            raised=is_outside,
        )
    elif was.named_by != now.named_by and is_outside and _EPHEMERAL not in (was.materialized, now.materialized):
        # Everything that the macro names may move; where dbt alone refers to it, there is nothing to say about that.
        parts = ", ".join(sorted({part for part, _ in {*was.named_by} ^ {*now.named_by}}))
        yield Difference(
            "relation_moved",
            "relation",
            {"named_by": dict(was.named_by)},
            {"named_by": dict(now.named_by)},
            f"the relation {_told(now)} may lie elsewhere: what names its {parts} is another macro",
            new.location,
            Side.HEAD,
            raised=True,
        )
    if was.materialized != now.materialized:
        yield Difference(
            "materialization_changed",
            "relation.materialized",
            {"materialized": was.materialized},
            {"materialized": now.materialized},
            f"materialized as {now.materialized}, no longer as {was.materialized}",
            new.location,
            Side.HEAD,
            raised=now.materialized == _EPHEMERAL and is_outside,
        )
    yield from _settings(new, dict(was.settings), dict(now.settings))


def _settings(new: Asset, had: dict[str, str], has: dict[str, str]) -> Iterator[Difference]:
    for name in sorted(had.keys() | has.keys()):
        before, after = had.get(name), has.get(name)
        if before != after:
            yield Difference(
                "build_setting_changed",
                f"relation.{name}",
                {name: before},
                {name: after},
                f"{name}: {before or 'not set'} becomes {after or 'not set'}",
                new.location,
                Side.HEAD,
            )


def _place(relation: Relation) -> dict[str, str]:
    return {"database": relation.database, "schema": relation.schema, "identifier": relation.identifier}


def _told(relation: Relation) -> str:
    return ".".join(part for part in (relation.database, relation.schema, relation.identifier) if part)
