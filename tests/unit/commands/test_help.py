from __future__ import annotations

from pathlib import Path

import pytest

from placet.commands.catalogue import BY_WORD, CATALOGUE, Name
from placet.commands.help import details, overview, page

DOCUMENT = Path(__file__).parents[3] / "docs/commands.md"


def test_the_document_is_what_the_catalogue_gives() -> None:
    assert DOCUMENT.read_text("utf-8") == page(), (
        "write it anew: python -c 'from placet.commands.help import page; print(page(), end=\"\")' > docs/commands.md"
    )


def test_the_overview_has_every_word() -> None:
    text = "\n".join(overview())
    assert [word for word in BY_WORD if f"`{word}`" not in text and f"/placet {word}" not in text] == []


def test_the_overviews_rows_have_as_many_cells_as_its_head() -> None:
    rows = [line.replace("\\|", "") for line in overview() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {4}
    assert len(rows) == len(CATALOGUE) + 2


@pytest.mark.parametrize("name", Name)
def test_the_details_say_who_may(name: Name) -> None:
    assert any(line.startswith("- Who may: ") for line in details(name))
