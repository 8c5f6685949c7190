"""Every case in tests/cases/diff: a repository before and after, and what is to be said of the difference.

`files` are the base's, `head` what the pull request changes of them (null: deleted), `tip` likewise what the base
branch has changed meanwhile. Each expected change is one line: kind, path, asset, category, gate, and, where it
matters, who must agree or what settled it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from fakes.repositories import tree
from placet.diff.rules import RULES
from placet.impact.analysis import AnalysisRequest
from placet.impact.engine import analyse
from placet.policy.load import load_policy
from placet.proposals.assess import AssessedChange, assess
from placet.proposals.teams import everything_named

FOLDER = Path(__file__).parents[2] / "cases" / "diff"
PROJECT = {"dbt_project.yml": "name: shop\nversion: 1.0.0\nprofile: shop\n"}


def cases() -> list[Any]:
    found = []
    for path in sorted(FOLDER.glob("*.yml")):
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
        found += [pytest.param(case, id=f"{path.stem}: {case['case']}") for case in loaded]
    return found


@pytest.mark.parametrize("case", cases())
def test_a_difference_is_what_the_case_says(case: dict[str, Any]) -> None:
    assert told(case) == case.get("changes", [])


@pytest.mark.parametrize("case", cases())
def test_the_same_tree_on_both_sides_gives_no_change(case: dict[str, Any]) -> None:
    assert told({**case, "head": {}, "tip": {}}) == []


def test_every_rule_has_a_case() -> None:
    kinds = {line.split()[0] for one in cases() for line in one.values[0].get("changes", [])}
    assert set(RULES) - kinds == set()


MODES = yaml.safe_load((FOLDER.parent / "diff_modes" / "modes.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("mode", ["backward", "forward", "full", "none"])
def test_in_every_mode_changes_are_what_the_table_of_modes_says(mode: str) -> None:
    """All cases under another mode: no rule leaves its row, and every cell of the row is reached."""
    reached: dict[str, set[str]] = {}
    wrong: list[str] = []
    for param in cases():
        case = param.values[0]
        policy = {key: value for key, value in (case.get("policy") or {}).items() if key != "severity"}
        for said in told({**case, "policy": {**policy, "compatibility": mode}}):
            kind, _, _, category, gate = said.split()[:5]
            allowed = set(MODES[kind][mode])
            # A consequence, or what the base branch holds as well, tells where its rule asks.
            if not allowed & {f"{category} {gate}", f"{category} ask"}:
                wrong.append(f"{case['case']}: {said}")
            reached.setdefault(kind, set()).add(f"{category} {gate}")
    assert wrong == []
    missing = {kind: sorted(set(row[mode]) - reached.get(kind, set())) for kind, row in MODES.items()}
    assert {kind: cells for kind, cells in missing.items() if cells} == {}


def test_the_table_of_modes_has_every_rule() -> None:
    assert set(MODES) == set(RULES)


def told(case: dict[str, Any]) -> list[str]:
    files = {**PROJECT, **case["files"]}
    base, head = tree(files), tree({**files, **case.get("head", {})})
    tip = tree({**files, **case["tip"]}) if case.get("tip") else base
    policy = load_policy(yaml.safe_dump(case["policy"]) if case.get("policy") else None)
    analysis = analyse(AnalysisRequest(base, head, tip, policy))
    assessment = assess(analysis, everything_named(analysis), policy)
    return [line(one) for one in assessment.changes]


def line(one: AssessedChange) -> str:
    change = one.change
    words = [change.kind, change.path or "-", change.asset_id or "-", one.category.value, change.gate.value]
    if one.gated:
        words.append("asks " + (", ".join(team.removeprefix("name:") for team in one.teams) or "nobody"))
    if one.settled_by is not None:
        words.append(f"settled by {one.settled_by}")
    if change.caused_by:
        words.append("caused")
    if change.renamed_to:
        words.append(f"renamed to {change.renamed_to}")
    return " ".join(words)
