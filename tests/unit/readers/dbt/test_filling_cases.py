"""Small projects with artifacts beside them, and what must be known of them then; cases in tests/cases/filling."""

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
from placet.readers.dbt.artifacts import Artifacts, catalog_from, manifest_from, read_filled

_FOLDER = Path(__file__).parents[3] / "cases" / "filling"


def _cases() -> Iterator[Any]:
    for path in sorted(_FOLDER.glob("*.yml")):
        # One loader for the whole file, so that a case can name what an earlier one has.
        for number, case in enumerate(_documents(path.read_text(encoding="utf-8")), start=1):
            yield pytest.param(case, id=f"{path.stem}-{number}")


def _documents(text: str) -> list[Any]:
    parts = text.split("\n---\n")
    items = "\n".join("- " + part.replace("\n", "\n  ") for part in parts)
    found: list[Any] = yaml.safe_load(items)
    return found


def _artifacts(case: Mapping[str, Any]) -> Artifacts:
    catalog = catalog_from(manifests.catalog(case["catalog"]), "catalog.json") if "catalog" in case else None
    return Artifacts(manifest_from(manifests.manifest(case["manifest"]), "manifest.json"), catalog)


def _expect(contracts: ContractSet, expected: Mapping[str, Mapping[str, Any]], about: str) -> None:
    for key, wanted in expected.items():
        facts = facts_of(contracts.by_key[key])
        assert {name: facts[name] for name in wanted} == wanted, f"{key}: {about}"


@pytest.mark.parametrize("case", list(_cases()))
def test_holes_are_filled_as_the_case_says(case: Mapping[str, Any]) -> None:
    files = tree(case["files"])
    _expect(read_projects(files), case.get("without", {}), case["about"])
    contracts = read_filled(files, (), [_artifacts(case)])
    _expect(contracts, case["assets"], case["about"])
    assert list(contracts.filled) == case.get("filled", [])
    assert list(contracts.stale) == case.get("stale", [])


def test_without_artifacts_nothing_is_filled() -> None:
    files = tree({"dbt_project.yml": "name: shop", "models/a.sql": "{{ nosuch() }}"})
    assert read_filled(files, (), []) == read_projects(files)


def test_of_several_artifacts_the_first_that_is_of_these_files_counts() -> None:
    files = tree({"dbt_project.yml": "name: shop", "models/a.sql": "{{ nosuch() }}"})

    def made_of(raw: str, column: str) -> Artifacts:
        written = manifests.manifest({"nodes": {"model.shop.a": {"raw": raw, "compiled": f"select 1 as {column}"}}})
        return Artifacts(manifest_from(written, "manifest.json"))

    both = [made_of("{{ other() }}", "x"), made_of("{{ nosuch() }}", "y"), made_of("{{ nosuch() }}", "z")]
    contracts = read_filled(files, (), both)
    assert [column.name for column in contracts.by_key[":model.shop.a"].columns] == ["y"]
    assert (contracts.filled, contracts.stale) == ((":model.shop.a",), ())
