"""Operators on the values of templates, none of which can make a number or a text that is too large."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from placet.readers.dbt.jinja.budget import CONTAINERS, MAX_BITS, MAX_ITEMS, Exceeded
from placet.readers.dbt.jinja.text import is_plain, items_of, joined, percent_formatted, text_of
from placet.readers.dbt.jinja.things import Value
from placet.readers.dbt.jinja.unknown import Missing, Undecided, Unknown

if TYPE_CHECKING:
    from placet.readers.dbt.jinja.run import Run

_COMPARISONS: Mapping[str, Callable[[Value, Value], bool]] = MappingProxyType(
    {
        "eq": operator.eq,
        "ne": operator.ne,
        "lt": operator.lt,
        "lteq": operator.le,
        "gt": operator.gt,
        "gteq": operator.ge,
    }
)
_OPERATIONS: Mapping[str, Callable[[Value, Value], Value]] = MappingProxyType(
    {
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "/": operator.truediv,
        "//": operator.floordiv,
        "%": operator.mod,
        "**": operator.pow,
    }
)


def compared(run: Run, name: str, left: Value, right: Value) -> bool:
    """Whether a comparison (``eq``, ``lt``, ``in`` …) holds. Raises Undecided where a hole decides it."""
    run.budget.weigh(left)
    run.budget.weigh(right)
    if name in ("in", "notin"):
        return is_in(run, left, right) is (name == "in")
    for one in (left, right):
        if isinstance(one, Unknown):
            raise Undecided(one)
    result = bool(_COMPARISONS[name](left, right))
    if name in ("eq", "ne") and result is (name == "ne"):
        _doubt_texts(run, left, right)
    return result


def is_in(run: Run, item: Value, among: Value) -> bool:
    """Whether an item is in something. Raises Undecided where a hole decides it."""
    if isinstance(item, Unknown):
        raise Undecided(item)
    if isinstance(among, str) and not isinstance(item, str):
        item = text_of(run, item)
    if not is_plain(among) and not isinstance(among, (Missing, Unknown)):
        among = items_of(run, among)
    if item in among:
        return True
    _doubt_texts(run, item, among)
    return False


def combined(run: Run, name: str, left: Value, right: Value) -> Value:
    """What an operator makes of two values. Raises Exceeded before anything large is made."""
    one_is_text = isinstance(left, str) is not isinstance(right, str)
    if name == "+" and one_is_text and not (is_plain(left) and is_plain(right)):
        # dbt itself refuses a text and a relation; with a hole on one side the text is partly known.
        return joined(run, [left, right])
    if name == "%" and isinstance(left, str):
        return percent_formatted(run, left, right)
    _check_size(run, name, left, right)
    result = _OPERATIONS[name](left, right)
    if not isinstance(result, complex):
        return result
    raise ArithmeticError("the result is no real number")


def _check_size(run: Run, name: str, left: Value, right: Value) -> None:
    if isinstance(left, int) and isinstance(right, int):
        _check_digits(name, left, right)
    elif name == "*":
        for one, times in ((left, right), (right, left)):
            if isinstance(times, int) and isinstance(one, str):
                run.budget.will_make_text(len(one) * max(times, 0))
            elif isinstance(times, int) and isinstance(one, CONTAINERS):
                run.budget.will_make_items(len(one) * max(times, 0))
    elif name == "+":
        if isinstance(left, str) and isinstance(right, str):
            run.budget.will_make_text(len(left) + len(right))
        elif isinstance(left, CONTAINERS) and isinstance(right, CONTAINERS):
            run.budget.will_make_items(len(left) + len(right))


def _check_digits(name: str, left: int, right: int) -> None:
    bits = {"*": left.bit_length() + right.bit_length(), "**": left.bit_length() * abs(right)}
    if bits.get(name, 0) > MAX_BITS:
        raise Exceeded("a number with too many digits")


def _doubt_texts(run: Run, left: Value, right: Value) -> None:
    """Two things are not equal as written; they may be, once the hole inside one of them is filled."""
    for one in (left, right):
        for text in one if isinstance(one, (list, tuple, set, frozenset)) and len(one) < MAX_ITEMS else (one,):
            if isinstance(text, str) and (unknown := run.hole_in(text)) is not None:
                raise Undecided(unknown)
