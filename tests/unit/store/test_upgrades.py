"""Bringing databases up to date, of both kinds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Date, DateTime, Integer, LargeBinary, MetaData, Table, insert, select

from fakes.clock import START, HeldClock
from fakes.migration_steps import with_next_step
from placet.app.ports import AuditEntry, Records
from placet.errors import Refused
from placet.store import migrate
from placet.store.backends import backend_of
from placet.store.store import open_store
from placet.store.tables import metadata

REVISIONS = [one.revision for one in ScriptDirectory.from_config(migrate._config()).walk_revisions()][::-1]
NEWEST = REVISIONS[-1]


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/placet.db"
    address: str = request.getfixturevalue("postgres_empty_url")
    return address


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    backend = backend_of(url)
    backend.prepare()
    with backend.for_migrating() as engine, engine.begin() as connection:
        yield connection


def test_an_empty_database_becomes_exactly_the_tables_that_the_code_knows(url: str) -> None:
    assert migrate.upgrade(url).before == ""
    with connected(url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        assert not backend_of(url).missing_guards(connection)
        assert context.get_current_revision() == NEWEST


def test_upgrading_again_does_nothing(url: str) -> None:
    assert migrate.upgrade(url).before == ""
    done = migrate.upgrade(url)
    assert (done.before, done.now, done.copy) == (NEWEST, NEWEST, "")
    assert migrate.revision_of(url) == NEWEST


@pytest.mark.parametrize("revision", REVISIONS)
def test_an_upgrade_from_any_revision_keeps_every_row(url: str, revision: str) -> None:
    with connected(url) as connection:
        config = migrate._config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        backend_of(url).stand_guards(connection)
        filled(connection)
        before = rows(connection)
    assert migrate.upgrade(url).before == revision
    with connected(url) as connection:
        after = rows(connection)
        assert not backend_of(url).missing_guards(connection)
    assert len(before) > 10
    for table, row in before.items():
        assert {name: after[table][name] for name in row} == row


def filled(connection: Connection) -> None:
    """One row in each table, whatever it is; its references are to the one row of the other."""
    for table in reflected(connection):
        values = {column.name: some(column.type, column.name) for column in table.columns}
        connection.execute(insert(table).values(values))


def rows(connection: Connection) -> dict[str, dict[str, Any]]:
    return {
        table.name: dict(connection.execute(select(table)).one()._mapping)
        for table in reflected(connection)
        if connection.execute(select(table)).first() is not None
    }


def reflected(connection: Connection) -> list[Table]:
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != "alembic_version"]


def some(kind: object, name: str) -> object:
    if isinstance(kind, Integer):
        return 1
    if isinstance(kind, DateTime):
        return datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
    if isinstance(kind, Date):
        return date(2026, 1, 2)
    if isinstance(kind, LargeBinary):
        return b"\x00\xff"
    return True if "BOOL" in str(kind).upper() else f"some {name}"


async def test_upgrading_twice_at_once_upgrades_once(url: str) -> None:
    backend_of(url).prepare()
    done = await asyncio.gather(*(asyncio.to_thread(migrate.upgrade, url) for _ in range(3)))
    assert {one.now for one in done} == {NEWEST}
    assert migrate.revision_of(url) == NEWEST


async def test_a_step_that_fails_changes_nothing(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate.upgrade(url)
    entry = AuditEntry("force", "pull:1:2", "dana-k", START)
    async with open_store(url, HeldClock()) as store:
        await store.record(1, 2, Records(forced=True, audit=(entry,)), START)
    with_next_step(monkeypatch, tmp_path / "migrations", more="raise RuntimeError('half way')")
    with pytest.raises(RuntimeError, match="half way"):
        migrate.upgrade(url)
    assert migrate.revision_of(url) == NEWEST
    async with open_store(url, HeldClock(), migrates=False) as store:
        assert (await store.ledger(1, 2)).forced
        assert (await store.verify_audit()).head.rows == 1


def test_a_database_of_a_newer_version_is_refused(url: str) -> None:
    migrate.upgrade(url)
    with connected(url) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Refused, match=r"newer Placet \(revision 9999\)"):
        migrate.upgrade(url)


def test_another_programs_database_is_refused(url: str) -> None:
    with connected(url) as connection:
        connection.exec_driver_sql("CREATE TABLE team (name TEXT)")
    with pytest.raises(Refused, match="of another program"):
        migrate.upgrade(url)


async def test_a_server_that_was_not_brought_up_to_date_is_refused(postgres_empty_url: str) -> None:
    with pytest.raises(Refused, match="has no tables of Placet's yet") as refused:
        async with open_store(postgres_empty_url, HeldClock()):
            pass
    assert refused.value.hint == "run placet db upgrade"


async def test_a_server_whose_triggers_somebody_took_away_is_refused(postgres_url: str) -> None:
    with connected(postgres_url) as connection:
        connection.exec_driver_sql("ALTER TABLE audit DISABLE TRIGGER audit_refuses_delete")
    with pytest.raises(Refused, match="audit_refuses_delete"):
        async with open_store(postgres_url, HeldClock()):
            pass
    migrate.upgrade(postgres_url)
    async with open_store(postgres_url, HeldClock()):
        pass


def test_a_password_is_never_shown() -> None:
    assert backend_of("postgresql://placet:hush@db/placet").name == "postgresql://placet:***@db/placet"
