"""Declared uses: who says that they read what, and what it means when somebody stops saying so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from placet.contracts.model import Asset, ContractSet
from placet.diff.changes import Change, Facts
from placet.diff.difference import Difference
from placet.diff.engine import Rules, judged_change
from placet.errors import BadFile
from placet.impact.analysis import Reach
from placet.impact.concerns import Declared
from placet.impact.walk import Sides
from placet.policy.model import ConsumerRule, Policy
from placet.vocabulary.words import AssetKind, How, ReaderState, Side

Uses = Mapping[str, tuple[Declared, ...]]


def declared_uses(contracts: ContractSet, policy: Policy) -> Uses:
    """By asset key, the uses that assets (``meta.placet.consumers``) and the policy (``consumers:``) declare.

    Raises BadFile where the policy names an asset that could be two.
    """
    found: dict[str, list[Declared]] = {}
    for asset in contracts.assets:
        for use in asset.meta.consumers:
            found.setdefault(asset.key, []).append(Declared(use.team, frozenset(use.columns), use.purpose))
    for rule in policy.consumers:
        for asset in _named(rule, contracts):
            found.setdefault(asset.key, []).append(Declared(rule.team, frozenset(rule.columns), rule.purpose))
    return {key: tuple(dict.fromkeys(uses)) for key, uses in found.items()}


def together(*many: Uses) -> Uses:
    """All uses that any of them declares."""
    found: dict[str, dict[Declared, None]] = {}
    for uses in many:
        for key, declared in uses.items():
            found.setdefault(key, {}).update(dict.fromkeys(declared))
    return {key: tuple(declared) for key, declared in found.items()}


def read_outside(sides: Sides, stated: Sequence[Uses]) -> Mapping[str, frozenset[str]]:
    """By asset, who reads it outside the project, as far as they are named.

    Those are whoever declared a use and the owners of exposures. An asset that is public or has an enforced contract is
    there in any case. ``stated``: the uses that base and head declare.
    """
    found: dict[str, set[str]] = {}
    for uses in (sides.declared, *stated):
        for key, declared in uses.items():
            found.setdefault(key, set()).update(use.team for use in declared)
    for graph in (sides.before, *sides.after):
        for asset in graph.contracts.assets:
            if asset.kind is AssetKind.EXPOSURE:
                owner = asset.exposure_owner
                said = owner.names if owner is not None else ()
                names = {asset.meta.owner, *said}
                for key in asset.reads:
                    found.setdefault(key, set()).update(name for name in names if name)
            elif asset.access == "public" or asset.contract_enforced:
                found.setdefault(asset.key, set())
    return {key: frozenset(names) for key, names in found.items()}


def withdrawn_uses(
    base: ContractSet, head: ContractSet, uses: tuple[Uses, Uses], rules: Rules
) -> Iterator[tuple[Change, Reach]]:
    """A change for each declared use that is gone or narrower at the head, with the one whose answer it needs.

    A use of something that is gone itself is that change's matter.
    """
    before, after = uses
    for key, declared in sorted(before.items()):
        asset = head.by_key.get(key)
        if asset is None:
            continue
        kept = after.get(key, ())
        for team in sorted({use.team for use in declared}):
            had, has = _columns(declared, team), _columns(kept, team)
            if not _covers(has, had):
                yield from _withdrawn(asset, team, had, has, rules)
    for exposure in base.assets:
        if exposure.kind is AssetKind.EXPOSURE:
            yield from _withdrawn_exposure(exposure, head, rules)


def _named(rule: ConsumerRule, contracts: ContractSet) -> tuple[Asset, ...]:
    found = contracts.named(rule.reads)
    versions = {asset.name for asset in found if asset.version}
    # A versioned model's name means all of its versions; a path means every asset that is read from it.
    if len(found) > 1 and len(versions) != 1 and "/" not in rule.reads:
        ids = ", ".join(asset.id for asset in found)
        place = rule.location
        raise BadFile(
            f'"{rule.reads}" could be any of {ids}', path=place.path, line=place.line, hint="write the full id"
        )
    return found


def _columns(declared: tuple[Declared, ...], team: str) -> frozenset[str] | None:
    """The columns that the team says it reads; None for all of them, the empty set for no use at all."""
    mine = [use for use in declared if use.team == team]
    if any(not use.columns for use in mine):
        return None
    return frozenset(column for use in mine for column in use.columns)


def _covers(wide: frozenset[str] | None, narrow: frozenset[str] | None) -> bool:
    return wide is None or (narrow is not None and narrow <= wide)


def _withdrawn(
    asset: Asset, team: str, had: frozenset[str] | None, has: frozenset[str] | None, rules: Rules
) -> Iterator[tuple[Change, Reach]]:
    after = None if has == frozenset() else _facts(has)
    what = "no longer declared" if after is None else "declared for fewer columns"
    change = _change(asset, f"consumers.{team}", (_facts(had), after), f"{team}'s use is {what}", rules)
    if change is not None:
        yield change, _reach(change, asset, team)


def _withdrawn_exposure(exposure: Asset, head: ContractSet, rules: Rules) -> Iterator[tuple[Change, Reach]]:
    now = head.by_key.get(exposure.key)
    had = sorted(key for key in exposure.reads if key in head.by_key)
    has = sorted(set(had) & set(now.reads)) if now is not None else []
    if had == has or not exposure.reads or (now is not None and now.own_digest == exposure.own_digest):
        # What an untouched exposure names may mean another version; that is a change of the model's.
        return
    after: Facts | None = None if now is None else {"reads": has}
    what = "removed" if now is None else "declared for less"
    facts = ({"reads": had}, after)
    change = _change(exposure, f"consumers.{exposure.name}", facts, f"exposure {exposure.name} {what}", rules)
    if change is not None:
        yield change, _reach(change, exposure, "")


def _change(
    asset: Asset, path: str, facts: tuple[Facts | None, Facts | None], message: str, rules: Rules
) -> Change | None:
    difference = Difference("consumer_removed", path, *facts, message, asset.location, Side.BASE)
    return judged_change(asset.key, asset.id, difference, rules)


def _reach(change: Change, asset: Asset, team: str) -> Reach:
    """Only whoever declared the use must answer."""
    via = (asset.key.rpartition(":")[2],)
    return Reach(change.fingerprint, asset.key, "", How.DECLARED, ReaderState.DECLARED, via, team=team)


def _facts(columns: frozenset[str] | None) -> Facts:
    return {"columns": None if columns is None else sorted(columns)}
