from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.policy.globs import Glob, branch_glob, codeowners_glob, path_glob


def oracle(pattern: tuple[str, ...], names: tuple[str, ...]) -> bool:
    """The plainest meaning of a pattern: try everything."""
    if not pattern:
        return not names
    if pattern[0] == "**":
        if len(pattern) == 1:
            return bool(names)
        return any(oracle(pattern[1:], names[skipped:]) for skipped in range(len(names) + 1))
    return bool(names) and name_oracle(pattern[0], names[0]) and oracle(pattern[1:], names[1:])


def name_oracle(pattern: str, name: str) -> bool:
    if not pattern:
        return not name
    if pattern[0] == "*":
        return any(name_oracle(pattern[1:], name[skipped:]) for skipped in range(len(name) + 1))
    return bool(name) and pattern[0] in {"?", name[0]} and name_oracle(pattern[1:], name[1:])


PARTS = st.one_of(st.just("**"), st.text("ab*?", min_size=1, max_size=5))
NAMES = st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=5)


@settings(deadline=None)  # a loaded machine is slow at times
@given(st.lists(PARTS, min_size=1, max_size=5), NAMES)
def test_a_branch_pattern_matches_what_trying_everything_finds(parts: list[str], names: list[str]) -> None:
    assert branch_glob("/".join(parts)).matches("/".join(names)) == oracle(tuple(parts), tuple(names))


@settings(deadline=None)  # a loaded machine is slow at times
@given(st.lists(PARTS, min_size=1, max_size=5), NAMES)
def test_a_path_pattern_without_wildcards_also_takes_what_lies_below(parts: list[str], names: list[str]) -> None:
    expected = oracle(tuple(parts), tuple(names))
    if not set("".join(parts)) & set("*?"):
        expected = tuple(names[: len(parts)]) == tuple(parts)
    assert path_glob("/".join(parts)).matches("/".join(names)) == expected


@settings(deadline=None)  # a loaded machine is slow at times
@given(st.text("ab*?/\\[]{}!.", max_size=12), st.text("ab/", max_size=12))
def test_any_text_is_a_pattern_or_is_refused_with_a_sentence(pattern: str, path: str) -> None:
    codeowners = codeowners_glob(pattern)
    assert codeowners is None or isinstance(codeowners.matches(path), bool)
    for compiled in (path_glob, branch_glob):
        try:
            assert isinstance(compiled(pattern).matches(path), bool)
        except ValueError as error:
            assert str(error)  # noqa: PT017 - refusing is one of two right outcomes


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("**a" * 300 + "b", "a" * 4000),
        ("*a" * 400 + "b", "a" * 4000),
        ("*?" * 400 + "b", "a" * 4000),
        ("**/a/" * 190 + "b", "a/" * 2000 + "c"),
        ("**/" + "a/" * 490 + "b", "a/" * 2000 + "c"),
        ("**/" + "*a*/" * 240 + "b", "aa/" * 1300 + "c"),
    ],
)
def test_a_hostile_pattern_comes_to_an_end(pattern: str, path: str) -> None:
    glob = path_glob(pattern)
    assert not glob.matches(path)


def test_a_folder_takes_all_below_it_however_it_is_written() -> None:
    for pattern in ("models/marts", "models/marts/", "models/marts/**", "/models/marts", "./models/marts"):
        assert path_glob(pattern).matches("models/marts/finance/x.sql"), pattern
        assert not path_glob(pattern).matches("models/martsy/x.sql"), pattern


def test_a_branch_does_not_take_what_lies_below_it() -> None:
    assert not branch_glob("release").matches("release/1")
    assert branch_glob("release/*").matches("release/1")
    assert not branch_glob("release/*").matches("release/1/2")
    assert branch_glob("release/**").matches("release/1/2")


def test_a_star_stays_within_a_folder() -> None:
    assert path_glob("a/*.sql").matches("a/x.sql")
    assert not path_glob("a/*.sql").matches("a/b/x.sql")


def test_a_backslash_takes_the_meaning_away() -> None:
    assert path_glob("a\\[1\\]\\*").matches("a[1]*")
    assert not path_glob("a\\*").matches("ab")


def test_a_question_mark_is_any_one_character_even_a_line_break() -> None:
    assert path_glob("a?b").matches("a\nb")
    assert not path_glob("a?b").matches("ab")


@pytest.mark.parametrize(
    "pattern", ["", "a//b", "../a", "a/./b", "!a", "a[b]", "{a,b}", "a\\", "a" * 1001, "\\\\[a]", "/"]
)
def test_what_is_no_path_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        path_glob(pattern)


def test_a_glob_made_by_hand_reads_the_policys_pattern() -> None:
    assert Glob("a/**").matches("a/b/c")
    with pytest.raises(ValueError, match="no path"):
        Glob("a//b")
