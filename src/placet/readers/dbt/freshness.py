"""How fresh a source's table is said to be, out of the four places in YAML that may say it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from placet.readers.dbt.shapes import Unrendered
from placet.vocabulary.yamlfile import YamlMap

_TIMES = ("warn_after", "error_after")


@dataclass(frozen=True, slots=True)
class Freshness:
    """What YAML says: ``value`` is None where it takes away what is said elsewhere. ``line`` of the last word on it."""

    value: Mapping[str, Any] | None
    line: int | None


def freshness_in(levels: Iterable[Mapping[str, Any] | None]) -> Freshness | None:
    """What the places come to, widest first; None where they say nothing, so that the project file may.

    As in dbt: a place that is written empty takes everything away; of the others, each time is the nearest that has a
    count and a period, and one that is written empty is taken away; a filter is the nearest.
    """
    merged: dict[str, Any] | None = {}
    line: int | None = None
    for level in levels:
        if level is None or "freshness" not in level:
            continue
        written = level["freshness"]
        if isinstance(level, YamlMap):
            line = level.line_of("freshness")
        if not isinstance(written, Mapping):
            merged = None
        elif merged is not None or _checks(written):
            merged = _over(merged or {}, written)
    if merged is None:
        return Freshness(None, line)
    return Freshness(merged, line) if _checks(merged) else None


def _over(base: Mapping[str, Any], update: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key in _TIMES:
        if key in update and (update[key] is None or _is_time(update[key])):
            result[key] = update[key]
    if update.get("filter") is not None:
        result["filter"] = update["filter"]
    return result


def _checks(freshness: Mapping[str, Any]) -> bool:
    return any(_is_time(freshness.get(key)) for key in _TIMES)


def _is_time(value: object) -> bool:
    if isinstance(value, Unrendered):
        return True
    return isinstance(value, Mapping) and value.get("count") is not None and value.get("period") is not None
