"""Everything that only PostgreSQL understands: how it is reached, its limits of time, its triggers and locks."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine

from placet.errors import Refused
from placet.store.database import Database
from placet.store.locks import serialise
from placet.store.tables import APPEND_ONLY

DRIVER = "postgresql+psycopg"
CONNECTIONS = 8
CONNECT_SECONDS = 10
# Every statement of ours is short; one that is not has met a lock or a plan gone wrong, and is better tried again.
STATEMENT_SECONDS = 30
LOCK_SECONDS = 15
IDLE_SECONDS = 60
# Whoever alters tables may have to rewrite one.
MIGRATION_SECONDS = 3600

_REFUSES = "placet_refuses"
_WHATS = ("update", "delete", "truncate")


@dataclass(frozen=True)
class PostgresBackend:
    """``backends.Backend`` on a server, for any number of processes."""

    url: URL
    is_embedded = False

    @classmethod
    def at(cls, url: URL) -> PostgresBackend:
        """The database on the server that the address names. Raises Refused where it names none, or no driver is."""
        if importlib.util.find_spec("psycopg") is None:
            hint = "install Placet with its extra: pip install 'placet[postgres]'"
            raise Refused("PostgreSQL's driver is not installed", code="database_url", hint=hint)
        if not url.database:
            hint = "write postgresql://user@host/database"
            raise Refused("DATABASE_URL names no database on its server", code="database_url", hint=hint)
        return cls(url.set(drivername=DRIVER))

    @property
    def name(self) -> str:
        return self.url.set(drivername="postgresql").render_as_string(hide_password=True)

    def exists(self) -> bool:
        return True

    def open(self) -> Database:
        writer = create_async_engine(
            self.url,
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_timeout=LOCK_SECONDS,
            # A server that was started anew leaves dead connections behind.
            pool_pre_ping=True,
            isolation_level="READ COMMITTED",
            connect_args=_arguments(STATEMENT_SECONDS),
        )
        reader = writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        return Database(writer, reader, writers=CONNECTIONS - 2)

    def prepare(self) -> None:
        """The database itself is made by whoever runs the server."""

    @contextmanager
    def for_migrating(self) -> Iterator[Engine]:
        engine = create_engine(self.url, poolclass=NullPool, connect_args=_arguments(MIGRATION_SECONDS))
        try:
            yield engine
        finally:
            engine.dispose()

    def keep_copy(self, engine: Engine, revision: str) -> str:
        """A server's copies are made by its own tools."""
        del engine, revision
        return ""

    def wait_for_turn(self, connection: Connection) -> None:
        serialise(connection, "placet migration")

    def stand_guards(self, connection: Connection) -> None:
        connection.execute(text(_REFUSING_FUNCTION))
        for table in APPEND_ONLY:
            for what in _WHATS:
                each = "STATEMENT" if what == "truncate" else "ROW"
                connection.execute(
                    text(
                        f"CREATE OR REPLACE TRIGGER {table}_refuses_{what} BEFORE {what.upper()} ON {table} "
                        f"FOR EACH {each} EXECUTE FUNCTION {_REFUSES}()"
                    )
                )

    def missing_guards(self, connection: Connection) -> frozenset[str]:
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'"
        rows = connection.execute(text(query))
        wanted = {f"{table}_refuses_{what}" for table in APPEND_ONLY for what in _WHATS}
        return frozenset(wanted - {row.tgname for row in rows})

    def broken_references(self, connection: Connection) -> list[str]:
        """A server holds to its foreign keys also while tables are altered."""
        del connection
        return []


_REFUSING_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {_REFUSES}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""


def _arguments(statement_seconds: int) -> dict[str, Any]:
    limits = {
        "statement_timeout": statement_seconds,
        "lock_timeout": LOCK_SECONDS,
        "idle_in_transaction_session_timeout": IDLE_SECONDS,
    }
    options = " ".join(f"-c {name}={seconds * 1000}" for name, seconds in limits.items())
    return {"options": options, "connect_timeout": CONNECT_SECONDS, "application_name": "placet"}
