"""PIVOT and UNPIVOT: rows that become columns, and columns that become rows."""

from __future__ import annotations

from sqlglot import exp

from placet.readers.dbt.sql.expressions import value_of
from placet.readers.dbt.sql.parsing import line_of
from placet.readers.dbt.sql.scope import Scope, Source
from placet.readers.dbt.sql.tables import Field, OpenHole, OpenValue, Part, Table, Without
from placet.readers.dbt.sql.values import Value, literal_value, made, made_in_any_order, union_of
from placet.vocabulary.words import RowPartKind

_OPEN = "a pivot whose columns depend on the data"


def pivoted(table: Table, pivot: exp.Expr, scope: Scope, name: str) -> Table:
    """What a table gives after PIVOT or UNPIVOT."""
    inner = Scope(scope.reading, scope.parent, scope.ctes)
    inner.add(Source(name, name, table))
    result = _unpivoted(table, pivot, inner) if pivot.args.get("unpivot") else _pivoted(table, pivot, inner)
    result.below = [table]
    result.beside = inner.table.beside
    result.bases = table.bases
    result.named = inner.table.named
    result.compared = inner.table.compared
    result.reads_all = inner.table.reads_all
    result.reasons = inner.table.reasons
    alias = pivot.args.get("alias")
    columns = alias.args.get("columns") if isinstance(alias, exp.TableAlias) else None
    return result.renamed([(one.name, scope.reading.folded(one)) for one in columns]) if columns else result


def _pivoted(table: Table, pivot: exp.Expr, scope: Scope) -> Table:
    aggregates = pivot.args.get("using") or pivot.expressions
    by_statement = bool(pivot.args.get("using"))
    fields = pivot.args.get("fields") or []
    measures = [value_of(one.this if isinstance(one, exp.Alias) else one, scope) for one in aggregates]
    if by_statement:
        axes = [value_of(one, scope) for one in pivot.expressions]
    else:
        axes = [value_of(field.this, scope) for field in fields if isinstance(field, exp.In)]
    used = _used([*aggregates, *(pivot.expressions if by_statement else fields)], scope)
    grouped = _groups(pivot, scope)
    rest = grouped if grouped is not None else [field for field in table.listed() if field.key not in used]
    whole = made(f"pivot.{len(measures)}.{len(axes)}", [*measures, *axes])
    result = Table(list(rest))
    keys = _axis_values(fields, scope)
    names = pivot.args.get("columns") or []
    if keys and names and len(names) == len(keys) * len(measures):
        for place, one in enumerate(names):
            if hole := scope.reading.hole_in(one.name):
                result.opens += (OpenHole(hole.name, hole.reason),)
                continue
            measure = measures[place % len(measures)]
            value = made("pivoted", (measure, *axes, keys[place // len(measures)]), measure.type)
            value.said = aggregates[place % len(measures)]
            result.fields.append(Field(one.name, scope.reading.folded(one), value, line_of(pivot)))
    else:
        result.opens = (OpenValue(whole, _OPEN),)
    if grouped is None:
        result.opens += tuple(Without(opened, frozenset(used)) for opened in table.opens)
    keyed = made_in_any_order("pivot", [*axes, *(field.value for field in rest)])
    keyed.said = pivot
    result.parts = [Part(RowPartKind.GROUP, keyed)]
    return result


def _used(nodes: list[exp.Expr], scope: Scope) -> set[str]:
    """The names of the columns that the pivot takes up."""
    return {
        scope.reading.folded(column.this)
        for node in nodes
        for column in node.find_all(exp.Column)
        if isinstance(column.this, exp.Identifier)
    }


def _groups(pivot: exp.Expr, scope: Scope) -> list[Field] | None:
    group = pivot.args.get("group")
    if not isinstance(group, exp.Group):
        return None
    return [
        Field(one.alias_or_name, one.alias_or_name.lower(), value_of(one, scope), line_of(one))
        for one in group.expressions
    ]


def _axis_values(fields: list[exp.Expr], scope: Scope) -> list[Value]:
    """The literal keys of the pivot, in order; none where they are not written out."""
    if len(fields) != 1 or not isinstance(fields[0], exp.In):
        return []
    keys = fields[0].expressions
    return [value_of(key.this if isinstance(key, (exp.PivotAlias, exp.Alias)) else key, scope) for key in keys]


def _unpivoted(table: Table, pivot: exp.Expr, scope: Scope) -> Table:
    measures = [one for expression in pivot.expressions for one in _identifiers(expression)]
    result = Table()
    taken: list[Value] = []
    used: set[str] = set()
    labels: list[Field] = []
    values: list[Field] = []
    for field in pivot.args.get("fields") or ():
        if not isinstance(field, exp.In):
            continue
        groups = [_columns_of(one) for one in field.expressions]
        used |= {scope.reading.folded(one.this) for group in groups for one in group if isinstance(one, exp.Column)}
        rows = [[value_of(one, scope) for one in group] for group in groups]
        taken += [value for row in rows for value in row]
        for place, measure in enumerate(measures):
            column = [row[place] for row in rows if place < len(row)]
            if column:
                values.append(_made_field(measure, union_of(column), pivot, scope))
        names = [literal_value(f"s{one.alias_or_name}") for one in field.expressions]
        for one in _identifiers(field.this):
            label = union_of(names) if names else literal_value("null")
            label.constant = False
            labels.append(_made_field(one, label, pivot, scope))
    result.fields = [field for field in table.listed() if field.key not in used]
    result.fields += values + labels if pivot.args.get("value_columns_first") else labels + values
    result.opens = tuple(Without(opened, frozenset(used)) for opened in table.opens)
    whole = made_in_any_order("unpivot", taken)
    whole.said = pivot
    result.parts = [Part(RowPartKind.JOIN, whole)]
    return result


def _made_field(identifier: exp.Expr, value: Value, pivot: exp.Expr, scope: Scope) -> Field:
    return Field(identifier.name, scope.reading.folded(identifier), value, line_of(pivot))


def _identifiers(node: exp.Expr) -> list[exp.Expr]:
    if isinstance(node, exp.Tuple):
        return [one for inner in node.expressions for one in _identifiers(inner)]
    if isinstance(node, exp.Column):
        return [node.this]
    return [node] if isinstance(node, exp.Identifier) else []


def _columns_of(node: exp.Expr) -> list[exp.Expr]:
    inner = node.this if isinstance(node, (exp.PivotAlias, exp.Alias)) else node
    return list(inner.expressions) if isinstance(inner, exp.Tuple) else [inner]
