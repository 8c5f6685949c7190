"""Scopes: which relations and names an expression sees, and what a name means there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from sqlglot import exp

from placet.readers.dbt.parts import Hole, KnownRelation
from placet.readers.dbt.sql import names
from placet.readers.dbt.sql.parsing import line_of
from placet.readers.dbt.sql.tables import Reason, RelationTable, Seeing, Table, any_of
from placet.readers.dbt.sql.values import (
    Value,
    counted,
    hole_value,
    literal_value,
    made,
    seen_from,
    varying,
)

# What makes the table of a query: (tree, the scope around it, the CTEs it sees, the CTE that it is the body of).
QueryReader = Callable[[exp.Expr, "Scope | None", "Ctes | None", "Cte | None"], Table]

# What reads a kind of node as a value.
Reader = Callable[[exp.Expr, "Scope"], Value]

_MOST_NAMES_SAID = 4
# A literal of bytes where sqlglot sees a name: Trino's ``0x``.
_BYTES = re.compile(r"0[xX][0-9a-fA-F]*")


class Reading:
    """What is the same for all of one query: its dialect, relations and holes."""

    __slots__ = ("_literal", "_tokens", "dialect", "exact", "holes", "query", "readers", "relations", "sql")

    def __init__(
        self,
        sql: str,
        dialect: str,
        relations: Mapping[str, KnownRelation],
        holes: Mapping[str, Hole],
        readers: Mapping[type[exp.Expr], Reader],
    ) -> None:
        self.sql = sql
        self.readers = readers
        self.dialect = dialect
        self.relations = relations
        self.holes = {token.lower(): hole for token, hole in holes.items()}
        # Set by whoever reads queries: expressions hold queries, and queries expressions.
        self.query: QueryReader
        self.exact = names.fold("A", quoted=False, dialect=dialect) == "A"
        self._tokens: dict[str, RelationTable] = {}
        self._literal: dict[str, RelationTable] = {}

    def folded(self, identifier: exp.Expr) -> str:
        """An identifier's folded name."""
        args = identifier.args
        name = args.get("this")
        if not isinstance(name, str):
            return identifier.name
        if args.get("quoted"):
            return names.fold(name, quoted=True, dialect=self.dialect)
        return name if self.exact else name.lower()

    def hole_in(self, text: str) -> Hole | None:
        """The hole whose token stands in a name or a literal."""
        return names.hole_in(text, self.holes) if self.holes else None

    def relation(self, token: str) -> RelationTable | None:
        """The relation that a token stands for."""
        key = token.lower()
        if key not in self.relations:
            return None
        table = self._tokens.get(key)
        if table is None:
            table = self._tokens[key] = RelationTable(self.relations[key])
        return table

    def literal_relation(self, parts: list[str]) -> RelationTable:
        """A relation that is written out, without ref or source."""
        name = ".".join(parts)
        table = self._literal.get(name)
        if table is None:
            known = KnownRelation(f"table:{name}", name, (), open_ended=True)
            table = self._literal[name] = RelationTable(known)
        return table


class Cte:
    """A common table expression; its ``table`` is made when somebody asks for it.

    ``provisional`` is what a recursive one is known to give while it is being read.
    """

    __slots__ = ("busy", "ctes", "node", "parent", "provisional", "recursive", "table")

    def __init__(self, node: exp.CTE, ctes: Ctes | None, parent: Scope | None, *, recursive: bool) -> None:
        self.node = node
        self.ctes = ctes
        self.parent = parent
        self.recursive = recursive
        self.busy = False
        self.table: Table | None = None
        self.provisional: Table | None = None


class Ctes:
    """The CTEs that a query sees: its own, then those around it."""

    __slots__ = ("around", "by_name")

    def __init__(self, around: Ctes | None) -> None:
        self.around = around
        self.by_name: dict[str, Cte] = {}

    def named(self, key: str) -> Cte | None:
        """The nearest CTE of that name that can be read from here."""
        level: Ctes | None = self
        while level is not None:
            cte = level.by_name.get(key)
            if cte is not None and (not cte.busy or cte.provisional is not None):
                return cte
            level = level.around
        return None


class Source(Seeing):
    """A relation in FROM, by the name that it has there."""

    __slots__ = ("earlier", "hidden", "label", "name", "place", "plain", "seen", "starred", "table", "twins")

    def __init__(self, name: str, label: str, table: Table) -> None:
        self.name = name
        self.label = label
        self.table = table
        self.place = 0
        self.plain = True
        self.earlier: list[Source] = []
        self.twins: list[Source] = []
        self.seen: set[str] = set()
        self.hidden: set[str] = set()
        # Whether a star gives its columns; those of a semi-join are there to be compared alone.
        self.starred = True

    def see(self, key: str, value: Value) -> Value:
        """The value as the query sees it: another row's, where an earlier relation gives the same column."""
        if self.plain:
            return value
        # A count of rows is made of no column: which rows it counts, nothing but its relation says.
        counts = not (value.inputs or value.constant or value.hole)
        others = self.earlier if counts else self.twins
        return seen_from(value, self.place, sum(1 for one in others if one.gives(key, value)))

    def gives(self, key: str, value: Value) -> bool:
        """Whether the relation gives the very same column, by that name or another."""
        if self.table.gives(value):
            return True
        return (
            bool(self.table.opens)
            and (found := self.table.find(key, key)) is not None
            and found.meaning == value.meaning
        )


class Scope:
    """What the expressions of one query see."""

    __slots__ = (
        "aggregates",
        "alias_mode",
        "alias_reader",
        "alias_values",
        "by_name",
        "ctes",
        "doubles",
        "holed",
        "merged",
        "parent",
        "reading",
        "sources",
        "table",
        "values",
        "windows",
    )

    def __init__(self, reading: Reading, parent: Scope | None, ctes: Ctes | None) -> None:
        self.reading = reading
        self.parent = parent
        self.ctes = ctes
        self.table = Table()
        self.sources: list[Source] = []
        self.by_name: dict[str, Source] = {}
        # Relations whose name another one has already; some dialects let both stand.
        self.doubles: list[Source] = []
        # Whether a hole stands among the clauses: it may hold more of them.
        self.holed = False
        # What USING and NATURAL make one column of, in the order of a star.
        self.merged: dict[str, Value] = {}
        # The select's own columns: those that are read already, and what reads the others when all else fails.
        self.alias_reader: Callable[[str], Value | None] | None = None
        self.alias_mode = ""
        self.alias_values: dict[str, Value] = {}
        self.windows: Mapping[str, exp.Expr] = {}
        self.aggregates = False
        # CTEs that are one value (ClickHouse), by name.
        self.values: dict[str, Value] = {} if parent is None else parent.values

    def add(self, source: Source, *other_names: str) -> None:
        """Take up a relation, under its name and under others that reach it."""
        source.place = len(self.sources)
        bases = source.table.bases
        source.earlier = list(self.sources)
        source.twins = [one for one in self.sources if not bases.isdisjoint(one.table.bases)]
        self.sources.append(source)
        if source.place:
            for one in self.sources:
                one.plain = False
        for name in (source.name, *other_names):
            if name and self.by_name.setdefault(name, source) is not source:
                self.doubles.append(source)
        self.table.bases |= bases

    def unqualified(self, key: str, name: str, node: exp.Expr) -> Value:
        """What a name means that stands alone."""
        value = self._visible(key, name)
        if value is None:
            value = self._later_alias(key)
        if value is None and (source := self._named_source(key)):
            value = self.whole_row(source)
        if value is None:
            value = self.values.get(key)
        return self.missing(key, name, node, self.sources) if value is None else self._noted(value)

    def knows(self, key: str, name: str) -> bool:
        """Whether a name means anything here."""
        return self._visible(key, name) is not None

    def lists(self, key: str) -> bool:
        """Whether a relation here is known to have a column of that name."""
        return any(source.table.value(key) is not None for source in self.sources)

    def qualified(self, source: Source, key: str, name: str, node: exp.Expr) -> Value:
        """What a name means that stands behind a relation's."""
        value = source.table.find(key, name)
        for double in self.doubles if value is None else ():
            if double.name == source.name and (value := double.table.find(key, name)) is not None:
                source = double
                break
        if value is None:
            return self.missing(key, name, node, [source])
        if source.table.opens:
            source.seen.add(key)
        return self._noted(source.see(key, value))

    def source_named(self, key: str) -> Source | None:
        """The relation of that name, here or in a query around this one."""
        scope: Scope | None = self
        while scope is not None:
            if source := scope.by_name.get(key):
                return source
            scope = scope.parent
        return None

    def whole_row(self, source: Source) -> Value:
        """A relation used as a value: all of its columns."""
        values = [source.see(field.key, field.value) for field in source.table.listed()]
        if source.table.opens:
            self.read_all(source.table)
        return made("row", values)

    def read_all(self, table: Table) -> None:
        """Note that a table's unlisted columns are read, whichever they are."""
        for opened in table.opens:
            self.table.reads_all.update(opened.keys())

    def read_in_hole(self, sources: list[Source]) -> None:
        """Note that a hole stands where these relations are in sight: it may read any column of theirs.

        Of a query's columns it sees those that the query gives, whatever else lies below.
        """
        for source in sources:
            table = source.table
            if table.key:
                self.table.reads_all.add(table.key)
                continue
            for field in table.listed():
                self.table.named.update(field.value.inputs)
            self.read_all(table)

    def compare(self, values: Sequence[Value]) -> None:
        """Note which literals a column is compared with, as it is or through a function of it alone."""
        literals = [value.literal for value in values if value.literal is not None]
        for value in values if literals else ():
            if len(value.inputs) == 1:
                self.table.compared.update((value.inputs[0], literal) for literal in literals)

    def missing(self, key: str, name: str, node: exp.Expr, sources: list[Source]) -> Value:
        """What stands for a name that no relation has: a hole, with the reason noted; none where it is no column."""
        if _BYTES.fullmatch(name):
            return literal_value(f"bytes {counted(key)}")
        if (
            self.reading.dialect in names.QUOTES_MAY_BE_TEXT
            and isinstance(node, exp.Column)
            and node.this.args.get("quoted")
        ):
            return literal_value(f"s{counted(name)}", written=name)
        if names.is_pseudo_column(key):
            return varying(Value(f"pseudo.{key.lower()}"))
        if key.lower() in names.DATE_PARTS and isinstance(node.parent, exp.Func):
            return Value(f"part.{key.lower()}")
        for source in sources:
            # What differs in case alone was most likely quoted on one side only.
            for field in source.table.listed():
                if names.loosely(field.key) == names.loosely(key):
                    return self._noted(source.see(field.key, field.value))
        labels = list(dict.fromkeys(source.label for source in sources if source.label))
        where = " or ".join(labels[:_MOST_NAMES_SAID]) + (" or others" if len(labels) > _MOST_NAMES_SAID else "")
        reason = f"column {name} does not exist in {where}" if where else f"column {name} is of no relation"
        return self.failed(reason, name, node)

    def failed(self, reason: str, name: str, node: exp.Expr) -> Value:
        """A hole for something that is wrong in the SQL, noted with its line."""
        self.table.reasons.append(Reason(reason, line_of(node)))
        return hole_value(name, reason)

    def _noted(self, value: Value) -> Value:
        self.table.named.update(value.inputs)
        return value

    def _visible(self, key: str, name: str) -> Value | None:
        """A column by name, or the select's own where it comes first; else of the queries around this one."""
        scope: Scope | None = self
        while scope is not None:
            value = scope.here(key, name)
            if value is not None:
                return value
            scope = scope.parent
        weak = [value for source in self.sources if (value := source.table.find(key, name))]
        return any_of(weak)

    def here(self, key: str, name: str) -> Value | None:
        """What a name means in this query, without those around it."""
        if self.alias_mode == "first" and (value := self.alias_values.get(key)):
            return value
        if self.merged and key in self.merged:
            return self.merged[key]
        if (value := self._listed(key, name)) is not None:
            return value
        if self.alias_mode == "after" and (value := self.alias_values.get(key)):
            return value
        if (source := self.by_name.get(key)) and not source.table.opens and source.name == key:
            return self.whole_row(source)
        return self._unlisted(key, name)

    def _listed(self, key: str, name: str) -> Value | None:
        for source in self.sources:
            value = source.table.value(key)
            if value is None and key in source.seen:
                value = source.table.find(key, name)
            if value is not None:
                return source.see(key, value)
        return None

    def _unlisted(self, key: str, name: str) -> Value | None:
        found: list[tuple[Source, Value]] = []
        for source in self.sources:
            strong = [opened for opened in source.table.opens if not opened.weak]
            value = source.table.find(key, name) if strong else None
            if value is not None:
                found.append((source, value))
        if len(found) == 1:
            source, value = found[0]
            source.seen.add(key)
            return source.see(key, value)
        return any_of([value for _, value in found])

    def _later_alias(self, key: str) -> Value | None:
        value = self.alias_values.get(key)
        return self.alias_reader(key) if value is None and self.alias_reader is not None else value

    def _named_source(self, key: str) -> Source | None:
        source = self.source_named(key)
        return source if source is not None and source.name == key else None
