from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from placet.render.budget import Cut, Section, fitted, section


def test_what_fits_is_left_as_it_is() -> None:
    assert fitted([section("one"), section(""), section("two", "2")], 100) == "one\n\ntwo"


def test_the_picture_goes_before_the_table() -> None:
    table, picture = section("table " * 5, "table", cut=Cut.TABLE), section("picture " * 5, "left out", cut=Cut.PICTURE)

    assert fitted([table, picture], 60) == f"{'table ' * 5}\n\nleft out"


def test_each_form_of_a_section_has_its_own_turn() -> None:
    lineage = Section("drawn " * 9, ((Cut.PICTURE, "tree " * 9), (Cut.REST, "gone")))
    contract = section("contract " * 5, "short", cut=Cut.CONTRACT)

    assert fitted([lineage, contract], 60) == f"{'tree ' * 9}\n\nshort"


def test_among_equals_the_last_goes_first() -> None:
    assert fitted([section("a" * 20, "a"), section("b" * 20, "b")], 30) == f"{'a' * 20}\n\nb"


def test_bytes_count_and_not_characters() -> None:
    assert fitted([section("é" * 10, "short")], 15) == "short"


def test_a_form_that_is_not_needed_is_never_made() -> None:
    def never() -> str:
        raise AssertionError

    assert fitted([section("one", never)], 10) == "one"


@given(st.lists(st.lists(st.text(max_size=50), min_size=1, max_size=4), max_size=6), st.integers(0, 120))
def test_nothing_is_ever_longer_than_the_limit(parts: list[list[str]], limit: int) -> None:
    forms = [[form.encode("utf-8", "replace").decode() for form in one] for one in parts]

    assert len(fitted([section(one[0], *one[1:]) for one in forms], limit).encode()) <= limit
