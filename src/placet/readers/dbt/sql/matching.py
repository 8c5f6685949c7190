"""MATCH_RECOGNIZE: patterns over rows, which give columns of their own."""

from __future__ import annotations

import re

from sqlglot import exp

from placet.readers.dbt.sql.expressions import value_of
from placet.readers.dbt.sql.parsing import line_of
from placet.readers.dbt.sql.scope import Scope, Source
from placet.readers.dbt.sql.tables import Field, Open, Part
from placet.readers.dbt.sql.values import made
from placet.vocabulary.words import RowPartKind


def match_rows(match: exp.Expr, scope: Scope) -> Scope:
    """The scope of a query whose FROM goes through MATCH_RECOGNIZE: it sees the pattern's columns alone."""
    for name in re.findall(r"\w+", str(match.args.get("pattern") or "")):
        # The pattern's variables stand for rows of the one relation that is read.
        if scope.sources:
            scope.by_name.setdefault(scope.reading.folded(exp.to_identifier(name)), scope.sources[0])
    fields: list[Field] = []
    opens: tuple[Open, ...] = ()
    if "ALL ROWS" in str(match.args.get("rows") or "").upper():
        fields = [field for source in scope.sources for field in source.table.listed()]
        opens = tuple(opened for source in scope.sources for opened in source.table.opens)
    else:
        fields = [
            Field(one.name, one.name.lower(), value_of(one, scope), line_of(one))
            for one in match.args.get("partition_by") or ()
        ]
    for measure in match.args.get("measures") or ():
        alias = measure.this
        value = value_of(alias.this if isinstance(alias, exp.Alias) else alias, scope)
        fields.append(Field(alias.alias_or_name, alias.alias_or_name.lower(), value, line_of(alias)))
    whole = made("match", [value_of(one, scope) for one in match.iter_expressions() if one.arg_key != "measures"])
    whole.said = match
    inner = scope.table
    inner.parts.append(Part(RowPartKind.FILTER, whole))
    inner.fields, inner.opens = fields, opens
    outer = Scope(scope.reading, scope.parent, scope.ctes)
    outer.windows = scope.windows
    outer.table.below.append(inner)
    outer.add(Source("", "", inner))
    return outer
