from __future__ import annotations

import click
import pytest
from click.shell_completion import ShellComplete

from placet.cli.catalogue import ENTRIES
from placet.cli.running import placet, run

COMMANDS = sorted(ENTRIES)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_table_is_there_and_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"Usage: placet {name}")
    assert "--debug" in out
    assert max(len(line) for line in out.splitlines()) <= 80


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_does(name: str) -> None:
    command = placet.get_command(click.Context(placet), name)
    assert command is not None
    held = list(command.commands.values()) if isinstance(command, click.Group) else [command]
    for one in held:
        for option in one.params:
            assert not isinstance(option, click.Option) or option.help, (name, option.name)


def test_completion_offers_the_commands_of_the_table() -> None:
    completions = ShellComplete(placet, {}, "placet", "_PLACET_COMPLETE").get_completions([], "a")
    assert [one.value for one in completions] == ["assets", "audit"]


def test_a_group_without_a_command_shows_what_it_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert "validate" in said.out


@pytest.mark.parametrize(
    ("words", "near"), [(["polcy"], "policy"), (["Check"], "check"), (["policy", "vaildate"], "validate")]
)
def test_a_mistyped_command_is_answered_with_the_nearest(
    words: list[str], near: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == 2
    assert f'did you mean "{near}"?' in capsys.readouterr().err


@pytest.mark.parametrize("name", ["policy", "db", "audit"])
def test_a_group_shows_the_summaries_of_its_commands_whole(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    run([name])
    assert "..." not in capsys.readouterr().out.partition("Commands:")[2]


def test_the_version_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("placet, version ")


def test_a_bug_is_shown_with_its_traceback_and_never_looks_gated(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("placet.cli.assets.state_of", broken)
    assert run(["assets"]) == 2
    err = capsys.readouterr().err
    assert "Traceback" in err
    assert "this is a bug in Placet" in err.splitlines()[-1]
