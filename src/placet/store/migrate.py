"""Bringing a database to the tables that this version of Placet knows, with a copy kept of what was there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, exc, inspect

from placet.errors import Refused, Unavailable
from placet.store import sqlite

log = structlog.get_logger(__name__)

_FOLDER = Path(__file__).parent / "migrations"


def upgrade(database_url: str) -> str:
    """Bring the database to the newest revision, in one transaction; the revision that it had (empty: it was new).

    Where there are rows and something to do, a copy is kept beside the file, named after the revision it has.
    Raises Refused when a newer Placet wrote it or it cannot be opened, Unavailable while another process holds it.
    """
    file = sqlite.file_of(database_url)
    sqlite.make_private(file)
    with _engine(file) as engine:
        try:
            return _upgraded(engine, file)
        except exc.OperationalError as error:
            raise Unavailable(f"the database {file} does not answer: {error.orig}", code="database") from error
        except exc.DatabaseError as error:
            raise Refused(
                f"{file} cannot be read as a database: {error.orig}",
                code="database_url",
                hint="name another file, or put a copy back in its place",
            ) from error


def revision_of(database_url: str) -> str:
    """The revision that the database has; empty where it has none."""
    with _engine(sqlite.file_of(database_url)) as engine, engine.connect() as connection:
        return _revision(connection)


def newest_revision() -> str:
    """The revision that this version of Placet needs."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def _upgraded(engine: Engine, file: Path) -> str:
    with engine.connect() as connection:
        held = _revision(connection)
        is_foreign = not held and bool(inspect(connection).get_table_names())
    if is_foreign:
        raise Refused(
            f"{file} is the database of another program", code="database_url", hint="name a file of Placet's own"
        )
    _require_known(held, file)
    if held and held != newest_revision():
        copy = file.with_name(f"{file.name}.{held}")
        sqlite.copy_to(engine, copy)
        log.info("database_copied", copy=str(copy), revision=held)
    with engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        # Altering a table drops its triggers in silence; so they are made again and looked for.
        sqlite.stand_guards(connection)
        _check(connection, file)
    return held


def _check(connection: Connection, file: Path) -> None:
    if broken := sqlite.broken_references(connection):
        raise Refused(
            f"{file} has rows that refer to nothing, in {', '.join(broken)}",
            code="database_broken",
            hint="nothing was changed; put a copy back in its place",
        )
    if missing := sqlite.guard_names() - sqlite.standing_guards(connection):
        raise RuntimeError(f"triggers are missing: {', '.join(sorted(missing))}")


def _require_known(held: str, file: Path) -> None:
    if not held:
        return
    try:
        ScriptDirectory.from_config(_config()).get_revision(held)
    except CommandError:
        raise Refused(
            f"{file} was written by a newer Placet (revision {held})",
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


@contextmanager
def _engine(file: Path) -> Iterator[Engine]:
    url = URL.create("sqlite+pysqlite", database=str(file))
    engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": sqlite.BUSY_SECONDS})
    sqlite.use_for_migrating(engine)
    try:
        yield engine
    finally:
        engine.dispose()
