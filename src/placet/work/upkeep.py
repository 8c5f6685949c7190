"""What is done once a day: what nobody can need any more is removed, and the audit trail's head is told to the log."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from placet.app.ports import Clock

EVERY = timedelta(days=1)

log = structlog.get_logger(__name__)


class Head(Protocol):
    """The audit trail's newest row."""

    @property
    def rows(self) -> int: ...
    @property
    def hash(self) -> str: ...


class Keeper(Protocol):
    """Who keeps what is to be pruned, and the audit trail."""

    async def prune(self, now: datetime) -> object:
        """Remove what nobody can need any more; what that was."""
        ...

    async def audit_head(self) -> Head:
        """The audit trail's newest row."""
        ...


class Upkeep:
    """Does it, and tells it."""

    def __init__(
        self, keeper: Keeper, clock: Clock, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._keeper = keeper
        self._clock = clock
        self._sleep = sleep

    async def run(self) -> None:
        """Do it now and once a day, until cancelled."""
        while True:
            try:
                await self.once()
            except Exception as error:  # noqa: BLE001 - an outer loop: tomorrow is another day
                log.warning("upkeep_failed", error=str(error))
            await self._sleep(EVERY.total_seconds())

    async def once(self) -> None:
        """Do it once. Raises what the store raises."""
        removed = await self._keeper.prune(self._clock.now())
        head = await self._keeper.audit_head()
        # Whoever keeps the log elsewhere can tell from this line if somebody cut rows off the trail's end.
        log.info("upkeep_done", removed=str(removed), audit_rows=head.rows, audit_head=head.hash)
