"""The contents of a commit's files: only those that are wanted, and only those never seen before."""

from __future__ import annotations

import asyncio
import binascii
import math
from base64 import b64decode
from collections.abc import Callable, Iterable, Mapping

from placet.app.snapshot import Repository
from placet.errors import Unavailable
from placet.github.cache import BlobCache, blob_sha
from placet.github.client import Asking, Client, route
from placet.github.document import Reply
from placet.github.tarball import blobs_in_archive
from placet.github.trees import Entry
from placet.vocabulary.files import File, Files

MOST_BYTES = 5_000_000
MOST_BYTES_TOGETHER = 250_000_000
SINGLY_AT_MOST = 100
_AT_ONCE = 10
_LINK = "is a symbolic link, which is not followed"
_TOGETHER = f"was not read: the files to be read have more than {MOST_BYTES_TOGETHER // 1_000_000} MB together"


async def files_of(
    client: Client,
    repository: Repository,
    commit: str,
    entries: Iterable[Entry],
    wanted: Callable[[str], bool],
    blobs: BlobCache,
) -> Files:
    """All files of a commit; those that are wanted with their content, or the problem that kept it away."""
    entries = tuple(entries)
    problems = _problems(entry for entry in entries if wanted(entry.path))
    read = [entry for entry in entries if problems.get(entry.path) == ""]
    contents = await _contents(client, repository, commit, read, blobs)
    return Files(
        File(
            entry.path,
            entry.sha,
            contents[entry.sha] if problems.get(entry.path) == "" else None,
            problems.get(entry.path, ""),
        )
        for entry in entries
    )


def too_large(size: int) -> str:
    """Why a file of that size (in bytes) is not read."""
    megabytes = math.ceil(size / 100_000) / 10
    shown = f"{megabytes:.1f}" if megabytes < 10 else f"{megabytes:.0f}"  # noqa: PLR2004 - two digits say enough
    return f"is too large ({shown} MB; at most {MOST_BYTES // 1_000_000} MB are read)"


def _problems(entries: Iterable[Entry]) -> dict[str, str]:
    """Why each of the files cannot be read, by path; the empty text where it can."""
    problems: dict[str, str] = {}
    together = 0
    for entry in entries:
        if entry.is_link:
            problems[entry.path] = _LINK
        elif entry.size > MOST_BYTES:
            problems[entry.path] = too_large(entry.size)
        else:
            together += entry.size
            problems[entry.path] = "" if together <= MOST_BYTES_TOGETHER else _TOGETHER
    return problems


async def _contents(
    client: Client, repository: Repository, commit: str, entries: Iterable[Entry], blobs: BlobCache
) -> Mapping[str, bytes]:
    found: dict[str, bytes] = {}
    missing: dict[str, Entry] = {}
    for entry in entries:
        if entry.sha in found or entry.sha in missing:
            continue
        held = await blobs.get(entry.sha)
        if held is None:
            missing[entry.sha] = entry
        else:
            found[entry.sha] = held
    if len(missing) > SINGLY_AT_MOST:
        wanted = {entry.path: entry for entry in missing.values()}
        for sha, data in (await blobs_in_archive(client, repository, commit, wanted)).items():
            await blobs.put(sha, data)
            found[sha] = data
    await _fetch_singly(client, repository, [sha for sha in missing if sha not in found], found, blobs)
    return found


async def _fetch_singly(
    client: Client, repository: Repository, shas: list[str], found: dict[str, bytes], blobs: BlobCache
) -> None:
    """Fetch blobs ten at a time; the first that fails stops the rest."""
    waiting = iter(shas)

    async def fetch() -> None:
        for sha in waiting:
            data = await _blob(client, repository, sha)
            await blobs.put(sha, data)
            found[sha] = data

    tasks = [asyncio.create_task(fetch()) for _ in range(min(_AT_ONCE, len(shas)))]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _blob(client: Client, repository: Repository, sha: str) -> bytes:
    path = route("/repos/{owner}/{name}/git/blobs/{sha}", owner=repository.owner, name=repository.name, sha=sha)
    blob = Reply(await client.item(path, Asking(young=True, stored=False)), f"blob {sha}")
    text = blob.text("content")
    try:
        data = b64decode(text) if blob.text("encoding") == "base64" else text.encode()
    except (binascii.Error, ValueError):
        data = b""
    if blob_sha(data, sha) != sha:
        raise Unavailable(f"blob {sha}: what GitHub sent is not what it is named", code="garbled")
    return data
