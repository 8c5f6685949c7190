"""Plurals, lists and dates, as sentences need them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TypeVar

Item = TypeVar("Item")

# A table, since strftime follows the machine's language.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def counted(number: int, one: str, many: str = "") -> str:
    """``1 team``, ``3 teams``; ``many`` where the plural is not made with an s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def of_total(number: int, total: int, one: str) -> str:
    """``2 of 3 teams``; ``1 of 1 team``."""
    return f"{number:,} of {counted(total, one)}"


def listed(items: Sequence[str], *, last: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``; empty for none."""
    if len(items) < 2:  # noqa: PLR2004 - one needs no conjunction
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def shortened(items: Sequence[Item], keep: int, show: Callable[[Item], str] = str) -> str:
    """The first ``keep`` of them and how many more there are; all of them where only one would be left out."""
    if len(items) <= keep + 1:
        return listed([show(one) for one in items])
    return f"{', '.join(show(one) for one in items[:keep])} and {len(items) - keep:,} more"


def day(when: date, now: datetime) -> str:
    """``18 Nov``, or ``18 Nov 2025`` where it is another year than now; a time counts by its own zone."""
    text = f"{when.day} {_MONTHS[when.month - 1]}"
    return text if when.year == now.year else f"{text} {when.year}"


def clipped(text: str, limit: int) -> str:
    """The text in at most ``limit`` characters; what is cut shows as an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def fitted(before: str, names: Sequence[str], after: str, limit: int) -> str:
    """``before``, as many names as fit, ``and N more``, ``after``; names go from the end, the last is clipped."""
    for keep in range(len(names), 0, -1):
        more = f" and {len(names) - keep:,} more" if keep < len(names) else ""
        text = f"{before}{', '.join(names[:keep])}{more}{after}"
        if len(text) <= limit:
            return text
    more = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
    room = limit - len(before) - len(after) - len(more)
    name = clipped(names[0], room) if names and room > 1 else ""
    return clipped(f"{before}{name}{more}{after}", limit)
