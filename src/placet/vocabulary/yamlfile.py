"""YAML read safely: every mapping, item and value knows its line; size, depth, aliases and duplicate keys are capped.

A document becomes plain values (dict, list, str, int, float, bool, None, date), where each mapping is a ``YamlMap``
and each list a ``YamlList`` that remember lines. Tags are never turned into objects.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from placet.errors import BadFile

MAX_BYTES = 5_000_000
MAX_DEPTH = 100
MAX_NODES = 2_000_000
MAX_ALIASED_NODES = 200_000
# Fewer levels than this cost no process its stack. A block's level takes a column at least, a flow's a bracket.
_SURELY_SHALLOW = 1_000
_DEEP_INDENT = re.compile(r"(?m)^[ \t?:-]{1000}")
_BRACKETS = re.compile(r"[][{}]")


class YamlMap(dict[Any, Any]):
    """A mapping with the line it starts at and the line of each key, all counted from 1."""

    __slots__ = ("key_lines", "line")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.key_lines: dict[Any, int] = {}

    def line_of(self, key: object) -> int:
        """The line of a key, or of the mapping where the key is not there."""
        return self.key_lines.get(key, self.line)


class YamlList(list[Any]):
    """A list with the line it starts at and the line of each item, all counted from 1."""

    __slots__ = ("item_lines", "line")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.item_lines: list[int] = []


def load_yaml(data: bytes | str, path: str, *, repeated: list[int] | None = None) -> Any:  # noqa: ANN401 - any YAML value
    """The document's value (None for an empty file). Raises BadFile, with line, for whatever cannot be read.

    A key that stands twice in one mapping is refused, unless ``repeated`` is given: then the last one counts, as dbt
    has it, and the lines of the repetitions are added to that list.
    """
    text = _decoded(data, path)
    loader = yaml.CSafeLoader(text)
    try:
        if _may_be_deep(text):
            _check_depth(text, path)
        node = loader.get_single_node()
        return None if node is None else _Reader(loader, path, repeated).value(node, 0)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BadFile(
            f"not valid YAML: {error.problem or error.context}",
            path=path,
            line=None if mark is None else mark.line + 1,
            hint="mend the syntax at that line",
        ) from None
    except yaml.YAMLError as error:
        first_line = str(error).splitlines()[0]
        raise BadFile(f"not valid YAML: {first_line}", path=path, hint="mend the syntax") from None
    except RecursionError:
        raise BadFile("nested too deeply", path=path, hint=f"at most {MAX_DEPTH} levels are read") from None
    finally:
        loader.dispose()


def _decoded(data: bytes | str, path: str) -> str:
    if len(data) > MAX_BYTES:
        raise BadFile(
            f"too large to read ({len(data):,} bytes)", path=path, hint=f"at most {MAX_BYTES:,} bytes are read"
        )
    if isinstance(data, str):
        return data.removeprefix("\ufeff")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadFile("not valid UTF-8", path=path, line=line, hint="save the file as UTF-8") from None


def _may_be_deep(text: str) -> bool:
    """Whether the text may be nested so deeply that composing it, which calls itself, would end the process."""
    if _DEEP_INDENT.search(text):
        return True
    if text.count("[") + text.count("{") < _SURELY_SHALLOW:
        return False
    depth = deepest = 0
    for bracket in _BRACKETS.finditer(text):
        depth += 1 if bracket[0] in "[{" else -1
        deepest = max(deepest, depth)
    return deepest >= _SURELY_SHALLOW


def _check_depth(text: str, path: str) -> None:
    """Refuse what is nested too deeply, event by event: that needs no stack."""
    loader, depth = yaml.CSafeLoader(text), 0
    try:
        while (event := loader.get_event()) is not None:
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > MAX_DEPTH:
                line = None if event.start_mark is None else event.start_mark.line + 1
                hint = f"at most {MAX_DEPTH} levels are read"
                raise BadFile("nested too deeply", path=path, line=line, hint=hint)
    finally:
        loader.dispose()


class _Reader:
    """Turns nodes into values, counting as it goes."""

    def __init__(self, loader: yaml.CSafeLoader, path: str, repeated: list[int] | None) -> None:
        self._loader = loader
        self._path = path
        self._repeated = repeated
        self._nodes = 0
        self._aliased_nodes = 0
        self._visited: set[int] = set()
        self._open: set[int] = set()

    def value(self, node: yaml.Node, depth: int) -> Any:  # noqa: ANN401 - any YAML value
        self._nodes += 1
        if depth > MAX_DEPTH:
            raise self._bad(node, "nested too deeply", f"at most {MAX_DEPTH} levels are read")
        if self._nodes > MAX_NODES:
            raise self._bad(node, "too many values", f"at most {MAX_NODES:,} are read")
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if id(node) in self._open:
            raise self._bad(node, "an alias that contains itself", "write out what it stands for")
        # A node met again was reached through an alias; what it expands to is paid for each time.
        again = id(node) in self._visited
        before = self._nodes
        self._visited.add(id(node))
        self._open.add(id(node))
        value: Any = self._map(node, depth) if isinstance(node, yaml.MappingNode) else self._list(node, depth)
        self._open.discard(id(node))
        if again:
            self._aliased_nodes += self._nodes - before + 1
            if self._aliased_nodes > MAX_ALIASED_NODES:
                raise self._bad(node, "aliases that expand too far", "write out what they stand for")
        return value

    def _scalar(self, node: yaml.ScalarNode) -> Any:  # noqa: ANN401 - any YAML value
        try:
            return self._loader.construct_object(node)
        except yaml.constructor.ConstructorError:
            raise self._bad(node, f"a tag that is not allowed: {node.tag}", "use plain values") from None
        except ValueError as error:
            raise self._bad(node, f"a value that cannot be read: {error}", "put it into quotes") from None

    def _list(self, node: yaml.Node, depth: int) -> YamlList:
        result = YamlList(node.start_mark.line + 1)
        for item in node.value:
            result.append(self.value(item, depth + 1))
            result.item_lines.append(item.start_mark.line + 1)
        return result

    def _map(self, node: yaml.MappingNode, depth: int) -> YamlMap:
        result = YamlMap(node.start_mark.line + 1)
        merged: list[YamlMap] = []
        for key_node, value_node in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                merged += self._merged(value_node, depth)
                continue
            key = self.value(key_node, depth + 1)
            if isinstance(key, (dict, list)):
                raise self._bad(key_node, "a key that is no plain value", "use a text as the key")
            if key in result and self._repeated is not None:
                self._repeated.append(key_node.start_mark.line + 1)
            elif key in result:
                first = result.key_lines[key]
                raise self._bad(key_node, f"the key {key!r} stands twice (first on line {first})", "keep one of them")
            result[key] = self.value(value_node, depth + 1)
            result.key_lines[key] = key_node.start_mark.line + 1
        for other in merged:
            for key, value in other.items():
                if key not in result:
                    result[key] = value
                    result.key_lines[key] = other.line_of(key)
        return result

    def _merged(self, node: yaml.Node, depth: int) -> list[YamlMap]:
        parts = node.value if isinstance(node, yaml.SequenceNode) else [node]
        values = [self.value(part, depth + 1) for part in parts]
        if not all(isinstance(value, YamlMap) for value in values):
            raise self._bad(node, "'<<' must name a mapping", "merge mappings only")
        return values

    def _bad(self, node: yaml.Node, message: str, hint: str) -> BadFile:
        return BadFile(message, path=self._path, line=node.start_mark.line + 1, hint=hint)
