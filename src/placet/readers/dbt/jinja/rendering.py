"""Templates become SQL: one rendering, or one for each answer to ``is_incremental()`` where that was asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from jinja2 import nodes

from placet.readers.dbt.jinja.branches import MOST_WAYS, Branches
from placet.readers.dbt.jinja.interpreter import Interpreter, Returned
from placet.readers.dbt.jinja.library import MacroLibrary
from placet.readers.dbt.jinja.model import Raised, Surroundings, Unrenderable
from placet.readers.dbt.jinja.relation import Relation
from placet.readers.dbt.jinja.run import TOKEN, Run
from placet.readers.dbt.jinja.scope import Out, Scope
from placet.readers.dbt.jinja.syntax import Block, Parsed, parsed
from placet.readers.dbt.jinja.things import Value
from placet.readers.dbt.jinja.unknown import Missing, Unknown
from placet.readers.dbt.parts import HOLE_TOKEN, RELATION_TOKEN, Hole, Rendered

# A relation with a name right behind it: where it is printed in quotes, that is its alias.
_GLUED = re.compile(rf"({RELATION_TOKEN}[0-9]+)(?=[A-Za-z_])(?!{RELATION_TOKEN}|{HOLE_TOKEN})")
# Adapters that print relations without quotes.
_UNQUOTED = frozenset({"snowflake"})


def render_model(
    text: str, path: str, library: MacroLibrary, around: Surroundings, *, snapshot: str = ""
) -> tuple[Rendered, ...]:
    """The model's renderings: the first build, then the incremental one where that differs.

    There is a second one where ``is_incremental()`` (or a full refresh, or whether ``this`` exists) is asked.
    ``snapshot`` names the block of the file that is to be rendered instead of the file. Raises Unrenderable, with the
    line in this file, for what is no Jinja, for a template that raises an error of its own, and past a limit.
    """
    tree = parsed(text)
    body = _body(tree, path, snapshot)
    first, asked = _ways(tree, body, library, around, incremental=False)
    if not asked:
        return tuple(_certain(one) for one in first)
    second, _ = _ways(tree, body, library, around, incremental=True)
    if isinstance(first[0], Raised) or isinstance(second[0], Raised):
        # Some templates refuse one way of building them; then the other one counts.
        return tuple(_certain(one) for one in (second if isinstance(first[0], Raised) else first))
    others = [_certain(one) for one in second]
    known = [_certain(one) for one in first]
    is_new = len(known) != len(others) or not all(map(_alike, known, others))
    return _in_order([*known, *others]) if is_new else tuple(known)


def _in_order(variants: Sequence[Rendered]) -> tuple[Rendered, ...]:
    """The renderings with those of other branches last."""
    return tuple(sorted(variants, key=lambda one: one.alternative))


def render_value(text: str, around: Surroundings, library: MacroLibrary | None = None) -> object | Hole:
    """What a text in YAML means to dbt.

    That is the text itself where there is no Jinja in it, the value of a single expression with its own type, else the
    text that comes out; a Hole where something in it is not known. Raises Unrenderable, with the line in this text.
    """
    if "{{" not in text and "{%" not in text and "{#" not in text:
        return text
    tree = parsed(text)
    run = Run(library or MacroLibrary(around.project, ()), around)
    run.interpreter = Interpreter(run)
    try:
        value = _value(tree, run)
        return next(iter(run.uncertain), None) or run.plain(value)
    except Unrenderable as error:
        raise Unrenderable(error.reason, error.line or run.line) from None
    except RecursionError:
        raise Unrenderable("nested too deeply", run.line) from None


def _value(tree: Parsed, run: Run) -> Value:
    scope = Scope(None, tree, top=True)
    expression = _single(tree.tree.body)
    try:
        if expression is not None:
            value = run.interpreter.evaluate(expression, scope)
            return run.printable(value) if isinstance(value, Missing) else value
        out = Out(run.budget)
        run.interpreter.execute(tree.tree.body, scope, out)
        return out.text()
    except Returned as returned:
        return returned.value


def blocks_in(text: str) -> tuple[Block, ...]:
    """The named blocks of a file (macros, snapshots, tests, …), in order. Raises Unrenderable for what is no Jinja."""
    return parsed(text).blocks


def _body(tree: Parsed, path: str, snapshot: str) -> Sequence[nodes.Node]:
    if not snapshot:
        return tree.tree.body
    block = tree.block("snapshot", snapshot)
    if block is None:
        raise Unrenderable(f"there is no snapshot {snapshot} in {path}", 1)
    return block.body


def _single(body: Sequence[nodes.Node]) -> nodes.Node | None:
    if len(body) == 1 and isinstance(body[0], nodes.Output) and len(body[0].nodes) == 1:
        return body[0].nodes[0]
    return None


def _ways(
    tree: Parsed, body: Sequence[nodes.Node], library: MacroLibrary, around: Surroundings, *, incremental: bool
) -> tuple[list[Rendered | Raised], bool]:
    """One build's renderings by every way through its branches, the one with every condition false in front.

    Where there are too many ways, that one stands alone, and its conditions are as uncertain as they are.
    """
    first = _Way(Run(library, around, incremental=incremental), tree, body)
    asked = first.run.asked_incremental
    ways, waiting = [first], first.run.branches.others()
    while waiting:
        if len(ways) + len(waiting) > MOST_WAYS:
            return [first.result(explored=False)], asked
        try:
            run = Run(library, around, incremental=incremental)
            run.branches = Branches(waiting.pop(0))
            ways.append(_Way(run, tree, body))
        except Unrenderable:
            return [first.result(explored=False)], asked
        asked = asked or run.asked_incremental
        waiting += run.branches.others()
    # Where the template refuses to go, dbt does not go either.
    open_ways = [way for way in ways if not way.is_refused] or [first]
    found: list[Rendered | Raised] = []
    for way in open_ways:
        result = way.result(explored=True)
        if isinstance(result, Raised) or not found:
            found.append(result)
        elif not any(isinstance(one, Rendered) and _alike(one, result) for one in found):
            found.append(replace(result, alternative=True))
    return found[:1] if isinstance(found[0], Raised) else found, asked


class _Way:
    """A rendering by one way through a template's branches. Raises Unrenderable past a limit."""

    def __init__(self, run: Run, tree: Parsed, body: Sequence[nodes.Node]) -> None:
        self.run = run
        self._rendered = _render(run, tree, body)

    @property
    def is_refused(self) -> bool:
        """Whether the template raises an error on this way."""
        return self.run.refused or isinstance(self._rendered, Raised)

    def result(self, *, explored: bool) -> Rendered | Raised:
        """The rendering, or the error; ``explored``: every branch has its turn."""
        if isinstance(self._rendered, Raised) or not explored:
            return self._rendered
        seen = tuple(hole for hole in self.run.uncertain if hole not in self.run.unexplored)
        return replace(self._rendered, explored=seen)


def _render(run: Run, tree: Parsed, body: Sequence[nodes.Node]) -> Rendered | Raised:
    run.interpreter = Interpreter(run)
    out = Out(run.budget)
    try:
        with suppress(Returned):
            run.interpreter.execute(body, Scope(None, tree, top=True), out)
        return _rendered(run, out)
    except Raised as error:
        return error
    except Unrenderable as error:
        raise Unrenderable(error.reason, error.line or run.line) from None
    except RecursionError:
        raise Unrenderable("nested too deeply", run.line) from None


def _certain(rendered: Rendered | Raised) -> Rendered:
    if isinstance(rendered, Raised):
        raise rendered
    return rendered


def _rendered(run: Run, out: Out) -> Rendered:
    sql = TOKEN.sub(lambda token: token.group().lower(), out.text())
    if run.around.target.type not in _UNQUOTED:
        sql = _GLUED.sub(r"\1 ", sql)
    found = run.tokens_in(sql)
    return Rendered(
        sql=sql,
        relations={token: one.call_ for token, one in found.items() if isinstance(one, Relation)},
        holes={token: one.hole for token, one in found.items() if isinstance(one, Unknown)},
        calls=tuple(run.calls),
        config={key: run.plain(value) for key, value in run.config.items()},
        macros=tuple(sorted(run.macros)),
        variables=tuple(sorted(run.variables.items())),
        lines=out.lines(),
        uncertain=tuple(run.uncertain),
        incremental=run.incremental,
    )


def _alike(first: Rendered, second: Rendered) -> bool:
    return (
        first.sql.split() == second.sql.split()
        and first.relations == second.relations
        and first.config == second.config
        and first.calls == second.calls
    )
