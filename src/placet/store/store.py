"""The store: the database behind the port of the use cases, and what else the edges ask of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from placet.app.ports import AuditEntry, Clock, Delivery, PublishedVersion, Records
from placet.app.snapshot import HeadHint, OrganisationFile, Repository, Routed, Utterance, WorkKey
from placet.proposals.model import Ledger
from placet.store import (
    audit,
    deliveries,
    ledger,
    migrate,
    organisations,
    records,
    repositories,
    results,
    team_names,
    versions,
    work_keys,
)
from placet.store.audit import AuditCheck, AuditHead
from placet.store.backends import backend_of
from placet.store.database import Database
from placet.store.intake import Intake
from placet.store.work_keys import WorkKeys

# A pull request that was closed so lately may have been reopened and merged without our having heard of it.
WITHDRAWN_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows were removed, because nobody can need them any more."""

    deliveries: int
    results: int


@asynccontextmanager
async def open_store(database_url: str, clock: Clock, *, migrates: bool = True) -> AsyncIterator[DatabaseStore]:
    """The store in the database at that address; closed at the end.

    ``migrates``: an embedded one is brought to the tables that it needs, of a server's they are demanded. Raises
    Refused where the address names no database that can be opened, or one with other tables.
    """
    store = await DatabaseStore.open(database_url, clock, migrates=migrates)
    try:
        yield store
    finally:
        await store.close()


class DatabaseStore:
    """``app.ports.Store`` in a database. ``work`` is the table of keys, for those who run them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._intake = Intake(database)
        self._used_results: set[tuple[str, str]] = set()
        self.work = WorkKeys(database)

    @classmethod
    async def open(cls, database_url: str, clock: Clock, *, migrates: bool = True) -> DatabaseStore:
        """See ``open_store``; somebody has to call ``close``."""
        backend = backend_of(database_url)
        if migrates:
            bring_up = migrate.upgrade if backend.is_embedded else migrate.require_newest
            await asyncio.to_thread(bring_up, database_url)
        return cls(backend.open(), clock)

    async def close(self) -> None:
        """Finish what is under way and let go of the database."""
        await self._intake.close()
        await self._database.close()

    async def receive(self, delivery: Delivery) -> bool:
        return await self._intake.receive(delivery)

    async def unprocessed(self, limit: int) -> tuple[Delivery, ...]:
        return await self._database.read(lambda connection: deliveries.unprocessed(connection, limit))

    async def processed(self, guid: str, routed: Routed, now: datetime) -> None:
        await self._database.write(lambda connection: deliveries.processed(connection, guid, routed, now))

    async def dead(self, guid: str, error: str, now: datetime) -> None:
        await self._database.write(lambda connection: deliveries.dead(connection, guid, error, now))

    async def mark(self, keys: Iterable[WorkKey], now: datetime) -> None:
        wanted = tuple(keys)
        await self._database.write(lambda connection: work_keys.mark(connection, wanted, now))

    async def save_repositories(self, repositories_now: Sequence[Repository]) -> None:
        await self._database.write(
            lambda connection: repositories.save(connection, repositories_now, self._clock.now())
        )

    async def repository(self, repository_id: int) -> Repository | None:
        return await self._database.read(lambda connection: repositories.one(connection, repository_id))

    async def all_repositories(self) -> tuple[Repository, ...]:
        return await self._database.read(repositories.covered)

    async def heard(self, repository_id: int, number: int) -> tuple[Utterance, ...]:
        return await self._database.read(lambda connection: deliveries.heard(connection, repository_id, number))

    async def head_hint(self, repository_id: int, number: int) -> tuple[str, datetime] | None:
        return await self._database.read(lambda connection: deliveries.head_hint(connection, repository_id, number))

    async def saw_head(self, repository_id: int, number: int, head_sha: str, updated_at: datetime) -> None:
        hint = HeadHint(repository_id, number, head_sha, updated_at)
        await self._database.write(lambda connection: deliveries.hint(connection, (hint,)))

    async def pulls_at(self, repository_id: int, sha: str) -> tuple[int, ...]:
        return await self._database.read(lambda connection: tuple(deliveries.pulls_at(connection, repository_id, sha)))

    async def doubt(self, repository_id: int, numbers: Sequence[int]) -> None:
        wanted = tuple(numbers)
        await self._database.write(lambda connection: records.doubt(connection, repository_id, wanted))

    async def ledger(self, repository_id: int, number: int) -> Ledger:
        return await self._database.read(lambda connection: ledger.ledger(connection, repository_id, number))

    async def record(self, repository_id: int, number: int, recorded: Records, now: datetime) -> Ledger:
        def work(connection: Connection) -> Ledger:
            records.record(connection, repository_id, number, recorded, now)
            return ledger.ledger(connection, repository_id, number)

        return await self._database.write(work)

    async def open_proposals(self) -> tuple[tuple[int, int], ...]:
        since = self._clock.now() - WITHDRAWN_FOR
        return await self._database.read(lambda connection: ledger.open_proposals(connection, since))

    async def last_versions(self, repository_id: int, branch: str) -> tuple[PublishedVersion, ...]:
        return await self._database.read(lambda connection: versions.newest(connection, repository_id, branch))

    async def remember_teams(self, owner_id: int, teams: Mapping[str, str]) -> None:
        await self._database.write(lambda connection: team_names.remember(connection, owner_id, teams))

    async def remembered_teams(self, owner_id: int, names: Sequence[str]) -> Mapping[str, str]:
        return await self._database.read(lambda connection: team_names.remembered(connection, owner_id, names))

    async def remember_organisation(self, owner_id: int, data: bytes | None, now: datetime) -> None:
        await self._database.write(lambda connection: organisations.remember(connection, owner_id, data, now))

    async def remembered_organisation(self, owner_id: int) -> OrganisationFile | None:
        return await self._database.read(lambda connection: organisations.remembered(connection, owner_id))

    async def cached(self, kind: str, key: str) -> bytes | None:
        data = await self._database.read(lambda connection: results.cached(connection, kind, key))
        if data is not None:
            # Written down by the next ``prune`` only: a read should not have to wait for its turn to write.
            self._used_results.add((kind, key))
        return data

    async def keep(self, kind: str, key: str, data: bytes, now: datetime) -> None:
        small = results.packed(data)
        if small is not None:
            await self._database.write(lambda connection: results.keep(connection, kind, key, small, now))

    async def prune(self, now: datetime, *, max_result_bytes: int = results.MAX_BYTES) -> Pruned:
        """Remove old deliveries, and results that nobody used for long or that do not fit into the size."""
        used, self._used_results = self._used_results, set()

        def work(connection: Connection) -> Pruned:
            results.touch(connection, used, now)
            return Pruned(
                deliveries=deliveries.prune(connection, now),
                results=results.prune(connection, now, max_result_bytes),
            )

        return await self._database.write(work)

    async def audit_head(self) -> AuditHead:
        """The audit trail's newest row, for a metric and a daily line in the log."""
        return await self._database.read(audit.head)

    async def verify_audit(self) -> AuditCheck:
        """Walk the audit trail's chain; its ``problem`` is empty where every row is what was written."""
        return await self._database.read(audit.check)

    async def audit_entries(self, subject: str) -> tuple[AuditEntry, ...]:
        """The audit entries on one subject, oldest first."""
        return await self._database.read(lambda connection: audit.about(connection, subject))
