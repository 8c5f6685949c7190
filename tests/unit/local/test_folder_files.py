from __future__ import annotations

import os
from pathlib import Path

import pytest

from placet.errors import BadFile
from placet.local.folder import files_in


def every(_path: str) -> bool:
    return True


def test_files_are_found_by_their_path_from_the_folder(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "a.sql").write_bytes(b"select 1\n")
    files = files_in(tmp_path, every)
    assert list(files) == ["models/a.sql"]
    assert files["models/a.sql"].data == b"select 1\n"
    # As `git hash-object` names the same bytes.
    assert files["models/a.sql"].sha == "82198eaf87bef30c661fb95c7cef8ec4de61865e"


@pytest.mark.parametrize("skipped", [".git", "target", "node_modules", ".venv"])
def test_what_tools_fill_is_not_looked_into(tmp_path: Path, skipped: str) -> None:
    (tmp_path / skipped).mkdir()
    (tmp_path / skipped / "a.sql").write_bytes(b"select 1\n")
    assert not files_in(tmp_path, every)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a.sql").symlink_to("/etc/passwd")
    (tmp_path / "outside").symlink_to("/etc", target_is_directory=True)
    files = files_in(tmp_path, every)
    assert "symbolic link" in files["a.sql"].problem
    assert not any("passwd" in path for path in files)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.sql")
    assert not files_in(tmp_path, every)


def test_a_name_that_is_no_utf8_is_shown_with_what_can_be_shown(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"a\xff.sql")).write_bytes(b"select 1\n")
    files = files_in(tmp_path, every)
    assert list(files) == ["a\N{REPLACEMENT CHARACTER}.sql"]
    assert files["a\N{REPLACEMENT CHARACTER}.sql"].data == b"select 1\n"


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "nowhere", tmp_path / "file"):
        with pytest.raises(BadFile, match="is no folder"):
            files_in(path, every)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_looked_into_is_refused_instead_of_left_out(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir(mode=0o000)
    with pytest.raises(BadFile, match="cannot be looked into"):
        files_in(tmp_path, every)
