"""What the demo is written on: boxes and colours on a terminal; in a pipe plain text, in which no line is broken."""

from __future__ import annotations

import sys

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

_WIDTH = 100
# A file or a pipe has no width.
_UNBOUNDED = 1_000
_INDENT = 4


class Paper:
    """Writes to stdout, or to the console that is given."""

    def __init__(self, console: Console | None = None, *, is_terminal: bool | None = None) -> None:
        self.is_terminal = sys.stdout.isatty() if is_terminal is None else is_terminal
        width = None if self.is_terminal else _UNBOUNDED
        self._console = console or Console(highlight=False, emoji=False, width=width, no_color=not self.is_terminal)

    def line(self, text: str = "") -> None:
        """A line with rich's markup."""
        self._write(Text.from_markup(text))

    def heading(self, text: str) -> None:
        """A heading, with a free line before it."""
        self._write(Text(""))
        if self.is_terminal:
            self._console.rule(Text(text, style="bold"), align="left")
        else:
            self._write(Text(text))

    def prompt(self, text: str) -> None:
        """What stands before a cursor."""
        self._console.print(Text(f"\n{text} ", style="dim"), end="")

    def hanging(self, lead: str, text: str, style: str = "") -> None:
        """Text after a lead; where the line is too long, the next ones begin below the text."""
        grid = Table.grid()
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        grid.add_row(Text(lead, style=style), Text(text))
        self._write(grid)

    def box(self, *parts: RenderableType, title: str = "", colour: str = "") -> None:
        """Something that GitHub shows, set apart: in a box, or indented."""
        if not self.is_terminal:
            if title:
                self._write(Text(f"{title}:"))
            self._write(Padding(Group(*parts), (0, 0, 0, _INDENT)))
            return
        width = min(_WIDTH, self._console.width)
        panel = Panel(Group(*parts), width=width, padding=(0, 1), border_style=colour or "none")
        panel.title, panel.title_align = title or None, "left"
        self._write(panel)

    def _write(self, part: RenderableType) -> None:
        if self.is_terminal:
            self._console.print(part)
            return
        with self._console.capture() as captured:
            self._console.print(part)
        lines = [line.rstrip() for line in captured.get().splitlines()]
        # Markdown leaves more free lines than plain text needs.
        kept = (line for number, line in enumerate(lines) if line or number == 0 or lines[number - 1])
        self._console.file.write("".join(f"{line}\n" for line in kept))
        self._console.file.flush()
