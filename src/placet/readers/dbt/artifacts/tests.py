"""The generic tests of a manifest as the YAML entries that they come from, by what they test."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from placet.readers.dbt.artifacts.documents import mapping, text
from placet.readers.dbt.artifacts.manifest import Manifest, Node
from placet.readers.dbt.artifacts.writing import as_yaml, without_unsaid
from placet.readers.dbt.calls import call_from
from placet.readers.dbt.declarations import TestEntry
from placet.readers.dbt.parts import RefCall, SourceCall
from placet.vocabulary.files import Location

# What dbt writes for the settings that nobody gave.
_USUAL = {"severity": "error", "warn_if": "!= 0", "error_if": "!= 0", "fail_calc": "count(*)", "enabled": True}
_SETTINGS = ("severity", "where", "limit", "warn_if", "error_if", "fail_calc")
_NOWHERE = Location("")


class TestsOf:
    """The tests of each asset of a manifest."""

    __test__ = False  # not one of ours to run

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest

    def of(self, unique_id: str, place: Location) -> tuple[TestEntry, ...]:
        """The tests of an asset, in order, as if they stood at ``place``."""
        return tuple(replace(test, location=place) for test in self._by_asset.get(unique_id, ()))

    @cached_property
    def _by_asset(self) -> Mapping[str, list[TestEntry]]:
        found: dict[str, list[TestEntry]] = {}
        for node in self._manifest.tests:
            found.setdefault(self._tested(node), []).append(_entry(node))
        return found

    def _tested(self, node: Node) -> str:
        """The unique id of what is tested; before dbt 1.5, and for sources, only the test's own argument says it."""
        if attached := text(node.written, "attached_node"):
            return attached
        candidates = [one for one in node.reads if one in self._manifest.built or one in self._manifest.sources]
        call = call_from(text(mapping(mapping(node.written, "test_metadata"), "kwargs"), "model"))
        named = [one for one in candidates if call is not None and self._is_called(one, call)]
        if named:
            return named[0]
        # The relation that a test is about comes last, after those that it compares it with.
        return candidates[-1] if candidates else ""

    def _is_called(self, unique_id: str, call: RefCall | SourceCall) -> bool:
        if isinstance(call, SourceCall):
            node = self._manifest.sources.get(unique_id)
            return node is not None and (text(node.written, "source_name"), node.name) == (call.source, call.table)
        node = self._manifest.built.get(unique_id)
        return node is not None and node.name == call.name and call.version in ("", node.version)


def _entry(node: Node) -> TestEntry:
    metadata = mapping(node.written, "test_metadata")
    namespace, name = text(metadata, "namespace"), text(metadata, "name")
    arguments = {key: value for key, value in mapping(metadata, "kwargs").items() if key != "model"}
    column = text(node.written, "column_name") or text(arguments, "column_name")
    if column:
        arguments["column_name"] = column
    full = f"{namespace}.{name}" if namespace else name
    return TestEntry(
        name=full,
        arguments={key: as_yaml(value) for key, value in arguments.items()},
        settings=_settings(node.config),
        title="" if _is_made_up(node.name, namespace, name) else node.name,
        location=_NOWHERE,
    )


def _settings(config: Mapping[str, Any]) -> dict[str, Any]:
    said = {key: config.get(key) for key in _SETTINGS}
    if isinstance(said["severity"], str):
        said["severity"] = said["severity"].lower()
    return {key: value for key, value in without_unsaid(said).items() if value != _USUAL.get(key)}


def _is_made_up(title: str, namespace: str, name: str) -> bool:
    """Whether dbt named the test, after what it tests: people's own names rarely begin so."""
    start = "_".join(part for part in (namespace, name) if part)
    return re.match(rf"(?:source_)?{re.escape(start)}_", title) is not None
