"""What was made of a file before: reading another commit costs what differs from it, and what stands below that.

A file gives the same drafts where its content, its YAML entry and all that its project lays around it are the same; a
draft gives the same asset where its references mean the same assets, and these look the same to who reads them. Both
are remembered under exactly that. What is remembered holds no tree and no project, so that it keeps nothing of a commit
alive but what was made of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from placet.contracts.model import Relation
from placet.readers.dbt.cache import Cache
from placet.readers.dbt.parts import KnownRelation, RefCall, SourceCall
from placet.readers.dbt.relations import Missing

Call = RefCall | SourceCall
Made = TypeVar("Made")

# Base, head, tip and what comes of merging them; a few pull requests that touch the same file.
_KEPT_OF_ONE = 6


@dataclass(frozen=True, slots=True)
class Known:
    """A relation as its readers see it, and where it lies."""

    relation: KnownRelation
    place: Relation


@dataclass(frozen=True, slots=True)
class Need:
    """One reference of a draft: the key that it means (or why it means nothing), and what its relation looks like."""

    call: Call
    key: str | Missing
    known: Known | None


@dataclass(frozen=True, slots=True)
class Worked(Generic[Made]):
    """What came of a draft whose references meant this; ``made`` is None where it switches itself off.

    ``absent``: the packages that are not in the tree.
    """

    needs: tuple[Need, ...]
    absent: tuple[tuple[str, str], ...]
    made: Made | None
    is_off_for_now: bool = False


class Origin(Generic[Made]):
    """A draft as it was read once: what came of it, by what its references meant."""

    __slots__ = ("_worked",)

    def __init__(self) -> None:
        self._worked: tuple[Worked[Made], ...] = ()

    def worked(
        self, key_of: Callable[[Call], str | Missing], known: Mapping[str, Known], absent: tuple[tuple[str, str], ...]
    ) -> Worked[Made] | None:
        """What came of it, where its references mean now what they meant then."""
        for one in self._worked:
            if one.absent == absent and all(_is_met(need, key_of, known) for need in one.needs):
                return one
        return None

    def remember(self, worked: Worked[Made]) -> None:
        """Remember what came of it, before all others."""
        self._worked = (worked, *self._worked[: _KEPT_OF_ONE - 1])


def needs_of(
    calls: Iterable[Call], key_of: Callable[[Call], str | Missing], known: Mapping[str, Known]
) -> tuple[Need, ...]:
    """What some references mean now."""
    return tuple(_need(call, key_of(call), known) for call in dict.fromkeys(calls))


def one_of(known: Known) -> Known:
    """The one value that stands for all equal ones, so that what reads it sees at once that nothing changed."""
    first = _ALIKE.get(known)
    if first is None:
        _ALIKE.put(known, known)
        return known
    return first


_ALIKE = Cache[Known](40_000_000, lambda known: 300 + 100 * len(known.relation.columns))


def _need(call: Call, key: str | Missing, known: Mapping[str, Known]) -> Need:
    return Need(call, key, known.get(key) if isinstance(key, str) else None)


def _is_met(need: Need, key_of: Callable[[Call], str | Missing], known: Mapping[str, Known]) -> bool:
    key = key_of(need.call)
    return key == need.key and (known.get(key) if isinstance(key, str) else None) is need.known
