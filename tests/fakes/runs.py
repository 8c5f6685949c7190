"""A reconcile function that tests steer."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

from placet.app.ports import Done
from placet.app.snapshot import WorkKey


class Runs:
    """Counts runs of keys, holds them where told, fails them where told; notices two of a key at once."""

    def __init__(self) -> None:
        self.begun: Counter[WorkKey] = Counter()
        self.ended: Counter[WorkKey] = Counter()
        self.order: list[WorkKey] = []
        self.overlaps = 0
        self.most_at_once = 0
        self.outcomes: dict[WorkKey, list[Done | BaseException]] = {}
        self._running: set[WorkKey] = set()
        self._gates: dict[WorkKey, asyncio.Event] = {}
        self._changed = asyncio.Condition()

    async def reconcile(self, key: WorkKey) -> Done:
        """Run a key: wait while it is held, then end as was planned for it."""
        self.overlaps += key in self._running
        self._running.add(key)
        self.most_at_once = max(self.most_at_once, len(self._running))
        self.order.append(key)
        try:
            await self._note(self.begun, key)
            if key in self._gates:
                await self._gates[key].wait()
            planned = self.outcomes.get(key)
            outcome = planned.pop(0) if planned else Done()
            if isinstance(outcome, BaseException):
                raise outcome
            return outcome
        finally:
            self._running.discard(key)
            await self._note(self.ended, key)

    def hold(self, key: WorkKey) -> None:
        """Let runs of that key wait."""
        self._gates[key] = asyncio.Event()

    def let_go(self, key: WorkKey) -> None:
        """Let them go on, and no more wait."""
        self._gates.pop(key).set()

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until it is so, looked at whenever a run begins or ends."""
        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(is_so)

    async def until_ended(self, key: WorkKey, times: int) -> None:
        """Wait until the key has been run so often."""
        await self.until(lambda: self.ended[key] == times)

    async def _note(self, where: Counter[WorkKey], key: WorkKey) -> None:
        async with self._changed:
            where[key] += 1
            self._changed.notify_all()
