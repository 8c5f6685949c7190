"""Tests and constraints, as dbt's manifest and as we have them, in words that can be compared."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from placet.contracts.model import Asset
from placet.vocabulary.words import GuaranteeKind

# dbt's names of tests and constraints that come to one of our kinds with columns.
_KINDS = {
    "not_null": GuaranteeKind.NOT_NULL,
    "unique": GuaranteeKind.UNIQUE,
    "primary_key": GuaranteeKind.PRIMARY_KEY,
    "accepted_values": GuaranteeKind.ACCEPTED_VALUES,
    "relationships": GuaranteeKind.RELATIONSHIPS,
    "foreign_key": GuaranteeKind.RELATIONSHIPS,
    "dbt_utils.unique_combination_of_columns": GuaranteeKind.UNIQUE,
    "dbt_utils.relationships_where": GuaranteeKind.RELATIONSHIPS,
    "dbt_expectations.expect_column_values_to_not_be_null": GuaranteeKind.NOT_NULL,
    "dbt_expectations.expect_column_values_to_be_in_set": GuaranteeKind.ACCEPTED_VALUES,
    "dbt_expectations.expect_column_values_to_be_unique": GuaranteeKind.UNIQUE,
    "dbt_expectations.expect_compound_columns_to_be_unique": GuaranteeKind.UNIQUE,
}
_COMPARED = frozenset(_KINDS.values())
_OTHERS = frozenset(
    {
        "expression_is_true", "recency", "equal_rowcount", "fewer_rows_than", "freshness_anomalies", "volume_anomalies",
        "expect_row_values_to_have_recent_data", "expect_grouped_row_values_to_have_recent_data",
        "expect_table_row_count_to_be_between", "expect_table_row_count_to_equal",
        "expect_table_row_count_to_equal_other_table",
    }
)  # fmt: skip
_PACKAGES = ("dbt_utils", "dbt_expectations", "elementary")
_LISTS = ("combination_of_columns", "column_list", "column_names")


def promised_by_dbt(node: Mapping[str, Any], tests: list[Mapping[str, Any]]) -> list[str]:
    """What the manifest's tests and constraints of a node promise, each once."""
    return sorted({*_tested(tests), *_constrained(node)})


def promised_by_us(asset: Asset) -> list[str]:
    """The same of our guarantees; those of kinds without a like in dbt's core are left out."""
    found = set()
    for one in asset.guarantees:
        if one.kind in _COMPARED:
            found.add(_text(one.kind.value, one.columns))
        elif one.kind is GuaranteeKind.CUSTOM and "test" in (arguments := json.loads(one.arguments)):
            found.add(_text(str(arguments["test"]), one.columns))
    return sorted(found)


def _tested(tests: list[Mapping[str, Any]]) -> Iterator[str]:
    for test in tests:
        meta = test["test_metadata"]
        name = f"{meta['namespace']}.{meta['name']}" if meta["namespace"] else meta["name"]
        arguments = meta["kwargs"]
        listed = next((arguments[key] for key in _LISTS if isinstance(arguments.get(key), list)), None)
        column = test.get("column_name") or arguments.get("column_name")
        kind = _KINDS.get(name)
        columns = listed if listed and kind is GuaranteeKind.UNIQUE else [column] if column else []
        if kind is not None:
            yield _text(kind.value, columns)
        elif not _is_of_another_kind(name):
            yield _text(name, columns)


def _constrained(node: Mapping[str, Any]) -> Iterator[str]:
    named = [(one, one.get("columns") or []) for one in node.get("constraints") or ()]
    named += [(one, [name]) for name, column in node["columns"].items() for one in column.get("constraints") or ()]
    for one, columns in named:
        if kind := _KINDS.get(one["type"]):
            yield _text(kind.value, columns)


def _is_of_another_kind(name: str) -> bool:
    """Whether we take it for an expression, freshness or volume, which no name in the manifest tells apart."""
    package, _, bare = name.rpartition(".")
    return package in _PACKAGES and bare in _OTHERS


def _text(name: str, columns: Iterable[object]) -> str:
    folded = sorted({str(column).strip('`"').lower() for column in columns})
    return f"{name}({', '.join(folded)})"
