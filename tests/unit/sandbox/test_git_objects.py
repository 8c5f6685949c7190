"""The objects of the simulated forge against git itself."""

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from placet.sandbox.clone import CannotLoad, load_from
from placet.sandbox.git import EMPTY_TREE, Content, Entry, File, Mode, NoObject, ObjectStore, Person
from placet.sandbox.model import ActivityType
from sandbox_world import Acme

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DANA = Person("Dana", "dana@example.org", AT)
FILES: dict[str, Content] = {
    "b.sql": "select 1\n",
    "b/deep/er.sql": "select 2\n",
    "b-c.sql": b"\x00\xff",
    "run.sh": File(b"echo\n", Mode.EXECUTABLE),
    "link": File(b"b/deep/er.sql", Mode.SYMLINK),
    "größe.sql": "",
}


def git(folder: Path, *arguments: str, sent: bytes = b"") -> str:
    fixed = {
        "GIT_AUTHOR_NAME": DANA.name,
        "GIT_AUTHOR_EMAIL": DANA.email,
        "GIT_AUTHOR_DATE": f"{int(AT.timestamp())} +0000",
        "GIT_COMMITTER_NAME": DANA.name,
        "GIT_COMMITTER_EMAIL": DANA.email,
        "GIT_COMMITTER_DATE": f"{int(AT.timestamp())} +0000",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    done = subprocess.run(  # noqa: S603 - git itself, as the tests call it
        ["git", "-C", str(folder), *arguments],  # noqa: S607 - wherever git is
        input=sent,
        capture_output=True,
        check=True,
        env=os.environ | fixed,
    )
    return done.stdout.decode().strip()


@pytest.fixture
def real(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    for path, content in FILES.items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, File) and content.mode == Mode.SYMLINK:
            target.symlink_to(content.content.decode())
            continue
        raw = content.content if isinstance(content, File) else content
        target.write_bytes(raw.encode() if isinstance(raw, str) else raw or b"")
        target.chmod(0o755 if isinstance(content, File) else 0o644)
    git(tmp_path, "add", "--all")
    git(tmp_path, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},lib/sub")
    git(tmp_path, "commit", "--quiet", "--message=First\n\nwith more")
    return tmp_path


def with_submodule() -> dict[str, Content]:
    return {**FILES, "lib/sub": File(b"1" * 40, Mode.SUBMODULE)}


def test_a_blob_has_the_name_that_git_gives_it(real: Path) -> None:
    assert ObjectStore().add("blob", b"hello\n") == git(real, "hash-object", "--stdin", sent=b"hello\n")


def test_a_tree_of_every_mode_has_the_name_that_git_gives_it(real: Path) -> None:
    assert ObjectStore().write_files(EMPTY_TREE, with_submodule()) == git(real, "rev-parse", "HEAD^{tree}")


def test_a_commit_has_the_name_that_git_gives_it(real: Path) -> None:
    store = ObjectStore()
    tree = store.write_files(EMPTY_TREE, with_submodule())
    assert store.write_commit(tree, (), "First\n\nwith more", DANA) == git(real, "rev-parse", "HEAD")


def test_the_empty_tree_is_always_there() -> None:
    assert ObjectStore().kind(EMPTY_TREE) == "tree"


def test_a_real_repository_loads_whole(real: Path) -> None:
    store = ObjectStore()
    tips = load_from(store, real, ["main", "HEAD"])
    commit = store.commit(tips["main"])
    assert (commit.message, commit.author) == ("First\n\nwith more", DANA)
    assert set(store.files(commit.tree)) == set(with_submodule())
    assert store.files(commit.tree)["run.sh"].mode == Mode.EXECUTABLE


def test_branches_that_were_loaded_count_as_pushed_once_by_the_keeper(real: Path, acme: Acme) -> None:
    for _ in range(2):
        acme.world.load(acme.repo, real / ".git", {"real": "HEAD"})
    found = [one for one in acme.repo.activities if one.branch == "real"]
    assert [(one.kind, one.after, one.actor.login) for one in found] == [
        (ActivityType.BRANCH_CREATION, git(real, "rev-parse", "HEAD"), "olga")
    ]


def test_a_signed_commit_and_a_tag_load(real: Path) -> None:
    body = git(real, "cat-file", "commit", "HEAD").partition("\n\n")
    signed = f"{body[0]}\ngpgsig -----BEGIN\n line\n -----END\n\n{body[2]}\n"
    sha = git(real, "hash-object", "-t", "commit", "-w", "--stdin", sent=signed.encode())
    git(real, "tag", "--annotate", "--message=v1", "v1", sha)
    store = ObjectStore()
    assert load_from(store, real, ["v1"]) == {"v1": sha}
    assert store.commit(sha).message == "First\n\nwith more"


@pytest.mark.parametrize("rev", ["nothing", "--output=x", ""])
def test_what_is_no_revision_is_refused(real: Path, rev: str) -> None:
    with pytest.raises(CannotLoad, match="no commit"):
        load_from(ObjectStore(), real, [rev])


def test_what_is_no_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotLoad, match="no commit"):
        load_from(ObjectStore(), tmp_path / "none", ["main"])


def test_removing_the_last_file_of_a_folder_removes_the_folder() -> None:
    store = ObjectStore()
    tree = store.write_files(EMPTY_TREE, {"a/b/c": "1", "d": "2"})
    assert set(store.tree(store.write_files(tree, {"a/b/c": None}))) == {"d"}


def test_a_file_can_become_a_folder_and_back() -> None:
    store = ObjectStore()
    file = store.write_files(EMPTY_TREE, {"a": "1"})
    folder = store.write_files(file, {"a": None, "a/b": "2"})
    assert set(store.files(folder)) == {"a/b"}
    assert store.write_files(folder, {"a/b": None, "a": "1"}) == file


@pytest.mark.parametrize("path", ["", "/a", "a//b", "a/", "../a", "a/.git/config", "./a"])
def test_a_path_that_leaves_the_repository_cannot_be_written(path: str) -> None:
    with pytest.raises(ValueError, match="no path inside"):
        ObjectStore().write_files(EMPTY_TREE, {path: "1"})


def test_changes_name_what_came_went_and_differs() -> None:
    store = ObjectStore()
    old = store.write_files(EMPTY_TREE, {"same/x": "1", "gone/a": "1", "both": "1", "kind": "1"})
    new = store.write_files(EMPTY_TREE, {"same/x": "1", "new/b": "1", "both": "2", "kind/inner": "1"})
    found = {change.path: change.status for change in store.changes(old, new)}
    assert found == {
        "both": "modified",
        "gone/a": "removed",
        "kind": "removed",
        "kind/inner": "added",
        "new/b": "added",
    }


def test_an_entry_is_found_by_its_path() -> None:
    store = ObjectStore()
    tree = store.write_files(EMPTY_TREE, {"a/b": "1"})
    assert store.entry(tree, "a/b") == Entry(Mode.FILE, store.add("blob", b"1"))
    assert store.entry(tree, "a/b/c") is store.entry(tree, "x") is None


def test_an_object_of_another_kind_is_not_there() -> None:
    store = ObjectStore()
    sha = store.add("blob", b"1")
    with pytest.raises(NoObject, match="no tree"):
        store.tree(sha)
