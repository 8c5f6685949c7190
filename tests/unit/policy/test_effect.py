from __future__ import annotations

import re
from pathlib import Path

import pytest

from placet.policy.effect import NO_EFFECT_YET
from placet.policy.load import idle_keys_in, organisation_problems_in

DOCUMENT = (Path(__file__).parents[3] / "docs/policy.md").read_text("utf-8")


def test_what_has_no_effect_yet_is_named_with_its_line() -> None:
    file = "rollout: gate\nlogic: gate\nschemas: []\napprovals:\n  unowned: tell\ncompatibility: full_transitive\n"
    assert [(one.key, one.line) for one in idle_keys_in(file)] == [
        ("schemas", 3),
        ("compatibility", 6),
    ]


@pytest.mark.parametrize("file", ["", "logic: gate", "compatibility: full", "approvals: {unowned: block}"])
def test_what_has_its_effect_is_not_named(file: str) -> None:
    assert idle_keys_in(file) == ()


def test_every_key_of_the_table_is_one_of_the_file() -> None:
    values = {"compatibility": "full_transitive", "schemas": "[]", "apps": "[1]"}
    for key in NO_EFFECT_YET:
        outer, _, inner = key.partition(".")
        value = values.get(outer, {"on_deadline": "ask"}.get(inner, "3d" if inner else "[]"))
        file = f"{outer}: {{{inner}: {value}}}" if inner else f"{outer}: {value}"
        assert [one.key for one in idle_keys_in(file)] == [key]
        assert not any("there is no key" in one.message for one in organisation_problems_in(file)), key


def test_the_document_marks_what_has_no_effect_yet_and_nothing_else() -> None:
    table = DOCUMENT.split("## Keys", 1)[1].split("\n## ", 1)[0]
    marked = {key for key, rest in re.findall(r"^\| `([^`]+)` \|(.*)$", table, re.MULTILINE) if "**Not yet" in rest}
    assert marked == set(NO_EFFECT_YET)
