from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path

import pytest

from fakes.clock import START
from placet.app.ports import AuditEntry, Records
from placet.proposals.model import Act, Person, Publication, Source, SourceKind, Standing, Verb
from placet.store import audit
from placet.store.audit import BEGINNING
from placet.store.store import DatabaseStore

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


def tamper(file: Path, statement: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        for trigger in connection.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {trigger[0]}")
        connection.execute(statement)
        connection.commit()


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
    database_store: DatabaseStore, database_file: Path, statement: str, problem: str
) -> None:
    await fill(database_store, 9)
    tamper(database_file, statement)
    check = await database_store.verify_audit()
    assert check.problem == problem


async def test_rows_cut_off_at_the_end_show_in_the_head(database_store: DatabaseStore, database_file: Path) -> None:
    await fill(database_store, 9)
    head = await database_store.audit_head()
    tamper(database_file, "DELETE FROM audit WHERE id = 9")
    check = await database_store.verify_audit()
    assert check.problem == ""
    assert check.head != head


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
async def test_the_database_refuses_to_change_what_may_only_be_added_to(
    database_store: DatabaseStore, database_file: Path, table: str, statement: str
) -> None:
    await database_store.record(1, 2, EVERYTHING, START)
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
    database_store: DatabaseStore, database_file: Path, statement: str
) -> None:
    await database_store.record(1, 2, EVERYTHING, START)
    with (
        closing(sqlite3.connect(database_file)) as connection,
        pytest.raises(sqlite3.IntegrityError, match="is append-only"),
    ):
        connection.execute(statement)


async def test_guarding_a_long_trail_reads_no_whole_table(database_store: DatabaseStore, database_file: Path) -> None:
    await database_store.record(1, 2, EVERYTHING, START)
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
