"""Bringing a database to the tables that this version of Placet knows, with a copy kept of what was there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, exc, inspect

from placet.errors import Refused, Unavailable
from placet.store.backends import Backend, backend_of

log = structlog.get_logger(__name__)

_FOLDER = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What was done: the revision before (empty: the database was new) and now, and where the copy of before is."""

    database: str
    before: str
    now: str
    copy: str = ""


def upgrade(database_url: str) -> Upgraded:
    """Bring the database to the newest revision, in one transaction.

    Where there are rows in an embedded one and something to do, a copy is kept, named after the revision it has.
    Raises Refused when a newer Placet wrote it or it cannot be opened, Unavailable while another process holds it.
    """
    backend = backend_of(database_url)
    backend.prepare()
    with _errors(backend), backend.for_migrating() as engine:
        return _upgraded(engine, backend)


def require_newest(database_url: str) -> None:
    """Raises Refused where the database is not at the revision that this version of Placet needs."""
    backend = backend_of(database_url)
    with _errors(backend), backend.for_migrating() as engine, engine.connect() as connection:
        held = _revision(connection)
        _require_known(held, backend)
        if held != newest_revision():
            what = f"is at revision {held}" if held else "has no tables of Placet's yet"
            raise Refused(
                f"{backend.name} {what}, this version needs {newest_revision()}",
                code="database_older",
                hint="run placet db upgrade",
            )
        _check(connection, backend)


def revision_of(database_url: str) -> str:
    """The revision that the database has; empty where it has none."""
    with backend_of(database_url).for_migrating() as engine, engine.connect() as connection:
        return _revision(connection)


def newest_revision() -> str:
    """The revision that this version of Placet needs."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


@contextmanager
def _errors(backend: Backend) -> Iterator[None]:
    try:
        yield
    except exc.OperationalError as error:
        raise Unavailable(f"the database {backend.name} does not answer: {error.orig}", code="database") from error
    except exc.DatabaseError as error:
        raise Refused(
            f"{backend.name} cannot be used as a database: {error.orig}",
            code="database_url",
            hint="name another one, or put a copy back in its place",
        ) from error


def _upgraded(engine: Engine, backend: Backend) -> Upgraded:
    with engine.connect() as connection:
        held = _revision(connection)
        is_foreign = not held and bool(inspect(connection).get_table_names())
    if is_foreign:
        raise Refused(
            f"{backend.name} is the database of another program",
            code="database_url",
            hint="name one of Placet's own",
        )
    _require_known(held, backend)
    newest = newest_revision()
    copy = ""
    if held and held != newest:
        copy = backend.keep_copy(engine, held)
        if copy:
            log.info("database_copied", copy=copy, revision=held)
    with engine.begin() as connection:
        backend.wait_for_turn(connection)
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        # Altering a table may drop its triggers in silence; so they are made again and looked for.
        backend.stand_guards(connection)
        _check(connection, backend)
    return Upgraded(backend.name, held, newest, copy)


def _check(connection: Connection, backend: Backend) -> None:
    if broken := backend.broken_references(connection):
        raise Refused(
            f"{backend.name} has rows that refer to nothing, in {', '.join(broken)}",
            code="database_broken",
            hint="nothing was changed; put a copy back in its place",
        )
    if missing := backend.missing_guards(connection):
        raise Refused(
            f"{backend.name} lacks the triggers that keep what may only be added to: {', '.join(sorted(missing))}",
            code="database_broken",
            hint="run placet db upgrade, which makes them anew, and find out who dropped them",
        )


def _require_known(held: str, backend: Backend) -> None:
    if not held:
        return
    try:
        ScriptDirectory.from_config(_config()).get_revision(held)
    except CommandError:
        raise Refused(
            f"{backend.name} was written by a newer Placet (revision {held})",
            code="database_newer",
            hint="start that version, or put back the copy that it made",
        ) from None


def _revision(connection: Connection) -> str:
    return MigrationContext.configure(connection).get_current_revision() or ""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
