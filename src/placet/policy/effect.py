"""What of a policy file this version reads and checks, but does nothing with yet: one table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from placet.vocabulary.yamlfile import YamlMap


def _anything(_: object) -> bool:
    return True


def _is_transitive(value: object) -> bool:
    return isinstance(value, str) and value.endswith("_transitive")


# By key, dotted below ``approvals``: which of its values have no effect yet.
NO_EFFECT_YET: Mapping[str, Callable[[Any], bool]] = {
    "compatibility": _is_transitive,
    "schemas": _anything,
    "emergency": _anything,
}


@dataclass(frozen=True, slots=True)
class Idle:
    """A key of a file that has no effect yet, and its line."""

    key: str
    line: int


def idle_keys(document: YamlMap) -> tuple[Idle, ...]:
    """The keys of a valid file that have no effect yet, in order of their lines."""
    found = []
    for key, is_idle in NO_EFFECT_YET.items():
        outer, _, inner = key.partition(".")
        mapping, name = (document.get(outer), inner) if inner else (document, outer)
        if isinstance(mapping, YamlMap) and name in mapping and is_idle(mapping[name]):
            found.append(Idle(key, mapping.line_of(name)))
    return tuple(sorted(found, key=lambda one: (one.line, one.key)))
