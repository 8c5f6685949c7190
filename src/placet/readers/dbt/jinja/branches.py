"""The ways through a template whose conditions nobody can decide: each branch has its turn, up to a bound."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

# Three conditions, if each has its turn with each.
MOST_WAYS = 8
# How many conditions are looked at on one way; past that there are too many ways anyhow.
_MOST_ASKED = 16


class Branches:
    """The answers to the conditions on one way, in the order in which they are met; the rest are taken to be false."""

    def __init__(self, answers: Sequence[bool] = ()) -> None:
        self._answers = answers
        self._known: dict[Hashable, bool] = {}
        self.asked = 0
        self.paused = False

    @property
    def is_open(self) -> bool:
        """Whether another condition is looked at."""
        return not self.paused and self.asked < _MOST_ASKED

    def taken(self, condition: Hashable) -> bool:
        """Whether a condition holds on this way: the same one holds everywhere on it, or nowhere."""
        if condition not in self._known:
            place = self.asked
            self._known[condition] = self._answers[place] if place < len(self._answers) else False
            self.asked += 1
        return self._known[condition]

    def others(self) -> list[tuple[bool, ...]]:
        """The answers of the ways that part from this one where it had none."""
        given = tuple(self._answers)
        return [(*given, *[False] * (place - len(given)), True) for place in range(len(given), self.asked)]
