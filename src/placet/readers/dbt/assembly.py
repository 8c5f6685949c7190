"""The contracts of dbt projects put together: every asset worked out after what it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from placet.contracts.model import Asset, ContractSet, FileFinding, Project, Relation
from placet.contracts.order import in_order_of_reading
from placet.readers.dbt.alternatives import possible, settled
from placet.readers.dbt.assets import Findings, Made, made_of, relation_of
from placet.readers.dbt.context import Context
from placet.readers.dbt.declared import exposure_assets, source_assets
from placet.readers.dbt.drafts import Draft, drafts_of
from placet.readers.dbt.memory import Known, Worked, needs_of, one_of
from placet.readers.dbt.parts import KnownColumn, KnownRelation, SourceCall
from placet.readers.dbt.references import keys_read, packages_used, pinned_by, reads_of
from placet.readers.dbt.relations import Missing, Relations
from placet.readers.dbt.rendering import Answers, Call
from placet.readers.dbt.resolving import Resolved, resolved_by_name, together
from placet.readers.dbt.semantic_layer import SemanticLayer
from placet.vocabulary.files import Location
from placet.vocabulary.words import AssetKind, ReadStatus

# What stands before the key of something that lies outside the repository: no folder is called so.
OUTSIDE = "?"

# What a query finds in the asset of a key; None where nothing is known of it.
RelationOf = Callable[[str], KnownRelation | None]
# An asset as it is taken up, given as its files say it and what is known of those that it reads.
Amend = Callable[[Asset, RelationOf], Asset]
DraftsOf = Callable[[Context, Answers], Iterator[Draft]]


def assembled(
    contexts: Sequence[Context],
    relations: Relations,
    findings: list[FileFinding],
    *,
    drafts: DraftsOf = drafts_of,
    amend: Amend | None = None,
) -> ContractSet:
    """The contracts of projects, each asset worked out after what it reads; ``drafts`` gives those of one project."""
    return _Assembly(contexts, relations, findings, drafts, amend or _as_it_is).contracts()


def _as_it_is(asset: Asset, _relation_of: RelationOf) -> Asset:
    return asset


class _Assembly:
    """Works the assets out one after the other."""

    def __init__(
        self,
        contexts: Sequence[Context],
        relations: Relations,
        findings: list[FileFinding],
        drafts: DraftsOf,
        amend: Amend,
    ) -> None:
        self._drafts_of = drafts
        self._amend = amend
        self._contexts = contexts
        self._relations = relations
        self._findings = findings
        self._known: dict[str, Known] = {}
        self._assets: dict[str, Asset] = {}
        self._drafts: dict[str, Draft] = {}
        self._sources: set[str] = set()
        self._disabled: set[str] = set()

    def contracts(self) -> ContractSet:
        for context in self._contexts:
            for made in source_assets(context):
                self._keep_source(context, made)
        for context in self._contexts:
            for draft in self._drafts_of(context, self._answers(context)):
                self._offer(draft)
        self._work_out()
        layer = SemanticLayer(self._contexts, self._relations, self._relation_of)
        for made in layer.assets():
            self._keep(made)
        for context in self._contexts:
            for made in exposure_assets(context, self._relations, layer.names):
                self._keep(made)
            self._findings += (*context.findings, *context.macro_findings)
            self._findings += [finding for properties in context.properties for finding in properties.findings]
        return ContractSet(
            assets=tuple(self._assets[key] for key in sorted(self._assets)),
            projects=tuple(self._project(context) for context in self._contexts),
            findings=_sorted(self._findings),
            disabled=tuple(sorted(self._disabled)),
        )

    def _project(self, context: Context) -> Project:
        project = context.project
        return Project(
            folder=project.folder,
            name=project.name,
            dialect=context.dialect.name,
            dialect_from=context.dialect.said_by,
            location=project.location,
            installed=project.installed,
            packages=self._relations.absent_packages(project.folder),
        )

    def _keep(self, made: Made) -> bool:
        asset = made.asset
        if first := self._assets.get(asset.key):
            self._note_twice(asset.name, asset.location, first.location)
            return False
        asset = self._amend(asset, self._relation_of)
        self._assets[asset.key] = asset
        self._known[asset.key] = _known(asset)
        self._findings += made.findings
        return True

    def _keep_source(self, context: Context, made: Made) -> None:
        if self._keep(made):
            source, _, table = made.asset.name.partition(".")
            self._relations.add_source(context.project.folder, source, table, made.asset.key)
            self._sources.add(made.asset.key)

    def _offer(self, draft: Draft) -> None:
        folder = draft.context.project.folder
        if not draft.enabled:
            self._relations.add_disabled(folder, draft.name)
            self._note_off(draft)
        elif self._relations.add(folder, draft.name, draft.key, version=draft.version, latest=draft.latest):
            self._drafts[draft.key] = draft
        else:
            first = self._drafts.get(draft.key)
            place = first.location if first is not None else draft.context.project.location
            self._note_twice(draft.name, draft.location, place)

    def _work_out(self) -> None:
        reads = {key: keys_read(draft, self._relations) for key, draft in self._drafts.items()}
        for group in in_order_of_reading(reads):
            cycle = len(group) > 1 or group[0] in reads[group[0]]
            for key in group:
                draft = self._drafts[key]
                draft.context.repository.reading.progress(draft.location.path)
                if cycle:
                    self._keep(made_of(draft, self._in_cycle(draft, _path_of(group, reads))))
                else:
                    self._work_out_one(draft)

    def _work_out_one(self, draft: Draft) -> None:
        worked = self._worked(draft)
        if worked.made is not None:
            self._keep(worked.made)
        elif worked.is_off_for_now:
            self._disabled.add(draft.id)

    def _worked(self, draft: Draft) -> Worked[Made]:
        """What comes of a draft; what came of it before, where everything that it refers to looks the same."""
        folder = draft.context.project.folder
        absent = self._relations.absent_packages(folder)

        def key_of(call: Call) -> str | Missing:
            return self._relations.key_of(call, folder)

        known = None if draft.origin is None else draft.origin.worked(key_of, self._known, absent)
        if known is not None:
            return known
        again = draft.rendered_again(self._answers(draft.context))
        made = None
        if again.enabled:
            found = self._found(again)
            made = made_of(again, replace(found, pinned=pinned_by(again, self._relations)))
        needs = needs_of((*draft.calls, *again.calls), key_of, self._known)
        worked = Worked(needs, absent, made, again.is_off_for_now)
        if draft.origin is not None and not again.rendering.told:
            draft.origin.remember(worked)
        return worked

    def _note_off(self, draft: Draft) -> None:
        if draft.is_off_for_now:
            self._disabled.add(draft.id)

    def _found(self, draft: Draft) -> Findings:
        """What is found out about a draft's query, however little that is."""
        reads, missing = reads_of(draft, self._relations)
        place = draft.location
        packages = packages_used(draft, self._relations)
        if draft.problem or draft.rendering.reason:
            reason = draft.problem or draft.rendering.reason
            line = draft.rendering.line or (draft.python.line if draft.python is not None else None) or place.line
            return Findings(
                reads=reads,
                reads_all=reads,
                reasons=((reason, Location(place.path, line)), *missing),
                refs_known=bool(draft.calls) or draft.kind is AssetKind.SEED,
                unreadable=True,
                packages=packages,
            )
        if draft.python is not None:
            told = [("a Python model gives what its YAML says, and perhaps more", place)]
            if draft.python.dynamic is not None:
                told.insert(0, ("a ref that is no plain text", Location(place.path, draft.python.dynamic)))
            return Findings(
                reads=reads,
                reads_all=reads,
                reasons=(*missing, *told),
                refs_known=draft.python.dynamic is None,
                packages=packages,
            )
        if draft.kind is AssetKind.SEED:
            return Findings()
        return replace(self._queried(draft, reads, missing), packages=packages)

    def _queried(self, draft: Draft, reads: tuple[str, ...], missing: tuple[tuple[str, Location], ...]) -> Findings:
        result = self._resolved(draft)
        place = Location(draft.location.path, result.line or draft.location.line)
        if result.resolution is None:
            return Findings(
                reads=reads,
                reads_all=reads,
                reasons=((result.reason, place), *missing),
                refs_known=bool(reads) or bool(draft.calls),
                unreadable=True,
            )
        resolution = result.resolution
        inside_holes = {
            key
            for variant in draft.rendering.variants
            for hole in (*variant.holes.values(), *variant.uncertain)
            for call in hole.calls
            if isinstance(key := self._relations.key_of(call, draft.context.project.folder), str)
        }
        uncertain = (hole for variant in draft.rendering.variants for hole in variant.uncertain)
        doubts = {hole: None for hole in uncertain if hole not in result.settled}
        resolution = replace(resolution, open_ended=resolution.open_ended or bool(doubts))
        everything = {key for key in resolution.reads_all if key in self._known} | inside_holes
        return Findings(
            resolution=resolution,
            reads=reads,
            reads_all=tuple(sorted(everything - {draft.key})),
            reasons=(
                *missing,
                *((hole.reason, Location(place.path, hole.line)) for hole in doubts),
                *(
                    (reason, Location(place.path, line or place.line))
                    for reason, line in zip(resolution.reasons, resolution.reason_lines, strict=True)
                ),
            ),
        )

    def _resolved(self, draft: Draft) -> Resolved:
        """What all renderings of a draft give; the later ones may read what the first one gives, as ``this``."""
        results: list[Resolved] = []
        for variant in draft.rendering.variants:
            relations = {
                token: self._relation(call, draft, results[0] if results else None)
                for token, call in variant.relations.items()
            }
            # Few people list all columns of a source.
            incomplete = {one.key for one in relations.values() if one.key in self._sources and one.columns}
            results.append(resolved_by_name(variant, relations, draft.context.dialect.name, incomplete))
        variants = draft.rendering.variants
        return replace(together(possible(variants, results)), settled=settled(variants, results))

    def _relation(self, call: Call, draft: Draft, first: Resolved | None) -> KnownRelation:
        key = self._relations.key_of(call, draft.context.project.folder)
        if key == draft.key:
            return self._itself(draft, first)
        if isinstance(key, str) and key in self._known:
            return self._known[key].relation
        if isinstance(call, SourceCall):
            return KnownRelation(f"{OUTSIDE}:source.{call.source}.{call.table}", call.table, (), open_ended=True)
        package = call.package or draft.context.project.name
        return KnownRelation(f"{OUTSIDE}:model.{package}.{call.name}", call.name, (), open_ended=True)

    def _relation_of(self, key: str) -> KnownRelation | None:
        found = self._known.get(key)
        return None if found is None else found.relation

    def _itself(self, draft: Draft, first: Resolved | None) -> KnownRelation:
        identifier = relation_of(draft).identifier
        if first is None or first.resolution is None:
            return KnownRelation(draft.key, identifier, (), open_ended=True)
        columns = tuple(KnownColumn(one.name, one.key, one.type) for one in first.resolution.columns)
        return KnownRelation(draft.key, identifier, columns, open_ended=first.resolution.open_ended)

    def _in_cycle(self, draft: Draft, path: tuple[str, ...]) -> Findings:
        reads, missing = reads_of(draft, self._relations)
        told = " → ".join(key.rpartition(".")[2] for key in path)
        return Findings(
            reads=reads, reads_all=reads, reasons=((f"a cycle: {told}", draft.location), *missing), unreadable=True
        )

    def _answers(self, context: Context) -> Answers:
        def known(call: Call) -> Known | None:
            key = self._relations.key_of(call, context.project.folder)
            return self._known.get(key) if isinstance(key, str) else None

        def columns(call: Call) -> tuple[KnownColumn, ...] | None:
            found = known(call)
            return None if found is None or found.relation.open_ended else found.relation.columns

        def place(call: Call) -> Relation | None:
            found = known(call)
            return None if found is None else found.place

        return Answers(columns, place)

    def _note_twice(self, name: str, location: Location, first: Location) -> None:
        self._findings.append(
            FileFinding(location, "", f"{name} stands twice (first in {first})", "name_twice", "rename one of the two")
        )


def _known(asset: Asset) -> Known:
    """The asset as its readers see it; found once for each asset, and one value for all that look alike."""
    known: Known | None = vars(asset).get("known")
    if known is None:
        known = vars(asset)["known"] = one_of(Known(_seen_by_readers(asset), asset.relation))
    return known


def _seen_by_readers(asset: Asset) -> KnownRelation:
    """What a query that reads the asset finds: what is made, and what is only promised where nothing is proved."""
    proved = asset.status is not ReadStatus.UNREADABLE and any(column.made for column in asset.columns)
    columns = [column for column in asset.columns if column.made or not proved or asset.open_ended]
    return KnownRelation(
        key=asset.key,
        identifier=asset.relation.identifier or asset.name,
        columns=tuple(KnownColumn(column.name, column.key, column.type) for column in columns),
        open_ended=asset.open_ended or not columns,
    )


def _path_of(group: tuple[str, ...], reads: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """A way round within a cycle, from its first member back to it."""
    members = set(group)
    start = min(group)
    path = [start]
    while True:
        following = next(key for key in reads[path[-1]] if key in members)
        if following in path:
            return (*path[path.index(following) :], following)
        path.append(following)


def _sorted(findings: list[FileFinding]) -> tuple[FileFinding, ...]:
    unique = dict.fromkeys(findings)
    return tuple(sorted(unique, key=lambda one: (one.location.path, one.location.line or 0, one.code, one.reason)))
