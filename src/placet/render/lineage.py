"""The ways from what changes to those who read it: as a tree of text, and as a mermaid diagram."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from placet.impact.analysis import Coverage, Reach
from placet.proposals.assess import AssessedChange, AssessedReach, Exemption
from placet.render.headline import happening
from placet.render.markdown import visible
from placet.render.words import clipped, counted, shortened
from placet.vocabulary.words import How, ReaderState

MAX_LABEL = 120
_STATES = {
    ReaderState.BROKEN: "breaks",
    ReaderState.ADAPTED: "adapted here",
    ReaderState.SAME: "same as before",
    ReaderState.DECLARED: "declared reader",
}
_EXEMPTIONS = {
    Exemption.OWN_TEAM: "the author's own team",
    Exemption.NOTIFY: "told only",
}
_UNIQUE_ID = re.compile(r"(?:model|seed|snapshot|source|exposure|test|analysis|project)\.[^.]*\.(?=.)")
# These are often called as a model is, and a metric's one column as the metric: the sort stays, the repetition goes.
_SEMANTIC_ID = re.compile(r"(semantic_model|metric|saved_query)\.[^.]*\.([^.]+)(?:\.(.+))?$")
# Mermaid reads these as they are; anything else goes in as its number.
_MERMAID_SAFE = re.compile(r"[^A-Za-z0-9_. -]")


@dataclass(frozen=True, slots=True)
class Doubt:
    """The ids of assets that were not read completely: what lies below them may break, or may not."""

    partial: frozenset[str] = frozenset()
    unreadable: frozenset[str] = frozenset()

    def touches(self, reach: Reach) -> bool:
        """Whether the reader lies below such an asset, or is one of which nobody can tell what it reads."""
        own = _id(reach.asset)
        if own in self.unreadable or (own in self.partial and not reach.column and reach.how is How.VALUE):
            return True
        unclear = self.partial | self.unreadable
        return bool(unclear) and any(_is_of(label, unclear - {own}) for label in reach.via[1:-1])


_NO_DOUBT = Doubt()


def doubt_of(coverage: Coverage) -> Doubt:
    """What of a coverage makes readers uncertain."""
    return Doubt(
        frozenset(_id(one.asset) for one in coverage.partial), frozenset(_id(one.asset) for one in coverage.unreadable)
    )


@dataclass(slots=True)
class Node:
    """A column or an asset on the way, with the readers that are it, and what is reached through it."""

    label: str
    readers: list[AssessedReach] = field(default_factory=list)
    children: dict[str, Node] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many nodes there are below."""
        waiting, found = list(self.children.values()), 0
        while waiting:
            node = waiting.pop()
            found += 1
            waiting += node.children.values()
        return found


def short(label: str) -> str:
    """``dim_customers.user_email`` for ``model.shop.dim_customers.user_email``: dbt's own prefix is dropped.

    ``metric revenue`` for ``metric.shop.revenue.revenue``: in the semantic layer names alone say too little.
    """
    semantic = _SEMANTIC_ID.match(label)
    if semantic is None:
        return clipped(visible(_UNIQUE_ID.sub("", label, count=1)), MAX_LABEL)
    sort, name, column = semantic.groups()
    is_itself = not column or (sort == "metric" and column.lower() == name.lower())
    return clipped(visible(f"{sort.replace('_', ' ')} {name if is_itself else f'{name}.{column}'}"), MAX_LABEL)


def layout(change: AssessedChange) -> Node:
    """The ways of one change merged into a tree: what is shared stands once; declared uses hang below what they use."""
    start = next((one.reach.via[0] for one in change.reaches if one.reach.via), change.change.what)
    root = Node(start)
    for one in change.reaches:
        node = root
        for label in one.reach.via[1:]:
            node = node.children.setdefault(label, Node(label))
        if one.reach.team:
            # Told apart from a column's label by the space in front.
            label = f" {one.reach.team}"
            node = node.children.setdefault(label, Node(_use(one.reach)))
        node.readers.append(one)
    return root


def tree(
    changes: Sequence[AssessedChange], *, hops: int | None = None, limit: int = 150, doubt: Doubt = _NO_DOUBT
) -> tuple[str, ...]:
    """The trees of the changes that reach somebody, line by line; what is left out is said in place.

    ``hops``: how far from the change nodes are shown. ``limit``: how many lines there may be. ``doubt``: what was not
    read completely.
    """
    lines: list[str] = []
    reaching = [one for one in changes if one.reaches]
    for done, change in enumerate(reaching):
        room = limit - len(lines)
        if room <= 1:
            lines += ["", f"… {counted(len(reaching) - done, 'more change')} reach readers as well"]
            break
        if lines:
            lines.append("")
        root, *below = _lines(layout(change), hops, doubt)
        lines += _within([f"{root}  · {happening(change)}", *below], room)
    return tuple(lines)


def mermaid(changes: Sequence[AssessedChange], *, hops: int = 2, limit: int = 15) -> tuple[str, ...]:
    """The same as a diagram of at most ``limit`` nodes; nothing where there is no way to show.

    Strokes alone tell nodes apart: a light fill is unreadable in dark mode.
    """
    picture = _Picture(hops, limit)
    for change in changes:
        if picture.is_full:
            break
        if change.reaches:
            picture.add(layout(change))
    return picture.lines() if picture.edges else ()


def nodes_reached(changes: Iterable[AssessedChange]) -> int:
    """How many assets and declared uses the changes reach, each once."""
    return len({(one.reach.asset, one.reach.team) for change in changes for one in change.reaches})


def only_shown(one: AssessedChange, show: Callable[[str], str] = str) -> str:
    """What is said of a change that asks nobody: whose columns it reaches, where that is known."""
    reached = list(dict.fromkeys(short(person.reach.via[-1]) for person in one.reaches if person.reach.via))
    return f"only shown; reaches {shortened(reached, 2, show)}" if reached else "only shown"


def words_for(one: AssessedReach, doubt: Doubt = _NO_DOUBT) -> str:
    """What becomes of a reader, as far as ``doubt`` allows to tell, and why its team is not asked if it is not."""
    reach = one.reach
    if not reach.asked:
        return "shown only"
    state = "declared use" if reach.team else _STATES[reach.state]
    if reach.state is ReaderState.BROKEN:
        state = "may break" if doubt.touches(reach) else state
        state += ": filters or joins on it" if reach.how is How.ROWS else ""
    exemption = _EXEMPTIONS.get(one.exemption) if one.exemption else None
    return f"{state}, {exemption}" if exemption else state


def _use(reach: Reach) -> str:
    return f"{reach.team}: {reach.purpose}" if reach.purpose else reach.team


def _id(key: str) -> str:
    """An asset's id, as it stands on the way to a reader."""
    return key.rpartition(":")[2]


def _is_of(label: str, ids: frozenset[str]) -> bool:
    """Whether a label on the way is one of these assets, or a column of it."""
    parts = label.split(".")
    return any(".".join(parts[:end]) in ids for end in range(1, len(parts) + 1))


def _note(node: Node, doubt: Doubt) -> str:
    if not node.readers:
        return ""
    one = node.readers[0]
    if one.reach.team:
        return words_for(one, doubt) if one.team else f"{words_for(one, doubt)} · no such team"
    if one.exemption is Exemption.SAME:
        return words_for(one)
    team = clipped(visible(one.team.name), MAX_LABEL) if one.team else "no known owner"
    return f"{team} · {words_for(one, doubt)}"


def _lines(root: Node, hops: int | None, doubt: Doubt) -> Iterator[str]:
    yield short(root.label)
    waiting = _children(root, "", 1)[::-1]
    while waiting:
        node, lead, is_last, depth = waiting.pop()
        note = _note(node, doubt)
        name = short(node.label)
        yield f"{lead}{'└──' if is_last else '├──'} {name}{f'  · {note}' if note else ''}"
        below = lead + ("    " if is_last else "│   ")
        if hops is not None and depth >= hops and node.children:
            yield f"{below}└── … {node.size:,} more below"
        else:
            waiting += _children(node, below, depth + 1)[::-1]


def _children(node: Node, lead: str, depth: int) -> list[tuple[Node, str, bool, int]]:
    ordered = sorted(node.children.values(), key=lambda one: short(one.label))
    return [(child, lead, index == len(ordered) - 1, depth) for index, child in enumerate(ordered)]


def _within(lines: Iterable[str], room: int) -> list[str]:
    every = list(lines)
    if len(every) <= room:
        return every
    return [*every[: room - 1], f"… {len(every) - room + 1:,} more"]


class _Picture:
    """Collects nodes and edges, each once, until there are enough."""

    def __init__(self, hops: int, limit: int) -> None:
        self.edges: list[tuple[str, str]] = []
        self._hops = hops
        self._limit = limit
        self._names: dict[str, str] = {}
        self._labels: list[str] = []
        self._groups: dict[str, list[str]] = {}

    @property
    def is_full(self) -> bool:
        """Whether no other node finds room."""
        return len(self._names) >= self._limit

    def add(self, root: Node) -> None:
        waiting = [(root, self._name(root, "changed"), 0)]
        while waiting:
            node, name, depth = waiting.pop(0)
            if not name or depth >= self._hops:
                continue
            for child in sorted(node.children.values(), key=lambda one: short(one.label)):
                to = self._name(child, "adapted" if _is_safe(child) else "breaks")
                if to and (name, to) not in self.edges:
                    self.edges.append((name, to))
                waiting.append((child, to, depth + 1))

    def lines(self) -> tuple[str, ...]:
        return (
            "graph LR",
            *(f"  {line}" for line in self._labels),
            *(f"  {one} --> {other}" for one, other in self.edges),
            "  classDef changed stroke:#cf222e,stroke-width:3px",
            "  classDef breaks stroke:#cf222e",
            "  classDef adapted stroke-dasharray:4 3",
            *(f"  class {','.join(names)} {group}" for group, names in self._groups.items()),
        )

    def _name(self, node: Node, group: str) -> str:
        """The node's name in the diagram; empty where there is no room for it any more."""
        if node.label not in self._names:
            if self.is_full:
                return ""
            name = f"n{len(self._names)}"
            self._names[node.label] = name
            self._labels.append(f'{name}["{_escaped(short(node.label))}"]')
            self._groups.setdefault(group, []).append(name)
        return self._names[node.label]


def _is_safe(node: Node) -> bool:
    return bool(node.readers) and all(
        one.reach.state in (ReaderState.SAME, ReaderState.ADAPTED) or not one.reach.asked for one in node.readers
    )


def _escaped(text: str) -> str:
    return _MERMAID_SAFE.sub(lambda found: f"#{ord(found.group())};", text)
