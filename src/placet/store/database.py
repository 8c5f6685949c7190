"""The connections: one that writes, several that read, and the database's errors as ours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import structlog
from sqlalchemy import URL, Connection, exc
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from placet.errors import Unavailable
from placet.store import sqlite

T = TypeVar("T")
READERS = 4

log = structlog.get_logger(__name__)


class Database:
    """Runs functions of a connection, each in a transaction of its own.

    The functions are synchronous: so nothing but the database can be waited for while a transaction is open.
    """

    def __init__(self, file: Path) -> None:
        url = URL.create("sqlite+aiosqlite", database=str(file))
        timeout = {"timeout": sqlite.BUSY_SECONDS}
        self._writer = create_async_engine(url, pool_size=1, max_overflow=0, connect_args=timeout)
        self._reader = create_async_engine(
            url, pool_size=READERS, max_overflow=0, pool_timeout=sqlite.BUSY_SECONDS, connect_args=timeout
        )
        sqlite.use_for_writing(self._writer.sync_engine)
        sqlite.use_for_reading(self._reader.sync_engine)
        # One writer at a time, first come first served: a pool of them would wait for one another in the database.
        self._turn = asyncio.Lock()
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
        """Finish what is under way, then let go of the file."""
        if self._under_way:
            await asyncio.wait(self._under_way)
        await self._reader.dispose()
        await self._writer.dispose()

    async def _transaction(self, work: Callable[[Connection], T]) -> T:
        async with self._turn:
            return await _run(self._writer, work)


def _tell_error(task: asyncio.Task[T]) -> None:
    """Log the error of a transaction for whose end nobody waits any more."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.warning("unwatched_transaction_failed", error=str(error))


async def _run(engine: AsyncEngine, work: Callable[[Connection], T]) -> T:
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(work)
    except (exc.OperationalError, exc.TimeoutError) as error:
        reason = error.orig if isinstance(error, exc.OperationalError) else error
        raise Unavailable(f"the database does not answer: {reason}", code="database") from error
