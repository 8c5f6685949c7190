"""What a row of the rule table is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from placet.vocabulary.words import Because, Category, Mode

BREAKING = Category.BREAKING
ANALYSIS = Category.REQUIRES_ANALYSIS
SAFE = Category.NON_BREAKING
TOOLING = Category.INFRASTRUCTURE


class Channel(StrEnum):
    """What part of a contract a rule is about."""

    SHAPE = "shape"
    GUARANTEE = "guarantees"
    ACCESS = "access"
    RELATION = "relation"
    VERSION = "versions"
    PACKAGE = "packages"
    LOGIC = "logic"
    SOURCE = "source"
    EXPOSURE = "exposure"
    READING = "reading"


class Weighed(StrEnum):
    """The key of the policy that says how much a rule weighs."""

    GUARANTEES = "guarantees"
    LOGIC = "logic"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table.

    ``backward`` and ``forward`` are its category in those modes (``full`` is the worse of the two). ``tells``: it never
    asks. ``because``: why it has its category. ``raised``: its category where a reader that is there is hit, in the
    case that ``raised_when`` tells. ``weighed``: the policy says whether it is passed over, told or asked about.
    """

    id: str
    channel: Channel
    title: str
    why: str
    example: str
    safe_way: str
    backward: Category
    forward: Category
    because: Because = Because.MODE
    tells: bool = False
    raised: Category | None = None
    raised_when: str = ""
    weighed: Weighed | None = None

    def category_in(self, mode: Mode) -> Category:
        """Its category in a mode; ``none`` keeps the categories of ``backward``."""
        if mode is Mode.FORWARD:
            return self.forward
        if mode is Mode.FULL:
            return max(self.backward, self.forward, key=lambda category: category.rank)
        return self.backward
