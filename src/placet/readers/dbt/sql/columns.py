"""Columns in expressions: which relation a name belongs to, where a column ends and its fields begin."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from placet.readers.dbt.parts import Hole
from placet.readers.dbt.sql import names
from placet.readers.dbt.sql.expressions import value_of
from placet.readers.dbt.sql.scope import Reader, Scope, Source
from placet.readers.dbt.sql.values import Value, counted, hole_value, made, varying


def _column(node: exp.Expr, scope: Scope) -> Value:
    """What a column reference means: a column, a field of one, or all of a relation's."""
    args = node.args
    name_node = args["this"]
    if isinstance(name_node, exp.Star):
        return varying(made("star", star_values(node, scope)))
    if not isinstance(name_node, exp.Identifier):
        return _by_position(node, scope)
    name = str(name_node.args["this"])
    if scope.reading.holes and (hole := scope.reading.hole_in(name)):
        return _hole(hole, args.get("table"), scope, node)
    if args.get("table") is None:
        return scope.unqualified(scope.reading.folded(name_node), name, node)
    return _path(node, [args[part] for part in ("catalog", "db", "table", "this") if args.get(part)], scope)


def _dotted(node: exp.Expr, scope: Scope) -> Value:
    """What ``a.b`` means where it is no plain column: a field of a value, or a function of a schema or of a column."""
    right = node.expression
    if isinstance(right, exp.Identifier):
        parts = _names(node)
        if parts is not None:
            return _path(node, parts, scope)
        return made(f"field.{scope.reading.folded(right)}", (value_of(node.this, scope),))
    if isinstance(right, exp.Star):
        return made("star", (value_of(node.this, scope),))
    owner = _names(node.this)
    if owner is None:
        return made("dot", (value_of(node.this, scope), value_of(right, scope)))
    # A schema's function, unless a column has that name, whose method it then is.
    call = value_of(right, scope)
    key = scope.reading.folded(owner[-1])
    if len(owner) == 1 and scope.lists(key):
        return made("method", (scope.unqualified(key, owner[-1].name, node), call))
    return made(f"of.{'.'.join(scope.reading.folded(one) for one in owner)}", (call,), call.type)


def source_of(parts: list[exp.Expr], scope: Scope) -> tuple[Source | None, int]:
    """The relation that a dotted name begins with, by its longest beginning that names one, and that one's length."""
    if len(parts) == 1:
        source = scope.source_named(scope.reading.folded(parts[0]))
        return source, 1 if source else 0
    folded = [scope.reading.folded(part) for part in parts]
    for length in range(len(folded), 0, -1):
        if source := scope.source_named(".".join(folded[:length])):
            return source, length
    return None, 0


def star_values(node: exp.Expr, scope: Scope) -> list[Value]:
    """All columns of a relation, or of every one in the query, as a function takes them (``hash(*)``)."""
    parts = [node.args[part] for part in ("catalog", "db", "table") if node.args.get(part)]
    source, _ = source_of(parts, scope) if parts else (None, 0)
    star = node.this if isinstance(node.args.get("this"), exp.Star) else node
    left_out = {scope.reading.folded(one.this) for one in star.args.get("except_") or () if isinstance(one, exp.Column)}
    values: list[Value] = []
    for one in [source] if source else scope.sources:
        values += [one.see(field.key, field.value) for field in one.table.listed() if field.key not in left_out]
        scope.read_all(one.table)
    for value in values:
        scope.table.named.update(value.inputs)
    return values


def _hole(hole: Hole, owner: exp.Expr | None, scope: Scope, node: exp.Expr) -> Value:
    """A hole may read whatever is in sight, unless it stands behind a relation's name."""
    source = source_of([owner], scope)[0] if owner is not None else None
    scope.read_in_hole([source] if source else scope.sources)
    if hole.value and _is_compared(node):
        return Value(f"given.{counted(hole.name)}.{hole.given}")
    return hole_value(hole.name, hole.reason)


def _is_compared(node: exp.Expr) -> bool:
    """Whether a name is an operand in a condition, or a limit: whatever it is, it decides about rows and no column."""
    if isinstance(node.parent, (exp.Limit, exp.Offset, exp.Fetch)):
        return True
    operand = isinstance(node.parent, exp.Predicate) or (
        isinstance(node.parent, (exp.Binary, exp.Func)) and not isinstance(node.parent, exp.Connector)
    )
    place = node.find_ancestor(exp.Where, exp.Having, exp.Qualify, exp.Join, exp.Select)
    return operand and not isinstance(place, exp.Select)


def _path(node: exp.Expr, parts: list[exp.Expr], scope: Scope) -> Value:
    """A dotted name: a relation's column and then its fields, or a column and its fields."""
    source, length = source_of(parts[:-1], scope)
    if source is not None:
        name = parts[length]
        value = scope.qualified(source, scope.reading.folded(name), name.name, node)
        return _fields(value, parts[length + 1 :], scope)
    first = parts[0]
    key = scope.reading.folded(first)
    for part in parts:
        if hole := scope.reading.hole_in(part.name):
            return _hole(hole, None, scope, node)
    if scope.reading.dialect not in names.NO_DOTTED_FIELDS and scope.knows(key, first.name):
        return _fields(scope.unqualified(key, first.name, node), parts[1:], scope)
    if key in scope.values:
        return _fields(scope.values[key], parts[1:], scope)
    written = ".".join(part.name for part in parts[:-1])
    reason = f"column {parts[-1].name} is read from {written}, which this query does not name"
    return scope.failed(reason, parts[-1].name, node)


def _fields(value: Value, parts: list[exp.Expr], scope: Scope) -> Value:
    for part in parts:
        value = made(f"field.{scope.reading.folded(part)}", (value,))
    return value


def _names(node: exp.Expr) -> list[exp.Expr] | None:
    """The identifiers of a dotted name, from the left; None where it is something else."""
    found: list[exp.Expr] = []
    one = node
    while isinstance(one, exp.Dot):
        if not isinstance(one.expression, exp.Identifier):
            return None
        found.append(one.expression)
        one = one.this
    if isinstance(one, exp.Identifier):
        found.append(one)
    elif isinstance(one, exp.Column) and isinstance(one.this, exp.Identifier):
        found += [one.args[part] for part in ("this", "table", "db", "catalog") if one.args.get(part)]
    else:
        return None
    return found[::-1]


def _by_position(node: exp.Expr, scope: Scope) -> Value:
    """A column by its number (``$1``), as Snowflake has it for files; another parameter where it is no number."""
    number = node.name if isinstance(node, exp.Parameter) else node.this.name
    source = source_of([node.args["table"]], scope)[0] if node.args.get("table") else None
    source = source or (scope.sources[0] if len(scope.sources) == 1 else None)
    if source is None or not number.isdigit():
        return Value(f"parameter {counted(number.lower())}")
    fields = source.table.listed()
    if 0 < int(number) <= len(fields) and not source.table.opens:
        return source.see(fields[int(number) - 1].key, fields[int(number) - 1].value)
    return scope.qualified(source, f"${number}", f"${number}", node)


def _star(node: exp.Expr, scope: Scope) -> Value:
    return varying(made("star", star_values(node, scope)))


READERS: Mapping[type[exp.Expr], Reader] = {
    exp.Column: _column,
    exp.Dot: _dotted,
    exp.Parameter: _by_position,
    exp.Star: _star,
}
