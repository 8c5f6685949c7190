"""Seeds: the columns that a CSV file's header names."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

# A header is one line; what lies further down is data and never read.
MAX_HEADER_CHARACTERS = 200_000


@dataclass(frozen=True, slots=True)
class Header:
    """The names in a seed's first line, or the ``problem`` that kept them from being read."""

    names: tuple[str, ...]
    problem: str = ""


def header_of(data: bytes, delimiter: str = ",") -> Header:
    """The header of a CSV file; doubled and empty names become what dbt makes of them."""
    try:
        text = data[: MAX_HEADER_CHARACTERS * 4].decode("utf-8-sig", "strict")
    except UnicodeDecodeError as error:
        # Cut in the middle of a character is no fault of the file.
        if error.start < MAX_HEADER_CHARACTERS:
            return Header((), "not valid UTF-8")
        text = data[: error.start].decode("utf-8-sig", "replace")
    if len(delimiter) != 1:
        return Header((), f"the delimiter {delimiter!r} is not one character")
    try:
        reader = csv.reader(io.StringIO(text[:MAX_HEADER_CHARACTERS], newline=""), delimiter=delimiter)
        first = next((row for row in reader if row), [])
    except (csv.Error, ValueError, TypeError) as error:
        return Header((), f"no CSV header: {error}")
    names = _named(first)
    return Header(names) if names else Header((), "no CSV header: the file is empty")


def _named(cells: list[str]) -> tuple[str, ...]:
    names: dict[str, None] = {}
    seen: dict[str, int] = {}
    for place, cell in enumerate(cells):
        name = cell.strip() or _letters(place)
        unique = name
        while unique in names:
            seen[name] = seen.get(name, 1) + 1
            unique = f"{name}_{seen[name]}"
        names[unique] = None
    return tuple(names)


def _letters(place: int) -> str:
    """The name of a column without one: a to z, then aa, bb, and so on."""
    return chr(ord("a") + place % 26) * (place // 26 + 1)
