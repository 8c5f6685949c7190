"""The lattice of types: which type holds every value of another (3-contracts-and-diff, "The type lattice")."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from placet.contracts.nested_types import Nested, bare_type, nested_type


class TypeStep(StrEnum):
    """How one type relates to the one before it."""

    SAME = "same"
    WIDENED = "widened"
    NARROWED = "narrowed"
    CHANGED = "changed"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class _Type:
    name: str
    sizes: tuple[int, ...]


# Digits that an integer type may need, signed.
_INTEGER_DIGITS = {"tinyint": 3, "smallint": 5, "mediumint": 7, "int": 10, "bigint": 19, "int128": 39, "int256": 77}
_NATIONAL = {"nvarchar": "varchar", "nchar": "char"}
_TEXTS = frozenset({"varchar", "nvarchar", "char", "nchar", "text"})
# float holds whole numbers exactly up to 2^24, double up to 2^53.
_FLOAT_DIGITS = {"float": 7, "double": 15}
_ALIASES = {
    "integer": "int",
    "int1": "tinyint",
    "int2": "smallint",
    "int4": "int",
    "int8": "bigint",
    "int16": "smallint",
    "int32": "int",
    "int64": "bigint",
    "byteint": "tinyint",
    "real": "float",
    "float4": "float",
    "float8": "double",
    "float32": "float",
    "float64": "double",
    "double precision": "double",
    "numeric": "decimal",
    "number": "decimal",
    "dec": "decimal",
    "bignumeric": "bigdecimal",
    "string": "text",
    "character varying": "varchar",
    "character": "char",
    "bpchar": "char",
    "bool": "boolean",
}
_SHAPE = re.compile(r"\s*([a-z_][a-z0-9_ ]*?)\s*(?:\(\s*([0-9]+)\s*(?:,\s*([0-9]+)\s*)?\))?\s*")


# Types of which it is known that no other one holds their values.
_ALONE = frozenset(
    {
        "boolean", "date", "time", "timetz", "interval", "year", "uuid", "json", "jsonb", "xml", "variant", "object",
        "binary", "varbinary", "blob", "bytes", "geography", "geometry", "hllsketch", "inet", "bit", "money",
    }
)  # fmt: skip
_TIMES = ("timestamp", "datetime")
# Characters; what is nested more deeply than fits into them would call itself too often.
_LONGEST = 1_000


def step_between(before: str, after: str) -> TypeStep:
    """How ``after`` relates to ``before``.

    Types within types are compared one by one. A type of which nothing is known is the same text, or ``UNCLEAR``; so is
    one that is longer than anybody writes.
    """
    if max(len(before), len(after)) > _LONGEST:
        return TypeStep.SAME if _text(before) == _text(after) else TypeStep.UNCLEAR
    before, after = bare_type(before), bare_type(after)
    if _text(before) == _text(after):
        return TypeStep.SAME
    old, new = nested_type(before), nested_type(after)
    if "nullable" in (old.name if old else "", new.name if new else ""):
        return _nullable_step(before, after, old, new)
    if old is not None and new is not None:
        return _nested_step(old, new)
    if old is not None or new is not None:
        return TypeStep.CHANGED
    return _flat_step(_parsed(before), _parsed(after))


def _flat_step(old: _Type | None, new: _Type | None) -> TypeStep:
    if old is None or new is None:
        return TypeStep.UNCLEAR
    if old == new:
        return TypeStep.SAME
    if _holds(new, old):
        return TypeStep.SAME if _holds(old, new) else TypeStep.WIDENED
    if _holds(old, new) or _is_same_family(old, new):
        return TypeStep.NARROWED
    return TypeStep.CHANGED if _is_known(old) and _is_known(new) else TypeStep.UNCLEAR


def _nested_step(old: Nested, new: Nested) -> TypeStep:
    if old.name != new.name:
        return TypeStep.CHANGED
    had, has = old.fields, new.fields
    if had is None or has is None:
        if len(old.parts) != len(new.parts):
            return TypeStep.CHANGED
        return _together(step_between(one, other) for one, other in zip(old.parts, new.parts, strict=True))
    if had.keys() - has.keys() or [name for name in has if name in had] != list(had):
        # Without a field, or with the fields in another order, a query that names or counts them gets something else.
        return TypeStep.CHANGED
    steps = [step_between(type_, has[name]) for name, type_ in had.items()]
    return _together([*steps, *(TypeStep.WIDENED for _ in has.keys() - had.keys())])


def _nullable_step(before: str, after: str, old: Nested | None, new: Nested | None) -> TypeStep:
    """A type that may be NULL holds what the same type holds that may not, and NULL."""
    was, now = old is not None and old.name == "nullable", new is not None and new.name == "nullable"
    inner = step_between(old.parts[0] if was and old else before, new.parts[0] if now and new else after)
    if was is now:
        return inner
    return _together([inner, TypeStep.WIDENED if now else TypeStep.NARROWED])


def _together(steps: Iterable[TypeStep]) -> TypeStep:
    """What several steps of parts come to for the whole."""
    found = {step for step in steps if step is not TypeStep.SAME}
    for step in (TypeStep.CHANGED, TypeStep.UNCLEAR):
        if step in found:
            return step
    if len(found) > 1:
        return TypeStep.CHANGED
    return found.pop() if found else TypeStep.SAME


def _is_known(type_: _Type) -> bool:
    name = type_.name
    return (
        name in _INTEGER_DIGITS
        or name in _FLOAT_DIGITS
        or name in _TEXTS
        or name in _ALONE
        or name in ("decimal", "bigdecimal")
        or name.startswith(_TIMES)
    )


def _text(type_: str) -> str:
    return "".join(type_.lower().split())


def _parsed(text: str) -> _Type | None:
    match = _SHAPE.fullmatch(text.lower())
    if match is None:
        return None
    name = _ALIASES.get(match[1], match[1])
    return _Type(name, tuple(int(size) for size in match.groups()[1:] if size is not None))


def _holds(wide: _Type, narrow: _Type) -> bool:
    """Whether every value of ``narrow`` is one of ``wide``, without loss."""
    if wide == narrow:
        return True
    if narrow.name in _INTEGER_DIGITS:
        return _holds_integer(wide, _INTEGER_DIGITS[narrow.name])
    if narrow.name in _TEXTS and wide.name in _TEXTS:
        return _holds_text(wide, narrow)
    if narrow.name == "decimal" == wide.name:
        return _holds_decimal(wide, narrow)
    if (narrow.name, wide.name) == ("decimal", "bigdecimal"):
        # Only BigQuery has it: NUMERIC is decimal(38, 9), BIGNUMERIC decimal(76, 38).
        return not narrow.sizes and not wide.sizes
    return (narrow.name, wide.name) == ("float", "double") and not wide.sizes


def _holds_integer(wide: _Type, digits: int) -> bool:
    if wide.name in _INTEGER_DIGITS:
        return _INTEGER_DIGITS[wide.name] >= digits
    if wide.name == "decimal" and wide.sizes:
        return wide.sizes[0] - _scale(wide) >= digits
    return wide.name in _FLOAT_DIGITS and not wide.sizes and _FLOAT_DIGITS[wide.name] >= digits


def _holds_text(wide: _Type, narrow: _Type) -> bool:
    if narrow.name in _NATIONAL and wide.name not in (*_NATIONAL, "text"):
        # Letters of every language do not fit where only one's do.
        return False
    wide, narrow = (_Type(_NATIONAL.get(one.name, one.name), one.sizes) for one in (wide, narrow))
    if wide.name == "char":
        return narrow.name == "char" and bool(wide.sizes and narrow.sizes) and wide.sizes[0] >= narrow.sizes[0]
    if not wide.sizes:
        return True
    limit = narrow.sizes[0] if narrow.sizes else (1 if narrow.name == "char" else None)
    return limit is not None and wide.sizes[0] >= limit


def _holds_decimal(wide: _Type, narrow: _Type) -> bool:
    if not wide.sizes or not narrow.sizes:
        return False
    return _scale(wide) == _scale(narrow) and wide.sizes[0] >= narrow.sizes[0]


def _scale(decimal: _Type) -> int:
    return decimal.sizes[1] if len(decimal.sizes) > 1 else 0


def _is_same_family(old: _Type, new: _Type) -> bool:
    """A timestamp cut to a date and a decimal that keeps fewer digits lose values rather than change their meaning."""
    if old.name.startswith(("timestamp", "datetime")) and new.name == "date":
        return True
    if old.name == "decimal" == new.name and old.sizes and new.sizes:
        return new.sizes[0] - _scale(new) < old.sizes[0] - _scale(old) or _scale(new) < _scale(old)
    return old.name in _FLOAT_DIGITS and new.name in _INTEGER_DIGITS
