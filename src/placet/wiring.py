"""The service put together: every edge, connected through the ports of the use cases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
from aiohttp import web

from placet.app.evaluate import Evaluator
from placet.app.ports import Analyser, Clock, Delivery
from placet.app.snapshot import Routed
from placet.app.texts import Identity
from placet.errors import BadFile, Refused, Unavailable
from placet.github import events
from placet.github.confirmation import Confirmation
from placet.github.forge import AppAccess, GitHubForge
from placet.github.webhook import Unacceptable, verify
from placet.settings import Settings
from placet.store.store import DatabaseStore, open_store
from placet.web.app import Answered, Health, make_app
from placet.work.analyser import AnalysisPool
from placet.work.embedded import EmbeddedQueue
from placet.work.inbox import Inbox
from placet.work.sweep import Sweep
from placet.work.upkeep import Upkeep

# How long a stopping service waits for what runs (6 seconds less than what orchestrators usually allow).
GRACE_SECONDS = 24.0


class SystemClock:
    """The time of this machine."""

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True)
class Blobs:
    """The forge's cache of blobs, kept in the store."""

    store: DatabaseStore
    clock: Clock

    async def get(self, sha: str) -> bytes | None:
        """The blob, if it was ever fetched."""
        return await self.store.cached("blob", sha)

    async def put(self, sha: str, data: bytes) -> None:
        """Keep a blob; it never changes."""
        await self.store.keep("blob", sha, data, self.clock.now())


class Service:
    """A running Placet: what takes deliveries in, and everything that works on them."""

    def __init__(
        self,
        settings: Settings,
        store: DatabaseStore,
        forge: GitHubForge,
        analyser: Analyser,
        queue: EmbeddedQueue,
        clock: Clock,
    ) -> None:
        self.store = store
        self.forge = forge
        self.queue = queue
        self.clock = clock
        self._settings = settings
        identity = Identity(settings.github_app_id, settings.github_url.rstrip("/"))
        self.evaluator = Evaluator(forge, store, analyser, clock, identity)
        self.inbox = Inbox(store, queue, clock, self._read)
        self.sweep = Sweep(forge, store, queue, clock, every=timedelta(seconds=settings.sweep_seconds))
        self._upkeep = Upkeep(store, clock)
        self._confirmation = Confirmation(forge)
        self._loops: list[asyncio.Task[None]] = []
        self._confirming: asyncio.Task[None] | None = None

    def _read(self, delivery: Delivery) -> Routed:
        """What a delivery means; the forge forgets at once what it remembered otherwise."""
        routed = events.read(delivery, app_id=self._settings.github_app_id)
        self.forge.heed(routed)
        return routed

    def app(self) -> web.Application:
        """The HTTP side."""
        return make_app(self.receive, self.health)

    async def receive(self, headers: Mapping[str, str], body: bytes) -> Answered:
        """Take a delivery in: verified, kept, committed; everything else happens later."""
        secret = self._settings.github_webhook_secret.get_secret_value()
        try:
            envelope = verify(secret, body, headers)
            delivery = Delivery(envelope.guid, envelope.event, envelope.payload, self.clock.now())
            is_new = await self.store.receive(delivery)
        except Unacceptable as error:
            return Answered(error.status, str(error))
        except Unavailable as error:
            return Answered(503, str(error))
        self.inbox.nudge()
        return Answered(202, "accepted" if is_new else "known already")

    async def health(self) -> Health:
        """What is not well, and why; that GitHub was not reached yet is a remark: it may be down without our fault."""
        problems: dict[str, str] = {}
        try:
            await self.queue.health()
        except Unavailable as error:
            problems["database"] = str(error)
        dead = [task.get_name() for task in self._loops if task.done()]
        if dead:
            problems["loops"] = f"stopped: {', '.join(sorted(dead))}"
        missing = self._confirmation.missing
        return Health(problems, {"GitHub": missing} if missing else {})

    async def start(self) -> None:
        """Begin to work: on what an earlier process left first."""
        await self.queue.start(self.evaluator.run, concurrency=self._settings.concurrency)
        self._confirming = asyncio.create_task(self._confirmation.run(), name="confirmation")
        self._loops = [
            asyncio.create_task(self.inbox.run(), name="inbox"),
            asyncio.create_task(self.sweep.run(), name="sweep"),
            asyncio.create_task(self._upkeep.run(), name="upkeep"),
        ]

    async def stop(self) -> None:
        """Finish what runs, begin nothing more."""
        self.inbox.stop()
        await self.queue.stop(GRACE_SECONDS)
        tasks = [*self._loops, *([self._confirming] if self._confirming else [])]
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


@asynccontextmanager
async def service(
    settings: Settings, clock: Clock | None = None, analyser: Analyser | None = None
) -> AsyncIterator[Service]:
    """The service, put together and not yet started; clock and analyser are this machine's unless others are given.

    Raises Refused where the database or the key is none.
    """
    clock = clock or SystemClock()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(settings.database, clock))
        session = await stack.enter_async_context(aiohttp.ClientSession(auto_decompress=True))
        access = AppAccess(
            app_id=settings.github_app_id,
            private_key=settings.github_private_key.get_secret_value(),
            api_url=settings.github_api_url,
            web_url=settings.github_url,
            write_pace_seconds=settings.github_write_seconds,
        )
        forge = _forge(access, session, clock, Blobs(store, clock))
        if analyser is None:
            analyser = pool = AnalysisPool(
                workers=settings.analysis_workers,
                seconds=settings.analysis_seconds,
                memory_mb=settings.analysis_memory_mb,
            )
            stack.push_async_callback(pool.close)
        queue = EmbeddedQueue(store.work, clock, Path(settings.data_dir, "placet.lock"))
        yield Service(settings, store, forge, analyser, queue, clock)


def _forge(access: AppAccess, session: aiohttp.ClientSession, clock: Clock, blobs: Blobs) -> GitHubForge:
    try:
        return GitHubForge(access, session, clock, blobs)
    except BadFile as error:
        raise Refused(f"PLACET_GITHUB_PRIVATE_KEY: {error.message}", code="settings", hint=error.hint) from None


@asynccontextmanager
async def serving(made: Service, host: str, port: int) -> AsyncIterator[str]:
    """The service, working and listening; the address that it is reached at."""
    runner = web.AppRunner(made.app(), access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        await made.start()
        try:
            yield f"http://{host}:{runner.addresses[0][1]}"
        finally:
            await made.stop()
    finally:
        await runner.cleanup()
