"""Types within types: ``array<int>``, ``map<text,int>``, ``struct<a int,b text>``, ``nullable(int)``."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NESTED = re.compile(r"([a-z_][a-z0-9_]*)\s*<(.*)>", re.DOTALL)
_NULLABLE = re.compile(r"nullable\s*\((.*)\)", re.DOTALL)
_LOW_CARDINALITY = re.compile(r"\s*lowcardinality\s*[(<](.*)[)>]\s*", re.DOTALL | re.IGNORECASE)
_WITH_FIELDS = frozenset({"struct", "row", "tuple", "nested", "object"})
_OPENING, _CLOSING = "<([", ">)]"
_FIELD = re.compile(r"([\"`]?)([^\s\"`]+)\1\s*:?\s+(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Nested:
    """A type with the types in it; ``fields`` by name in order, None for one whose parts have no names."""

    name: str
    parts: tuple[str, ...]
    fields: dict[str, str] | None = None


def nested_type(text: str) -> Nested | None:
    """The type within types that a normal spelling stands for; None for a plain one."""
    lowered = text.strip().lower()
    if nullable := _NULLABLE.fullmatch(lowered):
        return Nested("nullable", (nullable[1].strip(),))
    match = _NESTED.fullmatch(lowered)
    if match is None:
        return None
    name, parts = match[1], _parts(match[2])
    if name not in _WITH_FIELDS:
        return Nested(name, parts)
    fields = [_FIELD.fullmatch(part) for part in parts]
    if not all(fields):
        return Nested(name, parts)
    return Nested(name, parts, {field[2]: field[3] for field in fields if field is not None})


def bare_type(text: str) -> str:
    """The type without what says how few different values there are: that changes none of them."""
    wrapped = _LOW_CARDINALITY.fullmatch(text)
    return text if wrapped is None else wrapped[1]


def _parts(text: str) -> tuple[str, ...]:
    """What stands between the commas that are in no bracket."""
    parts, depth, start = [], 0, 0
    for place, character in enumerate(text):
        if character in _OPENING:
            depth += 1
        elif character in _CLOSING:
            depth -= 1
        elif character == "," and not depth:
            parts.append(text[start:place].strip())
            start = place + 1
    return (*parts, text[start:].strip())
