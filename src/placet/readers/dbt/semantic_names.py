"""What the semantic layer's references mean: measures, metrics, and the dimensions and entities that filters name."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from placet.contracts.model import ColumnRef
from placet.readers.dbt.relations import Relations
from placet.readers.dbt.semantics import ElementEntry, SemanticModelEntry, Sort

Found = TypeVar("Found")

# Behind a path of entities and a dimension may stand to which grain the dimension is cut.
_GRAINS = frozenset(
    {"nanosecond", "microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year"}
)
# Of each value of such an entity a semantic model has one row, so that others can join it.
_IDENTITIES = frozenset({"primary", "unique", "natural"})
# So many underscored parts of a path are looked at, from its end.
_MAX_HOPS = 8
# The name that stands for the time dimension of whatever is measured.
_METRIC_TIME = "metric_time"
_REFERENCE = re.compile(r"\b(Dimension|TimeDimension|Entity|Metric)\s*\(\s*['\"]([^'\"]+)['\"]")


@dataclass(frozen=True, slots=True)
class Reference:
    """What a filter or a saved query names: ``sort`` is ``Dimension``, ``Entity``, ``Metric``, or empty."""

    sort: str
    path: str


def references_in(text: str) -> tuple[Reference, ...]:
    """The references of a filter, in order, each once."""
    return tuple(dict.fromkeys(Reference(sort.removeprefix("Time"), path) for sort, path in _REFERENCE.findall(text)))


def reference_of(text: str) -> Reference:
    """The one reference of an item of ``group_by``, also where it is a bare path."""
    return next(iter(references_in(text)), Reference("", text.strip()))


@dataclass(frozen=True, slots=True)
class SemanticModel:
    """A semantic model under its key, its elements by sort and name."""

    key: str
    entry: SemanticModelEntry
    fold: Callable[[str], str]
    elements: Mapping[tuple[Sort, str], ElementEntry]

    def ref(self, name: str) -> ColumnRef:
        """The column that an element is."""
        return ColumnRef(self.key, self.fold(name))

    def has(self, sort: Sort, name: str) -> bool:
        """Whether there is such an element."""
        return (sort, name) in self.elements

    def is_known_by(self, entity: str) -> bool:
        """Whether it has one row for each value of the entity."""
        if entity == self.entry.primary_entity:
            return True
        element = self.elements.get((Sort.ENTITY, entity))
        return element is not None and element.kind in _IDENTITIES


@dataclass(frozen=True, slots=True)
class Base:
    """What a metric is measured on, itself and through other metrics: semantic models, and their time dimensions."""

    models: frozenset[str] = frozenset()
    times: frozenset[ColumnRef] = frozenset()

    def and_also(self, other: Base) -> Base:
        """Both together."""
        return Base(self.models | other.models, self.times | other.times)


@dataclass(frozen=True, slots=True)
class Meaning:
    """The columns that a reference means, and those over which it is joined; none: it means nothing."""

    refs: tuple[ColumnRef, ...] = ()
    joins: tuple[ColumnRef, ...] = ()


@dataclass(slots=True)
class _Names:
    """What one project offers; ``having`` are the semantic models that have an element, by its sort and name."""

    models: dict[str, SemanticModel] = field(default_factory=dict)
    metrics: dict[str, ColumnRef] = field(default_factory=dict)
    having: dict[tuple[Sort, str], list[SemanticModel]] = field(default_factory=dict)


class SemanticNames:
    """The names of a repository's semantic layer, and what they mean from within one of its projects."""

    def __init__(self, relations: Relations) -> None:
        self._relations = relations
        self._names: dict[str, _Names] = {}
        self._by_key: dict[str, SemanticModel] = {}

    def add_model(self, folder: str, model: SemanticModel) -> None:
        """Offer a semantic model; of two with one name the first one counts."""
        names = self._names.setdefault(folder, _Names())
        if model.entry.name in names.models:
            return
        names.models[model.entry.name] = self._by_key[model.key] = model
        for element in model.elements:
            names.having.setdefault(element, []).append(model)

    def add_metric(self, folder: str, name: str, ref: ColumnRef) -> None:
        """Offer a metric; of two with one name the first one counts."""
        self._names.setdefault(folder, _Names()).metrics.setdefault(name, ref)

    def model(self, name: str, folder: str) -> SemanticModel | None:
        """The semantic model of that name."""
        return self._first(folder, lambda names: names.models.get(name))

    def metric(self, name: str, folder: str) -> ColumnRef | None:
        """The column of the metric of that name."""
        return self._first(folder, lambda names: names.metrics.get(name))

    def measure(self, name: str, folder: str) -> tuple[SemanticModel, ElementEntry] | None:
        """The measure of that name; measures are unique over all semantic models of a project."""
        model = next(iter(self._having(Sort.MEASURE, name, folder)), None)
        return None if model is None else (model, model.elements[Sort.MEASURE, name])

    def meaning(self, reference: Reference, folder: str, base: Base) -> Meaning:
        """What a reference means to something that is measured on ``base``."""
        if reference.sort == "Metric":
            metric = self.metric(reference.path, folder)
            return Meaning() if metric is None else Meaning((metric,))
        if reference.sort == "Entity":
            return self._entity(reference.path, folder, base)
        found = self._dimension(reference.path, folder, base)
        return found if found.refs or reference.sort else self._entity(reference.path, folder, base)

    def needed(self, model: SemanticModel, names: Iterable[str]) -> tuple[ColumnRef, ...]:
        """The columns of the elements of a semantic model that are named, as far as they are there."""
        return tuple(
            model.ref(name)
            for name in dict.fromkeys(names)
            if model.has(Sort.DIMENSION, name) or model.has(Sort.ENTITY, name)
        )

    def models_of(self, base: Base) -> list[SemanticModel]:
        """The semantic models that something is measured on, in order of key."""
        return [self._by_key[key] for key in sorted(base.models)]

    def _first(self, folder: str, look: Callable[[_Names], Found | None]) -> Found | None:
        places = (self._names[place] for place in self._relations.order(folder) if place in self._names)
        return next((found for place in places if (found := look(place)) is not None), None)

    def _having(self, sort: Sort, name: str, folder: str) -> list[SemanticModel]:
        """The semantic models that have such an element, those of the nearest project first."""
        places = (self._names[place] for place in self._relations.order(folder) if place in self._names)
        return [model for names in places for model in names.having.get((sort, name), ())]

    def _dimension(self, path: str, folder: str, base: Base) -> Meaning:
        parts = path.split("__")
        if parts[0] == _METRIC_TIME:
            return Meaning(tuple(sorted(base.times)))
        if meaning := self._dimension_of(parts, folder, base):
            return meaning
        if len(parts) > 1 and parts[-1] in _GRAINS:
            return self._dimension_of(parts[:-1], folder, base) or Meaning()
        return Meaning()

    def _dimension_of(self, parts: list[str], folder: str, base: Base) -> Meaning | None:
        # An entity before a dimension; the dimension's own name may hold the two underscores, too.
        for number in range(len(parts) - 1, max(-1, len(parts) - 1 - _MAX_HOPS), -1):
            entity, name = parts[number - 1] if number else "", "__".join(parts[number:])
            having = self._having(Sort.DIMENSION, name, folder)
            if entity:
                known = [model for model in having if model.is_known_by(entity)]
                having = known or [model for model in having if model.has(Sort.ENTITY, entity)]
            chosen = _nearest(having, base)
            if chosen:
                refs = tuple(model.ref(name) for model in chosen)
                return Meaning(refs, tuple(self._joins(parts[:number], chosen, base)))
        return None

    def _joins(self, entities: list[str], chosen: Collection[SemanticModel], base: Base) -> Iterator[ColumnRef]:
        """The entities over which what is measured comes to the semantic models that have the dimension."""
        if not entities or not base.models.isdisjoint(model.key for model in chosen):
            return
        measured = [model for model in self.models_of(base) if model.has(Sort.ENTITY, entities[0])]
        yield from (model.ref(entities[0]) for model in measured)
        yield from (model.ref(entities[-1]) for model in chosen if model.has(Sort.ENTITY, entities[-1]))

    def _entity(self, path: str, folder: str, base: Base) -> Meaning:
        name = path.rsplit("__", maxsplit=1)[-1]
        having = self._having(Sort.ENTITY, name, folder)
        known = [model for model in having if model.is_known_by(name)]
        near = [model for model in having if model.key in base.models]
        return Meaning(tuple(model.ref(name) for model in near or known or having))


def _nearest(models: list[SemanticModel], base: Base) -> list[SemanticModel]:
    """Those on which something is measured, if there are any; else all."""
    return [model for model in models if model.key in base.models] or models
