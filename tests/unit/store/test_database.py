from __future__ import annotations

import asyncio
import shutil
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select, text, update

from placet.errors import Unavailable
from placet.store import migrate, sqlite, tables
from placet.store.backends import backend_of
from placet.store.database import Database

KEY = {"key": "pull:1:2", "done": 0, "epoch": 0, "attempts": 0, "priority": 0}


def add_one(connection: Connection) -> None:
    table = tables.work_key
    wanted = connection.execute(select(table.c.wanted)).scalar_one()
    connection.execute(update(table).values(wanted=wanted + 1))


@pytest.fixture
def database(database_file: Path, empty_database: Path) -> Database:
    shutil.copy(empty_database, database_file)
    return backend_of(f"sqlite:///{database_file}").open()


async def test_no_update_is_lost_between_two_processes(database: Database, database_file: Path) -> None:
    other = backend_of(f"sqlite:///{database_file}").open()
    await database.write(lambda connection: connection.execute(insert(tables.work_key).values(wanted=0, **KEY)))
    await asyncio.gather(*(one.write(add_one) for one in [database, other] * 75))
    assert await database.read(lambda connection: connection.execute(select(tables.work_key.c.wanted)).scalar()) == 150
    await other.close()
    await database.close()


async def test_reading_cannot_write(database: Database) -> None:
    with pytest.raises(Unavailable, match="readonly"):
        await database.read(add_one_row)
    await database.close()


async def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    def half(connection: Connection) -> None:
        add_one_row(connection)
        raise KeyError("half way")

    with pytest.raises(KeyError):
        await database.write(half)
    await database.write(add_one_row)
    assert await database.read(rows) == 1
    await database.close()


async def test_who_stops_waiting_does_not_stop_the_transaction(database: Database) -> None:
    writing = asyncio.create_task(database.write(add_one_row))
    await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    await database.write(lambda _: None)
    assert await database.read(rows) == 1
    await database.close()


async def test_closing_waits_for_what_is_under_way(database: Database, database_file: Path) -> None:
    writing = [asyncio.create_task(database.write(add_one_row)) for _ in range(1)]
    await asyncio.sleep(0)
    await database.close()
    assert all(one.done() for one in writing)
    connection = sqlite3.connect(database_file)
    assert connection.execute("SELECT count(*) FROM work_key").fetchone() == (1,)
    connection.close()


async def test_a_database_that_somebody_holds_is_unavailable(
    database_file: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate.upgrade(database_url)
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0)
    database = backend_of(f"sqlite:///{database_file}").open()
    holder = sqlite3.connect(database_file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="database is locked"):
        await database.write(add_one_row)
    assert await database.read(rows) == 0
    holder.execute("ROLLBACK")
    await database.write(add_one_row)
    holder.close()
    await database.close()


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 15_000)]
)
async def test_the_writer_is_set_up_to_lose_nothing(database: Database, pragma: str, value: object) -> None:
    def setting(connection: Connection) -> object:
        return connection.execute(text(f"PRAGMA {pragma}")).scalar_one()

    assert await database.write(setting) == value
    await database.close()


async def test_a_reader_sees_one_state_from_its_first_look_on(database: Database) -> None:
    looked, written = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def look_twice(connection: Connection) -> tuple[int, int]:
        first = rows(connection)
        loop.call_soon(looked.set)
        connection.exec_driver_sql("SELECT 1")
        while not written.is_set():
            connection.exec_driver_sql("SELECT 1")
        return first, rows(connection)

    reading = asyncio.create_task(database.read(look_twice))
    await looked.wait()
    await database.write(add_one_row)
    written.set()
    assert await reading == (0, 0)
    assert await database.read(rows) == 1
    await database.close()


def add_one_row(connection: Connection) -> None:
    connection.execute(insert(tables.work_key).values(wanted=0, **KEY))


def rows(connection: Connection) -> int:
    return len(connection.execute(select(tables.work_key.c.key)).all())
