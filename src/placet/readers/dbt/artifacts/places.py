"""Places without lines: artifacts name files, and what was compiled has lines of its own."""

from __future__ import annotations

from dataclasses import replace

from placet.contracts.model import Asset, ContractSet, DeclaredUse
from placet.vocabulary.files import Location


def without_lines(contracts: ContractSet) -> ContractSet:
    """The same contracts, with every place a file alone."""
    return replace(
        contracts,
        assets=tuple(_asset(asset) for asset in contracts.assets),
        projects=tuple(replace(one, location=_file(one.location)) for one in contracts.projects),
        findings=tuple(dict.fromkeys(replace(one, location=_file(one.location)) for one in contracts.findings)),
    )


def _asset(asset: Asset) -> Asset:
    place = asset.reason_location
    return replace(
        asset,
        location=_file(asset.location),
        columns=tuple(replace(column, location=_file(column.location)) for column in asset.columns),
        rows=tuple(replace(part, line=0) for part in asset.rows),
        guarantees=tuple(replace(one, location=_file(one.location)) for one in asset.guarantees),
        reason_location=None if place is None else _file(place),
        meta=replace(asset.meta, consumers=tuple(_use(use) for use in asset.meta.consumers)),
    )


def _use(use: DeclaredUse) -> DeclaredUse:
    return replace(use, location=_file(use.location))


def _file(location: Location) -> Location:
    return Location(location.path) if location.line is not None else location
