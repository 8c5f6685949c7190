"""A queue with its table and its time, whichever adapter it is: what the contract tests of queues run in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from fakes.clock import HeldClock
from fakes.memory_store import MemoryStore
from fakes.runs import Runs
from placet.app.ports import Queue
from placet.app.snapshot import WorkKey
from placet.store.store import DatabaseStore

AnyStore = DatabaseStore | MemoryStore


class QueueWorld:
    """The clock stands still; the queue made by ``make_queue`` looks again by itself every few milliseconds."""

    def __init__(self, store: AnyStore, make_queue: Callable[[], Queue], clock: HeldClock) -> None:
        self.store = store
        self.clock = clock
        self.runs = Runs()
        self._make_queue = make_queue
        self._queue: Queue | None = None

    @property
    def queue(self) -> Queue:
        """The one that was started last."""
        if self._queue is None:
            raise RuntimeError("no queue has been started")
        return self._queue

    async def mark(self, *keys: WorkKey) -> None:
        """Add a hint to keys, and wake nobody."""
        await self.store.mark(keys, self.clock.now())

    async def hint(self, *keys: WorkKey) -> None:
        """Add a hint to keys, and wake the queue."""
        await self.mark(*keys)
        self.queue.wake(keys)

    async def start(self, concurrency: int = 4) -> None:
        """Start a new queue whose runs go through ``runs``."""
        self._queue = self._make_queue()
        await self._queue.start(self.runs.reconcile, concurrency=concurrency)

    async def stop(self, grace_seconds: float = 5) -> None:
        """Stop it."""
        if self._queue is not None:
            await self._queue.stop(grace_seconds)

    async def pass_time(self, **by: float) -> None:
        """Let time pass, and the queue notice."""
        self.clock.advance(timedelta(**by))
        if self._queue is not None:
            self._queue.wake(())

    async def settled(self) -> None:
        """Wait until nothing is due and nothing runs."""
        async with asyncio.timeout(20):
            while True:
                figures = await self.store.work.figures(self.clock.now())
                if not figures.due and not figures.running:
                    return
                await asyncio.sleep(0.002)

    async def due_at(self, key: WorkKey) -> datetime | None:
        """When the key is to be looked at next."""
        state = await self.store.work.state(key)
        return None if state is None else state.due_at
