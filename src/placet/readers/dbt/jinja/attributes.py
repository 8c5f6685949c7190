"""What a template may do with plain values: an allowlist of their methods; nothing else of them can be reached."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from placet.readers.dbt.jinja.budget import CONTAINERS, MAX_WIDTH, Exceeded
from placet.readers.dbt.jinja.model import Unrenderable
from placet.readers.dbt.jinja.text import brace_formatted, items_of, joined, text_of
from placet.readers.dbt.jinja.things import ABSENT, Thing, Value
from placet.readers.dbt.jinja.unknown import Missing, Undecided, Unknown

if TYPE_CHECKING:
    from placet.readers.dbt.jinja.run import Run


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ASKING = _words(
    "count endswith find index isalnum isalpha isascii isdecimal isdigit isidentifier islower isnumeric"
    " isprintable isspace istitle isupper rfind rindex startswith"
)
_PADDING = _words("center ljust rjust zfill")
_TEXT = (
    _ASKING
    | _PADDING
    | _words(
        "capitalize casefold format join lower lstrip partition removeprefix removesuffix replace rpartition rsplit"
        " rstrip split splitlines strip swapcase title upper"
    )
)
# What takes the same time however long the list is.
_QUICK = _words("append get add setdefault discard clear popitem total_seconds is_integer")
_METHODS: Mapping[type, frozenset[str]] = MappingProxyType(
    {
        list: _words("append clear copy count extend index insert pop remove reverse sort"),
        tuple: _words("count index"),
        dict: _words("clear copy get items keys pop popitem setdefault update values"),
        set: _words(
            "add clear copy difference difference_update discard intersection intersection_update isdisjoint issubset"
            " issuperset remove symmetric_difference union update"
        ),
        frozenset: _words("copy difference intersection isdisjoint issubset issuperset symmetric_difference union"),
        dt.timedelta: _words("total_seconds"),
        dt.datetime: _words(
            "astimezone date isocalendar isoformat isoweekday replace strftime time timestamp toordinal utcoffset"
            " weekday"
        ),
        dt.date: _words("isocalendar isoformat isoweekday replace strftime toordinal weekday"),
        dt.time: _words("isoformat replace strftime"),
        float: _words("is_integer"),
    }
)
_FIELDS: Mapping[type, frozenset[str]] = MappingProxyType(
    {
        dt.timedelta: _words("days seconds microseconds"),
        dt.datetime: _words("year month day hour minute second microsecond"),
        dt.date: _words("year month day"),
        dt.time: _words("hour minute second microsecond"),
    }
)


class Method(Thing):
    """A method of a plain value."""

    __slots__ = ("name", "value")

    def __init__(self, value: Value, name: str) -> None:
        self.value = value
        self.name = name

    def call(self, run: Run, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Value:
        if isinstance(self.value, str):
            result = _text_method(run, self.value, self.name, args, kwargs)
        elif self.name == "sort":
            return _sort(run, self.value, **kwargs)
        elif self.name in ("strftime", "isoformat"):
            return _formatted_time(run, self.value, self.name, args, kwargs)
        else:
            for arg in (*args, *kwargs.values()):
                run.budget.weigh(arg)
            if self.name not in _QUICK and isinstance(self.value, CONTAINERS):
                run.budget.will_make_items(len(self.value) if args or self.name != "pop" else 1)
            result = getattr(self.value, self.name)(*args, **kwargs)
            if self.name in ("items", "keys", "values"):
                result = list(result)
        run.budget.made(result)
        return result


def attribute(run: Run, value: Value, name: str) -> Value:
    """The attribute of a plain value, or ABSENT. Raises Unrenderable for names that only break out of sandboxes."""
    if name.startswith("__"):
        raise Unrenderable(f"{name} must not be used in a template", run.line)
    kind = type(value)
    if kind is str:
        return Method(value, name) if name in _TEXT else ABSENT
    if name in _METHODS.get(kind, ()):
        return Method(value, name)
    if name in _FIELDS.get(kind, ()):
        return getattr(value, name)
    return ABSENT


def item(value: Value, key: Value) -> Value:
    """What stands at a key or a place of a plain value, or ABSENT."""
    if isinstance(value, Mapping):
        return value.get(key, ABSENT)
    if isinstance(value, (str, list, tuple)) and isinstance(key, (int, slice)):
        try:
            return value[key]
        except IndexError:
            return ABSENT
    return ABSENT


def _text_method(run: Run, value: str, name: str, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Value:
    if name == "format":
        return brace_formatted(run, value, args, kwargs)
    if name == "join":
        return joined(run, items_of(run, args[0]), value)
    plain = [text_of(run, arg) if isinstance(arg, (Unknown, Missing, Thing)) else arg for arg in args]
    if name in _ASKING:
        for text in (value, *plain):
            if isinstance(text, str) and (unknown := run.hole_in(text)) is not None:
                raise Undecided(unknown)
    if name in _PADDING and plain and isinstance(plain[0], int) and plain[0] > MAX_WIDTH:
        raise Exceeded(f"a text padded to more than {MAX_WIDTH:,} characters")
    if name == "replace" and len(plain) > 1:
        old, new = str(plain[0]), str(plain[1])
        run.budget.will_make_text(len(value) + value.count(old) * max(0, len(new) - len(old)))
    run.budget.will_make_text(len(value))
    return getattr(value, name)(*plain, **kwargs)


def _sort(run: Run, value: list[Value], *, reverse: Value = False) -> None:
    run.budget.weigh(value)
    run.budget.will_sort(len(value))
    value.sort(reverse=bool(reverse))


def _formatted_time(run: Run, value: Value, name: str, args: Sequence[Value], kwargs: Mapping[str, Value]) -> str:
    if any(isinstance(arg, str) and len(arg) > MAX_WIDTH for arg in args):
        raise Exceeded("a date format that asks for a very long text")
    result = str(getattr(value, name)(*args, **kwargs))
    run.budget.made(result)
    return result
