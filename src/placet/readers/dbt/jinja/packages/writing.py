"""How our equivalents of macros are written: most as a line of SQL for each adapter, the rest as functions."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from placet.readers.dbt.jinja.adapter import unknown_columns
from placet.readers.dbt.jinja.relation import columns_of
from placet.readers.dbt.jinja.text import items_of, text_of
from placet.readers.dbt.jinja.things import Function, Value
from placet.readers.dbt.jinja.unknown import Missing, Unknown
from placet.readers.dbt.parts import KnownColumn

if TYPE_CHECKING:
    from placet.readers.dbt.jinja.run import Run

PARENTS = {"redshift": "postgres", "databricks": "spark", "fabric": "sqlserver", "synapse": "sqlserver"}
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RESERVED = frozenset(
    [
        "all",
        "and",
        "any",
        "as",
        "asc",
        "between",
        "both",
        "by",
        "case",
        "cast",
        "check",
        "collate",
        "column",
        "constraint",
        "create",
        "cross",
        "current",
        "current_date",
        "current_time",
        "current_timestamp",
        "current_user",
        "default",
        "desc",
        "distinct",
        "drop",
        "else",
        "end",
        "except",
        "exists",
        "false",
        "fetch",
        "for",
        "foreign",
        "from",
        "full",
        "grant",
        "group",
        "having",
        "in",
        "inner",
        "insert",
        "interval",
        "into",
        "intersect",
        "is",
        "join",
        "lateral",
        "leading",
        "left",
        "like",
        "limit",
        "natural",
        "not",
        "null",
        "of",
        "offset",
        "on",
        "or",
        "order",
        "outer",
        "over",
        "partition",
        "primary",
        "qualify",
        "range",
        "references",
        "right",
        "row",
        "rows",
        "select",
        "set",
        "some",
        "start",
        "table",
        "then",
        "to",
        "trailing",
        "true",
        "union",
        "unique",
        "update",
        "user",
        "using",
        "values",
        "view",
        "when",
        "where",
        "window",
        "with",
    ]
)


class Written(Function):
    """A macro that is one piece of SQL for each adapter, with its arguments' texts put in."""

    __slots__ = ("defaults", "parameters", "variants")

    def __init__(self, signature: str, variants: Mapping[str, str]) -> None:
        name, _, rest = signature.partition("(")
        super().__init__(name, self._write)
        self.parameters: list[str] = []
        self.defaults: dict[str, Value] = {}
        for part in filter(None, (one.strip() for one in rest.rstrip(")").split(", "))):
            parameter, given, default = part.partition("=")
            self.parameters.append(parameter)
            if given:
                self.defaults[parameter] = ast.literal_eval(default)
        self.variants = variants

    def _write(self, run: Run, *args: Value, **kwargs: Value) -> str:
        if len(args) > len(self.parameters) or kwargs.keys() - set(self.parameters):
            raise TypeError(f"{self.name} takes {', '.join(self.parameters) or 'no arguments'}")
        given = {**self.defaults, **dict(zip(self.parameters, args, strict=False)), **kwargs}
        for parameter in self.parameters:
            if parameter not in given:
                raise TypeError(f"{self.name} needs {parameter}")
        texts = {parameter: shown(run, value) for parameter, value in given.items()}
        pattern = variant(run, self.variants)
        run.budget.will_make_text(len(pattern) + sum(map(len, texts.values())) * pattern.count("{"))
        return pattern.format_map(texts)


def sql(signature: str, default: str, **variants: str) -> Function:
    """A macro written as SQL, with other SQL for adapters that differ; ``{name}`` is an argument's text."""
    return Written(signature, {"default": default, **variants})


def functions(**python: Callable[..., Value]) -> dict[str, Function]:
    """Macros written as functions, by name (a trailing ``_`` hides Python's keywords)."""
    return {name.rstrip("_"): Function(name.rstrip("_"), function) for name, function in python.items()}


def table(*macros: Function) -> dict[str, Function]:
    """Macros by their name."""
    return {macro.name: macro for macro in macros}


def variant(run: Run, variants: Mapping[str, str]) -> str:
    """What is written for the run's adapter, its parent, else by default."""
    adapter = run.around.target.type
    for one in (adapter, PARENTS.get(adapter, adapter)):
        if one in variants:
            return variants[one]
    return variants["default"]


def shown(run: Run, value: Value) -> str:
    """An argument as SQL."""
    if isinstance(value, Missing):
        return "null" if value.quiet else text_of(run, value)
    return "null" if value is None else text_of(run, value).strip()


def texts(run: Run, value: Value) -> list[str]:
    """The items of a list as texts; a hole is a list of one, so that what it reads stays readable."""
    if isinstance(value, Unknown):
        return [str(value)]
    if value is None or isinstance(value, Missing):
        return []
    return [value] if isinstance(value, str) else [text_of(run, one) for one in items_of(run, value)]


def lowered(run: Run, value: Value) -> frozenset[str]:
    """Names of a list, in lower case."""
    return frozenset(text.lower() for text in texts(run, value))


def columns_or_hole(run: Run, relation: Value) -> Sequence[KnownColumn] | Unknown:
    """A relation's columns; a hole that remembers the relation where they are not known."""
    columns = columns_of(run, relation)
    return unknown_columns(run, relation) if columns is None else columns


def name_in_sql(run: Run, column: KnownColumn) -> str:
    """A column's name, quoted where it would mean another otherwise."""
    plain = _PLAIN_NAME.fullmatch(column.name) and column.name.lower() not in _RESERVED
    if plain and column.key in (column.name.lower(), column.name.upper()):
        return column.name
    return run.quoted(run.in_warehouse(column.key))


def alias(run: Run, name: str) -> str:
    """A name as an alias, quoted where it is no plain one."""
    if not _PLAIN_NAME.fullmatch(name):
        return run.quoted(name)
    return run.quoted(run.in_warehouse(name.lower())) if name.lower() in _RESERVED else name


def literal(text: str) -> str:
    """A text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def condition(run: Run, value: Value) -> bool:
    """Whether an optional argument is given and true. Raises Undecided for a hole."""
    return value is not None and not isinstance(value, Missing) and run.truth(value)
