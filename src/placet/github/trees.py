"""The paths of a commit: its tree, walked part by part where GitHub cuts a long listing short."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from cachetools import LRUCache

from placet.app.snapshot import Repository
from placet.errors import BadFile
from placet.github.answers import Declined
from placet.github.client import Asking, Client, query, route
from placet.github.document import Reply
from placet.github.snapshot import is_sha

MOST_ENTRIES = 500_000
_HELD_ENTRIES = 300_000
_TREES_AT_ONCE = 10
_EMPTY_REPOSITORY = 409
_LINK = "120000"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a tree; ``size`` in bytes."""

    path: str
    sha: str
    size: int
    is_link: bool = False


@dataclass(frozen=True, slots=True)
class _Level:
    files: tuple[Entry, ...]
    folders: tuple[tuple[str, str], ...]
    is_cut: bool


class Trees:
    """Listings by commit. What a SHA names never changes, so a listing is asked for once while it is remembered."""

    def __init__(self, most_entries: int = MOST_ENTRIES) -> None:
        self._most_entries = most_entries
        self._held: LRUCache[tuple[int, str], tuple[Entry, ...]] = LRUCache(_HELD_ENTRIES, getsizeof=_weight)

    async def entries(self, client: Client, repository: Repository, commit: str) -> tuple[Entry, ...]:
        """The files of a commit in order of path, submodules left out.

        Raises NotThere for an unknown commit, BadFile for a tree of more than half a million files: a few objects of
        git can name billions of paths.
        """
        key = (repository.id, commit)
        held = self._held.get(key)
        if held is not None:
            return held
        found = tuple(sorted(await self._walked(client, repository, commit), key=lambda one: one.path))
        if is_sha(commit) and _weight(found) <= self._held.maxsize:
            self._held[key] = found
        return found

    async def _walked(self, client: Client, repository: Repository, commit: str) -> list[Entry]:
        try:
            whole = await _level(client, repository, commit, "", Asking(young=True, stored=False), recursive=True)
        except Declined as error:
            if error.status == _EMPTY_REPOSITORY:
                return []
            raise
        if not whole.is_cut:
            return list(whole.files)
        top = await _level(client, repository, commit, "", Asking(stored=False), recursive=False)
        found = list(top.files)
        waiting = list(top.folders)
        while waiting:
            some, waiting = waiting[:_TREES_AT_ONCE], waiting[_TREES_AT_ONCE:]
            for levels in await asyncio.gather(*(_below(client, repository, *folder) for folder in some)):
                found += levels.files
                waiting += levels.folders
            if len(found) + len(waiting) > self._most_entries:
                raise _too_many(self._most_entries)
        return found


async def _below(client: Client, repository: Repository, path: str, sha: str) -> _Level:
    """Everything under a folder, or only what stands in it directly where that is too much for one answer."""
    asking = Asking(immutable=True)  # a base and its head share most of their folders
    whole = await _level(client, repository, sha, f"{path}/", asking, recursive=True)
    if not whole.is_cut:
        return _Level(whole.files, (), is_cut=False)
    return await _level(client, repository, sha, f"{path}/", asking, recursive=False)


async def _level(
    client: Client, repository: Repository, sha: str, prefix: str, asking: Asking, *, recursive: bool
) -> _Level:
    path = route("/repos/{owner}/{name}/git/trees/{sha}", owner=repository.owner, name=repository.name, sha=sha)
    answer = Reply(await client.item(query(path, recursive=1) if recursive else path, asking), "tree")
    files, folders = [], []
    for one in answer.objects("tree"):
        kind, below = one.text("type"), prefix + one.text("path")
        if kind == "blob":
            is_link = one.optional_text("mode") == _LINK
            files.append(Entry(below, one.text("sha"), one.optional_number("size") or 0, is_link))
        elif kind == "tree":
            folders.append((below, one.text("sha")))
    return _Level(tuple(files), tuple(folders), answer.flag("truncated"))


def _too_many(most: int) -> BadFile:
    return BadFile(f"the repository has more than {most:,} files", code="too_large", hint="Placet reads no more")


def _weight(entries: tuple[Entry, ...]) -> int:
    return len(entries) + 1
