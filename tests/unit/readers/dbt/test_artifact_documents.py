"""What is no manifest is refused with what and where; what is one never breaks the reading, whatever it says."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakes import manifests
from placet.errors import BadFile
from placet.readers.dbt.artifacts import catalog_from, contracts_from, documents, manifest_from
from placet.vocabulary.words import ReadStatus

ONE = {"nodes": {"model.shop.a": {"compiled": "select 1 as id"}}}


def refusal(data: bytes) -> str:
    with pytest.raises(BadFile) as caught:
        manifest_from(data, "target/manifest.json")
    return str(caught.value)


def with_schema(url: str) -> bytes:
    return json.dumps({"metadata": {"dbt_schema_version": url}, "nodes": {}}).encode()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "target/manifest.json:1: not valid JSON: Expecting value"),
        (b'{\n "a": 1,\n}', "at column 1 (let dbt write it anew)"),
        (b'{\n"a": "\xff"}', "target/manifest.json:2: not valid UTF-8"),
        (b"[]", "target/manifest.json:1: is no JSON object"),
        (b"{}", "target/manifest.json: is no manifest of dbt's: its metadata name no schema"),
        (with_schema("https://example.com/v12.json"), "its metadata name no schema"),
        (with_schema(f"{manifests.SCHEMAS}/run-results/v6.json"), "is dbt's run-results, not its manifest"),
        (
            with_schema(f"{manifests.SCHEMAS}/manifest/v3.json"),
            "is a manifest of version 3, which dbt wrote before 1.0",
        ),
        (b"[" * 1_000_000, "target/manifest.json: nested too deeply"),
        (b'{"a":' + b"[" * 900 + b"]" * 900 + b"}", "target/manifest.json: nested too deeply"),
        (b'{"a": ' + b"1" * 5_000 + b"}", "holds a number that is too long to be read"),
    ],
)
def test_what_is_no_manifest_is_refused_with_what_and_where(data: bytes, said: str) -> None:
    assert said in refusal(data)


def test_a_manifest_without_nodes_is_refused() -> None:
    data = with_schema(f"{manifests.SCHEMAS}/manifest/v12.json").replace(b'"nodes": {}', b'"nodes": []')
    assert "is a manifest without nodes" in refusal(data)


def test_a_manifest_that_is_too_large_is_refused_before_it_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MAX_BYTES", 10)
    assert "too large to read (11 bytes) (at most 10 are read)" in refusal(b"[1,2,3,4,5]")


def test_a_catalog_in_the_place_of_a_manifest_is_named() -> None:
    data = manifests.as_bytes(manifests.catalog({}))
    assert "is dbt's catalog, not its manifest" in refusal(data)
    with pytest.raises(BadFile, match="is dbt's manifest, not its catalog"):
        catalog_from(manifests.as_bytes(manifests.manifest({})), "catalog.json")


def test_a_manifest_of_a_later_version_is_read_and_said_to_be_newer() -> None:
    contracts = contracts_from(manifest_from(manifests.as_bytes(manifests.manifest(ONE, 13)), "manifest.json"))
    assert [column.name for column in contracts.by_key[":model.shop.a"].columns] == ["id"]
    assert [(one.code, one.reason) for one in contracts.findings] == [
        ("artifact_newer", "a manifest of version 13; those up to 12 are known")
    ]


def test_keys_that_stand_twice_nan_and_halves_of_characters_do_no_harm() -> None:
    text = json.dumps(manifests.manifest(ONE)).replace(
        '"alias": "a"', '"alias": "b", "alias": "a", "at": NaN, "s": 1e999'
    )
    text = text.replace('"id"', '"id\\ud800"').replace("select 1 as id", "select 1 as id\\udfff")
    contracts = contracts_from(manifest_from(text.encode(), "manifest.json"))
    asset = contracts.by_key[":model.shop.a"]
    assert asset.relation.identifier == "a"
    assert "\ud800" not in repr(contracts).encode("utf-8").decode()


def test_parsed_json_reads_like_its_bytes() -> None:
    written = manifests.manifest(ONE)
    assert contracts_from(manifest_from(written, "m")) == contracts_from(
        manifest_from(manifests.as_bytes(written), "m")
    )


def test_the_root_project_is_known_by_the_digest_of_its_name_where_only_that_is_there() -> None:
    spec: dict[str, Any] = {"nodes": {"model.pkg.a": {}, "model.pkg.b": {}, "model.shop.c": {}}}
    for version in (4, 12):
        manifest = manifest_from(manifests.as_bytes(manifests.manifest(spec, version)), "m")
        assert manifest.project == "shop"


def test_the_order_of_entries_changes_nothing() -> None:
    nodes: dict[str, Any] = {f"model.shop.m{one}": {"compiled": f"select {one} as id"} for one in range(5)}
    nodes["test.shop.not_null_m1_id"] = {"test": {"of": "model.shop.m1", "name": "not_null", "column": "id"}}
    written = manifests.manifest({"nodes": nodes})
    turned = {**written, "nodes": dict(reversed(written["nodes"].items()))}
    assert contracts_from(manifest_from(written, "m")) == contracts_from(manifest_from(turned, "m"))


ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
FULL = {
    "sources": {"source.shop.app.x": {"columns": {"id": {}}}},
    "groups": {"group.shop.g": {"owner": {"name": "G"}}},
    "nodes": {
        "model.shop.a": {"compiled": "select id from x", "reads": ["source.shop.app.x"], "columns": {"id": {}}},
        "seed.shop.s": {},
        "snapshot.shop.h": {"compiled": "select 1 as id"},
        "test.shop.t": {"test": {"of": "model.shop.a", "name": "not_null", "column": "id"}},
    },
    "exposures": {"exposure.shop.e": {"reads": ["model.shop.a"], "owner": {"name": "E"}}},
    "semantic_models": {"semantic_model.shop.sm": {"model": "ref('a')", "measures": [{"name": "n", "agg": "sum"}]}},
    "metrics": {"metric.shop.m": {"type": "simple", "type_params": {"measure": {"name": "n"}}}},
    "saved_queries": {"saved_query.shop.q": {"query_params": {"metrics": ["m"]}}},
}


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in items for place in places(item, (*path, key)))]


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_stands_anywhere_in_a_manifest_it_is_read_or_refused(data: st.DataObject) -> None:
    written: Any = json.loads(manifests.as_bytes(manifests.manifest(FULL, data.draw(st.sampled_from([4, 8, 12])))))
    for _ in range(data.draw(st.integers(1, 3))):
        *path, last = data.draw(st.sampled_from([one for one in places(written) if one]))
        inner = written
        for key in path:
            inner = inner[key]
        inner[last] = data.draw(ANYTHING)
    try:
        contracts = contracts_from(manifest_from(json.dumps(written).encode(), "manifest.json"))
    except BadFile:
        return
    assert pickle.loads(pickle.dumps(contracts)) == contracts  # noqa: S301 - our own
    assert all(asset.reason for asset in contracts.assets if asset.status is not ReadStatus.RESOLVED)


CATALOG: dict[str, Any] = manifests.catalog({"model.shop.a": {"id": "INTEGER"}, "source.shop.app.x": {"id": "TEXT"}})


@given(data=st.data())
@settings(max_examples=80, deadline=None)
def test_whatever_stands_anywhere_in_a_catalog_it_is_read_or_refused(data: st.DataObject) -> None:
    written: Any = json.loads(json.dumps(CATALOG))
    *path, last = data.draw(st.sampled_from([one for one in places(written) if one]))
    inner = written
    for key in path:
        inner = inner[key]
    inner[last] = data.draw(ANYTHING)
    try:
        catalog = catalog_from(json.dumps(written).encode(), "catalog.json")
    except BadFile:
        return
    contracts = contracts_from(manifest_from(manifests.manifest(FULL), "manifest.json"), catalog)
    assert pickle.loads(pickle.dumps(contracts)) == contracts  # noqa: S301 - our own
