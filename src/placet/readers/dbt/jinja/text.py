"""Values as text: printing, joining and formatting, none of which can make more text than the budget allows."""

from __future__ import annotations

import datetime as dt
import re
import string
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from placet.readers.dbt.jinja.budget import CONTAINERS, MAX_WIDTH, Exceeded
from placet.readers.dbt.jinja.things import Thing, Value
from placet.readers.dbt.jinja.unknown import Missing, Unknown

if TYPE_CHECKING:
    from placet.readers.dbt.jinja.run import Run

_LONG_NUMBER = re.compile(r"[0-9]{5}")
_STAR = re.compile(r"%[^a-zA-Z%]*\*")
_SCALARS = (bool, int, float, str, dt.date, dt.time, dt.timedelta)


def text_of(run: Run, value: Value) -> str:
    """What printing a value gives."""
    if isinstance(value, str):
        return value
    if isinstance(value, Missing):
        return str(run.printable(value))
    if isinstance(value, CONTAINERS):
        run.budget.weigh(value)
        return _written(value)
    return str(value)


def _written(value: Value) -> str:
    if isinstance(value, (set, frozenset)):
        return "{" + ", ".join(sorted(map(_written, value))) + "}" if value else "set()"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_written(key)}: {_written(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_written, value)) + "]"
    if isinstance(value, tuple):
        inner = ", ".join(map(_written, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    return repr(value)


def joined(run: Run, parts: Iterable[Value], separator: str = "") -> str:
    """The parts as text, with a separator between."""
    texts = [text_of(run, part) for part in parts]
    run.budget.will_make_text(sum(map(len, texts)) + len(separator) * len(texts))
    return separator.join(texts)


def items_of(run: Run, value: Value) -> Sequence[Value]:
    """The items of whatever can be walked, in an order that is always the same. Raises TypeError for all else."""
    if isinstance(value, (list, tuple)):
        return value
    if isinstance(value, (set, frozenset)):
        run.budget.will_sort(len(value))
        return sorted(value, key=lambda one: (type(one).__name__, text_of(run, one)))
    if isinstance(value, (str, Mapping, range)):
        run.budget.will_make_items(len(value))
        return list(value)
    if isinstance(value, (Missing, Unknown)):
        return list(value)
    raise TypeError(f"{type(value).__name__} cannot be walked")


def percent_formatted(run: Run, pattern: str, given: Value) -> str:
    """``pattern % given``, with widths that stay small."""
    if _LONG_NUMBER.search(pattern) or _STAR.search(pattern):
        raise Exceeded("a format that asks for a very long text")
    values = given if isinstance(given, (tuple, dict)) else (given,)
    if isinstance(values, dict):
        shown: Value = {key: _shown(run, one) for key, one in values.items()}
        lengths = [len(one) for one in shown.values() if isinstance(one, str)]
    else:
        shown = tuple(_shown(run, one) for one in values)
        lengths = [len(one) for one in shown if isinstance(one, str)]
    places = pattern.count("%")
    run.budget.will_make_text(len(pattern) + places * (max(lengths, default=0) + MAX_WIDTH if places else 0))
    return str(pattern % shown)


def brace_formatted(run: Run, pattern: str, args: Sequence[Value], kwargs: Mapping[str, Value]) -> str:
    """``pattern.format(...)``, where attributes and items are looked up as templates look them up."""
    return _Formatter(run).vformat(pattern, args, kwargs)


def _shown(run: Run, value: Value) -> Value:
    return value if isinstance(value, _SCALARS) or value is None else text_of(run, value)


class _Formatter(string.Formatter):
    def __init__(self, run: Run) -> None:
        self._run = run

    def get_field(self, field_name: str, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Value:
        if any(mark in field_name for mark in ".["):
            first, _, _ = re.split(r"([.\[])", field_name, maxsplit=1)
            value = self.get_value(int(first) if first.isdigit() else first, args, kwargs)
            for is_attribute, name in re.findall(r"(\.?)\[?([^.\[\]]+)\]?", field_name[len(first) :]):
                key = name if is_attribute or not name.isdigit() else int(name)
                value = self._run.interpreter.item(value, key)
            return value, first
        return self.get_value(int(field_name) if field_name.isdigit() else field_name, args, kwargs), field_name

    def format_field(self, value: Value, format_spec: str) -> str:
        if _LONG_NUMBER.search(format_spec):
            raise Exceeded("a format that asks for a very long text")
        shown = value if isinstance(value, _SCALARS) else text_of(self._run, value)
        result = format(shown, format_spec)
        self._run.budget.will_make_text(len(result))
        return result

    def convert_field(self, value: Value, conversion: str | None) -> Value:
        if conversion in ("r", "a"):
            return _written(value) if isinstance(value, CONTAINERS) else repr(value)
        return text_of(self._run, value) if conversion == "s" else value


def is_plain(value: Value) -> bool:
    """Whether a value is data, rather than one of our things."""
    return not isinstance(value, (Thing, Unknown, Missing))
