"""Assets that stand in YAML alone: sources and exposures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from placet.contracts.model import Asset, Relation
from placet.readers.dbt.assets import Made, grants_of, meta_of, missing_reason, told_reasons
from placet.readers.dbt.cache import Cache
from placet.readers.dbt.calls import call_from, metric_from
from placet.readers.dbt.columns import Promised, Spelling, columns_of, folding
from placet.readers.dbt.configs import is_enabled, map_setting, merged, without_texts
from placet.readers.dbt.context import Context
from placet.readers.dbt.guarantees import Terms, freshness_guarantee, guarantees_of
from placet.readers.dbt.metadata import owner_hint
from placet.readers.dbt.parts import RefCall
from placet.readers.dbt.properties import ExposureEntry, SourceEntry
from placet.readers.dbt.relations import Missing, Relations
from placet.readers.dbt.semantic_names import SemanticNames
from placet.readers.dbt.shapes import canonical
from placet.vocabulary.canonical import canonical_json, text_digest
from placet.vocabulary.files import Location
from placet.vocabulary.words import AssetKind, ReadStatus
from placet.vocabulary.yamlfile import YamlMap

# A source's asset with the entry that it was made of; made anew where either is another.
_SOURCES = Cache[tuple[SourceEntry, Made | None]](
    60_000_000, lambda kept: 3_000 + 300 * len(kept[0].columns) + 300 * len(kept[0].tests)
)


def source_assets(context: Context) -> Iterator[Made]:
    """The tables of the project's sources, but for those that are switched off, in order of path."""
    for properties in context.properties:
        for entry in properties.sources:
            key = (context.fingerprint, entry.location.path, entry.source, entry.table)
            kept = _SOURCES.get(key)
            if kept is None or kept[0] is not entry:
                kept = entry, _source(context, entry)
                _SOURCES.put(key, kept)
            if kept[1] is not None:
                yield kept[1]


def exposure_assets(context: Context, relations: Relations, names: SemanticNames) -> Iterator[Made]:
    """The project's exposures, but for those that are switched off, in order of path."""
    for properties in context.properties:
        for entry in properties.exposures:
            own, over = context.layers("exposures", [*context.names_to(entry.location.path), entry.name])
            config = merged(*own, entry.config, *over)
            if is_enabled(config):
                yield _exposure(context, entry, config, relations, names)


def _source(context: Context, entry: SourceEntry) -> Made | None:
    names = [*context.names_to(entry.location.path), entry.source, entry.table]
    own, over = context.layers("sources", names)
    config = merged(*own, entry.config, *over)
    if not is_enabled(config):
        return None
    spelling = Spelling(context.dialect.name)
    columns = columns_of(Promised(entry.columns), (), spelling, "")
    fold = folding(columns, spelling)
    guarantees = guarantees_of(entry.tests, (), entry.columns, Terms(fold, settings_of=context.settings_of))
    freshness = freshness_guarantee(map_setting(config, "freshness"), _freshness_place(context, entry, config))
    if freshness is not None:
        guarantees = (*guarantees, freshness)
    meta, findings = meta_of(context, config, entry.location, fold)
    unique_id = f"source.{context.project.name}.{entry.source}.{entry.table}"
    asset = Asset(
        key=f"{context.project.folder}:{unique_id}",
        id=unique_id,
        name=f"{entry.source}.{entry.table}",
        kind=AssetKind.SOURCE,
        project=context.project.name,
        location=entry.location,
        files=(entry.location.path,),
        own_digest=text_digest(
            unique_id,
            entry.content,
            canonical(without_texts(config)),
            canonical_json([[one.kind, one.arguments] for one in guarantees]),
            canonical_json([entry.database, entry.schema, entry.identifier, entry.loader]),
        ),
        columns=columns,
        guarantees=guarantees,
        open_ended=not columns,
        relation=Relation(entry.database, entry.schema, entry.identifier, loader=entry.loader),
        meta=meta,
        grants=grants_of(config),
    )
    return Made(asset, findings)


def _freshness_place(context: Context, entry: SourceEntry, config: Mapping[str, object]) -> Location:
    """Where it stands how fresh a table is: in its file, or in the project's."""
    said = config.get("freshness")
    if said is entry.config.get("freshness"):
        return Location(entry.location.path, entry.freshness_line or entry.location.line)
    return Location(context.project.location.path, said.line if isinstance(said, YamlMap) else None)


def _exposure(
    context: Context, entry: ExposureEntry, config: dict[str, object], relations: Relations, names: SemanticNames
) -> Made:
    reads: set[str] = set()
    pinned: set[str] = set()
    following: set[str] = set()
    reasons: list[tuple[str, Location]] = []
    for text, line in entry.depends_on:
        place = Location(entry.location.path, line)
        call = call_from(text)
        if call is None:
            metric = metric_from(text)
            found = names.metric(metric, context.project.folder) if metric else None
            if found is not None:
                reads.add(found.asset)
            elif not metric:
                reasons.append((f"depends_on {text!r} is no ref, source or metric", place))
            elif not relations.absent_packages(context.project.folder):
                reasons.append((f'no metric "{metric}"', place))
            continue
        key = relations.key_of(call, context.project.folder)
        if isinstance(key, Missing):
            if reason := missing_reason(key):
                reasons.append((reason, place))
        else:
            reads.add(key)
            (pinned if isinstance(call, RefCall) and call.version else following).add(key)
    meta, findings = meta_of(context, config, entry.location, Spelling(context.dialect.name).fold)
    unique_id = f"exposure.{context.project.name}.{entry.name}"
    asset = Asset(
        key=f"{context.project.folder}:{unique_id}",
        id=unique_id,
        name=entry.name,
        kind=AssetKind.EXPOSURE,
        project=context.project.name,
        location=entry.location,
        files=(entry.location.path,),
        own_digest=text_digest(unique_id, entry.content, canonical(without_texts(config))),
        reads=tuple(sorted(reads)),
        reads_all=tuple(sorted(reads)),
        status=ReadStatus.PARTIAL if reasons else ReadStatus.RESOLVED,
        reason=told_reasons(reason for reason, _ in reasons),
        reason_location=reasons[0][1] if reasons else None,
        exposure_owner=owner_hint(entry.owner),
        meta=meta,
        pinned=tuple(sorted(pinned - following)),
    )
    return Made(asset, findings)
