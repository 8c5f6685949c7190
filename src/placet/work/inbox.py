"""The loop over deliveries that nobody has looked into: what each means is written down, and its keys are woken."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import structlog

from placet.app.ports import Clock, Delivery, Queue, Store
from placet.app.snapshot import Routed
from placet.errors import Unavailable

BATCH = 50
LOOK_AGAIN = timedelta(seconds=5)
AFTER_ERROR = timedelta(seconds=1)
# Parsing less than this takes a few milliseconds; more is done beside the loop.
_LARGE_BYTES = 250_000
_ERROR_LENGTH = 500

Read = Callable[[Delivery], Routed]

log = structlog.get_logger(__name__)


class Inbox:
    """Looks into deliveries in the order in which they came. ``read`` says what one means, and does nothing else."""

    def __init__(
        self, store: Store, queue: Queue, clock: Clock, read: Read, *, look_again: timedelta = LOOK_AGAIN
    ) -> None:
        self._store = store
        self._queue = queue
        self._clock = clock
        self._read = read
        self._look_again = look_again
        self._nudged = asyncio.Event()
        self._stopping = asyncio.Event()

    def nudge(self) -> None:
        """Say that a delivery has come; it is looked for now and then without that, too."""
        self._nudged.set()

    def stop(self) -> None:
        """Make ``run`` return after the delivery that it is at."""
        self._stopping.set()
        self._nudged.set()

    async def run(self) -> None:
        """Look into deliveries, those first that an earlier process left, until ``stop``."""
        while not self._stopping.is_set():
            self._nudged.clear()
            pause = self._look_again
            try:
                await self.drain()
            except Exception as error:
                log.warning(
                    "inbox_failed", exc_info=None if isinstance(error, Unavailable) else error, error=str(error)
                )
                pause = AFTER_ERROR
            await self._wait(pause)

    async def drain(self) -> int:
        """Look into all that wait; how many. Raises Unavailable when the database does not answer."""
        count = 0
        while not self._stopping.is_set() and (batch := await self._store.unprocessed(BATCH)):
            for delivery in batch:
                await self._look_into(delivery)
                count += 1
                if self._stopping.is_set():
                    break
        return count

    async def _look_into(self, delivery: Delivery) -> None:
        try:
            routed = await _routed(self._read, delivery)
        except Exception as error:  # noqa: BLE001 - anybody who knows the secret can send anything; the rest must go on
            await self._set_aside(delivery, error)
            return
        now = self._clock.now()
        try:
            await self._store.processed(delivery.guid, routed, now)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - a value that no table can hold would come again for ever
            await self._set_aside(delivery, error)
            return
        self._wake(routed)

    async def _set_aside(self, delivery: Delivery, error: Exception) -> None:
        said = f"{type(error).__name__}: {error}"[:_ERROR_LENGTH]
        log.error("delivery_not_understood", guid=delivery.guid, github_event=delivery.event, exc_info=error)
        await self._store.dead(delivery.guid, said, self._clock.now())

    def _wake(self, routed: Routed) -> None:
        if not routed.keys:
            return
        try:
            self._queue.wake(routed.keys)
        except Exception as error:  # noqa: BLE001 - the keys are marked; the queue finds them without being woken
            log.warning("wake_failed", error=str(error))

    async def _wait(self, pause: timedelta) -> None:
        try:
            async with asyncio.timeout(pause.total_seconds()):
                await self._nudged.wait()
        except TimeoutError:
            return


async def _routed(read: Read, delivery: Delivery) -> Routed:
    if len(delivery.payload) > _LARGE_BYTES:
        return await asyncio.to_thread(read, delivery)
    return read(delivery)
