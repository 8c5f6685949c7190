from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from fakes.clock import START, HeldClock
from placet.app.ports import AuditEntry, Records
from placet.proposals.model import Act, Person, Publication, Source, SourceKind, Standing, Verb
from placet.store import audit
from placet.store.audit import BEGINNING
from placet.store.backends import backend_of
from placet.store.store import DatabaseStore, open_store

FORCED = AuditEntry("force", "pull:1:2", "dana-k", START, {"reason": "PII \ud83d leak", "n": [1, 2.5, None]})
EVERYTHING = Records(
    acts=(
        Act(
            Verb.APPROVE,
            "team:8",
            Person(17, "dana-k"),
            frozenset({"f1"}),
            Source(SourceKind.COMMENT, 5),
            START,
            START,
            Standing.MEMBER,
        ),
    ),
    publication=Publication("h1", "main", START, {}),
    audit=(FORCED,),
)


async def fill(store: DatabaseStore, rows: int) -> None:
    entries = tuple(replace(FORCED, at=START + timedelta(seconds=number)) for number in range(rows))
    await store.record(1, 2, Records(audit=entries), START)


def tamper(url: str, statement: str) -> None:
    backend = backend_of(url)
    with backend.for_migrating() as engine, engine.begin() as connection:
        if backend.is_embedded:
            for trigger in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type='trigger'").all():
                connection.exec_driver_sql(f"DROP TRIGGER {trigger[0]}")
        else:
            connection.exec_driver_sql("ALTER TABLE audit DISABLE TRIGGER USER")
        assert backend.missing_guards(connection)
        connection.exec_driver_sql(statement)


async def test_an_empty_trail_is_sound(database_store: DatabaseStore) -> None:
    check = await database_store.verify_audit()
    assert (check.problem, check.head.rows, check.head.hash) == ("", 0, BEGINNING)


async def test_a_trail_that_nobody_touched_is_sound(
    database_store: DatabaseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "_ROWS_AT_ONCE", 7)
    await fill(database_store, 21)
    check = await database_store.verify_audit()
    assert (check.problem, check.head.rows) == ("", 21)
    assert check.head == await database_store.audit_head()


async def test_entries_come_back_by_subject(database_store: DatabaseStore) -> None:
    other = replace(FORCED, subject="pull:1:3")
    await database_store.record(1, 2, Records(audit=(FORCED, other)), START)
    assert await database_store.audit_entries("pull:1:2") == (FORCED,)


async def test_the_same_entry_is_added_once(database_store: DatabaseStore) -> None:
    elsewhere = FORCED.at.astimezone(timezone(timedelta(hours=5)))
    for entry in (FORCED, FORCED, replace(FORCED, at=elsewhere), replace(FORCED, actor="li-wei")):
        await database_store.record(1, 2, Records(audit=(entry,)), START)
    assert (await database_store.verify_audit()).head.rows == 2


async def test_text_that_no_database_holds_does_not_break_the_chain(database_store: DatabaseStore) -> None:
    await database_store.record(1, 2, Records(audit=(replace(FORCED, actor="\ud83d\0x", kind="\udfff"),)), START)
    assert (await database_store.verify_audit()).problem == ""


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE audit SET actor = 'somebody' WHERE id = 5", "row 5: it is not what was written"),
        ("UPDATE audit SET at = '2020-01-01 00:00:00.000000' WHERE id = 5", "row 5: it is not what was written"),
        ("UPDATE audit SET facts = '{}' WHERE id = 5", "row 5: it is not what was written"),
        ("DELETE FROM audit WHERE id = 5", "row 5: it is missing; the next one is 6"),
        ("DELETE FROM audit WHERE id = 1", "row 1: it is missing; the next one is 2"),
        ("UPDATE audit SET previous = 'x' WHERE id = 5", "row 5: it does not follow the row before"),
        (
            "INSERT INTO audit SELECT 0, kind, subject, actor, at, facts, 'e', 'p', 'h' FROM audit WHERE id = 1",
            "row 1: it is missing; the next one is 0",
        ),
    ],
)
async def test_a_row_that_was_changed_behind_our_back_is_found(
    database_store: DatabaseStore, store_url: str, statement: str, problem: str
) -> None:
    await fill(database_store, 9)
    tamper(store_url, statement)
    check = await database_store.verify_audit()
    assert check.problem == problem


async def test_rows_cut_off_at_the_end_show_in_the_head(database_store: DatabaseStore, store_url: str) -> None:
    await fill(database_store, 9)
    head = await database_store.audit_head()
    tamper(store_url, "DELETE FROM audit WHERE id = 9")
    check = await database_store.verify_audit()
    assert check.problem == ""
    assert check.head != head


@pytest.fixture
async def sqlite_store(sqlite_url: str, clock: HeldClock) -> AsyncIterator[DatabaseStore]:
    async with open_store(sqlite_url, clock, migrates=False) as opened:
        yield opened


@pytest.mark.parametrize("table", ["act", "audit", "publication"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {table} SET at = '2020-01-01 00:00:00.000000'",
        "DELETE FROM {table}",
        "INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
        "REPLACE INTO {table} SELECT * FROM {table} LIMIT 1",
        "UPDATE OR REPLACE {table} SET id = 7",
    ],
)
async def test_an_embedded_database_refuses_to_change_what_may_only_be_added_to(
    sqlite_store: DatabaseStore, database_file: Path, table: str, statement: str
) -> None:
    await sqlite_store.record(1, 2, EVERYTHING, START)
    with (
        closing(sqlite3.connect(database_file)) as connection,
        pytest.raises(sqlite3.IntegrityError, match=f"{table} is append-only"),
    ):
        connection.execute(statement.format(table=table))


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT OR REPLACE INTO audit SELECT 9, kind, subject, actor, at, facts, entry, 'p', 'h' FROM audit",
        "INSERT OR REPLACE INTO audit SELECT 9, kind, subject, actor, at, facts, 'e', previous, 'h' FROM audit",
        """INSERT OR REPLACE INTO act SELECT 9, proposal_id, 'block', team_id, 1, 'x', 1, '[]', source_kind, source_id,
                  source_line, at, seen_at, standing, note, until, arguments FROM act""",
    ],
)
async def test_a_replacement_under_another_id_is_refused_as_well(
    sqlite_store: DatabaseStore, database_file: Path, statement: str
) -> None:
    await sqlite_store.record(1, 2, EVERYTHING, START)
    with (
        closing(sqlite3.connect(database_file)) as connection,
        pytest.raises(sqlite3.IntegrityError, match="is append-only"),
    ):
        connection.execute(statement)


async def test_guarding_a_long_trail_reads_no_whole_table(sqlite_store: DatabaseStore, database_file: Path) -> None:
    await sqlite_store.record(1, 2, EVERYTHING, START)
    with closing(sqlite3.connect(database_file)) as connection:
        for (sql,) in connection.execute(
            "SELECT sql FROM sqlite_master WHERE name LIKE '%_refuses_replace'"
        ).fetchall():
            condition = sql[sql.index("WHEN ") + 5 : sql.index(" BEGIN SELECT")]
            columns = dict.fromkeys(("id", "entry", "previous", "hash", "proposal_id"), "1")
            columns |= dict.fromkeys(("source_kind", "source_id", "source_line", "team_id"), "1")
            for name, value in columns.items():
                condition = condition.replace(f"NEW.{name}", value)
            plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN SELECT {condition}")]
            assert not [step for step in plan if step.startswith("SCAN") and "CONSTANT" not in step]


@pytest.mark.parametrize("table", ["act", "audit", "publication"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {table} SET at = '2020-01-01 00:00:00Z'",
        "DELETE FROM {table}",
        "TRUNCATE {table}",
        "TRUNCATE {table} CASCADE",
        "INSERT INTO {table} SELECT * FROM {table} ON CONFLICT (id) DO UPDATE SET at = '2020-01-01 00:00:00Z'",
        "MERGE INTO {table} USING (SELECT 1) one ON true WHEN MATCHED THEN DELETE",
    ],
)
async def test_a_server_refuses_to_change_what_may_only_be_added_to(
    postgres_url: str, clock: HeldClock, table: str, statement: str
) -> None:
    async with open_store(postgres_url, clock) as opened:
        await opened.record(1, 2, EVERYTHING, START)
    with (
        backend_of(postgres_url).for_migrating() as engine,
        engine.connect() as connection,
        pytest.raises(IntegrityError, match=f"{table} is append-only"),
    ):
        connection.exec_driver_sql(statement.format(table=table))


async def test_the_trail_of_many_processes_is_one_chain(store_url: str, clock: HeldClock) -> None:
    async with (
        open_store(store_url, clock, migrates=False) as first,
        open_store(store_url, clock, migrates=False) as second,
    ):
        entries = [replace(FORCED, at=START + timedelta(seconds=number)) for number in range(60)]
        await asyncio.gather(
            *(
                (first, second)[number % 2].record(1, number % 7, Records(audit=(entry,)), START)
                for number, entry in enumerate(entries)
            )
        )
        check = await first.verify_audit()
        assert (check.problem, check.head.rows) == ("", 60)
