"""The differences between two sides' promises about data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

from placet.contracts.model import Asset, Guarantee
from placet.diff.difference import Difference
from placet.diff.readership import Readership
from placet.vocabulary.words import GuaranteeKind, Side


def guarantee_differences(old: Asset, new: Asset, readership: Readership) -> Iterator[Difference]:
    """What becomes of each guarantee, in order of its identity.

    A guarantee of a column that is gone went with it, and is not told again.
    """
    gone = {column.key for column in old.columns} - {column.key for column in new.columns}
    for before, after in _pairs(old, new):
        if before is not None and set(before.columns) & gone:
            continue
        yield from _difference(before, after, new)
        if before is not None and after is not None:
            yield from _values_in_use(before, after, old.key, readership)


def _pairs(old: Asset, new: Asset) -> Iterator[tuple[Guarantee | None, Guarantee | None]]:
    """The guarantees of both sides that are the same ones, in order of identity; those alone that are on one side only.

    Where several of a kind stand on one column, those that promise the same belong together, then the others in order.
    """
    had, has = _by_identity(old), _by_identity(new)
    for identity in sorted(had.keys() | has.keys()):
        before, after = list(had.get(identity, ())), list(has.get(identity, ()))
        for one in tuple(before):
            same = next((other for other in after if other.arguments == one.arguments), None)
            if same is not None:
                before.remove(one)
                after.remove(same)
                yield one, same
        yield from zip_longest(before, after)


def _by_identity(asset: Asset) -> dict[tuple[str, ...], list[Guarantee]]:
    result: dict[tuple[str, ...], list[Guarantee]] = {}
    for one in asset.guarantees:
        kind, columns = one.identity
        identity = ("constraint" if one.enforced else "test", kind, *columns)
        if one.kind in (GuaranteeKind.CUSTOM, GuaranteeKind.EXPRESSION, GuaranteeKind.RELATIONSHIPS):
            # Several of a kind can stand on one column: what they promise tells them apart.
            identity = (*identity, "", one.arguments)
        known = result.setdefault(identity, [])
        if all(other.arguments != one.arguments for other in known):
            known.append(one)
    return result


def _difference(before: Guarantee | None, after: Guarantee | None, new: Asset) -> Iterator[Difference]:
    one = before or after
    if one is None:
        return
    path = ".".join(("guarantees", one.kind.value, *one.columns))
    promise = _sentence(one)
    if after is None:
        rule = "constraint_removed" if one.enforced else "guarantee_removed"
        where, side = (new.location, Side.HEAD) if before is None else (before.location, Side.BASE)
        yield Difference(rule, path, _facts(one), None, f"{promise} no longer promised", where, side)
    elif before is None:
        yield Difference(
            "guarantee_added", path, None, _facts(after), f"{promise} now promised", after.location, Side.HEAD
        )
    elif before.arguments != after.arguments:
        is_written_otherwise = _but_for_quotes(before) == _but_for_quotes(after)
        rule = "guarantee_described" if is_written_otherwise else _step(before, after)
        message = f"{promise}: {_told(before)} becomes {_told(after)}"
        if is_written_otherwise:
            message = f"{promise}: only how its values are quoted"
        yield Difference(rule, path, _facts(before), _facts(after), message, after.location, Side.HEAD)
    elif before.texts != after.texts:
        yield Difference(
            "guarantee_described",
            path,
            {"texts": json.loads(before.texts)},
            {"texts": json.loads(after.texts)},
            f"{promise}: only its name, message or severity",
            after.location,
            Side.HEAD,
        )


def _values_in_use(before: Guarantee, after: Guarantee, asset: str, readership: Readership) -> Iterator[Difference]:
    """Accepted values that are gone and that a reader compares the column with."""
    old, new = _values(before), _values(after)
    gone = sorted(str(json.loads(value)) for value in (old or frozenset()) - (new or frozenset()))
    if new is None or len(before.columns) != 1:
        return
    column = before.columns[0]
    in_use = [value for value in gone if readership.compares(asset, column, frozenset({value}))]
    if in_use:
        yield Difference(
            "accepted_value_removed",
            f"columns.{column}.accepted_values",
            {"values": in_use},
            None,
            f"column {column} no longer takes {', '.join(in_use)}, which a reader compares it with",
            after.location,
            Side.HEAD,
            column=column,
        )


def _step(before: Guarantee, after: Guarantee) -> str:
    """Fewer accepted values promise more; whatever cannot be compared counts as promising less."""
    if before.kind is GuaranteeKind.ACCEPTED_VALUES:
        old, new = _values(before), _values(after)
        if old is not None and new is not None and new < old:
            return "guarantee_tightened"
    return "guarantee_relaxed"


def _values(guarantee: Guarantee) -> frozenset[str] | None:
    values = _arguments(guarantee).get("values")
    return frozenset(json.dumps(value) for value in values) if isinstance(values, list) else None


def _arguments(guarantee: Guarantee) -> Mapping[str, Any]:
    arguments = json.loads(guarantee.arguments)
    return arguments if isinstance(arguments, dict) else {"value": arguments}


def _facts(guarantee: Guarantee) -> dict[str, Any]:
    return {"kind": guarantee.kind.value, "columns": list(guarantee.columns), "arguments": _arguments(guarantee)}


def _but_for_quotes(guarantee: Guarantee) -> dict[str, Any]:
    """The arguments without ``quote``, by which dbt writes the same values in SQL as numbers or as texts."""
    return {name: value for name, value in _arguments(guarantee).items() if name != "quote"}


def _told(guarantee: Guarantee) -> str:
    arguments = _arguments(guarantee)
    values = arguments.get("values")
    if isinstance(values, list):
        return ", ".join(str(value) for value in values)
    return ", ".join(f"{name}: {_plainly(value)}" for name, value in sorted(arguments.items())) or "without conditions"


def _plainly(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)


def _sentence(guarantee: Guarantee) -> str:
    columns = ", ".join(guarantee.columns)
    name = _arguments(guarantee).get("test") if guarantee.kind is GuaranteeKind.CUSTOM else None
    what = str(name or guarantee.kind.value)
    return f"{what} ({columns})" if columns else what
