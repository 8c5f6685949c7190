"""What a manifest says, written down again as the project's YAML would say it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from placet.readers.dbt.artifacts.documents import mapping, mappings, text
from placet.readers.dbt.artifacts.manifest import Manifest, Node
from placet.readers.dbt.parts import RefCall, SourceCall
from placet.vocabulary.yamlfile import YamlList, YamlMap

# What dbt writes for a setting that nobody gave, and what can change nothing of an asset.
_USUAL: Mapping[str, object] = {
    "enabled": True, "on_schema_change": "ignore", "on_configuration_change": "apply", "access": "protected",
    "lookback": 1, "hard_deletes": "ignore", "quote_columns": False, "delimiter": ",", "full_refresh": False,
    "node_color": None, "show": True, "concurrent_batches": None, "invalidate_hard_deletes": False,
}  # fmt: skip
_PLACES = ("database", "schema", "target_database", "target_schema")
_OF_TARGET = re.compile(r"\b(?:target|env_var)\b")
_UNSAID = ("static_analysis", "tags", "docs", "checksum", "alias_types")


def as_yaml(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """A JSON value as the readers of YAML take it; nothing in it has a line of its own."""
    if isinstance(value, Mapping):
        result = YamlMap(1)
        result.update({key: as_yaml(item) for key, item in value.items()})
        return result
    if isinstance(value, list):
        items = YamlList(1)
        items.extend(as_yaml(item) for item in value)
        items.item_lines = [1] * len(value)
        return items
    return value


def settings_of(node: Node) -> dict[str, Any]:
    """A node's configuration without what nobody said; ``access``, ``group`` and ``meta`` also where they stand beside.

    The same settings come out, whichever version of dbt wrote them with its own defaults.
    """
    written = mapping(node.written, "unrendered_config")
    beside = {key: node.written[key] for key in ("access", "group", "meta", "contract") if node.written.get(key)}
    config = {**beside, **{key: value for key, value in node.config.items() if _is_said(value)}}
    said = {key: value for key, raw in config.items() if _is_said(value := _said(key, raw))}
    # Where it lies on one target is no word about where it lies on another.
    return {
        key: as_yaml(value) for key, value in said.items() if key not in _PLACES or not is_of_target(text(written, key))
    }


def is_of_target(written: str) -> bool:
    """Whether a template's value depends on the environment that it is rendered in."""
    return "{{" in written and _OF_TARGET.search(written) is not None


def without_unsaid(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """A JSON value without keys that nobody gave a value, at every depth."""
    if isinstance(value, Mapping):
        return {key: kept for key, item in value.items() if _is_said(kept := without_unsaid(item))}
    return [without_unsaid(item) for item in value] if isinstance(value, list) else value


def calls_of(ids: Iterable[str], manifest: Manifest) -> dict[str, RefCall | SourceCall]:
    """The reference that means each of these assets, by unique id; without what is no model, seed, snapshot, source."""
    found: dict[str, RefCall | SourceCall] = {}
    for one in ids:
        if node := manifest.built.get(one):
            found[one] = RefCall(node.name, node.package, node.version)
        elif node := manifest.sources.get(one):
            found[one] = SourceCall(text(node.written, "source_name"), node.name)
    return found


def calls_as_written(node: Node, manifest: Manifest) -> tuple[RefCall | SourceCall, ...]:
    """The references that a node makes, with versions only where it names them: others follow the latest one."""
    said = [one for one in mappings(node.written, "refs") if text(one, "version")]
    named = {(text(one, "name"), text(one, "version")) for one in said}
    following = {text(one, "name") for one in mappings(node.written, "refs") if not text(one, "version")}
    found: list[RefCall | SourceCall] = []
    for call in calls_of(node.reads, manifest).values():
        if isinstance(call, RefCall) and call.version:
            if (call.name, call.version) in named:
                found.append(call)
            if (call.name, call.version) not in named or call.name in following:
                found.append(replace(call, version=""))
        else:
            found.append(call)
    return tuple(found)


def call_text(call: RefCall | SourceCall) -> str:
    """A reference as it stands in YAML."""
    if isinstance(call, SourceCall):
        return f"source({call.source!r}, {call.table!r})"
    version = f", v={call.version!r}" if call.version else ""
    return f"ref({call.package!r}, {call.name!r}{version})" if call.package else f"ref({call.name!r}{version})"


def _said(key: str, value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if key in _UNSAID or (key in _USUAL and value == _USUAL[key]):
        return None
    if key == "contract" and isinstance(value, Mapping):
        return {"enforced": True} if value.get("enforced") is True else None
    return without_unsaid(value)


def _is_said(value: object) -> bool:
    return value is not None and value not in ({}, [], "")
