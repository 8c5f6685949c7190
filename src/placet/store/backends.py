"""Which kinds of database there are: an embedded one in a file, and a PostgreSQL server."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError

from placet.errors import Refused
from placet.store.database import Database
from placet.store.postgres import PostgresBackend
from placet.store.sqlite import SqliteBackend

_HINT = "write sqlite:////var/lib/placet/placet.db, or postgresql://user@host/database"


class Backend(Protocol):
    """Everything in which kinds of database differ."""

    @property
    def name(self) -> str:
        """What the database is called where something is said of it; never with a password."""
        ...

    @property
    def is_embedded(self) -> bool:
        """Whether one process has the database for itself, and brings it up to date when it starts."""
        ...

    def exists(self) -> bool:
        """Whether there is a database to look into at all."""
        ...

    def open(self) -> Database:
        """Its connections."""
        ...

    def prepare(self) -> None:
        """Make what must be there before anybody can connect. Raises Refused where that cannot be."""
        ...

    def for_migrating(self) -> AbstractContextManager[Engine]:
        """A way in for altering tables."""
        ...

    def keep_copy(self, engine: Engine, revision: str) -> str:
        """Keep a copy of the database as it is, named after its revision; where it is, empty where none was made."""
        ...

    def wait_for_turn(self, connection: Connection) -> None:
        """Wait until nobody else alters the tables; held to the transaction's end."""
        ...

    def stand_guards(self, connection: Connection) -> None:
        """Make the triggers that refuse to change what may only be added to, those that are missing."""
        ...

    def missing_guards(self, connection: Connection) -> frozenset[str]:
        """The names of the triggers that must stand and do not."""
        ...

    def broken_references(self, connection: Connection) -> list[str]:
        """The tables with rows that refer to nothing."""
        ...


def backend_of(database_url: str) -> Backend:
    """The kind of database that an address names. Raises Refused where that is none."""
    try:
        url = make_url(database_url)
    except ArgumentError:
        raise Refused("DATABASE_URL is no address of a database", code="database_url", hint=_HINT) from None
    match url.get_backend_name():
        case "sqlite":
            return SqliteBackend.at(url)
        case "postgresql" | "postgres":
            return PostgresBackend.at(url)
        case other:
            raise Refused(f"DATABASE_URL names a {other} database", code="database_url", hint=_HINT)
