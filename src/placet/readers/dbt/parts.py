"""The values that the parts of the dbt reader hand to one another: templates are rendered, then resolved as SQL.

Rendering replaces what SQL cannot know by *tokens*, identifiers that mean the same in every dialect: a relation
(``ref``, ``source``, ``this``) becomes ``placet_r<n>``, and what is not known a *hole*, ``placet_h<n>``, with its
reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from placet.contracts.model import ColumnRef, Derivation, RowPart

RELATION_TOKEN = "placet_r"  # noqa: S105 - a prefix of identifiers, no secret
HOLE_TOKEN = "placet_h"  # noqa: S105 - a prefix of identifiers, no secret


@dataclass(frozen=True, slots=True)
class RefCall:
    """``ref('package', 'name', v=version)``; package and version are empty where they are not given."""

    name: str
    package: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class SourceCall:
    """``source('source', 'table')``."""

    source: str
    table: str


@dataclass(frozen=True, slots=True)
class Hole:
    """Something in a template that is not known: ``name`` (what was called), why, and its line in the file.

    ``calls`` are the refs and sources that were given to what is not known: it may read all of them. ``given`` is the
    digest of everything that it was given, empty for nothing: the same call of the same means the same. ``columns``: it
    stands for the names of a relation's columns; ``value``: for what the warehouse or the environment says.
    """

    name: str
    reason: str
    line: int
    calls: tuple[RefCall | SourceCall, ...] = ()
    given: str = ""
    columns: bool = False
    value: bool = False


@dataclass(frozen=True, slots=True)
class Rendered:
    """One rendering of a template.

    ``relations`` and ``holes`` by token, as far as they stand in ``sql``. ``calls``: every ref and source that was
    called on the way, also where the call's result was not printed. ``config``: what ``config()`` was given, later
    calls over earlier ones. ``macros``: (path, name) of each macro that ran, directly or not. ``variables``: name and
    canonical JSON of each variable that was read. ``lines``: for each line of ``sql`` (from the first) the template's
    line it came from, as well as it is known. ``uncertain``: conditions and loops that depend on something
    unknown, so that parts of the SQL may be missing. ``incremental``: what ``is_incremental()`` answered.
    ``explored``: those conditions among ``uncertain`` of which every branch has a rendering; ``alternative``: this is
    such a branch's.
    """

    sql: str
    relations: Mapping[str, RefCall | SourceCall]
    holes: Mapping[str, Hole]
    calls: tuple[RefCall | SourceCall, ...]
    config: Mapping[str, object]
    macros: tuple[tuple[str, str], ...]
    variables: tuple[tuple[str, str], ...]
    lines: tuple[int, ...] = ()
    uncertain: tuple[Hole, ...] = ()
    incremental: bool = False
    explored: tuple[Hole, ...] = ()
    alternative: bool = False


class KnownColumn(NamedTuple):
    """A column of a relation that SQL may name: as written, folded, and its type where it is known."""

    name: str
    key: str
    type: str | None = None


@dataclass(frozen=True, slots=True)
class KnownRelation:
    """What a relation token stands for.

    The asset's key, the name that it has in SQL when no alias is given, its columns.

    ``open_ended``: there may be more columns than are listed (nobody lists a source's columns, or a parent has a hole).
    """

    key: str
    identifier: str
    columns: tuple[KnownColumn, ...]
    open_ended: bool = False


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """One column that a query gives.

    Name as written, folded key, type where the SQL says it (a cast, a literal, an input's).

    ``hole`` says why its derivation is not known (then ``derivation`` is None). ``line`` is the line in the SQL given.
    ``inputs`` are the columns that it is made from, also where the rest of it is a hole.
    """

    name: str
    key: str
    type: str | None
    derivation: Derivation | None
    hole: str
    line: int
    inputs: tuple[ColumnRef, ...] = ()


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a query gives and reads.

    ``open_ended``: it may give more columns than are listed, ``reasons`` say why (a star over a relation whose columns
    nobody lists, a hole that may be a list of columns). ``reads_all``: keys of relations of which every column must be
    taken to be read. ``reasons`` is empty when everything was resolved; ``reason_lines`` has each one's line in the SQL
    (0 where there is none). ``named``: every column that the text names, also those that reach no output and no row,
    but without which the query fails. ``compared``: the literals that columns are compared with, as they stand in SQL
    without quotes. ``positional``: keys of relations whose columns are taken by their place (a star in a union).
    ``branches``: of a query that is a union, which values go together with which rows.
    """

    columns: tuple[OutputColumn, ...]
    rows: tuple[RowPart, ...]
    reads: tuple[str, ...]
    reads_all: tuple[str, ...]
    open_ended: bool
    reasons: tuple[str, ...]
    reason_lines: tuple[int, ...] = ()
    named: tuple[ColumnRef, ...] = ()
    compared: tuple[tuple[ColumnRef, str], ...] = ()
    positional: tuple[str, ...] = ()
    branches: tuple[Derivation, ...] = ()
