"""How the demo is told: steps in plain words, what GitHub would show, and what was seen to hold."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from rich.markdown import Markdown
from rich.text import Text

from placet.cli.demo.paper import Paper

_MARKER = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_FOLD = re.compile(r"<details>\s*<summary>(.*?)</summary>(.*?)</details>", re.DOTALL)
_MERMAID = re.compile(r"```mermaid\n.*?```\n*", re.DOTALL)
_MIGRATION = re.compile(r"^\*\*Migration\*\*.*\n\n(?:>.*\n)+\n?", re.MULTILINE)
_LINK = re.compile(r"\[([^\]]*)\]\([^)\s]*\)")
_TAG = re.compile(r"</?(?:sub|code|b|strong|summary|details)>")
_MARKS = re.compile(r"^#+\s*|[`*]")
_COLOURS = {"success": "green", "failure": "red", "action_required": "yellow"}
_SIGNS = {"success": "✓", "failure": "✗", "action_required": "●"}


class Run(Protocol):
    """As much of a check run as is told."""

    @property
    def status(self) -> str: ...
    @property
    def conclusion(self) -> str | None: ...
    @property
    def title(self) -> str | None: ...
    @property
    def summary(self) -> str | None: ...


@dataclass
class Telling:
    """The teller: writes steps, and remembers what failed.

    ``is_free``: somebody has acted besides the story. What it expects need not come any more, and counts as no fault.
    """

    paper: Paper
    steps: int
    step: int = 0
    failed: list[str] = field(default_factory=list)
    is_free: bool = False
    _has_quoted: bool = False

    def begin(self, title: str, *lines: str) -> None:
        """A new step, in plain words."""
        self.step += 1
        self.paper.heading(f"{self.step}. {title}")
        for line in lines:
            self.paper.line(line)

    def says(self, who: str, words: str) -> None:
        """What a person writes or does."""
        self.paper.hanging(f"  {who}: ", words, "bold cyan")

    def diff(self, path: str, before: bytes, after: bytes) -> None:
        """The lines of a file that a commit takes away and adds."""
        compared = difflib.ndiff(before.decode().splitlines(), after.decode().splitlines())
        changed = [line for line in compared if line.startswith(("- ", "+ "))]
        lines = (Text(f"{one[0]} {one[2:].strip()}", style="red" if one[0] == "-" else "green") for one in changed)
        self.paper.box(Text(path, style="bold"), *lines)

    def check(self, run: Run) -> None:
        """The check's line in the pull request's merge box."""
        self.paper.box(_line(run), colour=_colour(run))

    def whole_check(self, run: Run) -> None:
        """The check with its summary; the author's migration note is shown the first time only."""
        summary = run.summary or ""
        if self._has_quoted:
            summary = _MIGRATION.sub("", summary)
        self._has_quoted = True
        self.paper.box(_line(run), Text(""), _markdown(summary), colour=_colour(run))

    def comment(self, body: str, opened: Sequence[str] = ()) -> None:
        """A comment as the pull request shows it; folded parts as one line, but for those whose title begins so."""
        self.paper.box(_markdown(body, opened), title="placet bot commented")

    def sees(self, sign: str, what: str) -> None:
        """A small thing that GitHub shows, behind its sign."""
        self.paper.hanging(f"  {sign} ", what)

    def holds(self, what: str, *, seen: bool) -> None:
        """Something that must be so at this point, unless somebody has acted besides the story."""
        if seen:
            self.paper.hanging("  ✓ ", what, "green")
        elif self.is_free:
            self.paper.hanging("  · ", f"not so in your story: {what}", "dim")
        else:
            self.fails(what)

    def lost(self, why: str) -> None:
        """The story cannot go on, unless it is another one by now."""
        self.holds(why, seen=False)

    def fails(self, what: str) -> None:
        """Something that is a fault whatever the story."""
        self.paper.hanging("  ✗ ", what, "bold red")
        self.failed.append(f"step {self.step}: {what}")


def first_line(body: str) -> str:
    """The first line of a comment, which is its verdict, as plain text."""
    text = _LINK.sub(r"\1", _TAG.sub("", _MARKER.sub("", body))).strip()
    return _MARKS.sub("", text.partition("\n")[0]).strip()


def _line(run: Run) -> Text:
    conclusion = run.conclusion or run.status
    colour = _colour(run)
    sign = _SIGNS.get(conclusion, "●")
    return Text.assemble((f"{sign} ", colour), ("placet", "bold"), f" · {run.title}  ", (conclusion, colour))


def _colour(run: Run) -> str:
    return _COLOURS.get(run.conclusion or run.status, "white")


def _markdown(body: str, opened: Sequence[str] = ()) -> Markdown:
    def unfolded(found: re.Match[str]) -> str:
        title = _TAG.sub("", found[1]).strip()
        if title.startswith(tuple(opened)):
            return f"▾ {title}\n\n{_MERMAID.sub('', found[2]).strip()}\n"
        return f"▸ {title}\n"

    folded = _FOLD.sub(unfolded, _MARKER.sub("", body))
    return Markdown(_LINK.sub(r"\1", _TAG.sub("", folded)))
