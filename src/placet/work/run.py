"""One run of one key: take it, reconcile, write its end. Every adapter of the queue runs its keys through here."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from placet.app.ports import Clock, Done, Reconcile
from placet.app.snapshot import WorkKey
from placet.errors import Expected, Unavailable
from placet.work.backoff import retry_at
from placet.work.table import Taken, WorkTable

RUN_LIMIT = timedelta(minutes=15)
# How long to leave a database alone that has just not answered.
AFTER_ERROR = timedelta(seconds=1)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Runner:
    """What a run needs: the table, what to do, the time, how long it may take, and chance for spreading retries."""

    table: WorkTable
    reconcile: Reconcile
    clock: Clock
    limit: timedelta = RUN_LIMIT
    chance: Callable[[], float] = random.random

    async def run_one(self, key: WorkKey) -> bool:
        """Run the key if it is due and free; whether it was.

        Its end is written down whatever happens, and as late as the database answers again. Raises Unavailable
        where the key could not even be taken.
        """
        taken = await self.table.begin(key, self.clock.now())
        if taken is None:
            return False
        try:
            async with asyncio.timeout(self.limit.total_seconds()):
                done = await self.reconcile(key)
            await self._finish(taken, done)
        except asyncio.CancelledError as error:
            if not _is_being_cancelled():
                # Something within the run was cancelled, not the run.
                await self._fail(taken, error)
                return True
            await self.table.release(key, taken.epoch, self.clock.now())
            raise
        except Exception as error:  # noqa: BLE001 - the outer loop of all work: a run's error must not end the others
            await self._fail(taken, error)
        return True

    async def _finish(self, taken: Taken, done: Done) -> None:
        now = self.clock.now()
        await _end(lambda: self.table.finish(taken.key, taken.epoch, taken.wanted, now, done.next_at), taken)

    async def _fail(self, taken: Taken, error: BaseException) -> None:
        now = self.clock.now()
        failures = taken.attempts + 1
        again_at = retry_at(error, failures, now, self.chance())
        said = _said(error)
        if isinstance(error, Expected | TimeoutError):
            log.warning("run_failed", key=taken.key.text, error=said, failures=failures, again_at=again_at)
        else:
            log.error("run_broke", key=taken.key.text, failures=failures, again_at=again_at, exc_info=error)
        await _end(
            lambda: self.table.fail(taken.key, taken.epoch, taken.wanted, now=now, retry_at=again_at, error=said),
            taken,
        )


async def _end(write: Callable[[], Awaitable[bool]], taken: Taken) -> None:
    """Write a run's end; a key whose end is not written would be held until this process ends."""
    while True:
        try:
            is_newest = await write()
        except Unavailable as error:
            log.warning("run_end_not_written", key=taken.key.text, error=str(error))
            await asyncio.sleep(AFTER_ERROR.total_seconds())
            continue
        if not is_newest:
            log.warning("run_was_overtaken", key=taken.key.text, epoch=taken.epoch)
        return


def _is_being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _said(error: BaseException) -> str:
    if isinstance(error, Expected):
        return f"{error.code}: {error}"
    if isinstance(error, TimeoutError):
        return f"it took too long {error}".rstrip()
    return f"{type(error).__name__}: {error}"
