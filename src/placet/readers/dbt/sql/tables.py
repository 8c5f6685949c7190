"""Tables: what a relation, a CTE or a subquery gives, the rows that it is made of, and what was noticed on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from placet.contracts.model import IDENTITY, ColumnRef
from placet.readers.dbt.parts import Hole, KnownColumn, KnownRelation
from placet.readers.dbt.sql.values import Value, column_value, hole_value, made, union_of
from placet.vocabulary.words import RowPartKind


class Field(NamedTuple):
    """A column that a table gives; ``line`` is 0 where it was not written in this SQL."""

    name: str
    key: str
    value: Value
    line: int = 0


class Part(NamedTuple):
    """Something that decides which rows come out, with its text for people (made from ``value.said`` if empty)."""

    kind: RowPartKind
    value: Value
    words: str = ""


class Reason(NamedTuple):
    """Why something was not resolved, and the line in the SQL."""

    text: str
    line: int


class Table:
    """What a query gives.

    ``opens`` stand for columns that are not listed. ``below`` are the tables whose rows it is made of, ``beside`` those
    that only its values come from. ``bases`` are the keys of all relations below. ``ordered_by`` are the relations
    whose own order of columns shows in the table's (through a star), ``positional`` those whose columns are taken by
    their place. ``branches``: of a union, which values and rows go together.
    """

    __slots__ = (
        "_given",
        "_index",
        "_meanings",
        "bases",
        "below",
        "beside",
        "branches",
        "compared",
        "fields",
        "key",
        "named",
        "opens",
        "ordered_by",
        "parts",
        "positional",
        "reads_all",
        "reasons",
        "star_line",
    )

    def __init__(self, fields: list[Field] | None = None, opens: tuple[Open, ...] = ()) -> None:
        self.fields: list[Field] = [] if fields is None else fields
        self.opens: tuple[Open, ...] = opens
        self.key = ""
        self.ordered_by: frozenset[str] = frozenset()
        self.parts: list[Part] = []
        self.positional: frozenset[str] = frozenset()
        self.below: list[Table] = []
        self.branches: Value | None = None
        self.beside: list[Table] = []
        self.bases: frozenset[str] = frozenset()
        self.named: set[ColumnRef] = set()
        self.compared: set[tuple[ColumnRef, str]] = set()
        self.reads_all: set[str] = set()
        self.reasons: list[Reason] = []
        self.star_line = 0
        self._index: Mapping[str, Value] | None = None
        self._given: dict[str, Value | None] = {}
        self._meanings: frozenset[object] | None = None

    def listed(self) -> list[Field]:
        """Every column that is known to be there, in order."""
        return self.fields

    def value(self, key: str) -> Value | None:
        """The column of that name among those that are listed."""
        if self._index is None:
            index: dict[str, Value] = {}
            for field in self.fields:
                index.setdefault(field.key, field.value)
            self._index = index
        return self._index.get(key)

    def find(self, key: str, name: str) -> Value | None:
        """The column of that name, also where it is not listed but may well be there."""
        value = self.value(key)
        if value is None and self.opens:
            if key not in self._given:
                self._given[key] = any_of([one for opened in self.opens if (one := opened.give(key, name))])
            value = self._given[key]
        return value

    def gives(self, value: Value) -> bool:
        """Whether one of the listed columns, whatever its name, means just what a value means."""
        if self._meanings is None:
            self._meanings = frozenset(field.value.meaning for field in self.listed())
        return value.meaning in self._meanings

    def renamed(self, names: list[tuple[str, str]]) -> Table:
        """The same table with its first columns renamed: (name, key) of each."""
        result = Table(list(self.listed()), self.opens)
        for place, (name, key) in enumerate(names):
            if place < len(result.fields):
                result.fields[place] = result.fields[place]._replace(name=name, key=key)
            elif self.opens:
                # Which of the columns that nobody lists it is, cannot be known.
                result.fields.append(Field(name, key, hole_value(name, self.opens[0].reason)))
        if len(names) >= len(result.fields):
            # A list of names names every column there is.
            result.opens = ()
        result.below = [self]
        result.bases = self.bases
        result.positional = self.ordered_by
        result.star_line = self.star_line
        return result


class RelationTable(Table):
    """A relation that the query reads; its columns become values when somebody asks for them."""

    __slots__ = ("_columns", "_made", "identifier")

    def __init__(self, relation: KnownRelation) -> None:
        super().__init__()
        self.key = relation.key
        self.identifier = relation.identifier
        self.bases = self.ordered_by = frozenset({relation.key})
        if relation.open_ended:
            self.opens = (OpenRelation(relation.key, relation.identifier),)
        rows = Value("rows", (ColumnRef(relation.key, ""),))
        rows.said = relation.identifier
        self.parts.append(Part(RowPartKind.FROM, rows, relation.identifier))
        self._columns: dict[str, KnownColumn] = {}
        for column in relation.columns:
            self._columns.setdefault(column.key, column)
        self._made: dict[str, Value] = {}

    def listed(self) -> list[Field]:
        """Every column that is known to be there, in order."""
        if not self.fields and self._columns:
            for key, column in self._columns.items():
                value = self.value(key)
                if value is not None:
                    self.fields.append(Field(column.name, key, value))
        return self.fields

    def gives(self, value: Value) -> bool:
        """Whether one of the listed columns is just that; none of them has to become a value for it."""
        is_column = value.text == IDENTITY and value.inputs[0].asset == self.key
        return is_column and value.inputs[0].column in self._columns

    def value(self, key: str) -> Value | None:
        """The column of that name among those that are listed."""
        value = self._made.get(key)
        if value is None and (column := self._columns.get(key) or self._unquoted(key)):
            value = self._made[key] = column_value(ColumnRef(self.key, column.key), column.name, column.type)
        return value

    def _unquoted(self, key: str) -> KnownColumn | None:
        """The column that a name in quotes most likely means: few people say in YAML that a name must be quoted."""
        return self._columns.get(key[1:-1]) if key.startswith('"') else None


class Open:
    """Columns that a table has and nobody lists. ``weak`` ones are asked only when nothing else has a name."""

    __slots__ = ("reason", "weak")

    def __init__(self, reason: str, *, weak: bool = False) -> None:
        self.reason = reason
        self.weak = weak

    def give(self, key: str, name: str) -> Value | None:
        """What the column of that name is, if it is one of these; None where it cannot be."""
        raise NotImplementedError

    def keys(self) -> Iterator[str]:
        """The assets whose unlisted columns these are."""
        return iter(())


class OpenRelation(Open):
    """The columns of a relation that nobody lists."""

    __slots__ = ("key",)

    def __init__(self, key: str, identifier: str) -> None:
        super().__init__(f"nobody lists the columns of {identifier}")
        self.key = key

    def give(self, key: str, name: str) -> Value | None:
        """That column of the relation: its name comes from use."""
        return column_value(ColumnRef(self.key, key), name, None)

    def keys(self) -> Iterator[str]:
        """The relation's key."""
        yield self.key


class OpenHole(Open):
    """Columns that a hole may stand for."""

    __slots__ = ("_name",)

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(reason)
        self._name = name

    def give(self, key: str, name: str) -> Value | None:  # noqa: ARG002 - whatever the name
        """A column of which nothing is known."""
        return hole_value(self._name, self.reason)


class OpenValue(Open):
    """The fields of one value: a struct, an element of an array, what a table function gives."""

    __slots__ = ("_value",)

    def __init__(self, value: Value, reason: str, *, weak: bool = False) -> None:
        super().__init__(reason, weak=weak)
        self._value = value

    def give(self, key: str, name: str) -> Value | None:  # noqa: ARG002 - the folded name is enough
        """That field of the value."""
        return made(f"field.{key}", (self._value,))


class OpenGenerated(Open):
    """What Spark's ``explode`` gives where nobody names it: an array's elements, or a map's keys and values."""

    __slots__ = ("_names", "_value")

    def __init__(self, value: Value, numbered: bool) -> None:  # noqa: FBT001 - with their places
        super().__init__(value.hole or "explode gives col, or key and value")
        self._value = value
        self._names = ("pos", "col", "key", "value") if numbered else ("col", "key", "value")

    def give(self, key: str, name: str) -> Value | None:  # noqa: ARG002 - the folded name is enough
        """That part of what is generated; None where it has another name."""
        return made(f"generated.{key}", (self._value,)) if key in self._names else None


class OpenUnion(Open):
    """The columns that the branches of a union have beside those that are listed."""

    __slots__ = ("_tables",)

    def __init__(self, tables: list[Table]) -> None:
        super().__init__(next(opened.reason for table in tables for opened in table.opens))
        self._tables = tables

    def give(self, key: str, name: str) -> Value | None:
        """That column of every branch that has it."""
        values = [value for table in self._tables if (value := table.find(key, name))]
        return union_of(values) if values else None

    def keys(self) -> Iterator[str]:
        """The assets whose unlisted columns these are."""
        for table in self._tables:
            for opened in table.opens:
                yield from opened.keys()


class Without(Open):
    """The columns of another open table, but for some names."""

    __slots__ = ("_names", "_of")

    def __init__(self, opened: Open, names: frozenset[str]) -> None:
        super().__init__(opened.reason, weak=opened.weak)
        self._of = opened
        self._names = names

    def give(self, key: str, name: str) -> Value | None:
        """That column, unless it is left out."""
        return None if key in self._names else self._of.give(key, name)

    def keys(self) -> Iterator[str]:
        """The assets whose unlisted columns these are."""
        return self._of.keys()


class AsSeen(Open):
    """The columns of another open table, as a query with several relations sees them."""

    __slots__ = ("_of", "_see")

    def __init__(self, opened: Open, see: Seeing) -> None:
        super().__init__(opened.reason, weak=opened.weak)
        self._of = opened
        self._see = see

    def give(self, key: str, name: str) -> Value | None:
        """That column, seen from there."""
        value = self._of.give(key, name)
        return None if value is None else self._see.see(key, value)

    def keys(self) -> Iterator[str]:
        """The assets whose unlisted columns these are."""
        return self._of.keys()


class Seeing:
    """A place from which the columns of a table are seen."""

    __slots__ = ()

    def see(self, key: str, value: Value) -> Value:
        """The value as it is seen from here."""
        raise NotImplementedError


def any_of(values: list[Value]) -> Value | None:
    """The one value that a name can mean; all of them together where nothing says which one it is."""
    if not values:
        return None
    return values[0] if len(values) == 1 else union_of(values, head="any")


def rows_of(table: Table) -> list[Part]:
    """Everything that shapes a table's rows, through all tables below it.

    Each stands there once, in an order that does not depend on how the query is written.
    """
    found: dict[tuple[RowPartKind, tuple[str, tuple[ColumnRef, ...]]], Part] = {}
    for one in walk(table, beside=False):
        for part in one.parts:
            found.setdefault((part.kind, part.value.meaning), part)
    return [found[key] for key in sorted(found, key=lambda key: (_RANK[key[0]], key[1]))]


def walk(table: Table, *, beside: bool) -> Iterator[Table]:
    """The table and everything that it uses for its rows (and, with ``beside``, for its values), each once."""
    waiting = [table]
    met = {id(table)}
    while waiting:
        one = waiting.pop()
        yield one
        for lower in reversed(one.below + one.beside if beside else one.below):
            if id(lower) not in met:
                met.add(id(lower))
                waiting.append(lower)


_RANK = {kind: rank for rank, kind in enumerate(RowPartKind)}


def open_table(opened: Open) -> Table:
    """A table of which nothing is listed."""
    return Table(opens=(opened,))


def hole_table(hole: Hole) -> Table:
    """The table that a hole stands for."""
    table = open_table(OpenHole(hole.name, hole.reason))
    table.reasons.append(Reason(hole.reason, 0))
    return table
