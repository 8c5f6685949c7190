"""A catalog of empty relations in DuckDB: what a query gives there, and why it does not bind.

Runs in the benchmark's own environment, with DuckDB and sqlglot and nothing of ours.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import duckdb
import sqlglot

# A relation is three names: database, schema and identifier; a column is its name and its type.
Relation = tuple[str, str, str]
Columns = Sequence[tuple[str, str]]

# What earlier versions took, and public projects still write.
SETTINGS = {"lambda_syntax": "ENABLE_SINGLE_ARROW"}
UNTYPED = '"NULL"'
_DATED = re.compile(r"(?i)(?:_|^)(?:at|on|date|datetime|timestamp|ts|day|month|time)$|(?:date|timestamp)s?$")
_MESSAGE_LINES = 2

logging.getLogger("sqlglot").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Bound:
    """What a query gives: its columns in order; or, without any, why DuckDB refuses it."""

    columns: Columns = ()
    problem: str = ""


class Catalog:
    """Empty relations under the names that the compiled queries know."""

    def __init__(self) -> None:
        self._duckdb = duckdb.connect()
        for name, value in SETTINGS.items():
            self._duckdb.execute(f"set {name} = '{value}'")
        self._places: set[tuple[str, str]] = set()

    def put(self, relation: Relation, columns: Columns) -> None:
        """Set up the relation with these columns, in the place of what was called so; no type: one that fits all."""
        database, schema, identifier = relation
        self._make(database, schema)
        values = ", ".join(f"{_null(type_)} as {quoted(name)}" for name, type_ in _distinct(columns))
        place = ".".join(quoted(part) for part in (database, schema, identifier))
        self._duckdb.execute(f"create or replace view {place} as select {values or '1 as no_column'} where false")

    def bind(self, sql: str) -> Bound:
        """What the query gives."""
        try:
            rows = self._duckdb.execute(f"describe {sql}").fetchall()
        except duckdb.Error as error:
            return Bound(problem=_told(str(error)))
        return Bound(tuple((str(row[0]), str(row[1])) for row in rows))

    def _make(self, database: str, schema: str) -> None:
        if database not in {known for known, _ in self._places}:
            present = {
                row[0] for row in self._duckdb.execute("select database_name from duckdb_databases()").fetchall()
            }
            if database not in present:
                self._duckdb.execute(f"attach ':memory:' as {quoted(database)}")
        if (database, schema) not in self._places:
            self._duckdb.execute(f"create schema if not exists {quoted(database)}.{quoted(schema)}")
            self._places.add((database, schema))


class Catalogs:
    """The same relations three times: with the types that are known, without any, and with dates told by their names.

    What only fails since a type was guessed wrongly binds in one of them.
    """

    def __init__(self) -> None:
        self._all = {"typed": Catalog(), "untyped": Catalog(), "dated": Catalog()}

    def __getitem__(self, name: str) -> Catalog:
        return self._all[name]

    def put(self, relation: Relation, columns: Columns) -> None:
        """Set up the relation in each of them."""
        self._all["typed"].put(relation, columns)
        self._all["untyped"].put(relation, [(name, "") for name, _ in columns])
        self._all["dated"].put(relation, [(name, "TIMESTAMP" if _DATED.search(name) else "") for name, _ in columns])

    def bind(self, sql: str) -> tuple[str, Bound]:
        """The first catalog in which the query binds, with what it gives; else the first refusal."""
        first: Bound | None = None
        for name, catalog in self._all.items():
            found = catalog.bind(sql)
            if not found.problem:
                return name, found
            first = first or found
        return "", first or Bound(problem="no catalog")


def translated(sql: str, dialect: str) -> str:
    """The query in DuckDB's words; empty where it cannot be translated."""
    try:
        return sqlglot.transpile(sql, read=dialect or None, write="duckdb")[0]
    except (sqlglot.errors.SqlglotError, RecursionError, ValueError, IndexError):
        return ""


def relation_named(text: str) -> Relation:
    """The three names of a relation as dbt writes it: ``"database"."schema"."identifier"``."""
    parts = [part.strip('"`') for part in re.findall(r'"[^"]*"|`[^`]*`|[^.]+', text)]
    database, schema, identifier = (["", "main", *parts])[-3:]
    return database, schema, identifier


def quoted(name: str) -> str:
    """The name as an identifier."""
    return '"' + name.replace('"', '""') + '"'


def _null(type_: str) -> str:
    return "null" if not type_ or type_ == UNTYPED else f"cast(null as {type_})"


def _distinct(columns: Columns) -> Iterable[tuple[str, str]]:
    return {name.lower(): (name, type_) for name, type_ in columns}.values()


def _told(message: str) -> str:
    return " ".join(line.strip() for line in message.splitlines()[:_MESSAGE_LINES] if line.strip())[:300]
