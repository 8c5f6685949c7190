from __future__ import annotations

import pytest

from placet.cli.prose import lines_of
from placet.render.markdown import code, fence, plain


def plainly(markdown: str) -> list[str]:
    return [line.plain for line in lines_of(markdown)]


@pytest.mark.parametrize(
    ("markdown", "lines"),
    [
        ("**crm** needs `a | b`", ["crm needs a | b"]),
        ("one\ntwo\n\nthree", ["one two", "three"]),
        ("**To do**\n1. first\n2. second", ["To do", "  1. first", "  2. second"]),
        ("- first\n- second", ["  - first", "  - second"]),
        ("9. nine\n10. ten\n\n    and more", ["  9. nine", "  10. ten", "      and more"]),
        ("1. say\n   ```\n   /placet ok\n   ```\n2. then", ["  1. say", "       /placet ok", "  2. then"]),
        ("- a\n  - b", ["  - a", "      - b"]),
        ("", []),
    ],
)
def test_only_the_words_are_left(markdown: str, lines: list[str]) -> None:
    assert plainly(markdown) == lines


@pytest.mark.parametrize(
    "name", ["a_b*c", "<b>", "@acme/crm", "GH-12", "a|b", "1. no item", "`tick`", "https://x.example"]
)
def test_a_name_reads_as_it_was_before_it_was_made_harmless(name: str) -> None:
    assert plainly(f"so {plain(name)} says") == [f"so {name} says"]
    assert plainly(plain(name)) == [name]
    assert plainly(code(name)) == [name]
    assert plainly(fence([name])) == [f"  {name}"]


def test_code_and_what_is_strong_is_bold() -> None:
    (line,) = lines_of("so **crm** and `x`")
    assert [(line.plain[span.start : span.end], span.style) for span in line.spans] == [("crm", "bold"), ("x", "bold")]


def test_nothing_that_a_terminal_obeys_is_left() -> None:
    assert plainly("evil \x1b[31m `\x07`") == ["evil \ufffd[31m \ufffd"]
