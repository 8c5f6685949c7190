"""Replies, pings and checks kept as files in tests/cases/told: `PLACET_WRITE_CASES=1 pytest <this file>` writes."""

from __future__ import annotations

import re

import pytest

from fakes import golden
from fakes.rendered import problems, rendered
from fakes.told import TOLD
from placet.commands.grammar import Command, parse
from placet.proposals.model import Occasion
from placet.render.replies import ReplyCode

FOLDER = golden.CASES / "told"
# What follows in a check's file is plain text, which GitHub shows as it is.
_PLAIN = re.compile(r"^<!-- (?:annotation|button) -->$", re.MULTILINE)


@pytest.mark.parametrize("name", TOLD)
def test_a_text_reads_as_its_file_says(name: str) -> None:
    golden.reads_as(FOLDER / name, TOLD[name].text)


def test_every_file_belongs_to_a_case() -> None:
    assert {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.*")} == set(TOLD)


@pytest.mark.parametrize("name", [name for name in TOLD if name.endswith(".md")])
def test_nothing_in_a_text_is_alive_but_whom_it_means_to_mention(name: str) -> None:
    told = TOLD[name]
    text = told.text
    for mention in sorted(told.mentions, key=len, reverse=True):
        assert mention in text
        text = text.replace(mention, "somebody")

    assert [found for part in _PLAIN.split(text)[0].split("<!-- text -->") for found in problems(part)] == []


@pytest.mark.parametrize("name", [name for name in TOLD if name.endswith(".md")])
def test_every_command_that_is_suggested_would_be_understood(name: str) -> None:
    for line in "".join(rendered(TOLD[name].text).blocks).splitlines():
        if line.startswith("/placet"):
            assert isinstance(parse(line)[0], Command), line


def test_every_code_of_a_reply_and_every_occasion_of_a_reminder_has_a_file() -> None:
    names = [name.rpartition("/")[2] for name in TOLD]
    for code in ReplyCode:
        assert any(name.startswith(code.value) for name in names), code
    assert len([name for name in names if name.startswith("reminder")]) > len(Occasion)
