"""How a promise that holds less than before is told."""

from __future__ import annotations

from fakes.repositories import tree
from placet.impact.analysis import AnalysisRequest
from placet.impact.engine import analyse
from placet.policy.model import Policy

MODEL = {
    "dbt_project.yml": "name: shop\nversion: 1.0.0\nprofile: shop\n",
    "models/m.sql": "select id from raw.t",
}
LISTED = "models: [{name: m, columns: [{name: id, data_tests: [TEST]}]}]"


def test_a_condition_that_is_new_is_told_in_words() -> None:
    base, head = (
        tree({**MODEL, "models/m.yml": LISTED.replace("TEST", test)})
        for test in ("not_null", "{not_null: {config: {where: id > 5}}}")
    )
    changes = analyse(AnalysisRequest(base, head, base, Policy())).changes
    assert [one.message for one in changes] == ["not_null (id): without conditions becomes where: id > 5"]
