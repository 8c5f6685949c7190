"""Assets of the semantic layer: semantic models, metrics and saved queries, down to the columns that they read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from placet.contracts.model import IDENTITY, Asset, Column, ColumnRef, Derivation, RowPart
from placet.contracts.order import in_order_of_reading
from placet.readers.dbt.assets import Made, group_owner, meta_of, missing_reason, told_reasons
from placet.readers.dbt.calls import call_from
from placet.readers.dbt.columns import Spelling
from placet.readers.dbt.configs import is_enabled, merged, text_setting, without_texts
from placet.readers.dbt.context import Context
from placet.readers.dbt.elements import Expression, column_over, fields_of, joined_columns
from placet.readers.dbt.parts import KnownRelation
from placet.readers.dbt.relations import Missing, Relations
from placet.readers.dbt.semantic_names import Base, SemanticModel, SemanticNames, reference_of, references_in
from placet.readers.dbt.semantics import ElementEntry, MetricEntry, SavedQueryEntry, SemanticModelEntry, Sort
from placet.readers.dbt.shapes import canonical
from placet.vocabulary.canonical import text_digest
from placet.vocabulary.files import Location
from placet.vocabulary.words import AssetKind, ReadStatus, RowPartKind

# What a query finds in a relation: by its reference's key, or None where it is in no tree.
Known = Callable[[str], KnownRelation | None]

# In ``dbt_project.yml``, the settings of each sort.
_RESOURCES = {
    AssetKind.SEMANTIC_MODEL: "semantic-models",
    AssetKind.METRIC: "metrics",
    AssetKind.SAVED_QUERY: "saved-queries",
}
# What a metric takes from the semantic model whose measure asks for it.
_PASSED_ON = frozenset({"enabled", "meta"})


@dataclass(frozen=True, slots=True)
class _Stated:
    """Something that YAML says, with what it is called and configured."""

    context: Context
    kind: AssetKind
    entry: SemanticModelEntry | MetricEntry | SavedQueryEntry
    config: dict[str, object]

    @property
    def id(self) -> str:
        return f"{self.kind.value}.{self.context.project.name}.{self.entry.name}"

    @property
    def folder(self) -> str:
        return self.context.project.folder

    @property
    def key(self) -> str:
        return f"{self.folder}:{self.id}"

    @property
    def spelling(self) -> Spelling:
        return Spelling(self.context.dialect.name)


@dataclass(slots=True)
class _Read:
    """What is found out about one asset: its columns, its rows, the assets it reads, and what is not known."""

    columns: list[Column] = field(default_factory=list)
    rows: list[RowPart] = field(default_factory=list)
    reads: set[str] = field(default_factory=set)
    reads_all: set[str] = field(default_factory=set)
    reasons: list[tuple[str, Location]] = field(default_factory=list)

    def shaped_by(self, kind: RowPartKind, refs: Iterable[ColumnRef], text: str) -> None:
        """Note columns that decide which rows count; nothing where there are none."""
        if inputs := tuple(dict.fromkeys(refs)):
            self.rows.append(RowPart(kind, Derivation(text_digest(kind, text), inputs, text=text)))

    def taken_from(self, key: str, name: str) -> None:
        """Note a relation whose rows are read."""
        self.rows.append(RowPart(RowPartKind.FROM, Derivation("rows", (ColumnRef(key),), text=name)))


class SemanticLayer:
    """All that the projects of a repository say of the semantic layer, once their models are known."""

    def __init__(self, contexts: Sequence[Context], relations: Relations, known: Known) -> None:
        self._relations = relations
        self._known = known
        self.names = SemanticNames(relations)
        self._bases: dict[str, Base] = {}
        self._metrics: dict[str, tuple[_Stated, MetricEntry]] = {}
        self._models: list[tuple[_Stated, SemanticModelEntry]] = []
        self._saved: list[tuple[_Stated, SavedQueryEntry]] = []
        for context in contexts:
            self._take(context)
        self._find_bases()

    def assets(self) -> Iterator[Made]:
        """The semantic models, the metrics and the saved queries, but for those that are switched off."""
        for stated, model in self._models:
            yield _made(stated, self._semantic_model(stated, model))
        for stated, metric in self._metrics.values():
            yield _made(stated, self._metric(stated, metric))
        for stated, query in self._saved:
            yield _made(stated, self._saved_query(stated, query))

    def _take(self, context: Context) -> None:
        for properties in context.properties:
            for model in properties.semantics.models:
                if stated := _stated(context, AssetKind.SEMANTIC_MODEL, model):
                    self._models.append((stated, model))
                    elements = {(one.sort, one.name): one for one in reversed(model.elements)}
                    offered = SemanticModel(stated.key, model, stated.spelling.fold, elements)
                    self.names.add_model(stated.folder, offered)
            for metric in properties.semantics.metrics:
                stated = _stated(context, AssetKind.METRIC, metric)
                if stated and stated.key not in self._metrics:
                    self._metrics[stated.key] = (stated, metric)
                    ref = ColumnRef(stated.key, stated.spelling.fold(metric.name))
                    self.names.add_metric(stated.folder, metric.name, ref)
            for query in properties.semantics.saved_queries:
                if stated := _stated(context, AssetKind.SAVED_QUERY, query):
                    self._saved.append((stated, query))

    def _semantic_model(self, stated: _Stated, entry: SemanticModelEntry) -> _Read:
        read = _Read()
        model = self._model(stated, entry.model, read)
        if model is None:
            read.columns += [_unknown(stated, one.name, one.location) for one in entry.elements]
            return read
        read.taken_from(model.key, model.identifier)
        columns = [column_over(model, _expression(one), stated.spelling.dialect) for one in entry.elements]
        read.columns += joined_columns(columns)
        for column in read.columns:
            self._note_hole(column, model, read)
        return read

    def _metric(self, stated: _Stated, entry: MetricEntry) -> _Read:
        read = _Read()
        base = self._base(stated.key)
        if entry.model:
            self._of_model(stated, entry, read)
        else:
            self._of_inputs(stated, entry, read)
        for text in entry.filters:
            self._filtered(stated, text, base, read)
        if entry.entity:
            meaning = self.names.meaning(reference_of(f"Entity('{entry.entity}')"), stated.folder, base)
            read.shaped_by(RowPartKind.JOIN, meaning.refs, entry.entity)
        for model in self.names.models_of(base) if entry.properties else ():
            read.shaped_by(RowPartKind.JOIN, self.names.needed(model, entry.properties), ", ".join(entry.properties))
        return read

    def _of_model(self, stated: _Stated, entry: MetricEntry, read: _Read) -> None:
        """A metric that is made of a model's columns, as all simple ones are since dbt 1.12."""
        model = self._model(stated, entry.model, read)
        if model is None:
            read.columns.append(_unknown(stated, entry.name, entry.location))
            return
        read.taken_from(model.key, model.identifier)
        text = f"{entry.type}({entry.expr})"
        expression = Expression(entry.name, entry.expr, entry.location, entry.type or "metric", text)
        column = column_over(model, expression, stated.spelling.dialect)
        read.columns.append(column)
        self._note_hole(column, model, read)
        if entry.fields:
            refs = fields_of(model, entry.fields, stated.spelling)
            read.shaped_by(RowPartKind.GROUP, refs, ", ".join(entry.fields))
        semantic = self.names.model(entry.semantic_model, stated.folder) if entry.semantic_model else None
        if semantic is not None:
            needs = tuple(filter(None, (entry.time, *entry.needs)))
            read.shaped_by(RowPartKind.GROUP, self.names.needed(semantic, needs), ", ".join(needs))

    def _of_inputs(self, stated: _Stated, entry: MetricEntry, read: _Read) -> None:
        """A metric that is made of measures or of other metrics."""
        inputs: list[ColumnRef] = []
        missing: list[str] = []
        for one in entry.inputs:
            place = Location(entry.location.path, one.line or entry.location.line)
            metric = None if one.is_measure else self.names.metric(one.name, stated.folder)
            measure = self.names.measure(one.name, stated.folder) if metric is None else None
            if metric is not None:
                inputs.append(metric)
            elif measure is not None:
                model, element = measure
                inputs.append(model.ref(one.name))
                needs = tuple(filter(None, (element.time, *element.needs)))
                read.shaped_by(RowPartKind.GROUP, self.names.needed(model, needs), ", ".join(needs))
            elif not self._relations.absent_packages(stated.folder):
                missing.append(f'no {"measure" if one.is_measure else "metric"} "{one.name}"')
                read.reasons.append((missing[-1], place))
        for key in dict.fromkeys(ref.asset for ref in inputs):
            read.taken_from(key, key.rpartition(".")[2])
        if not entry.inputs:
            missing.append("it names no measure and no metric")
            read.reasons.append((missing[-1], entry.location))
        read.columns.append(_of_refs(stated, entry, tuple(inputs), told_reasons(missing)))

    def _saved_query(self, stated: _Stated, entry: SavedQueryEntry) -> _Read:
        read = _Read()
        base = Base()
        columns: list[Column] = []
        for name in entry.metrics:
            metric = self.names.metric(name, stated.folder)
            if metric is None:
                if not self._relations.absent_packages(stated.folder):
                    read.reasons.append((f'no metric "{name}"', entry.location))
                columns.append(_unknown(stated, name, entry.location))
                continue
            base = base.and_also(self._base(metric.asset))
            columns.append(_passed_on(stated, name, entry.location, (metric,)))
            read.taken_from(metric.asset, name)
        for text in entry.group_by:
            reference = reference_of(text)
            meaning = self.names.meaning(reference, stated.folder, base)
            if not meaning.refs:
                self._note_unknown(stated, text, entry.location, read)
            columns.append(_passed_on(stated, reference.path, entry.location, meaning.refs))
            read.shaped_by(RowPartKind.JOIN, meaning.joins, reference.path)
        read.columns += joined_columns(columns)
        for text in entry.where:
            self._filtered(stated, text, base, read)
        return read

    def _filtered(self, stated: _Stated, text: str, base: Base, read: _Read) -> None:
        refs: list[ColumnRef] = []
        joins: list[ColumnRef] = []
        for reference in references_in(text):
            meaning = self.names.meaning(reference, stated.folder, base)
            refs += meaning.refs
            joins += meaning.joins
            if not meaning.refs:
                self._note_unknown(stated, f"{reference.sort}('{reference.path}')", stated.entry.location, read)
        read.shaped_by(RowPartKind.FILTER, refs, " ".join(text.split()))
        read.shaped_by(RowPartKind.JOIN, joins, ", ".join(ref.column for ref in joins))

    def _model(self, stated: _Stated, written: str, read: _Read) -> KnownRelation | None:
        """The model that something stands on; None where there is no telling which."""
        place = stated.entry.location
        call = call_from(written)
        if call is None:
            read.reasons.append((f"model {written!r} is no ref" if written else "it names no model", place))
            return None
        key = self._relations.key_of(call, stated.folder)
        if isinstance(key, Missing):
            if reason := missing_reason(key):
                read.reasons.append((reason, place))
            return None
        read.reads.add(key)
        found = self._known(key)
        return found or KnownRelation(key, key.rpartition(".")[2], (), open_ended=True)

    def _note_hole(self, column: Column, model: KnownRelation, read: _Read) -> None:
        if column.hole:
            read.reasons.append((column.hole, column.location))
            if model.open_ended and not column.inputs:
                # Which columns there are is not known, so that none of them can be named.
                read.reads_all.add(model.key)

    def _note_unknown(self, stated: _Stated, what: str, place: Location, read: _Read) -> None:
        if not self._relations.absent_packages(stated.folder):
            read.reasons.append((f"{what} is nothing that a semantic model here has", place))

    def _base(self, key: str) -> Base:
        return self._bases.get(key, Base())

    def _find_bases(self) -> None:
        """What each metric is measured on, after the metrics that it is made of; a cycle has what is known by then."""
        made_of = {
            key: [
                ref.asset
                for one in entry.inputs
                if not one.is_measure and (ref := self.names.metric(one.name, stated.folder)) is not None
            ]
            for key, (stated, entry) in self._metrics.items()
        }
        for group in in_order_of_reading(made_of):
            for key in group:
                base = self._own_base(*self._metrics[key])
                for other in made_of[key]:
                    base = base.and_also(self._base(other))
                self._bases[key] = base

    def _own_base(self, stated: _Stated, entry: MetricEntry) -> Base:
        base = Base()
        if entry.semantic_model and (model := self.names.model(entry.semantic_model, stated.folder)):
            base = self._measured(model, entry.time)
        for one in entry.inputs:
            if one.is_measure or self.names.metric(one.name, stated.folder) is None:
                measure = self.names.measure(one.name, stated.folder)
                base = base.and_also(self._measured(measure[0], measure[1].time)) if measure else base
        return base

    def _measured(self, model: SemanticModel, time: str) -> Base:
        return Base(frozenset({model.key}), frozenset(self.names.needed(model, (time,))))


def _stated(
    context: Context, kind: AssetKind, entry: SemanticModelEntry | MetricEntry | SavedQueryEntry
) -> _Stated | None:
    own, over = context.layers(_RESOURCES[kind], [*context.names_to(entry.location.path), entry.name])
    said = entry.config
    if isinstance(entry, MetricEntry) and entry.created_in:
        wide, wider = context.layers(
            _RESOURCES[AssetKind.SEMANTIC_MODEL], [*context.names_to(entry.location.path), entry.created_in]
        )
        said = {key: value for key, value in merged(*wide, said, *wider).items() if key in _PASSED_ON}
    config = merged(*own, said, *over)
    return _Stated(context, kind, entry, config) if is_enabled(config) else None


def _made(stated: _Stated, read: _Read) -> Made:
    context, entry, config = stated.context, stated.entry, stated.config
    meta, findings = meta_of(context, config, entry.location, stated.spelling.fold)
    group = text_setting(config, "group")
    inputs = [ref for column in read.columns for ref in (column.derivation or column).inputs]
    inputs += [ref for part in read.rows for ref in part.derivation.inputs]
    asset = Asset(
        key=stated.key,
        id=stated.id,
        name=entry.name,
        kind=stated.kind,
        project=context.project.name,
        location=entry.location,
        files=(entry.location.path,),
        own_digest=text_digest(stated.id, context.dialect.name, entry.content, canonical(without_texts(config))),
        columns=tuple(read.columns),
        rows=tuple(dict.fromkeys(read.rows)),
        reads=tuple(sorted({*read.reads, *(ref.asset for ref in inputs)} - {stated.key})),
        reads_all=tuple(sorted(read.reads_all)),
        status=ReadStatus.PARTIAL if read.reasons else ReadStatus.RESOLVED,
        reason=told_reasons(reason for reason, _ in read.reasons),
        reason_location=read.reasons[0][1] if read.reasons else None,
        group=group,
        group_owner=group_owner(context, group),
        meta=meta,
    )
    return Made(asset, findings)


def _expression(entry: ElementEntry) -> Expression:
    if entry.sort is not Sort.MEASURE:
        return Expression(entry.name, entry.expr, entry.location)
    # Percentiles, and what may not be added up, are part of how a measure is made.
    wrapped = entry.kind if entry.settings == "{}" else f"{entry.kind}{entry.settings}"
    return Expression(entry.name, entry.expr, entry.location, wrapped or "measure", f"{entry.kind}({entry.expr})")


def _of_refs(stated: _Stated, entry: MetricEntry, inputs: tuple[ColumnRef, ...], missing: str) -> Column:
    """A metric's column; a simple one is its measure."""
    key = stated.spelling.fold(entry.name)
    if missing:
        return Column(entry.name, key, entry.location, made=True, hole=missing, inputs=inputs)
    is_simple = entry.type == "simple" and len(inputs) == 1
    template = IDENTITY if is_simple else text_digest("metric", entry.content)
    text = entry.expr or f"{entry.type} of {', '.join(one.name for one in entry.inputs)}"
    return Column(entry.name, key, entry.location, made=True, derivation=Derivation(template, inputs, text=text))


def _passed_on(stated: _Stated, name: str, place: Location, refs: tuple[ColumnRef, ...]) -> Column:
    key = stated.spelling.fold(name)
    if not refs:
        return _unknown(stated, name, place)
    template = IDENTITY if len(refs) == 1 else "either"
    return Column(name, key, place, made=True, derivation=Derivation(template, refs, text=name))


def _unknown(stated: _Stated, name: str, place: Location) -> Column:
    return Column(name, stated.spelling.fold(name), place, made=True, hole="what it is made of is not known")
