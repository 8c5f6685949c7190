"""Unions, intersections and differences of queries."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from placet.contracts.model import ColumnRef
from placet.readers.dbt.sql.tables import Field, Open, OpenUnion, Part, Reason, Table, rows_of
from placet.readers.dbt.sql.values import Value, hole_value, literal_value, made, made_in_any_order, union_of
from placet.vocabulary.words import RowPartKind


def combined(tables: Sequence[Table], operations: Sequence[exp.SetOperation], line: int) -> Table:
    """What set operations make of queries, from left to right; ``operations`` stand between the tables."""
    run = [tables[0]]
    kind = ""
    for operation, right in zip(operations, tables[1:], strict=True):
        own = _kind(operation)
        if kind and own != kind:
            run = [_closed(run, kind, line)]
        kind = own
        run.append(right)
    return _closed(run, kind, line)


def _kind(operation: exp.SetOperation) -> str:
    name = operation.key
    if not operation.args.get("distinct"):
        name += " all"
    return f"{name} by name" if operation.args.get("by_name") else name


def _closed(tables: list[Table], kind: str, line: int) -> Table:
    result = Table()
    result.below = list(tables)
    result.bases = frozenset().union(*(table.bases for table in tables))
    result.star_line = next((table.star_line for table in tables if table.star_line), 0)
    result.ordered_by = frozenset().union(*(table.ordered_by for table in tables))
    if kind.endswith("by name"):
        result.fields, result.opens = _by_name(tables)
        result.parts = [_part(tables, kind)]
        return result
    result.positional = result.ordered_by
    if result.ordered_by:
        result.named |= _placed_apart(tables)
    if kind.startswith("union"):
        result.fields, result.opens = _by_position(tables, result, line)
    else:
        result.fields, result.opens = list(tables[0].listed()), tables[0].opens
    result.parts = [_part(tables, kind)]
    if kind.startswith("union"):
        result.branches = _branches(tables)
    return result


def _branches(tables: Sequence[Table]) -> Value | None:
    """Which values go together with which rows, in whatever order; None where that is not known of all of them."""
    branches = []
    for table in tables:
        values = [field.value for field in table.listed()] + [part.value for part in rows_of(table)]
        branches.append(made("branch", values))
    whole = made_in_any_order("branches", branches)
    return None if whole.hole or any(table.opens for table in tables) else whole


def _part(tables: list[Table], kind: str) -> Part:
    # By name or by position: which columns come together is told of the columns, the rows are the same.
    head = f"{kind.removesuffix(' by name')}:{len(tables)}"
    words = f"{kind} of {len(tables)} queries"
    if kind.startswith("union"):
        return Part(RowPartKind.SET, Value(head), words)
    # Which rows are left out or kept is decided by all columns of both sides.
    values = [made("side", [field.value for field in table.listed()]) for table in tables]
    return Part(RowPartKind.SET, made(head, values), words)


def _placed_apart(tables: list[Table]) -> set[ColumnRef]:
    """The columns without which the queries no longer fit together, whether or not anything is made of them.

    A star passes them on unnamed; where every query would lose the same places, they go on fitting.
    """
    places: list[dict[ColumnRef, list[int]]] = []
    for table in tables:
        own: dict[ColumnRef, list[int]] = {}
        for place, field in enumerate(table.listed()):
            for ref in field.value.inputs:
                own.setdefault(ref, []).append(place)
        places.append(own)
    return {ref for own in places for ref in own if any(other.get(ref) != own[ref] for other in places)}


def _by_position(tables: list[Table], result: Table, line: int) -> tuple[list[Field], tuple[Open, ...]]:
    first = tables[0]
    widths = [len(table.listed()) for table in tables if not table.opens]
    if widths and min(widths) != max(widths):
        reason = f"the queries of a union give different numbers of columns ({min(widths)} and {max(widths)})"
        result.reasons.append(Reason(reason, line))
    fields: list[Field] = []
    for place, field in enumerate(first.listed()):
        values = [field.value]
        for table in tables[1:]:
            value = _matching(table, place, field, is_placed=not first.opens)
            if value is not None:
                values.append(value)
        fields.append(field._replace(value=union_of(values)))
    return fields, (OpenUnion(tables),) if first.opens else ()


def _matching(table: Table, place: int, field: Field, *, is_placed: bool) -> Value | None:
    """The column of another branch that goes with one of the first.

    By position; by name where positions are not known because a star gives columns that nobody lists.
    """
    listed = table.listed()
    if is_placed and not table.opens:
        if place < len(listed):
            return listed[place].value
        return hole_value(
            field.name, f"the queries of a union differ in their columns: {field.name} has no counterpart"
        )
    return table.find(field.key, field.name)


def _by_name(tables: list[Table]) -> tuple[list[Field], tuple[Open, ...]]:
    fields: dict[str, Field] = {}
    for table in tables:
        for field in table.listed():
            fields.setdefault(field.key, field)
    result = [
        field._replace(value=union_of([table.find(key, field.name) or literal_value("null") for table in tables]))
        for key, field in fields.items()
    ]
    return result, (OpenUnion(tables),) if any(table.opens for table in tables) else ()
