"""Changes that are only consequences: the asset's own inputs stand as they were, something above it changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from placet.contracts.model import Asset, ColumnRef
from placet.contracts.order import in_order_of_reading
from placet.diff.changes import Change, fingerprint_of
from placet.diff.rule import Channel
from placet.diff.rules import RULES
from placet.diff.versions import LATEST
from placet.lineage.graph import Graph, parents_of
from placet.vocabulary.words import Because, Gate

# Types that somebody wrote down beside what makes the column: correcting them moves nothing in the warehouse.
_NOTES = frozenset({"type_noted", "source_listed"})
_BY_PLACE = frozenset({"column_reordered", "column_added"})
_TYPE_STEPS = frozenset({"type_changed", "type_narrowed", "type_widened", "type_unclear"})


def with_causes(changes: Sequence[Change], before: Graph, after: Graph) -> list[Change]:
    """The changes, where each consequence names its causes and only tells; without a known cause it stands as it is."""
    by_asset: dict[str, list[Change]] = {}
    for change in changes:
        by_asset.setdefault(change.asset, []).append(change)
    old = before.contracts.by_key
    result = [change for change in changes if change.asset not in old]
    reads = {key: parents_of(old[key]) for key in by_asset if key in old}
    done: dict[str, list[Change]] = {}
    covered: set[str] = set()
    for key in (key for group in in_order_of_reading(reads) for key in group):
        asset = old[key]
        done[key] = own = by_asset[key]
        if _is_untouched(asset, after):
            caused = [
                _with_cause(change, asset, after, done, covered) if _may_be_caused(change) else change for change in own
            ]
            done[key] = [change for change in caused if not _says_nothing_more(change, done)]
        result += done[key]
    return result


def _may_cause(change: Change) -> bool:
    """Only what an asset gives can follow from what another gives."""
    return RULES[change.kind].channel in (Channel.SHAPE, Channel.READING, Channel.SOURCE)


def _may_be_caused(change: Change) -> bool:
    return _may_cause(change) and not change.path.startswith(f"{LATEST}.")


def _is_untouched(asset: Asset, after: Graph) -> bool:
    new = after.asset(asset.key)
    return new is not None and new.own_digest == asset.own_digest


def _with_cause(change: Change, asset: Asset, after: Graph, done: dict[str, list[Change]], covered: set[str]) -> Change:
    new = after.asset(asset.key)
    parents = sorted(parents_of(asset) | (parents_of(new) if new is not None else frozenset()))
    above = [one for key in parents if key != asset.key for one in done.get(key, ()) if _may_cause(one)]
    inputs = {ref for side in (asset, new) if side for ref in _inputs(side, change.column)}
    through = [one for one in above if any(ref.asset == one.asset and one.column in ("", ref.column) for ref in inputs)]
    causes = through or above
    if not causes:
        return change
    if change.kind in _TYPE_STEPS and all(one.kind in _NOTES for one in causes):
        return replace(_as_note(change), caused_by=_origins(causes))
    # Somebody must be asked about what breaks: here, unless it is asked about above, however far.
    covering = [one for one in causes if _covers(one, change)]
    if any(one.gate is Gate.ASK or one.fingerprint in covered for one in covering):
        covered.add(change.fingerprint)
        return replace(change, gate=Gate.TELL, caused_by=_origins(causes))
    return replace(change, caused_by=_origins(causes))


def _covers(cause: Change, change: Change) -> bool:
    """Whether whoever is asked about the cause is asked about the consequence.

    Who takes columns by their place is asked about places alone.
    """
    return change.because is not Because.READER or change.kind not in _BY_PLACE or cause.kind == change.kind


def _as_note(change: Change) -> Change:
    """A type that is another only because a note above is: nothing moves in the warehouse."""
    rule = RULES["type_noted"]
    return replace(
        change,
        kind=rule.id,
        category=rule.backward,
        because=rule.because,
        gate=Gate.TELL,
        fingerprint=fingerprint_of(change.asset, rule.id, change.path, change.before, change.after),
    )


def _says_nothing_more(change: Change, done: dict[str, list[Change]]) -> bool:
    """That a type is no longer known goes without saying where what it came from is gone."""
    if change.kind != "type_undeclared" or not change.caused_by:
        return False
    causes = [one for found in done.values() for one in found if one.fingerprint in change.caused_by]
    return any("removed" in one.kind for one in causes)


def _inputs(asset: Asset, column: str) -> Iterable[ColumnRef]:
    found = asset.column(column) if column else None
    return found.derivation.inputs if found is not None and found.derivation is not None else ()


def _origins(changes: Iterable[Change]) -> tuple[str, ...]:
    return tuple(sorted({origin for one in changes for origin in (one.caused_by or (one.fingerprint,))}))
