from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.render.words import clipped, counted, day, fitted, listed, of_total, shortened

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize(("number", "text"), [(0, "0 teams"), (1, "1 team"), (2, "2 teams"), (12345, "12,345 teams")])
def test_a_number_has_its_plural(number: int, text: str) -> None:
    assert counted(number, "team") == text


def test_a_total_says_both() -> None:
    assert of_total(2, 3, "team") == "2 of 3 teams"
    assert of_total(1, 1, "team") == "1 of 1 team"


@pytest.mark.parametrize(("items", "text"), [("", ""), ("a", "a"), ("ab", "a and b"), ("abc", "a, b and c")])
def test_a_list_reads_as_a_sentence(items: str, text: str) -> None:
    assert listed(list(items)) == text


def test_a_long_list_counts_the_rest_but_never_only_one() -> None:
    assert shortened(list("abcde"), 2) == "a, b and 3 more"
    assert shortened(list("abc"), 2) == "a, b and c"


def test_a_date_of_another_year_says_the_year() -> None:
    assert day(date(2026, 11, 8), NOW) == "8 Nov"
    assert day(date(2027, 1, 8), NOW) == "8 Jan 2027"


def test_names_go_from_the_end_until_they_fit() -> None:
    assert fitted("Waiting for ", ["crm", "growth", "marketing"], "", 30) == "Waiting for crm and 2 more"
    assert fitted("Waiting for ", ["crm", "growth"], "", 30) == "Waiting for crm, growth"


def test_a_single_name_that_is_too_long_is_clipped() -> None:
    assert fitted("Waiting for ", ["x" * 50, "b"], " now", 30) == f"Waiting for {'x' * 2}… and 1 more now"


@given(st.text(max_size=80), st.lists(st.text(max_size=80), max_size=6), st.text(max_size=40), st.integers(5, 60))
def test_what_is_fitted_fits(before: str, names: list[str], after: str, limit: int) -> None:
    assert len(fitted(before, names, after, limit)) <= limit


@given(st.text(), st.integers(1, 40))
def test_what_is_clipped_fits(text: str, limit: int) -> None:
    assert len(clipped(text, limit)) <= limit
