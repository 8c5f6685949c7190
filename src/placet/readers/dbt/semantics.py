"""The semantic layer as YAML writes it: semantic models, metrics and saved queries, in each spelling dbt has had."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from placet.readers.dbt.configs import merged
from placet.readers.dbt.shapes import (
    Notes,
    canonical,
    is_true,
    items_in,
    line_of,
    map_in,
    maps_in,
    named_maps_in,
    text_in,
    text_of,
    without_texts,
)
from placet.vocabulary.files import Location
from placet.vocabulary.yamlfile import YamlMap

Config = Mapping[str, Any]
ConfigOf = Callable[[YamlMap], Config]

# What a model's entry says for the semantic layer alone, since dbt 1.12: no part of the model itself.
SEMANTIC_KEYS = frozenset({"semantic_model", "agg_time_dimension", "primary_entity", "derived_semantics", "metrics"})
SEMANTIC_COLUMN_KEYS = frozenset({"entity", "dimension", "granularity"})

# Under which keys the types of metrics name what they are made of.
_MEASURE_KEYS = ("measure", "base_measure", "conversion_measure")
_METRIC_KEYS = ("numerator", "denominator", "metric", "input_metric", "base_metric", "conversion_metric")
_METRIC_LISTS = ("metrics", "input_metrics")
# Below a metric, further mappings with such keys.
_PARAMETERS = ("type_params", "conversion_type_params", "cumulative_type_params")
_METRIC_CALL = re.compile(r"\bmetric\s*\(\s*['\"]([^'\"]+)['\"]\s*\)")


class Sort(StrEnum):
    """What an element of a semantic model is."""

    ENTITY = "entity"
    DIMENSION = "dimension"
    MEASURE = "measure"


@dataclass(frozen=True, slots=True)
class ElementEntry:
    """An entity, dimension or measure.

    ``expr`` is its SQL (the name, where nothing else is written). ``kind``: ``primary``, ``time``, ``sum`` …
    ``settings`` is the canonical JSON of what else decides its value. ``time`` is a measure's time dimension, ``needs``
    are other elements of its semantic model without which it cannot be worked out.
    """

    sort: Sort
    name: str
    expr: str
    kind: str
    location: Location
    settings: str = "{}"
    time: str = ""
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SemanticModelEntry:
    """A semantic model; ``model`` as written. ``time``: the time dimension of its measures, unless they say another."""

    name: str
    location: Location
    content: str
    config: Config
    model: str
    elements: tuple[ElementEntry, ...] = ()
    primary_entity: str = ""
    time: str = ""


@dataclass(frozen=True, slots=True)
class InputEntry:
    """What a metric is made of: a measure or another metric, by name."""

    name: str
    is_measure: bool
    line: int | None


@dataclass(frozen=True, slots=True)
class MetricEntry:
    """A metric.

    ``inputs`` are what it is made of; one that stands at a model (``model`` as written, ``semantic_model`` by name)
    may be made of ``expr`` over the model's columns instead, its rows shaped by ``fields`` of it. ``filters`` as
    written; ``properties`` are the dimensions that a conversion must keep, ``entity`` what it follows. ``created_in``:
    the semantic model by whose measure alone it is there.
    """

    name: str
    location: Location
    content: str
    config: Config
    type: str
    inputs: tuple[InputEntry, ...] = ()
    filters: tuple[str, ...] = ()
    expr: str = ""
    model: str = ""
    semantic_model: str = ""
    fields: tuple[str, ...] = ()
    time: str = ""
    entity: str = ""
    needs: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    created_in: str = ""


@dataclass(frozen=True, slots=True)
class SavedQueryEntry:
    """A saved query: which metrics, by what, of which rows; all as written."""

    name: str
    location: Location
    content: str
    config: Config
    metrics: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ()
    where: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Semantics:
    """All that one property file says of the semantic layer."""

    models: tuple[SemanticModelEntry, ...] = ()
    metrics: tuple[MetricEntry, ...] = ()
    saved_queries: tuple[SavedQueryEntry, ...] = ()


# What most property files say of the semantic layer.
NOTHING = Semantics()


def semantics_in(top: YamlMap, notes: Notes, config: ConfigOf) -> Semantics:
    """What a property file says of the semantic layer; ``config`` gives an entry's settings."""
    reader = _Reader(notes, config)
    annotated = list(reader.annotated(top))
    return Semantics(
        models=(*reader.semantic_models(top), *(reader.model_of(name, item) for name, item in annotated)),
        metrics=(
            *reader.metrics(top),
            *reader.created(top),
            *(metric for name, item in annotated for metric in reader.metrics_of(name, item)),
        ),
        saved_queries=tuple(reader.saved_queries(top)),
    )


def without_semantics(item: YamlMap) -> dict[Any, Any]:
    """A model's entry without what it says for the semantic layer, which changes nothing of the model."""
    plain = {key: value for key, value in item.items() if key not in SEMANTIC_KEYS}
    if isinstance(plain.get("columns"), list):
        plain["columns"] = [
            {key: value for key, value in column.items() if key not in SEMANTIC_COLUMN_KEYS}
            if isinstance(column, Mapping)
            else column
            for column in plain["columns"]
        ]
    return plain


class _Reader:
    """Reads the sections of one file."""

    def __init__(self, notes: Notes, config: ConfigOf) -> None:
        self._notes = notes
        self._config = config

    def semantic_models(self, top: YamlMap) -> Iterator[SemanticModelEntry]:
        for name, item in named_maps_in(top, "semantic_models", self._notes):
            time = _text(map_in(item, "defaults", self._notes), "agg_time_dimension")
            yield SemanticModelEntry(
                name=name,
                location=self._notes.at(item.line),
                content=_content(item),
                config=self._config(item),
                model=_text(item, "model"),
                elements=(
                    *self._elements(item, "entities", Sort.ENTITY),
                    *self._elements(item, "dimensions", Sort.DIMENSION),
                    *self._elements(item, "measures", Sort.MEASURE, time),
                ),
                primary_entity=_text(item, "primary_entity"),
                time=time,
            )

    def annotated(self, top: YamlMap) -> Iterator[tuple[str, YamlMap]]:
        """The models whose entry says that they are semantic models as well (since dbt 1.12)."""
        for name, item in named_maps_in(top, "models", self._notes):
            said = item.get("semantic_model")
            if isinstance(said, Mapping):
                said = said.get("enabled", True)
            if said is not None and is_true(said, default=False):
                yield name, item

    def model_of(self, name: str, item: YamlMap) -> SemanticModelEntry:
        said = item["semantic_model"]
        own = said if isinstance(said, YamlMap) else YamlMap(item.line_of("semantic_model"))
        derived = map_in(item, "derived_semantics", self._notes)
        parts = {key: item[key] for key in SEMANTIC_KEYS - {"metrics"} if key in item}
        elements = (
            *self._of_columns(item),
            *self._elements(derived, "entities", Sort.ENTITY),
            *self._elements(derived, "dimensions", Sort.DIMENSION),
        )
        return SemanticModelEntry(
            name=_text(own, "name") or name,
            location=self._notes.at(item.line_of("semantic_model")),
            content=canonical([without_texts(parts), [[one.name, one.expr, one.kind] for one in elements]]),
            config=self._config(own),
            model=f"ref('{name}')",
            elements=elements,
            primary_entity=_text(item, "primary_entity"),
            time=_text(item, "agg_time_dimension"),
        )

    def metrics(self, top: YamlMap) -> Iterator[MetricEntry]:
        for name, item in named_maps_in(top, "metrics", self._notes):
            yield self._metric(name, item)

    def metrics_of(self, model: str, item: YamlMap) -> Iterator[MetricEntry]:
        """The metrics that stand at a model; what is not made of other metrics is made of the model's columns."""
        said = item["semantic_model"]
        semantic = (_text(said, "name") if isinstance(said, YamlMap) else "") or model
        time = _text(item, "agg_time_dimension")
        for name, metric in named_maps_in(item, "metrics", self._notes):
            yield self._metric(name, metric, f"ref('{model}')", semantic, time)

    def created(self, top: YamlMap) -> Iterator[MetricEntry]:
        """The metrics that measures ask for (``create_metric``)."""
        for model, item in named_maps_in(top, "semantic_models", self._notes):
            for name, measure in named_maps_in(item, "measures", self._notes):
                if is_true(measure.get("create_metric"), default=False):
                    yield MetricEntry(
                        name=name,
                        location=self._notes.at(measure.line),
                        content=_content(measure),
                        config=merged(self._config(item), self._config(measure)),
                        type="simple",
                        inputs=(InputEntry(name, is_measure=True, line=measure.line),),
                        created_in=model,
                    )

    def saved_queries(self, top: YamlMap) -> Iterator[SavedQueryEntry]:
        for name, item in named_maps_in(top, "saved_queries", self._notes):
            query = map_in(item, "query_params", self._notes)
            yield SavedQueryEntry(
                name=name,
                location=self._notes.at(item.line),
                content=_content(item),
                config=self._config(item),
                metrics=_texts(query.get("metrics")),
                group_by=_texts(query.get("group_by")),
                where=_texts(query.get("where")),
            )

    def _elements(self, item: YamlMap, key: str, sort: Sort, time: str = "") -> Iterator[ElementEntry]:
        for name, element in named_maps_in(item, key, self._notes):
            settings = {key: element[key] for key in ("agg_params", "non_additive_dimension") if key in element}
            yield ElementEntry(
                sort=sort,
                name=name,
                expr=_text(element, "expr") or name,
                kind=_text(element, "agg" if sort is Sort.MEASURE else "type").lower(),
                location=self._notes.at(element.line),
                settings=canonical(settings),
                time=_text(element, "agg_time_dimension") or time,
                needs=_needs(element),
            )

    def _of_columns(self, item: YamlMap) -> Iterator[ElementEntry]:
        for column, entry in named_maps_in(item, "columns", self._notes):
            for sort in (Sort.ENTITY, Sort.DIMENSION):
                said = entry.get(sort.value)
                if said is None or isinstance(said, list):
                    continue
                own = said if isinstance(said, YamlMap) else {}
                yield ElementEntry(
                    sort=sort,
                    name=_text(own, "name") or column,
                    expr=column,
                    kind=(_text(own, "type") if own else _text(entry, sort.value)).lower(),
                    location=self._notes.at(line_of(entry, sort.value)),
                )

    def _metric(
        self, name: str, item: YamlMap, model: str = "", semantic_model: str = "", time: str = ""
    ) -> MetricEntry:
        below = [map_in(item, "type_params", self._notes)]
        below += [map_in(below[0], key, self._notes) for key in _PARAMETERS[1:]]
        levels = [item, *below]
        inputs, filters = self._inputs(levels)
        expr = next((text for key in ("expr", "expression", "sql") if (text := _text(item, key))), "")
        expr = expr or _text(below[0], "expr")
        # Before dbt 1.6 a metric named the other metrics in its expression, and stood at a model itself.
        inputs += [InputEntry(other, is_measure=False, line=item.line) for other in _METRIC_CALL.findall(expr)]
        old_model = _text(item, "model")
        at_model = not inputs and bool(model or old_model)
        return MetricEntry(
            name=name,
            location=self._notes.at(item.line),
            content=canonical([_content(item), model, semantic_model, time]),
            config=self._config(item),
            type=_text(item, "agg") or _text(item, "calculation_method") or _text(item, "type"),
            inputs=tuple(dict.fromkeys(inputs)),
            filters=(*_filters(item), *filters),
            expr=expr or (name if at_model else ""),
            model=(model or old_model) if at_model else "",
            semantic_model=semantic_model if at_model else "",
            fields=tuple(self._old_fields(item)) if old_model else (),
            time=(_text(item, "agg_time_dimension") or time) if at_model else "",
            needs=_needs(item) if at_model else (),
            entity=next((text for level in levels if (text := _text(level, "entity"))), ""),
            properties=tuple(self._kept_properties(levels)),
        )

    def _inputs(self, levels: list[YamlMap]) -> tuple[list[InputEntry], list[str]]:
        inputs: list[InputEntry] = []
        filters: list[str] = []
        for level in levels:
            found = [
                (level[key], level.line_of(key), key in _MEASURE_KEYS)
                for key in (*_MEASURE_KEYS, *_METRIC_KEYS)
                if level.get(key) is not None
            ]
            for key in _METRIC_LISTS:
                found += [(value, line, False) for value, line in items_in(level, key, self._notes)]
            for value, line, is_measure in found:
                own = value if isinstance(value, YamlMap) else {"name": value}
                if name := _text(own, "name"):
                    inputs.append(InputEntry(name, is_measure, line))
                    filters += _filters(own)
        return inputs, filters

    def _kept_properties(self, levels: list[YamlMap]) -> Iterator[str]:
        for level in levels:
            for kept in maps_in(level, "constant_properties", self._notes):
                yield from filter(None, (_text(kept, "base_property"), _text(kept, "conversion_property")))

    def _old_fields(self, item: YamlMap) -> Iterator[str]:
        """The model's columns by which a metric of dbt 1.5 and before is cut and filtered."""
        yield from filter(None, (_text(item, "timestamp"), *_texts(item.get("dimensions"))))
        if isinstance(item.get("filters"), list):
            yield from filter(None, (_text(one, "field") for one in maps_in(item, "filters", self._notes)))


def _content(item: YamlMap) -> str:
    return canonical({key: value for key, value in without_texts(item).items() if key != "label"})


def _needs(item: Mapping[Any, Any]) -> tuple[str, ...]:
    """The elements by which something is kept from being summed up."""
    said = item.get("non_additive_dimension")
    if not isinstance(said, Mapping):
        return ()
    return tuple(
        filter(None, (_text(said, "name"), *_texts(said.get("window_groupings")), *_texts(said.get("group_by"))))
    )


def _filters(item: Mapping[Any, Any]) -> tuple[str, ...]:
    return _texts(item.get("filter"))


def _text(parent: Mapping[Any, Any], key: str) -> str:
    """The scalar under a key as text; a template that could not be rendered as it is written."""
    value = parent.get(key)
    return value.strip() if isinstance(value, str) else text_in(parent, key)


def _texts(value: object) -> tuple[str, ...]:
    """A scalar, or the scalars of a list, as texts; templates as they are written."""
    items = value if isinstance(value, (list, tuple)) else [value]
    return tuple(text_of(item) for item in items if item is not None and not isinstance(item, (dict, list)))
