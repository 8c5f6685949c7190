"""The entries of a manifest as the entries of YAML that they come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from placet.readers.dbt.artifacts.documents import mapping, mappings, text, texts
from placet.readers.dbt.artifacts.manifest import Manifest, Node
from placet.readers.dbt.artifacts.tests import TestsOf
from placet.readers.dbt.artifacts.writing import (
    as_yaml,
    call_text,
    calls_as_written,
    is_of_target,
    settings_of,
    without_unsaid,
)
from placet.readers.dbt.configs import without_texts
from placet.readers.dbt.declarations import ColumnEntry, ConstraintEntry
from placet.readers.dbt.properties import Entry, ExposureEntry, GroupEntry, SourceEntry
from placet.readers.dbt.shapes import canonical
from placet.vocabulary.files import Location

_MIDNIGHT = "T00:00:00"


def entry_of(node: Node, place: Location, tests: TestsOf) -> Entry:
    """What YAML said of a model, a seed or a snapshot."""
    written = node.written
    columns = tuple(_columns(written, place))
    constraints = tuple(_constraints(written, place))
    return Entry(
        resource=f"{node.sort}s",
        name=node.name,
        location=place,
        content=_content(written, ("constraints", "deprecation_date")),
        config=settings_of(node),
        columns=columns,
        tests=tests.of(node.id, place),
        constraints=constraints,
        version=node.version,
        latest_version=text(written, "latest_version") if node.version else "",
        deprecation_date=_day(text(written, "deprecation_date")),
    )


def source_entry_of(node: Node, place: Location, tests: TestsOf, default_database: str) -> SourceEntry:
    """What YAML said of a source's table; where nobody named a database, dbt has put the target's there."""
    written = node.written
    database = text(written, "database")
    if "unrendered_database" in written:
        raw = text(written, "unrendered_database")
        database = database if raw and not is_of_target(raw) else ""
    elif database == default_database:
        database = ""
    config = {**settings_of(node), "enabled": True}
    if freshness := without_unsaid(mapping(written, "freshness")):
        config["freshness"] = as_yaml(freshness)
    return SourceEntry(
        source=text(written, "source_name"),
        table=node.name,
        location=place,
        content=_content(written, ("freshness", "loader", "identifier", "schema")),
        config=config,
        database=database,
        schema="" if is_of_target(text(written, "unrendered_schema")) else text(written, "schema"),
        identifier=text(written, "identifier") or node.name,
        loader=text(written, "loader"),
        columns=tuple(_columns(written, place)),
        tests=tests.of(node.id, place),
    )


def exposure_entry_of(node: Node, place: Location, manifest: Manifest) -> ExposureEntry:
    """What YAML said of an exposure."""
    metrics = {one.id: one.name for one in manifest.others("metrics")}
    calls = [call_text(call) for call in calls_as_written(node, manifest)]
    calls += [f"metric({metrics[one]!r})" for one in node.reads if one in metrics]
    return ExposureEntry(
        name=node.name,
        location=place,
        content=_content(node.written, ("type", "owner", "url", "maturity", "label", "depends_on")),
        config={**settings_of(node), "enabled": True},
        depends_on=tuple((call, 1) for call in sorted(calls)),
        owner=as_yaml(mapping(node.written, "owner")),
        type=text(node.written, "type"),
        url=text(node.written, "url"),
    )


def group_entry_of(node: Node, place: Location) -> GroupEntry:
    """What YAML said of a group."""
    meta = mapping(node.config, "meta") or mapping(node.written, "meta")
    return GroupEntry(node.name, place, as_yaml(mapping(node.written, "owner")), as_yaml(meta) or None)


def _columns(written: Mapping[str, Any], place: Location) -> Iterator[ColumnEntry]:
    for key, column in mapping(written, "columns").items():
        if isinstance(column, dict):
            quoted = column.get("quote")
            yield ColumnEntry(
                name=text(column, "name") or key,
                location=place,
                type=text(column, "data_type"),
                quoted=quoted if isinstance(quoted, bool) else None,
                constraints=tuple(replace(one, columns=()) for one in _constraints(column, place)),
            )


def _constraints(written: Mapping[str, Any], place: Location) -> Iterator[ConstraintEntry]:
    for one in mappings(written, "constraints"):
        if kind := text(one, "type"):
            yield ConstraintEntry(
                type=kind.lower(),
                columns=tuple(texts(one, "columns")),
                expression=text(one, "expression"),
                to=text(one, "to"),
                to_columns=tuple(texts(one, "to_columns")),
                name=text(one, "name"),
                location=place,
            )


def _content(written: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    columns = {name: column for name, column in mapping(written, "columns").items() if isinstance(column, dict)}
    plain = {
        name: {key: column.get(key) for key in ("data_type", "quote", "constraints")}
        for name, column in columns.items()
    }
    return canonical(without_texts(without_unsaid({"columns": plain, **{key: written.get(key) for key in keys}})))


def _day(written: str) -> str:
    """A day as people write it: dbt adds midnight to it, somewhere."""
    return written.partition("T")[0] if _MIDNIGHT in written else written
