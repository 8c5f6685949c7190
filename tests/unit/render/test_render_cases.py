"""Renderings kept as files in tests/cases/render: `PLACET_WRITE_CASES=1 pytest <this file>` writes them anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fakes.verdict_cases import CASES
from placet.render.check import check_text
from placet.render.comment import sticky
from placet.render.model import CheckText

FOLDER = Path(__file__).parents[2] / "cases" / "render"


@pytest.mark.parametrize("name", CASES)
def test_a_verdict_reads_as_its_files_say(name: str) -> None:
    case = CASES[name]
    check = check_text(case.verdict, case.scene)
    _compare(name, "title.txt", check.title)
    _compare(name, "check.md", _page(check))
    _compare(name, "comment.md", sticky(case.verdict, case.scene))


def test_every_folder_of_files_belongs_to_a_case() -> None:
    assert {folder.name for folder in FOLDER.iterdir()} == set(CASES)


def _compare(case: str, name: str, text: str) -> None:
    path = FOLDER / case / name
    if os.environ.get("PLACET_WRITE_CASES"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n", encoding="utf-8")
    assert path.read_text(encoding="utf-8") == f"{text}\n"


def _page(check: CheckText) -> str:
    parts = [check.summary, "<!-- text -->", check.text]
    for one in check.annotations:
        parts += ["<!-- annotation -->", f"{one.path}:{one.line} {one.level}\n{one.title}\n{one.message}"]
    for button in check.buttons:
        parts += ["<!-- button -->", f"{button.label} | {button.description} | {button.identifier}"]
    return "\n\n".join(part for part in parts if part)
