from __future__ import annotations

import os
from pathlib import Path

from placet.diff.rules import RULES
from placet.render.rules import rule_lines, rules_document

DOCUMENT = Path(__file__).parents[3] / "docs" / "rules.md"


def test_the_document_of_the_rules_is_made_from_the_table() -> None:
    if os.environ.get("PLACET_WRITE_CASES"):
        DOCUMENT.write_text(rules_document(), encoding="utf-8")
    assert DOCUMENT.read_text("utf-8") == rules_document()


def test_every_rule_has_its_section() -> None:
    document = rules_document()
    assert [rule for rule in RULES if f"\n### {rule}\n" not in document] == []


def test_one_rule_is_explained_in_a_few_lines() -> None:
    assert list(rule_lines(RULES["column_reordered"])) == [
        "column_reordered: the same columns in another order",
        "  why:         Only readers that count positions notice.",
        "  for example: select id, name becomes select name, id",
        "  safe way:    Nothing to do where readers name their columns.",
        "  backward:    NON_BREAKING",
        "  forward:     NON_BREAKING",
        "  full:        NON_BREAKING",
        "  raised:      BREAKING where a reader takes the columns by their place (`union all select *`)",
    ]
