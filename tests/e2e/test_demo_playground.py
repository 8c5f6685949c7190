"""The demo's playground as people use it: on a terminal, where they type in anybody's name."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from pseudo_terminal import CTRL_C, CTRL_D, Terminal, on_a_terminal
from shop_repository import WITHOUT_EMAIL, ShopRepository

PROMPT = "\n>"
STEPS = 10


@contextmanager
def playing(folder: Path, *arguments: str) -> Iterator[Terminal]:
    """The demo, at the first prompt where the pull request is open."""
    environment = {**os.environ, "COLUMNS": "100", "HOME": str(folder), "PYTHONIOENCODING": "utf-8"}
    with on_a_terminal(("demo", *arguments), folder, environment) as terminal:
        terminal.read_until("Enter goes on, Ctrl-C ends")
        terminal.type("\n")
        yield terminal


def answer(terminal: Terminal, line: str) -> str:
    """What is shown when somebody types a line."""
    terminal.type(f"{line}\n")
    return terminal.read_until(PROMPT)


SCRIPT = (
    "eve: /placet approve",
    "lorem ipsum",
    "/placet approve",
    "dana approves",
    "merge",
    "crm: /placet approve",
    "press forward as jo-k",
    "wait 3d",
    "jo-k: see you",
    "press approve as jo-k",
    "li-wei approves",
    "push",
    "rebase",
    "priya-n: /placet approve",
    "push drop country",
    "show",
    "teams",
    "help",
    "",
)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """What was shown after each line of the script, and after leaving (`quit`)."""
    with playing(tmp_path_factory.mktemp("playground")) as terminal:
        welcome = terminal.read_until(PROMPT)
        shown = {"welcome": welcome} | {line: answer(terminal, line) for line in SCRIPT}
        terminal.type("quit\n")
        shown["quit"] = terminal.rest()
        assert terminal.exit_code() == 0
    return shown


@pytest.mark.parametrize(
    ("typed", "lines"),
    [
        ("welcome", ("sam-o: /placet approve", "step 2 of 10 · Enter goes on, or type what somebody does (help)")),
        (
            "eve: /placet approve",
            (
                "eve (in no team): /placet approve",
                "👎 placet[bot] reacts to eve's comment “/placet approve”",
                "Not recorded for eve: you are no active member of any team that is asked",
                "the check stays: Waiting for 3 of 3 teams: crm, growth, marketing",
            ),
        ),
        ("lorem ipsum", ("? That means nothing here. Try “sam-o: /placet approve”, or help.",)),
        ("/placet approve", ("? It does not say who writes that. Try “sam-o: /placet approve”, or help.",)),
        ("dana approves", ("dana (data-platform, the author)", "✗ GitHub refuses it: 422 Can not approve your own")),
        ("merge", ('✗ GitHub refuses it: 405 Required status check "placet" is expected.',)),
        ("crm: /placet approve", ("? crm is a team, and a person speaks for it: sam-o or jo-k",)),
        ("press forward as jo-k", ("no button “forward”, only Approve, Remind teams and Re-check",)),
        (
            "wait 3d",
            (
                "Still open here: dim_customers.user_email.",
                "• @acme/crm: asked",
                "• @acme/marketing: asked",
                "🕒 it is",
            ),
        ),
        ("jo-k: see you", ("jo-k (crm): see you", "Placet reads no command in it: those begin with /placet")),
        (
            "press approve as jo-k",
            ("jo-k (crm): presses “Approve”", "● placet · Waiting for 2 of 3 teams: growth, marketing"),
        ),
        ("li-wei approves", ("no review is requested any more from growth", "Waiting for 1 of 3 teams: marketing")),
        ("push", ("docs/notes-1.md", "● placet · Waiting for 1 of 3 teams: marketing  action_required")),
        ("rebase", ("rebases: ", "● placet · Waiting for 1 of 3 teams: marketing  action_required")),
        (
            "priya-n: /placet approve",
            (
                "👍 placet[bot] reacts to priya-n's comment “/placet approve”",
                "placet[bot] edited its comment: ✅ All 3 teams agreed: this drops dim_customers.user_email",
                "✓ placet · All 3 teams agreed  success",
            ),
        ),
        ("push drop country", ("- countries.country_name as country,", "- - name: country", "● placet · Waiting for")),
        ("show", ("To turn this green", "its buttons: Approve", "⏳ Waiting for", "▾ Where")),
        ("teams", ("crm: sam-o and jo-k", "finance: ada-f", "in no team: olga, an owner of the organisation")),
        ("help", ("sam-o requests changes", "push drop dim_customers.country", "quit")),
        ("", ("3. Growth can live with it", "· not so in your story: the bot says so in its one", "step 3 of 10")),
        ("quit", ("You left the story after step 3 of 10.",)),
    ],
)
def test_a_line_shows_what_github_would(session: Mapping[str, str], typed: str, lines: tuple[str, ...]) -> None:
    for line in lines:
        assert line in session[typed]


@pytest.mark.parametrize("typed", ["lorem ipsum", "/placet approve", "crm: /placet approve", "help", "teams"])
def test_a_line_that_does_nothing_changes_nothing(session: Mapping[str, str], typed: str) -> None:
    assert "placet[bot]" not in session[typed]
    assert "🕒" not in session[typed]


def test_nothing_that_is_typed_brings_a_traceback(session: Mapping[str, str]) -> None:
    assert not any(word in text for text in session.values() for word in ("Traceback", "Error:"))


def test_whoever_only_presses_enter_sees_the_whole_story_hold(tmp_path: Path) -> None:
    with playing(tmp_path) as terminal:
        terminal.read_until(PROMPT)
        for _ in range(STEPS - 3):
            assert "✗ " not in answer(terminal, "").replace("✗ placet ·", "")
        terminal.type("\n")
        last = terminal.rest()
        assert terminal.exit_code() == 0
    assert "✓ dim_customers is published as 2.0.0" in last
    assert "Every step held, in " in last


@pytest.mark.parametrize(("key", "code"), [(CTRL_D, 0), (CTRL_C, 130)])
def test_a_key_ends_it_without_a_traceback(tmp_path: Path, key: str, code: int) -> None:
    with playing(tmp_path) as terminal:
        terminal.read_until(PROMPT)
        terminal.type(key)
        last = terminal.rest()
        assert terminal.exit_code() == code
    assert "Traceback" not in last
    assert "Growth can live" not in last


def test_a_pull_request_of_ones_own_is_a_playground_too(tmp_path: Path) -> None:
    shop = ShopRepository(tmp_path / "shop")
    shop.branch("drop", {"models/dim_customers.sql": WITHOUT_EMAIL})
    with playing(tmp_path, "--repo", str(shop.folder), "--base", "main", "--head", "drop") as terminal:
        assert "somebody-in-growth: /placet approve" in terminal.read_until(PROMPT)
        assert "Can not approve your own" in answer(terminal, "you approve")
        assert "✓ placet · " in answer(terminal, "somebody-in-growth approves")
        assert "the pull request is merged" in answer(terminal, "merge")
        answer(terminal, "")
        assert "not so in your story: GitHub refuses it: 405" in answer(terminal, "")
        terminal.type("\n")
        assert "That was the story, with what you made of it." in terminal.rest()
        assert terminal.exit_code() == 0
