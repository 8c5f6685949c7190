"""Functions: aggregates, windows, CASE and its kin, and those that sqlglot does not know."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from placet.readers.dbt.sql.expressions import value_of
from placet.readers.dbt.sql.result_types import called_type
from placet.readers.dbt.sql.scope import Reader, Scope
from placet.readers.dbt.sql.types import normal_type
from placet.readers.dbt.sql.values import Value, common_type, counted, hole_value, literal_value, made, varying


def _count(node: exp.Expr, scope: Scope) -> Value:
    scope.aggregates = True
    what = node.args.get("this")
    bigint = normal_type("bigint", scope.reading.dialect)
    if what is None or type(what) is exp.Star or (isinstance(what, exp.Literal) and not node.expressions):
        return varying(made("count", (), bigint))
    values = [value_of(one, scope) for one in (what, *node.expressions)]
    return varying(made(f"count.{len(values)}", values, bigint))


def _distinct(node: exp.Expr, scope: Scope) -> Value:
    values = [value_of(one, scope) for one in node.expressions]
    return made("distinct", values, values[0].type if values else None)


def _case(node: exp.Expr, scope: Scope) -> Value:
    subject = node.args.get("this")
    values = [value_of(subject, scope)] if isinstance(subject, exp.Expr) else []
    results: list[Value] = []
    subjects = list(values)
    for branch in node.args.get("ifs") or ():
        values.append(value_of(branch.this, scope))
        scope.compare((*subjects, values[-1]))
        results.append(value_of(branch.args["true"], scope))
        values.append(results[-1])
    return _cased("case.of" if subject else "case", values, results, node.args.get("default"), scope)


def _if(node: exp.Expr, scope: Scope) -> Value:
    condition, result = value_of(node.this, scope), value_of(node.args["true"], scope)
    return _cased("case", [condition, result], [result], node.args.get("false"), scope)


def _cased(head: str, values: list[Value], results: list[Value], last: object, scope: Scope) -> Value:
    otherwise = value_of(last, scope) if isinstance(last, exp.Expr) else literal_value("null")
    return made(head, [*values, otherwise], common_type([*results, otherwise]))


def _coalesce(node: exp.Expr, scope: Scope) -> Value:
    values = [value_of(one, scope) for one in (node.this, *node.expressions)]
    return made(f"coalesce({len(values)})", values, common_type(values))


def _window(node: exp.Expr, scope: Scope) -> Value:
    before = scope.aggregates
    function = value_of(node.this, scope)
    scope.aggregates = before
    values = [function]
    head = "window"
    seen: exp.Expr | None = node
    visited: set[str] = set()
    while seen is not None:
        partition = [value_of(one, scope) for one in seen.args.get("partition_by") or ()]
        if partition:
            head += f".by{len(partition)}"
            values += sorted(partition, key=lambda value: (value.text, value.order, value.inputs))
        for name in ("order", "spec"):
            if isinstance(part := seen.args.get(name), exp.Expr):
                head += f".{name}"
                values.append(value_of(part, scope))
        if seen.args.get("first") is not None and seen is node:
            head += f".first{seen.args['first']}"
        base = seen.args.get("alias") if seen is node else seen.args.get("alias") or seen.args.get("base")
        key = scope.reading.folded(base) if isinstance(base, exp.Identifier) else ""
        seen = scope.windows.get(key) if key and key not in visited else None
        visited.add(key)
    scope.aggregates = before
    return varying(made(head, values, function.type))


def _filtered(node: exp.Expr, scope: Scope) -> Value:
    inner = value_of(node.this, scope)
    condition = value_of(node.expression.this if isinstance(node.expression, exp.Where) else node.expression, scope)
    return made("filter", (inner, condition), inner.type)


def _ordered(node: exp.Expr, scope: Scope) -> Value:
    head = f"ordered.{'desc' if node.args.get('desc') else 'asc'}.{'first' if node.args.get('nulls_first') else 'last'}"
    return made(head, (value_of(node.this, scope),))


def _lambda(node: exp.Expr, scope: Scope) -> Value:
    parameters = {str(one.name).lower() for one in node.expressions}
    hidden = {key: scope.alias_values.get(key) for key in parameters}
    mode = scope.alias_mode
    for place, key in enumerate(sorted(parameters)):
        scope.alias_values[key] = Value(f"parameter{place}")
    scope.alias_mode = "first"
    try:
        return made(f"lambda.{len(parameters)}", (value_of(node.this, scope),))
    finally:
        scope.alias_mode = mode
        for key, value in hidden.items():
            if value is None:
                scope.alias_values.pop(key, None)
            else:
                scope.alias_values[key] = value


def _called(node: exp.Expr, scope: Scope) -> Value:
    """A function that sqlglot does not know: its name and its arguments; a hole where the function is one."""
    name = node.this if isinstance(node.this, str) else node.name
    values = [value_of(one, scope) for one in node.expressions]
    if isinstance(node, exp.AggFunc):
        scope.aggregates = True
    if hole := scope.reading.hole_in(name):
        return made("called", (hole_value(hole.name, hole.reason), *values))
    type_ = called_type(name, scope.reading.dialect)
    called = made(f"call.{counted(name.lower())}.{len(values)}", values, type_)
    return varying(called) if isinstance(node, exp.AggFunc) else called


def _comprehension(node: exp.Expr, scope: Scope) -> Value:
    """``[x + 1 for x in list if x > 1]``: the name stands for an element of the list."""
    name = scope.reading.folded(node.expression)
    mode, hidden = scope.alias_mode, scope.alias_values.get(name)
    iterator = value_of(node.args["iterator"], scope)
    scope.alias_mode, scope.alias_values[name] = "first", Value("parameter0")
    try:
        parts = [value_of(one, scope) for one in (node.this, node.args.get("condition")) if isinstance(one, exp.Expr)]
    finally:
        scope.alias_mode = mode
        del scope.alias_values[name]
        if hidden is not None:
            scope.alias_values[name] = hidden
    return made(f"comprehension.{len(parts)}", [iterator, *parts])


READERS: Mapping[type[exp.Expr], Reader] = {
    **dict.fromkeys((exp.Anonymous, exp.AnonymousAggFunc), _called),
    exp.Comprehension: _comprehension,
    exp.Count: _count,
    exp.Distinct: _distinct,
    exp.Case: _case,
    exp.If: _if,
    exp.Coalesce: _coalesce,
    exp.Window: _window,
    exp.Filter: _filtered,
    exp.Ordered: _ordered,
    exp.Lambda: _lambda,
}
