"""What has been fetched before: answers for conditional requests, and blobs by their SHA."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from cachetools import LRUCache

Key = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it came: its body is bytes, so that whoever decodes it gets a value of their own."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class _Kept:
    answer: Answer
    immutable: bool

    @property
    def size(self) -> int:
        return len(self.answer.body) + sum(len(key) + len(value) for key, value in self.answer.headers.items()) + 500


class AnswerCache:
    """Answers by (installation, Accept, URL): what one installation saw is never shown to another. Bounded by bytes."""

    def __init__(self, most_bytes: int) -> None:
        self._kept: LRUCache[Key, _Kept] = LRUCache(most_bytes, getsizeof=lambda one: one.size)

    def immutable(self, key: Key) -> Answer | None:
        """The answer about something that is named by a SHA: it holds for ever."""
        kept = self._kept.get(key)
        return kept.answer if kept and kept.immutable else None

    def held(self, key: Key) -> Answer | None:
        """The last answer, to be used when GitHub says that it still holds."""
        kept = self._kept.get(key)
        return kept.answer if kept else None

    def keep(self, key: Key, answer: Answer, *, immutable: bool) -> None:
        """Keep an answer if it can be asked about again, or never need be; one too large for the cache is not kept."""
        if not immutable and not ({"etag", "last-modified"} & answer.headers.keys()):
            self._kept.pop(key, None)
            return
        kept = _Kept(answer, immutable)
        if kept.size <= self._kept.maxsize:
            self._kept[key] = kept


class BlobCache(Protocol):
    """Where the contents of files are kept for ever, by SHA."""

    async def get(self, sha: str) -> bytes | None:
        """The content, None if it is not held."""
        ...

    async def put(self, sha: str, data: bytes) -> None:
        """Keep a content; keeping it again changes nothing."""
        ...


class MemoryBlobs:
    """Blobs in memory, the least used forgotten when there are too many bytes; in front of another cache if given."""

    def __init__(self, most_bytes: int, behind: BlobCache | None = None) -> None:
        self._held: LRUCache[str, bytes] = LRUCache(most_bytes, getsizeof=lambda data: len(data) + 100)
        self._behind = behind

    async def get(self, sha: str) -> bytes | None:
        """The content; from the cache behind where memory has lost it."""
        held: bytes | None = self._held.get(sha)
        if held is None and self._behind is not None:
            held = await self._behind.get(sha)
            if held is not None:
                self._remember(sha, held)
        return held

    async def put(self, sha: str, data: bytes) -> None:
        """Keep a content here and behind."""
        self._remember(sha, data)
        if self._behind is not None:
            await self._behind.put(sha, data)

    def _remember(self, sha: str, data: bytes) -> None:
        if len(data) + 100 <= self._held.maxsize:
            self._held[sha] = data


def blob_sha(data: bytes, like: str) -> str:
    """The name that git gives to a blob with this content, in the kind of hash that ``like`` is in."""
    head = b"blob %d\x00" % len(data)
    if len(like) == 64:  # noqa: PLR2004 - hexadecimal digits of a SHA-256
        return hashlib.sha256(head + data).hexdigest()
    return hashlib.sha1(head + data, usedforsecurity=False).hexdigest()
