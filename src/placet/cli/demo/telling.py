"""How the demo is told: steps in plain words, what GitHub would show, and what was seen to hold."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field

from rich.console import Console, Group
from rich.markdown import Markdown
from rich.panel import Panel
from rich.text import Text

from placet.sandbox.model import CheckRun

_MARKER = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_FOLD = re.compile(r"<details>\s*<summary>(.*?)</summary>.*?</details>", re.DOTALL)
_LINK = re.compile(r"\[([^\]]*)\]\([^)\s]*\)")
_TAG = re.compile(r"</?(?:sub|code|b|strong|summary|details)>")
_COLOURS = {"success": "green", "failure": "red", "action_required": "yellow"}
_SIGNS = {"success": "✓", "failure": "✗", "action_required": "●"}
_WIDTH = 100


@dataclass
class Telling:
    """The teller: prints steps, waits for Enter where somebody reads along, and remembers what failed."""

    console: Console
    waits: bool
    step: int = 0
    failed: list[str] = field(default_factory=list)

    def begin(self, title: str, *lines: str) -> None:
        """A new step, in plain words."""
        if self.waits and self.step:
            self.console.print("\n[dim]Enter to go on …[/dim]", end="")
            sys.stdin.readline()
        self.step += 1
        self.console.print()
        self.console.rule(f"[bold]{self.step}. {title}", align="left")
        for line in lines:
            self.console.print(line, highlight=False)

    def says(self, who: str, words: str) -> None:
        """What a person writes or does."""
        self.console.print(Text.assemble((f"  {who}: ", "bold cyan"), words))

    def note(self, line: str) -> None:
        """A remark of the teller's."""
        self.console.print(f"  {line}", highlight=False, style="dim")

    def check(self, run: CheckRun, *, whole: bool = False) -> None:
        """The check as the pull request's merge box shows it; with its summary where it is worth reading."""
        conclusion = run.conclusion or run.status
        colour, sign = _COLOURS.get(conclusion, "white"), _SIGNS.get(conclusion, "●")
        title = Text.assemble((f"{sign} ", colour), ("placet", "bold"), f" · {run.title}  ", (conclusion, f"{colour}"))
        body = Group(title, Text(""), _markdown(run.summary or "")) if whole else title
        self.console.print(Panel(body, border_style=colour, width=min(_WIDTH, self.console.width), padding=(0, 1)))

    def comment(self, body: str, title: str = "placet bot commented") -> None:
        """A comment as the pull request shows it, folded parts as one line each."""
        panel = Panel(_markdown(body), title=title, title_align="left", width=min(_WIDTH, self.console.width))
        self.console.print(panel)

    def holds(self, what: str, *, seen: bool) -> None:
        """Something that must be so at this point."""
        mark = "[green]✓[/green]" if seen else "[bold red]✗[/bold red]"
        self.console.print(f"  {mark} {what}", highlight=False)
        if not seen:
            self.failed.append(f"step {self.step}: {what}")


def _markdown(body: str) -> Markdown:
    folded = _FOLD.sub(lambda found: f"▸ {_TAG.sub('', found[1]).strip()}\n", _MARKER.sub("", body))
    return Markdown(_LINK.sub(r"\1", _TAG.sub("", folded)))
