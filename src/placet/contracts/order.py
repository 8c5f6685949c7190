"""The order in which assets can be worked out: what is read comes before what reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def in_order_of_reading(reads: Mapping[str, Iterable[str]]) -> list[tuple[str, ...]]:
    """The keys in groups, each after all that it reads.

    A group of several keys is a cycle, and so is one key that reads itself.
    Reads of keys that are not in the mapping are passed over. The same mapping gives the same order, whatever the order
    of its keys. (Tarjan's strongly connected components, without recursion.)
    """
    edges = {key: sorted(target for target in set(reads[key]) if target in reads) for key in sorted(reads)}
    found = _Search(edges)
    for key in edges:
        found.visit(key)
    return found.groups


class _Search:
    def __init__(self, edges: Mapping[str, list[str]]) -> None:
        self._edges = edges
        self._number: dict[str, int] = {}
        self._lowest: dict[str, int] = {}
        self._stack: list[str] = []
        self._on_stack: set[str] = set()
        self.groups: list[tuple[str, ...]] = []

    def visit(self, start: str) -> None:
        if start in self._number:
            return
        work = [(start, iter(self._edges[start]))]
        self._open(start)
        while work:
            key, targets = work[-1]
            target = next(targets, None)
            if target is None:
                work.pop()
                self._close(key)
                if work:
                    above = work[-1][0]
                    self._lowest[above] = min(self._lowest[above], self._lowest[key])
            elif target not in self._number:
                self._open(target)
                work.append((target, iter(self._edges[target])))
            elif target in self._on_stack:
                self._lowest[key] = min(self._lowest[key], self._number[target])

    def _open(self, key: str) -> None:
        self._number[key] = self._lowest[key] = len(self._number)
        self._stack.append(key)
        self._on_stack.add(key)

    def _close(self, key: str) -> None:
        if self._lowest[key] != self._number[key]:
            return
        group: list[str] = []
        while True:
            member = self._stack.pop()
            self._on_stack.discard(member)
            group.append(member)
            if member == key:
                break
        self.groups.append(tuple(reversed(group)))
