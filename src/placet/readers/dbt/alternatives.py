"""Renderings by several branches of which nobody can tell which one is taken: where all give the same, it is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from placet.readers.dbt.parts import Hole, Rendered
from placet.readers.dbt.resolving import Resolved


def possible(variants: Sequence[Rendered], results: Sequence[Resolved]) -> list[Resolved]:
    """The results that count: those of branches that are no SQL may well never be taken."""
    pairs = zip(variants, results, strict=True)
    return [result for variant, result in pairs if not variant.alternative or result.resolution is not None]


def settled(variants: Sequence[Rendered], results: Sequence[Resolved]) -> frozenset[Hole]:
    """The conditions that make no difference to the columns: every branch was resolved, and gives the same ones."""
    pairs = list(zip(variants, results, strict=True))
    for build in (False, True):
        lists = {_names(result) for variant, result in pairs if variant.incremental is build}
        if None in lists or len(lists) > 1:
            return frozenset()
    return frozenset(_explored(variants))


def _names(result: Resolved) -> tuple[str, ...] | None:
    resolution = result.resolution
    return None if resolution is None else tuple(column.key for column in resolution.columns)


def _explored(variants: Sequence[Rendered]) -> Iterator[Hole]:
    """The conditions whose branches all have a rendering, wherever they were met."""
    left = {hole for variant in variants for hole in variant.uncertain if hole not in variant.explored}
    for variant in variants:
        yield from (hole for hole in variant.explored if hole not in left)
