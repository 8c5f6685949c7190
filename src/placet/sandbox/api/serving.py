"""The API over HTTP: recognising, answering, caching rules, limits, and faults."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from aiohttp import web

from placet.sandbox.api import activities, apps, checks, comments, objects, organisations, pulls, repositories
from placet.sandbox.api.call import NEWER, VERSIONS, Call, Options, Reply
from placet.sandbox.api.entrance import Moved, let_in
from placet.sandbox.api.routing import Route, routes
from placet.sandbox.faults import Fault, FaultKind, Faults
from placet.sandbox.git import NoObject
from placet.sandbox.history import Conflict
from placet.sandbox.log import Exchange, Log
from placet.sandbox.model import Rejected
from placet.sandbox.state import World

RESOURCES = (activities, apps, checks, comments, objects, organisations, pulls, repositories)
USUAL_LIMIT = 15_000  # requests an hour
Found = tuple[Route, dict[str, str]] | None
DOCUMENTATION = "https://docs.github.com/rest"
_HOUR = 3600
_DROPPED = frozenset(
    {"merge_commit_sha", "assignee", "has_downloads", "master_branch", "use_squash_pr_title_as_default", "rate"}
)  # what the newer version of the API no longer says


@dataclass(slots=True)
class Api:
    """The API of one world."""

    world: World
    options: Options
    faults: Faults
    log: Log
    record: bool = False
    prefix: str = ""
    _served: int = 0
    _hours: dict[str, tuple[int, int]] = field(default_factory=dict)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request, or fail it as planned."""
        sent = await request.read()
        path = request.rel_url.raw_path.removeprefix(self.prefix)
        fault = self.faults.strike(request.method, path)
        kind, reply = self._answer(request, path, sent, fault)
        if fault is not None and fault.kind == FaultKind.SLOW:
            await asyncio.sleep(fault.seconds)
        response = self._response(request, reply)
        self._note(request, kind, sent, response)
        if (
            fault is not None
            and fault.kind in {FaultKind.RESET, FaultKind.LOST_ANSWER}
            and request.transport is not None
        ):
            request.transport.abort()
        return response

    def _answer(self, request: web.Request, path: str, sent: bytes, fault: Fault | None) -> tuple[str, Reply]:
        version = request.headers.get("X-GitHub-Api-Version", VERSIONS[0])
        found = routes.find(request.method, path)
        kind = found[0].kind if found else f"{request.method} ?"
        key = request.headers.get("Authorization", "")
        call = Call(
            self.world,
            self.options,
            self.faults,
            request.method,
            path,
            dict(request.query),
            request.headers.get("Accept", ""),
            found[1] if found else {},
            rate=self._rate(key),
        )
        broken = None if fault is None else self._broken(fault, call)
        if broken is not None:
            return kind, broken
        try:
            reply = self._conditional(request, self._decided(request, call, found, sent), key)
        except (Rejected, Moved, NoObject, Conflict) as error:
            reply = self._refused(error, path)
        return kind, self._limits(reply, call, version)

    def _decided(self, request: web.Request, call: Call, found: Found, sent: bytes) -> Reply:
        """The handler's answer. Raises Rejected, Moved, and what git says of objects and merges."""
        version = request.headers.get("X-GitHub-Api-Version", VERSIONS[0])
        if not request.headers.get("User-Agent"):
            raise Rejected(403, "Request forbidden by administrative rules.")
        if version not in VERSIONS:
            raise Rejected(400, f"The API version '{version}' is not supported.")
        if found is None:
            raise Rejected(404, "Not Found")
        if self.faults.primary_limit is not None and call.rate[1] >= self.faults.primary_limit:
            return self._used_up(403, call)
        let_in(call, found[0], request.headers.get("Authorization", ""))
        call.sent = _json(sent)
        reply = found[0].handler(call)
        return replace(reply, data=_newer(reply.data)) if version == NEWER else reply

    def _refused(self, error: Rejected | Moved | NoObject | Conflict, path: str) -> Reply:
        if isinstance(error, Moved):
            rest = "".join(f"/{part}" for part in path.split("/", 4)[4:])
            url = f"{self.world.links.api}/repositories/{error.repo.id}{rest}"
            return Reply({**_message("Moved Permanently"), "url": url}, 301, {"Location": url})
        if isinstance(error, Rejected):
            return _refusal(error)
        return _refusal(Rejected(404, "Not Found") if isinstance(error, NoObject) else Rejected(409, str(error)))

    def _broken(self, fault: Fault, call: Call) -> Reply | None:
        """What is sent instead of an answer; None for faults that let the request be carried out."""
        if fault.kind == FaultKind.ERROR:
            return Reply(_message("Server Error"), fault.status)
        if fault.kind == FaultKind.HTML:
            return Reply(raw=b"<!DOCTYPE html><title>Unicorn!</title>", status=fault.status)
        if fault.kind == FaultKind.SECONDARY:
            text = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
            headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            return self._limits(Reply(_message(text), fault.status, headers), call, VERSIONS[0])
        if fault.kind == FaultKind.PRIMARY:
            return self._used_up(fault.status, call)
        return Reply(raw=b"", status=500) if fault.kind == FaultKind.RESET else None

    def _used_up(self, status: int, call: Call) -> Reply:
        limit, _, reset = call.rate
        headers = {"x-ratelimit-limit": str(limit), "x-ratelimit-remaining": "0", "x-ratelimit-reset": str(reset)}
        return Reply(_message("API rate limit exceeded for installation."), status, headers)

    def _rate(self, key: str) -> tuple[int, int, int]:
        """Limit, requests already used in this hour, and when the next one starts."""
        hour = int(self.world.now().timestamp()) // _HOUR
        known, used = self._hours.get(key, (hour, 0))
        return self.faults.primary_limit or USUAL_LIMIT, used if known == hour else 0, (hour + 1) * _HOUR

    def _conditional(self, request: web.Request, reply: Reply, key: str) -> Reply:
        """The answer with its ETag, or 304 for who has it already; only the former counts against the limit."""
        if request.method == "GET" and reply.status == 200:  # noqa: PLR2004 - HTTP's own number
            content = reply.raw if reply.raw is not None else _bytes(reply.data)
            tag = f'W/"{sha256(content).hexdigest()}"'
            headers = {**reply.headers, "ETag": tag}
            if tag in [one.strip() for one in request.headers.get("If-None-Match", "").split(",")]:
                return Reply(raw=b"", status=304, headers=headers)
            reply = replace(reply, headers=headers, raw=content)
        hour = int(self.world.now().timestamp()) // _HOUR
        self._hours[key] = hour, self._rate(key)[1] + 1
        return reply

    def _limits(self, reply: Reply, call: Call, version: str) -> Reply:
        limit, used, reset = call.rate
        used += reply.status not in {304, 401}
        headers = {
            "x-ratelimit-limit": str(limit),
            "x-ratelimit-remaining": str(max(0 if self.faults.primary_limit else 1, limit - used)),
            "x-ratelimit-used": str(used),
            "x-ratelimit-reset": str(reset),
            "x-ratelimit-resource": "core",
            "x-github-api-version-selected": version,
            **reply.headers,
        }
        return replace(reply, headers=headers)

    def _response(self, request: web.Request, reply: Reply) -> web.Response:
        self._served += 1
        has_body = reply.status not in {204, 304} and request.method != "HEAD"
        body = reply.raw if reply.raw is not None else _bytes(reply.data) if has_body else b""
        headers = {
            "X-GitHub-Request-Id": f"{self._served:04X}:0001:{self._served:08X}",
            "X-GitHub-Media-Type": "github.v3; format=json",
            "Server": "github.com",
            **reply.headers,
        }
        if body:
            headers["Content-Type"] = reply.content_type
        return web.Response(body=body if has_body else None, status=reply.status, headers=headers)

    def _note(self, request: web.Request, kind: str, sent: bytes, response: web.Response) -> None:
        path = request.rel_url.raw_path.removeprefix(self.prefix)
        exchange = Exchange(request.method, path, request.rel_url.raw_query_string, kind, response.status)
        if self.record:
            body = response.body if isinstance(response.body, bytes) else b""
            is_json = (
                "json" in response.headers.get("Content-Type", "") and ".raw" not in response.headers["Content-Type"]
            )
            exchange.request_headers, exchange.response_headers = dict(request.headers), dict(response.headers)
            exchange.request_body = sent.decode("utf-8", "replace")
            exchange.response_body = body.decode("utf-8", "replace") if is_json else ""
        self.log.exchanges.append(exchange)


def _refusal(error: Rejected) -> Reply:
    data: dict[str, Any] = {**_message(error.message), "status": str(error.status)}
    if error.errors:
        data["errors"] = list(error.errors)
    return Reply(data, error.status)


def _message(text: str) -> dict[str, Any]:
    return {"message": text, "documentation_url": DOCUMENTATION}


def _json(sent: bytes) -> Any:  # noqa: ANN401 - whatever it is, the fields are checked one by one
    if not sent.strip():
        return None
    try:
        return json.loads(sent)
    except ValueError:
        raise Rejected(400, "Problems parsing JSON") from None


def _bytes(data: object) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _newer(data: Any) -> Any:  # noqa: ANN401 - any JSON
    """The same without what the newer version dropped."""
    if isinstance(data, Mapping):
        return {key: _newer(value) for key, value in data.items() if key not in _DROPPED}
    if isinstance(data, list):
        return [_newer(value) for value in data]
    return data
