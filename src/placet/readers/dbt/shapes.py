"""Values out of YAML whose shape nobody guarantees: read what is right, note what is not, never fail."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from placet.contracts.model import FileFinding
from placet.readers.dbt.calls import call_from
from placet.vocabulary.canonical import canonical_json
from placet.vocabulary.files import Location
from placet.vocabulary.yamlfile import YamlList, YamlMap

Render = Callable[[str], Any]

FILE_UNREADABLE = "file_unreadable"
PROPERTY_IGNORED = "property_ignored"

# What people write about an asset, and no contract.
_TEXT_KEYS = frozenset({"description", "docs", "tags"})
# dbt renders these later, with more at hand, or for people only.
_RENDERED_LATER = frozenset({"description", "docs", "tests", "data_tests", "pre-hook", "post-hook"})
# Mappings whose keys are names of columns.
_BY_COLUMN = frozenset({"column_types"})


class Unrendered(str):
    """A template in YAML whose value is not known: its text as written, to be shown and never to be believed."""

    __slots__ = ()


class Computed(str):
    """What a setting comes to that a template gives: it may come to something else where the project is run."""

    __slots__ = ()


class Notes:
    """The findings about one file, as they are met."""

    __slots__ = ("found", "path", "sha")

    def __init__(self, path: str, sha: str) -> None:
        self.path = path
        self.sha = sha
        self.found: list[FileFinding] = []

    def broken(self, reason: str, line: int | None = None, hint: str = "") -> None:
        """Note what keeps (a part of) the file from being read, as dbt would refuse it too."""
        self._add(reason, line, hint, FILE_UNREADABLE)

    def ignored(self, reason: str, line: int | None = None, hint: str = "") -> None:
        """Note what is passed over and changes nothing else."""
        self._add(reason, line, hint, PROPERTY_IGNORED)

    def at(self, line: int | None) -> Location:
        """A place in this file."""
        return Location(self.path, line)

    def _add(self, reason: str, line: int | None, hint: str, code: str) -> None:
        finding = FileFinding(Location(self.path, line), self.sha, reason, code=code, hint=hint)
        if finding not in self.found:
            self.found.append(finding)


def items_in(parent: Mapping[Any, Any], key: str, notes: Notes) -> Iterator[tuple[Any, int]]:
    """The items of the list under a key, each with its line; nothing where there is none or where it is no list."""
    value = parent.get(key)
    if value is None:
        return
    if not isinstance(value, list):
        notes.broken(
            f"{key} is {_kind(value)}, not a list", line_of(parent, key), hint=f"write {key} as a list of items"
        )
        return
    lines = value.item_lines if isinstance(value, YamlList) else [line_of(parent, key) or 1] * len(value)
    yield from zip(value, lines, strict=True)


def maps_in(parent: Mapping[Any, Any], key: str, notes: Notes) -> Iterator[YamlMap]:
    """The mappings of the list under a key; what is none is noted and passed over."""
    for item, line in items_in(parent, key, notes):
        if isinstance(item, YamlMap):
            yield item
        else:
            notes.broken(f"an entry of {key} is {_kind(item)}, not a mapping", line, hint="write it as '- name: …'")


def named_maps_in(parent: Mapping[Any, Any], key: str, notes: Notes) -> Iterator[tuple[str, YamlMap]]:
    """The mappings of the list under a key by their ``name``; one without a name is noted and passed over."""
    for item in maps_in(parent, key, notes):
        name = item.get("name")
        if isinstance(name, bool) or not isinstance(name, (str, int, float)) or not str(name).strip():
            notes.broken(f"an entry of {key} has no name", item.line, hint="give it a name")
            continue
        yield str(name).strip(), item


def map_in(parent: Mapping[Any, Any], key: str, notes: Notes) -> YamlMap:
    """The mapping under a key; an empty one where there is none, where it is not known or is something else."""
    value = parent.get(key)
    if isinstance(value, YamlMap):
        return value
    line = line_of(parent, key)
    if isinstance(value, Mapping):  # a template gave it
        return joined_maps(YamlMap(line or 1), value)
    if value is not None and not isinstance(value, Unrendered):
        notes.broken(f"{key} is {_kind(value)}, not a mapping", line, hint=f"write {key} as keys and values")
    return YamlMap(line or 1)


def text_in(parent: Mapping[Any, Any], key: str, default: str = "") -> str:
    """The scalar under a key as text; the default where there is none."""
    value = parent.get(key)
    if value is None or isinstance(value, (dict, list, Unrendered)):
        return default
    return text_of(value)


def texts_of(value: object) -> tuple[str, ...]:
    """A scalar, or the scalars of a list, as texts."""
    if value is None or isinstance(value, dict):
        return ()
    if isinstance(value, (list, tuple)):
        return tuple(text_of(item) for item in value if item is not None and not isinstance(item, (dict, list)))
    return (text_of(value),)


def text_of(value: object) -> str:
    """A scalar as people would write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.strip() if isinstance(value, str) else str(plain(value))


def is_true(value: object, *, default: bool) -> bool:
    """What a flag says, also one that was written as text; the default where it says neither yes nor no."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value != 0
    if isinstance(value, str):
        return {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False}.get(
            value.strip().lower(), default
        )
    return default


def line_of(parent: Mapping[Any, Any], key: str) -> int | None:
    """The line of a key, as far as the mapping remembers lines."""
    return parent.line_of(key) if isinstance(parent, YamlMap) else None


def plain(value: object) -> Any:  # noqa: ANN401 - any JSON value
    """Any value as one that JSON can hold, with texts as keys; the same value gives the same result."""
    if isinstance(value, Mapping):
        return {key if isinstance(key, str) else text_of(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((plain(item) for item in value), key=canonical_json)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return str(value)


def canonical(value: object) -> str:
    """Any value's canonical JSON."""
    return canonical_json(plain(value))


def without_texts(value: object) -> Any:  # noqa: ANN401 - any JSON value
    """A YAML value without what people only read (descriptions, docs, tags), at every depth but in ``meta``."""
    if isinstance(value, Mapping):
        return {
            key: item if key == "meta" else without_texts(item) for key, item in value.items() if key not in _TEXT_KEYS
        }
    if isinstance(value, list):
        return [without_texts(item) for item in value]
    return value


def rendered(value: Any, render: Render) -> Any:  # noqa: ANN401 - any YAML value
    """The value with each text that holds a template rendered, but for tests and descriptions; lines are kept.

    A text that is a reference stays as it is written: what it means is found out later.
    """
    if isinstance(value, str):
        return render(value) if has_template(value) and call_from(value) is None else value
    if isinstance(value, YamlMap):
        result = YamlMap(value.line)
        result.key_lines = value.key_lines
        for key, item in value.items():
            result[key] = item if key in _RENDERED_LATER else rendered_setting(str(key), item, render)
        return result
    if isinstance(value, YamlList):
        items = YamlList(value.line)
        items.extend(rendered(item, render) for item in value)
        items.item_lines = value.item_lines
        return items
    return value


def rendered_setting(key: str, written: Any, render: Render) -> Any:  # noqa: ANN401 - any YAML value
    """The value of a setting; that of ``enabled`` remembers where a template gave it."""
    key = key.removeprefix("+")
    if key in _BY_COLUMN and isinstance(written, YamlMap):
        # A column may well be called as what is rendered later.
        named = YamlMap(written.line)
        named.key_lines = written.key_lines
        named.update({name: rendered(item, render) for name, item in written.items()})
        return named
    value = rendered(written, render)
    if value is written or isinstance(value, Unrendered) or key != "enabled":
        return value
    return Computed(text_of(value)) if isinstance(value, (bool, int, str)) else value


def joined_maps(under: Mapping[Any, Any], top: Mapping[Any, Any]) -> YamlMap:
    """Two mappings as one, the second over the first; lines are kept."""
    result = YamlMap(top.line if isinstance(top, YamlMap) else 1)
    for part in (under, top):
        result.update(part)
        if isinstance(part, YamlMap):
            result.key_lines |= part.key_lines
    return result


def has_template(text: str) -> bool:
    """Whether a text holds Jinja."""
    return "{{" in text or "{%" in text


def _kind(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return "empty" if value is None else "a plain value"
