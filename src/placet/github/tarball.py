"""A repository's files out of the one archive that GitHub makes of a commit."""

from __future__ import annotations

import asyncio
import gzip
import tarfile
import zlib
from collections.abc import Mapping
from io import BufferedReader, RawIOBase
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING

import structlog

from placet.app.snapshot import Repository
from placet.errors import Unavailable
from placet.github.answers import Declined
from placet.github.cache import blob_sha
from placet.github.client import Client, route
from placet.github.trees import Entry

MOST_PACKED_BYTES = 1_000_000_000
MOST_UNPACKED_BYTES = 4_000_000_000
_IN_MEMORY_BYTES = 32_000_000

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_log = structlog.get_logger(__name__)


async def blobs_in_archive(
    client: Client, repository: Repository, commit: str, wanted: Mapping[str, Entry]
) -> dict[str, bytes]:
    """The contents, by SHA, of those of the wanted files (by path) that the archive has as they are in git.

    Others are missing: an archive leaves out and rewrites what ``.gitattributes`` tells it to (``export-ignore``,
    ``export-subst``, line ends). Nothing is missing for good, so an archive that cannot be read gives nothing.
    """
    path = route("/repos/{owner}/{name}/tarball/{commit}", owner=repository.owner, name=repository.name, commit=commit)
    with SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as packed:
        try:
            await client.download(path, lambda part: asyncio.to_thread(_append, packed, part), MOST_PACKED_BYTES)
        except Declined as error:
            _log.warning("archive_declined", repository=repository.full_name, status=error.status)
            return {}
        except Unavailable as error:
            if error.until is not None:
                raise
            _log.warning("archive_unavailable", repository=repository.full_name, trouble=error.message)
            return {}
        packed.seek(0)
        return await asyncio.to_thread(unpacked, packed, wanted)


def unpacked(packed: IO[bytes], wanted: Mapping[str, Entry]) -> dict[str, bytes]:
    """The contents, by SHA, of the wanted files in a gzipped tar archive with one folder at its top.

    Only plain files at the very paths that git's tree named are looked at, and kept only under the SHA that their
    bytes have; links, devices, absolute paths and ``..`` fall out by that. A broken archive gives what came before.
    """
    found: dict[str, bytes] = {}
    try:
        with gzip.open(packed) as plain, tarfile.open(fileobj=BufferedReader(_Capped(plain)), mode="r|") as archive:
            for member in archive:
                entry = wanted.get(_path_in(member.name)) if member.isfile() else None
                if entry is None or entry.sha in found or member.size != entry.size:
                    continue
                source = archive.extractfile(member)
                data = source.read() if source is not None else b""
                if blob_sha(data, entry.sha) == entry.sha:
                    found[entry.sha] = data
    except (tarfile.TarError, EOFError, OSError, zlib.error, ValueError) as error:
        _log.warning("archive_unreadable", trouble=type(error).__name__, found=len(found))
    return found


def _path_in(name: str) -> str:
    """The path below the archive's top folder; the empty text for one that leads out of it."""
    _, _, path = name.partition("/")
    is_inside = not name.startswith("/") and ".." not in path.split("/")
    return path if is_inside else ""


def _append(packed: IO[bytes], part: bytes) -> None:
    packed.write(part)


class _Capped(RawIOBase):
    """A stream that ends in an error when more comes out of it than an honest archive holds."""

    def __init__(self, source: gzip.GzipFile) -> None:
        self._source = source
        self._left = MOST_UNPACKED_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        data = self._source.read(memoryview(buffer).nbytes)
        self._left -= len(data)
        if self._left < 0:
            raise ValueError("an archive holds too much")
        memoryview(buffer)[: len(data)] = data
        return len(data)
