"""YAML property files: what they say of models, seeds, snapshots, sources, exposures, groups and the semantic layer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from placet.contracts.model import FileFinding
from placet.contracts.versions import latest_of
from placet.errors import BadFile
from placet.readers.dbt.calls import call_from
from placet.readers.dbt.declarations import (
    ColumnEntry,
    ConstraintEntry,
    TestEntry,
    columns_in,
    constraints_in,
    tests_in,
)
from placet.readers.dbt.freshness import freshness_in
from placet.readers.dbt.parts import RefCall, SourceCall
from placet.readers.dbt.semantics import NOTHING, Semantics, semantics_in, without_semantics
from placet.readers.dbt.shapes import (
    Notes,
    Render,
    canonical,
    items_in,
    joined_maps,
    map_in,
    maps_in,
    named_maps_in,
    rendered,
    text_in,
    text_of,
    without_texts,
)
from placet.readers.dbt.versions import columns_and_choices, version_columns, version_config
from placet.vocabulary.files import File, Location
from placet.vocabulary.yamlfile import YamlMap, load_yaml

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]|$)")
_RESOURCES = ("models", "seeds", "snapshots")
# Settings that may stand beside ``config:`` instead of in it.
_TOP_SETTINGS = ("access", "group", "contract")


@dataclass(frozen=True, slots=True)
class Entry:
    """What YAML says of one model (or one version of it), seed or snapshot.

    ``content`` is the canonical JSON of all that it says but texts for people. ``relation``: what a snapshot that
    stands in YAML alone is taken of.
    """

    resource: str
    name: str
    location: Location
    content: str
    config: Mapping[str, Any]
    columns: tuple[ColumnEntry, ...] = ()
    tests: tuple[TestEntry, ...] = ()
    constraints: tuple[ConstraintEntry, ...] = ()
    version: str = ""
    defined_in: str = ""
    latest_version: str = ""
    deprecation_date: str = ""
    relation: str = ""

    @property
    def constraint_targets(self) -> tuple[RefCall | SourceCall, ...]:
        """What the foreign keys of the model and of its columns lead to."""
        every = (*self.constraints, *(one for column in self.columns for one in column.constraints))
        found = (call_from(one.to) for one in every if one.type == "foreign_key" and one.to)
        return tuple(dict.fromkeys(call for call in found if call is not None))


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """What YAML says of one table of a source."""

    source: str
    table: str
    location: Location
    content: str
    config: Mapping[str, Any]
    database: str = ""
    schema: str = ""
    identifier: str = ""
    loader: str = ""
    freshness_line: int | None = None
    columns: tuple[ColumnEntry, ...] = ()
    tests: tuple[TestEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class ExposureEntry:
    """What YAML says of one exposure; ``depends_on`` as written, each with its line."""

    name: str
    location: Location
    content: str
    config: Mapping[str, Any]
    depends_on: tuple[tuple[str, int], ...] = ()
    owner: object = None
    type: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class GroupEntry:
    """A dbt group and who is said to own it."""

    name: str
    location: Location
    owner: object = None
    meta: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class PropertyFile:
    """All that one property file says, and what of it could not be read."""

    path: str
    entries: tuple[Entry, ...] = ()
    sources: tuple[SourceEntry, ...] = ()
    exposures: tuple[ExposureEntry, ...] = ()
    groups: tuple[GroupEntry, ...] = ()
    semantics: Semantics = NOTHING
    findings: tuple[FileFinding, ...] = ()


def property_file(file: File, render: Render) -> PropertyFile:
    """What a YAML file says; one that does not parse says nothing but its finding.

    ``render`` gives the value of a text with Jinja in it.
    """
    notes = Notes(file.path, file.sha)
    try:
        content = load_yaml(file.data or b"", file.path, repeated=[])
    except BadFile as error:
        notes.broken(error.message, error.line, error.hint)
        return PropertyFile(file.path, findings=tuple(notes.found))
    if content is None:
        return PropertyFile(file.path)
    if not isinstance(content, YamlMap):
        notes.broken("not a mapping", 1, "write models:, sources: … at the top")
        return PropertyFile(file.path, findings=tuple(notes.found))
    top = rendered(content, render)
    reader = _Reader(notes, render)
    return PropertyFile(
        file.path,
        entries=tuple(entry for resource in _RESOURCES for entry in reader.entries(top, resource)),
        sources=tuple(reader.sources(top)),
        exposures=tuple(reader.exposures(top)),
        groups=tuple(reader.groups(top)),
        semantics=semantics_in(top, notes, reader.config),
        findings=tuple(notes.found),
    )


class _Reader:
    """Reads the sections of one file."""

    def __init__(self, notes: Notes, render: Render) -> None:
        self._notes = notes
        self._render = render

    def entries(self, top: YamlMap, resource: str) -> Iterator[Entry]:
        for name, item in named_maps_in(top, resource, self._notes):
            versions = list(maps_in(item, "versions", self._notes)) if resource == "models" else []
            base = self._entry(resource, name, item)
            if not versions:
                yield base
                continue
            yield from self._versions(name, item, base, versions)

    def sources(self, top: YamlMap) -> Iterator[SourceEntry]:
        for source, item in named_maps_in(top, "sources", self._notes):
            if item.get("overrides") is not None:
                self._notes.ignored("a source that overrides a package's is passed over", item.line_of("overrides"))
                continue
            shared = {key: value for key, value in item.items() if key != "tables"}
            for table, entry in named_maps_in(item, "tables", self._notes):
                yield self._source(source, table, item, entry, shared)

    def exposures(self, top: YamlMap) -> Iterator[ExposureEntry]:
        for name, item in named_maps_in(top, "exposures", self._notes):
            yield ExposureEntry(
                name=name,
                location=self._notes.at(item.line),
                content=canonical(without_texts(item)),
                config=self.config(item),
                depends_on=tuple(self._dependencies(item)),
                owner=item.get("owner"),
                type=text_in(item, "type"),
                url=text_in(item, "url"),
            )

    def _dependencies(self, item: YamlMap) -> Iterator[tuple[str, int]]:
        for call, line in items_in(item, "depends_on", self._notes):
            if isinstance(call, (dict, list)) or call is None:
                self._notes.broken("an entry of depends_on is no text", line, "write ref('…'), source('…', '…')")
            else:
                yield text_of(call), line

    def groups(self, top: YamlMap) -> Iterator[GroupEntry]:
        for name, item in named_maps_in(top, "groups", self._notes):
            meta = self.config(item).get("meta")
            yield GroupEntry(
                name, self._notes.at(item.line), item.get("owner"), meta if isinstance(meta, Mapping) else None
            )

    def _entry(self, resource: str, name: str, item: YamlMap) -> Entry:
        return Entry(
            resource=resource,
            name=name,
            location=self._notes.at(item.line),
            content=canonical(without_texts(without_semantics(item))),
            config=self.config(item),
            columns=columns_in(item, self._notes, self._render),
            tests=tests_in(item, self._notes, self._render),
            constraints=constraints_in(item, self._notes),
            deprecation_date=_day_in(item, "deprecation_date"),
            relation=text_in(item, "relation"),
        )

    def _versions(self, name: str, item: YamlMap, base: Entry, versions: list[YamlMap]) -> Iterator[Entry]:
        shared = without_texts({key: value for key, value in without_semantics(item).items() if key != "versions"})
        named = [(text_in(version, "v"), version) for version in versions]
        for number, version in named:
            if not number:
                self._notes.broken(f"a version of {name} has no v", version.line, "give it v: 1, v: 2 …")
        known = [number for number, _ in named if number]
        latest = text_in(item, "latest_version") or latest_of(known)
        if latest and latest not in known:
            told = f"latest_version of {name} is {latest}, which is none of its versions"
            self._notes.broken(told, item.line_of("latest_version"), f"one of {', '.join(known)}")
        for number, version in named:
            if not number:
                continue
            if "access" in version:
                told = f"access beside version {number} of {name} counts for nothing"
                self._notes.ignored(told, version.line_of("access"), "write it below config: of that version")
            own, choices = columns_and_choices(version, self._notes)
            yield Entry(
                resource="models",
                name=name,
                location=self._notes.at(version.line),
                content=canonical([shared, without_texts(version)]),
                config=version_config(base.config, map_in(version, "config", self._notes)),
                columns=version_columns(base.columns, choices, columns_in(own, self._notes, self._render)),
                tests=self._version_tests(version, base),
                constraints=constraints_in(version, self._notes) or base.constraints,
                version=number,
                defined_in=text_in(version, "defined_in"),
                latest_version=latest,
                # What stands at the model holds for it only while it has no versions.
                deprecation_date=_day_in(version, "deprecation_date"),
            )

    def _version_tests(self, version: YamlMap, base: Entry) -> tuple[TestEntry, ...]:
        """The tests of a version itself; an empty ``tests`` says nothing, an empty ``data_tests`` takes all away."""
        said = version.get("data_tests") is not None or version.get("tests")
        return tests_in(version, self._notes, self._render) if said else base.tests

    def _source(self, source: str, table: str, item: YamlMap, entry: YamlMap, shared: Mapping[str, Any]) -> SourceEntry:
        config = _over(self.config(item), self.config(entry))
        config.pop("freshness", None)
        # What is written beside a level's settings goes below them.
        levels = [level for one in (item, entry) for level in (one, map_in(one, "config", self._notes))]
        for level in levels:
            map_in(level, "freshness", self._notes)  # notes what is none
        freshness = freshness_in(levels)
        if freshness is not None:
            config["freshness"] = freshness.value
        return SourceEntry(
            source=source,
            table=table,
            location=self._notes.at(entry.line),
            content=canonical([without_texts(shared), without_texts(entry)]),
            config=config,
            database=_first_text(item, "database", "catalog", "project"),
            schema=_first_text(item, "schema", "dataset") if item.keys() & {"schema", "dataset"} else source,
            identifier=text_in(entry, "identifier") or table,
            loader=text_in(entry, "loader") or text_in(item, "loader"),
            freshness_line=None if freshness is None else freshness.line,
            columns=columns_in(entry, self._notes, self._render),
            tests=tests_in(entry, self._notes, self._render),
        )

    def config(self, item: YamlMap) -> dict[str, Any]:
        """The settings of an entry; ``config:`` wins over what stands beside it."""
        top: dict[str, Any] = {key: item[key] for key in _TOP_SETTINGS if item.get(key) is not None}
        config = map_in(item, "config", self._notes)
        for level in (item, config):
            map_in(level, "meta", self._notes)  # notes what is none
        if isinstance(item.get("meta"), Mapping):
            top["meta"] = item["meta"]
        return _over(top, config)


def _day_in(item: Mapping[str, Any], key: str) -> str:
    """The day of a date, whatever time is written with it; another text as it is."""
    text = text_in(item, key)
    return text[:10] if _DAY.match(text) else text


def _first_text(item: Mapping[str, Any], *keys: str) -> str:
    """The first of some keys, which adapters have as names for the same, that is written."""
    return next((text for key in keys if (text := text_in(item, key))), "")


def _over(under: Mapping[str, Any], top: Mapping[str, Any]) -> dict[str, Any]:
    result = {**under, **top}
    if isinstance(under.get("meta"), Mapping) and isinstance(top.get("meta"), Mapping):
        result["meta"] = joined_maps(under["meta"], top["meta"])
    return result
