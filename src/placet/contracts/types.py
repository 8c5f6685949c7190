"""The lattice of types: which type holds every value of another (3-contracts-and-diff, "The type lattice")."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class TypeStep(StrEnum):
    """How one type relates to the one before it."""

    SAME = "same"
    WIDENED = "widened"
    NARROWED = "narrowed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class _Type:
    name: str
    sizes: tuple[int, ...]


# Digits that an integer type may need, signed.
_INTEGER_DIGITS = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 19, "int128": 39, "int256": 77}
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
    "mediumint": "int",
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
    "nvarchar": "varchar",
    "nchar": "char",
}
_SHAPE = re.compile(r"\s*([a-z_][a-z0-9_ ]*?)\s*(?:\(\s*([0-9]+)\s*(?:,\s*([0-9]+)\s*)?\))?\s*")


def step_between(before: str, after: str) -> TypeStep:
    """How ``after`` relates to ``before``; types that are not on the lattice are either the same text or changed."""
    old, new = _parsed(before), _parsed(after)
    if old is None or new is None:
        same = " ".join(before.lower().split()) == " ".join(after.lower().split())
        return TypeStep.SAME if same else TypeStep.CHANGED
    if old == new:
        return TypeStep.SAME
    if _holds(new, old):
        return TypeStep.SAME if _holds(old, new) else TypeStep.WIDENED
    return TypeStep.NARROWED if _holds(old, new) or _is_same_family(old, new) else TypeStep.CHANGED


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
