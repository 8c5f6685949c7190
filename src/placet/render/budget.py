"""Fitting any text into a budget of bytes: parts that can be said shorter, and the order in which they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

# GitHub takes 65,536 characters in a comment, and 65,535 bytes in each of a check's texts (5-github, "Limits").
COMMENT_BYTES = 60_000
CHECK_BYTES = 65_535

_GAP = "\n\n"


# A text, or what makes it: most shorter forms are never needed.
Form = str | Callable[[], str]


class Cut(IntEnum):
    """What is said shorter first; what must stay as it is has only one alternative."""

    PICTURE = 1
    FAR_LINEAGE = 2
    CONTRACT = 3
    BREAKS = 4
    TABLE = 5
    REST = 6


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a text in its full form, and its shorter ones, each with when it takes the former's place.

    Every form is Markdown that stands alone, and one that leaves something out says so itself; empty forms vanish.
    """

    full: str
    shorter: tuple[tuple[Cut, Form], ...] = ()


def section(full: str, *shorter: Form, cut: Cut = Cut.REST) -> Section:
    """A section all of whose shorter forms have the same turn."""
    return Section(full, tuple((cut, form) for form in shorter))


def fitted(sections: Sequence[Section], limit: int) -> str:
    """The sections one below the other in at most ``limit`` bytes, as much of each as fits.

    Sections are shortened in the order of their cuts, and among equals the last first. Should even the shortest forms
    not fit, whole sections go from the end: nothing is ever cut inside a table or a block.
    """
    texts = [one.full for one in sections]
    sizes = [_size(text) for text in texts]
    steps = [(cut, -index, form) for index, one in enumerate(sections) for cut, form in one.shorter]
    for _, index, form in sorted(steps, key=lambda step: step[:2]):
        if sum(sizes) <= limit:
            break
        text = form if isinstance(form, str) else form()
        texts[-index], sizes[-index] = text, _size(text)
    while sum(sizes) > limit and texts:
        texts.pop()
        sizes.pop()
    return joined(texts)


def joined(texts: Iterable[str]) -> str:
    """The texts that are not empty, one below the other."""
    return _GAP.join(text for text in texts if text)


def _size(text: str) -> int:
    return len(text.encode()) + len(_GAP) if text else 0
