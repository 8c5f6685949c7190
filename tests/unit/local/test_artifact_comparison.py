from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import placet
from fakes import manifests
from fakes.shop_artifacts import CUSTOMERS, USERS, WITHOUT_EMAIL, shop_manifest, write_artifacts
from placet.local.artifacts import artifacts_at, compare_artifacts
from placet.local.compare import Comparison, compare_folders
from shop_repository import SHOP
from shop_repository import WITHOUT_EMAIL as SQL_WITHOUT_EMAIL

CATALOG = manifests.catalog({USERS: {"id": "BIGINT", "email": "VARCHAR", "phone": "VARCHAR"}})
DOWN = [(CUSTOMERS, "column_removed")]


def kinds(comparison: Comparison) -> list[tuple[str, str]]:
    return [(one["asset"], one["kind"]) for one in comparison.changes]


@pytest.mark.parametrize("version", range(4, 14))
def test_a_dropped_column_reaches_its_readers_by_manifests_of_every_version(version: int) -> None:
    old, new = shop_manifest(version=version), shop_manifest("select id as user_id", version)
    found = placet.compare(old, new, format="dbt_manifest")
    assert (found.verdict, kinds(found)) == ("breaking", DOWN)
    reached = [(one["asset"], one["how"], one["state"]) for one in found.to_json()["impact"]]
    assert reached == [
        ("model.shop.mart_churn", "value", "broken"),
        ("model.shop.mart_crm", "rows", "broken"),
        ("exposure.shop.dash_churn", "declared", "declared"),
    ]


def test_manifests_and_files_of_the_same_commits_give_the_same_changes(tmp_path: Path) -> None:
    for name, more in (("old", {}), ("new", {"models/dim_customers.sql": SQL_WITHOUT_EMAIL})):
        for path, text in {**SHOP, **more}.items():
            (tmp_path / name / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / path).write_text(text, encoding="utf-8")
    files = compare_folders(tmp_path / "old", tmp_path / "new").to_json()
    artifacts = placet.compare(shop_manifest(), WITHOUT_EMAIL, format="dbt_manifest").to_json()
    facts = ("asset", "kind", "path", "category", "before", "after", "gate", "fingerprint")
    assert [{key: one[key] for key in facts} for one in artifacts["changes"]] == [
        {key: one[key] for key in facts} for one in files["changes"]
    ]
    assert {(one["asset"], one["column"], one["state"]) for one in artifacts["impact"]} == {
        (one["asset"], one["column"], one["state"]) for one in files["impact"]
    }


@pytest.mark.parametrize("form", ["parsed", "text", "bytes"])
def test_documents_are_compared_as_text_bytes_or_parsed(form: str) -> None:
    forms: dict[str, Callable[[dict[str, Any]], Any]] = {
        "parsed": dict,
        "text": json.dumps,
        "bytes": manifests.as_bytes,
    }
    old, new = (forms[form](one) for one in (shop_manifest(), WITHOUT_EMAIL))
    assert kinds(placet.compare(old, new, format="dbt_manifest")) == DOWN


def test_the_same_manifest_twice_gives_no_change() -> None:
    found = placet.compare(
        shop_manifest(), shop_manifest(), format="dbt_manifest", old_catalog=CATALOG, new_catalog=CATALOG
    )
    assert (found.verdict, found.changes) == ("none", [])


def test_the_same_project_written_by_another_version_of_dbt_gives_no_change() -> None:
    assert placet.compare(shop_manifest(version=4), shop_manifest(version=12), format="dbt_manifest").changes == []


def test_a_mode_is_obeyed_and_a_format_that_there_is_not_is_refused() -> None:
    assert not placet.compare(shop_manifest(), WITHOUT_EMAIL, format="dbt_manifest", mode="none").gated
    with pytest.raises(ValueError, match="there is no format 'avro'"):
        placet.compare("", "", format="avro")
    with pytest.raises(ValueError, match="sideways"):
        placet.compare(shop_manifest(), WITHOUT_EMAIL, format="dbt_manifest", mode="sideways")


def test_a_document_that_cannot_be_read_is_named_by_its_side() -> None:
    with pytest.raises(placet.BadFile) as caught:
        placet.compare(shop_manifest(), '{"nodes":\n', format="dbt_manifest")
    assert (caught.value.path, caught.value.line) == ("new manifest.json", 2)


def test_a_catalog_beside_a_manifest_is_used_where_both_sides_have_one(tmp_path: Path) -> None:
    star = shop_manifest("select users.*")
    del star["sources"][USERS]["columns"]["email"]
    smaller = manifests.catalog({USERS: {"id": "BIGINT", "email": "VARCHAR"}})
    old = write_artifacts(tmp_path / "old", star, CATALOG)
    new = write_artifacts(tmp_path / "new", star, smaller)
    found = compare_artifacts(artifacts_at(old), artifacts_at(new.parent))
    assert kinds(found) == [(CUSTOMERS, "column_removed"), (USERS, "source_removed_in_use")]
    assert found.analysis.notes == ()
    (tmp_path / "new" / "catalog.json").unlink()
    alone = compare_artifacts(artifacts_at(old), artifacts_at(new))
    assert alone.changes == []
    assert alone.analysis.notes == (
        "Only the old side has a catalog.json, so it was left out: both or neither are compared.",
    )


def test_a_manifest_that_was_only_parsed_is_said_to_be_so() -> None:
    parsed = shop_manifest()
    for node in parsed["nodes"].values():
        del node["compiled_code"]
    found = placet.compare(shop_manifest(), parsed, format="dbt_manifest")
    assert found.analysis.notes == (
        "The new side was only parsed: let dbt compile write it, so that its SQL can be compared.",
    )
    assert (found.changes, len(found.to_json()["coverage"]["unreadable"])) == ([], 3)


def test_a_catalog_that_lies_elsewhere_can_be_named(tmp_path: Path) -> None:
    manifest = write_artifacts(tmp_path / "target", shop_manifest("select users.*"))
    elsewhere = tmp_path / "elsewhere.json"
    elsewhere.write_bytes(manifests.as_bytes(CATALOG))
    assert artifacts_at(manifest).catalog is None
    read = artifacts_at(manifest, elsewhere).catalog
    assert read is not None
    assert [column.name for column in read.of(USERS)] == ["id", "email", "phone"]


def test_a_folder_means_the_manifest_in_it_or_in_its_target(tmp_path: Path) -> None:
    write_artifacts(tmp_path / "project" / "target", shop_manifest())
    for path in (tmp_path / "project", tmp_path / "project" / "target"):
        assert artifacts_at(path).manifest.path == str(tmp_path / "project" / "target" / "manifest.json")
    with pytest.raises(placet.BadFile, match=r"holds no manifest\.json"):
        artifacts_at(tmp_path)


def test_a_manifest_of_a_later_version_is_said_to_be_one() -> None:
    found = placet.compare(shop_manifest(), shop_manifest(version=13), format="dbt_manifest")
    [note] = found.analysis.notes
    assert note.startswith(
        "The new side is a manifest of version 13; those up to 12 are known (it is read all the same"
    )
