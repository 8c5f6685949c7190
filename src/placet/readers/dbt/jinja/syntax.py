"""Templates as trees: Jinja's own parser with dbt's tags; a text that was parsed before is not parsed again."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import ClassVar

from cachetools import LRUCache
from jinja2 import Environment, nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.ext import Extension
from jinja2.parser import Parser

from placet.readers.dbt.jinja.budget import MAX_TEMPLATE
from placet.readers.dbt.jinja.model import Unrenderable
from placet.vocabulary.canonical import text_digest

CACHED_BYTES = 150_000_000
BYTES_OF_NODE = 500
BLOCK_KINDS = ("snapshot", "test", "data_test", "materialization", "docs")


@dataclass(frozen=True, slots=True)
class Block:
    """A named part of a file: ``kind`` is macro, snapshot, test, materialization or docs."""

    kind: str
    name: str
    line: int


class Parsed:
    """A template's tree, with what is found in it by name."""

    def __init__(self, tree: nodes.Template) -> None:
        self.tree = tree

    @cached_property
    def macros(self) -> dict[str, nodes.Macro]:
        """The macros at the file's top, by name; a test is the macro ``test_<name>``, as in dbt."""
        return {node.name: node for node in self.tree.body if isinstance(node, nodes.Macro) and " " not in node.name}

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """All named parts at the file's top, in order."""
        return tuple(_block(node) for node in self.tree.body if isinstance(node, nodes.Macro))

    def block(self, kind: str, name: str) -> nodes.Macro | None:
        """The part of that kind and name."""
        wanted = f"{kind} {name}"
        found = (node for node in self.tree.body if isinstance(node, nodes.Macro) and node.name == wanted)
        return next(found, None)

    @cached_property
    def assigned(self) -> frozenset[str]:
        """Every name that is set somewhere in the file, on whatever path."""
        return frozenset(node.name for node in walk(self.tree) if isinstance(node, nodes.Name) and node.ctx != "load")


class _Blocks(Extension):
    """dbt's tags. Jinja allows no node types of others, so a part is a macro whose name has its kind in front."""

    tags: ClassVar[set[str]] = set(BLOCK_KINDS)  # type: ignore[misc]  # Jinja declares it on the instance

    def parse(self, parser: Parser) -> nodes.Node:
        start = next(parser.stream)
        kind = start.value
        name = parser.parse_assign_target(name_only=True).name
        node = nodes.Macro(lineno=start.lineno)
        node.name, node.args, node.defaults = f"{kind} {name}", [], []
        if kind in ("test", "data_test"):
            node.name = f"test_{name}"
            parser.parse_signature(node)
        while parser.stream.current.type != "block_end":
            _skip_argument(parser)
        node.body = list(parser.parse_statements((f"name:end{kind}",), drop_needle=True))
        return node


def _skip_argument(parser: Parser) -> None:
    parser.stream.skip_if("comma")
    parser.parse_assign_target(name_only=True)
    if parser.stream.skip_if("assign"):
        parser.parse_expression()


def _block(node: nodes.Macro) -> Block:
    kind, _, name = node.name.rpartition(" ")
    return Block(kind or "macro", name, node.lineno)


class _DbtParser(Parser):
    """Jinja's parser; also reads the types that newer dbt allows behind a macro's arguments, and drops them."""

    def parse_signature(self, node: nodes.Macro | nodes.CallBlock) -> None:
        args: list[nodes.Name] = []
        defaults: list[nodes.Expr] = []
        node.args, node.defaults = args, defaults
        self.stream.expect("lparen")
        while self.stream.current.type != "rparen":
            if args:
                self.stream.expect("comma")
                if self.stream.current.type == "rparen":
                    break
            arg = self.parse_assign_target(name_only=True)
            arg.set_ctx("param")
            if self.stream.skip_if("colon"):
                self.parse_primary()
                self._skip_type_arguments()
            if self.stream.skip_if("assign"):
                defaults.append(self.parse_expression())
            elif defaults:
                self.fail("non-default argument follows default argument")
            args.append(arg)
        self.stream.expect("rparen")

    def _skip_type_arguments(self) -> None:
        if self.stream.skip_if("lbracket"):
            self.parse_tuple()
            self.stream.expect("rbracket")


_ENVIRONMENT = Environment(  # noqa: S701 - nothing here becomes HTML
    extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols", _Blocks]
)
# The trees that were made lately, each with its size in memory, about.
_trees: LRUCache[str, tuple[Parsed | Unrenderable, int]] = LRUCache(CACHED_BYTES, getsizeof=lambda one: one[1])
_lock = Lock()


def parsed(text: str) -> Parsed:
    """The template's tree. Raises Unrenderable, with the line, for what is no Jinja."""
    key = text_digest(text)
    with _lock:
        known = _trees.get(key)
    if known is None:
        tree = _parse(text)
        nodes_made = sum(1 for _ in walk(tree.tree)) if isinstance(tree, Parsed) else 1
        known = (tree, len(text) + BYTES_OF_NODE * nodes_made)
        if known[1] <= CACHED_BYTES:
            with _lock:
                _trees[key] = known
    result = known[0]
    if isinstance(result, Unrenderable):
        raise Unrenderable(result.reason, result.line)
    return result


def _parse(text: str) -> Parsed | Unrenderable:
    if len(text) > MAX_TEMPLATE:
        return Unrenderable(f"too large to read: more than {MAX_TEMPLATE:,} characters", 1)
    try:
        with warnings.catch_warnings():
            # A text such as '\d' in a template is none of our warnings.
            warnings.simplefilter("ignore")
            return Parsed(_DbtParser(_ENVIRONMENT, text.removeprefix("\ufeff")).parse())
    except TemplateSyntaxError as error:
        return Unrenderable(f"not valid Jinja: {error.message}", error.lineno)
    except RecursionError:
        return Unrenderable("not valid Jinja: nested too deeply", 1)
    except (ValueError, OverflowError, SyntaxError) as error:
        # A number of thousands of digits, an escape that means nothing.
        return Unrenderable(f"not valid Jinja: {error}", 1)


def walk(node: nodes.Node) -> Iterator[nodes.Node]:
    """The node and everything below it, without recursion."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(one.iter_child_nodes())
