"""The select list: the columns that a query gives, with their names."""

from __future__ import annotations

from typing import NamedTuple

from sqlglot import exp

from placet.readers.dbt.parts import HOLE_TOKEN, Hole
from placet.readers.dbt.sql import names
from placet.readers.dbt.sql.columns import star_values
from placet.readers.dbt.sql.expressions import value_of
from placet.readers.dbt.sql.parsing import line_of
from placet.readers.dbt.sql.repeated import OpenRepeated, is_repeated
from placet.readers.dbt.sql.scope import Scope
from placet.readers.dbt.sql.stars import star_fields, starred_order
from placet.readers.dbt.sql.tables import Field, Open, OpenGenerated, OpenHole, OpenValue
from placet.readers.dbt.sql.values import Value, made

_GENERATORS = (exp.Explode, exp.ExplodeOuter, exp.Posexplode, exp.PosexplodeOuter)
_SEVERAL = "a call that gives several columns, which nobody lists"


class SelectList(NamedTuple):
    """``by_position``: the columns as far as their positions are known; ``keys``: those that aggregate nothing."""

    by_position: list[Value]
    keys: list[Value]


class SelectReader:
    """Reads the columns that a query gives into its scope's table.

    Made before FROM is read, since some dialects let a join use the columns of the select list; read after it.
    """

    __slots__ = ("_by_position", "_fields", "_items", "_keys", "_later", "_opens", "_scope", "_unnamed")

    def __init__(self, node: exp.Select, scope: Scope) -> None:
        self._scope = scope
        self._items: list[exp.Expr] = node.expressions
        self._fields: list[Field] = []
        self._opens: list[Open] = []
        self._by_position: list[Value] = []
        self._keys: list[Value] = []
        self._unnamed = 0
        self._later: dict[str, exp.Expr] = {}
        for item in self._items:
            if isinstance(item, exp.Alias) and isinstance(item.args.get("alias"), exp.Identifier):
                self._later.setdefault(scope.reading.folded(item.args["alias"]), item.this)
        if self._later:
            scope.alias_reader = self._read_later

    def read(self) -> SelectList:
        """Read the list."""
        scope = self._scope
        scope.alias_mode = _mode(scope.reading.dialect)
        for place, item in enumerate(self._items):
            before = scope.aggregates
            scope.aggregates = False
            given = len(self._fields)
            self._item(item, place)
            if not scope.aggregates:
                self._keys += [field.value for field in self._fields[given:]]
            scope.aggregates = scope.aggregates or before
            if not self._opens:
                self._by_position += [field.value for field in self._fields[given:]]
        scope.table.fields = self._fields
        scope.table.opens = tuple(self._opens)
        return SelectList(self._by_position, self._keys)

    def _read_later(self, key: str) -> Value | None:
        """A column of the list that stands further on, or is used in FROM before it is read."""
        node = self._later.pop(key, None)
        if node is None:
            return None
        value = value_of(node, self._scope)
        self._scope.alias_values[key] = value
        return value

    def _item(self, item: exp.Expr, place: int) -> None:
        if isinstance(item, exp.Star) or (isinstance(item, exp.Column) and isinstance(item.this, exp.Star)):
            self._star(item)
        elif isinstance(item, exp.Alias):
            self._aliased(item, place)
        elif isinstance(item, exp.Column) and (hole := self._whole_hole(item)):
            self._more(hole, item)
        elif isinstance(item, exp.Aliases):
            self._several(item, item.this, item.expressions)
        elif isinstance(item, exp.QueryTransform) and isinstance(schema := item.args.get("schema"), exp.Schema):
            self._several(
                item, item, [one.this if isinstance(one, exp.ColumnDef) else one for one in schema.expressions]
            )
        elif isinstance(item, (exp.Like, exp.ILike)) and isinstance(item.this, exp.Star):
            item.this.set("ilike", item.expression)
            self._star(item.this)
        elif isinstance(item, _GENERATORS) and self._scope.reading.dialect in names.GENERATES_COLUMNS:
            self._opens.append(OpenGenerated(value_of(item, self._scope), isinstance(item, exp.Posexplode)))
        elif self._gives_several(item):
            value = value_of(item, self._scope)
            self._opens.append(OpenValue(value, value.hole or _SEVERAL))
        else:
            self._plain(item, item, place)

    def _star(self, item: exp.Expr) -> None:
        fields, opens = star_fields(item, self._scope)
        line = line_of(item)
        self._scope.table.star_line = self._scope.table.star_line or line
        self._scope.table.ordered_by |= starred_order(item, self._scope)
        # The list of a relation's columns is shared, never changed; here it is one of several items.
        self._fields = fields if len(self._items) == 1 else self._fields + fields
        self._opens += opens

    def _more(self, hole: Hole, item: exp.Expr) -> None:
        """A hole that may be any number of columns."""
        if hole.columns and len(self._scope.sources) == 1 and isinstance(item, exp.Column):
            self._opens.append(OpenRepeated(hole.reason, item, item.name, self._scope))
        else:
            self._opens.append(OpenHole(hole.name, hole.reason))
        self._scope.read_in_hole(self._scope.sources)
        self._scope.table.star_line = self._scope.table.star_line or line_of(item)

    def _aliased(self, item: exp.Alias, place: int) -> None:
        identifier = item.args.get("alias")
        if not isinstance(identifier, exp.Identifier):
            self._plain(item.this, item, place)
            return
        if not self._scope.reading.holes:
            self._named(identifier, item.this, item)
            return
        inner = self._whole_hole(item.this) if isinstance(item.this, exp.Column) else None
        outer = self._scope.reading.hole_in(identifier.name)
        said = self._is_said_after_as(identifier) if inner or outer else True
        if outer is not None and said:
            value = value_of(item.this, self._scope)
            reason = value.hole or outer.reason
            if is_repeated(item.this, identifier.name):
                self._opens.append(OpenRepeated(reason, item.this, identifier.name, self._scope))
            else:
                self._opens.append(OpenHole(outer.name, reason))
        elif outer is not None:
            # ``a {{ more_columns() }} from``: no alias, but more of the list.
            self._item(item.this, place)
            self._more(outer, item)
        elif inner is not None and not said:
            # ``{{ columns() }} a, b``: the hole ends in a comma of its own.
            self._more(inner, item)
            self._item(exp.Column(this=identifier), place)
        else:
            self._named(identifier, item.this, item)

    def _named(self, identifier: exp.Identifier, node: exp.Expr, item: exp.Expr) -> None:
        key = self._scope.reading.folded(identifier)
        value = self._read(node)
        self._later.pop(key, None)
        self._fields.append(Field(str(identifier.args["this"]), key, value, line_of(identifier) or line_of(item)))
        self._scope.alias_values[key] = value

    def _plain(self, node: exp.Expr, item: exp.Expr, place: int) -> None:
        dialect = self._scope.reading.dialect
        name = names.natural_name(node, place, self._unnamed, dialect)
        quoted = isinstance(node, exp.Column) and bool(getattr(node.this, "args", {}).get("quoted"))
        if not isinstance(node, (exp.Column, exp.Dot)):
            self._unnamed += 1
        key = names.fold(name, quoted=quoted, dialect=dialect)
        self._fields.append(Field(name, key, self._read(node), line_of(item)))

    def _several(self, item: exp.Expr, call: exp.Expr, given: list[exp.Expr]) -> None:
        """``explode(m) as (k, v)``: one call, several columns."""
        value = made("several", [self._read(one) for one in call.expressions]) if call is item else self._read(call)
        for place, one in enumerate(given):
            part = made(f"item{place}", (value,))
            part.said = call
            key = self._scope.reading.folded(one)
            self._fields.append(Field(one.name, key, part, line_of(one)))
            self._scope.alias_values.setdefault(key, part)

    def _read(self, node: exp.Expr) -> Value:
        value = value_of(node, self._scope)
        if value.said is None:
            value.said = node
        return value

    def _gives_several(self, item: exp.Expr) -> bool:
        if isinstance(item, exp.Dot) and isinstance(item.expression, exp.Star):
            return True
        if isinstance(item, (exp.Columns, exp.Apply)):
            star_values(exp.Star(), self._scope)
            return True
        return isinstance(item, exp.Inline)

    def _whole_hole(self, item: exp.Column) -> Hole | None:
        """The hole that a select item is and nothing else."""
        if not self._scope.reading.holes or item.args.get("table") is not None:
            return None
        name = item.name.lower()
        return self._scope.reading.holes.get(name) if name.startswith(HOLE_TOKEN) else None

    def _is_said_after_as(self, identifier: exp.Identifier) -> bool:
        start = identifier.meta.get("start")
        return not isinstance(start, int) or self._scope.reading.sql[:start].rstrip().lower().endswith(" as")


def _mode(dialect: str) -> str:
    if dialect in names.ALIASES_FIRST:
        return "first"
    return "after" if names.has_lateral_aliases(dialect) else ""
