"""What the build is told: where to run, and which columns the sources get."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlglot

from benchmarks.ground_truth.columns import NO_COLUMN
from benchmarks.ground_truth.workcopy import Workcopy
from placet.contracts.model import Asset, ContractSet
from placet.lineage.graph import graph_of
from placet.vocabulary.words import AssetKind

_BY_NAME = (
    (re.compile(r"(?i)(?:_|^)(?:at|on|datetime|timestamp|ts|time)$|timestamp"), "TIMESTAMP"),
    (re.compile(r"(?i)(?:_|^)date$|date$"), "DATE"),
    (re.compile(r"(?i)^(?:is|has|was)_"), "BOOLEAN"),
    (re.compile(r"(?i)(?:_|^)(?:amount|price|total|cost|rate|quantity|qty|count|num|number|value|fee|tax)$"), "DOUBLE"),
)


def plan_of(copy: Workcopy, contracts: ContractSet, scratch: Path, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The plan as JSON values. A source has the columns that its YAML lists and those that somebody names of it."""
    graph = graph_of(contracts)
    sources = {
        asset.id: _source_columns(asset, graph.columns_read(asset.key), _dialect(contracts, asset))
        for asset in contracts.assets
        if asset.kind is AssetKind.SOURCE
    }
    stand_ins = {
        asset.id: [[column.name, ""] for column in asset.columns]
        for asset in contracts.assets
        if asset.kind is AssetKind.MODEL
    }
    return {
        "project": str(copy.project),
        "profile": str(copy.settings.get("profile", "default")),
        "target": str(scratch / "target"),
        "profiles": str(scratch / "profiles"),
        "database": str(scratch / "truth.duckdb"),
        "manifest": str(scratch / "manifest.json"),
        "schema": "main",
        "dialect": next((one.dialect for one in contracts.projects if one.name == copy.name), ""),
        "variables": dict(variables),
        "sources": sources,
        "stand_ins": stand_ins,
    }


def _dialect(contracts: ContractSet, asset: Asset) -> str:
    return next((one.dialect for one in contracts.projects if one.name == asset.project), "")


def _source_columns(asset: Asset, read: tuple[str, ...], dialect: str) -> list[list[str]]:
    listed = {column.key: [column.name, _type(column.name, column.type or "", dialect)] for column in asset.columns}
    for key in read:
        listed.setdefault(key, [key, _type(key, "", dialect)])
    return list(listed.values()) or [[NO_COLUMN, "VARCHAR"]]


def _type(name: str, declared: str, dialect: str) -> str:
    if declared:
        try:
            return sqlglot.exp.DataType.build(declared, dialect=dialect or None).sql(dialect="duckdb")
        except (sqlglot.errors.SqlglotError, ValueError):
            pass
    return next((type_ for pattern, type_ in _BY_NAME if pattern.search(name)), "VARCHAR")
