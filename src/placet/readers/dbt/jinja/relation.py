"""Relations and columns as templates see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from placet.readers.dbt.jinja.things import ABSENT, Function, Thing, Value
from placet.readers.dbt.parts import KnownColumn, RefCall, SourceCall

if TYPE_CHECKING:
    from placet.readers.dbt.jinja.run import Run

_PARTS = ("database", "schema", "identifier")
_NUMERIC = ("decimal", "numeric", "number")
_FLOATING = ("float", "double", "real")
_TEXTUAL = ("char", "text", "string", "varchar")
_ITSELF = ("include", "quote", "incorporate", "replace", "replace_path", "without_quote")


class Relation(Thing):
    """What a ref, a source or ``this`` gives; printed, it is its token."""

    __slots__ = ("call_", "is_this", "token")

    def __init__(self, call: RefCall | SourceCall, token: str, *, is_this: bool = False) -> None:
        self.call_ = call
        self.token = token
        self.is_this = is_this

    def __str__(self) -> str:
        return self.token

    __repr__ = __str__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Relation) and other.token == self.token

    def __hash__(self) -> int:
        return hash(self.token)

    def attribute(self, run: Run, name: str) -> Value:
        if name in ("database", "schema", "identifier"):
            return self.part(run, name)
        if name in ("name", "table", "alias"):
            return self.part(run, "identifier")
        if name in ("render", *_ITSELF):
            return Function(name, lambda _run, *_args, **_kwargs: self)
        if name == "type":
            return "table"
        if name.startswith("is_"):
            return name in ("is_table", "is_relation", "is_this") if name != "is_this" else self.is_this
        if name in ("without_identifier", "information_schema"):
            return Function(name, lambda run, *_args: self._schema_only(run, name))
        if name in ("path", "include_policy", "quote_policy"):
            return self if name == "path" else run.unknown(f"relation.{name}", f"the {name} is not known")
        return ABSENT

    def part(self, run: Run, name: str) -> str:
        """The database, schema or identifier, as far as the files say it."""
        known = run.around.relation_of(self.call_)
        said = getattr(known, name) if known is not None else ""
        if said:
            return str(said)
        if name == "identifier":
            return self.call_.table if isinstance(self.call_, SourceCall) else self.call_.name
        if name == "schema":
            return self.call_.source if isinstance(self.call_, SourceCall) else run.around.target.schema
        return run.around.target.database

    def _schema_only(self, run: Run, name: str) -> Value:
        schema = f"{self.part(run, 'database')}.{self.part(run, 'schema')}"
        return schema if name == "without_identifier" else f"{schema}.information_schema"


class WrittenRelation(Thing):
    """A relation that a template puts together from texts, of no model or source that we know."""

    __slots__ = ("parts",)

    def __init__(self, parts: Mapping[str, str]) -> None:
        self.parts = parts

    def __str__(self) -> str:
        return ".".join(self.parts[name] for name in _PARTS if self.parts.get(name))

    __repr__ = __str__

    def attribute(self, run: Run, name: str) -> Value:
        if name in _PARTS:
            return self.parts.get(name) or None
        if name in ("name", "table", "alias"):
            return self.parts.get("identifier") or None
        if name == "include":
            return Function(name, lambda _run, **kept: self._including(kept))
        if name in ("render", *_ITSELF):
            return Function(name, lambda _run, *_args, **_kwargs: self)
        if name == "type":
            return self.parts.get("type") or None
        if name.startswith("is_"):
            return name == f"is_{self.parts.get('type') or 'table'}"
        return run.unknown(f"relation.{name}", f"the {name} of {self} is not known")

    def _including(self, kept: Mapping[str, Value]) -> WrittenRelation:
        return WrittenRelation({name: value for name, value in self.parts.items() if kept.get(name, True)})


class ColumnValue(Thing):
    """A column as ``adapter.get_columns_in_relation`` gives it, or ``api.Column``."""

    __slots__ = ("name", "type")

    def __init__(self, name: str, type_: str | None) -> None:
        self.name = name
        self.type = type_

    def __str__(self) -> str:
        return f"<Column {self.name} ({self.type or 'unknown'})>"

    __repr__ = __str__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ColumnValue) and (other.name, other.type) == (self.name, self.type)

    def __hash__(self) -> int:
        return hash((self.name, self.type))

    def attribute(self, run: Run, name: str) -> Value:
        if name in ("name", "column"):
            return self.name
        if name == "quoted":
            return run.quoted(self.name)
        if name in ("dtype", "data_type"):
            return self.type or run.unknown(f"column.{name}", f"the type of column {self.name} is not known")
        if name.startswith("is_"):
            return Function(name, lambda run: self._is(run, name[3:]))
        if name == "literal":
            return Function(name, lambda _run, value: f"cast({value} as {self.type})")
        return run.unknown(f"column.{name}", f"the {name} of column {self.name} is not known")

    def _is(self, run: Run, kind: str) -> Value:
        if self.type is None:
            return run.unknown(f"column.is_{kind}", f"the type of column {self.name} is not known")
        base = self.type.lower()
        kinds = {
            "string": any(word in base for word in _TEXTUAL),
            "numeric": base.startswith(_NUMERIC),
            "float": base.startswith(_FLOATING),
            "integer": "int" in base and "interval" not in base,
        }
        kinds["number"] = kinds["numeric"] or kinds["float"] or kinds["integer"]
        return kinds.get(kind, False)


def columns_of(run: Run, relation: Value) -> Sequence[KnownColumn] | None:
    """The columns of what a template calls a relation, or None where they are not known."""
    if not isinstance(relation, Relation) or relation.is_this:
        return None
    return run.around.columns_of(relation.call_)
