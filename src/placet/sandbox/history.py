"""What follows from a history of commits: where two lines parted, what one adds, and how they merge."""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from placet.sandbox.git import EMPTY_TREE, Change, Entry, Mode, NoObject, ObjectStore, Person

_OURS, _THEIRS, _STALE = 1, 2, 4


@dataclass(frozen=True, slots=True)
class Merge:
    """The merged tree, or the paths that both sides changed in ways that cannot both stand."""

    tree: str
    conflicts: tuple[str, ...]


class Conflict(Exception):
    """Both sides changed the same lines."""

    def __init__(self, paths: tuple[str, ...]) -> None:
        super().__init__(f"both sides changed {', '.join(paths)}")
        self.paths = paths


def merge_base(store: ObjectStore, ours: str, theirs: str) -> str | None:
    """The best common ancestor (the newest where there are several); None for histories without one."""
    return max(_paint(store, ours, theirs)[1], key=lambda sha: (store.commit(sha).committer.at, sha), default=None)


def is_ancestor(store: ObjectStore, old: str, new: str) -> bool:
    """Whether `old` is reachable from `new`; a commit is its own ancestor."""
    return old in _paint(store, old, new)[1]


def ancestors(store: ObjectStore, sha: str) -> Iterator[str]:
    """The commit itself and everything before it, newest first; a shallow history ends where it ends."""
    seen = {sha}
    queue = [(-store.commit(sha).committer.at.timestamp(), -store.generation(sha), sha)]
    while queue:
        _, _, here = heapq.heappop(queue)
        yield here
        for parent in store.commit(here).parents:
            if parent not in seen and parent in store:
                seen.add(parent)
                at = store.commit(parent).committer.at.timestamp()
                heapq.heappush(queue, (-at, -store.generation(parent), parent))


def commits_between(store: ObjectStore, base: str, head: str) -> list[str]:
    """The commits that `head` has and `base` has not, a parent always before its child."""
    colours, _ = _paint(store, base, head)
    added = [sha for sha, colour in colours.items() if colour == _THEIRS]
    return sorted(added, key=lambda sha: (store.generation(sha), store.commit(sha).committer.at, sha))


@dataclass(frozen=True, slots=True)
class Comparison:
    """What lies between two commits: `changes` are those since they parted, as a pull request shows them."""

    merge_base: str | None
    commits: tuple[str, ...]
    behind: int
    changes: tuple[Change, ...]


def compared(store: ObjectStore, base: str, head: str) -> Comparison:
    """The comparison of two commits, remembered, since neither they nor it can change."""
    known = store.comparisons.get((base, head))
    if known is None:
        parted = merge_base(store, base, head)
        before = store.commit(parted).tree if parted else EMPTY_TREE
        known = store.comparisons[base, head] = Comparison(
            parted,
            tuple(commits_between(store, base, head)),
            len(commits_between(store, head, base)),
            tuple(store.changes(before, store.commit(head).tree)),
        )
    return known


def merge_trees(store: ObjectStore, base: str, ours: str, theirs: str) -> Merge:
    """The tree with both sides' changes: by path, and within a text file by line."""
    conflicts: list[str] = []
    tree = _merge_folder(
        store, ("", Entry(Mode.TREE, base), Entry(Mode.TREE, ours), Entry(Mode.TREE, theirs)), conflicts
    )
    return Merge(tree, tuple(conflicts))


def replay(store: ObjectStore, commits: Sequence[str], onto: str, committer: Person) -> str:
    """The tip after each commit's own changes were made again on top of `onto`, as a rebase does.

    Raises Conflict. Merge commits are left out, and so is a commit that changes nothing any more.
    """
    for sha in commits:
        commit = store.commit(sha)
        if len(commit.parents) > 1:
            continue
        before = store.commit(commit.parents[0]).tree if commit.parents else EMPTY_TREE
        merged = merge_trees(store, before, store.commit(onto).tree, commit.tree)
        if merged.conflicts:
            raise Conflict(merged.conflicts)
        if merged.tree != store.commit(onto).tree:
            onto = store.write_commit(merged.tree, (onto,), commit.message, commit.author, committer)
    return onto


def merge_lines(base: bytes, ours: bytes, theirs: bytes) -> bytes | None:
    """The text with both sides' changes; None where they touch the same lines, or where a side is not text."""
    if b"\0" in base + ours + theirs:
        return None
    old, one, two = (text.splitlines(keepends=True) for text in (base, ours, theirs))
    merged: list[bytes] = []
    at_old = at_one = at_two = 0
    for start, in_one, in_two, length in [*_kept_by_both(old, one, two), (len(old), len(one), len(two), 0)]:
        was, left, right = old[at_old:start], one[at_one:in_one], two[at_two:in_two]
        if left != was and right not in (was, left):
            return None
        merged += right if left == was else left
        merged += old[start : start + length]
        at_old, at_one, at_two = start + length, in_one + length, in_two + length
    return b"".join(merged)


@lru_cache(maxsize=4096)
def changed_lines(before: bytes, after: bytes) -> tuple[int, int]:
    """How many lines came and how many went; none for what is not text."""
    if b"\0" in before or b"\0" in after:
        return 0, 0
    old, new = before.splitlines(), after.splitlines()
    kept = sum(block.size for block in SequenceMatcher(None, old, new, autojunk=len(old) > _MANY).get_matching_blocks())
    return len(new) - kept, len(old) - kept


_MANY = 2000  # above this the matcher may take its short cut: counts need not be the smallest


def _paint(store: ObjectStore, ours: str, theirs: str) -> tuple[dict[str, int], list[str]]:
    """Whose ancestor each commit is, down to where the two meet, and the commits where they meet.

    Going by generation, a commit is looked at only after every descendant of it, so that its colours are complete.
    """
    colours = {ours: _OURS}
    colours[theirs] = colours.get(theirs, 0) | _THEIRS
    queue = [(-store.generation(sha), sha) for sha in colours]
    heapq.heapify(queue)
    meeting: list[str] = []
    while any(not colours[sha] & _STALE for _, sha in queue):
        _, sha = heapq.heappop(queue)
        colour = colours[sha]
        if colour == _OURS | _THEIRS:
            meeting.append(sha)
            colour |= _STALE
        for parent in store.commit(sha).parents:
            if parent not in colours and parent in store:
                heapq.heappush(queue, (-store.generation(parent), parent))
            colours[parent] = colours.get(parent, 0) | colour
    return colours, meeting


_Sides = tuple[str, Entry | None, Entry | None, Entry | None]


def _merge_folder(store: ObjectStore, sides: _Sides, conflicts: list[str]) -> str:
    path, base, ours, theirs = sides
    old, one, two = (store.tree(side.sha) if side else {} for side in (base, ours, theirs))
    merged: dict[str, Entry] = {}
    for name in sorted(old.keys() | one.keys() | two.keys()):
        inner = (f"{path}{name}", old.get(name), one.get(name), two.get(name))
        if entry := _merge_entry(store, inner, conflicts):
            merged[name] = entry
    return store.write_tree(merged)


def _merge_entry(store: ObjectStore, sides: _Sides, conflicts: list[str]) -> Entry | None:
    path, base, ours, theirs = sides
    if theirs in (ours, base):
        return ours
    if base == ours:
        return theirs
    if all(side is None or side.mode == Mode.TREE for side in (base, ours, theirs)):
        tree = _merge_folder(store, (f"{path}/", base, ours, theirs), conflicts)
        return None if tree == EMPTY_TREE else Entry(Mode.TREE, tree)
    if ours and theirs and (merged := _merge_file(store, base, ours, theirs)):
        return merged
    conflicts.append(path)
    return ours


def _merge_file(store: ObjectStore, base: Entry | None, ours: Entry, theirs: Entry) -> Entry | None:
    if base is None or {base.mode, ours.mode, theirs.mode} - {Mode.FILE, Mode.EXECUTABLE}:
        return None
    mode = theirs.mode if ours.mode == base.mode else ours.mode
    try:
        merged = merge_lines(store.blob(base.sha), store.blob(ours.sha), store.blob(theirs.sha))
    except NoObject:
        return None
    return None if merged is None else Entry(mode, store.add("blob", merged))


def _kept_by_both(old: list[bytes], one: list[bytes], two: list[bytes]) -> Iterator[tuple[int, int, int, int]]:
    """Runs of lines that neither side touched: where they start in the old text and in each side, and their length."""
    left = SequenceMatcher(None, old, one, autojunk=False).get_matching_blocks()
    right = SequenceMatcher(None, old, two, autojunk=False).get_matching_blocks()
    i = j = 0
    while i < len(left) and j < len(right):
        a, b = left[i], right[j]
        start, end = max(a.a, b.a), min(a.a + a.size, b.a + b.size)
        if start < end:
            yield start, a.b + start - a.a, b.b + start - b.a, end - start
        if a.a + a.size < b.a + b.size:
            i += 1
        else:
            j += 1
