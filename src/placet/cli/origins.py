"""``placet impact --upstream``: what a column comes from, up to the sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from placet.cli.asset_pages import state_title
from placet.cli.coverage import closing_lines
from placet.cli.machine import write_json, write_markdown
from placet.cli.options import Format
from placet.cli.states import State
from placet.cli.terminal import FAINT, Page, shown, trees
from placet.lineage.origins import Origin, origins_of
from placet.local.impact import Target, origins_document
from placet.render.lineage import Node, short
from placet.render.markdown import code, plain
from placet.render.words import counted
from placet.vocabulary.words import AssetKind, How

_BELOW = "could not be read completely: it may come from more"
_LONGEST = 80


def show_origins(target: Target, state: State, format_: str, limit: int | None) -> None:
    """Print what the target comes from; ``limit`` is of lines of the tree."""
    origins = origins_of(state.reading.graph, target.asset.key, target.column)
    if format_ == Format.JSON:
        write_json(origins_document(target, origins, state.reading))
        return
    root, notes = _tree(target, origins)
    if format_ == Format.MARKDOWN:
        items = "\n".join(_items(root, notes, 0))
        write_markdown(
            [f"## {plain(state.name)}", plain(_sentence(target, origins, state)), items, *_remarks(target, state)]
        )
        return
    page = Page()
    page.add(state_title(state), shown(_sentence(target, origins, state)), Text(""))
    page.add(*trees([root], lambda node: shown(notes.get(id(node), ""), FAINT, limit=_LONGEST), limit))
    page.add(Text(""), *(shown(line, FAINT, limit=600) for line in _remarks(target, state)))
    page.show()


def _tree(target: Target, origins: Sequence[Origin]) -> tuple[Node, dict[int, str]]:
    """The ways as a tree, each column once below what it is made from; and what is noted of a node."""
    root = Node(f"{target.asset.id}.{target.column}" if target.column else target.asset.id)
    notes: dict[int, str] = {}
    for one in origins:
        node = root
        for ref in one.via[1:]:
            node = node.children.setdefault(str(ref), Node(str(ref)))
        if one.how is How.ROWS:
            notes.setdefault(id(node), f"shapes the rows: {one.text}")
        elif not one.text or one.text == one.ref.column:
            notes.setdefault(id(node), "")
        else:
            notes.setdefault(id(node), f"in {one.text}")
    return root, notes


def _items(node: Node, notes: dict[int, str], depth: int) -> Iterator[str]:
    note = notes.get(id(node), "")
    yield f"{'  ' * depth}- {code(short(node.label))}{f' · {plain(note)}' if note else ''}"
    for child in node.children.values():
        yield from _items(child, notes, depth + 1)


def _sentence(target: Target, origins: Sequence[Origin], state: State) -> str:
    name = short(f"{target.asset.id}.{target.column}" if target.column else target.asset.id)
    made = {one.ref for one in origins if one.how is How.VALUE}
    if not made:
        return f"{name} is made from no column of anything else."
    by_key = state.reading.contracts.by_key
    sources = {ref.asset for ref in made if (one := by_key.get(ref.asset)) and one.kind is AssetKind.SOURCE}
    above = counted(len({ref.asset for ref in made}), "asset")
    among = f", {counted(len(sources), 'source')} among them" if sources else ""
    return f"{name} comes from {above}{among}."


def _remarks(target: Target, state: State) -> Iterator[str]:
    column = target.asset.column(target.column)
    if column is not None and column.hole:
        yield f"{short(target.asset.id)}.{column.name} {_BELOW} ({column.hole})."
    yield from closing_lines(state.reading, state.note)
