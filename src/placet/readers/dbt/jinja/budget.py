"""What one rendering may cost: steps, loop passes, macro calls, text; the same template always stops at the same place.

Every value that a template can make grow goes through here first, so that nothing large is built before it is refused.
"""

from __future__ import annotations

from placet.readers.dbt.jinja.model import Unrenderable

MAX_TEMPLATE = 1_000_000
MAX_STEPS = 3_000_000
MAX_PASSES = 200_000
MAX_MACRO_CALLS = 50_000
MAX_DEPTH = 40
MAX_OUTPUT = 2_000_000
MAX_TEXT = 2_000_000
MAX_TEXT_IN_ALL = 100_000_000
MAX_ITEMS = 200_000
MAX_ITEMS_IN_ALL = 20_000_000
MAX_BITS = 4_000
MAX_WIDTH = 10_000
_LONG = 1_000
CONTAINERS = (list, tuple, dict, set, frozenset)


class Exceeded(Unrenderable):
    """A limit was passed."""


class Budget:
    """Counts what a rendering uses; each method raises Exceeded when its limit is passed."""

    __slots__ = ("calls", "depth", "items", "passes", "steps", "text")

    def __init__(self) -> None:
        self.steps = 0
        self.passes = 0
        self.calls = 0
        self.depth = 0
        self.text = 0
        self.items = 0

    def step(self) -> None:
        """One statement or call."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise Exceeded(f"a template that does not end: more than {MAX_STEPS:,} steps")

    def loop_pass(self) -> None:
        """One pass of a loop."""
        self.passes += 1
        if self.passes > MAX_PASSES:
            raise Exceeded(f"a loop that does not end: more than {MAX_PASSES:,} iterations")

    def enter(self, name: str) -> None:
        """A macro begins; ``leave`` must follow."""
        self.calls += 1
        self.depth += 1
        if self.calls > MAX_MACRO_CALLS:
            raise Exceeded(f"macros that call one another without end: more than {MAX_MACRO_CALLS:,} calls")
        if self.depth > MAX_DEPTH:
            raise Exceeded(f"macro {name} calls itself without end: more than {MAX_DEPTH} calls deep")

    def leave(self) -> None:
        """The macro ends."""
        self.depth -= 1

    def will_make_text(self, length: int) -> None:
        """A text of that many characters is about to be made."""
        if length > MAX_TEXT:
            raise Exceeded(f"a text of more than {MAX_TEXT:,} characters")
        self.text += length
        if self.text > MAX_TEXT_IN_ALL:
            raise Exceeded(f"more than {MAX_TEXT_IN_ALL:,} characters of text are made")

    def will_make_items(self, count: int) -> None:
        """A list (or the like) of that many items is about to be made or walked."""
        if count > MAX_ITEMS:
            raise Exceeded(f"a list of more than {MAX_ITEMS:,} items")
        self.items += count
        if self.items > MAX_ITEMS_IN_ALL:
            raise Exceeded(f"more than {MAX_ITEMS_IN_ALL:,} items of lists are made")

    def will_sort(self, count: int) -> None:
        """That many items are about to be put in order."""
        self.items += count * count.bit_length()
        self.will_make_items(0)

    def made(self, value: object) -> None:
        """A value was made by something that can make only a little more than it was given."""
        if isinstance(value, str):
            self.will_make_text(len(value))
        elif isinstance(value, CONTAINERS):
            self.will_make_items(len(value))

    def weigh(self, value: object) -> None:
        """Count what it costs to compare, hash or print a value; refuse one that is too large written out in full."""
        if not isinstance(value, CONTAINERS):
            if isinstance(value, str) and len(value) > _LONG:
                self.will_make_text(len(value))
            return
        items = letters = 0
        waiting: list[object] = [value]
        while waiting:
            one = waiting.pop()
            if isinstance(one, str):
                letters += len(one)
            elif isinstance(one, CONTAINERS):
                items += 2 * len(one) if isinstance(one, dict) else len(one)
                if items > MAX_ITEMS:
                    raise Exceeded(f"a list of more than {MAX_ITEMS:,} items, or one that contains itself")
                waiting += [*one.keys(), *one.values()] if isinstance(one, dict) else one
        self.will_make_items(items)
        self.will_make_text(letters)
