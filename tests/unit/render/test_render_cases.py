"""Renderings kept as files in tests/cases/render: `PLACET_WRITE_CASES=1 pytest <this file>` writes them anew."""

from __future__ import annotations

import pytest

from fakes import golden
from fakes.verdict_cases import CASES
from placet.render.check import check_text
from placet.render.comment import sticky

FOLDER = golden.CASES / "render"


@pytest.mark.parametrize("name", CASES)
def test_a_verdict_reads_as_its_files_say(name: str) -> None:
    case = CASES[name]
    check = check_text(case.verdict, case.scene)
    golden.reads_as(FOLDER / name / "title.txt", check.title)
    golden.reads_as(FOLDER / name / "check.md", golden.page(check))
    golden.reads_as(FOLDER / name / "comment.md", sticky(case.verdict, case.scene))


def test_every_folder_of_files_belongs_to_a_case() -> None:
    assert {folder.name for folder in FOLDER.iterdir()} == set(CASES)
