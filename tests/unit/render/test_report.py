from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from fakes.contracts import contracts, model
from fakes.verdict_cases import CASES
from fakes.verdicts import DROP, key, three_teams
from placet.proposals.verdict import Verdict
from placet.render.report import Document, assets_report, impact_report, report, simulation_report, verdict_of
from placet.vocabulary.words import Category, Mode

SCHEMA: dict[str, Any] = json.loads(files("placet.render").joinpath("report.schema.json").read_bytes())
PAGE = Path(__file__).parents[3] / "docs" / "json.md"


def _strict(schema: Any) -> Any:
    """The schema, under which a field that it does not name is an error."""
    if isinstance(schema, list):
        return [_strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _strict(one) for name, one in schema.items()}
    return {**closed, "additionalProperties": False} if "properties" in closed and "type" in closed else closed


def _check(document: Document) -> Document:
    Draft202012Validator(_strict(SCHEMA)).validate(document)
    return document


def _report(verdict: Verdict) -> Document:
    return _check(report(verdict.analysis, verdict.assessment, Mode.BACKWARD))


@pytest.mark.parametrize("name", CASES)
def test_every_verdict_gives_a_document_of_the_schema(name: str) -> None:
    document = _report(CASES[name].verdict)

    assert json.loads(json.dumps(document)) == document


def test_the_document_says_what_changes_for_whom_and_who_must_agree() -> None:
    document = _report(three_teams().verdict())

    assert (document["verdict"], document["gated"]) == ("breaking", True)
    assert document["summary"] == {"breaking": 1, "requires_analysis": 0, "non_breaking": 1, "infrastructure": 0}
    assert document["changes"][0] == {
        "asset": "model.shop.dim_customers",
        "kind": "column_removed",
        "path": "columns.user_email",
        "category": "BREAKING",
        "because": "mode",
        "gate": "ask",
        "gated": True,
        "settled_by": None,
        "caused_by": [],
        "renamed_to": None,
        "before": {"type": "varchar"},
        "after": None,
        "message": "column user_email removed",
        "location": {"side": "base", "path": "models/marts/dim_customers.yml", "line": 14},
        "fingerprint": DROP.fingerprint,
    }
    assert document["impact"][0] == {
        "change": DROP.fingerprint,
        "asset": "model.shop.mart_churn",
        "column": "email_domain",
        "team": "growth",
        "how": "value",
        "state": "broken",
        "via": ["model.shop.dim_customers.user_email", "model.shop.mart_churn.email_domain"],
    }
    assert [one["team"] for one in document["required_teams"]] == ["crm", "growth", "marketing"]
    assert document["required_teams"][1] == {
        "team": "growth",
        "changes": [DROP.fingerprint],
        "because": "reads user_email in mart_churn",
    }


# Nobody simulates a pull request that is closed, or rules that cannot be read.
OPEN = [name for name, case in CASES.items() if not case.scene.closing and case.verdict.policy_error is None]


@pytest.mark.parametrize("name", OPEN)
def test_every_verdict_gives_a_simulation_of_the_schema(name: str) -> None:
    case = CASES[name]
    document = _check(simulation_report(case.verdict, case.scene))

    assert json.loads(json.dumps(document)) == document


def test_a_file_that_cannot_be_read_belongs_to_no_asset() -> None:
    document = _report(CASES["unreadable_file"].verdict)

    assert document["changes"][0]["asset"] is None
    assert document["coverage"]["unreadable"][0] == {
        "asset": "model.shop.stg_legacy",
        "reason": "the macro legacy_cols() is in no installed package",
        "location": {"side": "head", "path": "models/stg_legacy.sql", "line": 3},
    }
    assert document["coverage"]["complete"] is False


def test_a_judgement_settles_a_change_and_shows_its_new_category() -> None:
    (change,) = _report(CASES["classified"].verdict)["changes"]

    assert (change["category"], change["gated"], change["settled_by"]) == ("NON_BREAKING", False, "classify")


@pytest.mark.parametrize(
    ("categories", "word"),
    [
        ([], "none"),
        ([Category.INFRASTRUCTURE], "compatible"),
        ([Category.NON_BREAKING, Category.REQUIRES_ANALYSIS], "requires_analysis"),
        ([Category.REQUIRES_ANALYSIS, Category.BREAKING], "breaking"),
    ],
)
def test_the_verdict_is_the_worst_category(categories: list[Category], word: str) -> None:
    assert verdict_of(categories) == word


def test_assets_show_their_columns_and_what_those_read() -> None:
    found = contracts(model("stg", {"id": None}), model("dim", {"email": "stg.id"}, rows=["stg.id"]))

    document = _check(assets_report(found, {":model.shop.dim": "core"}))

    dim = next(one for one in document["assets"] if one["asset"] == "model.shop.dim")
    assert (dim["owner"], dim["status"], dim["reason"]) == ("core", "resolved", None)
    assert dim["columns"] == [{"name": "email", "type": None, "reads": ["model.shop.stg.id"]}]
    assert dim["row_reads"] == ["model.shop.stg", "model.shop.stg.id"]
    assert document["coverage"]["complete"] is True


def test_impact_lists_readers_in_order_with_their_teams() -> None:
    analysis = three_teams().analysis()
    ids = {one.key: one.id for one in (analysis.assets or {}).values()}
    owners = {key("mart_churn"): "growth"}

    document = _check(
        impact_report(key("dim_customers"), "user_email", analysis.reaches[::-1], ids, owners, complete=True)
    )

    assert (document["asset"], document["column"]) == ("model.shop.dim_customers", "user_email")
    readers = [one["asset"] for one in document["readers"]]
    assert readers == sorted(readers)
    churn = next(one for one in document["readers"] if one["asset"] == "model.shop.mart_churn")
    assert (churn["team"], churn["column"], churn["how"]) == ("growth", "email_domain", "value")


def test_the_page_shows_documents_of_the_schema() -> None:
    shown = PAGE.read_text(encoding="utf-8").split("```json\n")[1:]

    assert len(shown) == 5
    for text in shown:
        document = json.loads(text.partition("```")[0].replace("0f1e…", "0f1e" * 16))
        _check(document)


def test_the_same_analysis_gives_the_same_bytes() -> None:
    story = three_teams()
    once, twice = (json.dumps(report(story.analysis(), story.verdict().assessment, Mode.FULL)) for _ in range(2))

    assert once == twice
