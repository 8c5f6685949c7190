from __future__ import annotations

from pathlib import Path

import pytest

import placet
from placet.local.compare import Comparison, compare_commits, compare_folders, compare_span, span_of
from placet.local.git import GitRepository
from placet.vocabulary.words import Mode
from shop_repository import SHOP, WITHOUT_EMAIL, ShopRepository

DROP = {"models/dim_customers.sql": WITHOUT_EMAIL}


@pytest.fixture
def shop(tmp_path: Path) -> ShopRepository:
    return ShopRepository(tmp_path / "shop")


def folder(path: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text, encoding="utf-8")
    return path


def kinds(comparison: Comparison) -> list[str]:
    return [one["kind"] for one in comparison.changes]


def test_a_dropped_column_asks_the_teams_that_read_it(shop: ShopRepository) -> None:
    shop.branch("drop", DROP)
    found = compare_commits(GitRepository(shop.folder), "main", "drop")
    assert found.verdict == "breaking"
    assert found.gated
    assert [one["team"] for one in found.to_json()["required_teams"]] == ["growth"]


def test_what_the_base_branch_did_meanwhile_is_not_the_pull_requests_change(shop: ShopRepository) -> None:
    shop.branch("feature", {"models/other.sql": "select 1 as one\n"})
    shop.git("checkout", "--quiet", "main")
    shop.commit(DROP)
    found = compare_commits(GitRepository(shop.folder), "main", "feature")
    assert kinds(found) == ["asset_added"]


def test_a_reader_that_was_merged_meanwhile_counts(shop: ShopRepository) -> None:
    shop.branch("drop", DROP)
    shop.git("checkout", "--quiet", "main")
    late = {"models/late.sql": "select user_email from {{ ref('dim_customers') }}\n"}
    shop.commit({**late, ".github/CODEOWNERS": SHOP[".github/CODEOWNERS"] + "models/late.sql @acme/late\n"})
    found = compare_commits(GitRepository(shop.folder), "main", "drop")
    assert [one["team"] for one in found.to_json()["required_teams"]] == ["growth", "late"]


def test_the_policy_is_that_of_the_base_branchs_tip(shop: ShopRepository) -> None:
    shop.branch("drop", {**DROP, ".github/placet.yml": "version: 1\ncompatibility: none\n"})
    found = compare_commits(GitRepository(shop.folder), "main", "drop")
    assert found.policy.compatibility is Mode.BACKWARD
    assert found.gated


def test_a_mode_that_is_given_counts_instead_of_the_policys(shop: ShopRepository) -> None:
    shop.branch("drop", DROP)
    found = compare_commits(GitRepository(shop.folder), "main", "drop", mode=Mode.NONE)
    assert found.verdict == "breaking"
    assert not found.gated


def test_without_a_merge_base_the_tip_is_compared_with_and_that_is_said(shop: ShopRepository) -> None:
    shop.git("checkout", "--quiet", "--orphan", "alone")
    shop.commit(DROP)
    found = compare_commits(GitRepository(shop.folder), "main", "alone")
    assert "column_removed" in kinds(found)
    (note,) = found.analysis.notes
    assert "No merge base was found" in note
    assert "share no history" in note


def test_a_shallow_clone_says_how_to_get_the_history(shop: ShopRepository, tmp_path: Path) -> None:
    shop.commit({"a.txt": "a"})
    shop.branch("drop", DROP)
    shop.git("clone", "--quiet", "--depth=1", "--no-single-branch", f"file://{shop.folder}", str(tmp_path / "clone"))
    found = compare_commits(GitRepository(tmp_path / "clone"), "origin/main", "origin/drop")
    assert "git fetch --unshallow" in found.analysis.notes[0]


def test_the_work_tree_is_judged_as_if_it_were_committed(shop: ShopRepository) -> None:
    shop.write(DROP)
    repository = GitRepository(shop.folder)
    assert not kinds(compare_commits(repository, "main", "HEAD"))
    assert "column_removed" in kinds(compare_span(repository, span_of(repository, "main", None)))


def test_commits_without_any_project_cannot_be_compared(tmp_path: Path) -> None:
    other = ShopRepository(tmp_path / "other", {"README.md": "x"})
    with pytest.raises(placet.BadFile, match="holds no dbt project"):
        compare_commits(GitRepository(other.folder), "main", "main")


def test_a_project_that_comes_is_no_breaking_change(tmp_path: Path) -> None:
    other = ShopRepository(tmp_path / "other", {"README.md": "x"})
    other.branch("new", dict(SHOP))
    found = compare_commits(GitRepository(other.folder), "main", "new")
    assert found.verdict == "compatible"


def test_two_folders_are_compared_by_the_public_function(tmp_path: Path) -> None:
    old, new = folder(tmp_path / "old", dict(SHOP)), folder(tmp_path / "new", {**SHOP, **DROP})
    found = placet.compare_projects(old, new)
    assert found.verdict == "breaking"
    assert "column_removed" in kinds(found)
    assert placet.compare_projects(str(old), str(old)).verdict == "none"


def test_a_folder_without_a_project_is_refused_by_name(tmp_path: Path) -> None:
    old, new = folder(tmp_path / "old", dict(SHOP)), folder(tmp_path / "new", {"README.md": "x"})
    with pytest.raises(placet.BadFile, match="new: holds no dbt project"):
        compare_folders(old, new)


def test_a_dialect_that_is_given_is_the_one_that_is_read(tmp_path: Path) -> None:
    backticks = {**SHOP, "models/dim_customers.sql": "select `id` as user_id from {{ source('raw', 'users') }}\n"}
    old, new = (
        folder(tmp_path / "old", backticks),
        folder(tmp_path / "new", {**backticks, "models/x.sql": "select 1 as a"}),
    )
    found = compare_folders(old, new, dialect="bigquery")
    assert found.analysis.coverage.unreadable == ()
    assert "asset_unreadable" not in kinds(found)


BROKEN = {".github/placet.yml": "version: 1\nrollout: gte\n"}


def test_a_branch_that_brings_a_broken_policy_is_refused_with_file_and_line(shop: ShopRepository) -> None:
    shop.branch("drop", {**DROP, **BROKEN})
    with pytest.raises(placet.BadFile) as raised:
        compare_commits(GitRepository(shop.folder), "main", "drop")
    assert raised.value.where == "drop:.github/placet.yml:2"
    assert "placet policy validate" in raised.value.hint


def test_a_broken_policy_that_the_branch_leaves_alone_is_the_bases(shop: ShopRepository) -> None:
    shop.commit(BROKEN)
    shop.branch("drop", {**DROP, ".github/placet.yml": "version: 1\nrollout: gate\n"})
    with pytest.raises(placet.BadFile) as raised:
        compare_commits(GitRepository(shop.folder), "main", "drop")
    assert raised.value.where == "main:.github/placet.yml:2"
    assert "mend it there first" in raised.value.hint


def test_a_branch_that_only_mends_the_policy_passes_and_that_is_said(shop: ShopRepository) -> None:
    shop.commit(BROKEN)
    shop.branch("mend", {".github/placet.yml": "version: 1\nrollout: gate\n"})
    found = compare_commits(GitRepository(shop.folder), "main", "mend")
    assert not found.gated
    assert found.analysis.notes == ("The policy is broken (main:.github/placet.yml:2), and this mends it.",)


def test_a_broken_policy_in_a_folder_is_named_by_its_real_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = folder(tmp_path / "old", dict(SHOP)), folder(tmp_path / "new", {**SHOP, **BROKEN})
    monkeypatch.chdir(new)
    with pytest.raises(placet.BadFile) as raised:
        compare_folders(old, Path())
    assert raised.value.where == f"{new}/.github/placet.yml:2"


OWNED = {".github/CODEOWNERS": "models/ @acme/dx\nmodels/mart_churn.sql @acme/growth\n"}


@pytest.mark.parametrize(
    ("authors", "asked", "assumed"),
    [
        (None, ["growth"], ("dx",)),
        (["dx"], ["growth"], ()),
        (["@acme/dx", "growth"], ["growth"], ()),
        ([], ["dx", "growth"], ()),
        (["growth"], ["dx", "growth"], ()),
    ],
)
def test_who_the_author_is_decides_whether_the_owner_is_asked(
    shop: ShopRepository, authors: list[str] | None, asked: list[str], assumed: tuple[str, ...]
) -> None:
    shop.commit(OWNED)
    shop.branch("drop", DROP)
    repository = GitRepository(shop.folder)
    found = compare_span(repository, span_of(repository, "main", "drop"), authors=authors)
    assert [one["team"] for one in found.to_json()["required_teams"]] == asked
    assert found.assumed == assumed


def test_a_team_of_the_authors_that_nobody_knows_is_told(shop: ShopRepository) -> None:
    shop.branch("drop", DROP)
    repository = GitRepository(shop.folder)
    found = compare_span(repository, span_of(repository, "main", "drop"), authors=["grwth"])
    assert found.analysis.notes == ('No owner or reader here is called "grwth" (did you mean "growth"?).',)
