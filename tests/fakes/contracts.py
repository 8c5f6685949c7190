"""Contract sets in a few words: `model("dim", {"email": "stg.user_email"}, rows=["stg.id"])`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from placet.contracts.model import (
    IDENTITY,
    Asset,
    Column,
    ColumnRef,
    ContractSet,
    Derivation,
    PlacetMeta,
    Project,
    RowPart,
)
from placet.vocabulary.canonical import text_digest
from placet.vocabulary.files import Location
from placet.vocabulary.words import AssetKind, RowPartKind

PROJECT = Project("", "shop", "", "nobody", Location("dbt_project.yml", 1))


def key(name: str) -> str:
    """The key of a model (`dim`), a source (`raw.users`, which holds a dot) or an exposure (`!dash`)."""
    if name.startswith("!"):
        return f":exposure.shop.{name[1:]}"
    return f":source.shop.{name}" if name.count(".") else f":model.shop.{name}"


def ref(text: str) -> ColumnRef:
    """`dim.email`, or `raw.users.email` of a source."""
    asset, _, column = text.rpartition(".")
    return ColumnRef(key(asset), column)


def model(
    name: str,
    columns: Mapping[str, str | None],
    *,
    rows: Sequence[str] = (),
    types: Mapping[str, str] | None = None,
    **facts: Any,
) -> Asset:
    """A model: each column with what it is made of (`stg.email`; `upper(stg.email)`; None: a literal)."""
    made = {column: _derivation(text) for column, text in columns.items()}
    reads = {one.asset for one in map(ref, rows)} | {one.asset for it in made.values() for one in it.inputs}
    parts = [RowPart(RowPartKind.FROM, Derivation("rows", (ColumnRef(asset),))) for asset in sorted(reads)]
    parts += [RowPart(RowPartKind.FILTER, Derivation("f", (ref(text),))) for text in rows]
    path = f"models/{name}.sql"
    asset = Asset(
        key=key(name),
        id=key(name)[1:],
        name=name,
        kind=AssetKind.MODEL,
        project="",
        location=Location(path, 1),
        files=(path,),
        own_digest=text_digest(name, repr(columns), repr(rows), repr(facts.pop("own", ""))),
        columns=tuple(
            Column(column, column, Location(path, 1), (types or {}).get(column), made=True, derivation=derivation)
            for column, derivation in made.items()
        ),
        rows=tuple(parts),
        reads=tuple(sorted(reads)),
    )
    return replace(asset, **facts)


def source(name: str, *columns: str, **facts: Any) -> Asset:
    """A source's table, `raw.users`, with the columns that YAML lists."""
    where = Location("models/sources.yml", 1)
    asset = Asset(
        key=key(name),
        id=key(name)[1:],
        name=name,
        kind=AssetKind.SOURCE,
        project="",
        location=where,
        files=(where.path,),
        own_digest=text_digest(name, *columns),
        columns=tuple(Column(column, column, where, promised=True) for column in columns),
    )
    return replace(asset, **facts)


def exposure(name: str, *reads: str, **facts: Any) -> Asset:
    """An exposure of models."""
    where = Location("models/exposures.yml", 1)
    keys = tuple(sorted(key(one) for one in reads))
    asset = Asset(
        key=key("!" + name),
        id=key("!" + name)[1:],
        name=name,
        kind=AssetKind.EXPOSURE,
        project="",
        location=where,
        files=(where.path,),
        own_digest=text_digest(name, *keys),
        reads=keys,
        reads_all=keys,
    )
    return replace(asset, **facts)


def contracts(*assets: Asset) -> ContractSet:
    """The set of them."""
    return ContractSet(tuple(sorted(assets, key=lambda one: one.key)), (PROJECT,))


def owned(team: str) -> PlacetMeta:
    """`meta.placet.owner`."""
    return PlacetMeta(owner=team)


def _derivation(text: str | None) -> Derivation:
    if text is None:
        return Derivation("null", (), "null", constant=True)
    if "(" in text:
        function, _, argument = text.rstrip(")").partition("(")
        return Derivation(function, (ref(argument),), text)
    return Derivation(IDENTITY, (ref(text),), text)
