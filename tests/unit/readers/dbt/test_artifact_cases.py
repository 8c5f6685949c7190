"""Small manifests and catalogs and what must be read of them; each case is a file of its own in tests/cases/artifacts.

A case may give a project's ``files`` as well: then the assets named in ``alike`` are read of them as of the artifacts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from fakes import manifests
from fakes.asset_facts import facts_of
from fakes.repositories import tree
from placet.contracts.model import ContractSet
from placet.readers.dbt import read_projects
from placet.readers.dbt.artifacts import NEWEST, catalog_from, contracts_from, manifest_from

_FOLDER = Path(__file__).parents[3] / "cases" / "artifacts"
# What differs of course: artifacts have no lines, and do not say which file said what.
_OF_FILES = ("location", "files", "places", "guarantee_places", "reason_location", "consumers")


def _cases() -> Iterator[Any]:
    for path in sorted(_FOLDER.glob("*.yml")):
        for number, case in enumerate(yaml.safe_load_all(path.read_text(encoding="utf-8")), start=1):
            for version in case.get("versions", [NEWEST]):
                yield pytest.param(case, version, id=f"{path.stem}-{number}-v{version}")


def _read(case: Mapping[str, Any], version: int) -> ContractSet:
    written = manifests.as_bytes(manifests.manifest(case["manifest"], version))
    catalog = manifests.as_bytes(manifests.catalog(case["catalog"])) if "catalog" in case else None
    read = None if catalog is None else catalog_from(catalog, "catalog.json")
    return contracts_from(manifest_from(written, "manifest.json"), read)


@pytest.mark.parametrize(("case", "version"), list(_cases()))
def test_artifacts_are_read_as_their_case_says(case: Mapping[str, Any], version: int) -> None:
    contracts = _read(case, version)
    for key, expected in case.get("assets", {}).items():
        assert key in contracts.by_key, sorted(contracts.by_key)
        facts = facts_of(contracts.by_key[key])
        assert {name: facts[name] for name in expected} == expected, f"{key}: {case['about']}"
    if "keys" in case:
        assert sorted(contracts.by_key) == case["keys"], case["about"]
    if "projects" in case:
        projects = [[one.folder, one.name, one.dialect, one.dialect_from] for one in contracts.projects]
        assert projects == case["projects"], case["about"]
    findings = [f"{one.location} {one.code}: {one.reason}" for one in contracts.findings]
    assert findings == case.get("findings", [])


@pytest.mark.parametrize(("case", "version"), [one for one in _cases() if "alike" in one.values[0]])
def test_artifacts_say_what_the_files_say(case: Mapping[str, Any], version: int) -> None:
    contracts, files = _read(case, version), read_projects(tree(case["files"]))
    for key in case["alike"]:
        facts, expected = facts_of(contracts.by_key[key]), facts_of(files.by_key[key])
        for name in _OF_FILES:
            del facts[name], expected[name]
        assert facts == expected, f"{key}: {case['about']}"
