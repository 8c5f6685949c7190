import gzip
import io
import tarfile

import pytest

from placet.github import tarball
from placet.github.cache import blob_sha
from placet.github.tarball import unpacked
from placet.github.trees import Entry

LIKE = "0" * 40


def entry(path: str, data: bytes) -> Entry:
    return Entry(path, blob_sha(data, LIKE), len(data))


def packed(*members: tuple[str, bytes, bytes]) -> io.BytesIO:
    """An archive of (name, kind, content)."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for name, kind, data in members:
            info = tarfile.TarInfo(name)
            info.type = kind
            if kind in {tarfile.SYMTYPE, tarfile.LNKTYPE}:
                info.linkname = data.decode()
                archive.addfile(info)
            else:
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
    target.seek(0)
    return target


def file(name: str, data: bytes) -> tuple[str, bytes, bytes]:
    return name, tarfile.REGTYPE, data


def wanted(*entries: Entry) -> dict[str, Entry]:
    return {one.path: one for one in entries}


def test_only_wanted_files_are_kept_by_their_sha() -> None:
    one = entry("models/a.sql", b"select 1")
    archive = packed(("top", tarfile.DIRTYPE, b""), file("top/models/a.sql", b"select 1"), file("top/b.bin", b"x"))
    assert unpacked(archive, wanted(one)) == {one.sha: b"select 1"}


@pytest.mark.parametrize("name", ["/models/a.sql", "top/../models/a.sql", "models/a.sql", "top/./models/a.sql"])
def test_a_file_at_any_other_path_is_not_taken(name: str) -> None:
    one = entry("models/a.sql", b"select 1")
    assert unpacked(packed(file(name, b"select 1")), wanted(one)) == {}


@pytest.mark.parametrize("path", ["../models/a.sql", "x/../../etc/passwd"])
def test_not_even_a_wanted_path_may_climb(path: str) -> None:
    one = entry(path, b"select 1")
    assert unpacked(packed(file(f"top/{path}", b"select 1")), wanted(one)) == {}


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_a_link_is_not_taken(kind: bytes) -> None:
    secret = file("top/secret", b"select 1")
    one = entry("models/a.sql", b"select 1")
    assert unpacked(packed(secret, ("top/models/a.sql", kind, b"top/secret")), wanted(one)) == {}


def test_a_link_in_the_place_of_an_empty_file_does_not_hide_the_rest() -> None:
    empty, other = entry("a.sql", b""), entry("b.sql", b"select 2")
    archive = packed(("top/a.sql", tarfile.SYMTYPE, b"nowhere"), file("top/b.sql", b"select 2"))
    assert unpacked(archive, wanted(empty, other)) == {other.sha: b"select 2"}


def test_what_the_archive_rewrote_is_not_taken() -> None:
    one, other = entry("a.sql", b"$Format:%H$"), entry("b.sql", b"select 2\n")
    archive = packed(file("top/a.sql", b"0123456789a"), file("top/b.sql", b"select 2\r\n"))
    assert unpacked(archive, wanted(one, other)) == {}


def test_a_broken_archive_gives_what_came_before() -> None:
    one = entry("a.sql", b"select 1")
    whole = packed(file("top/a.sql", b"select 1"), file("top/z", bytes(range(256)) * 4000)).getvalue()
    plain = gzip.decompress(whole)
    assert unpacked(io.BytesIO(gzip.compress(plain[:5000])), wanted(one)) == {one.sha: b"select 1"}
    assert unpacked(io.BytesIO(b""), wanted(one)) == {}
    assert unpacked(io.BytesIO(b"<html>no archive</html>"), wanted(one)) == {}


def test_an_archive_that_never_ends_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tarball, "MOST_UNPACKED_BYTES", 1_000_000)
    one = entry("z.sql", b"select 1")
    archive = packed(file("top/bomb", b"\x00" * 20_000_000), file("top/z.sql", b"select 1"))
    assert len(archive.getvalue()) < 100_000
    assert unpacked(archive, wanted(one)) == {}


def test_a_name_in_gits_newer_kind_of_hash_is_checked_too() -> None:
    assert blob_sha(b"", "0" * 40) == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    assert blob_sha(b"", "0" * 64) == "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813"
