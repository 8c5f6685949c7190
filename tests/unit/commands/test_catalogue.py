from __future__ import annotations

import pytest

from placet.commands.catalogue import BY_WORD, CATALOGUE, Entry, Name, entry_of
from placet.commands.grammar import Command, parse


def test_every_command_has_one_row() -> None:
    assert [entry.name for entry in CATALOGUE] == list(Name)


def test_no_word_stands_for_two_commands() -> None:
    assert len(BY_WORD) == sum(1 + len(entry.aliases) for entry in CATALOGUE)


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.name)
def test_a_rows_example_is_that_command(entry: Entry) -> None:
    (found,) = parse(entry.example)
    assert isinstance(found, Command)
    assert entry_of(found.verb) is entry


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.name)
def test_a_required_argument_has_an_example_to_suggest(entry: Entry) -> None:
    assert [argument.name for argument in entry.arguments if argument.is_required and not argument.example] == []


def test_usage_shows_what_may_be_left_out() -> None:
    assert entry_of(Name.BLOCK).usage == "/placet block [for <team>] <reason>"
    assert entry_of(Name.CLASSIFY).usage == "/placet classify <change> breaking|safe <reason>"
