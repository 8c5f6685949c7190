"""Jinja's tests: what may stand behind ``is``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from placet.readers.dbt.jinja import arithmetic
from placet.readers.dbt.jinja.relation import ColumnValue, Relation, WrittenRelation
from placet.readers.dbt.jinja.things import Thing, Value
from placet.readers.dbt.jinja.unknown import Missing, Undecided, Unknown

if TYPE_CHECKING:
    from placet.readers.dbt.jinja.run import Run

_RELATIONS = (Relation, WrittenRelation)


def _is_defined(_run: Run, value: Value) -> bool:
    return not isinstance(value, Missing)


def _is_undefined(_run: Run, value: Value) -> bool:
    return isinstance(value, Missing)


def _of_kind(matches: Callable[[Value], bool]) -> Callable[[Run, Value], bool]:
    def check(_run: Run, value: Value) -> bool:
        if isinstance(value, Unknown):
            raise Undecided(value)
        return matches(value)

    return check


def _is_sequence(value: Value) -> bool:
    return isinstance(value, (str, list, tuple, dict, set, frozenset, Missing))


def _comparison(name: str) -> Callable[[Run, Value, Value], bool]:
    def check(run: Run, value: Value, other: Value) -> bool:
        return arithmetic.compared(run, name, value, other)

    return check


def _divisible(value: Value, by: Value) -> bool:
    return bool(value % by == 0)


def _is_same(run: Run, value: Value, other: Value) -> bool:
    if isinstance(value, (int, str, float)) or value is None:
        return type(value) is type(other) and arithmetic.compared(run, "eq", value, other)
    return value is other


CHECKS: Mapping[str, Callable[..., bool]] = MappingProxyType(
    {
        "defined": _is_defined,
        "undefined": _is_undefined,
        "none": _of_kind(lambda value: value is None),
        "string": _of_kind(lambda value: isinstance(value, str)),
        "boolean": _of_kind(lambda value: isinstance(value, bool)),
        "integer": _of_kind(lambda value: isinstance(value, int) and not isinstance(value, bool)),
        "float": _of_kind(lambda value: isinstance(value, float)),
        "number": _of_kind(lambda value: isinstance(value, (int, float))),
        "true": _of_kind(lambda value: value is True),
        "false": _of_kind(lambda value: value is False),
        "mapping": _of_kind(lambda value: isinstance(value, (dict, *_RELATIONS))),
        "sequence": _of_kind(lambda value: _is_sequence(value) or isinstance(value, _RELATIONS)),
        "iterable": _of_kind(_is_sequence),
        "callable": _of_kind(
            lambda value: isinstance(value, Thing) and not isinstance(value, (*_RELATIONS, ColumnValue))
        ),
        "odd": _of_kind(lambda value: bool(value % 2 == 1)),
        "even": _of_kind(lambda value: bool(value % 2 == 0)),
        "lower": _of_kind(lambda value: str(value).islower()),
        "upper": _of_kind(lambda value: str(value).isupper()),
        "escaped": _of_kind(lambda _value: False),
        "divisibleby": lambda _run, value, by: _divisible(value, by),
        "sameas": _is_same,
        "in": arithmetic.is_in,
        **dict.fromkeys(("eq", "equalto", "=="), _comparison("eq")),
        **dict.fromkeys(("ne", "!="), _comparison("ne")),
        **dict.fromkeys(("lt", "lessthan", "<"), _comparison("lt")),
        **dict.fromkeys(("le", "<="), _comparison("lteq")),
        **dict.fromkeys(("gt", "greaterthan", ">"), _comparison("gt")),
        **dict.fromkeys(("ge", ">="), _comparison("gteq")),
    }
)
