"""Queries: what a SELECT or a union of several gives, clause by clause."""

from __future__ import annotations

from sqlglot import exp

from placet.readers.dbt.sql.clauses import note_clauses, note_limit
from placet.readers.dbt.sql.matching import match_rows
from placet.readers.dbt.sql.parsing import line_of
from placet.readers.dbt.sql.pivots import pivoted
from placet.readers.dbt.sql.scope import Cte, Ctes, Reading, Scope
from placet.readers.dbt.sql.select_list import SelectReader
from placet.readers.dbt.sql.sources import bind_sources, ctes_of
from placet.readers.dbt.sql.tables import Field, OpenHole, Table, hole_table, open_table
from placet.readers.dbt.sql.unions import combined
from placet.readers.dbt.sql.values import made


class Queries:
    """Reads the queries of one statement, those within one another too."""

    __slots__ = ("reading",)

    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    def table(self, node: exp.Expr, parent: Scope | None, ctes: Ctes | None, cte: Cte | None = None) -> Table:
        """What a query gives. ``cte`` is the common table expression that it is the body of."""
        if isinstance(node, exp.Select):
            return self._select(node, parent, ctes)
        if isinstance(node, exp.SetOperation):
            return self._union(node, parent, ctes, cte)
        if isinstance(node, exp.Subquery):
            return self._nested(node, parent, ctes, cte)
        if isinstance(node, (exp.Table, exp.Values)):
            return self._select(exp.select("*").from_(node.copy()), parent, ctes)
        if isinstance(node, exp.Pivot) and isinstance(node.this, exp.Expr):
            table = self._select(exp.select("*").from_(node.this.copy()), parent, ctes)
            return pivoted(table, node, Scope(self.reading, parent, ctes), "")
        if isinstance(node, exp.Column) and (hole := self.reading.hole_in(node.name)):
            return hole_table(hole)
        reason = f"{node.key.upper()} is not understood as a query"
        return open_table(OpenHole(node.key, reason))

    def _select(self, node: exp.Select, parent: Scope | None, ctes: Ctes | None) -> Table:
        scope = Scope(self.reading, parent, ctes)
        scope.ctes = ctes_of(node, ctes, parent, scope)
        scope.windows = {self.reading.folded(one.this): one for one in node.args.get("windows") or ()}
        columns = SelectReader(node, scope)
        bind_sources(node, scope)
        if isinstance(match := node.args.get("match"), exp.Expr):
            scope = match_rows(match, scope)
            columns = SelectReader(node, scope)
        note_clauses(node, scope, columns.read())
        return scope.table

    def _nested(self, node: exp.Subquery, parent: Scope | None, ctes: Ctes | None, cte: Cte | None) -> Table:
        """A query in brackets, with clauses of its own around them."""
        scope = Scope(self.reading, parent, ctes)
        ctes = ctes_of(node, ctes, parent, scope)
        inner = self.table(node.this, parent, ctes, cte)
        if not any(node.args.get(name) for name in ("limit", "offset", "order")):
            return inner
        return self._limited(node, inner, parent, ctes)

    def _limited(self, node: exp.Expr, inner: Table, parent: Scope | None, ctes: Ctes | None) -> Table:
        """ORDER BY and LIMIT of a whole query see its output columns alone."""
        scope = Scope(self.reading, parent, ctes)
        scope.alias_values = {field.key: field.value for field in inner.listed()}
        scope.alias_mode = "first"
        scope.table.opens = inner.opens
        note_limit(node, scope, inner.listed(), quiet=True)
        table = scope.table
        table.fields, table.opens, table.bases = inner.listed(), inner.opens, inner.bases
        table.below = [inner]
        table.ordered_by = inner.ordered_by
        table.star_line = inner.star_line
        return table

    def _union(self, node: exp.SetOperation, parent: Scope | None, ctes: Ctes | None, cte: Cte | None) -> Table:
        scope = Scope(self.reading, parent, ctes)
        ctes = ctes_of(node, ctes, parent, scope)
        spine: list[exp.SetOperation] = []
        first: exp.Expr = node
        while isinstance(first, exp.SetOperation) and (first is node or first.args.get("with_") is None):
            spine.append(first)
            first = first.this
        tables = [self.table(first, parent, ctes, cte)]
        if cte is not None and cte.recursive and cte.provisional is None:
            cte.provisional = _provisional(tables[0], cte, self.reading)
        tables += [self.table(one.expression, parent, ctes) for one in reversed(spine)]
        table = combined(tables, spine[::-1], line_of(node))
        table.beside.append(scope.table)
        if any(node.args.get(name) for name in ("limit", "offset", "order")):
            return self._limited(node, table, parent, ctes)
        return table


def _provisional(anchor: Table, cte: Cte, reading: Reading) -> Table:
    """What a recursive CTE gives to itself: its first branch's columns, under its own names."""
    fields: list[Field] = [
        field._replace(value=made("again", (field.value,), field.value.type)) if field.value.constant else field
        for field in anchor.listed()
    ]
    table = Table(fields, anchor.opens)
    alias = cte.node.args.get("alias")
    columns = alias.args.get("columns") if isinstance(alias, exp.TableAlias) else None
    if columns:
        table = table.renamed([(one.name, reading.folded(one)) for one in columns])
        table.below = []
    return table
