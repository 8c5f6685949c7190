"""The shared probes, as tables: each schema as a dbt model whose columns have its types and tests.

What a probe says of nullability, accepted values, types and columns is put into an enforced contract and its tests;
then the label "breaking for whoever reads the table" is held against our category (BREAKING or REQUIRES_ANALYSIS).
Probes about documents alone (arrays, nesting, numbers' steps, references) have no table.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from fakes.repositories import tree
from placet.diff.engine import changes_between, rules_from
from placet.policy.model import Policy
from placet.readers.dbt import read_projects
from placet.vocabulary.words import Category

PROBES = Path(__file__).parents[3] / "shared" / "cases" / "probes.jsonl"
TYPES = {"string": "varchar", "integer": "bigint", "number": "double", "boolean": "boolean"}
FORMATS = {"date": "date", "date-time": "timestamp"}
ENFORCED = {"contract": {"enforced": True}}
# What a table cannot say: several types in one column, documents in columns, keywords about documents alone.
NO_TABLES = {
    "p-02", "p-04", "p-07", "p-08", "p-09", "p-10", "p-13", "p-14", "p-18", "p-19", "p-20", "p-21", "p-22", "p-23",
    "p-25", "p-26", "p-27", "p-29", "p-30", "p-31", "p-32", "p-33", "p-41", "p-43", "p-46", "p-47",
}  # fmt: skip


def probes() -> Iterator[Any]:
    lines = PROBES.read_text("utf-8").splitlines() if PROBES.is_file() else []
    for probe in map(json.loads, lines):
        if probe["id"] not in NO_TABLES:
            yield pytest.param(probe, id=f"{probe['id']} {probe['name']}")
    if not lines:
        yield pytest.param(None, marks=pytest.mark.skip(reason="the shared cases are not at ../shared"))


@pytest.mark.parametrize("probe", list(probes()))
def test_what_breaks_for_the_reader_of_a_table_is_never_called_safe_nor_the_other_way_round(
    probe: Mapping[str, Any],
) -> None:
    old, new = (read_projects(tree(table(probe[side]))) for side in ("old", "new"))
    changes = changes_between(old, new, rules_from(Policy(), old))
    found = any(one.category in (Category.BREAKING, Category.REQUIRES_ANALYSIS) for one in changes)
    assert found is probe["expected_breaking_for_table_reader"], [(one.kind, one.path) for one in changes]


def table(schema: Mapping[str, Any]) -> dict[str, str]:
    """A project of one model that has the schema's properties as its columns."""
    items, entries = [], []
    for name, said in schema["properties"].items():
        types = [said.get("type")] if isinstance(said.get("type"), str) else list(said.get("type") or [])
        types += [one["type"] for one in said.get("anyOf", ())]
        is_nullable = "null" in types or said.get("nullable", False) or not types
        plain = [FORMATS.get(said.get("format", ""), TYPES[one]) for one in types if one != "null"]
        items.append(f'"{name}"')
        values = said.get("enum") or ([said["const"]] if "const" in said else None)
        tests: list[Any] = [] if is_nullable else ["not_null"]
        entry = {"name": name, "quote": True, "description": said.get("description", ""), "data_tests": tests}
        entries.append({**entry, "data_type": plain[0]} if plain else entry)
        if values is not None:
            tests.append({"accepted_values": {"values": values}})
    return {
        "dbt_project.yml": "name: shop\nprofile: shop_postgres\n",
        "models/dim.sql": f"select {', '.join(items)} from raw.t",  # noqa: S608 - never run
        "models/m.yml": json.dumps({"models": [{"name": "dim", "config": ENFORCED, "columns": entries}]}),
    }
