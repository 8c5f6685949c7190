"""The sweep: now and then everything is looked at anew, for all that deliveries have missed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from placet.app.organisation import Organisations
from placet.app.ports import Clock, Forge, Queue, Store
from placet.app.snapshot import Repository, WorkKey
from placet.errors import Expected

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did: repositories looked at, those (and organisations) that could not be, and keys marked."""

    repositories: int
    failed: int
    keys: int


class Sweep:
    """Marks every open pull request, and every open proposal, as perhaps out of date.

    Open proposals too, because a pull request that was merged or closed unheard is no open one any more.
    """

    def __init__(
        self,
        forge: Forge,
        store: Store,
        queue: Queue,
        clock: Clock,
        *,
        every: timedelta,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._forge = forge
        self._store = store
        self._queue = queue
        self._clock = clock
        self._every = every
        self._sleep = sleep
        self._organisations = Organisations(forge, store, clock)
        self._under_way = asyncio.Lock()

    async def run(self) -> None:
        """Sweep now, and again each time that the interval has passed, until cancelled."""
        while True:
            try:
                swept = await self.sweep()
                log.info("swept", repositories=swept.repositories, failed=swept.failed, keys=swept.keys)
            except Exception as error:  # noqa: BLE001 - an outer loop: the next sweep makes up for this one
                _log_error("sweep_failed", error)
            await self._sleep(self._every.total_seconds())

    async def sweep(self) -> Swept:
        """Sweep once; who comes while one is under way waits for it first. Raises what the store raises."""
        async with self._under_way:
            repositories = await self._repositories()
            failed = await self._refresh(repositories)
            keys = 0
            for repository in repositories:
                try:
                    keys += await self._sweep_repository(repository)
                except Exception as error:  # noqa: BLE001 - one repository's error must not keep the others out
                    failed += 1
                    _log_error("repository_not_swept", error, repository.full_name)
            covered = {repository.id for repository in repositories}
            proposals = await self._store.open_proposals()
            keys += await self._mark(WorkKey.pull(*one) for one in proposals if one[0] in covered)
            return Swept(len(repositories), failed, keys)

    async def _repositories(self) -> tuple[Repository, ...]:
        try:
            found = await self._forge.repositories()
        except Expected as error:
            # Those that are known can be looked at all the same.
            _log_error("repositories_not_listed", error)
        else:
            await self._store.save_repositories(found)
        return await self._store.all_repositories()

    async def _refresh(self, repositories: Sequence[Repository]) -> int:
        """Look again at what holds for all of an organisation; how often that failed."""
        self._forge.forget_teams()
        failed = 0
        for one in {one.owner_id: one for one in repositories}.values():
            try:
                await self._organisations.refreshed(one)
            except Exception as error:  # noqa: BLE001 - one organisation's error must not keep the others out
                failed += 1
                _log_error("organisation_not_read", error, one.owner)
        return failed

    async def _sweep_repository(self, repository: Repository) -> int:
        numbers = await self._forge.open_pulls(repository)
        await self._store.doubt(repository.id, numbers)
        return await self._mark(WorkKey.pull(repository.id, number) for number in numbers)

    async def _mark(self, keys: Iterable[WorkKey]) -> int:
        marked = tuple(keys)
        if marked:
            await self._store.mark(marked, self._clock.now())
            self._queue.wake(marked)
        return len(marked)


def _log_error(event: str, error: Exception, repository: str = "") -> None:
    if isinstance(error, Expected):
        log.warning(event, error=str(error), repository=repository)
    else:
        log.error(event, exc_info=error, repository=repository)
