"""Expressions: what a tree in the SQL means, as a value.

Every kind of node that has several spellings for one meaning is read by a function of its own (``operators``,
``calls``, ``columns`` …); all others are taken as they are: the kind, and what stands below it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from placet.readers.dbt.sql.scope import Scope
from placet.readers.dbt.sql.types import normal_type
from placet.readers.dbt.sql.values import Value, counted, made

# What sqlglot notes of a spelling, and what changes no meaning.
_SPELLING = frozenset(
    {"is_nvl", "is_null", "big_int", "quoted", "requires_json", "variant_extract", "only_json_types", "copy"}
)
_FIXED_TYPES: dict[type[exp.Expr], str] = {}
_BIGINT = (exp.Count, exp.CountIf, exp.ApproxDistinct, exp.RowNumber, exp.Rank, exp.DenseRank)
_AS_ARGUMENT = (
    exp.Max,
    exp.Min,
    exp.AnyValue,
    exp.First,
    exp.Last,
    exp.FirstValue,
    exp.LastValue,
    exp.NthValue,
    exp.Lag,
    exp.Lead,
    exp.Nullif,
    exp.Filter,
    exp.IgnoreNulls,
    exp.RespectNulls,
    exp.Neg,
    exp.Distinct,
)


def value_of(node: exp.Expr, scope: Scope) -> Value:
    """What an expression means in a scope."""
    reader = scope.reading.readers.get(type(node))
    return as_it_is(node, scope) if reader is None else reader(node, scope)


def boolean(scope: Scope) -> str:
    """The type of a condition."""
    return normal_type("boolean", scope.reading.dialect)


def as_it_is(node: exp.Expr, scope: Scope) -> Value:
    """The value of a node by its kind, its settings and what stands below it."""
    kind = type(node)
    shape = [node.key]
    values: list[Value] = []
    for name in sorted(node.args):
        argument = node.args[name]
        if argument is None or argument is False or argument == [] or name in _SPELLING:
            continue
        if isinstance(argument, exp.Expr):
            shape.append(name)
            values.append(value_of(argument, scope))
        elif isinstance(argument, list):
            shape.append(f"{name}*{len(argument)}")
            values.extend(_item(item, scope) for item in argument)
        else:
            shape.append(f"{name}:{_scalar(argument, scope)}")
    if isinstance(node, exp.AggFunc):
        scope.aggregates = True
    return made(".".join(shape), values, type_made(kind, node, values, scope))


def _item(item: object, scope: Scope) -> Value:
    return value_of(item, scope) if isinstance(item, exp.Expr) else Value(counted(str(item)))


def _scalar(argument: object, scope: Scope) -> str:
    text = str(argument)
    hole = scope.reading.hole_in(text)
    return f"hole {hole.name}" if hole else counted(text)


def type_made(kind: type[exp.Expr], node: exp.Expr, values: Sequence[Value], scope: Scope) -> str | None:
    """The type that a kind of node gives, where that can be told; ``values`` are those below it, by argument."""
    fixed = _fixed_type(kind)
    if not fixed:
        return None
    if fixed == "argument":
        first = node.args.get("this")
        return _argument_type(first, values) if isinstance(first, exp.Expr) else None
    return normal_type(fixed, scope.reading.dialect)


def _fixed_type(kind: type[exp.Expr]) -> str:
    """What type a kind of node always gives; ``argument`` for the type of its argument, nothing where it varies."""
    if kind not in _FIXED_TYPES:
        _FIXED_TYPES[kind] = _type_by_class(kind)
    return _FIXED_TYPES[kind]


def _type_by_class(kind: type[exp.Expr]) -> str:
    if issubclass(kind, (exp.Predicate, exp.Connector, exp.Not)):
        return "boolean"
    if issubclass(kind, _BIGINT):
        return "bigint"
    if issubclass(kind, exp.CurrentDate):
        return "date"
    return "argument" if issubclass(kind, _AS_ARGUMENT) else ""


def _argument_type(first: exp.Expr, values: Sequence[Value]) -> str | None:
    # Arguments stand in order of their names, and ``this`` comes after ``default``, ``expression`` and ``offset``.
    return values[-1].type if values and not isinstance(first, exp.Star) else None
