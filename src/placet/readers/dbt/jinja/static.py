"""What can be said of a template's nodes without running them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from jinja2 import nodes

from placet.readers.dbt.jinja.syntax import walk
from placet.readers.dbt.parts import RefCall, SourceCall

_TELLING = frozenset({"log", "print", "debug"})
_SOURCE_ARGUMENTS = 2


@dataclass(frozen=True, slots=True)
class CallsFound:
    """The calls that stand in a piece of template, in order; the names that it sets itself; and its size."""

    calls: tuple[nodes.Call, ...]
    local: frozenset[str]
    nodes: int


def found_in(top: nodes.Node) -> CallsFound:
    """What is called in a piece of template."""
    calls, local, count = [], set(), 0
    for node in walk(top):
        count += 1
        if isinstance(node, nodes.Call):
            calls.append(node)
        elif isinstance(node, nodes.Macro) or (isinstance(node, nodes.Name) and node.ctx != "load"):
            local.add(node.name)
    return CallsFound(tuple(reversed(calls)), frozenset(local), count)


def literal_calls(body: Iterable[nodes.Node]) -> Iterator[RefCall | SourceCall]:
    """Every ref and source with literal arguments in these nodes, in no particular order, perhaps repeated."""
    for top in body:
        for node in walk(top):
            if isinstance(node, nodes.Call) and (found := literal_call(node)) is not None:
                yield found


def literal_call(node: nodes.Call) -> RefCall | SourceCall | None:
    """The call of ref or source that a node is, where its arguments are literals."""
    name = called_name(node)
    if name not in ("ref", "source", "builtins.ref", "builtins.source") or node.dyn_args or node.dyn_kwargs:
        return None
    args = [arg.value for arg in node.args if isinstance(arg, nodes.Const)]
    if len(args) != len(node.args) or not args:
        return None
    if name.endswith("source"):
        return SourceCall(str(args[0]), str(args[1])) if len(args) == _SOURCE_ARGUMENTS else None
    versions = [pair.value for pair in node.kwargs if pair.key in ("v", "version")]
    if not all(isinstance(value, nodes.Const) for value in versions):
        return None
    version = str(versions[0].value) if versions and isinstance(versions[0], nodes.Const) else ""
    return RefCall(str(args[-1]), str(args[0]) if len(args) > 1 else "", version)


def called_name(node: nodes.Call) -> str:
    """What a call calls, as written with dots; empty where it is no plain name."""
    parts = []
    one: nodes.Node = node.node
    while isinstance(one, nodes.Getattr):
        parts.append(one.attr)
        one = one.node
    if not isinstance(one, nodes.Name):
        return ""
    return ".".join([one.name, *reversed(parts)])


def is_silent(body: Sequence[nodes.Node]) -> bool:
    """Whether nodes neither print nor set anything: spaces, messages, errors, and conditions around them."""
    return all(map(_is_silent, body))


def names_in(expression: nodes.Node) -> tuple[str, ...]:
    """The names that an expression reads, in no particular order."""
    return tuple(dict.fromkeys(node.name for node in walk(expression) if isinstance(node, nodes.Name)))


def plain_choices(body: Sequence[nodes.Node]) -> tuple[str, ...]:
    """The names that nodes set to a literal, where they do nothing else; none where they do more than that."""
    names: dict[str, None] = {}
    for node in body:
        if (
            isinstance(node, nodes.Assign)
            and isinstance(node.target, nodes.Name)
            and isinstance(node.node, nodes.Const)
        ):
            names[node.target.name] = None
        elif isinstance(node, nodes.If):
            inner = [*node.body, *node.elif_, *node.else_]
            found = plain_choices(inner)
            if not found and not is_silent(inner):
                return ()
            names |= dict.fromkeys(found)
        elif not _is_silent(node):
            return ()
    return tuple(names)


def _is_silent(node: nodes.Node) -> bool:
    if isinstance(node, nodes.TemplateData):
        return not node.data.strip()
    if isinstance(node, nodes.Output):
        return all(map(_is_silent, node.nodes))
    if isinstance(node, nodes.ExprStmt):
        return _is_silent(node.node)
    if isinstance(node, nodes.If):
        return is_silent([*node.body, *node.elif_, *node.else_])
    if isinstance(node, nodes.For):
        return is_silent([*node.body, *node.else_])
    if isinstance(node, nodes.Call):
        name = called_name(node)
        return name in _TELLING or name.startswith("exceptions.")
    return False
