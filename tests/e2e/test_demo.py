"""The demo as people run it: a process of its own, piped or on a terminal; and what it says when something is amiss."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import structlog

from placet.cli import demo
from placet.cli.demo import story, world
from pseudo_terminal import CTRL_C, LIMIT_SECONDS, on_a_terminal

DEMO = (sys.executable, "-m", "placet", "demo")
README = Path(__file__).parents[2] / "README.md"


@pytest.fixture
def _logs_as_before() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def environment(folder: Path) -> Mapping[str, str]:
    return {**os.environ, "COLUMNS": "80", "HOME": str(folder), "PYTHONIOENCODING": "utf-8"}


@pytest.fixture(scope="module")
def headless(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    folder = tmp_path_factory.mktemp("demo")
    # Settings of a service on this machine are none of the demo's business.
    elsewhere = {"PLACET_DATABASE_URL": f"sqlite:///{folder / 'production.sqlite3'}", "PLACET_LISTEN": "nonsense"}
    return subprocess.run(  # noqa: S603 - the test's own interpreter
        (*DEMO, "--headless"),
        cwd=folder,
        env={**environment(folder), **elsewhere},
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )


def test_the_whole_story_holds(headless: subprocess.CompletedProcess[str]) -> None:
    assert headless.returncode == 0, headless.stdout
    assert headless.stderr == ""
    assert "✗ " not in headless.stdout.replace("✗ placet ·", "")
    assert re.search(r"^Every step held, in [\d.]+ s\.$", headless.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    "line",
    [
        "  dana: opens pull request #1, “Keep less personal data in dim_customers”",
        "    - customers.user_email,",
        "    ● placet · Waiting for 3 of 3 teams: crm, growth, marketing  action_required",
        "    ▾ Where user_email goes (7 nodes, 3 teams)",
        "     ├── mart_churn.email_domain  · growth · breaks",
        "    ▾ A safe way to do this",
        "  ✓ finance, which reads only orders, is left in peace",
        "  ✓ the bot says so in its one comment, which it edits in silence",
        "    Not recorded for dana: the author of a pull request does not answer for a team.",
        "    ✗ placet · Blocked by marketing: drop of dim_customers.user_email  failure",
        "    - customers.phone,",
        "    ✓ placet · All 3 teams agreed  success",
        "  ✓ dim_customers is published as 2.0.0",
    ],
)
def test_a_line_that_tells_the_story_is_there(headless: subprocess.CompletedProcess[str], line: str) -> None:
    assert line in headless.stdout.splitlines()


def test_what_was_said_once_is_not_said_again(headless: subprocess.CompletedProcess[str]) -> None:
    assert headless.stdout.count("Read the address from stg_customers") == 1
    assert headless.stdout.count("▾ Where user_email goes") == 1


def test_a_pipe_gets_plain_text(headless: subprocess.CompletedProcess[str]) -> None:
    assert not set(headless.stdout) & set("╭╮╰╯\x1b")


def test_the_readme_shows_what_the_demo_says(headless: subprocess.CompletedProcess[str]) -> None:
    """Line by line in this order; `…` on a line of its own stands for lines that are left out. Each day is today."""
    (block,) = re.findall(r"<!-- from `make demo`.*?-->\n```\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    printed = iter([_of_any_day(line) for line in headless.stdout.splitlines()])
    for line in block.splitlines():
        if line.strip() not in {"", "…"}:
            assert _of_any_day(line) in printed, line


def _of_any_day(line: str) -> str:
    return " ".join(re.sub(r"\basked \d+ [A-Z][a-z]{2}\b", "asked today", line).split())


FAULTS: Mapping[str, tuple[Mapping[str, object], set[str]]] = {
    "somebody may answer who should not": (
        {"teams": {**world.TEAMS, "crm": ("sam-o", "jo-k", "eve")}},
        {"step 4: eve gets a 👎 and a reply that says why", "step 4: the check stays as it was"},
    ),
    "a team has lost its member": (
        {"teams": {**world.TEAMS, "growth": ("nobody-here",)}},
        {
            "step 3: two teams are left",
            "step 3: the bot says so in its one comment, which it edits in silence",
            "step 6: only crm is left",
            "step 7: both approvals stand on the new commit",
            "step 8: growth's approval stands",
            "step 9: the check is green",
            'step 10: GitHub refuses it: 405 Required status check "placet" is expected.',
        },
    ),
    "more is dropped than is told": (
        {"first": (b"    customers.phone,\n", b"")},
        {"step 2: the staging rename asks nobody: everything that reads it gives what it gave before"},
    ),
    "nothing breaks": (
        {"first": None},
        {"step 2: there is no comment of Placet's on #1"},
    ),
}


@pytest.mark.usefixtures("_logs_as_before")
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_seen_and_told(
    fault: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seeded, expected = FAULTS[fault]
    if "teams" in seeded:
        monkeypatch.setattr(world, "TEAMS", seeded["teams"])
    if "first" in seeded:
        monkeypatch.setattr(story, "first_change", changed_otherwise(seeded["first"]))
    assert demo.play(headless=True) == demo.FAILED
    told = {line.strip() for line in capsys.readouterr().out.partition("The story did not hold:")[2].splitlines()}
    assert expected <= told


def changed_otherwise(instead: object) -> object:
    original = story.first_change

    def change(files: Mapping[str, bytes]) -> dict[str, bytes]:
        found = original(files)
        if instead is None:
            return {story.DIM: files[story.DIM] + b"-- nothing but a remark\n"}
        assert isinstance(instead, tuple)
        before, after = instead
        return {path: content.replace(before, after) for path, content in found.items()}

    return change


def test_ctrl_c_between_two_steps_ends_at_once_without_a_traceback(tmp_path: Path) -> None:
    with on_a_terminal(("demo",), tmp_path, environment(tmp_path)) as terminal:
        seen = terminal.read_until("step 1 of 10 · Enter goes on, Ctrl-C ends")
        terminal.type(CTRL_C)
        asked = time.monotonic()
        seen += terminal.rest()
        assert terminal.exit_code() == 130
    assert time.monotonic() - asked < 15
    assert "Traceback" not in seen
    assert "Error" not in seen
    assert "Dana opens" not in seen
