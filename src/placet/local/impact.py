"""Who reads an asset or a column, by what path: the walk of a pull request, for a change that nobody has made."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from placet.contracts.model import Asset, Column, ContractSet
from placet.diff.changes import Change, fingerprint_of
from placet.errors import Refused
from placet.impact.analysis import Reach
from placet.impact.uses import declared_uses
from placet.impact.walk import Sides, reaches_of
from placet.lineage.origins import Origin
from placet.local.reading import Reading, named_team
from placet.proposals.assess import AssessedChange, AssessedReach
from placet.proposals.model import Team
from placet.render.report import impact_report, origins_report
from placet.render.words import shortened
from placet.vocabulary.words import AssetKind, Because, Category, Gate, Side

_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Target:
    """An asset, or one column of it; ``column`` is the folded name, empty for the asset as a whole.

    ``listed``: the column is known to be there; else the asset may have it all the same.
    """

    asset: Asset
    column: str = ""
    listed: bool = True


def target_of(text: str, contracts: ContractSet) -> Target:
    """What a person means by ``ASSET`` or ``ASSET.COLUMN``.

    Raises Refused for what there is not (with the nearest name), or what could be several things (with all of them).
    """
    found = contracts.named(text)
    if found:
        return Target(_only(text, found))
    name, _, column = text.rpartition(".")
    found = contracts.named(name) if name else ()
    if found:
        return _column_target(_only(name, found), column)
    near = _nearest(text, name, column, contracts)
    hint = f'did you mean "{near}"?' if near else "see placet assets for what there is"
    raise Refused(f'there is no asset "{text}"', code="unknown_asset", hint=hint)


def assets_named(text: str, contracts: ContractSet) -> tuple[Asset, ...]:
    """Every asset that a person may mean by a name. Raises Refused, with the nearest name, where there is none."""
    return contracts.named(text) or (target_of(text, contracts).asset,)


def impact_of(target: Target, reading: Reading) -> AssessedChange:
    """The readers of a target, as the walk would find them if it were dropped."""
    sides = Sides(reading.graph, (reading.graph,), declared_uses(reading.contracts, reading.policy))
    change = _drop(target)
    reaches = tuple(AssessedReach(reach, _team(reach, reading), None) for reach in reaches_of(change, sides))
    owner = reading.owners.get(target.asset.key)
    return AssessedChange(change, change.category, False, None, (), owner, reaches)


def origins_document(target: Target, origins: Sequence[Origin], reading: Reading) -> dict[str, Any]:
    """What a target comes from as JSON values, version 1 (docs/json.md)."""
    ids = {asset.key: asset.id for asset in reading.contracts.assets}
    return origins_report(target.asset.key, target.column, origins, ids, complete=reading.is_complete)


def impact_document(target: Target, found: AssessedChange, reading: Reading) -> dict[str, Any]:
    """The readers of a target as JSON values, version 1 (docs/json.md)."""
    ids = {asset.key: asset.id for asset in reading.contracts.assets}
    reaches = [one.reach for one in found.reaches]
    owners = reading.owner_names
    return impact_report(target.asset.key, target.column, reaches, ids, owners, complete=reading.is_complete)


def _nearest(text: str, name: str, column: str, contracts: ContractSet) -> str:
    """What was most likely meant: an asset of a similar name that has the column, else any; empty for nothing."""
    having = {one for asset in contracts.assets if name and _column(asset, column) for one in (asset.name, asset.id)}
    if near := difflib.get_close_matches(name, having, n=1):
        return f"{near[0]}.{column}"
    known = {one for asset in contracts.assets for one in (asset.name, asset.id)}
    near = difflib.get_close_matches(text, known, n=1) or difflib.get_close_matches(name or text, known, n=1)
    return near[0] if near else ""


def _only(text: str, found: tuple[Asset, ...]) -> Asset:
    if len(found) == 1:
        return found[0]
    ids = [one.id for one in found]
    # Two projects of a repository may hold the same id; then only the key tells them apart.
    labels = ids if len(set(ids)) == len(ids) else [one.key for one in found]
    raise Refused(
        f'"{text}" could be any of {shortened(labels, _SHOWN)}', code="ambiguous_asset", hint="write one of these"
    )


def _column_target(asset: Asset, text: str) -> Target:
    column = _column(asset, text)
    if column is not None:
        return Target(asset, column.key)
    near = difflib.get_close_matches(text.lower(), [one.name.lower() for one in asset.columns], n=1)
    # Few people list all columns of a source.
    if asset.open_ended or (asset.kind is AssetKind.SOURCE and not near):
        return Target(asset, text.lower(), listed=False)
    names = [one.name for one in asset.columns]
    known = f"it has {shortened(names, _SHOWN)}" if names else "it lists no columns"
    hint = f'did you mean "{near[0]}"?' if near else known
    raise Refused(f'{asset.id} has no column "{text}"', code="unknown_column", hint=hint)


def _column(asset: Asset, text: str) -> Column | None:
    exact = asset.column(text)
    if exact is not None:
        return exact
    alike = [one for one in asset.columns if text.lower() in (one.name.lower(), one.key.lower())]
    return alike[0] if len(alike) == 1 else None


def _drop(target: Target) -> Change:
    kind, path = ("column_removed", f"columns.{target.column}") if target.column else ("asset_removed", "")
    return Change(
        asset=target.asset.key,
        asset_id=target.asset.id,
        kind=kind,
        path=path,
        category=Category.BREAKING,
        because=Because.MODE,
        gate=Gate.ASK,
        before=None,
        after=None,
        message="",
        side=Side.BASE,
        location=target.asset.location,
        fingerprint=fingerprint_of(target.asset.key, kind, path, None, None),
        column=target.column,
    )


def _team(reach: Reach, reading: Reading) -> Team | None:
    return named_team(reach.team) if reach.team else reading.owners.get(reach.asset)
