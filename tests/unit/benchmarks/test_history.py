"""The last commits of a repository, each compared with its parent."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.history import Step, last_commits, line_of, steps_of, totals

from placet.local.git import GitRepository
from shop_repository import ShopRepository

DIM = "models/dim.sql"


@pytest.fixture
def shop(tmp_path: Path) -> ShopRepository:
    return ShopRepository(tmp_path / "shop")


def steps(shop: ShopRepository) -> list[Step]:
    repository = GitRepository(shop.folder)
    return list(steps_of(repository, last_commits(repository, repository.commit("HEAD"), 10)))


def test_each_commit_is_compared_with_its_parent_the_newest_first(shop: ShopRepository) -> None:
    more = shop.commit({DIM: "select 1 as id, 2 as two\n"})
    less = shop.commit({DIM: "select 1 as id\n"})
    found = steps(shop)
    assert [step.sha for step in found] == [less, more]
    assert [[change["kind"] for change in step.changes] for step in found] == [["column_removed"], ["asset_added"]]


def test_a_commit_that_touches_no_project_is_passed_over(shop: ShopRepository) -> None:
    shop.commit({"README.md": "# Shop\n"})
    assert steps(shop) == []


def test_a_commit_of_layout_alone_is_seen_and_gives_nothing(shop: ShopRepository) -> None:
    shop.commit({DIM: "select 1 as id -- one\n"})
    shop.commit({DIM: "SELECT\n  1 AS id\n"})
    step = steps(shop)[0]
    assert (step.layout_only, step.sql_touched, step.is_suspicious, step.is_silent) == (True, False, False, False)


def test_sql_that_differs_without_a_change_is_named(shop: ShopRepository) -> None:
    shop.commit({DIM: "select 1 as id\n"})
    shop.commit({DIM: "with one as (select 1 as id) select id from one\n"})
    step = steps(shop)[0]
    assert (step.layout_only, step.is_silent) == (False, True)
    assert f"SQL that differs and nothing told: {step.sha[:9]}" in totals([step])


def test_a_crash_stands_in_the_line_and_in_the_totals() -> None:
    step = Step("a" * 40, "boom", 1, layout_only=False, sql_touched=True, seconds=0.1, reading=0.1, failure="Trace")
    assert "CRASHED" in line_of(step)
    assert "crashed: aaaaaaaaa" in totals([step])
