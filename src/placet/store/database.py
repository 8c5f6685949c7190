"""The connections: those that write and those that read, and the database's errors as ours."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import TypeVar

import structlog
from sqlalchemy import Connection, exc
from sqlalchemy.ext.asyncio import AsyncEngine

from placet.errors import Unavailable

T = TypeVar("T")

# PostgreSQL's "serialization_failure" and "deadlock_detected": the transaction did nothing, and may be run again.
_COLLISIONS = frozenset({"40001", "40P01"})
_ATTEMPTS = 5
_PAUSE_SECONDS = 0.02

log = structlog.get_logger(__name__)


class Database:
    """Runs functions of a connection, each in a transaction of its own.

    The functions are synchronous: so nothing but the database can be waited for while a transaction is open. They may
    be run again where two transactions got in each other's way. ``writers``: how many transactions may write at once.
    """

    def __init__(self, writer: AsyncEngine, reader: AsyncEngine, writers: int) -> None:
        self._writer = writer
        self._reader = reader
        # First come first served: in the database itself, who waits longest need not be the next.
        self._turns = asyncio.Semaphore(writers)
        self._under_way: set[asyncio.Task[object]] = set()

    async def write(self, work: Callable[[Connection], T]) -> T:
        """The result of ``work``, when it is committed.

        Whoever stops waiting does not stop the transaction. Raises Unavailable when the database cannot take it.
        """
        task = asyncio.create_task(self._transaction(work))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_tell_error)
            raise

    async def read(self, work: Callable[[Connection], T]) -> T:
        """The result of ``work`` on one state of the database. Raises Unavailable when it cannot be read."""
        return await _run(self._reader, work)

    async def close(self) -> None:
        """Finish what is under way, then let go of the database."""
        if self._under_way:
            await asyncio.wait(self._under_way)
        await self._reader.dispose()
        await self._writer.dispose()

    async def _transaction(self, work: Callable[[Connection], T]) -> T:
        async with self._turns:
            return await _run(self._writer, work)


def _tell_error(task: asyncio.Task[T]) -> None:
    """Log the error of a transaction for whose end nobody waits any more."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.warning("unwatched_transaction_failed", error=str(error))


async def _run(engine: AsyncEngine, work: Callable[[Connection], T]) -> T:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            async with engine.begin() as connection:
                return await connection.run_sync(work)
        except exc.DBAPIError as error:
            if attempt < _ATTEMPTS and getattr(error.orig, "sqlstate", "") in _COLLISIONS:
                await asyncio.sleep(_PAUSE_SECONDS * attempt * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
                continue
            if isinstance(error, exc.OperationalError) or error.connection_invalidated:
                raise _unavailable(error.orig) from error
            raise
        except exc.TimeoutError as error:
            raise _unavailable(error) from error
    raise AssertionError("the last attempt returns or raises")


def _unavailable(reason: BaseException | None) -> Unavailable:
    return Unavailable(f"the database does not answer: {reason}", code="database")
