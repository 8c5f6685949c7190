"""The columns of the semantic layer that are made from a model's columns by SQL in YAML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from placet.contracts.model import IDENTITY, Column, ColumnRef, Derivation
from placet.readers.dbt.columns import Spelling
from placet.readers.dbt.parts import RELATION_TOKEN, KnownRelation, RefCall, Rendered
from placet.readers.dbt.resolving import resolved
from placet.readers.dbt.shapes import has_template
from placet.vocabulary.files import Location

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TOKEN = f"{RELATION_TOKEN}0"
_OUTPUT = "placet_c"


@dataclass(frozen=True, slots=True)
class Expression:
    """SQL over the columns of one model, and what is made of it: ``wrapped`` names how it is aggregated, if it is."""

    name: str
    sql: str
    location: Location
    wrapped: str = ""
    text: str = ""


def column_over(model: KnownRelation, expression: Expression, dialect: str) -> Column:
    """The column that an expression over a model makes.

    A hole where the expression does not parse (it then reads all columns of the model), or names what the model has
    not.
    """
    spelling = Spelling(dialect)
    made = _made(model, expression, spelling)
    if made.derivation is not None and expression.wrapped:
        template = f"{expression.wrapped}:{made.derivation.template}"
        # What is added up is data still, also where every row gives the same.
        made = replace(made, derivation=made.derivation._replace(template=template, constant=False), type=None)
    if made.derivation is not None and expression.text:
        made = replace(made, derivation=made.derivation._replace(text=expression.text))
    return made


def fields_of(model: KnownRelation, names: tuple[str, ...], spelling: Spelling) -> tuple[ColumnRef, ...]:
    """The columns of a model that are named as they are."""
    return tuple(ColumnRef(model.key, _key(model, name, spelling)) for name in dict.fromkeys(names))


def joined_columns(columns: list[Column]) -> Iterator[Column]:
    """The columns, those of one name as one that is made of all of them: a semantic model may give a name twice."""
    by_key: dict[str, Column] = {}
    for column in columns:
        first = by_key.get(column.key)
        by_key[column.key] = column if first is None else _both(first, column)
    yield from by_key.values()


def _made(model: KnownRelation, expression: Expression, spelling: Spelling) -> Column:
    column = Column(name=expression.name, key=spelling.fold(expression.name), location=expression.location, made=True)
    types = {one.key: one.type for one in model.columns}
    if _NAME.fullmatch(expression.sql):
        key = _key(model, expression.sql, spelling)
        if key in types:
            derivation = Derivation(IDENTITY, (ColumnRef(model.key, key),), text=expression.sql)
            return replace(column, type=types[key], derivation=derivation)
    everything = tuple(ColumnRef(model.key, one.key) for one in model.columns)
    if has_template(expression.sql):
        return replace(column, hole=f"{expression.name}: a template that is not known", inputs=everything)
    query = Rendered(
        sql=f"select {expression.sql}\nas {_OUTPUT} from {_TOKEN}",  # noqa: S608 - never run
        relations={_TOKEN: RefCall(model.identifier)},
        holes={},
        calls=(),
        config={},
        macros=(),
        variables=(),
    )
    found = resolved(query, _open(model), spelling.dialect)
    if found.resolution is None or len(found.resolution.columns) != 1:
        reason = found.reason or "more than one value"
        return replace(column, hole=f"{expression.name}: {reason}", inputs=everything)
    output = found.resolution.columns[0]
    inputs = output.inputs if output.derivation is None else output.derivation.inputs
    absent = [ref.column for ref in inputs if ref.asset == model.key and ref.column and ref.column not in types]
    if absent and not model.open_ended:
        hole = f"{expression.name}: {model.identifier} has no column {absent[0]}"
        return replace(column, hole=hole, inputs=inputs)
    if output.derivation is None:
        return replace(column, hole=f"{expression.name}: {output.hole}", inputs=inputs or everything)
    return replace(column, type=output.type, derivation=output.derivation)


def _open(model: KnownRelation) -> Mapping[str, KnownRelation]:
    """The model, where what its list lacks can still be named: what is missing is told, and not an error of the SQL."""
    return {_TOKEN: replace(model, open_ended=True)}


def _key(model: KnownRelation, name: str, spelling: Spelling) -> str:
    """The folded name of the model's column that a name means, whatever its case."""
    key = spelling.fold(name)
    keys = {one.key for one in model.columns}
    if key in keys:
        return key
    return next((one for one in sorted(keys) if one.lower() == name.lower()), key)


def _both(first: Column, other: Column) -> Column:
    if first.derivation is None or other.derivation is None:
        inputs = tuple(sorted({*(first.derivation or first).inputs, *(other.derivation or other).inputs}))
        return replace(first, derivation=None, hole=first.hole or other.hole, inputs=inputs)
    one, two = first.derivation, other.derivation
    both = Derivation(f"either:{one.template}:{len(one.inputs)}:{two.template}", one.inputs + two.inputs, one.text)
    return replace(first, derivation=both, type=first.type if first.type == other.type else None)
