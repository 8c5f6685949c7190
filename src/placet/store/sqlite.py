"""Everything that only SQLite understands: its settings, how its transactions begin, its copy, its triggers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from placet.errors import Refused
from placet.store.tables import APPEND_ONLY, metadata

BUSY_SECONDS = 15


def file_of(database_url: str) -> Path:
    """The file that an address of an embedded database names. Raises Refused for any other address."""
    hint = "write sqlite:////var/lib/placet/placet.db, say"
    try:
        url = make_url(database_url)
    except ArgumentError:
        raise Refused("DATABASE_URL is no address of a database", code="database_url", hint=hint) from None
    if url.get_backend_name() != "sqlite":
        raise Refused(f"DATABASE_URL names a {url.get_backend_name()} database", code="database_url", hint=hint)
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise Refused("DATABASE_URL names no file", code="database_url", hint=hint)
    return Path(url.database)


def make_private(file: Path) -> None:
    """Make the file, and its folder, where there is none, so that nobody else on the machine can read it."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise Refused(
            f"the database {file} cannot be opened: {error.strerror}",
            code="database_url",
            hint="name a file in a folder that can be written to",
        ) from None


def use_for_writing(engine: Engine) -> None:
    """Set an engine up so that each transaction takes the write lock when it begins, not when it first writes."""
    _set_up(engine, "BEGIN IMMEDIATE", ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"))


def use_for_reading(engine: Engine) -> None:
    """Set an engine up so that it can read only, each transaction from one state of the database."""
    _set_up(engine, "BEGIN", ("query_only=ON",))


def use_for_migrating(engine: Engine) -> None:
    """Set an engine up to alter tables: foreign keys off, because altering a table deletes its rows on the way."""
    _set_up(engine, "BEGIN IMMEDIATE", ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=OFF"))


def copy_to(engine: Engine, target: Path) -> None:
    """Write a whole copy of the database to a file, in place of one that is there already."""
    unfinished = target.with_name(target.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("VACUUM INTO ?", (str(unfinished),))
    finally:
        connection.close()
    unfinished.chmod(0o600)
    unfinished.replace(target)


def broken_references(connection: Connection) -> list[str]:
    """The tables with rows that refer to nothing."""
    return sorted({row[0] for row in connection.execute(text("PRAGMA foreign_key_check"))})


def stand_guards(connection: Connection) -> None:
    """Make the triggers that refuse to change what may only be added to, those that are missing."""
    for table in APPEND_ONLY:
        for statement in _guards(table):
            connection.execute(text(statement))


def guard_names() -> frozenset[str]:
    """The names of all triggers that must stand."""
    return frozenset(f"{table}_refuses_{what}" for table in APPEND_ONLY for what in ("update", "delete", "replace"))


def standing_guards(connection: Connection) -> frozenset[str]:
    """The names of the triggers that do stand."""
    return frozenset(row[0] for row in connection.execute(text("SELECT name FROM sqlite_master WHERE type='trigger'")))


def _guards(table: str) -> tuple[str, ...]:
    refuses = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    # INSERT OR REPLACE removes the old row without any trigger for DELETE; so each key must be looked for before.
    # IS, because a part of a key may be NULL; an index serves it as it does "=".
    keys = [("id",), *sorted(_unique_keys(table))]
    conditions = (" AND ".join(f"{name} IS NEW.{name}" for name in key) for key in keys)
    held = " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {one})" for one in conditions)  # noqa: S608 - our own names
    return (
        f"CREATE TRIGGER IF NOT EXISTS {table}_refuses_update BEFORE UPDATE ON {table} {refuses}",
        f"CREATE TRIGGER IF NOT EXISTS {table}_refuses_delete BEFORE DELETE ON {table} {refuses}",
        f"CREATE TRIGGER IF NOT EXISTS {table}_refuses_replace BEFORE INSERT ON {table} WHEN {held} {refuses}",
    )


def _unique_keys(table: str) -> set[tuple[str, ...]]:
    indexes = {tuple(index.columns.keys()) for index in metadata.tables[table].indexes if index.unique}
    # Of two partial indexes the longer one, compared with IS, says both.
    longest = {key for key in indexes if not any(set(key) < set(other) for other in indexes)}
    single = {(column.name,) for column in metadata.tables[table].columns if column.unique}
    return longest | single


def _set_up(engine: Engine, begin: str, pragmas: tuple[str, ...]) -> None:
    def on_connect(connection: Any, record: object) -> None:  # noqa: ANN401 - the driver's connection, two drivers
        del record
        # The driver's own BEGIN would come late and would not take the lock.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
