from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from sqlglot import Dialect

from placet.policy.load import load_policy, organisation_problems_in, problems_in
from placet.policy.model import Policy
from placet.policy.schema import ORGANISATION_KEYS, policy_schema, validator

DOCUMENT = (Path(__file__).parents[3] / "docs/policy.md").read_text("utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", DOCUMENT, re.DOTALL)


def properties(schema: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key, inner in schema.get("properties", {}).items():
        yield above + key, inner
        yield from properties(inner, f"{above}{key}.")
        yield from properties(inner.get("items", {}), f"{above}{key}.")
        values = inner.get("additionalProperties")
        if isinstance(values, dict):
            yield from properties(values, f"{above}{key}.")


KEYS = dict(properties(policy_schema()))


def test_the_schema_is_a_json_schema() -> None:
    Draft202012Validator.check_schema(policy_schema())


@pytest.mark.parametrize("key", KEYS)
def test_every_key_explains_itself_to_an_editor(key: str) -> None:
    schema = KEYS[key]
    assert schema["description"].endswith(".")
    assert "title" in schema or "$ref" in schema


@pytest.mark.parametrize("key", policy_schema()["properties"])
def test_every_example_in_the_schema_is_valid(key: str) -> None:
    examples = KEYS[key]["examples"]
    assert examples
    assert [
        str(error) for one in examples for error in organisation_problems_in(f"{key}: {one!r}".replace("True", "true"))
    ] == []


def test_the_defaults_in_the_schema_are_those_of_the_model() -> None:
    policy = Policy()
    for key, schema in KEYS.items():
        if "default" not in schema or key == "version":
            continue
        value: Any = policy
        for name in key.split("."):
            value = getattr(value, name)
        if isinstance(value, timedelta):
            value = f"{value.days}d"
        assert schema["default"] == value, key


def test_every_key_of_the_model_is_a_key_of_the_file() -> None:
    top = set(policy_schema()["properties"]) - {"version"}
    assert set(Policy.__dataclass_fields__) - top == {"transitive", "overruled"}
    assert top <= set(Policy.__dataclass_fields__)


def test_every_key_that_a_repository_may_set_can_be_locked() -> None:
    lockable = set(KEYS["locked"]["items"]["enum"])
    expected = {key for key in policy_schema()["properties"] if key not in ORGANISATION_KEYS | {"version"}}
    assert lockable == expected | {key for key in KEYS if key.startswith("approvals.")}


def test_every_dialect_is_one_that_the_sql_parser_knows() -> None:
    for name in KEYS["projects.dialect"]["enum"]:
        assert Dialect.get_or_raise(name)


def test_the_document_has_every_key_of_the_schema_and_no_other() -> None:
    table = DOCUMENT.split("## Keys", 1)[1].split("##", 1)[0]
    assert re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE) == list(KEYS)


def test_the_document_says_the_defaults_of_the_schema() -> None:
    for key, schema in KEYS.items():
        if "default" in schema:
            default = schema["default"]
            shown = "null" if default is None else str(default).lower()
            assert f"| `{key}` | `{shown}` |" in DOCUMENT


def test_the_document_names_every_value_of_the_schema() -> None:
    for key, schema in KEYS.items():
        if key in {"projects.dialect", "compatibility", "schemas.compatibility"}:
            continue
        (row,) = re.findall(rf"^\| `{re.escape(key)}` \|.*$", DOCUMENT, re.MULTILINE)
        for value in schema.get("enum", []):
            assert f"`{value}`" in row


def test_the_documents_example_is_a_policy_that_has_every_key() -> None:
    policy, organisation, _ = EXAMPLES
    assert load_policy(policy, organisation=organisation).teams["crm"].slug == "acme/crm-engineering"
    for key in policy_schema()["properties"]:
        assert re.search(rf"^{key}:", policy + organisation, re.MULTILINE), key


def test_the_documents_errors_are_what_its_bad_file_gives() -> None:
    (shown,) = re.findall(r"```text\n(.*?)```", DOCUMENT, re.DOTALL)
    assert [str(one) for one in problems_in(EXAMPLES[-1])] == shown.splitlines()


def test_the_validator_itself_accepts_an_empty_policy() -> None:
    assert list(validator().iter_errors({})) == []
