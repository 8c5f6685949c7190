"""One exchange with GitHub over HTTP: time-outs, a cap on the body, and redirects followed by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import aiohttp
from yarl import URL

from placet.errors import Unavailable
from placet.github.cache import Answer

BODY_BYTES = 64 * 1024 * 1024
SECONDS = 30
_ARCHIVE_SECONDS = 600
_REDIRECTS = frozenset({301, 302, 307, 308})
_HOPS = 5
_CHUNK = 64 * 1024


class NeverSent(Exception):
    """No connection came about: the request did certainly not happen."""


class Interrupted(Exception):
    """The connection broke or timed out: the request may have happened."""


class Wire:
    """A connection to one REST root. It never sends credentials anywhere else."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        api_url: str,
        *,
        body_bytes: int = BODY_BYTES,
        seconds: float = SECONDS,
    ) -> None:
        self.session = session
        self._root = URL(api_url.rstrip("/"))
        self._body_bytes = body_bytes
        self._seconds = seconds
        if self._root.scheme not in {"http", "https"} or not self._root.host:
            raise ValueError(f"the API's address must be http(s)://host, not {api_url!r}")

    async def exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer, redirects on the same host followed with the method kept.

        Raises NeverSent, Interrupted; Unavailable for a redirect elsewhere and a body that is too long.
        """
        target = self._own(URL(url, encoded=True))
        for _ in range(_HOPS):
            async with self._sent(method, target, headers, body, self._seconds) as response:
                if response.status not in _REDIRECTS or "location" not in response.headers:
                    return Answer(response.status, _lowered(response.headers), await self._body_of(response))
                target = self._own(_location(response, target))
        raise Unavailable(f"GitHub redirects {method} {target.path} without an end")

    async def download(
        self, url: str, headers: Mapping[str, str], sink: Callable[[bytes], Awaitable[None]], most_bytes: int
    ) -> Answer:
        """Hand the body of a GET to the sink as it comes; a redirect to another host is followed without the token.

        The answer has no body unless it is an error. Raises NeverSent, Interrupted; Unavailable past ``most_bytes``.
        """
        target = self._own(URL(url, encoded=True))
        for _ in range(_HOPS):
            sent = headers if self._is_own(target) else _without_credentials(headers)
            async with self._sent("GET", target, sent, b"", _ARCHIVE_SECONDS) as response:
                if response.status in _REDIRECTS and "location" in response.headers:
                    target = _not_downgraded(_location(response, target), target)
                    continue
                if response.status != 200:  # noqa: PLR2004 - HTTP
                    return Answer(response.status, _lowered(response.headers), await self._body_of(response))
                await self._pour(response, sink, most_bytes)
                return Answer(response.status, _lowered(response.headers), b"")
        raise Unavailable(f"GitHub redirects GET {target.path} without an end")

    @asynccontextmanager
    async def _sent(
        self, method: str, target: URL, headers: Mapping[str, str], body: bytes, seconds: float
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=self._seconds, sock_read=self._seconds)
        try:
            async with self.session.request(
                method, target, headers=headers, data=body or None, allow_redirects=False, timeout=timeout
            ) as response:
                yield response
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NeverSent(f"no connection to {target.host}: {type(error).__name__}") from error
        except TimeoutError as error:
            raise Interrupted(f"no answer from {target.host} within {seconds:g} s") from error
        except (aiohttp.ClientError, ConnectionError) as error:
            raise Interrupted(f"the connection to {target.host} broke: {type(error).__name__}") from error

    async def _body_of(self, response: aiohttp.ClientResponse) -> bytes:
        parts = bytearray()
        async for part in response.content.iter_chunked(_CHUNK):
            parts += part
            if len(parts) > self._body_bytes:
                raise _too_long(response, self._body_bytes)
        return bytes(parts)

    @staticmethod
    async def _pour(
        response: aiohttp.ClientResponse, sink: Callable[[bytes], Awaitable[None]], most_bytes: int
    ) -> None:
        count = 0
        async for part in response.content.iter_chunked(_CHUNK):
            count += len(part)
            if count > most_bytes:
                raise _too_long(response, most_bytes)
            await sink(part)

    def _own(self, target: URL) -> URL:
        if not self._is_own(target):
            raise Unavailable(f"GitHub points to {target.host}, where its credentials must not go")
        return target

    def _is_own(self, target: URL) -> bool:
        return target.origin() == self._root.origin() and target.user is None


def _location(response: aiohttp.ClientResponse, target: URL) -> URL:
    try:
        location = target.join(URL(response.headers["location"], encoded=True))
        location.origin()
    except ValueError as error:
        raise Unavailable("GitHub redirects to what is no address") from error
    return location


def _not_downgraded(location: URL, target: URL) -> URL:
    if location.scheme not in {"http", "https"} or (target.scheme == "https" and location.scheme != "https"):
        raise Unavailable(f"GitHub redirects to {location.scheme}://, which is not followed")
    return location


def _without_credentials(headers: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in headers.items() if key.lower() in {"user-agent", "accept-encoding"}}


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {key.lower(): value for key, value in headers.items()}


def _too_long(response: aiohttp.ClientResponse, most_bytes: int) -> Unavailable:
    message = f"GitHub's answer to {response.method} {response.url.path} is longer than {most_bytes // 1_000_000} MB"
    return Unavailable(message, code="too_long")
