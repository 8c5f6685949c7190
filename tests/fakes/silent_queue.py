"""A queue that runs nothing and remembers whom it was to wake."""

from __future__ import annotations

from collections.abc import Iterable

from placet.app.ports import Reconcile
from placet.app.snapshot import WorkKey


class SilentQueue:
    """``app.ports.Queue`` for tests of those who wake it."""

    def __init__(self) -> None:
        self.woken: list[WorkKey] = []

    async def start(self, reconcile: Reconcile, *, concurrency: int) -> None:
        """Nothing is run."""

    def wake(self, keys: Iterable[WorkKey]) -> None:
        self.woken += keys

    async def stop(self, grace_seconds: float) -> None:
        """Nothing runs."""
