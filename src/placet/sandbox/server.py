"""The simulated forge as a server on this machine: `async with Sandbox() as gh`."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Self

from aiohttp import web

from placet.sandbox.api.call import Options
from placet.sandbox.api.serving import Api
from placet.sandbox.deliveries import Deliveries
from placet.sandbox.faults import Faults
from placet.sandbox.log import Exchange, Log
from placet.sandbox.pages import Pages
from placet.sandbox.state import WEBHOOK_SECRET, World

HOST = "127.0.0.1"
MOST_REQUEST_BYTES = 32 * 1024 * 1024


class Sandbox:
    """A forge with its API on one port and its web pages on another, both on the loopback address.

    Deliveries go to `hook_url` by themselves once it is set, unless they are held: see `deliveries`. With `record` the
    log keeps headers and bodies. `api_prefix` (`/api/v3`) makes it look like an Enterprise Server.
    """

    def __init__(  # noqa: PLR0913 - what can differ between sandboxes; nearly nobody needs more than two
        self,
        *,
        now: Callable[[], datetime] | None = None,
        port: int = 0,
        web_port: int = 0,
        hook_url: str = "",
        webhook_secret: str = WEBHOOK_SECRET,
        private_key: bytes = b"",
        automatic: bool = True,
        record: bool = False,
        api_prefix: str = "",
        tree_limit: int = 100_000,
    ) -> None:
        self.world = World(now, private_key=private_key, webhook_secret=webhook_secret)
        self.faults, self.log = Faults(), Log()
        self.world.on_ref_moved = self.faults.ref_moved
        self._ports, self._prefix, self._automatic = (port, web_port), api_prefix, automatic
        self._first_hook_url = hook_url
        options = Options(tree_limit=tree_limit, hook_url=lambda: self.deliveries.hook_url)
        self._api = Api(self.world, options, self.faults, self.log, record, api_prefix)
        self._runners: list[web.AppRunner] = []
        self.deliveries: Deliveries

    async def __aenter__(self) -> Self:
        api, pages = web.Application(client_max_size=MOST_REQUEST_BYTES), web.Application()
        api.router.add_route("*", "/{path:.*}", self._api.handle)
        Pages(self.world).add_to(pages)
        api_at, pages_at = await self._serve(api, self._ports[0]), await self._serve(pages, self._ports[1])
        self.world.links.moved_to(f"http://{HOST}:{api_at}{self._prefix}", f"http://{HOST}:{pages_at}")
        self.deliveries = Deliveries(self.world, self._first_hook_url)
        if self._automatic and self._first_hook_url:
            self.deliveries.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.deliveries.stop()
        await asyncio.gather(*(runner.cleanup() for runner in self._runners))

    @property
    def api_url(self) -> str:
        return self.world.links.api

    @property
    def web_url(self) -> str:
        return self.world.links.web

    @property
    def hook_url(self) -> str:
        """Where deliveries go; setting it starts them, unless this sandbox was told to wait."""
        return self.deliveries.hook_url

    @hook_url.setter
    def hook_url(self, url: str) -> None:
        self.deliveries.hook_url = url
        if self._automatic and url:
            self.deliveries.start()

    @property
    def app_id(self) -> int:
        return self.world.main_app.id

    @property
    def private_key(self) -> str:
        """The app's key, in PEM."""
        return self.world.main_app.private_key.decode()

    @property
    def webhook_secret(self) -> str:
        return self.world.main_app.webhook_secret

    def requests_of(self, kind: str, *, since: int = 0) -> list[Exchange]:
        """See `Log.requests_of`."""
        return self.log.requests_of(kind, since=since)

    def writes(self, *, since: int = 0) -> list[Exchange]:
        """See `Log.writes`."""
        return self.log.writes(since=since)

    async def settled(self) -> None:
        """Return once every delivery that may go has gone."""
        await self.deliveries.settled()

    async def _serve(self, app: web.Application, port: int) -> int:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        self._runners.append(runner)
        await runner.setup()
        site = web.TCPSite(runner, HOST, port)
        await site.start()
        host_and_port: tuple[str, int] = runner.addresses[0]
        return host_and_port[1]
