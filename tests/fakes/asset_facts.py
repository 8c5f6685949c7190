"""What was read of an asset, as a case in a data file states it."""

from __future__ import annotations

import json
from typing import Any

from placet.contracts.model import Asset, OwnerHint


def facts_of(asset: Asset) -> dict[str, Any]:
    """Everything about an asset as a case may state it."""
    return {
        "id": asset.id,
        "kind": asset.kind.value,
        "location": str(asset.location),
        "files": list(asset.files),
        "columns": [column.name for column in asset.columns],
        "types": {column.name: column.type for column in asset.columns if column.type is not None},
        "promised": [column.name for column in asset.columns if column.promised],
        "made": [column.name for column in asset.columns if column.made],
        "places": {column.name: str(column.location) for column in asset.columns},
        "inputs": {
            column.name: [str(ref) for ref in column.derivation.inputs]
            for column in asset.columns
            if column.derivation is not None
        },
        "unsure_inputs": {
            column.name: [str(ref) for ref in column.inputs] for column in asset.columns if column.derivation is None
        },
        "holes": [column.name for column in asset.columns if column.hole],
        "rows": [[part.kind.value, *map(str, part.derivation.inputs)] for part in asset.rows],
        "guarantees": [
            f"{one.kind.value}({', '.join(one.columns)}) {one.arguments}{' enforced' if one.enforced else ''}"
            for one in asset.guarantees
        ],
        "guarantee_texts": [json.loads(one.texts) for one in asset.guarantees],
        "guarantee_places": [str(one.location) for one in asset.guarantees],
        "reads": list(asset.reads),
        "reads_all": list(asset.reads_all),
        "status": asset.status.value,
        "reason": asset.reason,
        "reason_location": str(asset.reason_location) if asset.reason_location else None,
        "refs_known": asset.refs_known,
        "open_ended": asset.open_ended,
        "access": asset.access,
        "group": asset.group,
        "group_owner": _owner(asset.group_owner),
        "exposure_owner": _owner(asset.exposure_owner),
        "contract_enforced": asset.contract_enforced,
        "version": asset.version,
        "latest_version": asset.latest_version,
        "deprecation_date": asset.deprecation_date,
        "relation": [
            asset.relation.database,
            asset.relation.schema,
            asset.relation.identifier,
            asset.relation.materialized,
        ],
        "named_by": [part for part, _ in asset.relation.named_by],
        "settings": dict(asset.relation.settings),
        "loader": asset.relation.loader,
        "owner": asset.meta.owner,
        "meta_owner": asset.meta.meta_owner,
        "steward": asset.meta.steward,
        "compatibility": asset.meta.compatibility,
        "consumers": [
            f"{use.team} [{', '.join(use.columns)}] {use.purpose} {use.location}" for use in asset.meta.consumers
        ],
        "narrowed_to": list(asset.meta.columns) if asset.meta.columns is not None else None,
        "contract": list(asset.meta.contract),
        "language": asset.language,
        "grants": {name: list(who) for name, who in asset.grants},
        "packages": list(asset.packages),
        "named": [str(ref) for ref in asset.named],
        "compared": [[str(ref), literal] for ref, literal in asset.compared],
        "positional": list(asset.positional),
        "pinned": list(asset.pinned),
    }


def _owner(hint: OwnerHint | None) -> list[str] | None:
    return None if hint is None else [hint.name, hint.email, *hint.more_emails]
