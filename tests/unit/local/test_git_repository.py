from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from placet.errors import BadFile
from placet.local.git import NO_REPOSITORY, GitRepository, repository_at
from shop_repository import SHOP, ShopRepository


@pytest.fixture
def shop(tmp_path: Path) -> ShopRepository:
    return ShopRepository(tmp_path / "shop")


def every(_path: str) -> bool:
    return True


def test_a_commit_is_read_as_it_was_committed_whatever_lies_in_the_work_tree(shop: ShopRepository) -> None:
    shop.write({"dbt_project.yml": "name: other\n", "models/new.sql": "select 1 as one\n"})
    files = GitRepository(shop.folder).files(shop.first, every)
    assert set(files) == set(SHOP)
    assert files["dbt_project.yml"].data == SHOP["dbt_project.yml"].encode()


def test_blobs_have_the_names_that_git_gives_them(shop: ShopRepository) -> None:
    files = GitRepository(shop.folder).files(shop.first, every)
    assert files["dbt_project.yml"].sha == shop.git("rev-parse", "HEAD:dbt_project.yml")


def test_what_is_not_wanted_is_listed_without_its_content(shop: ShopRepository) -> None:
    files = GitRepository(shop.folder).files(shop.first, lambda path: path == "dbt_project.yml")
    assert files["models/mart_crm.sql"].data is None
    assert files["models/mart_crm.sql"].problem == ""


def test_a_folder_inside_a_repository_gives_the_whole_repository(shop: ShopRepository) -> None:
    repository = GitRepository(shop.folder / "models")
    assert repository.root == shop.folder
    assert "dbt_project.yml" in repository.files(shop.first, every)


def test_a_bare_repository_can_be_read(shop: ShopRepository, tmp_path: Path) -> None:
    shop.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    repository = GitRepository(tmp_path / "bare.git")
    assert repository.is_bare
    assert set(repository.files(repository.commit("HEAD"), every)) == set(SHOP)
    assert repository.uncommitted(every) == 0
    with pytest.raises(BadFile, match="without a work tree"):
        repository.worktree_files(every)


def test_a_folder_outside_git_is_no_repository(tmp_path: Path) -> None:
    assert repository_at(tmp_path) is None
    with pytest.raises(BadFile, match="is no git repository") as caught:
        GitRepository(tmp_path)
    assert caught.value.code == NO_REPOSITORY


def test_a_folder_that_is_not_there_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="is no folder"):
        repository_at(tmp_path / "nowhere")


@pytest.mark.parametrize(("rev", "hint"), [("mian", 'did you mean "main"?'), ("zzzzzz", "git log")])
def test_a_revision_that_is_none_is_told_with_the_nearest_name(shop: ShopRepository, rev: str, hint: str) -> None:
    with pytest.raises(BadFile, match=rev) as caught:
        GitRepository(shop.folder).commit(rev)
    assert hint in caught.value.hint


def test_a_revision_is_never_taken_for_an_option(shop: ShopRepository) -> None:
    with pytest.raises(BadFile, match="has no commit"):
        GitRepository(shop.folder).commit("--all")


def test_a_repository_without_a_commit_says_so(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)  # noqa: S603, S607 - a test's own git
    with pytest.raises(BadFile, match="has no commit yet"):
        GitRepository(tmp_path).commit("HEAD")


def test_a_link_is_not_followed(shop: ShopRepository) -> None:
    (shop.folder / "models" / "link.sql").symlink_to("/etc/passwd")
    commit = shop.commit({})
    repository = GitRepository(shop.folder)
    for files in (repository.files(commit, every), repository.worktree_files(every)):
        assert files["models/link.sql"].data is None
        assert "symbolic link" in files["models/link.sql"].problem


def test_a_large_file_is_named_and_not_read(shop: ShopRepository) -> None:
    commit = shop.commit({"seeds/large.csv": "a\n" * 3_000_000})
    file = GitRepository(shop.folder).files(commit, every)["seeds/large.csv"]
    assert file.data is None
    assert "too large" in file.problem


def test_a_blob_that_is_missing_from_the_clone_is_a_problem_of_that_file_alone(shop: ShopRepository) -> None:
    sha = shop.git("rev-parse", "HEAD:models/mart_crm.sql")
    (shop.folder / ".git" / "objects" / sha[:2] / sha[2:]).unlink()
    files = GitRepository(shop.folder).files(shop.first, every)
    assert "not in this clone" in files["models/mart_crm.sql"].problem
    assert files["models/mart_churn.sql"].data is not None


def test_the_work_tree_has_what_is_not_committed_but_not_what_git_ignores(shop: ShopRepository) -> None:
    shop.commit({".gitignore": "dbt_packages/\n"})
    shop.write(
        {"models/new.sql": "select 1\n", "dbt_packages/x/dbt_project.yml": "name: x\n", "models/mart_crm.sql": None}
    )
    files = GitRepository(shop.folder).worktree_files(every)
    assert files["models/new.sql"].data == b"select 1\n"
    assert "dbt_packages/x/dbt_project.yml" not in files
    assert "models/mart_crm.sql" not in files


def test_what_is_not_committed_is_counted_by_what_would_be_read(shop: ShopRepository) -> None:
    repository = GitRepository(shop.folder)
    assert repository.uncommitted(every) == 0
    shop.write({"models/new.sql": "select 1\n", "models/mart_crm.sql": None, "notes.txt": "x"})
    assert repository.uncommitted(lambda path: path.endswith(".sql")) == 2


def test_the_merge_base_is_where_the_branches_parted(shop: ShopRepository) -> None:
    head = shop.branch("feature", {"a.txt": "a"})
    shop.git("checkout", "--quiet", "main")
    tip = shop.commit({"b.txt": "b"})
    assert GitRepository(shop.folder).merge_base(tip, head) == shop.first


def test_the_default_base_is_the_remotes_default_branch_else_main(shop: ShopRepository, tmp_path: Path) -> None:
    assert GitRepository(shop.folder).default_base() == "main"
    shop.git("clone", "--quiet", ".", str(tmp_path / "clone"))
    assert GitRepository(tmp_path / "clone").default_base() == "origin/HEAD"


def test_without_any_usual_branch_the_base_has_to_be_said(shop: ShopRepository) -> None:
    shop.git("branch", "--move", "main", "trunk")
    with pytest.raises(BadFile, match="cannot tell what to compare with"):
        GitRepository(shop.folder).default_base()


def test_variables_of_a_hook_do_not_lead_to_another_repository(
    shop: ShopRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = ShopRepository(tmp_path / "other", {"dbt_project.yml": "name: other\n"})
    monkeypatch.setenv("GIT_DIR", str(other.folder / ".git"))
    assert GitRepository(shop.folder).root == shop.folder


def test_a_folder_outside_git_needs_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert repository_at(tmp_path) is None


def test_git_that_is_not_installed_is_said(shop: ShopRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(BadFile, match="git is not installed"):
        GitRepository(shop.folder)


def test_a_shallow_clone_without_the_base_is_told_how_to_get_it(tmp_path: Path) -> None:
    shop = ShopRepository(tmp_path / "shop")
    shop.branch("drop", {"a.txt": "a"})
    clone = tmp_path / "clone"
    shop.git("clone", "--quiet", "--depth=1", "--branch=drop", f"file://{shop.folder}", str(clone))
    shop.git("-C", str(clone), "remote", "remove", "origin")
    with pytest.raises(BadFile, match="git fetch --unshallow") as raised:
        GitRepository(clone).default_base()
    assert raised.value.path == str(clone)
