"""The readers in the same project that still name what is removed: merged like this, its build fails."""

from __future__ import annotations

from collections.abc import Callable

from placet.impact.analysis import Analysis
from placet.proposals.assess import AssessedChange, Assessment
from placet.render.lineage import doubt_of, short
from placet.render.words import counted, listed
from placet.vocabulary.words import READERS_ONLY, Gate, ReaderState

_NAMED = 2
# A column that is only no longer listed of a source may be there all the same.
_REMOVALS = frozenset({"asset_removed", "column_removed"})


def build_failure(assessment: Assessment, analysis: Analysis, show: Callable[[str], str]) -> str:
    """``mart_churn of this project still reads it: change it here, or the build fails``; empty where nothing does.

    Without a full stop; ``show`` makes a name harmless.
    """
    found = {one.change.fingerprint: names for one in assessment.changes if (names := _readers(one, analysis))}
    names = list(dict.fromkeys(name for own in found.values() for name in own))
    if not names:
        return ""
    shown = [show(name) for name in names]
    if len(shown) > _NAMED:
        shown = [*shown[:1], counted(len(shown) - 1, "other")]
    what = "it" if len(found) == 1 else "what is removed"
    reads, them = ("reads", "it") if len(names) == 1 else ("read", "them")
    return f"{listed(shown)} of this project still {reads} {what}: change {them} here, or the build fails"


def _readers(one: AssessedChange, analysis: Analysis) -> list[str]:
    change = one.change
    is_removal = change.kind in _REMOVALS or (change.kind == "source_removed_in_use" and not change.column)
    if not is_removal or change.gate is not Gate.ASK:
        return []
    doubt, facts = doubt_of(analysis.coverage), analysis.assets or {}
    # What comes through a star goes with it: its reader gives less, but it can be built.
    silent = {
        (other.asset, other.column)
        for other in analysis.changes
        if other.kind == "column_removed" and change.column and change.fingerprint in other.caused_by
    }
    readers = [
        person.reach.asset
        for person in one.reaches
        if person.reach.state is ReaderState.BROKEN
        and person.reach.asked
        and not person.reach.team
        and len(person.reach.via) == 2  # noqa: PLR2004 - from what changes straight to the reader
        and _project(person.reach.asset) == _project(change.asset)
        and (person.reach.asset, person.reach.column) not in silent
        and not doubt.touches(person.reach)
    ]
    # A semantic model or a metric breaks when it is asked for, and no build does that.
    built = [key for key in dict.fromkeys(readers) if key not in facts or facts[key].kind not in READERS_ONLY]
    return [facts[key].name if key in facts else short(key.rpartition(":")[2]) for key in built]


def _project(key: str) -> str:
    """The folder of the project that an asset's key begins with."""
    return key.rpartition(":")[0]
