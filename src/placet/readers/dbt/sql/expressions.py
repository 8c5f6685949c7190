"""Expressions: what a tree in the SQL means, as a value.

Every kind of node that has several spellings for one meaning is read by a function of its own (``operators``,
``calls``, ``columns`` …); all others are taken as they are: the kind, and what stands below it.
"""

from __future__ import annotations

from sqlglot import exp

from placet.readers.dbt.sql.result_types import Types, result_type
from placet.readers.dbt.sql.scope import Scope
from placet.readers.dbt.sql.types import normal_type
from placet.readers.dbt.sql.values import Value, counted, hole_value, made, varying

# What sqlglot notes of a spelling, and what changes no meaning.
_SPELLING = frozenset(
    {"is_nvl", "is_null", "big_int", "quoted", "requires_json", "variant_extract", "only_json_types", "copy"}
)
# What compares without a sign of comparison.
_COMPARING = (exp.Nullif, exp.Like, exp.ILike, exp.DecodeCase)


def value_of(node: exp.Expr, scope: Scope) -> Value:
    """What an expression means in a scope."""
    reader = scope.reading.readers.get(type(node))
    return as_it_is(node, scope) if reader is None else reader(node, scope)


def boolean(scope: Scope) -> str:
    """The type of a condition."""
    return normal_type("boolean", scope.reading.dialect)


def as_it_is(node: exp.Expr, scope: Scope) -> Value:
    """The value of a node by its kind, its settings and what stands below it."""
    shape = [node.key]
    values: list[Value] = []
    types: dict[str, list[str | None]] = {}
    for name in sorted(node.args):
        argument = node.args[name]
        if argument is None or argument is False or argument == [] or name in _SPELLING:
            continue
        if isinstance(argument, exp.Expr):
            shape.append(name)
            values.append(value_of(argument, scope))
            types[name] = [values[-1].type]
        elif isinstance(argument, list):
            shape.append(f"{name}*{len(argument)}")
            items = [_item(item, scope) for item in argument]
            values += items
            types[name] = [item.type for item in items]
        else:
            text = str(argument)
            if scope.reading.holes and (hole := scope.reading.hole_in(text)):
                values.append(hole_value(hole.name, hole.reason))
                text = hole.name
            shape.append(f"{name}:{counted(text)}")
    if isinstance(node, _COMPARING):
        scope.compare(values)
    if isinstance(node, exp.AggFunc):
        scope.aggregates = True
        return varying(made(".".join(shape), values, type_made(node, types, scope)))
    return made(".".join(shape), values, type_made(node, types, scope))


def _item(item: object, scope: Scope) -> Value:
    return value_of(item, scope) if isinstance(item, exp.Expr) else Value(counted(str(item)))


def type_made(node: exp.Expr, types: Types, scope: Scope) -> str | None:
    """The type that a node gives, where that can be told; ``types`` are those of its arguments."""
    if isinstance(node, (exp.Predicate, exp.Connector, exp.Not)):
        return boolean(scope)
    return result_type(node, types, scope.reading.dialect)
