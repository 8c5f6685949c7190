"""``modules``: dates, zones, patterns and combinations, none of which can hang or tell the time."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from placet.readers.dbt.jinja.budget import MAX_ITEMS, Exceeded
from placet.readers.dbt.jinja.patterns import PATTERNS
from placet.readers.dbt.jinja.text import items_of
from placet.readers.dbt.jinja.things import ABSENT, Function, Names, Thing, Value

if TYPE_CHECKING:
    from placet.readers.dbt.jinja.run import Run

# The moment at which every rendering takes place.
NOW = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
_ZONE = re.compile(r"[A-Za-z]+(?:[/_+-][A-Za-z0-9]+){0,5}")


class _Class(Thing):
    """One of Python's date classes: called, it makes a value; its attributes are the class methods that are allowed."""

    __slots__ = ("methods", "python")

    def __init__(self, python: Callable[..., Value], methods: Mapping[str, Callable[..., Value]]) -> None:
        self.python = python
        self.methods = methods

    def attribute(self, run: Run, name: str) -> Value:  # noqa: ARG002 - the same for every run
        found = self.methods.get(name)
        return ABSENT if found is None else Function(name, lambda _run, *args, **kwargs: found(*args, **kwargs))

    def call(self, run: Run, args: Value, kwargs: Mapping[str, Value]) -> Value:  # noqa: ARG002 - no need of it
        return self.python(*args, **kwargs)


def _now(tz: Value = None) -> dt.datetime:
    return NOW.astimezone(tz) if isinstance(tz, dt.tzinfo) else NOW.replace(tzinfo=None)


def _zone(name: Value) -> dt.tzinfo:
    """A zone of that name, at the same time as all others: the moment is made up, and no zone file is read."""
    text = str(name)
    if not _ZONE.fullmatch(text):
        raise ValueError(f"there is no time zone {text[:100]}")
    return dt.timezone(dt.timedelta(0), text)


def _combine(date: Value, time: Value) -> dt.datetime:
    return dt.datetime.combine(date, time)


_DATETIME = Names(
    "modules.datetime",
    {
        "datetime": _Class(
            dt.datetime,
            {
                "now": _now,
                "utcnow": _now,
                "today": _now,
                "strptime": dt.datetime.strptime,
                "fromisoformat": dt.datetime.fromisoformat,
                "fromtimestamp": lambda seconds, tz=dt.UTC: dt.datetime.fromtimestamp(seconds, tz),
                "combine": _combine,
            },
        ),
        "date": _Class(dt.date, {"today": NOW.date, "fromisoformat": dt.date.fromisoformat}),
        "time": _Class(dt.time, {"fromisoformat": dt.time.fromisoformat}),
        "timedelta": _Class(dt.timedelta, {}),
        "timezone": Names("modules.datetime.timezone", {"utc": dt.UTC}),
        "UTC": dt.UTC,
    },
)
_ZONES = Names(
    "modules.pytz", {"utc": dt.UTC, "UTC": dt.UTC, "timezone": Function("timezone", lambda _run, name: _zone(name))}
)


def _combining(count: Callable[[int, int], int], combine: Callable[..., Iterable[Value]]) -> Callable[..., Value]:
    def build(run: Run, items: Value, r: Value = None) -> Value:
        walked = items_of(run, items)
        size = len(walked) if r is None else int(r)
        run.budget.will_make_items(count(len(walked), size))
        return list(combine(walked, size))

    return build


def _product(run: Run, *args: Value, repeat: int = 1) -> Value:
    walked = [items_of(run, arg) for arg in args]
    count = 1
    for _ in range(min(repeat, 50)):
        for items in walked:
            count *= len(items)
            if count > MAX_ITEMS:
                raise Exceeded(f"a list of more than {MAX_ITEMS:,} items")
    run.budget.will_make_items(count)
    return list(itertools.product(*walked, repeat=min(repeat, 50)))


def _choices(n: int, r: int) -> int:
    result = 1
    for place in range(min(r, max(n - r, 0))):
        result = result * (n - place) // (place + 1)
        if result > MAX_ITEMS:
            break
    return result


def _orders(n: int, r: int) -> int:
    result = 1
    for place in range(min(r, n)):
        result *= n - place
        if result > MAX_ITEMS:
            break
    return result


def _chain(run: Run, *args: Value) -> Value:
    return [item for arg in args for item in items_of(run, arg)]


_ITERTOOLS = Names(
    "modules.itertools",
    {
        "product": Function("product", _product),
        "combinations": Function("combinations", _combining(_choices, itertools.combinations)),
        "permutations": Function("permutations", _combining(_orders, itertools.permutations)),
        "chain": Function("chain", _chain),
    },
)
MODULES = Names("modules", {"datetime": _DATETIME, "pytz": _ZONES, "itertools": _ITERTOOLS, "re": PATTERNS})


def plain(value: Value) -> Value:
    """A value from YAML without the lines that it remembers."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value
