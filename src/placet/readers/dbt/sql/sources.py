"""FROM and JOIN: which relations a query reads, under which names, and how they are put together."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from placet.readers.dbt.parts import HOLE_TOKEN, RELATION_TOKEN
from placet.readers.dbt.sql import names
from placet.readers.dbt.sql.expressions import value_of
from placet.readers.dbt.sql.parsing import line_of
from placet.readers.dbt.sql.pivots import pivoted
from placet.readers.dbt.sql.scope import Cte, Ctes, Scope, Source
from placet.readers.dbt.sql.stars import star_fields
from placet.readers.dbt.sql.table_functions import function_table, values_table
from placet.readers.dbt.sql.tables import Part, Reason, RelationTable, Table, hole_table
from placet.readers.dbt.sql.values import Value, common_type, made, made_in_any_order
from placet.vocabulary.words import RowPartKind

_WRAPPERS = (exp.Final, exp.TableSample, exp.Paren)


def bind_sources(node: exp.Expr, scope: Scope) -> None:
    """Take up everything that a query reads from, left to right, and note what that does to its rows."""
    origin = node.args.get("from_")
    if isinstance(origin, exp.Expr):
        _bind(origin.this, scope)
    conditions: list[tuple[exp.Join, Value | None]] = []
    for lateral in node.args.get("laterals") or ():
        _bind(lateral, scope)
    for join in node.args.get("joins") or ():
        conditions += _joined(join, scope)
    for join, using in conditions:
        _note_join(join, using, scope)
    if scope.holed:
        scope.read_in_hole(scope.sources)


def _joined(join: exp.Join, scope: Scope) -> Iterator[tuple[exp.Join, Value | None]]:
    if str(join.args.get("kind") or "").upper() == "ARRAY":
        _array_join(join, scope)
        return
    before = len(scope.sources)
    _bind(join.this, scope)
    right = scope.sources[before:]
    side = str(join.args.get("side") or "").upper()
    if str(join.args.get("kind") or "").upper() in ("SEMI", "ANTI"):
        for source in right:
            source.starred = False
    using = [(scope.reading.folded(one), one.name, one) for one in join.args.get("using") or ()]
    if str(join.args.get("method") or "").upper() == "NATURAL":
        using = [(key, key, join) for key in _common(scope, before, right)]
    yield join, _merge(using, side, before, right, scope) if using else None


def _common(scope: Scope, before: int, right: list[Source]) -> list[str]:
    """The names that both sides of a natural join have, as far as they are listed."""
    left = {field.key for source in scope.sources[:before] for field in source.table.listed()}
    if any(source.table.opens for source in scope.sources):
        scope.table.reasons.append(Reason("a natural join with a relation whose columns nobody lists", 0))
    return [field.key for source in right for field in source.table.listed() if field.key in left]


def _merge(
    using: list[tuple[str, str, exp.Expr]], side: str, before: int, right: list[Source], scope: Scope
) -> Value | None:
    """Make one column of each pair that USING names; what comes back is the condition that it stands for."""
    equal: list[Value] = []
    merged: dict[str, Value] = {}
    for key, name, node in using:
        left_value = scope.merged.get(key)
        for source in scope.sources[:before]:
            value = source.table.find(key, name)
            if value is None or (left_value is not None and key not in source.hidden):
                continue
            left_value = left_value or source.see(key, value)
            source.hidden.add(key)
            if source.table.opens:
                source.seen.add(key)
        right_value: Value | None = None
        for source in right:
            value = source.table.find(key, name)
            if value is not None and right_value is None:
                right_value = source.see(key, value)
                source.hidden.add(key)
        if left_value is None:
            left_value = scope.missing(key, name, node, scope.sources[:before])
        if right_value is None:
            right_value = scope.missing(key, name, node, right)
        scope.table.named.update(left_value.inputs + right_value.inputs)
        equal.append(made_in_any_order("eq", (left_value, right_value)))
        merged[key] = _merged_value(left_value, right_value, side)
    scope.merged = {**merged, **{key: value for key, value in scope.merged.items() if key not in merged}}
    return equal[0] if len(equal) == 1 else made_in_any_order("and", equal)


def _note_join(join: exp.Join, using: Value | None, scope: Scope) -> None:
    side = str(join.args.get("side") or "").lower()
    kind = str(join.args.get("kind") or "").lower()
    method = str(join.args.get("method") or "").lower().replace("natural", "")
    condition = join.args.get("on")
    values = [using] if using is not None else []
    if isinstance(condition, exp.Expr):
        values.append(value_of(condition, scope))
    match = join.args.get("match_condition")
    if isinstance(match, exp.Expr):
        values.append(value_of(match, scope))
    if not side and kind in ("", "inner", "cross", "straight"):
        kind = "inner" if values else "cross"
    elif kind == "outer" and side:
        kind = ""
    words = " ".join(word for word in (method, side, kind, "join") if word)
    whole = made(words, values)
    whole.said = condition if isinstance(condition, exp.Expr) else None
    by_name = ", ".join(one.name for one in join.args.get("using") or ())
    said = f"{words} {join.this.alias_or_name}".strip() + (f" using ({by_name})" if by_name else "")
    scope.table.parts.append(Part(RowPartKind.JOIN, whole, said))


def _array_join(join: exp.Join, scope: Scope) -> None:
    """ClickHouse: each row once for every element of its arrays, which then stand under their own or a new name."""
    for one in (join.this, *join.expressions):
        target = one.this if isinstance(one, exp.Alias) else one
        if isinstance(target, exp.Table):
            target = exp.column(target.this.copy(), table=target.args.get("db"))
        value = made("array join", (value_of(target, scope),))
        scope.merged[scope.reading.folded(one.args["alias"]) if one.alias else one.name] = value
        scope.table.parts.append(Part(RowPartKind.JOIN, value, f"array join {one.alias_or_name}"))


def _bind(node: exp.Expr, scope: Scope) -> None:
    """Take up one item of FROM."""
    if isinstance(node, exp.Table):
        _bind_table(node, scope)
    elif isinstance(node, exp.Subquery):
        _bind_subquery(node, scope)
    elif isinstance(node, exp.Query):
        _take(scope, node, scope.reading.query(node, scope.parent, scope.ctes, None), "")
    elif isinstance(node, exp.Values):
        _take(scope, node, values_table(node, scope), "")
    elif isinstance(node, _WRAPPERS):
        _bind(node.this, scope)
        if isinstance(node, exp.TableSample):
            _sample(node, scope)
    elif isinstance(node, exp.Lateral) and isinstance(node.this, (exp.Subquery, exp.Query)):
        _take(scope, node, scope.reading.query(node.this, scope, scope.ctes, None), "")
    else:
        _bind_function(node, scope)
    _bind_attached(node, scope)


def _bind_attached(node: exp.Expr, scope: Scope) -> None:
    """Joins that are written within a table's own brackets."""
    if (isinstance(node, exp.Subquery) and (node.alias or isinstance(node.this, exp.Query))) or isinstance(
        node, (exp.Table, exp.Subquery)
    ):
        joins = node.args.get("joins") or ()
    else:
        return
    for lateral in node.args.get("laterals") or ():
        _bind(lateral, scope)
    for join in joins:
        for one, using in list(_joined(join, scope)):
            _note_join(one, using, scope)


def _bind_table(node: exp.Table, scope: Scope) -> None:
    if not isinstance(node.this, exp.Identifier):
        _bind_named_otherwise(node, scope)
        return
    parts = [node.args[part] for part in ("catalog", "db", "this") if isinstance(node.args.get(part), exp.Expr)]
    keys = [scope.reading.folded(part) for part in parts]
    hole = scope.reading.hole_in(parts[-1].name)
    cte = scope.ctes.named(keys[0]) if len(keys) == 1 and scope.ctes is not None else None
    if cte is not None:
        _take(scope, node, cte_table(cte, scope), keys[0])
    elif hole:
        _take(scope, node, hole_table(hole), keys[-1])
    elif relation := scope.reading.relation(keys[-1]):
        identifier = names.fold(relation.identifier, quoted=False, dialect=scope.reading.dialect)
        others = () if node.alias else (identifier, *_endings(keys))
        _take(scope, node, relation, "" if node.alias else keys[-1], *others, label=relation.identifier)
    elif source := scope.by_name.get(keys[0]) if len(keys) > 1 else None:
        _bind_path(node, keys, source, scope)
    else:
        # Where a relation lies may be a hole; it is called all the same.
        place = [names.with_holes_named(key, scope.reading.holes) for key in keys]
        _take(scope, node, scope.reading.literal_relation(place), keys[-1], *_endings(keys))
    if isinstance(sample := node.args.get("sample"), exp.Expr):
        _sample(sample, scope)
    for name in ("version", "when"):
        if isinstance(state := node.args.get(name), exp.Expr):
            value = made(name, (value_of(state, scope),))
            value.said = state
            scope.table.parts.append(Part(RowPartKind.FILTER, value))


def _endings(keys: list[str]) -> Iterator[str]:
    for start in range(len(keys) - 1):
        yield ".".join(keys[start:])


def _bind_path(node: exp.Table, keys: list[str], source: Source, scope: Scope) -> None:
    """``from orders o, o.items i``: the elements of an array of a relation on the left."""
    value = scope.qualified(source, keys[1], keys[1], node)
    _take(scope, node, function_table(made("unnest", (value,)), node, scope), keys[-1])


def _bind_named_otherwise(node: exp.Table, scope: Scope) -> None:
    this = node.this
    if isinstance(this, (exp.Func, exp.Dot, exp.Query)) or (isinstance(this, exp.Expr) and not this.name):
        _bind_function(node, scope)
        return
    name = this.name if isinstance(this, exp.Expr) else str(this)
    if hole := scope.reading.hole_in(name):
        _take(scope, node, hole_table(hole), name)
    else:
        _take(scope, node, scope.reading.literal_relation([name.lower()]), name.lower())


def _bind_function(node: exp.Expr, scope: Scope) -> None:
    """A function, an array or a lateral view that gives rows."""
    inner = node.this if isinstance(node, (exp.Table, exp.Lateral, exp.TableFromRows)) else node
    if isinstance(inner, exp.Anonymous) and (hole := scope.reading.hole_in(inner.name)):
        table = hole_table(hole)
        for argument in inner.expressions:
            value_of(argument, scope)
        _take(scope, node, table, "")
        return
    if isinstance(inner, exp.Unnest):
        value = made(f"unnest.{len(inner.expressions)}", [value_of(one, scope) for one in inner.expressions])
    else:
        value = value_of(inner, scope)
    if value.said is None:
        value.said = inner
    shaping = made("rows of", (value,))
    shaping.said = inner
    scope.table.parts.append(Part(RowPartKind.JOIN, shaping))
    _take(scope, node, function_table(value, node, scope), "")


def _bind_subquery(node: exp.Subquery, scope: Scope) -> None:
    this = node.this
    while isinstance(this, exp.Subquery) and not this.alias and isinstance(this.this, (exp.Table, exp.Subquery)):
        this = this.this
    if isinstance(this, exp.Table):
        if not node.alias and not node.args.get("pivots"):
            _bind(this, scope)
            return
        inner = Scope(scope.reading, scope.parent, scope.ctes)
        _bind(this, inner)
        fields, opens = star_fields(exp.Star(), inner)
        inner.table.fields, inner.table.opens = fields, opens
        _take(scope, node, inner.table, "")
        return
    if isinstance(this, exp.Values):
        table = values_table(this, scope)
    else:
        table = scope.reading.query(node, scope.parent, scope.ctes, None)
    _take(scope, node, table, "")


def _sample(node: exp.Expr, scope: Scope) -> None:
    value = made("sample", [value_of(one, scope) for one in node.iter_expressions() if not isinstance(one, exp.Table)])
    value.said = node
    scope.table.parts.append(Part(RowPartKind.FILTER, value))


def _take(scope: Scope, node: exp.Expr, table: Table, name: str, *others: str, label: str = "") -> None:
    """Add a table to the scope under its alias, else under its own name; pivoted, and with its columns renamed."""
    alias = node.args.get("alias")
    identifier = alias.this if isinstance(alias, exp.TableAlias) else None
    if not label:
        label = table.identifier if isinstance(table, RelationTable) else name
    if isinstance(identifier, exp.Identifier):
        hole = scope.reading.hole_in(identifier.name) if HOLE_TOKEN in identifier.name.lower() else None
        if hole is not None and not _is_said_after_as(identifier, scope):
            # No alias but something more of the query: a filter, a join.
            _clause_hole(hole.reason, hole.name, identifier, scope)
            others = (*others, *([name] if name else ()))
        else:
            name, others = scope.reading.folded(identifier), ()
    label = label or name
    if isinstance(alias, exp.TableAlias):
        table = _with_columns(table, alias, node, scope)
    for pivot in node.args.get("pivots") or ():
        table, name, others = pivoted(table, pivot, scope, name), *_pivot_names(pivot, name, others, scope)
    scope.table.below.append(table)
    if name.startswith(RELATION_TOKEN):
        others = (*others, name)
    scope.add(Source(name, label, table), *others)


def _with_columns(table: Table, alias: exp.TableAlias, node: exp.Expr, scope: Scope) -> Table:
    if isinstance(node, (exp.Unnest, exp.Lateral, exp.TableFromRows, exp.Values)):
        # These have taken the names up already, unless a query stands behind.
        if not (isinstance(node, exp.Lateral) and isinstance(node.this, (exp.Subquery, exp.Query))):
            return table
    elif isinstance(node, exp.Table) and isinstance(node.this, (exp.Func, exp.Dot)):
        return table
    columns = [one.this if isinstance(one, exp.ColumnDef) else one for one in alias.args.get("columns") or ()]
    return table.renamed([(one.name, scope.reading.folded(one)) for one in columns]) if columns else table


def _pivot_names(pivot: exp.Expr, name: str, others: tuple[str, ...], scope: Scope) -> tuple[str, tuple[str, ...]]:
    alias = pivot.args.get("alias")
    if isinstance(alias, exp.TableAlias) and isinstance(alias.this, exp.Identifier):
        return scope.reading.folded(alias.this), ()
    return name, others


def _is_said_after_as(identifier: exp.Identifier, scope: Scope) -> bool:
    start = identifier.meta.get("start")
    return not isinstance(start, int) or scope.reading.sql[:start].rstrip().lower().endswith(" as")


def _clause_hole(reason: str, name: str, node: exp.Expr, scope: Scope) -> None:
    value = Value(f"hole({name})", hole=reason)
    value.said = node
    scope.table.parts.append(Part(RowPartKind.FILTER, value))
    scope.table.reasons.append(Reason(reason, line_of(node)))
    scope.holed = True


def cte_table(cte: Cte, scope: Scope | None) -> Table:
    """What a CTE gives; what a recursive one is known to give so far, while it is being read."""
    if cte.table is not None:
        return cte.table
    if cte.busy and cte.provisional is not None:
        return cte.provisional
    reading_scope = scope if scope is not None else cte.parent
    if reading_scope is None:
        raise AssertionError("a CTE is read from within a query")
    cte.busy = True
    table = reading_scope.reading.query(cte.node.this, cte.parent, cte.ctes, cte)
    alias = cte.node.args.get("alias")
    columns = alias.args.get("columns") if isinstance(alias, exp.TableAlias) else None
    if columns:
        table = table.renamed([(one.name, reading_scope.reading.folded(one)) for one in columns])
    cte.busy = False
    cte.table = table
    return table


def ctes_of(node: exp.Expr, scope_ctes: Ctes | None, parent: Scope | None, scope: Scope) -> Ctes | None:
    """The CTEs that a query sees, its own first.

    Each is read in the order in which it stands, so that a long chain of them does not become a deep recursion; what
    nobody uses leaves no trace.
    """
    with_ = node.args.get("with_")
    if not isinstance(with_, exp.Expr):
        return scope_ctes
    recursive = bool(with_.args.get("recursive")) or scope.reading.dialect in names.ALWAYS_RECURSIVE
    ctes = Ctes(scope_ctes)
    ordered: list[Cte] = []
    for one in with_.expressions:
        key = scope.reading.folded(one.args["alias"].this)
        if one.args.get("scalar") or not isinstance(one.this, (exp.Query, exp.Table, exp.Values)):
            scope.ctes = ctes
            scope.values = {**scope.values, key: value_of(one.this, scope)}
            continue
        cte = Cte(one, ctes, parent, recursive=recursive)
        ctes.by_name.setdefault(key, cte)
        ordered.append(cte)
    for cte in ordered:
        cte_table(cte, scope)
    return ctes


def _merged_value(left: Value, right: Value, side: str) -> Value:
    """The one column that USING makes of two."""
    if side == "RIGHT":
        return right
    if side == "FULL":
        return made("coalesce(2)", (left, right), common_type((left, right)))
    return left
