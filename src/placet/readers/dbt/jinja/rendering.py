"""Templates become SQL: one rendering, or one for each answer to ``is_incremental()`` where that was asked."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from jinja2 import nodes

from placet.readers.dbt.jinja.interpreter import Interpreter, Returned
from placet.readers.dbt.jinja.library import MacroLibrary
from placet.readers.dbt.jinja.model import Raised, Surroundings, Unrenderable
from placet.readers.dbt.jinja.relation import Relation
from placet.readers.dbt.jinja.run import TOKEN, Run
from placet.readers.dbt.jinja.scope import Out, Scope
from placet.readers.dbt.jinja.syntax import Block, Parsed, parsed
from placet.readers.dbt.jinja.things import Value
from placet.readers.dbt.jinja.unknown import Missing, Unknown
from placet.readers.dbt.parts import Hole, Rendered


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
    first, asked = _render(tree, body, library, around, incremental=False)
    if not asked:
        return (_certain(first),)
    second, _ = _render(tree, body, library, around, incremental=True)
    if isinstance(first, Raised) or isinstance(second, Raised):
        # Some templates refuse one way of building them; then the other one counts.
        return (_certain(second if isinstance(first, Raised) else first),)
    return (first,) if _alike(first, second) else (first, second)


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


def _render(
    tree: Parsed, body: Sequence[nodes.Node], library: MacroLibrary, around: Surroundings, *, incremental: bool
) -> tuple[Rendered | Raised, bool]:
    run = Run(library, around, incremental=incremental)
    run.interpreter = Interpreter(run)
    out = Out(run.budget)
    try:
        with suppress(Returned):
            run.interpreter.execute(body, Scope(None, tree, top=True), out)
        return _rendered(run, out), run.asked_incremental
    except Raised as error:
        return error, run.asked_incremental
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
