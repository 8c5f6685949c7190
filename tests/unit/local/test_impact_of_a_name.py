from __future__ import annotations

import pytest

from placet.errors import BadFile, Refused
from placet.impact.uses import declared_uses
from placet.local.impact import Target, assets_named, impact_document, impact_of, target_of
from placet.local.reading import Reading, reading_of
from placet.vocabulary.files import File, Files
from shop_repository import SHOP


def reading(more: dict[str, str] | None = None) -> Reading:
    files = {**SHOP, **(more or {})}
    return reading_of(Files(File(path, path, text.encode()) for path, text in files.items()), "shop")


def target(text: str) -> Target:
    return target_of(text, reading().contracts)


def read_by(text: str, found: Reading) -> list[tuple[str, str | None, str | None, str]]:
    meant = target_of(text, found.contracts)
    readers = impact_document(meant, impact_of(meant, found), found)["readers"]
    return [(one["asset"], one["column"], one["team"], one["how"]) for one in readers]


@pytest.mark.parametrize(
    "text",
    [
        "dim_customers.user_email",
        "model.shop.dim_customers.user_email",
        "models/dim_customers.sql.user_email",
        "dim_customers.USER_EMAIL",
    ],
)
def test_a_column_is_meant_by_any_name_of_its_asset(text: str) -> None:
    found = target(text)
    assert (found.asset.name, found.column, found.listed) == ("dim_customers", "user_email", True)


@pytest.mark.parametrize("text", ["dim_customers", "model.shop.dim_customers", "models/dim_customers.sql"])
def test_an_asset_is_meant_by_its_name_its_id_or_its_path(text: str) -> None:
    assert target(text).asset.id == "model.shop.dim_customers"
    assert target(text).column == ""


def test_a_sources_dot_is_not_taken_for_a_columns() -> None:
    assert target("raw.users").asset.id == "source.shop.raw.users"
    assert target("raw.users.email").column == "email"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("dim_customer", 'there is no asset "dim_customer" (did you mean "dim_customers"?)'),
        ("dim_customer.user_email", 'did you mean "dim_customers.user_email"?'),
        ("mart_chum.email_domain", 'did you mean "mart_churn.email_domain"?'),
        ("dim_customer.nothing_such", 'did you mean "dim_customers"?'),
        ("dim_customers.user_mail", 'has no column "user_mail" (did you mean "user_email"?)'),
        ("dim_customers.zzz", "it has user_id and user_email"),
        ("zzz", "see placet assets"),
        ("", "there is no asset"),
        (".", "there is no asset"),
    ],
)
def test_what_there_is_not_is_refused_with_what_comes_nearest(text: str, said: str) -> None:
    with pytest.raises(Refused) as caught:
        target(text)
    assert said in str(caught.value)


def test_a_name_that_could_be_several_lists_them() -> None:
    both = reading(
        {"b/dbt_project.yml": "name: second\nmodel-paths: [models]\n", "b/models/mart_crm.sql": "select 1 as a"}
    )
    with pytest.raises(Refused, match=r"could be any of model\.shop\.mart_crm and model\.second\.mart_crm"):
        target_of("mart_crm", both.contracts)
    assert len(assets_named("mart_crm", both.contracts)) == 2


def test_projects_with_the_same_ids_are_told_apart_by_folder() -> None:
    twin = {"b/dbt_project.yml": SHOP["dbt_project.yml"], "b/models/mart_crm.sql": "select 1 as a"}
    found = reading(twin)
    with pytest.raises(Refused, match=r":model\.shop\.mart_crm and b:model\.shop\.mart_crm"):
        target_of("mart_crm", found.contracts)
    assert target_of("b:model.shop.mart_crm", found.contracts).asset.location.path == "b/models/mart_crm.sql"


def test_a_column_that_a_source_does_not_list_may_be_there_all_the_same() -> None:
    found = reading({"models/sources.yml": "sources: [{name: raw, tables: [{name: users}]}]\n"})
    meant = target_of("raw.users.Phone", found.contracts)
    assert (meant.column, meant.listed) == ("phone", False)
    assert read_by("raw.users.Phone", found) == []


def test_the_readers_of_a_column_are_followed_to_the_dashboard() -> None:
    assert read_by("raw.users.email", reading()) == [
        ("exposure.shop.dash_churn", None, "growth", "declared"),
        ("model.shop.dim_customers", "user_email", "data", "value"),
        ("model.shop.mart_churn", "email_domain", "growth", "value"),
        ("model.shop.mart_crm", None, None, "rows"),
    ]


def test_a_column_that_nobody_reads_has_no_readers() -> None:
    assert read_by("mart_crm.user_id", reading()) == []


def test_an_asset_as_a_whole_is_read_by_whoever_reads_any_of_it() -> None:
    assert {one[0] for one in read_by("dim_customers", reading())} == {
        "exposure.shop.dash_churn",
        "model.shop.mart_churn",
        "model.shop.mart_crm",
    }


def test_declared_uses_count_for_the_columns_that_they_name() -> None:
    use = "- {team: crm, reads: dim_customers, columns: [user_email], purpose: sync}"
    found = reading({".github/placet.yml": f"version: 1\nconsumers:\n  {use}\n"})
    assert ("model.shop.dim_customers", "user_email", "crm", "declared") in read_by("dim_customers.user_email", found)
    assert "crm" not in {one[2] for one in read_by("dim_customers.user_id", found)}


def test_a_declared_use_of_what_could_be_several_is_an_error_of_the_policy() -> None:
    rule = "version: 1\nconsumers:\n  - {team: crm, reads: twin}\n"
    more = {
        ".github/placet.yml": rule,
        "b/dbt_project.yml": "name: second\nmodel-paths: [models]\n",
        "b/models/twin.sql": "select 1 as a",
        "models/twin.sql": "select 1 as a",
    }
    read = reading(more)
    with pytest.raises(BadFile, match=r"could be any of") as caught:
        declared_uses(read.contracts, read.policy)
    assert caught.value.where == ".github/placet.yml:3"
