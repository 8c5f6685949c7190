"""Small dbt projects and what must be read of them; each case is a file of its own in tests/cases/dbt."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from placet.contracts.model import Asset, ContractSet, OwnerHint
from placet.policy.model import ProjectHint
from placet.readers.dbt import read_projects
from placet.vocabulary.canonical import text_digest
from placet.vocabulary.files import File, Files

_FOLDER = Path(__file__).parents[3] / "cases" / "dbt"


def _cases() -> Iterator[Any]:
    for path in sorted(_FOLDER.glob("*.yml")):
        for number, case in enumerate(yaml.safe_load_all(path.read_text(encoding="utf-8")), start=1):
            yield pytest.param(case, id=f"{path.stem}-{number}")


def _read(case: Mapping[str, Any]) -> ContractSet:
    files = []
    for path, content in case["files"].items():
        problem = content["problem"] if isinstance(content, dict) else ""
        data = None if problem else content.encode("utf-8")
        files.append(File(path, text_digest(content if data else path), data, problem))
    hints = [ProjectHint(**hint) for hint in case.get("hints", ())]
    return read_projects(Files(files), hints, refused=case.get("refused", {}))


def _owner(hint: OwnerHint | None) -> list[str] | None:
    return None if hint is None else [hint.name, hint.email, *hint.more_emails]


def _facts(asset: Asset) -> dict[str, Any]:
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
    }


@pytest.mark.parametrize("case", list(_cases()))
def test_a_project_is_read_as_its_case_says(case: Mapping[str, Any]) -> None:
    contracts = _read(case)
    for key, expected in case.get("assets", {}).items():
        assert key in contracts.by_key, sorted(contracts.by_key)
        facts = _facts(contracts.by_key[key])
        assert {name: facts[name] for name in expected} == expected, f"{key}: {case['about']}"
    if "keys" in case:
        assert sorted(contracts.by_key) == case["keys"], case["about"]
    if "projects" in case:
        assert [[one.folder, one.name, one.dialect, one.dialect_from] for one in contracts.projects] == case[
            "projects"
        ], case["about"]
    if "packages" in case:
        asked = [[one.folder, *package] for one in contracts.projects for package in one.packages]
        assert asked == case["packages"], case["about"]
    if "disabled" in case:
        assert list(contracts.disabled) == case["disabled"], case["about"]
    expected_findings = case.get("findings", [])
    assert [f"{one.location} {one.code}: {one.reason}" for one in contracts.findings] == expected_findings
