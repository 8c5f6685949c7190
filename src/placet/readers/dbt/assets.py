"""Assets out of drafts: what a model, seed or snapshot promises, once it is known what it reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from placet.contracts.model import Asset, Column, FileFinding, Guarantee, OwnerHint, PlacetMeta, Relation
from placet.readers.dbt.columns import (
    Promised,
    Spelling,
    columns_of,
    field_columns,
    folding,
    header_columns,
    output_columns,
    snapshot_columns,
)
from placet.readers.dbt.configs import map_setting, text_setting, without_texts
from placet.readers.dbt.context import Context
from placet.readers.dbt.drafts import Draft, materialized
from placet.readers.dbt.guarantees import Terms, guarantees_of
from placet.readers.dbt.metadata import Fold, owner_hint, placet_meta
from placet.readers.dbt.parts import Resolution
from placet.readers.dbt.relations import Missing
from placet.readers.dbt.seeds import header_of
from placet.readers.dbt.shapes import Notes, canonical, is_true, text_of, texts_of
from placet.vocabulary.canonical import canonical_json, text_digest
from placet.vocabulary.files import Location
from placet.vocabulary.words import AssetKind, ReadStatus

_NOTICED = (
    "unique_key", "incremental_strategy", "on_schema_change", "strategy", "updated_at", "check_cols", "hard_deletes",
    "invalidate_hard_deletes", "dbt_valid_to_current",
)  # fmt: skip
_ACCESS = ("private", "protected", "public")
_MAX_REASONS = 5


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found out about a draft's query.

    ``resolution`` is None where the query could not be read, or where there is none. ``reads`` are the assets that it
    refers to, ``reads_all`` those that it may read as a whole, ``pinned`` those that it refers to by a version alone.
    ``reasons``: why something is not known, each with its place, the worst first.
    """

    resolution: Resolution | None = None
    reads: tuple[str, ...] = ()
    reads_all: tuple[str, ...] = ()
    reasons: tuple[tuple[str, Location], ...] = ()
    refs_known: bool = True
    unreadable: bool = False
    packages: tuple[str, ...] = ()
    pinned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """An asset, and what was found wrong in what it says to Placet."""

    asset: Asset
    findings: tuple[FileFinding, ...] = ()


def made_of(draft: Draft, found: Findings) -> Made:
    """The asset that a draft comes to."""
    context = draft.context
    spelling = Spelling(context.dialect.name)
    seed_reasons, columns, open_ended = _columns(draft, found, spelling)
    reasons = (*found.reasons, *seed_reasons)
    fold = folding(columns, spelling)
    enforced = is_enforced(draft.config) and draft.kind is AssetKind.MODEL
    guarantees = _guarantees(draft, Terms(fold, enforced, context.settings_of))
    meta, findings = meta_of(context, draft.config, _place_of(draft, _says_placet), fold)
    findings = (*findings, *_access_findings(draft))
    status = ReadStatus.UNREADABLE if found.unreadable else ReadStatus.PARTIAL if reasons else ReadStatus.RESOLVED
    group = text_setting(draft.config, "group")
    entry = draft.entry
    asset = Asset(
        key=draft.key,
        id=draft.id,
        name=draft.name,
        kind=draft.kind,
        project=context.project.name,
        location=draft.location,
        files=files_of(draft),
        own_digest=_own_digest(draft, guarantees),
        columns=columns,
        rows=found.resolution.rows if found.resolution is not None else (),
        guarantees=guarantees,
        reads=found.reads,
        reads_all=found.reads_all,
        status=status,
        reason=told_reasons([reason for reason, _ in reasons]),
        reason_location=reasons[0][1] if reasons else None,
        refs_known=found.refs_known,
        open_ended=open_ended,
        access=_access(draft.config),
        group=group,
        group_owner=group_owner(context, group),
        contract_enforced=enforced,
        version=draft.version,
        latest_version=draft.latest,
        deprecation_date=entry.deprecation_date if entry is not None else "",
        relation=relation_of(draft),
        meta=meta,
        language="python" if draft.python is not None or draft.location.path.endswith(".py") else "sql",
        grants=grants_of(draft.config),
        packages=found.packages,
        named=found.resolution.named if found.resolution is not None else (),
        compared=found.resolution.compared if found.resolution is not None else (),
        branches=found.resolution.branches if found.resolution is not None else (),
        positional=found.resolution.positional if found.resolution is not None else (),
        pinned=found.pinned,
    )
    return Made(asset, findings)


def is_enforced(config: Mapping[str, Any]) -> bool:
    """Whether the contract is enforced."""
    contract = config.get("contract")
    if isinstance(contract, Mapping):
        return is_true(contract.get("enforced"), default=False)
    return is_true(contract, default=False)


def relation_of(draft: Draft) -> Relation:
    """Where the asset lies, as far as its configuration says so."""
    config = draft.config
    name = f"{draft.name}_v{draft.version.replace('.', '_')}" if draft.version else draft.name
    # What is laid down for snapshots alone goes before what holds for everything.
    first = "target_" if draft.kind is AssetKind.SNAPSHOT else ""
    return Relation(
        database=text_setting(config, f"{first}database") or text_setting(config, "database"),
        schema=text_setting(config, f"{first}schema") or text_setting(config, "schema"),
        identifier=text_setting(config, "alias") or name,
        materialized=materialized(draft),
        settings=tuple((key, _setting(config[key])) for key in _NOTICED if config.get(key) is not None),
        named_by=draft.context.naming,
    )


def files_of(draft: Draft) -> tuple[str, ...]:
    """The asset's own files: its own first, then the YAML that describes it, then the macros that it runs."""
    entry = [draft.entry.location.path] if draft.entry is not None else []
    macros = sorted({path for variant in draft.rendering.variants for path, _ in variant.macros if path})
    return tuple(dict.fromkeys([draft.location.path, *entry, *macros]))


def meta_of(
    context: Context,
    config: Mapping[str, Any],
    place: Location,
    fold: Fold,
) -> tuple[PlacetMeta, tuple[FileFinding, ...]]:
    """What the asset's ``meta`` says to Placet, and what of it was passed over."""
    file = context.repository.tree.files.get(place.path)
    notes = Notes(place.path, file.sha if file is not None else "")
    meta = placet_meta(map_setting(config, "meta"), notes, fold)
    return meta, tuple(notes.found)


def group_owner(context: Context, group: str) -> OwnerHint | None:
    """Who is said to own a group of this project."""
    known = context.groups.get(group)
    return owner_hint(known.owner) if known is not None else None


def grants_of(config: Mapping[str, Any]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Who holds which privilege, in order."""
    grants = map_setting(config, "grants")
    return tuple(sorted((str(key).lstrip("+"), tuple(sorted(texts_of(value)))) for key, value in grants.items()))


def told_reasons(reasons: Iterable[str]) -> str:
    """Reasons in one text, the first few of them."""
    told = list(dict.fromkeys(reason for reason in reasons if reason))
    more = f"; and {len(told) - _MAX_REASONS} more" if len(told) > _MAX_REASONS else ""
    return "; ".join(told[:_MAX_REASONS]) + more


def missing_reason(missing: Missing) -> str:
    """Why a reference means nothing, where that is for its author to mend; nothing where it may lie outside."""
    return "" if missing.outside else missing.reason


def _columns(
    draft: Draft, found: Findings, spelling: Spelling
) -> tuple[tuple[tuple[str, Location], ...], tuple[Column, ...], bool]:
    """Why a seed's header is not known, the columns, and whether there may be more."""
    path = draft.location.path
    reasons: tuple[tuple[str, Location], ...] = ()
    made: list[Column] = []
    open_ended = found.unreadable or draft.python is not None
    entries = draft.entry.columns if draft.entry is not None else ()
    if draft.kind is AssetKind.SEED and not found.unreadable:
        header = header_of(draft.data, text_setting(draft.config, "delimiter", ","))
        if header.problem:
            reasons, open_ended = ((header.problem, Location(path, 1)),), True
        quoted = is_true(draft.config.get("quote_columns"), default=False)
        made = header_columns(header.names, map_setting(draft.config, "column_types"), path, spelling, quoted=quoted)
    if found.resolution is not None:
        made = output_columns(found.resolution.columns, path)
        open_ended = found.resolution.open_ended
        if (fields := _dictionary_fields(draft)) and materialized(draft) == "dictionary":
            made, open_ended = field_columns(fields, made, Location(path, 1), spelling), False
    if draft.kind is AssetKind.SNAPSHOT:
        made += snapshot_columns(
            map_setting(draft.config, "snapshot_meta_column_names"),
            draft.location,
            spelling,
            with_deleted=text_setting(draft.config, "hard_deletes") == "new_record",
        )
    hole = told_reasons(reason for reason, _ in (*found.reasons, *reasons)) if open_ended else ""
    promised = Promised(entries, lead=is_enforced(draft.config) and draft.kind is AssetKind.MODEL)
    return reasons, columns_of(promised, made, spelling, hole), open_ended


def _dictionary_fields(draft: Draft) -> list[tuple[str, str]]:
    """The columns of a ClickHouse dictionary, as its configuration lists them; none where it does not."""
    fields = draft.config.get("fields")
    pairs = [one for one in fields if isinstance(one, (list, tuple))] if isinstance(fields, (list, tuple)) else []
    return [(text_of(name), text_of(type_)) for name, type_, *_ in (one for one in pairs if len(one) > 1)]


def _guarantees(draft: Draft, terms: Terms) -> tuple[Guarantee, ...]:
    entry = draft.entry
    if entry is None:
        return ()
    return guarantees_of(entry.tests, entry.constraints, entry.columns, terms)


def _access(config: Mapping[str, Any]) -> str:
    access = text_setting(config, "access", "protected").lower()
    return access if access in _ACCESS else "protected"


def _setting(value: object) -> str:
    return canonical(value) if isinstance(value, (Mapping, list, tuple)) else text_of(value)


def _access_findings(draft: Draft) -> tuple[FileFinding, ...]:
    access = text_setting(draft.config, "access")
    if not access or access.lower() in _ACCESS:
        return ()
    place = _place_of(draft, lambda config: "access" in config)
    notes = Notes(place.path, draft.context.repository.tree.files[place.path].sha)
    notes.ignored(f"access of {draft.name} is {access!r}", place.line, f"one of {', '.join(_ACCESS)}")
    return tuple(notes.found)


def _says_placet(config: Mapping[str, Any]) -> bool:
    meta = config.get("meta")
    return isinstance(meta, Mapping) and "placet" in meta


def _place_of(draft: Draft, says: Callable[[Mapping[str, Any]], bool]) -> Location:
    """The place of the settings that have the last word on something: the file's own, those in YAML, the project's."""
    if any(says(variant.config) for variant in draft.rendering.variants[:1]):
        return draft.location
    if draft.python is not None and says(draft.python.config):
        return draft.location
    if draft.entry is not None and says(draft.entry.config):
        return draft.entry.location
    return draft.context.project.location


def _own_digest(draft: Draft, guarantees: tuple[Guarantee, ...]) -> str:
    """Covers all of the asset's own inputs, and nothing that other assets bring along; no line numbers."""
    variants = draft.rendering.variants
    macros = sorted({macro for variant in variants for macro in variant.macros})
    variables = sorted({variable for variant in variants for variable in variant.variables})
    text = draft.sha if draft.template is None else draft.template.own_text.replace("\r\n", "\n").strip()
    return text_digest(
        draft.id,
        draft.context.dialect.name,
        text,
        draft.problem,
        draft.entry.content if draft.entry is not None else "",
        canonical(without_texts(draft.config)),
        canonical_json([[name, text_digest(draft.context.macro_text(path, name))] for path, name in macros]),
        canonical_json(variables),
        canonical_json([[one.kind, one.arguments, one.enforced] for one in guarantees]),
    )


def named_packages(texts: Iterable[str], absent: Iterable[str]) -> tuple[str, ...]:
    """Those of the absent packages whose macros the texts call."""
    together = "\n".join(texts)
    return tuple(
        sorted(
            name for name in set(absent) if f"{name}." in together and re.search(rf"\b{re.escape(name)}\.\w", together)
        )
    )
