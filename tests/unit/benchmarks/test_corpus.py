"""The table over real repositories: what it counts, and how it names causes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from benchmarks.corpus import Figures, figures_of, general, named, table
from benchmarks.projects import tree

from placet.readers.dbt import read_projects

PROJECT = "name: shop\nversion: 1.0.0\nvars: {extras: false}\n"
PACKAGE = "name: borrowed\nversion: 1.0.0\n"


def test_models_of_installed_packages_are_not_counted() -> None:
    texts = {
        "dbt_project.yml": PROJECT,
        "models/orders.sql": "select 1 as id",
        "dbt_packages/borrowed/dbt_project.yml": PACKAGE,
        "dbt_packages/borrowed/models/theirs.sql": "select * from somewhere",
    }
    figures = figures_of("shop", read_projects(tree(texts)))
    assert (figures.models, figures.resolved, figures.partial) == (1, 1, 0)


def test_a_model_that_a_variable_switches_off_is_counted_apart() -> None:
    texts = {
        "dbt_project.yml": PROJECT,
        "models/orders.sql": "select 1 as id",
        "models/extras.sql": "{{ config(enabled=var('extras')) }} select 1 as id",
    }
    figures = figures_of("shop", read_projects(tree(texts)))
    assert (figures.models, figures.off) == (1, 1)


def test_equal_causes_are_counted_together_whatever_they_name() -> None:
    texts = {
        "dbt_project.yml": PROJECT,
        "models/orders.sql": "select * from raw.orders",
        "models/customers.sql": "select * from raw.customers",
    }
    figures = figures_of("shop", read_projects(tree(texts)))
    assert figures.causes == (("partial: nobody lists the columns of …", 2),)


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("column user_id does not exist in orders or customers", "column … does not exist in …"),
        ("this SQL does not parse: Expecting ) near 'from'", "this SQL does not parse: Expecting ) near …"),
        ("the values of status are in the warehouse", "the values of … are in the warehouse"),
        ("12 statements, where one query is expected", "N statements, where one query is expected"),
    ],
)
def test_names_and_numbers_are_left_out_of_a_cause(reason: str, expected: str) -> None:
    assert general(reason) == expected


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("/mirror/calitp+warehouse/repo", "calitp/warehouse"),
        ("/mirror/shop.git:transform", "shop:transform"),
        ("/home/me/shop/.git", "shop"),
    ],
)
def test_a_repository_is_called_as_its_folder(subject: str, expected: str) -> None:
    assert named(subject) == expected


def test_the_table_ends_with_a_sum_of_what_was_read() -> None:
    read = Figures("shop", ("duckdb",), models=4, resolved=3, partial=1, cold=2.0, peak=70, causes=(("why", 1),))
    late = Figures("late", failure="not read within 9 s")
    lines = table([read, late, replace(read, repository="other", peak=90)]).splitlines()
    assert lines[3].startswith("| late | not read within 9 s |")
    assert lines[5] == "| all |  | 8 | 6 (75.0%) | 2 | 0 | 0 | 4.0 | 0.0 | 90 |"
    assert lines[6:9] == ["", "shop:", "- 1: why"]
