"""What a version's entry makes of the model's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from placet.readers.dbt.declarations import ColumnEntry
from placet.readers.dbt.shapes import Notes, joined_maps, maps_in, texts_of
from placet.vocabulary.yamlfile import YamlList, YamlMap

_EVERY = (("all",), ("*",))


def version_config(model: Mapping[str, Any], version: Mapping[str, Any]) -> YamlMap:
    """The settings of a model with those of its version over them.

    As in dbt, mappings are joined at every depth, and what a version lists goes before what the model lists.
    """
    result = joined_maps(model, version)
    for key, value in version.items():
        before = model.get(key)
        if isinstance(value, Mapping) and isinstance(before, Mapping):
            result[key] = version_config(before, value)
        elif isinstance(value, list) and isinstance(before, list):
            result[key] = [*value, *before]
    return result


def columns_and_choices(version: YamlMap, notes: Notes) -> tuple[YamlMap, list[YamlMap]]:
    """An entry's own columns, as an entry of their own, and what it says of which columns of the model it has."""
    own = YamlMap(version.line)
    own["columns"] = kept = YamlList(version.line_of("columns"))
    choices = []
    for item in maps_in(version, "columns", notes):
        if "include" in item or "exclude" in item:
            choices.append(item)
        else:
            kept.append(item)
            kept.item_lines.append(item.line)
    return own, choices


def version_columns(
    model: Sequence[ColumnEntry], choices: Sequence[Mapping[Any, Any]], own: Iterable[ColumnEntry]
) -> tuple[ColumnEntry, ...]:
    """The columns of a version: those of the model that are chosen (all, where nothing is said), and its own.

    One of its own that the model has as well stands where the model has it, and has the tests of both, as dbt runs
    them.
    """
    found = {
        column.name: column
        for column in model
        if not choices or any(_is_chosen(column.name, choice) for choice in choices)
    }
    for column in own:
        before = found.get(column.name)
        found[column.name] = column if before is None else replace(column, tests=(*before.tests, *column.tests))
    return tuple(found.values())


def _is_chosen(name: str, choice: Mapping[Any, Any]) -> bool:
    include = texts_of(choice.get("include", "all"))
    return (include in _EVERY or name in include) and name not in texts_of(choice.get("exclude"))
