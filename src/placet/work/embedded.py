"""The queue of an embedded database: one process, one loop over the keys that are due.

What it must hold to:

- a hint is never lost, whether or not anybody runs when it comes, and whatever happens to ``wake``;
- a key is never run twice at once, and exactly once more for any number of hints during a run;
- a planned time neither holds up a hint nor is forgotten over one;
- a key that fails holds up no other, and comes again by itself;
- a process that dies leaves nothing that the next one does not take up.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

import structlog

from placet.app.ports import Clock, Reconcile
from placet.app.snapshot import WorkKey
from placet.errors import Expected
from placet.work.lockfile import LockFile
from placet.work.run import AFTER_ERROR, RUN_LIMIT, Runner
from placet.work.table import Figures, WorkTable

# How often to look without being woken: a wake-up may be lost, and marks may come from elsewhere.
LOOK_AGAIN = timedelta(seconds=2)

log = structlog.get_logger(__name__)


class EmbeddedQueue:
    """``app.ports.Queue`` for one process; ``lock_file`` keeps a second one out."""

    def __init__(
        self,
        table: WorkTable,
        clock: Clock,
        lock_file: Path,
        *,
        look_again: timedelta = LOOK_AGAIN,
        run_limit: timedelta = RUN_LIMIT,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._table = table
        self._clock = clock
        self._lock = LockFile(lock_file)
        self._look_again = look_again
        self._run_limit = run_limit
        self._chance = chance
        self._woken = asyncio.Event()
        self._runs: dict[WorkKey, asyncio.Task[None]] = {}
        self._loop: asyncio.Task[None] | None = None
        self._stopping = False

    async def start(self, reconcile: Reconcile, *, concurrency: int) -> None:
        """Begin to run due keys, also those that an earlier process left.

        Raises Refused where another process works on this database.
        """
        if self._loop is not None:
            raise RuntimeError("this queue has been started already")
        self._lock.take()
        try:
            left = await self._table.recover(self._clock.now())
        except BaseException:
            self._lock.let_go()
            raise
        if left:
            log.info("work_taken_up", keys=left)
        runner = Runner(self._table, reconcile, self._clock, self._run_limit, self._chance)
        self._stopping = False
        self._loop = asyncio.create_task(self._run_due(runner, concurrency))

    def wake(self, keys: Iterable[WorkKey]) -> None:
        """Look at once; which keys is for the table to say."""
        del keys
        self._woken.set()

    async def stop(self, grace_seconds: float) -> None:
        """Begin nothing more; what runs may go on for so long, then it is broken off and left to be done."""
        self._stopping = True
        self._woken.set()
        if self._loop is not None:
            await self._loop
            self._loop = None
        if self._runs:
            await asyncio.wait(self._runs.values(), timeout=grace_seconds)
        for run in list(self._runs.values()):
            run.cancel()
        await asyncio.gather(*self._runs.values(), return_exceptions=True)
        self._lock.let_go()

    async def health(self) -> Figures:
        """How the work stands. Raises Unavailable when the database does not answer."""
        return await self._table.figures(self._clock.now())

    async def _run_due(self, runner: Runner, concurrency: int) -> None:
        while not self._stopping:
            self._woken.clear()
            try:
                await self._begin_due(runner, concurrency)
                pause = await self._pause(concurrency)
            except Exception as error:  # noqa: BLE001 - the outer loop of all work; without it nothing would ever run again
                _log_error("work_loop_failed", error)
                pause = AFTER_ERROR
            await self._wait(pause)

    async def _begin_due(self, runner: Runner, concurrency: int) -> None:
        free = concurrency - len(self._runs)
        if free <= 0:
            return
        # A key whose run has only just been begun here may still stand as due.
        due = await self._table.due(self._clock.now(), free + len(self._runs))
        for key in [one for one in due if one not in self._runs][:free]:
            run = asyncio.create_task(self._run(runner, key), name=f"run {key.text}")
            self._runs[key] = run

    async def _run(self, runner: Runner, key: WorkKey) -> None:
        try:
            await runner.run_one(key)
        except Exception as error:  # noqa: BLE001 - what is left here is a database that does not answer
            _log_error("key_not_taken", error)
            await asyncio.sleep(AFTER_ERROR.total_seconds())
        finally:
            del self._runs[key]
            self._woken.set()

    async def _pause(self, concurrency: int) -> timedelta:
        """How long to wait for a wake-up; a run that ends is one."""
        if len(self._runs) >= concurrency:
            return self._look_again
        next_at = await self._table.next_due_at()
        if next_at is None:
            return self._look_again
        return max(min(next_at - self._clock.now(), self._look_again), timedelta(milliseconds=10))

    async def _wait(self, pause: timedelta) -> None:
        try:
            async with asyncio.timeout(pause.total_seconds()):
                await self._woken.wait()
        except TimeoutError:
            return


def _log_error(event: str, error: Exception) -> None:
    if isinstance(error, Expected):
        log.warning(event, error=str(error))
    else:
        log.error(event, exc_info=error)
