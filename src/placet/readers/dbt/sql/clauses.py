"""The clauses of a SELECT that decide which rows come out: filters, grouping, DISTINCT, and LIMIT with its order."""

from __future__ import annotations

from sqlglot import exp

from placet.readers.dbt.sql import names
from placet.readers.dbt.sql.expressions import value_of
from placet.readers.dbt.sql.operators import always_true, conjuncts
from placet.readers.dbt.sql.scope import Scope
from placet.readers.dbt.sql.select_list import SelectList
from placet.readers.dbt.sql.tables import Field, Part
from placet.readers.dbt.sql.values import Value, counted, made, made_in_any_order
from placet.vocabulary.words import RowPartKind

_CONDITIONS = ("prewhere", "where", "having", "qualify")
# Clauses that lay out or hint; their names must still exist.
_LAYOUT = ("sort", "distribute", "cluster")


def note_clauses(node: exp.Select, scope: Scope, items: SelectList) -> None:
    """Note what the clauses after FROM do to the rows of a query whose select list is read."""
    args = node.args
    scope.alias_mode = "first" if scope.reading.dialect in names.ALIASES_FIRST else "after"
    if scope.reading.dialect and not names.has_lateral_aliases(scope.reading.dialect):
        scope.alias_mode = ""
    for name in _CONDITIONS:
        if name == "having" and scope.reading.dialect in ("bigquery", "mysql", "trino"):
            scope.alias_mode = "after"
        clause = args.get(name)
        if isinstance(clause, exp.Expr):
            _note_conditions(clause.this, scope)
    connect = args.get("connect")
    if isinstance(connect, exp.Expr):
        _note(RowPartKind.FILTER, value_of(connect, scope), connect, scope)
    scope.alias_mode = "first" if scope.reading.dialect in ("bigquery", *names.ALIASES_FIRST) else "after"
    _note_group(args.get("group"), scope, items)
    for name in _LAYOUT:
        if isinstance(clause := args.get(name), exp.Expr):
            value_of(clause, scope)
    scope.alias_mode = "first"
    _note_distinct(args.get("distinct"), node, scope)
    note_limit(node, scope, scope.table.fields, by_position=items.by_position)


def note_limit(
    node: exp.Expr, scope: Scope, fields: list[Field], *, by_position: list[Value] | None = None, quiet: bool = False
) -> None:
    """Note LIMIT, with the order that decides which rows it keeps; an order alone keeps all rows.

    ``quiet`` is for the order of a union, whose names are looked up elsewhere: none that is not found is noted.
    """
    noted = len(scope.table.reasons)
    positions = [field.value for field in fields] if by_position is None else by_position
    order = node.args.get("order")
    keys = [_order_key(one, scope, positions) for one in order.expressions] if isinstance(order, exp.Expr) else []
    if quiet:
        del scope.table.reasons[noted:]
    limits = [one for name in ("limit", "offset") if isinstance(one := node.args.get(name), exp.Expr)]
    if not limits:
        return
    values = [value_of(one, scope) for one in limits]
    whole = made(f"limit.{'.'.join(one.key for one in limits)}", [*values, *keys])
    _note(RowPartKind.ORDER, whole, limits[0], scope)


def _order_key(node: exp.Expr, scope: Scope, positions: list[Value]) -> Value:
    inner = node.this if isinstance(node, exp.Ordered) else node
    value = _by_position(inner, positions)
    if value is None:
        return value_of(node, scope)
    descending = isinstance(node, exp.Ordered) and bool(node.args.get("desc"))
    first = isinstance(node, exp.Ordered) and bool(node.args.get("nulls_first"))
    return made(f"ordered.{'desc' if descending else 'asc'}.{'first' if first else 'last'}", (value,))


def _by_position(node: exp.Expr, positions: list[Value]) -> Value | None:
    if isinstance(node, exp.Literal) and not node.args.get("is_string") and str(node.this).isdigit():
        place = int(str(node.this))
        return positions[place - 1] if 0 < place <= len(positions) else Value(f"column {place}")
    return None


def _note_conditions(condition: exp.Expr, scope: Scope) -> None:
    for one in conjuncts(condition):
        value = value_of(one, scope)
        if not always_true(value):
            _note(RowPartKind.FILTER, value, one, scope)


def _note(kind: RowPartKind, value: Value, node: exp.Expr, scope: Scope) -> None:
    if value.said is None or not isinstance(node, exp.Column):
        # A condition is shown as it is written, also where it is one column of a CTE.
        shown = Value(value.text, value.inputs, constant=value.constant, hole=value.hole)
        shown.said = node
        value = shown
    scope.table.parts.append(Part(kind, value))


def _note_group(group: object, scope: Scope, items: SelectList) -> None:
    if not isinstance(group, exp.Group):
        if scope.aggregates:
            scope.table.parts.append(Part(RowPartKind.GROUP, Value("group"), "one row for all"))
        return
    head = "group"
    values: list[Value] = []
    if group.args.get("all"):
        values += items.keys
    for one in group.expressions:
        value = _by_position(one, items.by_position)
        values.append(value_of(one, scope) if value is None else value)
    for name in ("grouping_sets", "cube", "rollup"):
        for one in group.args.get(name) or ():
            head += f".{name}"
            values.append(value_of(one, scope) if isinstance(one, exp.Expr) else Value(counted(str(one))))
    if group.args.get("totals"):
        head += ".totals"
    distinct = {value.meaning: value for value in values if not value.constant}
    _note(RowPartKind.GROUP, made_in_any_order(head, distinct.values()), group, scope)


def _note_distinct(distinct: object, node: exp.Select, scope: Scope) -> None:
    if not isinstance(distinct, exp.Distinct):
        return
    on = distinct.args.get("on")
    if not isinstance(on, exp.Expr):
        values = {field.value.meaning: field.value for field in scope.table.fields if not field.value.constant}
        whole = made_in_any_order("distinct", values.values())
        scope.table.parts.append(Part(RowPartKind.DISTINCT, whole, "distinct"))
        return
    keys = [value_of(one, scope) for one in (on.expressions if isinstance(on, exp.Tuple) else [on])]
    order = node.args.get("order")
    positions = [field.value for field in scope.table.fields]
    ordered = [_order_key(one, scope, positions) for one in order.expressions] if isinstance(order, exp.Expr) else []
    whole = made(f"distinct on.{len(keys)}", [*sorted(keys, key=lambda one: one.meaning), *ordered])
    _note(RowPartKind.DISTINCT, whole, distinct, scope)
