"""The HTTP endpoints of the service: the webhook, and whether it is well."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web

# GitHub caps a payload at 25 MB; a little more lets the verification say so itself.
MAX_BODY_BYTES = 26_000_000


@dataclass(frozen=True, slots=True)
class Answered:
    """What the sender of a delivery is told."""

    status: int
    message: str


@dataclass(frozen=True, slots=True)
class Health:
    """How the service is, by part: what keeps it from working, and what is only worth knowing."""

    problems: Mapping[str, str]
    remarks: Mapping[str, str] = field(default_factory=dict)


Receive = Callable[[Mapping[str, str], bytes], Awaitable[Answered]]
AskHealth = Callable[[], Awaitable[Health]]


def make_app(receive: Receive, health: AskHealth) -> web.Application:
    """The application. ``receive`` takes a delivery in; ``health`` tells how the service is."""

    async def webhook(request: web.Request) -> web.Response:
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _text(413, "the delivery is larger than 25 MB")
        answered = await receive(request.headers, body)
        return _text(answered.status, answered.message)

    async def healthz(_: web.Request) -> web.Response:
        return _text(200, "alive")

    async def readyz(_: web.Request) -> web.Response:
        found = await health()
        lines = [f"{what}: {why}" for part in (found.problems, found.remarks) for what, why in sorted(part.items())]
        return _text(503, "\n".join(lines)) if found.problems else _text(200, "\n".join(["ready", *lines]))

    app = web.Application(client_max_size=MAX_BODY_BYTES)
    app.router.add_post("/github/webhook", webhook)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    return app


def _text(status: int, message: str) -> web.Response:
    return web.Response(status=status, text=message + "\n")
