"""The one table that says what is to be done, as statements; who runs a key, and when, is not decided here.

``wanted`` counts the hints, ``done`` how many of them the last good run had seen; ``epoch`` counts the runs, and only
the newest may write its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, func, literal, or_, select, update

from placet.app.snapshot import DirtyKind, WorkKey
from placet.store import tables
from placet.store.columns import UtcTime
from placet.store.database import Database
from placet.store.upsert import change

# A merge queue waits with a time limit of its own.
_URGENT = frozenset({DirtyKind.GROUP})
_ERROR_LENGTH = 2_000


@dataclass(frozen=True, slots=True)
class TakenKey:
    """A key that is being run: as which run, with how many hints seen, after how many failures in a row."""

    key: WorkKey
    epoch: int
    wanted: int
    attempts: int


@dataclass(frozen=True, slots=True)
class KeyState:
    """How a key stands, for pages: hints and how many of them are done, the next look, the run, the last failure."""

    wanted: int
    done: int
    due_at: datetime | None
    epoch: int
    started_at: datetime | None
    attempts: int
    last_error: str | None


@dataclass(frozen=True, slots=True)
class WorkFigures:
    """How the work stands: keys due, keys run just now, keys that failed last; the longest overdue one's time."""

    due: int
    running: int
    failing: int
    oldest_due_at: datetime | None


def mark(connection: Connection, keys: Iterable[WorkKey], now: datetime) -> None:
    """Add a hint to each key: wanted once more, due now."""
    table = tables.work_key
    rows = [
        {
            "key": key.text,
            "wanted": 1,
            "done": 0,
            "due_at": now,
            "epoch": 0,
            "attempts": 0,
            "priority": int(key.kind in _URGENT),
        }
        for key in sorted(set(keys))
    ]
    change(
        connection,
        table,
        rows,
        ("key",),
        lambda new: {
            "wanted": table.c.wanted + 1,
            "due_at": case((table.c.due_at < new.due_at, table.c.due_at), else_=new.due_at),
        },
    )


class WorkKeys:
    """The table for those who run the work; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self, now: datetime, limit: int) -> tuple[WorkKey, ...]:
        """The keys to run now, the most urgent first, then the longest due; not those that are being run."""
        return await self._database.read(lambda connection: _due(connection, now, limit))

    async def next_due_at(self) -> datetime | None:
        """When the next key that nobody runs is due; it may be in the past."""
        table = tables.work_key
        query = select(func.min(table.c.due_at)).where(table.c.started_at.is_(None))
        return await self._database.read(lambda connection: connection.execute(query).scalar_one())

    async def begin(self, key: WorkKey, now: datetime) -> TakenKey | None:
        """Take a due key; None where it is not due any more, or somebody has it."""
        return await self._database.write(lambda connection: _begin(connection, key, now))

    async def finish(self, key: WorkKey, epoch: int, wanted: int, now: datetime, next_at: datetime | None) -> bool:
        """The end of a good run; due again at once where hints came meanwhile. False: it was not the newest run."""
        values = {"done": wanted, "attempts": 0, "last_error": None}
        return await self._end(key, epoch, values, _due_again(wanted, now, next_at))

    async def fail(
        self, key: WorkKey, epoch: int, wanted: int, *, now: datetime, retry_at: datetime, error: str
    ) -> bool:
        """The end of a failed run; due again at once where hints came meanwhile. False: it was not the newest run."""
        values = {"attempts": tables.work_key.c.attempts + 1, "last_error": error[:_ERROR_LENGTH]}
        return await self._end(key, epoch, values, _due_again(wanted, now, retry_at))

    async def release(self, key: WorkKey, epoch: int, now: datetime) -> bool:
        """The end of a run that was broken off: due now. False: it was not the newest run."""
        return await self._end(key, epoch, {}, literal(now, UtcTime))

    async def recover(self, now: datetime) -> int:
        """Make due again what a process left that is no more; how many keys. Its runs can write no end any more."""
        table = tables.work_key
        left = (
            update(table)
            .where(table.c.started_at.is_not(None))
            .values(
                started_at=None,
                due_at=now,
                epoch=table.c.epoch + 1,
                attempts=table.c.attempts + 1,
                last_error="the process ended while this was being run",
            )
        )
        return await self._database.write(lambda connection: connection.execute(left).rowcount)

    async def state(self, key: WorkKey) -> KeyState | None:
        """How a key stands; None where it was never marked."""
        return await self._database.read(lambda connection: _state(connection, key))

    async def figures(self, now: datetime) -> WorkFigures:
        """How the work stands, for pages and metrics."""
        return await self._database.read(lambda connection: _figures(connection, now))

    async def _end(self, key: WorkKey, epoch: int, values: Mapping[str, Any], due_at: Any) -> bool:  # noqa: ANN401 - an SQL expression of any sort
        table = tables.work_key
        ended = (
            update(table)
            .where(table.c.key == key.text, table.c.epoch == epoch, table.c.started_at.is_not(None))
            .values(started_at=None, due_at=due_at, **values)
        )
        return await self._database.write(lambda connection: connection.execute(ended).rowcount == 1)


def _due(connection: Connection, now: datetime, limit: int) -> tuple[WorkKey, ...]:
    table = tables.work_key
    rows = connection.execute(
        select(table.c.key)
        .where(table.c.due_at <= now, table.c.started_at.is_(None))
        .order_by(table.c.priority.desc(), table.c.due_at, table.c.key)
        .limit(limit)
    )
    return tuple(WorkKey(row.key) for row in rows)


def _begin(connection: Connection, key: WorkKey, now: datetime) -> TakenKey | None:
    table = tables.work_key
    row = connection.execute(
        update(table)
        .where(table.c.key == key.text, table.c.due_at <= now, table.c.started_at.is_(None))
        .values(epoch=table.c.epoch + 1, started_at=now)
        .returning(table.c.epoch, table.c.wanted, table.c.attempts)
    ).one_or_none()
    return None if row is None else TakenKey(key, row.epoch, row.wanted, row.attempts)


def _due_again(wanted: int, now: datetime, otherwise: datetime | None) -> Any:  # noqa: ANN401 - an SQL expression
    return case((tables.work_key.c.wanted > wanted, literal(now, UtcTime)), else_=literal(otherwise, UtcTime))


def _state(connection: Connection, key: WorkKey) -> KeyState | None:
    table = tables.work_key
    row = connection.execute(select(table).where(table.c.key == key.text)).one_or_none()
    if row is None:
        return None
    return KeyState(row.wanted, row.done, row.due_at, row.epoch, row.started_at, row.attempts, row.last_error)


def _figures(connection: Connection, now: datetime) -> WorkFigures:
    table = tables.work_key
    is_due = (table.c.due_at <= now) & table.c.started_at.is_(None)
    row = connection.execute(
        select(
            func.count().filter(is_due).label("due"),
            func.count(table.c.started_at).label("running"),
            func.count(table.c.last_error).label("failing"),
            func.min(table.c.due_at).filter(is_due).label("oldest"),
        ).where(or_(table.c.due_at.is_not(None), table.c.started_at.is_not(None)))
    ).one()
    return WorkFigures(row.due, row.running, row.failing, row.oldest)
