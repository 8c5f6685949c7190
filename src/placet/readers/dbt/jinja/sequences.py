"""Filters that walk lists and mappings."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from placet.readers.dbt.jinja.budget import CONTAINERS
from placet.readers.dbt.jinja.text import items_of, joined, text_of
from placet.readers.dbt.jinja.things import Value
from placet.readers.dbt.jinja.unknown import Missing, Undecided, Unknown

if TYPE_CHECKING:
    from placet.readers.dbt.jinja.run import Run

_MAX_LITERAL = 100_000


def literal(text: str) -> Value:
    """A Python literal's value; the text itself where it is none."""
    if len(text) > _MAX_LITERAL:
        return text
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return text


def written(run: Run, value: Value) -> Value:
    """A value as JSON can write it; raises Undecided for a hole inside."""
    if isinstance(value, Unknown):
        raise Undecided(value)
    if isinstance(value, dict):
        return {text_of(run, key): written(run, one) for key, one in value.items()}
    if isinstance(value, CONTAINERS):
        return [written(run, one) for one in items_of(run, value)]
    return value if value is None or isinstance(value, (str, bool, int, float)) else text_of(run, value)


def _length(run: Run, value: Value) -> int:
    if isinstance(value, Unknown):
        raise Undecided(value)
    return len(value) if isinstance(value, str) else len(items_of(run, value))


def _list(run: Run, value: Value) -> Value:
    return value if isinstance(value, Unknown) else list(items_of(run, value))


def _first(run: Run, value: Value) -> Value:
    items = items_of(run, value)
    return items[0] if items else Missing("first", quiet=True)


def _last(run: Run, value: Value) -> Value:
    items = items_of(run, value)
    return items[-1] if items else Missing("last", quiet=True)


def _join(run: Run, value: Value, d: Value = "", attribute: Value = None) -> str:
    if isinstance(value, str) and run.hole_in(value):
        return value
    return joined(run, [_part(run, one, attribute) for one in items_of(run, value)], text_of(run, d))


def _reverse(run: Run, value: Value) -> Value:
    return value[::-1] if isinstance(value, str) else list(items_of(run, value))[::-1]


def _sort(
    run: Run,
    value: Value,
    reverse: Value = False,  # noqa: FBT002 - Jinja's
    case_sensitive: Value = False,  # noqa: FBT002 - Jinja's
    attribute: Value = None,
) -> list[Value]:
    keys = _parts(attribute)
    run.budget.weigh(value)
    items = items_of(run, value)
    run.budget.will_sort(len(items))
    return sorted(
        items,
        key=lambda one: tuple(_folded(_part(run, one, key), case_sensitive) for key in keys),
        reverse=bool(reverse),
    )


def _unique(run: Run, value: Value, case_sensitive: Value = False, attribute: Value = None) -> list[Value]:  # noqa: FBT002 - Jinja's
    run.budget.weigh(value)
    seen: dict[Value, Value] = {}
    for one in items_of(run, value):
        seen.setdefault(_folded(_part(run, one, attribute), case_sensitive), one)
    return list(seen.values())


def _group(run: Run, value: Value, attribute: Value, default: Value = None) -> list[tuple[Value, list[Value]]]:
    groups: dict[Value, list[Value]] = {}
    for one in items_of(run, value):
        key = _part(run, one, attribute)
        key = default if isinstance(key, Missing) else key
        run.budget.weigh(key)
        groups.setdefault(key, []).append(one)
    run.budget.will_sort(len(groups))
    return sorted(groups.items(), key=lambda pair: _folded(pair[0], case_sensitive=False))


def _extreme(pick: Callable[..., Value]) -> Callable[..., Value]:
    def choose(run: Run, value: Value, case_sensitive: Value = False, attribute: Value = None) -> Value:  # noqa: FBT002 - Jinja's
        run.budget.weigh(value)
        items = items_of(run, value)
        if not items:
            return Missing("max", quiet=True)
        return pick(items, key=lambda one: _folded(_part(run, one, attribute), case_sensitive))

    return choose


def _sum(run: Run, value: Value, attribute: Value = None, start: Value = 0) -> Value:
    total = start
    for one in items_of(run, value):
        part = _part(run, one, attribute)
        if not isinstance(part, (int, float, Unknown)):
            raise TypeError("only numbers are summed")
        total += part
    return total


def _batch(run: Run, value: Value, linecount: int, fill_with: Value = None) -> list[list[Value]]:
    items = list(items_of(run, value))
    run.budget.will_make_items(max(linecount, 0))
    rows = [items[start : start + linecount] for start in range(0, len(items), linecount)]
    if rows and fill_with is not None:
        rows[-1] += [fill_with] * (linecount - len(rows[-1]))
    return rows


def _slice(run: Run, value: Value, slices: int, fill_with: Value = None) -> list[list[Value]]:
    items = list(items_of(run, value))
    run.budget.will_make_items(max(slices, 0))
    size, longer = divmod(len(items), slices)
    rows, start = [], 0
    for place in range(slices):
        end = start + size + (place < longer)
        rows.append(items[start:end] + ([fill_with] if fill_with is not None and place >= longer else []))
        start = end
    return rows


def _map(run: Run, value: Value, *args: Value, **kwargs: Value) -> Value:
    if isinstance(value, Unknown):
        return value
    items = items_of(run, value)
    run.budget.will_make_items(len(items))
    if "attribute" in kwargs:
        found = [_part(run, one, kwargs["attribute"]) for one in items]
        if "default" in kwargs:
            found = [kwargs["default"] if isinstance(one, Missing) else one for one in found]
        return found
    if not args:
        raise TypeError("map needs the name of a filter")
    return [run.interpreter.filtered(str(args[0]), one, args[1:], kwargs) for one in items]


def _selecting(*, wanted: bool, by_attribute: bool) -> Callable[..., Value]:
    def select(run: Run, value: Value, *args: Value) -> Value:
        if isinstance(value, Unknown):
            return value
        attribute, rest = (args[0], args[1:]) if by_attribute else (None, args)
        kept = []
        for one in items_of(run, value):
            run.budget.step()
            part = _part(run, one, attribute) if by_attribute else one
            holds = run.interpreter.checked(str(rest[0]), part, rest[1:]) if rest else run.truth(part)
            if holds is wanted:
                kept.append(one)
        return kept

    return select


def _dictsort(run: Run, value: Value, case_sensitive: Value = False, by: str = "key", reverse: Value = False) -> Value:  # noqa: FBT002 - Jinja's
    run.budget.weigh(value)
    run.budget.will_sort(len(value))
    place = 1 if by == "value" else 0
    return sorted(value.items(), key=lambda pair: _folded(pair[place], case_sensitive), reverse=bool(reverse))


def _items(_run: Run, value: Value) -> list[tuple[Value, Value]]:
    return list(value.items()) if value else []


def _parts(attribute: Value) -> Sequence[Value]:
    return attribute.split(",") if isinstance(attribute, str) else (attribute,)


def _part(run: Run, value: Value, attribute: Value) -> Value:
    if attribute is None:
        return value
    for name in attribute.split(".") if isinstance(attribute, str) else (attribute,):
        value = run.interpreter.item(value, int(name) if isinstance(name, str) and name.isdigit() else name)
    return value


def _folded(value: Value, case_sensitive: Value) -> Value:
    return value.lower() if isinstance(value, str) and not case_sensitive else value


FILTERS: Mapping[str, Callable[..., Value]] = MappingProxyType(
    {
        **dict.fromkeys(("length", "count"), _length),
        "list": _list,
        "first": _first,
        "last": _last,
        "join": _join,
        "reverse": _reverse,
        "sort": _sort,
        "unique": _unique,
        "groupby": _group,
        "min": _extreme(min),
        "max": _extreme(max),
        "sum": _sum,
        "batch": _batch,
        "slice": _slice,
        "map": _map,
        "select": _selecting(wanted=True, by_attribute=False),
        "reject": _selecting(wanted=False, by_attribute=False),
        "selectattr": _selecting(wanted=True, by_attribute=True),
        "rejectattr": _selecting(wanted=False, by_attribute=True),
        "dictsort": _dictsort,
        "items": _items,
    }
)
