"""Which regular expressions are taken to end soon."""

from __future__ import annotations

import pytest

from placet.readers.dbt.jinja.patterns import is_quick


@pytest.mark.parametrize(
    "pattern",
    [
        r"^[a-z_]+$",
        r"(\w+)_(\d+)",
        r"[^a-z0-9]+",
        r"\s*,\s*",
        r"^(stg|int)_\w+$",
        r"(?i)abc?",
        r"\d{4}-\d{2}-\d{2}",
        r"(?=x)y",
    ],
)
def test_ordinary_patterns_are_quick(pattern: str) -> None:
    assert is_quick(pattern, 60)


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+$",
        r"(a|a)*b",
        r"(a|b|ab)*c",
        r"a?" * 40,
        r"(?:(?:){10000}){10000}",
        r"(.*)*x",
        r"(a{1,20}){1,20}b",
        r"((a?){20}){20}",
    ],
)
def test_patterns_that_may_search_for_ever_are_not(pattern: str) -> None:
    assert not is_quick(pattern, 60)


def test_the_longer_the_text_the_fewer_stars() -> None:
    assert is_quick(r".*a.*b", 100)
    assert not is_quick(r".*a.*b.*c", 10_000)
