"""Small dbt projects and what must be read of them; each case is a file of its own in tests/cases/dbt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from fakes.asset_facts import facts_of
from placet.contracts.model import ContractSet
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


@pytest.mark.parametrize("case", list(_cases()))
def test_a_project_is_read_as_its_case_says(case: Mapping[str, Any]) -> None:
    contracts = _read(case)
    for key, expected in case.get("assets", {}).items():
        assert key in contracts.by_key, sorted(contracts.by_key)
        facts = facts_of(contracts.by_key[key])
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
