"""Listings that are cut short, archives that lie, and what is kept."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from placet.app.snapshot import Repository
from placet.errors import BadFile, Unavailable
from placet.github import content
from placet.github.cache import MemoryBlobs, blob_sha
from placet.github.client import Asking
from placet.github.content import files_of, too_large
from placet.github.trees import Entry, Trees

REPOSITORY = Repository(1, 2, 3, "acme", "shop", "main")
COMMIT = "c" * 40
LIKE = "0" * 40


@dataclass
class Api:
    """Answers by path, and counts what it was asked."""

    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)

    async def item(self, path: str, asking: Asking = Asking()) -> Any:  # noqa: B008 - as the client has it
        short = path.removeprefix("/repos/acme/shop/git/")
        if short not in self.kept:
            self.asked.append(short)
        if asking.immutable and asking.stored:
            self.kept.add(short)
        return self.answers[short]

    async def download(self, *_: object) -> None:
        self.asked.append("archive")
        raise Unavailable("not today")


def tree(*entries: tuple[str, str, str], truncated: bool = False) -> dict[str, Any]:
    modes = {"blob": "100644", "tree": "040000", "commit": "160000"}
    listed = [{"path": p, "type": k, "sha": s, "mode": modes[k], "size": 1} for p, k, s in entries]
    return {"sha": "x", "tree": listed, "truncated": truncated}


async def test_a_listing_that_was_cut_short_is_walked_folder_by_folder() -> None:
    cut = tree(("a.sql", "blob", "1"), truncated=True)
    api = Api(
        {
            f"trees/{COMMIT}?recursive=1": cut,
            f"trees/{COMMIT}": tree(("a.sql", "blob", "1"), ("m", "tree", "t1"), ("n", "tree", "t2")),
            "trees/t1?recursive=1": tree(("b.sql", "blob", "2"), ("x", "tree", "t9"), ("x/c.sql", "blob", "3")),
            "trees/t2?recursive=1": cut,
            "trees/t2": tree(("d.sql", "blob", "4"), ("deep", "tree", "t3"), ("sub", "commit", "5")),
            "trees/t3?recursive=1": tree(("e.sql", "blob", "6")),
        }
    )
    found = await Trees().entries(api, REPOSITORY, COMMIT)  # type: ignore[arg-type]  # all that is used
    assert [one.path for one in found] == ["a.sql", "m/b.sql", "m/x/c.sql", "n/d.sql", "n/deep/e.sql"]


async def test_folders_that_two_commits_share_are_walked_once() -> None:
    other = "d" * 40
    cut = tree(truncated=True)
    api = Api({"trees/t1?recursive=1": tree(("b.sql", "blob", "2"))})
    for commit in (COMMIT, other):
        api.answers[f"trees/{commit}?recursive=1"] = cut
        api.answers[f"trees/{commit}"] = tree(("m", "tree", "t1"))
    trees = Trees()
    for commit in (COMMIT, other, COMMIT):
        await trees.entries(api, REPOSITORY, commit)  # type: ignore[arg-type]  # all that is used
    assert api.asked.count("trees/t1?recursive=1") == 1
    assert api.asked.count(f"trees/{COMMIT}") == 1


async def test_a_tree_beyond_all_measure_is_refused() -> None:
    inner = [(f"f{number}", "tree", "same") for number in range(20)]
    api = Api({"trees/same?recursive=1": tree(truncated=True), "trees/same": tree(*inner)})
    api.answers[f"trees/{COMMIT}?recursive=1"] = tree(truncated=True)
    api.answers[f"trees/{COMMIT}"] = tree(*inner)
    with pytest.raises(BadFile, match="more than 1,000 files") as told:
        await Trees(most_entries=1_000).entries(api, REPOSITORY, COMMIT)  # type: ignore[arg-type]
    assert told.value.code == "too_large"


async def read(api: Api, entries: tuple[Entry, ...], wanted: Callable[[str], bool] = lambda _: True) -> dict[str, Any]:
    files = await files_of(api, REPOSITORY, COMMIT, entries, wanted, MemoryBlobs(10_000_000))  # type: ignore[arg-type]
    return {path: file.data if file.data is not None else file.problem for path, file in files.items()}


def blob(data: bytes) -> dict[str, str]:
    return {"encoding": "base64", "content": base64.encodebytes(data).decode()}


async def test_an_archive_that_cannot_be_had_costs_only_more_requests() -> None:
    data = {f"m{number}.sql": b"select %d" % number for number in range(120)}
    entries = tuple(Entry(path, blob_sha(one, LIKE), len(one)) for path, one in data.items())
    api = Api({f"blobs/{blob_sha(one, LIKE)}": blob(one) for one in data.values()})
    assert await read(api, entries) == data
    assert api.asked.count("archive") == 1
    assert len(api.asked) == 121


async def test_the_same_content_at_many_paths_is_fetched_once() -> None:
    sha = blob_sha(b"same", LIKE)
    api = Api({f"blobs/{sha}": blob(b"same")})
    entries = tuple(Entry(f"m{number}.sql", sha, 4) for number in range(200))
    assert set((await read(api, entries)).values()) == {b"same"}
    assert api.asked == [f"blobs/{sha}"]


@pytest.mark.parametrize(
    "answer",
    [blob(b"other"), {"encoding": "base64", "content": "%%%"}, {"encoding": "utf-8", "content": "other"}],
)
async def test_a_blob_that_is_not_what_it_is_named_is_not_believed(answer: dict[str, str]) -> None:
    sha = blob_sha(b"mine", LIKE)
    with pytest.raises(Unavailable, match="not what it is named"):
        await read(Api({f"blobs/{sha}": answer}), (Entry("a.sql", sha, 4),))


async def test_files_that_are_too_much_together_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "MOST_BYTES_TOGETHER", 10)
    sha = blob_sha(b"12345678", LIKE)
    api = Api({f"blobs/{sha}": blob(b"12345678")})
    found = await read(api, (Entry("a.sql", sha, 8), Entry("b.sql", sha, 8)))
    assert found["a.sql"] == b"12345678"
    assert found["b.sql"].startswith("was not read: ")


async def test_what_nobody_wants_is_neither_fetched_nor_a_problem() -> None:
    entries = (Entry("big.bin", "1", 10**9), Entry("link", "2", 1, is_link=True))
    assert await read(Api(), entries, lambda _: False) == {"big.bin": "", "link": ""}


@pytest.mark.parametrize(
    ("size", "shown"),
    [(5_000_001, "5.1 MB"), (9_900_000, "9.9 MB"), (52_000_000, "52 MB"), (1_234_567_890, "1235 MB")],
)
def test_a_large_file_is_told_with_its_size(size: int, shown: str) -> None:
    assert too_large(size) == f"is too large ({shown}; at most 5 MB are read)"


async def test_memory_forgets_the_blobs_that_were_not_used_and_the_cache_behind_does_not() -> None:
    behind = MemoryBlobs(1_000_000)
    blobs = MemoryBlobs(1_000, behind)
    for number in range(10):
        await blobs.put(str(number), b"x" * 300)
    assert [await blobs.get(str(number)) for number in range(10)] == [b"x" * 300] * 10
    assert await MemoryBlobs(10).get("1") is None
