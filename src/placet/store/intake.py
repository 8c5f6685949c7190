"""Taking deliveries in: each waits until it is safely written, and under load many share one commit."""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial

from placet.app.ports import Delivery
from placet.errors import Expected
from placet.store import deliveries
from placet.store.database import Database

GROUP = 100

_Waiting = tuple[Delivery, asyncio.Future[bool]]


class Intake:
    """Writes deliveries in groups: those that come while one group is being committed make the next."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[_Waiting] = deque()
        self._writing: asyncio.Task[None] | None = None

    async def receive(self, delivery: Delivery) -> bool:
        """See ``Store.receive``; it is committed when this returns."""
        kept: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((delivery, kept))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        return await kept

    async def close(self) -> None:
        """Write what has been taken in."""
        if self._writing is not None:
            await self._writing

    async def _write(self) -> None:
        while self._waiting:
            group = [self._waiting.popleft() for _ in range(min(GROUP, len(self._waiting)))]
            await self._write_group(group)

    async def _write_group(self, group: list[_Waiting]) -> None:
        try:
            results = await self._database.write(partial(deliveries.receive, deliveries=[one for one, _ in group]))
        except Exception as error:  # noqa: BLE001 - passed on to those who wait; a lost one would wait for ever
            if isinstance(error, Expected) or len(group) == 1:
                _tell_error(group, error)
                return
            # One that cannot be written must not take the others with it.
            for alone in group:
                await self._write_group([alone])
            return
        for (_, kept), result in zip(group, results, strict=True):
            if not kept.done():
                kept.set_result(result)


def _tell_error(group: list[_Waiting], error: Exception) -> None:
    for _, kept in group:
        if not kept.done():
            kept.set_exception(error)
