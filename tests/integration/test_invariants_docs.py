from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "invariants.md").read_text(encoding="utf-8")


def test_every_test_that_is_named_exists() -> None:
    files = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    there = {name for text in files for name in re.findall(r"def (test_\w+)\(", text)}
    named = set(re.findall(r"`(test_\w+)`", DOCUMENT))
    assert named
    assert named - there == set()


def test_each_of_the_seven_has_its_tests() -> None:
    rows = re.findall(r"^\| (\d) \| .+ \| (`test_.+`) \|$", DOCUMENT, re.MULTILINE)
    assert [number for number, _ in rows] == list("1234567")
