"""Inserting where a row may stand already: the one place that knows how each database says it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import ColumnElement

Row = Mapping[str, Any]
Insert = sqlite.Insert | postgresql.Insert
Sets = Callable[[Any], Mapping[str, Any]]


def keep_first(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert the rows; where one stands already under any unique key, it stays as it is."""
    if rows:
        connection.execute(_insert(connection, table).on_conflict_do_nothing(), [dict(row) for row in rows])


def overwrite(connection: Connection, table: Table, rows: Sequence[Row], keys: Sequence[str]) -> None:
    """Insert the rows; where one stands already under these columns, it gets the new one's other columns."""
    if not rows:
        return
    others = [name for name in rows[0] if name not in keys]
    change(connection, table, rows, keys, lambda new: {name: new[name] for name in others})


def change(
    connection: Connection,
    table: Table,
    rows: Sequence[Row],
    keys: Sequence[str],
    sets: Sets,
    where: Callable[[Any], ColumnElement[bool]] | None = None,
) -> None:
    """Insert the rows; where one stands already, ``sets`` says from the new row's columns what becomes of it.

    ``where`` says, from the new row's columns too, when anything does.
    """
    if not rows:
        return
    insert = _insert(connection, table)
    statement = insert.on_conflict_do_update(
        index_elements=list(keys),
        set_=sets(insert.excluded),
        where=None if where is None else where(insert.excluded),
    )
    connection.execute(statement, [dict(row) for row in rows])


def _insert(connection: Connection, table: Table) -> Insert:
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
