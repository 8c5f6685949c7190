"""What a template does not know: a value that nobody can tell (a hole), and a name that stands for nothing.

A hole spreads by itself: code that asks for its truth, its items or its equality is stopped by ``Undecided``, which
carries the hole to where the expression is evaluated; there it becomes the expression's value.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

from placet.readers.dbt.parts import Hole


class Undecided(Exception):
    """Something was asked of a hole that only the missing value could answer."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__(unknown.hole.reason)
        self.unknown = unknown


class Unknown:
    """A value that is not known; printed, it is its token."""

    __slots__ = ("hole", "token")

    def __init__(self, hole: Hole, token: str) -> None:
        self.hole = hole
        self.token = token

    def __str__(self) -> str:
        return self.token

    __repr__ = __str__

    def __bool__(self) -> bool:
        raise Undecided(self)

    def __len__(self) -> int:
        raise Undecided(self)

    def __iter__(self) -> Iterator[object]:
        raise Undecided(self)

    def __contains__(self, _item: object) -> bool:
        raise Undecided(self)

    def __eq__(self, other: object) -> bool:
        raise Undecided(self)

    def __lt__(self, other: object) -> bool:
        raise Undecided(self)

    __gt__ = __le__ = __ge__ = __lt__

    def _operate(self, *_others: object) -> NoReturn:
        raise Undecided(self)

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _operate
    __mod__ = __rmod__ = __floordiv__ = __rfloordiv__ = __pow__ = __rpow__ = __neg__ = __pos__ = _operate
    __int__ = __float__ = __index__ = __abs__ = __round__ = _operate

    def __hash__(self) -> int:
        return hash(self.token)


class Missing:
    """A name or an attribute that nothing was given for: false, empty, and not ``defined``.

    ``name`` is how the template writes it. ``quiet``: it is known to be nothing (set in a branch that was not taken, a
    key that a known mapping does not have), so that it prints nothing rather than a hole. ``reason`` says why a macro
    of that name cannot be called.
    """

    __slots__ = ("name", "quiet", "reason")

    def __init__(self, name: str, *, quiet: bool = False, reason: str = "") -> None:
        self.name = name
        self.quiet = quiet
        self.reason = reason or f"macro {name} is not in this repository"

    def __str__(self) -> str:
        return ""

    __repr__ = __str__

    def __bool__(self) -> bool:
        return False

    def __len__(self) -> int:
        return 0

    def __iter__(self) -> Iterator[object]:
        return iter(())

    def __contains__(self, _item: object) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Missing)

    def __hash__(self) -> int:
        return 0
