"""Expressions of templates, evaluated node by node: what a template computes is only ever a value of ours.

Jinja would compile a template to Python; walking its tree instead means that there is no Python to break out into, that
each step can be counted, and that a value which is not known can be followed through.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jinja2 import nodes

from placet.readers.dbt.jinja import arithmetic, attributes
from placet.readers.dbt.jinja.checks import CHECKS
from placet.readers.dbt.jinja.filters import FILTERS, ON_NOTHING
from placet.readers.dbt.jinja.model import Unrenderable
from placet.readers.dbt.jinja.scope import Scope
from placet.readers.dbt.jinja.text import items_of, joined, text_of
from placet.readers.dbt.jinja.things import ABSENT, Thing, Value
from placet.readers.dbt.jinja.unknown import Missing, Undecided, Unknown

if TYPE_CHECKING:
    from placet.readers.dbt.jinja.run import Run

# What Python raises where a template asks for something that has no answer.
NO_ANSWER = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError)
_BINARY = (nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow)


class Expressions:
    """Evaluates expressions for one run."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._expressions: dict[type[nodes.Node], Callable[[Any, Scope], Value]] = {
            nodes.Name: self._name,
            nodes.Const: self._constant,
            nodes.TemplateData: self._data,
            nodes.Tuple: self._tuple,
            nodes.List: self._list,
            nodes.Dict: self._dict,
            nodes.CondExpr: self._condition,
            nodes.Filter: self._filter,
            nodes.Test: self._test,
            nodes.Call: self._call,
            nodes.Getattr: self._getattr,
            nodes.Getitem: self._getitem,
            nodes.Slice: self._slice,
            nodes.Concat: self._concat,
            nodes.Compare: self._compare,
            nodes.And: self._and,
            nodes.Or: self._or,
            nodes.Not: self._not,
            nodes.Neg: self._negative,
            nodes.Pos: self._positive,
            **dict.fromkeys(_BINARY, self._binary),
        }

    def evaluate(self, node: nodes.Node, scope: Scope) -> Value:
        """The value of an expression; a hole where it cannot be computed. Raises Unrenderable past a limit."""
        expression = self._expressions.get(type(node))
        if expression is None:
            raise Unrenderable(f"{type(node).__name__} is not understood", self.run.line)
        try:
            return expression(node, scope)
        except Undecided as undecided:
            return undecided.unknown
        except NO_ANSWER as error:
            return self._no_answer(node, error)

    def text(self, value: Value) -> str:
        """A value as the text that printing it gives."""
        return text_of(self.run, value)

    def attribute(self, value: Value, name: str) -> Value:
        """What ``value.name`` is: an attribute, else an item, else Missing."""
        if isinstance(value, Unknown):
            return value
        if isinstance(value, Missing):
            return Missing(f"{value.name}.{name}", quiet=value.quiet)
        found = value.attribute(self.run, name) if isinstance(value, Thing) else self._plain(value, name)
        return Missing(name, quiet=True) if found is ABSENT else found

    def item(self, value: Value, key: Value) -> Value:
        """What ``value[key]`` is: an item, else an attribute, else Missing."""
        if isinstance(value, Unknown):
            return value
        if isinstance(key, Unknown):
            return key
        if isinstance(value, Missing):
            return Missing(f"{value.name}.{key}", quiet=value.quiet)
        if isinstance(value, Thing):
            found = value.item(self.run, key)
        else:
            self.run.budget.weigh(key)
            found = attributes.item(value, key)
            if isinstance(key, slice):
                self.run.budget.made(found)
            if found is ABSENT and isinstance(key, str):
                found = attributes.attribute(self.run, value, key)
        return Missing(str(key)[:100], quiet=True) if found is ABSENT else found

    def call_value(self, function: Value, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Value:
        """What calling a value gives; a hole that remembers its arguments where nobody knows."""
        run = self.run
        run.budget.step()
        if isinstance(function, Thing):
            return function.call(run, args, kwargs)
        given = [*args, *kwargs.values()]
        if isinstance(function, Unknown):
            hole = function.hole
            return run.unknown(hole.name, hole.reason, [function, *given]) if given else function
        if isinstance(function, Missing):
            return run.unknown(function.name, function.reason, given)
        raise TypeError(f"{type(function).__name__} cannot be called")

    def arguments(
        self, node: nodes.Call | nodes.Filter | nodes.Test, scope: Scope
    ) -> tuple[list[Value], dict[str, Value]]:
        """The arguments of a call, evaluated."""
        args = [self.evaluate(arg, scope) for arg in node.args]
        kwargs = {str(pair.key): self.evaluate(pair.value, scope) for pair in node.kwargs}
        if node.dyn_args is not None:
            more = items_of(self.run, self.evaluate(node.dyn_args, scope))
            self.run.budget.will_make_items(len(more))
            args += more
        if node.dyn_kwargs is not None:
            named = self.evaluate(node.dyn_kwargs, scope)
            kwargs.update({str(key): self.item(named, key) for key in items_of(self.run, named)})
        return args, kwargs

    def filtered(self, name: str, value: Value, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Value:
        """What a filter makes of a value."""
        run = self.run
        run.budget.step()
        function = FILTERS.get(name)
        run.budget.weigh(value)
        if function is None:
            return run.unknown(name, f"there is no filter called {name}", [value, *args])
        if isinstance(value, Unknown) and name not in ON_NOTHING:
            return value
        if isinstance(value, Missing) and name not in ON_NOTHING:
            value = run.printable(value)
            if isinstance(value, Unknown):
                return value
        result = function(run, value, *args, **kwargs)
        run.budget.made(result)
        return result

    def checked(self, name: str, value: Value, args: Sequence[Value]) -> bool:
        """What a test (``is …``) says of a value. Raises Undecided where nobody can tell."""
        self.run.budget.weigh(value)
        function = CHECKS.get(name)
        if function is None:
            raise Undecided(self.run.unknown(name, f"there is no test called {name}", [value, *args]))
        return function(self.run, value, *args)

    def lookup(self, name: str, scope: Scope) -> Value:
        """The value of a name, wherever it comes from; Missing where there is none."""
        found = scope.find(name)
        if found is ABSENT:
            found = self.run.library.name(self.run, name)
        if found is not ABSENT:
            return found
        assigned = scope.parsed is not None and name in scope.parsed.assigned
        return Missing(name, quiet=assigned)

    def _plain(self, value: Value, name: str) -> Value:
        found = attributes.attribute(self.run, value, name)
        return attributes.item(value, name) if found is ABSENT else found

    def _no_answer(self, node: nodes.Node, error: Exception) -> Unknown:
        what = type(node).__name__.lower()
        return self.run.unknown(what, f"this {what} cannot be computed: {error}"[:300])

    # One method for each sort of expression.

    def _name(self, node: nodes.Name, scope: Scope) -> Value:
        return self.lookup(node.name, scope)

    def _constant(self, node: nodes.Const, _scope: Scope) -> Value:
        return node.value

    def _data(self, node: nodes.TemplateData, _scope: Scope) -> Value:
        return node.data

    def _tuple(self, node: nodes.Tuple, scope: Scope) -> Value:
        return tuple(self.evaluate(one, scope) for one in node.items)

    def _list(self, node: nodes.List, scope: Scope) -> Value:
        return [self.evaluate(one, scope) for one in node.items]

    def _dict(self, node: nodes.Dict, scope: Scope) -> Value:
        result = {}
        for pair in node.items:
            key = self.evaluate(pair.key, scope)
            self.run.budget.weigh(key)
            result[key] = self.evaluate(pair.value, scope)
        return result

    def _condition(self, node: nodes.CondExpr, scope: Scope) -> Value:
        if self.decided(node.test, scope, [node]):
            return self.evaluate(node.expr1, scope)
        return "" if node.expr2 is None else self.evaluate(node.expr2, scope)

    def decided(self, test: nodes.Node, scope: Scope, concerned: Sequence[nodes.Node]) -> bool:
        """Whether a condition holds; false, and noted, where nobody can tell. ``concerned``: what depends on it."""
        value = self.evaluate(test, scope)
        try:
            return self.run.truth(value)
        except Undecided as undecided:
            self.doubt(undecided.unknown, concerned)
            return False

    def doubt(self, unknown: Unknown, concerned: Sequence[nodes.Node], *, explored: bool = False) -> None:
        """Note that what these nodes give depends on something that is not known."""
        raise NotImplementedError

    def _filter(self, node: nodes.Filter, scope: Scope) -> Value:
        assert node.node is not None  # noqa: S101 - only a filter block's first filter has none, and it is not here
        value = self.evaluate(node.node, scope)
        args, kwargs = self.arguments(node, scope)
        return self.filtered(node.name, value, args, kwargs)

    def _test(self, node: nodes.Test, scope: Scope) -> Value:
        value = self.evaluate(node.node, scope)
        args, _ = self.arguments(node, scope)
        return self.checked(node.name, value, args)

    def _call(self, node: nodes.Call, scope: Scope) -> Value:
        if scope.top:
            self.run.line = node.lineno
        function = self.evaluate(node.node, scope)
        args, kwargs = self.arguments(node, scope)
        return self.call_value(function, args, kwargs)

    def _getattr(self, node: nodes.Getattr, scope: Scope) -> Value:
        return self.attribute(self.evaluate(node.node, scope), node.attr)

    def _getitem(self, node: nodes.Getitem, scope: Scope) -> Value:
        return self.item(self.evaluate(node.node, scope), self.evaluate(node.arg, scope))

    def _slice(self, node: nodes.Slice, scope: Scope) -> Value:
        parts = (node.start, node.stop, node.step)
        bounds = [None if part is None else self.evaluate(part, scope) for part in parts]
        for bound in bounds:
            if isinstance(bound, Unknown):
                return bound
        return slice(*bounds)

    def _concat(self, node: nodes.Concat, scope: Scope) -> Value:
        return joined(self.run, [self.evaluate(one, scope) for one in node.nodes])

    def _compare(self, node: nodes.Compare, scope: Scope) -> Value:
        left = self.evaluate(node.expr, scope)
        for operand in node.ops:
            right = self.evaluate(operand.expr, scope)
            if not arithmetic.compared(self.run, operand.op, left, right):
                return False
            left = right
        return True

    def _and(self, node: nodes.And, scope: Scope) -> Value:
        left = self.evaluate(node.left, scope)
        try:
            return self.evaluate(node.right, scope) if self.run.truth(left) else left
        except Undecided:
            right = self.evaluate(node.right, scope)
            return right if _is_known_as(right, truth=False) else left

    def _or(self, node: nodes.Or, scope: Scope) -> Value:
        left = self.evaluate(node.left, scope)
        try:
            return left if self.run.truth(left) else self.evaluate(node.right, scope)
        except Undecided:
            right = self.evaluate(node.right, scope)
            return True if right is True else left

    def _not(self, node: nodes.Not, scope: Scope) -> Value:
        return not self.run.truth(self.evaluate(node.node, scope))

    def _binary(self, node: nodes.BinExpr, scope: Scope) -> Value:
        left, right = self.evaluate(node.left, scope), self.evaluate(node.right, scope)
        return arithmetic.combined(self.run, node.operator or "", left, right)

    def _negative(self, node: nodes.Neg, scope: Scope) -> Value:
        return -self.evaluate(node.node, scope)

    def _positive(self, node: nodes.Pos, scope: Scope) -> Value:
        return +self.evaluate(node.node, scope)


def _is_known_as(value: Value, *, truth: bool) -> bool:
    return not isinstance(value, Unknown) and bool(value) is truth
