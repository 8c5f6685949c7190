"""Queries inside expressions: as a value, as a set of values, as a question whether there are any."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from placet.readers.dbt.sql.expressions import as_it_is, boolean
from placet.readers.dbt.sql.scope import Reader, Scope
from placet.readers.dbt.sql.tables import rows_of
from placet.readers.dbt.sql.values import Value, made


def _query(node: exp.Expr, scope: Scope) -> Value:
    """A subquery as a value: its first column, of the rows that it has."""
    table = scope.reading.query(node, scope, scope.ctes, None)
    scope.table.beside.append(table)
    rows = [part.value for part in rows_of(table)]
    values = [field.value for field in table.listed()]
    if table.opens:
        scope.read_all(table)
    result = made(f"query.{len(values)}.{len(rows)}", [*values, *rows], values[0].type if len(values) == 1 else None)
    result.constant = False
    return result


def _exists(node: exp.Expr, scope: Scope) -> Value:
    if not isinstance(node.this, exp.Query):
        return as_it_is(node, scope)
    table = scope.reading.query(node.this, scope, scope.ctes, None)
    scope.table.beside.append(table)
    rows = [part.value for part in rows_of(table)]
    return made(f"exists.{len(rows)}", rows, boolean(scope))


READERS: Mapping[type[exp.Expr], Reader] = {
    **dict.fromkeys((exp.Select, exp.Subquery, exp.Union, exp.Except, exp.Intersect), _query),
    exp.Exists: _exists,
}
