"""The findings as lines to read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.ground_truth import columns, readers
from benchmarks.ground_truth.projects import Truth

_SHOWN = 40


def shown(truth: Truth) -> Iterator[str]:
    """One project: its figures, then each disagreement."""
    yield f"== {truth.name} ({truth.dialect or 'generic'})"
    if truth.problem:
        yield f"   problem: {truth.problem[:500]}"
    if truth.missing_packages:
        yield f"   packages that are not here: {', '.join(truth.missing_packages)}"
    for path, reason in truth.left_out.items():
        yield f"   dbt does not parse {path}: {reason[:160]}"
    if truth.not_read:
        yield f"   built, and not among what we read: {len(truth.not_read)} ({', '.join(truth.not_read[:3])} …)"
    yield f"   columns  {_figures(columns.summary(list(truth.models)))}"
    for one in truth.models:
        if not one.is_equal and one.way != "refused":
            order = " (other order)" if one.wrong_order else ""
            told = f"lacks {list(one.missing)[:6]}, too much {list(one.extra)[:6]}{order}"
            yield f"     {one.status} {one.way} {one.id}: {told}"
    yield f"   readers  {_figures(readers.summary(truth.readers))}"
    yield from list(_disagreements(truth))[:_SHOWN]
    yield f"   manifest {_figures(dict(truth.checked or {}))}"
    yield f"     differences {_figures(dict(Counter(one.what for one in truth.differences)))}"
    for what in dict.fromkeys(one.what for one in truth.differences):
        for difference in [one for one in truth.differences if one.what == what][:6]:
            yield f"     {what} {difference.asset}: dbt {difference.theirs[:200]} | we {difference.ours[:200]}"


def totals(truths: Sequence[Truth]) -> Iterator[str]:
    """All projects together."""
    yield "== together"
    yield f"   columns  {_figures(columns.summary([model for truth in truths for model in truth.models]))}"
    yield f"   readers  {_figures(readers.summary([one for truth in truths for one in truth.readers]))}"


def _disagreements(truth: Truth) -> Iterator[str]:
    for one in truth.readers:
        for missed in one.missed:
            yield f"     missed {one.asset}.{one.column} → {missed}: {str(one.shown[missed])[:200]}"
        for extra in one.extra:
            yield f"     extra  {one.asset}.{one.column} → {extra}"
        if lost := one.reached - one.walked - set(one.missed):
            yield f"     not walked {one.asset}.{one.column} → {sorted(lost)[:3]}"


def _figures(figures: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in figures.items())
