from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.cli.demo.lines import (
    HELP,
    LONGEST_WAIT,
    SOMEBODY,
    Comments,
    GoesOn,
    Helps,
    Leaves,
    Line,
    Merges,
    Presses,
    Pushes,
    Rebases,
    Reviews,
    Shows,
    Stance,
    Unclear,
    View,
    Waits,
    meaning,
)
from placet.commands.catalogue import CATALOGUE

DOCUMENT = Path(__file__).parents[4] / "docs" / "command-line.md"
APPROVES, REQUESTS = Stance.APPROVES, Stance.REQUESTS_CHANGES

CASES: tuple[tuple[str, Line], ...] = (
    ("", GoesOn()),
    ("  \t ", GoesOn()),
    ("quit", Leaves()),
    ("Exit", Leaves()),
    ("help", Helps()),
    ("?", Helps()),
    ("help approve", Helps()),
    ("show", Shows(View.ALL)),
    ("check", Shows(View.CHECK)),
    ("show the comment", Shows(View.COMMENT)),
    ("TEAMS", Shows(View.TEAMS)),
    ("sam-o: /placet approve for crm", Comments("sam-o", "/placet approve for crm")),
    ("@sam-o : /placet approve", Comments("sam-o", "/placet approve")),
    ("sam-o:/placet approve", Comments("sam-o", "/placet approve")),
    ("sam-o /placet approve", Comments("sam-o", "/placet approve")),
    ("li-wei says: no hurry", Comments("li-wei", "no hurry")),
    ("li-wei comments no hurry", Comments("li-wei", "no hurry")),
    ("eve: approves", Comments("eve", "approves")),
    ("eve: see https://example.com: it says so", Comments("eve", "see https://example.com: it says so")),
    ("renovate[bot]: /placet approve", Comments("renovate[bot]", "/placet approve")),
    ("sam-o: /placet \x1b[Aapprove\x07", Comments("sam-o", "/placet approve")),
    ("li-wei approves", Reviews("li-wei", APPROVES)),
    ("@Li-Wei approve", Reviews("Li-Wei", APPROVES)),
    ("li-wei approves: fine with us", Reviews("li-wei", APPROVES, "fine with us")),
    ("li-wei requests changes", Reviews("li-wei", REQUESTS)),
    ("li-wei requests changes: keep it a week", Reviews("li-wei", REQUESTS, "keep it a week")),
    ("press approve as sam-o", Presses("sam-o", "approve")),
    ("click on Remind teams by @dana", Presses("dana", "on Remind teams")),
    ("sam-o presses Re-check", Presses("sam-o", "Re-check")),
    ("push", Pushes()),
    ("push drop user_email", Pushes("user_email")),
    ("push: drop dim_customers.user_email", Pushes("dim_customers.user_email")),
    ("rebase", Rebases()),
    ("merge", Merges()),
    ("merge as carl", Merges("carl")),
    ("wait 3d", Waits(timedelta(days=3))),
    ("wait: 3d", Waits(timedelta(days=3))),
    ("wait for 2 weeks", Waits(timedelta(weeks=2))),
    ("wait an hour", Waits(timedelta(hours=1))),
    ("3 days pass", Waits(timedelta(days=3))),
    ("a week passes", Waits(timedelta(weeks=1))),
    ("+5h", Waits(timedelta(hours=5))),
    ("366 days later", Waits(LONGEST_WAIT)),
)

HINTS: tuple[tuple[str, str, str], ...] = (
    ("/placet approve", "it does not say who writes that", "sam-o: /placet approve"),
    ("approve for crm", "it does not say who wants to approve", "sam-o: /placet approve for crm"),
    ("wait", "it does not say how long", "wait 3d"),
    ("wait until Friday", "it does not say how long", "wait 3d"),
    ("wait 0d", "time passes in steps of up to a year", "wait 60d"),
    ("wait 367d", "time passes in steps of up to a year", "wait 60d"),
    ("wait 999999w", "time passes in steps of up to a year", "wait 60d"),
    ("press approve", "it takes a button, and somebody who presses it", "press approve as sam-o"),
    (
        "push --force",
        "what can be pushed is a file that concerns nobody, or that a column goes",
        "push drop dim_customers.phone",
    ),
    ("show me", "what can be shown is the check, the comment and the teams", "show"),
    ("merge now", "it is merged by its author, or by somebody", "merge as sam-o"),
    ("mrege", "there is no “mrege” here, but something like it", "merge"),
    ("wiat 3d", "there is no “wiat” here, but something like it", "wait 3d"),
    ("jo-k aproves", "nobody can do that here", "jo-k approves"),
    ("jo-k request a change", "nobody can do that here", "jo-k requests changes"),
    ("jo-k:", "that means nothing here", "sam-o: /placet approve"),
    ("lorem ipsum", "that means nothing here", "sam-o: /placet approve"),
    ("\x1b[A", "keys such as the arrows do nothing here", "help"),
)


@pytest.mark.parametrize(("text", "line"), CASES)
def test_a_line_means_what_it_seems_to(text: str, line: Line) -> None:
    assert meaning(text) == line


@pytest.mark.parametrize(("text", "why", "example"), HINTS)
def test_a_line_that_means_nothing_gets_a_reason_and_an_example(text: str, why: str, example: str) -> None:
    assert meaning(text) == Unclear(why, example)


@pytest.mark.parametrize("example", [hint[2] for hint in HINTS] + [example.format(who="jo-k") for example, _ in HELP])
def test_an_example_is_understood(example: str) -> None:
    assert not isinstance(meaning(example), Unclear)


@pytest.mark.parametrize("example", [example.format(who=SOMEBODY) for example, _ in HELP])
def test_the_documents_tell_what_can_be_typed(example: str) -> None:
    assert f"`{example}`" in DOCUMENT.read_text(encoding="utf-8")


def test_an_example_names_whom_it_is_told_to() -> None:
    assert meaning("press approve", "somebody-in-crm") == Unclear(
        "it takes a button, and somebody who presses it", "press approve as somebody-in-crm"
    )


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.name)
def test_every_command_can_be_said_in_somebodys_name(entry: object) -> None:
    example = getattr(entry, "example", "")
    assert meaning(f"jo-k: {example}") == Comments("jo-k", example)


@given(st.text(max_size=60))
def test_no_text_is_too_odd(text: str) -> None:
    line = meaning(text)
    if isinstance(line, Comments | Reviews):
        assert line.words.isprintable()
    if isinstance(line, Unclear):
        assert line.why.isprintable()
        assert line.example.isprintable()
