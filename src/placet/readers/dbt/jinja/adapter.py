"""``adapter`` and ``api``: what they say comes from the repository's files; what only the warehouse knows is a hole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from placet.readers.dbt.jinja.relation import ColumnValue, Relation, WrittenRelation, columns_of
from placet.readers.dbt.jinja.text import text_of
from placet.readers.dbt.jinja.things import Function, Names, Thing, Value
from placet.readers.dbt.jinja.unknown import Missing, Unknown

if TYPE_CHECKING:
    from placet.readers.dbt.jinja.run import Run


def known_columns(run: Run, relation: Value) -> Sequence[ColumnValue] | Unknown:
    """A relation's columns, or a hole that remembers the relation."""
    columns = columns_of(run, relation)
    if columns is None:
        return unknown_columns(run, relation)
    # In the warehouse a column is called what its name folds to.
    return [ColumnValue(run.in_warehouse(column.key), column.type) for column in columns]


def unknown_columns(run: Run, relation: Value) -> Unknown:
    """The hole that stands for a relation's columns."""
    name = relation.part(run, "identifier") if isinstance(relation, Relation) else text_of(run, relation)
    return run.unknown("get_columns_in_relation", f"the columns of {name} are not known", [relation], columns=True)


def _dispatch(run: Run, macro_name: Value, macro_namespace: Value = None, packages: Value = None) -> Value:
    if isinstance(macro_namespace, (list, tuple)):
        macro_namespace, packages = None, macro_namespace
    searched = [text_of(run, one) for one in packages or ()]
    namespace = None if macro_namespace is None else text_of(run, macro_namespace)
    return run.library.dispatched(run, text_of(run, macro_name), namespace, searched)


def _get_relation(
    run: Run, database: Value = None, schema: Value = None, identifier: Value = None, **_more: Value
) -> Value:
    for part in (identifier, schema, database):
        if isinstance(part, Unknown):
            return part
    relation = run.relation_at(_or_none(schema), _or_none(identifier))
    if relation is not None:
        return _loaded(run, relation)
    return run.unknown("adapter.get_relation", f"whether {schema}.{identifier} exists is not known")


def _or_none(value: Value) -> str | None:
    return None if value is None or isinstance(value, Missing) else str(value)


def _loaded(run: Run, relation: Value) -> Value:
    """The relation as it is in the warehouse: ``this`` is there once the model has been built."""
    if isinstance(relation, Relation) and relation.is_this:
        run.asked_incremental = True
        return relation if run.incremental else None
    return relation


def _column(_run: Run, column: Value = "", dtype: Value = None, *_args: Value, **more: Value) -> Value:
    name, kind = more.get("name", column), more.get("data_type", dtype)
    return ColumnValue(str(name), None if kind is None else str(kind))


def _create_relation(
    run: Run, database: Value = None, schema: Value = None, identifier: Value = None, **more: Value
) -> Value:
    given = {"database": database, "schema": schema, "identifier": identifier, "type": more.get("type")}
    known = {name: text_of(run, value) for name, value in given.items() if value}
    found = run.relation_at(known.get("schema"), known.get("identifier"))
    return found if found is not None and "schema" in known else WrittenRelation(known)


_KNOWN: Mapping[str, Callable[..., Value]] = MappingProxyType(
    {
        "dispatch": _dispatch,
        "get_columns_in_relation": known_columns,
        "get_relation": _get_relation,
        "load_relation": _loaded,
        "quote": lambda run, name: run.quoted(text_of(run, name)),
        "quote_as_configured": lambda run, name, *_args: run.quoted(text_of(run, name)),
        "quote_seed_column": lambda run, name, *_args: run.quoted(text_of(run, name)),
        "type": lambda run: run.around.target.type,
        "drop_relation": lambda _run, *_args: "",
        "create_schema": lambda _run, *_args: "",
        "cache_added": lambda _run, *_args: "",
    }
)
_METHODS = {name: Function(f"adapter.{name}", python) for name, python in _KNOWN.items()}


class _Adapter(Thing):
    __slots__ = ()

    def attribute(self, run: Run, name: str) -> Value:  # noqa: ARG002 - the same for every run
        if name in _METHODS:
            return _METHODS[name]
        return Function(f"adapter.{name}", lambda run, *args, **kwargs: _asks(run, name, args, kwargs))


def _asks(run: Run, name: str, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Value:
    return run.unknown(f"adapter.{name}", f"adapter.{name} asks the warehouse", [*args, *kwargs.values()])


class _Class(Thing):
    """``api.Relation`` or ``api.Column``: called, or its ``create``."""

    __slots__ = ("create", "name")

    def __init__(self, name: str, create: Callable[..., Value]) -> None:
        self.name = name
        self.create = Function(f"api.{name}", create)

    def attribute(self, run: Run, name: str) -> Value:
        if name == "create":
            return self.create
        if name in ("Table", "View", "CTE", "External", "MaterializedView"):
            return name.lower()
        if name == "translate_type":
            return Function(name, text_of)
        if name == "create_from_source":
            return Function(name, lambda _run, relation: relation)
        return run.unknown(f"api.{self.name}.{name}", f"api.{self.name}.{name} is known to dbt alone")

    def call(self, run: Run, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Value:
        return self.create.call(run, args, kwargs)


ADAPTER = _Adapter()
API = Names("api", {"Relation": _Class("Relation", _create_relation), "Column": _Class("Column", _column)})
