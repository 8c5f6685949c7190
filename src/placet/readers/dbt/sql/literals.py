"""Literals, types and casts, and the words in SQL that are neither columns nor functions."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from placet.readers.dbt.parts import RELATION_TOKEN
from placet.readers.dbt.sql import names
from placet.readers.dbt.sql.expressions import as_it_is, boolean, value_of
from placet.readers.dbt.sql.result_types import literal_type
from placet.readers.dbt.sql.scope import Reader, Scope
from placet.readers.dbt.sql.types import type_of
from placet.readers.dbt.sql.values import Value, counted, hole_value, literal_value, made


def _literal(node: exp.Expr, scope: Scope) -> Value:
    text = str(node.this)
    is_string = bool(node.args.get("is_string"))
    type_ = literal_type(text, scope.reading.dialect, is_string=is_string)
    if hole := scope.reading.hole_in(text):
        if not is_string:
            return hole_value(hole.name, hole.reason)
        # Between quotes nothing else can stand than a text, and which one it is decides about no column.
        given = ".".join(one.given for one in names.holes_in(text, scope.reading.holes))
        return Value(f"s{counted(names.with_holes_named(text, scope.reading.holes))}.{given}", type_=type_)
    return literal_value(f"{'s' if is_string else 'n'}{counted(text)}", type_, written=text)


def _null(_node: exp.Expr, _scope: Scope) -> Value:
    return literal_value("null")


def _truth(node: exp.Expr, scope: Scope) -> Value:
    word = "true" if node.this else "false"
    return literal_value(word, boolean(scope), written=word)


def _cast(node: exp.Expr, scope: Scope) -> Value:
    inner = value_of(node.this, scope)
    to = node.args.get("to")
    if not isinstance(to, exp.DataType):
        return as_it_is(node, scope)
    hole = scope.reading.hole_in(to.sql()) if scope.reading.holes else None
    type_ = None if hole else type_of(to, scope.reading.dialect)
    head = f"{node.key}.{f'hole {hole.name}' if hole else type_}"
    values = [inner]
    for name in ("format", "default", "action"):
        argument = node.args.get(name)
        if isinstance(argument, exp.Expr):
            head += f".{name}"
            values.append(value_of(argument, scope))
    result = made(head, values, type_)
    result.constant = inner.constant
    return result


def _identifier(node: exp.Expr, scope: Scope) -> Value:
    name = str(node.this)
    if hole := scope.reading.hole_in(name):
        return hole_value(hole.name, hole.reason)
    return Value(f"i{counted(scope.reading.folded(node))}")


def _variable(node: exp.Expr, scope: Scope) -> Value:
    name = str(node.this)
    if hole := scope.reading.hole_in(name):
        return hole_value(hole.name, hole.reason)
    return Value(f"v{counted(name.lower())}")


def _data_type(node: exp.Expr, scope: Scope) -> Value:
    return Value(f"type {type_of(node, scope.reading.dialect)}" if isinstance(node, exp.DataType) else node.sql())


def _alias(node: exp.Expr, scope: Scope) -> Value:
    """A name inside an expression is a field's, and so part of what it means."""
    inner = value_of(node.this, scope)
    identifier = node.args.get("alias")
    key = scope.reading.folded(identifier) if isinstance(identifier, exp.Identifier) else str(identifier)
    return made(f"named.{counted(key)}", (inner,), inner.type)


def _table_word(node: exp.Expr, scope: Scope) -> Value:
    """A relation named inside an expression: its token must not show."""
    name = node.name
    if name.lower().startswith(RELATION_TOKEN) and (table := scope.reading.relation(name)):
        scope.table.beside.append(table)
        scope.read_all(table)
        return table.parts[0].value
    return Value(f"relation {counted(name.lower())}")


def _convert(node: exp.Expr, scope: Scope) -> Value:
    result = as_it_is(node, scope)
    if isinstance(node.this, exp.DataType):
        result.type = type_of(node.this, scope.reading.dialect)
    return result


READERS: Mapping[type[exp.Expr], Reader] = {
    **dict.fromkeys((exp.Cast, exp.TryCast), _cast),
    exp.Convert: _convert,
    exp.Literal: _literal,
    exp.Null: _null,
    exp.Boolean: _truth,
    exp.Identifier: _identifier,
    exp.Var: _variable,
    exp.DataType: _data_type,
    exp.Alias: _alias,
    exp.Table: _table_word,
}
