"""The HTTP endpoints of the service: the webhook, and whether it is well."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

# GitHub caps a payload at 25 MB; a little more lets the verification say so itself.
MAX_BODY_BYTES = 26_000_000


@dataclass(frozen=True, slots=True)
class Answered:
    """What the sender of a delivery is told."""

    status: int
    message: str


Receive = Callable[[Mapping[str, str], bytes], Awaitable[Answered]]
Health = Callable[[], Awaitable[Mapping[str, str]]]


def make_app(receive: Receive, health: Health) -> web.Application:
    """The application. ``receive`` takes a delivery in; ``health`` names everything that is not well, and why."""

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
        problems = await health()
        if problems:
            return _text(503, "\n".join(f"{what}: {why}" for what, why in sorted(problems.items())))
        return _text(200, "ready")

    app = web.Application(client_max_size=MAX_BODY_BYTES)
    app.router.add_post("/github/webhook", webhook)
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    return app


def _text(status: int, message: str) -> web.Response:
    return web.Response(status=status, text=message + "\n")
