"""The table of keys in memory; it passes the same contract tests as the one in a database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from placet.app.snapshot import DirtyKind, WorkKey


@dataclass
class KeyRow:
    """A row, as 7-running describes it."""

    key: WorkKey
    wanted: int = 0
    done: int = 0
    due_at: datetime | None = None
    epoch: int = 0
    started_at: datetime | None = None
    attempts: int = 0
    last_error: str | None = None


@dataclass(frozen=True, slots=True)
class TakenRow:
    key: WorkKey
    epoch: int
    wanted: int
    attempts: int


@dataclass(frozen=True, slots=True)
class RowFigures:
    due: int
    running: int
    failing: int
    oldest_due_at: datetime | None


class MemoryWork:
    """``work.table.WorkTable`` without a database; ``rows`` is there for tests to look at."""

    def __init__(self) -> None:
        self.rows: dict[WorkKey, KeyRow] = {}

    def mark(self, keys: Iterable[WorkKey], now: datetime) -> None:
        for key in set(keys):
            row = self.rows.setdefault(key, KeyRow(key))
            row.wanted += 1
            row.due_at = now if row.due_at is None else min(row.due_at, now)

    async def due(self, now: datetime, limit: int) -> tuple[WorkKey, ...]:
        rows = [row for row in self.rows.values() if _is_due(row, now)]
        rows.sort(key=lambda row: (row.key.kind is not DirtyKind.GROUP, row.due_at, row.key))
        return tuple(row.key for row in rows[:limit])

    async def next_due_at(self) -> datetime | None:
        times = [row.due_at for row in self.rows.values() if row.due_at is not None and row.started_at is None]
        return min(times, default=None)

    async def begin(self, key: WorkKey, now: datetime) -> TakenRow | None:
        row = self.rows.get(key)
        if row is None or not _is_due(row, now):
            return None
        row.epoch += 1
        row.started_at = now
        return TakenRow(key, row.epoch, row.wanted, row.attempts)

    async def finish(self, key: WorkKey, epoch: int, wanted: int, now: datetime, next_at: datetime | None) -> bool:
        row = self._ended(key, epoch, now if self.rows[key].wanted > wanted else next_at)
        if row is None:
            return False
        row.done, row.attempts, row.last_error = wanted, 0, None
        return True

    async def fail(
        self, key: WorkKey, epoch: int, wanted: int, *, now: datetime, retry_at: datetime, error: str
    ) -> bool:
        row = self._ended(key, epoch, now if self.rows[key].wanted > wanted else retry_at)
        if row is None:
            return False
        row.attempts += 1
        row.last_error = error
        return True

    async def release(self, key: WorkKey, epoch: int, now: datetime) -> bool:
        return self._ended(key, epoch, now) is not None

    async def recover(self, now: datetime) -> int:
        left = [row for row in self.rows.values() if row.started_at is not None]
        for row in left:
            row.started_at = None
            row.due_at = now
            row.epoch += 1
            row.attempts += 1
            row.last_error = "the process ended while this was being run"
        return len(left)

    async def state(self, key: WorkKey) -> KeyRow | None:
        return self.rows.get(key)

    async def figures(self, now: datetime) -> RowFigures:
        due = [row.due_at for row in self.rows.values() if row.due_at is not None and _is_due(row, now)]
        running = sum(row.started_at is not None for row in self.rows.values())
        failing = sum(row.last_error is not None for row in self.rows.values())
        return RowFigures(len(due), running, failing, min(due, default=None))

    def _ended(self, key: WorkKey, epoch: int, due_at: datetime | None) -> KeyRow | None:
        row = self.rows[key]
        if row.epoch != epoch or row.started_at is None:
            return None
        row.started_at = None
        row.due_at = due_at
        return row


def _is_due(row: KeyRow, now: datetime) -> bool:
    return row.started_at is None and row.due_at is not None and row.due_at <= now
