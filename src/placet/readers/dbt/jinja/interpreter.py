"""Statements of templates: loops, conditions, assignments and macros, with dbt's ``return``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jinja2 import nodes

from placet.readers.dbt.jinja.expressions import NO_ANSWER, Expressions
from placet.readers.dbt.jinja.model import Unrenderable
from placet.readers.dbt.jinja.scope import Out, Scope
from placet.readers.dbt.jinja.static import is_silent, literal_calls, names_in, plain_choices
from placet.readers.dbt.jinja.text import items_of
from placet.readers.dbt.jinja.things import LocalMacro, Loop, Namespace, Thing, Value
from placet.readers.dbt.jinja.unknown import Missing, Undecided, Unknown

if TYPE_CHECKING:
    from placet.readers.dbt.jinja.library import MacroDefinition
    from placet.readers.dbt.jinja.run import Run

_SHOWN = 200
_REFUSED: Mapping[type[nodes.Node], str] = {
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.FromImport: "from … import",
    nodes.Extends: "extends",
}


class Returned(Exception):
    """``return(value)`` in a macro; the macro's call catches it."""

    def __init__(self, value: Value) -> None:
        super().__init__()
        self.value = value


class _Left(Unrenderable):
    """``break``: the loop around it ends, and catches this."""


class _Skipped(Unrenderable):
    """``continue``: the pass of the loop around it ends, likewise."""


class Interpreter(Expressions):
    """Carries out statements for one run."""

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._statements: dict[type[Any], Callable[[Any, Scope, Out], None]] = {
            nodes.Output: self._output,
            nodes.If: self._if,
            nodes.For: self._for,
            nodes.Assign: self._set,
            nodes.AssignBlock: self._set_block,
            nodes.FilterBlock: self._filter_block,
            nodes.CallBlock: self._call_block,
            nodes.With: self._with,
            nodes.ExprStmt: self._do,
            nodes.Macro: self._macro,
            nodes.Scope: self._inside,
            nodes.Block: self._inside,
            nodes.ScopedEvalContextModifier: self._transparent,
            nodes.Break: self._break,
            nodes.Continue: self._continue,
        }

    def execute(self, body: Sequence[nodes.Node], scope: Scope, out: Out) -> None:
        """Carry out statements in order; what they print goes to ``out``."""
        for node in body:
            self.run.budget.step()
            if scope.top:
                self.run.line = node.lineno
            statement = self._statements.get(type(node))
            if statement is None:
                tag = _REFUSED.get(type(node), type(node).__name__.lower())
                raise Unrenderable(f"{{% {tag} %}} is nothing that dbt reads", self.run.line)
            try:
                statement(node, scope, out)
            except Undecided as undecided:
                self.doubt(undecided.unknown, [node])
            except NO_ANSWER as error:
                self.doubt(self._no_answer(node, error), [node])

    def invoke(self, macro: MacroDefinition, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Value:
        """What a macro gives: the value it returns, else its text."""
        run = self.run
        run.budget.enter(macro.name)
        run.macros[(macro.path, macro.name)] = None
        run.packages.append(macro.package)
        run.running.append((macro.package, macro.name))
        try:
            scope = Scope(None, macro.parsed)
            self._bind(macro.node, scope, args, kwargs)
            out = Out(run.budget)
            self.execute(macro.node.body, scope, out)
            return out.text()
        except Returned as returned:
            return returned.value
        finally:
            run.running.pop()
            run.packages.pop()
            run.budget.leave()

    def invoke_local(self, macro: LocalMacro, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Value:
        """What a macro of the template itself gives, or what stands inside a call block."""
        run = self.run
        run.budget.enter(getattr(macro.node, "name", "caller"))
        line = run.line
        try:
            scope = macro.scope.inner()
            self._bind(macro.node, scope, args, kwargs)
            out = Out(run.budget)
            self.execute(macro.node.body, scope, out)
            return out.text()
        except Returned as returned:
            if isinstance(macro.node, nodes.CallBlock):
                raise
            return returned.value
        finally:
            run.line = line
            run.budget.leave()

    def doubt(self, unknown: Unknown, concerned: Sequence[nodes.Node], *, explored: bool = False) -> None:
        """Note that what these nodes give depends on something unknown, unless they give and set nothing."""
        if is_silent(concerned):
            return
        calls = tuple(literal_calls(concerned))
        for call in calls:
            self.run.calls[call] = None
        if calls:
            hole = unknown.hole
            given = [unknown, *(self.run.relation(call) for call in calls)]
            unknown = self.run.unknown(hole.name, hole.reason, given, columns=hole.columns, value=hole.value)
        self.run.doubt(unknown, explored=explored)

    def _bind(
        self, node: nodes.Macro | nodes.CallBlock, scope: Scope, args: Sequence[Value], kwargs: Mapping[str, Value]
    ) -> None:
        left = dict(kwargs)
        without_default = len(node.args) - len(node.defaults)
        names = scope.names
        for place, arg in enumerate(node.args):
            if place < len(args):
                names[arg.name] = args[place]
            elif arg.name in left:
                names[arg.name] = left.pop(arg.name)
            elif place >= without_default:
                names[arg.name] = self.evaluate(node.defaults[place - without_default], scope)
            else:
                names[arg.name] = Missing(arg.name, quiet=True)
        names.setdefault("varargs", tuple(args[len(node.args) :]))
        names.setdefault("caller", left.pop("caller", Missing("caller", quiet=True)))
        names.setdefault("kwargs", left)

    # One method for each sort of statement.

    def _output(self, node: nodes.Output, scope: Scope, out: Out) -> None:
        for one in node.nodes:
            if isinstance(one, nodes.TemplateData):
                out.copy(one.data, one.lineno)
                continue
            if scope.top:
                self.run.line = one.lineno
            out.add(self.text(self.evaluate(one, scope)), one.lineno)

    def _if(self, node: nodes.If, scope: Scope, out: Out) -> None:
        concerned = [*node.body, *node.elif_, *node.else_]
        for branch in (node, *node.elif_):
            test = self.evaluate(branch.test, scope)
            try:
                taken = self.run.truth(test)
            except Undecided as undecided:
                if self._chosen(undecided.unknown, concerned, scope):
                    return
                taken = self._taken(undecided.unknown, branch.test, scope, concerned)
            if taken:
                self.execute(branch.body, scope, out)
                return
        self.execute(node.else_, scope, out)

    def _taken(self, unknown: Unknown, test: nodes.Node, scope: Scope, concerned: Sequence[nodes.Node]) -> bool:
        """Whether a condition that nobody can decide holds on this way through the template."""
        branches = self.run.branches
        if is_silent(concerned):
            return False
        if not branches.is_open:
            self.doubt(unknown, concerned)
            return False
        self.doubt(unknown, concerned, explored=True)
        values = tuple(str(scope.find(name))[:_SHOWN] for name in names_in(test))
        return branches.taken((unknown.token, repr(test), values))

    def _chosen(self, unknown: Unknown, concerned: Sequence[nodes.Node], scope: Scope) -> bool:
        """Where all that depends on a condition is which plain value a name has: the name is a hole then."""
        names = plain_choices(concerned)
        if not names or any(isinstance(scope.find(name), (Thing, list, tuple, Mapping)) for name in names):
            return False
        for name in names:
            scope.names[name] = unknown
        return True

    def _for(self, node: nodes.For, scope: Scope, out: Out) -> None:
        self._loop(node, self.evaluate(node.iter, scope), scope, out, 0)

    def _loop(self, node: nodes.For, walked: Value, scope: Scope, out: Out, depth: int) -> None:
        items, unknown = self._items(node, walked, scope)
        if not items:
            self.execute(node.else_, scope.inner(), out)
            return

        def recurse(value: Value) -> str:
            inner = Out(self.run.budget)
            self.run.budget.enter("loop")
            self._loop(node, value, scope, inner, depth + 1)
            self.run.budget.leave()
            return inner.text()

        loop = Loop(items, depth, recurse if node.recursive else None)
        printed = len(out.pieces)
        for place, value in enumerate(items):
            self.run.budget.loop_pass()
            inner = scope.inner()
            self._assign(node.target, value, inner)
            loop.place = place
            inner.names["loop"] = loop
            try:
                self.execute(node.body, inner, out)
            except _Skipped:
                continue
            except _Left:
                break
        if unknown is not None and not any(unknown.token in text.lower() for text, *_ in out.pieces[printed:]):
            self.doubt(unknown, node.body)

    def _items(self, node: nodes.For, walked: Value, scope: Scope) -> tuple[Sequence[Value], Unknown | None]:
        """What a loop walks, and the hole if it walks one.

        A list that is not known is walked once, with a hole for its item: what the loop prints for one item is a
        column or a query as good as any, and the hole in it says that there may be others, or none.
        """
        try:
            items = items_of(self.run, walked)
        except Undecided as undecided:
            return (undecided.unknown,), undecided.unknown
        except NO_ANSWER as error:
            unknown = self.run.unknown("for", f"the loop has nothing to walk: {error}")
            self.doubt(unknown, node.body)
            return (), None
        self.run.budget.will_make_items(len(items))
        if node.test is None:
            # A loop's body may change the list that it walks; Python and Jinja would walk on.
            return tuple(items), None
        kept = []
        for value in items:
            self.run.budget.loop_pass()
            inner = scope.inner()
            self._assign(node.target, value, inner)
            if self.decided(node.test, inner, node.body):
                kept.append(value)
        return kept, None

    def _assign(self, target: nodes.Node, value: Value, scope: Scope) -> None:
        if isinstance(target, nodes.Name):
            scope.names[target.name] = value
        elif isinstance(target, nodes.NSRef):
            namespace = scope.find(target.name)
            if isinstance(namespace, Namespace):
                namespace.values[target.attr] = value
        elif isinstance(target, nodes.Tuple):
            for one, part in zip(target.items, self._parts(value, len(target.items)), strict=True):
                self._assign(one, part, scope)

    def _parts(self, value: Value, count: int) -> Sequence[Value]:
        try:
            parts = items_of(self.run, value)
        except Undecided as undecided:
            return [undecided.unknown] * count
        except NO_ANSWER:
            parts = ()
        if len(parts) == count:
            return parts
        return [self.run.unknown("set", f"{count} values are wanted here, and not so many are given")] * count

    def _set(self, node: nodes.Assign, scope: Scope, _out: Out) -> None:
        self._assign(node.target, self.evaluate(node.node, scope), scope)

    def _set_block(self, node: nodes.AssignBlock, scope: Scope, _out: Out) -> None:
        value: Value = self._captured(node.body, scope.inner())
        if node.filter is not None:
            value = self._through(node.filter, value, scope)
        self._assign(node.target, value, scope)

    def _captured(self, body: Sequence[nodes.Node], scope: Scope) -> str:
        out = Out(self.run.budget)
        self.execute(body, scope, out)
        return out.text()

    def _through(self, node: nodes.Filter, value: Value, scope: Scope) -> Value:
        if node.node is not None:
            assert isinstance(node.node, nodes.Filter)  # noqa: S101 - a filter block is a chain of filters
            value = self._through(node.node, value, scope)
        args, kwargs = self.arguments(node, scope)
        return self.filtered(node.name, value, args, kwargs)

    def _filter_block(self, node: nodes.FilterBlock, scope: Scope, out: Out) -> None:
        value = self._captured(node.body, scope.inner())
        out.add(self.text(self._through(node.filter, value, scope)), node.lineno)

    def _call_block(self, node: nodes.CallBlock, scope: Scope, out: Out) -> None:
        if scope.top:
            self.run.line = node.lineno
        function = self.evaluate(node.call.node, scope)
        args, kwargs = self.arguments(node.call, scope)
        kwargs["caller"] = caller = LocalMacro(node, scope)
        if isinstance(function, (Unknown, Missing)):
            # Nobody knows what is made of the block; what it reads is read.
            kwargs["caller"] = self.invoke_local(caller, (), {})
        try:
            value = self.call_value(function, args, kwargs)
        except Undecided as undecided:
            value = undecided.unknown
        except NO_ANSWER as error:
            value = self._no_answer(node.call, error)
        out.add(self.text(value), node.lineno)

    def _with(self, node: nodes.With, scope: Scope, out: Out) -> None:
        inner = scope.inner()
        for target, value in zip(node.targets, node.values, strict=True):
            self._assign(target, self.evaluate(value, scope), inner)
        self.execute(node.body, inner, out)

    def _do(self, node: nodes.ExprStmt, scope: Scope, _out: Out) -> None:
        self.evaluate(node.node, scope)

    def _macro(self, node: nodes.Macro, scope: Scope, _out: Out) -> None:
        if " " not in node.name:
            scope.names[node.name] = LocalMacro(node, scope)

    def _inside(self, node: nodes.Scope | nodes.Block, scope: Scope, out: Out) -> None:
        self.execute(node.body, scope.inner(), out)

    def _transparent(self, node: nodes.ScopedEvalContextModifier, scope: Scope, out: Out) -> None:
        self.execute(node.body, scope, out)

    def _break(self, _node: nodes.Break, _scope: Scope, _out: Out) -> None:
        raise _Left("{% break %} stands outside a loop")

    def _continue(self, _node: nodes.Continue, _scope: Scope, _out: Out) -> None:
        raise _Skipped("{% continue %} stands outside a loop")
