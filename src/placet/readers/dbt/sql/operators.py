"""Operators and conditions, in one form for all spellings of a meaning."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from placet.readers.dbt.sql import names
from placet.readers.dbt.sql.expressions import boolean, type_made, value_of
from placet.readers.dbt.sql.scope import Reader, Scope
from placet.readers.dbt.sql.values import Value, made, made_in_any_order

_ANY_ORDER = (exp.And, exp.Or, exp.Xor, exp.Add, exp.Mul, exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor)
_SWAPPED: dict[type[exp.Expr], str] = {exp.GT: "lt", exp.GTE: "lte"}


def conjuncts(node: exp.Expr) -> list[exp.Expr]:
    """The conditions that must all hold for one to hold."""
    return _operands(node, (exp.And,)) if isinstance(_bare(node), exp.And) else [node]


def always_true(value: Value) -> bool:
    """Whether a condition holds whatever the data: ``true``, ``1 = 1``."""
    return value.text in ("true", "eq(n1:1,n1:1)") and not value.inputs


def _operands(node: exp.Expr, kinds: tuple[type[exp.Expr], ...], *, both: bool = True) -> list[exp.Expr]:
    """The operands of a chain of one operator, without recursion: such chains are long where macros write them."""
    found: list[exp.Expr] = []
    waiting = [node]
    while waiting:
        one = waiting.pop()
        inner = _bare(one) if both else one
        if type(inner) in kinds:
            if both:
                waiting.append(inner.args["expression"])
            else:
                found.append(inner.args["expression"])
            waiting.append(inner.args["this"])
        else:
            found.append(one)
    return found if both else [found[-1], *reversed(found[:-1])]


def _bare(node: exp.Expr) -> exp.Expr:
    while type(node) is exp.Paren:
        node = node.this
    return node


def _paren(node: exp.Expr, scope: Scope) -> Value:
    return value_of(node.this, scope)


def _any_order(node: exp.Expr, scope: Scope) -> Value:
    kind = type(node)
    if kind is exp.Add and scope.reading.dialect in names.PLUS_CONCATENATES:
        return _in_order(node, scope)
    values = [value_of(one, scope) for one in _operands(node, (kind,))]
    return made_in_any_order(node.key, values, type_made(node, {}, scope))


def _in_order(node: exp.Expr, scope: Scope) -> Value:
    operands = _operands(node, (type(node),), both=False)
    scalars = "".join(f".{name}" for name, value in sorted(node.args.items()) if value is True)
    values = [value_of(one, scope) for one in operands]
    return made(f"{node.key}{scalars}", values, type_made(node, {"expressions": [one.type for one in values]}, scope))


def _pair(node: exp.Expr, scope: Scope) -> Value:
    values = (value_of(node.args["this"], scope), value_of(node.args["expression"], scope))
    scope.compare(values)
    return made_in_any_order(node.key, values, boolean(scope))


def _comparison(node: exp.Expr, scope: Scope) -> Value:
    left, right = value_of(node.args["this"], scope), value_of(node.args["expression"], scope)
    swapped = _SWAPPED.get(type(node))
    values = (right, left) if swapped else (left, right)
    return made(swapped or node.key, values, boolean(scope))


def _not(node: exp.Expr, scope: Scope) -> Value:
    inner = _bare(node.this)
    if isinstance(inner, exp.EQ):
        values = (value_of(inner.this, scope), value_of(inner.expression, scope))
        scope.compare(values)
        return made_in_any_order("neq", values, boolean(scope))
    return made("not", (value_of(inner, scope),), boolean(scope))


def _is(node: exp.Expr, scope: Scope) -> Value:
    values = (value_of(node.this, scope), value_of(node.expression, scope))
    result = made("is", values, boolean(scope))
    return made("not", (result,), result.type) if node.args.get("negate") else result


def _in(node: exp.Expr, scope: Scope) -> Value:
    this = value_of(node.this, scope)
    rest = [value_of(one, scope) for one in node.expressions]
    scope.compare((this, *rest))
    rest.sort(key=lambda value: (value.text, value.order, value.inputs))
    others = (node.args.get(name) for name in ("query", "unnest", "field"))
    rest += [value_of(one, scope) for one in others if isinstance(one, exp.Expr)]
    return made(f"in{len(rest)}", (this, *rest), boolean(scope))


def _negative(node: exp.Expr, scope: Scope) -> Value:
    inner = value_of(node.this, scope)
    result = made("neg", (inner,), inner.type)
    result.constant = inner.constant
    return result


READERS: Mapping[type[exp.Expr], Reader] = {
    **dict.fromkeys(_ANY_ORDER, _any_order),
    **dict.fromkeys((exp.Sub, exp.Div, exp.Mod, exp.IntDiv, exp.DPipe), _in_order),
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.NullSafeNEQ), _pair),
    **dict.fromkeys((exp.GT, exp.GTE, exp.LT, exp.LTE), _comparison),
    exp.Paren: _paren,
    exp.Not: _not,
    exp.Is: _is,
    exp.In: _in,
    exp.Neg: _negative,
}
