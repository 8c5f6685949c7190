import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.app.actions import Annotation, Button, CheckContent
from placet.github.checks import TEXT_BYTES, annotation_body, check_body, comment_text, within_bytes

CHECK = CheckContent("placet", "48", "completed", "success", "All agreed", "Summary", "Text")


@given(text=st.text(), most=st.integers(60, 200))
def test_a_text_is_cut_to_its_bytes_between_two_characters(text: str, most: int) -> None:
    cut = within_bytes(text * 3, most)
    assert len(cut.encode()) <= most


def test_a_text_within_the_limit_is_left_alone() -> None:
    assert within_bytes("ü" * 10, 20) == "ü" * 10


def test_a_cut_text_says_that_it_was_cut() -> None:
    assert within_bytes("ü" * 100, 100).endswith("cut here: GitHub takes no more.*")
    assert comment_text("x" * 65_537).endswith("cut here: GitHub takes no more.*")


def test_a_check_that_runs_shows_neither_conclusion_nor_buttons() -> None:
    running = CheckContent(
        "placet", "", "in_progress", None, "Comparing", "…", "", buttons=(Button("Approve", "d", "approve:1"),)
    )
    body = check_body(running, ())
    assert body["status"] == "in_progress"
    assert not {"conclusion", "actions", "completed_at", "details_url"} & body.keys()


def test_buttons_that_go_are_taken_away() -> None:
    assert check_body(CHECK, ())["actions"] == []


def test_a_button_whose_name_would_be_cut_is_left_out() -> None:
    buttons = (Button("A" * 21, "D" * 41, "x" * 20), Button("B", "d", "y" * 21))
    body = check_body(CheckContent("placet", "", "completed", "success", "t", "s", "", buttons=buttons), ())
    assert body["actions"] == [{"label": "A" * 19 + "…", "description": "D" * 39 + "…", "identifier": "x" * 20}]


def test_a_summary_is_never_empty() -> None:
    empty = CheckContent("placet", "", "completed", "success", "", "", "")
    assert check_body(empty, ())["output"] == {"title": "placet", "summary": "placet", "text": ""}


@pytest.mark.parametrize("letter", ["x", "ü", "\N{PARTY POPPER}", "\ud800", "\x00"])
def test_no_text_of_a_check_passes_a_limit(letter: str) -> None:
    huge = letter * 80_000
    note = Annotation("a", 1, "notice", huge, huge)
    body = check_body(CheckContent("placet", "", "completed", "success", huge, huge, huge, (note,)), (note,))
    output = body["output"]
    assert len(output["title"]) <= 255
    assert max(len(output["summary"].encode()), len(output["text"].encode())) <= TEXT_BYTES
    assert len(output["annotations"][0]["message"].encode()) < 64 * 1024
    assert len(output["annotations"][0]["title"]) <= 255


def test_an_annotation_stands_in_the_repository_at_a_line() -> None:
    body = annotation_body(Annotation("./models/a.sql", 0, "warning", "", ""))
    assert (body["path"], body["start_line"], body["end_line"]) == ("models/a.sql", 1, 1)
    assert body["message"] == "./models/a.sql"
    assert "title" not in body
