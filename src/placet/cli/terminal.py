"""What people read in a terminal: pages of text, and progress beside them.

Whatever comes from a repository passes ``shown`` first: a name can then neither move the cursor nor colour the screen.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.padding import Padding
from rich.text import Text
from rich.tree import Tree

from placet.render.lineage import Node, short
from placet.render.markdown import visible
from placet.render.words import clipped
from placet.vocabulary.words import Category

# A file or a pipe has no width: nothing is wrapped there.
_UNBOUNDED = 1_000
# Two cells of a line are this far apart.
_GAP = 2
# So many cells stay on a line, however narrow it is.
_FEWEST = 2

# So many lines of a tree people read; the rest is there on request.
MAX_TREE_LINES = 40
_FEWEST_LINES = 2

HEADING = "bold"
FAINT = "dim"
STYLES: Mapping[Category, str] = {
    Category.BREAKING: "bold red",
    Category.REQUIRES_ANALYSIS: "bold yellow",
    Category.NON_BREAKING: "green",
    Category.INFRASTRUCTURE: "dim",
}


class Page:
    """Renderings, one below the other, shown at once; ``is_terminal``: people read it as it comes."""

    def __init__(self) -> None:
        self._parts: list[RenderableType] = []
        self.is_terminal = sys.stdout.isatty()
        self._buffer = StringIO()
        self._console = Console(
            file=self._buffer,
            force_terminal=self.is_terminal,
            width=Console().width if self.is_terminal else _UNBOUNDED,
            highlight=False,
            markup=False,
            emoji=False,
        )

    @property
    def width(self) -> int:
        """How many cells fit on a line."""
        return self._console.width

    def fits(self, part: RenderableType) -> bool:
        """Whether something can be shown without breaking its lines."""
        return Measurement.get(self._console, self._console.options, part).maximum <= self.width

    def add(self, *parts: RenderableType) -> None:
        """Add lines, or whatever else rich can render."""
        self._parts += parts

    def heading(self, text: str) -> None:
        """Add a heading, with a free line before it."""
        self.add(Text(""), Text(text, style=HEADING))

    def show(self) -> None:
        """Write everything to stdout."""
        for part in self._parts:
            self._console.print(part)
        lines = self._buffer.getvalue().splitlines()
        sys.stdout.write("".join(f"{line.rstrip()}\n" for line in lines))


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: cells, the last of which go below where the line is too long, and what stands around it."""

    cells: tuple[Text, ...]
    below: tuple[Text, ...] = ()
    above: tuple[Text, ...] = ()


def shown(text: str, style: str = "", *, limit: int = 300) -> Text:
    """Any text, on one line, with nothing in it that a terminal would obey."""
    return Text(clipped(visible(text), limit), style=style, overflow="fold")


def joined(*parts: Text | str, between: str = " ") -> Text:
    """Texts in a row; those that are empty are left out."""
    return Text(between).join([part if isinstance(part, Text) else Text(part) for part in parts if len(part)])


def table(headers: Sequence[str], rows: Sequence[Row], width: int) -> Iterator[RenderableType]:
    """The rows as aligned lines, under headers where there are any.

    Where the lines do not fit, the last cells of each go to lines of their own, as many as need be.
    """
    lines = [*([Row(tuple(Text(one, style=FAINT) for one in headers))] if headers else []), *rows]
    columns = [max(cell_len(row.cells[index].plain) for row in lines) for index in range(len(rows[0].cells))]
    kept = len(columns)
    while kept > _FEWEST and sum(columns[:kept]) + _GAP * (kept - 1) > width:
        kept -= 1
    for number, row in enumerate(lines):
        yield from row.above
        yield _line(row.cells[:kept], columns)
        moved = () if headers and not number else row.cells[kept:]
        for below in (*(cell for cell in moved if cell.plain), *row.below):
            yield Padding(below, (0, 0, 0, 4))


def tree(root: Node, note: Callable[[Node], Text], limit: int | None = None) -> tuple[Tree, int]:
    """The ways from a root as a tree, with a note at each node; and how many nodes found no room in it.

    ``limit``: how many nodes there may be below the root; None for all of them.
    """
    top = Tree(shown(short(root.label), HEADING), guide_style=FAINT)
    waiting = [(child, top) for child in _last_first(root)]
    drawn = 0
    while waiting and (limit is None or drawn < limit):
        node, branch = waiting.pop()
        drawn += 1
        below = branch.add(joined(shown(short(node.label)), note(node), between="  "))
        waiting += [(child, below) for child in _last_first(node)]
    return top, root.size - drawn


def trees(
    roots: Sequence[Node], note: Callable[[Node], Text], limit: int | None = MAX_TREE_LINES
) -> Iterator[RenderableType]:
    """One tree after the other, of so many lines together; what is left out is said, and how it is seen."""
    room = limit
    left = 0
    for number, root in enumerate(roots):
        if room is not None and room < _FEWEST_LINES and number:
            left += root.size + 1
            continue
        if number:
            yield Text("")
        drawn, missing = tree(root, note, None if room is None else max(room - 1, 1))
        yield drawn
        left += missing
        room = None if room is None else room - (root.size - missing) - 1
    if left:
        yield Text(f"… {left:,} more: --all shows them", style=FAINT)


@contextmanager
def progress(what: str) -> Iterator[Callable[[str], None] | None]:
    """While something takes long, say on a terminal's stderr what is being worked on; None where nobody looks."""
    if not sys.stderr.isatty():
        yield None
        return
    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    with console.status(Text(f"{what} …")) as status:
        count = 0

        def tell(path: str) -> None:
            nonlocal count
            count += 1
            room = max(20, console.width - len(what) - 20)
            status.update(joined(f"{what} …", f"{count:,}", shown(path, FAINT, limit=room)))

        yield tell


def _last_first(node: Node) -> list[Node]:
    """What lies below a node, so that the first of it is taken from the end."""
    return sorted(node.children.values(), key=lambda one: short(one.label), reverse=True)


def _line(cells: Sequence[Text], columns: Sequence[int]) -> Text:
    padded = [
        joined(cell, " " * (columns[index] - cell_len(cell.plain)), between="") if index < len(cells) - 1 else cell
        for index, cell in enumerate(cells)
    ]
    return Text(" " * _GAP).join(padded)
