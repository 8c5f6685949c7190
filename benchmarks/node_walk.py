"""A JSON Schema differ as most are written: it walks both trees node by node, in Python. What ours is measured against.

It classifies as simply as can be (removed, added, another type, newly required) and says nothing of readers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]


def schema_of(columns: dict[str, str]) -> Schema:
    """A table's columns as a JSON Schema; by name their types."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            name: {"type": type_, "description": f"the column {name}", "x": {"nullable": True}}
            for name, type_ in columns.items()
        },
        "required": list(columns),
    }


def differences(old: Any, new: Any, path: tuple[str, ...] = ()) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - any JSON
    """Every difference, with its path."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(set(old) | set(new)):
            below = (*path, key)
            if key not in new:
                yield _difference("removed", below, old[key], None)
            elif key not in old:
                yield _difference("added", below, None, new[key])
            else:
                yield from differences(old[key], new[key], below)
    elif isinstance(old, list) and isinstance(new, list):
        had, has = set(old), set(new)
        gone, come = [one for one in old if one not in has], [one for one in new if one not in had]
        for one in gone:
            yield _difference("item_removed", path, one, None)
        for one in come:
            yield _difference("item_added", path, None, one)
    elif old != new:
        yield _difference("changed", path, old, new)


def _difference(kind: str, path: tuple[str, ...], old: object, new: object) -> dict[str, Any]:
    breaking = kind == "removed" or path[-1] in ("type", "required")
    return {"kind": kind, "path": "/".join(path), "old": old, "new": new, "breaking": breaking}
