"""What dbt's own manifest says of each asset, against what we read from the same files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.ground_truth.promises import promised_by_dbt, promised_by_us
from placet.contracts.model import Asset
from placet.vocabulary.words import AssetKind

_SECTIONS = ("nodes", "sources", "exposures", "metrics", "semantic_models", "saved_queries")
_ASSETS = frozenset({"model", "seed", "snapshot", "source", "exposure", "metric", "semantic_model", "saved_query"})
_SOURCE = re.compile(r"source\('([^']+)', *'([^']+)'\)")
_BUILT = (AssetKind.MODEL, AssetKind.SEED, AssetKind.SNAPSHOT)


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact on which dbt and we do not agree."""

    asset: str
    what: str
    theirs: str
    ours: str


def differences(
    manifest: Mapping[str, Any], assets: Mapping[str, Asset], project: str, left_out: Collection[str]
) -> Iterator[Difference]:
    """Every fact on which we do not agree, of the assets of the projects that were read.

    ``left_out``: the files that dbt could not parse.
    """
    projects = {project, *(asset.project for asset in assets.values())}
    nodes = {key: node for key, node in nodes_of(manifest).items() if node["package_name"] in projects}
    ids = {asset.key: asset.id for asset in assets.values()}
    tests = _tests_by_asset(manifest)
    for key in sorted(set(nodes) | set(assets)):
        if nodes.get(key, {}).get("original_file_path") in left_out:
            continue
        if key not in assets:
            yield Difference(key, "present", "yes", "no")
        elif key not in nodes:
            switched_off = key in manifest["disabled"]
            yield Difference(key, "present", "disabled" if switched_off else "no", "yes")
        else:
            for what, theirs, ours in _facts(nodes[key], assets[key], ids, tests.get(key, [])):
                if theirs != ours:
                    yield Difference(key, what, str(theirs), str(ours))


def counted(manifest: Mapping[str, Any], assets: Mapping[str, Asset]) -> dict[str, int]:
    """How many facts of each sort were compared."""
    nodes, tests = nodes_of(manifest), _tests_by_asset(manifest)
    count: Counter[str] = Counter()
    for key in set(nodes) & set(assets):
        count["assets"] += 1
        for what, theirs, _ in _facts(nodes[key], assets[key], {}, tests.get(key, [])):
            count[what] += len(theirs) if isinstance(theirs, list) else 1
    return dict(count)


def nodes_of(manifest: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """What the manifest holds that we call assets, by id."""
    everything = {key: node for section in _SECTIONS for key, node in manifest.get(section, {}).items()}
    return {key: node for key, node in everything.items() if node["resource_type"] in _ASSETS}


def _tests_by_asset(manifest: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test" and "test_metadata" in node and (key := _tested(node)):
            found.setdefault(key, []).append(node)
    return found


def _tested(node: Mapping[str, Any]) -> str:
    """What a test is declared on; of a source's test the manifest says it in the test's arguments alone."""
    if node.get("attached_node"):
        return str(node["attached_node"])
    source = _SOURCE.search(str(node["test_metadata"]["kwargs"].get("model", "")))
    return f"source.{node['package_name']}.{source.group(1)}.{source.group(2)}" if source else ""


def _facts(
    node: Mapping[str, Any], asset: Asset, ids: Mapping[str, str], tests: list[Mapping[str, Any]]
) -> Iterator[tuple[str, Any, Any]]:
    own = node["unique_id"]
    reads = sorted({key for key in node.get("depends_on", {}).get("nodes", ()) if key != own})
    yield "reads", reads, sorted({ids.get(key, key) for key in (*asset.reads, *asset.reads_all)} - {own})
    if asset.kind in _BUILT:
        yield from _configured(node, asset)
    if asset.kind is AssetKind.SOURCE:
        yield "identifier", node["identifier"], asset.relation.identifier
        yield "schema", node["schema"], asset.relation.schema or node["source_name"]
        yield "loader", node.get("loader") or "", asset.relation.loader
    if asset.kind in (*_BUILT, AssetKind.SOURCE):
        promised = sorted({column.name.lower() for column in asset.columns if column.promised})
        yield "columns", sorted({name.lower() for name in node["columns"]}), promised
        yield "promises", promised_by_dbt(node, tests), promised_by_us(asset)


def _configured(node: Mapping[str, Any], asset: Asset) -> Iterator[tuple[str, Any, Any]]:
    config = node["config"]
    yield "materialized", config.get("materialized"), asset.relation.materialized
    yield "alias", node["alias"], asset.relation.identifier
    yield "schema", config.get("schema") or config.get("target_schema") or "", asset.relation.schema
    yield "database", config.get("database") or config.get("target_database") or "", asset.relation.database
    yield "group", config.get("group") or "", asset.group
    if asset.kind is AssetKind.MODEL:
        yield "access", node.get("access"), asset.access
        yield "version", str(node.get("version") or ""), asset.version
        yield "latest version", str(node.get("latest_version") or ""), asset.latest_version
        yield "language", node["language"], asset.language
        yield "contract", bool((config.get("contract") or {}).get("enforced")), asset.contract_enforced
