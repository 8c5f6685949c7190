"""Everything that only SQLite understands: its settings, how its transactions begin, its copy, its triggers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, text
from sqlalchemy.ext.asyncio import create_async_engine

from placet.errors import Refused
from placet.store.database import Database
from placet.store.tables import APPEND_ONLY, metadata

BUSY_SECONDS = 15
READERS = 4


@dataclass(frozen=True)
class SqliteBackend:
    """``backends.Backend`` in a file."""

    file: Path
    is_embedded = True

    @classmethod
    def at(cls, url: URL) -> SqliteBackend:
        """The database in the file that the address names. Raises Refused where it names none."""
        if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
            hint = "write sqlite:////var/lib/placet/placet.db, say"
            raise Refused("DATABASE_URL names no file", code="database_url", hint=hint)
        return cls(Path(url.database))

    @property
    def name(self) -> str:
        return str(self.file)

    def exists(self) -> bool:
        return self.file.is_file()

    def open(self) -> Database:
        url = URL.create("sqlite+aiosqlite", database=str(self.file))
        timeout = {"timeout": BUSY_SECONDS}
        writer = create_async_engine(url, pool_size=1, max_overflow=0, connect_args=timeout)
        reader = create_async_engine(
            url, pool_size=READERS, max_overflow=0, pool_timeout=BUSY_SECONDS, connect_args=timeout
        )
        _use_for_writing(writer.sync_engine)
        _use_for_reading(reader.sync_engine)
        # A pool of writers would wait for one another in the database.
        return Database(writer, reader, writers=1)

    def prepare(self) -> None:
        """Make the file, and its folder, where there is none, so that nobody else on the machine can read it."""
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self.file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        except OSError as error:
            raise Refused(
                f"the database {self.file} cannot be opened: {error.strerror}",
                code="database_url",
                hint="name a file in a folder that can be written to",
            ) from None

    @contextmanager
    def for_migrating(self) -> Iterator[Engine]:
        url = URL.create("sqlite+pysqlite", database=str(self.file))
        engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": BUSY_SECONDS})
        _use_for_migrating(engine)
        try:
            yield engine
        finally:
            engine.dispose()

    def keep_copy(self, engine: Engine, revision: str) -> str:
        copy = self.file.with_name(f"{self.file.name}.{revision}")
        copy_to(engine, copy)
        return str(copy)

    def wait_for_turn(self, connection: Connection) -> None:
        """Its transactions take the write lock when they begin."""

    def stand_guards(self, connection: Connection) -> None:
        for table in APPEND_ONLY:
            for statement in _guards(table):
                connection.execute(text(statement))

    def missing_guards(self, connection: Connection) -> frozenset[str]:
        rows = connection.execute(text("SELECT name FROM sqlite_master WHERE type='trigger'"))
        wanted = {f"{table}_refuses_{what}" for table in APPEND_ONLY for what in ("update", "delete", "replace")}
        return frozenset(wanted - {row.name for row in rows})

    def broken_references(self, connection: Connection) -> list[str]:
        return sorted({row[0] for row in connection.execute(text("PRAGMA foreign_key_check"))})


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


def _use_for_writing(engine: Engine) -> None:
    """Set an engine up so that each transaction takes the write lock when it begins, not when it first writes."""
    _set_up(engine, "BEGIN IMMEDIATE", ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"))


def _use_for_reading(engine: Engine) -> None:
    """Set an engine up so that it can read only, each transaction from one state of the database."""
    _set_up(engine, "BEGIN", ("query_only=ON",))


def _use_for_migrating(engine: Engine) -> None:
    """Set an engine up to alter tables: foreign keys off, because altering a table deletes its rows on the way."""
    _set_up(engine, "BEGIN IMMEDIATE", ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=OFF"))


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
