"""Functions, arrays and literal rows in FROM: the columns that they give."""

from __future__ import annotations

from sqlglot import exp

from placet.readers.dbt.sql.expressions import value_of
from placet.readers.dbt.sql.parsing import line_of
from placet.readers.dbt.sql.scope import Scope
from placet.readers.dbt.sql.tables import Field, OpenValue, Table
from placet.readers.dbt.sql.types import type_of
from placet.readers.dbt.sql.values import Value, made, union_of, varying

# What a function gives that says it nowhere in the SQL.
_FLATTENED = ("seq", "key", "path", "index", "value", "this")
_SPLIT = ("seq", "index", "value")
_DEFAULT_COLUMNS: dict[type[exp.Expr], tuple[str, ...]] = {
    exp.Posexplode: ("pos", "col"),
    exp.PosexplodeOuter: ("pos", "col"),
    exp.ExplodeOuter: ("col",),
}
# Functions that give one column, called as the relation is.
_ONE_COLUMN = (exp.GenerateSeries, exp.ExplodingGenerateSeries, exp.Unnest)
_UNKNOWN = "a function whose columns nobody lists"


def function_table(value: Value, node: exp.Expr, scope: Scope) -> Table:
    """What a function in FROM gives, made from its arguments; columns that nobody lists come by name."""
    inner = node.this if isinstance(node, (exp.Table, exp.Lateral, exp.TableFromRows)) else node
    alias = node.args.get("alias")
    alias = alias if isinstance(alias, exp.TableAlias) else None
    value = varying(value)
    line = line_of(node)
    named = _named(alias, scope)
    if not named:
        named = [(name, name, type_) for name, type_ in _declared(inner, scope)]
    closed = bool(named)
    if not named and (defaults := _defaults(inner, scope)):
        named = [(name, name, None) for name in defaults]
    elif not named and alias is not None and isinstance(alias.this, exp.Identifier):
        named = [(alias.this.name, scope.reading.folded(alias.this), None)]
        closed = isinstance(inner, _ONE_COLUMN)
    fields = [_field(place, one, value, line) for place, one in enumerate(named)]
    fields += _counter(node, inner, value, scope)
    if scope.reading.dialect == "bigquery" and _may_hold_structs(inner):
        # The name stands for the whole element, whose fields need no prefix.
        closed = False
    return Table(fields, () if closed else (OpenValue(value, _UNKNOWN, weak=True),))


def _may_hold_structs(inner: exp.Expr) -> bool:
    arrays = inner.expressions if isinstance(inner, exp.Unnest) else []
    return any(isinstance(one, (exp.Column, exp.Dot, exp.Array)) and not _is_plain_array(one) for one in arrays)


def _is_plain_array(node: exp.Expr) -> bool:
    return isinstance(node, exp.Array) and not any(isinstance(one, (exp.Struct, exp.Query)) for one in node.expressions)


def values_table(node: exp.Values, scope: Scope) -> Table:
    """The rows that VALUES writes out."""
    rows = [row.expressions if isinstance(row, exp.Tuple) else [row] for row in node.expressions]
    alias = node.args.get("alias")
    named = _named(alias if isinstance(alias, exp.TableAlias) else None, scope)
    width = max((len(row) for row in rows), default=0)
    fields: list[Field] = []
    for place in range(width):
        values = [value_of(row[place], scope) for row in rows if place < len(row)]
        name, key, _ = named[place] if place < len(named) else (*(_values_name(place, scope),) * 2, None)
        fields.append(Field(name, key, union_of(values), line_of(node)))
    return Table(fields)


def _values_name(place: int, scope: Scope) -> str:
    return {"spark": f"col{place + 1}", "databricks": f"col{place + 1}", "duckdb": f"col{place}"}.get(
        scope.reading.dialect, f"column{place + 1}"
    )


def _named(alias: exp.TableAlias | None, scope: Scope) -> list[tuple[str, str, str | None]]:
    found: list[tuple[str, str, str | None]] = []
    for one in (alias.args.get("columns") or ()) if alias is not None else ():
        identifier = one.this if isinstance(one, exp.ColumnDef) else one
        kind = one.args.get("kind") if isinstance(one, exp.ColumnDef) else None
        type_ = type_of(kind, scope.reading.dialect) if isinstance(kind, exp.DataType) else None
        found.append((identifier.name, scope.reading.folded(identifier), type_))
    return found


def _field(place: int, named: tuple[str, str, str | None], value: Value, line: int) -> Field:
    name, key, type_ = named
    item = made(f"item{place}", (value,), type_)
    item.said = value.said
    return Field(name, key, item, line)


def _counter(node: exp.Expr, inner: exp.Expr, value: Value, scope: Scope) -> list[Field]:
    """The element's number (WITH OFFSET, WITH ORDINALITY)."""
    offset = inner.args.get("offset")
    if isinstance(offset, exp.Identifier):
        return [Field(offset.name, scope.reading.folded(offset), made("offset", (value,)), line_of(node))]
    name = "offset" if offset else ("ordinality" if node.args.get("ordinality") is True else "")
    return [Field(name, name, made("offset", (value,)), line_of(node))] if name else []


def _defaults(inner: exp.Expr, scope: Scope) -> tuple[str, ...]:
    if isinstance(inner, exp.Explode):
        if scope.reading.dialect == "snowflake":
            return _FLATTENED
        return ("col",)
    if isinstance(inner, exp.SplitToTable):
        return _SPLIT
    name = inner.name.lower() if isinstance(inner, exp.Anonymous) else inner.key
    if name in ("flatten", "json_each", "jsonb_each", "json_each_text", "jsonb_each_text"):
        return _FLATTENED if name == "flatten" else ("key", "value")
    if name in ("split_to_table", "strtok_split_to_table"):
        return _SPLIT
    if name == "openjson":
        return ("key", "value", "type")
    return next((columns for kind, columns in _DEFAULT_COLUMNS.items() if type(inner) is kind), ())


def _declared(inner: exp.Expr, scope: Scope) -> list[tuple[str, str | None]]:
    """The columns that a function says itself (``json_table(… columns (…))``, ``openjson(…) with (…)``)."""
    found: list[tuple[str, str | None]] = []
    kinds = (exp.JSONColumnDef, exp.OpenJSONColumnDef, exp.ColumnDef)
    if not isinstance(inner, (exp.JSONTable, exp.OpenJSON, exp.XMLTable)):
        return found
    for one in inner.find_all(*kinds):
        if isinstance(one.this, exp.Expr):
            kind = one.args.get("kind")
            known = type_of(kind, scope.reading.dialect) if isinstance(kind, exp.DataType) else None
            found.append((scope.reading.folded(one.this), known))
    return found
