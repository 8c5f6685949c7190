"""The one client for GitHub's REST API: everything that is asked of GitHub goes through it."""

from __future__ import annotations

import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import structlog
from gidgethub import GitHubException
from gidgethub import aiohttp as gidgethub_aiohttp

from placet.errors import Unavailable
from placet.github.answers import NotThere, OutcomeUnknown, declined, reason_in
from placet.github.auth import Credential
from placet.github.cache import Answer, AnswerCache, Key
from placet.github.lanes import Lane, Sleep
from placet.github.wire import Interrupted, NeverSent, Wire
from placet.version import __version__

API_VERSION = "2022-11-28"
JSON = "application/vnd.github+json"
_ATTEMPTS = 4
_FIRST_WAIT_SECONDS = 0.5
_PAGES = 1000
_PART = re.compile(r"\{(\+?)(\w+)\}")
_PASSING = frozenset({502, 503, 504})

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Asking:
    """How a request is to be taken.

    ``young``: about an object younger than a minute, which may not be seen everywhere yet. ``immutable``: named by
    SHAs. ``stored``: worth keeping. ``repeatable``: a write that does no harm when it happens twice.
    """

    young: bool = False
    immutable: bool = False
    stored: bool = True
    repeatable: bool = False


_asking: ContextVar[Asking] = ContextVar("placet_github_asking", default=Asking())  # noqa: B039 - frozen


class Client(gidgethub_aiohttp.GitHubAPI):
    """GitHub as one installation sees it (or the app itself). Raises Unavailable and its kinds in ``answers`` only."""

    def __init__(
        self,
        wire: Wire,
        credential: Credential,
        lane: Lane,
        cache: AnswerCache,
        *,
        api_url: str,
        sleep: Sleep,
        api_version: str = API_VERSION,
    ) -> None:
        super().__init__(wire.session, f"placet/{__version__}", base_url=api_url)
        self._wire = wire
        self._credential = credential
        self._lane = lane
        self._answers = cache
        self._sleep = sleep
        self._api_version = api_version

    async def item(self, path: str, asking: Asking = Asking()) -> Any:  # noqa: ANN401 - any JSON; frozen
        """What a GET answers, decoded; None where the answer is empty."""
        data, _ = await self._asked("GET", path, b"", asking)
        return data

    async def items(self, path: str, *, within: str | None, asking: Asking = Asking()) -> list[Any]:
        """All items of a paged list; ``within`` names the key of the list in an enveloped answer (None: a bare list).

        Raises Unavailable where the answer has not that shape: gidgethub's ``getiter`` would hand out its keys.
        """
        return [item async for item in self.each(path, within=within, asking=asking)]

    async def each(self, path: str, *, within: str | None, asking: Asking = Asking()) -> AsyncIterator[Any]:
        """The items of a paged list, one page fetched after another; see ``items``."""
        more: str | None = _with_page_size(path)
        for _ in range(_PAGES):
            data, more = await self._asked("GET", more or "", b"", asking)
            listed = data if within is None else data.get(within) if isinstance(data, Mapping) else None
            if not isinstance(listed, list):
                raise Unavailable(f"GET {path}: GitHub answered no list" + (f' of "{within}"' if within else ""))
            for item in listed:
                yield item
            if not more:
                return
        raise Unavailable(f"GET {path}: the list does not end after {_PAGES} pages")

    async def write(self, method: str, path: str, data: object, asking: Asking = Asking()) -> Any:  # noqa: ANN401
        """What a POST, PATCH, PUT or DELETE answers. Raises OutcomeUnknown where it may have happened."""
        answered, _ = await self._asked(method, path, data, asking)
        return answered

    async def download(self, path: str, sink: Callable[[bytes], Awaitable[None]], most_bytes: int) -> None:
        """Hand the bytes under a path to the sink; no second attempt is made, as the sink may have some already."""
        url = f"{self.base_url.rstrip('/')}{path}"
        async with self._lane.reading():
            headers = {**self._own_headers(), "accept": JSON, **await self._authorization()}
            try:
                answer = await self._wire.download(url, headers, sink, most_bytes)
            except (NeverSent, Interrupted) as error:
                raise Unavailable(f"GET {path}: {error}") from error
            self._lane.heed(answer.status, answer.headers, answer.body)
        if answer.status != 200:  # noqa: PLR2004 - HTTP
            raise declined(f"GET {path}", answer.status, answer.body)

    async def _asked(self, method: str, path: str, data: object, asking: Asking) -> tuple[Any, str | None]:
        token = _asking.set(asking)
        try:
            answered, more, _ = await self._make_request(method, path, None, data, JSON)
        except (GitHubException, ValueError, LookupError) as error:
            raise Unavailable(
                f"{method} {_bare(path)}: GitHub's answer cannot be read: {type(error).__name__}"
            ) from error
        finally:
            _asking.reset(token)
        return answered, more

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b""
    ) -> tuple[int, Mapping[str, str], bytes]:
        asking = _asking.get()
        own = {**headers, **self._own_headers()}
        own.pop("content-length", None)
        if method == "GET":
            answer = await self._read(url, own, asking)
        elif asking.repeatable:
            answer = await self._repeated(method, url, own, body, asking)
        else:
            answer = await self._written(method, url, own, body, asking)
        if not 200 <= answer.status < 300:  # noqa: PLR2004 - HTTP
            raise declined(f"{method} {_bare(url)}", answer.status, answer.body)
        return answer.status, answer.headers, answer.body

    async def _read(self, url: str, headers: dict[str, str], asking: Asking) -> Answer:
        key: Key = (self._lane.installation_id, headers.get("accept", ""), url)
        if asking.immutable and (kept := self._answers.immutable(key)):
            return kept
        held = self._answers.held(key)
        if held is not None:
            headers = {**headers, **_conditions(held)}
        answer = await self._repeated("GET", url, headers, b"", asking)
        if answer.status == 304 and held is not None:  # noqa: PLR2004 - HTTP
            return held
        if answer.status == 200 and asking.stored:  # noqa: PLR2004 - HTTP
            kept_headers = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
            self._answers.keep(key, replace(answer, headers=kept_headers), immutable=asking.immutable)
        return answer

    async def _repeated(self, method: str, url: str, headers: dict[str, str], body: bytes, asking: Asking) -> Answer:
        """The answer of what may be sent again: at the second, third and fourth attempt after a growing pause."""
        trouble = ""
        for attempt in range(_ATTEMPTS):
            if attempt:
                await self._pause(attempt, method, url, trouble)
            try:
                async with self._lane.reading():
                    answer = await self._exchanged(method, url, headers, body)
            except (NeverSent, Interrupted) as error:
                trouble = str(error)
                continue
            if answer.status in _PASSING or _is_page(answer):
                trouble = f"GitHub answered {answer.status}" + (" with a web page" if _is_page(answer) else "")
                continue
            if asking.young and attempt < _ATTEMPTS - 1 and _is_unseen(answer):
                trouble = "GitHub does not show it yet"
                continue
            if answer.status >= 500:  # noqa: PLR2004 - HTTP
                trouble = f"GitHub answered {answer.status}"
                break
            return answer
        raise Unavailable(f"{method} {_bare(url)}: {trouble}")

    async def _written(self, method: str, url: str, headers: dict[str, str], body: bytes, asking: Asking) -> Answer:
        """The answer to a write, sent again only where it certainly did not happen."""
        trouble = ""
        for attempt in range(_ATTEMPTS):
            if attempt:
                await self._pause(attempt, method, url, trouble)
            async with self._lane.writing():
                try:
                    answer = await self._exchanged(method, url, headers, body)
                except NeverSent as error:
                    trouble = str(error)
                    continue
                except Interrupted as error:
                    raise OutcomeUnknown(f"{method} {_bare(url)}: {error}") from error
            if answer.status >= 500 or _is_page(answer):  # noqa: PLR2004 - HTTP
                raise OutcomeUnknown(f"{method} {_bare(url)}: GitHub answered {answer.status}")
            if asking.young and attempt < _ATTEMPTS - 1 and _is_unseen(answer):
                trouble = "GitHub does not show it yet"
                continue
            return answer
        raise Unavailable(f"{method} {_bare(url)}: {trouble}")

    async def _exchanged(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """One exchange; a token that is not taken is replaced once."""
        authorization = await self._authorization()
        answer = await self._wire.exchange(method, url, {**headers, **authorization}, body)
        if answer.status == 401:  # noqa: PLR2004 - HTTP
            self._credential.drop(authorization["authorization"].removeprefix("Bearer "))
            again = await self._authorization()
            answer = await self._wire.exchange(method, url, {**headers, **again}, body)
        self._lane.heed(answer.status, answer.headers, answer.body)
        _log.debug(
            "github_request",
            method=method,
            path=_bare(url),
            status=answer.status,
            bytes=len(answer.body),
            installation=self._lane.installation_id,
        )
        return answer

    async def _authorization(self) -> dict[str, str]:
        return {"authorization": f"Bearer {await self._credential.token()}"}

    def _own_headers(self) -> dict[str, str]:
        return {"user-agent": self.requester, "x-github-api-version": self._api_version}

    async def _pause(self, attempt: int, method: str, url: str, trouble: str) -> None:
        seconds = _FIRST_WAIT_SECONDS * 2 ** (attempt - 1) * random.uniform(0.75, 1.5)  # noqa: S311 - no secret
        _log.info("github_retry", method=method, path=_bare(url), attempt=attempt, trouble=trouble, wait=seconds)
        await self._sleep(seconds)


_KEPT_HEADERS = ("etag", "last-modified", "content-type", "link")


def route(template: str, /, **parts: str | int) -> str:
    """The path of a template with its parts quoted: ``{name}`` wholly, ``{+name}`` but for its slashes.

    Raises NotThere for a part that no object can have as its name (empty, or one that would climb the path).
    """

    def filled(match: re.Match[str]) -> str:
        part = str(parts[match[2]])
        pieces = part.split("/") if match[1] else [part]
        if any(piece in {"", ".", ".."} for piece in pieces):
            raise NotThere(f"GET {template}", 404, f"{part!r} is no name")
        return "/".join(quote(piece, safe="", errors="replace") for piece in pieces)

    return _PART.sub(filled, template)


def query(path: str, /, **values: str | int) -> str:
    """The path with a query string, its values quoted."""
    pairs = "&".join(f"{key}={quote(str(value), safe='', errors='replace')}" for key, value in values.items())
    return f"{path}{'&' if '?' in path else '?'}{pairs}"


def _with_page_size(path: str) -> str:
    return path if "per_page=" in path else query(path, per_page=100)


def _conditions(held: Answer) -> dict[str, str]:
    if "etag" in held.headers:
        return {"if-none-match": held.headers["etag"]}
    return {"if-modified-since": held.headers["last-modified"]} if "last-modified" in held.headers else {}


def _is_page(answer: Answer) -> bool:
    """Whether a proxy's web page came in place of JSON, whatever it says that it is."""
    return answer.body[:64].lstrip().startswith(b"<")


def _is_unseen(answer: Answer) -> bool:
    """Whether GitHub knows nothing of it; a 404 that gives a reason will not get better by waiting."""
    return answer.status == 404 and reason_in(answer.body).lower() in {"", "not found"}  # noqa: PLR2004 - HTTP


def _bare(url: str) -> str:
    """An address without host and query, which may hold what does not belong into a log."""
    path = url.partition("?")[0]
    return re.sub(r"\Ahttps?://[^/]*", "", path)
