"""The semantic layer of a manifest as the YAML that it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from placet.readers.dbt.artifacts.documents import mapping, mappings, text, texts
from placet.readers.dbt.artifacts.manifest import Node
from placet.readers.dbt.artifacts.writing import as_yaml, settings_of, without_unsaid
from placet.readers.dbt.semantics import MetricEntry, Semantics, semantics_in
from placet.readers.dbt.shapes import Notes
from placet.vocabulary.files import Location

# Where a filter stands, dbt writes a mapping that holds the texts.
_FILTERS = "where_filters"
_FILTER = "where_sql_template"
# What a manifest says of an element besides what YAML said.
_ADDED = frozenset({"create_metric", "metadata", "label", "input_measures", "is_private"})


def semantics_of(
    models: Sequence[Node], metrics: Sequence[Node], saved_queries: Sequence[Node], place_of: Mapping[str, Location]
) -> Semantics:
    """What YAML said of the semantic layer; ``place_of`` has the places by unique id."""
    notes = Notes("", "")
    top = as_yaml(
        {
            "semantic_models": [_as_said(node) for node in models],
            "metrics": [_as_said(node) for node in metrics],
            "saved_queries": [_as_said(node) for node in saved_queries],
        }
    )
    # The section that a node stands in counts, whatever it says that it is.
    sorts = (("semantic_model", models), ("metric", metrics), ("saved_query", saved_queries))
    every = [(sort, node) for sort, nodes in sorts for node in nodes]
    configs = {(sort, node.name): settings_of(node) for sort, node in every}
    read = semantics_in(top, notes, lambda _item: {})
    based = {node.name: node for node in models}
    by_name = {node.name: node for node in metrics}
    places = {(sort, node.name): place_of[node.id] for sort, node in every}
    return Semantics(
        models=tuple(
            replace(
                one,
                config=configs["semantic_model", one.name],
                location=places["semantic_model", one.name],
                elements=tuple(replace(part, location=places["semantic_model", one.name]) for part in one.elements),
            )
            for one in read.models
        ),
        metrics=tuple(
            replace(
                _over_columns(one, by_name[one.name], based),
                config=configs["metric", one.name],
                location=places["metric", one.name],
            )
            for one in read.metrics
        ),
        saved_queries=tuple(
            replace(one, config=configs["saved_query", one.name], location=places["saved_query", one.name])
            for one in read.saved_queries
        ),
    )


def _as_said(node: Node) -> dict[str, Any]:
    written = {key: _plain(value) for key, value in node.written.items() if key not in _DERIVED}
    return {**without_unsaid(written), "name": node.name}


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """A value with filters as texts, and without what dbt adds."""
    if isinstance(value, dict):
        if _FILTERS in value:
            return [text(one, _FILTER) for one in mappings(value, _FILTERS)]
        return {key: _plain(item) for key, item in value.items() if key not in _ADDED}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _over_columns(metric: MetricEntry, node: Node, models: Mapping[str, Node]) -> MetricEntry:
    """A metric that is made of a model's columns, as dbt 1.12 writes it: the semantic model says which model."""
    said = mapping(mapping(node.written, "type_params"), "metric_aggregation_params")
    base = models.get(text(said, "semantic_model"))
    if base is None or metric.inputs:
        return metric
    apart = mapping(said, "non_additive_dimension")
    default = text(mapping(base.written, "defaults"), "agg_time_dimension")
    needs = (text(apart, "name"), *texts(apart, "window_groupings"), *texts(apart, "group_by"))
    return replace(
        metric,
        type=text(said, "agg") or metric.type,
        expr=text(said, "expr") or metric.name,
        model=text(base.written, "model"),
        semantic_model=base.name,
        time=text(said, "agg_time_dimension") or default,
        needs=tuple(filter(None, needs)),
    )


# What dbt works out of the rest, or where it stands.
_DERIVED = frozenset(
    {
        "path", "original_file_path", "unique_id", "fqn", "node_relation", "resource_type", "package_name",
        "created_at", "refs", "sources", "depends_on", "unrendered_config", "metadata", "patch_path", "root_path",
        "config", "meta", "tags", "description", "label", "docs", "group", "exports", "metrics", "model_unique_id",
    }
)  # fmt: skip
