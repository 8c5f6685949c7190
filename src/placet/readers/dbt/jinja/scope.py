"""Where names live while a template runs, and where its text goes."""

from __future__ import annotations

from placet.readers.dbt.jinja.budget import MAX_OUTPUT, Budget, Exceeded
from placet.readers.dbt.jinja.syntax import Parsed
from placet.readers.dbt.jinja.things import ABSENT, Value


class Scope:
    """Names set at one level of a template; those above can be read, not set."""

    __slots__ = ("names", "parent", "parsed", "top")

    def __init__(self, parent: Scope | None, parsed: Parsed | None, *, top: bool = False) -> None:
        self.names: dict[str, Value] = {}
        self.parent = parent
        self.parsed = parsed
        self.top = top

    def inner(self) -> Scope:
        """A level below this one."""
        return Scope(self, self.parsed, top=self.top)

    def find(self, name: str) -> Value:
        """The value of a name, or ABSENT."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.parent
        return ABSENT


class Out:
    """The text that a template gives, with the line that each piece of it comes from."""

    __slots__ = ("_budget", "_length", "pieces")

    def __init__(self, budget: Budget) -> None:
        self.pieces: list[tuple[str, int, bool]] = []
        self._budget = budget
        self._length = 0

    def add(self, text: str, line: int) -> None:
        """What the expression on that line gave."""
        self._add(text, line, own=False)

    def copy(self, text: str, line: int) -> None:
        """A piece of the template itself, which begins on that line."""
        self._add(text, line, own=True)

    def text(self) -> str:
        """All of it."""
        return "".join(text for text, _, _ in self.pieces)

    def lines(self) -> tuple[int, ...]:
        """For each line of the text, the template's line that its first character, spaces aside, comes from."""
        lines: list[int] = []
        current: int | None = None
        last = 1
        for text, start, own in self.pieces:
            last = start
            for place, part in enumerate(text.split("\n")):
                if place:
                    lines.append(last if current is None else current)
                    current = None
                    last += own
                if current is None and part.strip():
                    current = last
        lines.append(last if current is None else current)
        return tuple(lines)

    def _add(self, text: str, line: int, *, own: bool) -> None:
        self._length += len(text)
        if self._length > MAX_OUTPUT:
            raise Exceeded(f"more than {MAX_OUTPUT:,} characters come out")
        self._budget.will_make_text(len(text))
        self.pieces.append((text, line, own))
