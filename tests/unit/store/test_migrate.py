from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from fakes.clock import START, HeldClock
from fakes.migration_steps import with_next_step
from placet.app.ports import AuditEntry, Records
from placet.errors import Refused, Unavailable
from placet.store import migrate, sqlite
from placet.store.store import open_store

NEWEST = migrate.newest_revision()


async def fill(database_url: str) -> None:
    entry = AuditEntry("force", "pull:1:2", "dana-k", START)
    async with open_store(database_url, HeldClock()) as store:
        await store.record(1, 2, Records(forced=True, audit=(entry,)), START)


def test_upgrading_again_does_nothing_and_makes_no_copy(database_file: Path, database_url: str) -> None:
    migrate.upgrade(database_url)
    assert migrate.upgrade(database_url).before == migrate.newest_revision() == migrate.revision_of(database_url)
    assert not list(database_file.parent.glob("placet.db.0*"))


def test_nobody_else_on_the_machine_can_read_the_database(database_file: Path, database_url: str) -> None:
    migrate.upgrade(database_url)
    assert stat.S_IMODE(database_file.stat().st_mode) == 0o600


async def test_a_step_keeps_the_rows_and_the_guards_and_leaves_a_copy(
    database_file: Path, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(database_url)
    with_next_step(monkeypatch, tmp_path / "migrations")
    assert migrate.upgrade(database_url).before == NEWEST
    for file in (database_file, tmp_path / f"placet.db.{NEWEST}"):
        connection = sqlite3.connect(file)
        assert connection.execute("SELECT number, forced FROM proposal").fetchall() == [(2, 1)]
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute("DELETE FROM audit")
        connection.close()
    assert migrate.revision_of(database_url) == "next"
    assert migrate.revision_of(f"sqlite:///{tmp_path}/placet.db.{NEWEST}") == NEWEST


async def test_a_step_that_leaves_rows_that_refer_to_nothing_is_refused(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(database_url)
    orphan = "op.execute(\"INSERT INTO planned (proposal_id, kind, due_at) VALUES (99, 'expiry', '2026-01-01')\")"
    with_next_step(monkeypatch, tmp_path / "migrations", more=orphan)
    with pytest.raises(Refused, match="refer to nothing, in planned"):
        migrate.upgrade(database_url)
    assert migrate.revision_of(database_url) == NEWEST


def test_a_file_that_is_no_database_is_refused(database_file: Path, database_url: str) -> None:
    database_file.write_bytes(b"no database at all, but long enough to have a header in it" * 50)
    with pytest.raises(Refused, match="cannot be used as a database"):
        migrate.upgrade(database_url)


def test_a_database_that_somebody_holds_is_unavailable(
    database_file: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0)
    migrate.upgrade(database_url)
    holder = sqlite3.connect(database_file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="locked"):
        migrate.upgrade(database_url)
    holder.close()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("nonsense", "no address of a database"),
        ("mysql://db/placet", "names a mysql database"),
        ("postgresql://db", "names no database on its server"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:////proc/placet/placet.db", "cannot be opened"),
    ],
)
def test_an_address_that_will_not_do_is_refused_with_a_hint(address: str, said: str) -> None:
    with pytest.raises(Refused, match=said) as refused:
        migrate.upgrade(address)
    assert refused.value.hint
