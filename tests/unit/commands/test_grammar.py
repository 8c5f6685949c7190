from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.commands.catalogue import BY_WORD
from placet.commands.grammar import Command, Line, Misunderstood, parse

CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[2] / "cases/commands/parse.yml").read_text("utf-8")
)


def written(line: Line) -> str:
    if isinstance(line, Misunderstood):
        return f"{line.line} ? {line.why} -> {line.suggestion}"
    values = dataclasses.asdict(line)
    del values["line"], values["verb"]
    return " ".join([f"{line.line} {line.verb}", *(f"{key}={value}" for key, value in values.items() if value)])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_comment_says_what_a_person_would_take_it_to_say(case: dict[str, Any]) -> None:
    assert [written(line) for line in parse(case["body"])] == case["lines"]


def test_every_word_of_the_catalogue_is_tried_by_a_case() -> None:
    bodies = " ".join(case["body"].lower() for case in CASES)
    assert [word for word in BY_WORD if f"/placet {word}" not in bodies] == []


def test_ten_commands_are_read_and_the_rest_is_reported_once() -> None:
    found = parse("/placet status\n" * 25)
    assert len(found) == 11
    assert [type(line) for line in found[:10]] == [Command] * 10
    assert isinstance(found[10], Misunderstood)
    assert found[10].line == 11
    assert "15 more were left out" in found[10].why


def test_what_is_shown_again_of_a_line_is_short() -> None:
    (line,) = parse("/placet " + "x" * 60_000)
    assert isinstance(line, Misunderstood)
    assert max(len(line.text), len(line.why), len(line.suggestion)) < 300


def suggested(body: str) -> list[str]:
    return [line.suggestion for line in parse(body) if isinstance(line, Misunderstood)]


WORDS = st.sampled_from(
    [
        "/placet",
        "for",
        "and",
        "@acme/crm",
        "crm,",
        "safe",
        "breaking",
        "?",
        "dim.x",
        "why",
        "`",
        '"',
        "“",
        "the",
        ":",
        "—",
        "aprove",
        "blokc",
        "sfae",
        *sorted(BY_WORD),
    ]
)
SPACES = st.sampled_from(
    [" ", "\n", "\n\n", "\n> ", "\n- ", "\u00a0", "\t", "  \n", "\\\n", "<!--", "-->", "<code>", "*", "_", "~~", "["]
)


@settings(deadline=None)  # a loaded machine is slow at times
@given(st.lists(st.tuples(WORDS, SPACES), max_size=14))
def test_what_is_suggested_would_be_understood(pieces: list[tuple[str, str]]) -> None:
    for suggestion in suggested("".join(word + space for word, space in pieces)):
        for line in suggestion.split("\n"):
            assert [type(one) for one in parse(line)] == [Command], suggestion


@settings(deadline=None)  # a loaded machine is slow at times
@given(st.text(alphabet=st.sampled_from("/placet aok\n\r>-*_`~<!&;[]()#\\\"'|\t\u00a0\u200b1."), max_size=80))
def test_no_text_makes_it_fail(text: str) -> None:
    for line in parse(text + "\n/placet " + text + "\n\n/placet ok"):
        assert 1 <= line.line <= (text * 2).count("\n") + (text * 2).count("\r") + 4


@settings(deadline=None)  # a loaded machine is slow at times
@given(
    st.lists(
        st.sampled_from(["x", "", "- y", "1. z", "`a", "b`", "<!--", "-->", "> q", "[r](s 't", "u')", "a\\", "b  "]),
        max_size=8,
    )
)
def test_a_commands_line_is_where_it_was_written(above: list[str]) -> None:
    lines = [*above, "/placet status", "", "<!-- -->", "", "/placet help"]
    for found in parse("\n".join(lines)):
        assert lines[found.line - 1] in {"/placet status", "/placet help"}


N = 65_000
HOSTILE = {
    "open brackets": "[" * N,
    "open images": "![" * (N // 2),
    "links": "[a](" * (N // 4),
    "backticks": "".join("`" * count + "a" for count in range(1, 350)),
    "stars": "*a_" * (N // 3),
    "bold": "a**b" * (N // 4),
    "comments": "<!--" * (N // 4),
    "tags": "<a b='" * (N // 6),
    "entities": "&#" * (N // 2),
    "quotes": "> " * (N // 2),
    "quoted lines": ">\n" * (N // 2),
    "lists": "- " * (N // 2),
    "items": "- a\n" * (N // 4),
    "nested items": "".join("  " * depth + "- a\n" for depth in range(250)),
    "lazy lines": "> a\n" + "b\n" * (N // 2),
    "references": "[a\n" * (N // 3),
    "empty references": "[][" * (N // 3),
    "strikes": "~~a" * (N // 3),
    "commands": "/placet ok\n" * (N // 11),
    "long word": "/placet " + "a" * N,
    "quoted word": '/placet ok for "' * (N // 16),
    "dashes": "/placet block " + "-" * N,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_comment_is_read_to_its_end(name: str) -> None:
    parse(HOSTILE[name] + "\n/placet approve\n")


def test_a_long_ordinary_comment_is_read_whole() -> None:
    body = "The *quick* brown fox_jumps `over` the lazy dog.\nIt [does](http://x.y) so.\n\n" * 800 + "/placet approve"
    assert [written(line) for line in parse(body)] == ["2401 approve"]
