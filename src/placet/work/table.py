"""What running keys needs of the table that they stand in; the rows and statements are the store's."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from placet.app.snapshot import WorkKey


class Taken(Protocol):
    """A key that is being run: as which run, with how many hints seen, after how many failures in a row."""

    @property
    def key(self) -> WorkKey: ...
    @property
    def epoch(self) -> int: ...
    @property
    def wanted(self) -> int: ...
    @property
    def attempts(self) -> int: ...


class Figures(Protocol):
    """How the work stands: keys due, keys run just now, keys that failed last; the longest overdue one's time."""

    @property
    def due(self) -> int: ...
    @property
    def running(self) -> int: ...
    @property
    def failing(self) -> int: ...
    @property
    def oldest_due_at(self) -> datetime | None: ...


class WorkTable(Protocol):
    """The table of keys. Each method is one transaction, and any may raise Unavailable."""

    async def due(self, now: datetime, limit: int) -> tuple[WorkKey, ...]:
        """The keys to run now, the most urgent first; not those that are being run."""
        ...

    async def next_due_at(self) -> datetime | None:
        """When the next key that nobody runs is due; it may be in the past."""
        ...

    async def begin(self, key: WorkKey, now: datetime) -> Taken | None:
        """Take a due key; None where it is not due any more, or somebody has it."""
        ...

    async def finish(self, key: WorkKey, epoch: int, wanted: int, now: datetime, next_at: datetime | None) -> bool:
        """The end of a good run. False: it was not the newest run, and nothing was changed."""
        ...

    async def fail(
        self, key: WorkKey, epoch: int, wanted: int, *, now: datetime, retry_at: datetime, error: str
    ) -> bool:
        """The end of a failed run. False: it was not the newest run, and nothing was changed."""
        ...

    async def release(self, key: WorkKey, epoch: int, now: datetime) -> bool:
        """The end of a run that was broken off: due now. False: it was not the newest run."""
        ...

    async def recover(self, now: datetime) -> int:
        """Make due again what a process left that is no more; how many keys."""
        ...

    async def figures(self, now: datetime) -> Figures:
        """How the work stands."""
        ...
