from __future__ import annotations

import pytest

from placet.cli.demo.columns import without
from placet.cli.demo.world import shop_files

DIM = b"""with users as (
    select id, phone
    from {{ ref('stg_users') }}
)

select
    users.id,
    users.phone,
    lower(users.mail) as mail
from users
"""
STAGING = b"select\n    id,\n    phone,\n    mail\nfrom {{ source('raw', 'users') }}\n"
YAML = b"""models:
  - name: dim
    columns:
      - name: id
      # how to reach them
      - name: phone
        description: With the country's code.
        data_tests: [not_null]

      - {name: mail, description: "lower case"}
  - name: fct
    columns:
      - name: phone
"""
FILES = {"models/dim.sql": DIM, "models/stg.sql": STAGING, "models/marts.yml": YAML}


def test_a_column_goes_from_the_query_and_from_what_yaml_says_of_the_model() -> None:
    changed = without(FILES, "dim.phone")
    assert changed["models/dim.sql"] == DIM.replace(b"    users.phone,\n", b"")
    listed = b"      - name: phone\n        description: With the country's code.\n        data_tests: [not_null]\n"
    assert changed["models/marts.yml"].replace(b"\n\n", b"\n") == YAML.replace(listed, b"").replace(b"\n\n", b"\n")
    assert changed["models/marts.yml"].count(b"- name: phone") == 1


def test_the_last_column_takes_the_comma_before_it_along() -> None:
    changed = without(FILES, "dim.mail")
    assert b"    users.phone\nfrom users\n" in changed["models/dim.sql"]
    assert b"mail" not in changed["models/marts.yml"]


def test_without_a_model_it_is_the_one_whose_yaml_lists_the_column() -> None:
    assert "models/dim.sql" in without(FILES, "phone")


def test_without_a_model_it_is_the_only_one_that_has_the_column() -> None:
    assert without({"models/stg.sql": STAGING, "models/marts.yml": YAML}, "mail") == {
        "models/stg.sql": STAGING.replace(b"    phone,\n    mail\n", b"    phone\n")
    }


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("nowhere", "no line of a query selects nowhere in any model, and nothing else"),
        ("fct.phone", "no line of a query selects phone in fct, and nothing else"),
        ("id", "dim and stg have such a column: say which, as in push drop dim.id"),
    ],
)
def test_a_column_that_cannot_be_found_is_told_with_what_to_do(column: str, said: str) -> None:
    with pytest.raises(LookupError, match=f"^{said}$"):
        without({"models/dim.sql": DIM.replace(b"users.id", b"id"), "models/stg.sql": STAGING}, column)


@pytest.mark.parametrize("column", ["phone", "country", "full_name", "lifetime_value"])
def test_every_column_of_the_shops_customers_can_go(column: str) -> None:
    changed = without(shop_files(), f"dim_customers.{column}")
    assert sorted(path.rpartition("/")[2] for path in changed) == ["core.yml", "dim_customers.sql"]
