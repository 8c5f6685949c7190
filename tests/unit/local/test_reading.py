from __future__ import annotations

from pathlib import Path

import pytest

from placet.contracts.model import Asset
from placet.errors import BadFile
from placet.local.git import GitRepository
from placet.local.reading import Reading, read_commit, read_folder, read_worktree, reading_of
from placet.vocabulary.files import File, Files
from shop_repository import SHOP, ShopRepository


def reading(files: dict[str, str]) -> Reading:
    return reading_of(Files(File(path, path, text.encode()) for path, text in files.items()), "shop")


def asset(found: Reading, name: str) -> Asset:
    (only,) = found.contracts.named(name)
    return only


def test_every_owner_is_a_team_by_its_name_alone() -> None:
    found = reading(dict(SHOP))
    assert found.owners[asset(found, "dim_customers").key].name == "data"
    assert found.owners[asset(found, "dash_churn").key].name == "growth"
    assert asset(found, "mart_crm").key not in found.owners


def test_several_owners_on_one_line_are_one_team() -> None:
    found = reading({**SHOP, ".github/CODEOWNERS": "models/ @acme/crm @acme/sales\n"})
    assert found.owners[asset(found, "mart_crm").key].name == "crm or sales"


def test_the_readers_of_a_column_are_named_once_each() -> None:
    found = reading(dict(SHOP))
    customers = asset(found, "dim_customers")
    email = customers.column("user_email")
    assert email is not None
    assert found.readers_of(customers, email) == ("mart_churn.email_domain", "mart_crm")


def test_a_commit_a_work_tree_and_a_folder_give_the_same_contracts(tmp_path: Path) -> None:
    shop = ShopRepository(tmp_path / "shop")
    repository = GitRepository(shop.folder)
    committed = read_commit(repository, shop.first)
    assert read_worktree(repository).contracts == committed.contracts
    assert read_folder(shop.folder).contracts == committed.contracts


def test_what_is_not_committed_is_seen_in_the_work_tree_only(tmp_path: Path) -> None:
    shop = ShopRepository(tmp_path / "shop")
    shop.write({"models/fresh.sql": "select 1 as one\n"})
    repository = GitRepository(shop.folder)
    assert not read_commit(repository, shop.first).contracts.named("fresh")
    assert read_worktree(repository).contracts.named("fresh")


def test_a_tree_without_a_project_is_refused_by_name() -> None:
    with pytest.raises(BadFile, match=r"^shop: holds no dbt project"):
        reading({"README.md": "x"})


def test_a_broken_policy_is_refused_with_its_line() -> None:
    with pytest.raises(BadFile) as caught:
        reading({**SHOP, ".github/placet.yml": "version: 1\nrolout: gate\n"})
    assert caught.value.where == ".github/placet.yml:2"


@pytest.mark.parametrize("path", [".github/placet.yml", ".github/CODEOWNERS"])
def test_rules_that_cannot_be_read_are_not_taken_for_absent(path: str) -> None:
    files = [File(one, one, text.encode()) for one, text in SHOP.items() if one != path]
    linked = File(path, "x", problem="is a symbolic link, which is not followed")
    with pytest.raises(BadFile, match="symbolic link"):
        reading_of(Files([*files, linked]), "shop")


def test_the_document_of_chosen_assets_tells_the_coverage_of_all() -> None:
    found = reading(dict(SHOP))
    document = found.to_json([asset(found, "mart_crm")])
    assert [one["asset"] for one in document["assets"]] == ["model.shop.mart_crm"]
    assert document["coverage"] == found.to_json()["coverage"]
    assert document["coverage"]["assets"] == 4


def test_the_document_shows_ids_also_of_what_was_not_chosen() -> None:
    found = reading(dict(SHOP))
    columns = found.to_json([asset(found, "mart_churn")])["assets"][0]["columns"]
    assert columns[1]["reads"] == ["model.shop.dim_customers.user_email"]
