"""A difference between two sides, before any rule has judged it."""

from __future__ import annotations

from dataclasses import dataclass

from placet.diff.changes import Facts
from placet.vocabulary.files import Location
from placet.vocabulary.words import Side


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: ``rule`` is the id of its row in the table, ``path`` where in the contract.

    ``column`` is the folded name that readers may lose. ``tells``: it never asks, whatever its rule says. ``raised``: a
    reader that is there is hit, in the case that the rule tells.
    """

    rule: str
    path: str
    before: Facts | None
    after: Facts | None
    message: str
    location: Location
    side: Side
    column: str = ""
    tells: bool = False
    raised: bool = False
    renamed_to: str | None = None
