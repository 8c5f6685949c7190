"""Git's objects, held in memory, under the names that git itself would give them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from placet.sandbox.history import Comparison

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
NO_COMMIT = "0" * 40


class Mode(StrEnum):
    """The modes that git writes today; old repositories hold a few more, which are kept as they are."""

    FILE = "100644"
    EXECUTABLE = "100755"
    SYMLINK = "120000"
    TREE = "040000"
    SUBMODULE = "160000"


@dataclass(frozen=True, slots=True)
class File:
    """What a push writes at a path. A symlink's content is its target, a submodule's a SHA."""

    content: bytes
    mode: Mode = Mode.FILE


Content = bytes | str | File | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a tree."""

    mode: str
    sha: str

    @property
    def kind(self) -> str:
        """`tree`, `commit` (a submodule) or `blob`, as the API says it."""
        return _KINDS.get(self.mode, "blob")


@dataclass(frozen=True, slots=True)
class Person:
    """Who made a commit, and when."""

    name: str
    email: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Commit:
    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str


@dataclass(frozen=True, slots=True)
class Change:
    """What differs between two trees at one path; `before` or `after` is missing when it came or went."""

    path: str
    before: Entry | None
    after: Entry | None

    @property
    def status(self) -> str:
        """`added`, `removed`, or `modified`, as the API says it."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "modified"


class NoObject(LookupError):
    """There is no such object in this repository."""


_KINDS: Mapping[str, str] = {Mode.TREE: "tree", Mode.SUBMODULE: "commit"}


class ObjectStore:
    """The objects of one repository and its forks: what is known to one can be read in each, as on GitHub."""

    def __init__(self) -> None:
        self._objects: dict[str, tuple[str, bytes]] = {}
        self._trees: dict[str, dict[str, Entry]] = {}
        self._commits: dict[str, Commit] = {}
        self._generations: dict[str, int] = {}
        self.comparisons: dict[tuple[str, str], Comparison] = {}
        self.add("tree", b"")

    def __contains__(self, sha: str) -> bool:
        return sha in self._objects

    def __len__(self) -> int:
        return len(self._objects)

    def add(self, kind: str, body: bytes) -> str:
        """The object's SHA-1; adding what is there already changes nothing."""
        sha = hashlib.sha1(b"%s %d\0" % (kind.encode(), len(body)) + body).hexdigest()
        self._objects.setdefault(sha, (kind, body))
        return sha

    def kind(self, sha: str) -> str | None:
        """`blob`, `tree`, `commit` or `tag`; None where there is no such object."""
        found = self._objects.get(sha)
        return found[0] if found else None

    def blob(self, sha: str) -> bytes:
        return self._body(sha, "blob")

    def tree(self, sha: str) -> Mapping[str, Entry]:
        """The entries of one folder, in git's order."""
        known = self._trees.get(sha)
        if known is None:
            known = self._trees[sha] = dict(_tree_entries(self._body(sha, "tree")))
        return known

    def commit(self, sha: str) -> Commit:
        known = self._commits.get(sha)
        if known is None:
            known = self._commits[sha] = _commit(sha, self._body(sha, "commit"))
        return known

    def generation(self, sha: str) -> int:
        """One more than the highest of its parents: a commit's is above that of everything before it."""
        known = self._generations
        stack = [] if sha in known else [sha]
        while stack:
            parents = [parent for parent in self.commit(stack[-1]).parents if parent in self]
            if missing := [parent for parent in parents if parent not in known]:
                stack += missing
            else:
                known[stack.pop()] = 1 + max((known[parent] for parent in parents), default=0)
        return known[sha]

    def complete(self, start: str) -> str | None:
        """The one commit whose name starts so; None where none does, or several."""
        found = [sha for sha, (kind, _) in self._objects.items() if kind == "commit" and sha.startswith(start)]
        return found[0] if len(found) == 1 else None

    def peel(self, sha: str) -> str:
        """The commit that an annotated tag stands for; a commit stands for itself."""
        while self.kind(sha) == "tag":
            sha = self._body(sha, "tag").split(b"\n", 1)[0].split(b" ", 1)[1].decode()
        return sha

    def write_tree(self, entries: Mapping[str, Entry]) -> str:
        """One folder from its entries, whatever their order."""
        in_order = sorted(entries.items(), key=lambda item: _bytes(item[0]) + b"/" * (item[1].mode == Mode.TREE))
        return self.add(
            "tree",
            b"".join(
                b"%s %s\0%s" % (entry.mode.lstrip("0").encode(), _bytes(name), bytes.fromhex(entry.sha))
                for name, entry in in_order
            ),
        )

    def write_files(self, tree: str, files: Mapping[str, Content]) -> str:
        """The tree that `tree` becomes with `files` written into it; None removes a file, and empty folders vanish."""
        here: dict[str, Entry | None] = {}
        below: dict[str, dict[str, Content]] = {}
        for path, content in files.items():
            name, slash, rest = path.partition("/")
            if not name or (slash and not rest) or name in {".", "..", ".git"}:
                raise ValueError(f'"{path}" is no path inside a repository')
            if slash:
                below.setdefault(name, {})[rest] = content
            else:
                here[name] = None if content is None else self._leaf(content)
        entries = dict(self.tree(tree))
        for name, inner in below.items():
            old = entries.get(name)
            start = old.sha if old and old.mode == Mode.TREE else EMPTY_TREE
            sha = self.write_files(start, inner)
            if sha != EMPTY_TREE:
                here[name] = Entry(Mode.TREE, sha)
            else:
                here.setdefault(name, None)
        for name, entry in here.items():
            if entry is None:
                entries.pop(name, None)
            else:
                entries[name] = entry
        return self.write_tree(entries)

    def write_commit(
        self, tree: str, parents: tuple[str, ...], message: str, author: Person, committer: Person | None = None
    ) -> str:
        lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
        lines += [
            f"author {_stamp(author)}",
            f"committer {_stamp(committer or author)}",
            "",
            message.rstrip("\n") + "\n",
        ]
        return self.add("commit", "\n".join(lines).encode())

    def entry(self, tree: str, path: str) -> Entry | None:
        """What stands at `path`; None where nothing does. The empty path is the tree itself."""
        found = Entry(Mode.TREE, tree)
        for name in filter(None, path.split("/")):
            if found.mode != Mode.TREE or (step := self.tree(found.sha).get(name)) is None:
                return None
            found = step
        return found

    def walk(self, tree: str, prefix: str = "") -> Iterator[tuple[str, Entry]]:
        """Every entry below `tree`, a folder before what it holds."""
        for name, entry in self.tree(tree).items():
            yield prefix + name, entry
            if entry.mode == Mode.TREE:
                yield from self.walk(entry.sha, f"{prefix}{name}/")

    def files(self, tree: str) -> dict[str, Entry]:
        """Path to entry for everything but folders."""
        return {path: entry for path, entry in self.walk(tree) if entry.mode != Mode.TREE}

    def changes(self, before: str, after: str, prefix: str = "") -> Iterator[Change]:
        """What differs between two trees, in the order of paths; equal folders are not looked into."""
        if before == after:
            return
        old, new = self.tree(before), self.tree(after)
        for name in sorted(old.keys() | new.keys()):
            yield from self._changes_at(prefix + name, old.get(name), new.get(name))

    def _changes_at(self, path: str, old: Entry | None, new: Entry | None) -> Iterator[Change]:
        if old == new:
            return
        old_tree = old.sha if old and old.mode == Mode.TREE else EMPTY_TREE
        new_tree = new.sha if new and new.mode == Mode.TREE else EMPTY_TREE
        old_leaf = old if old and old.mode != Mode.TREE else None
        new_leaf = new if new and new.mode != Mode.TREE else None
        if old_leaf or new_leaf:
            yield Change(path, old_leaf, new_leaf)
        yield from self.changes(old_tree, new_tree, f"{path}/")

    def _leaf(self, content: bytes | str | File) -> Entry:
        file = (
            content if isinstance(content, File) else File(content if isinstance(content, bytes) else content.encode())
        )
        if file.mode == Mode.SUBMODULE:
            return Entry(file.mode, file.content.decode())
        return Entry(file.mode, self.add("blob", file.content))

    def _body(self, sha: str, kind: str) -> bytes:
        found = self._objects.get(sha)
        if found is None or found[0] != kind:
            raise NoObject(f"no {kind} {sha}")
        return found[1]


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


def _stamp(person: Person) -> str:
    return f"{person.name} <{person.email}> {int(person.at.timestamp())} +0000"


def _tree_entries(body: bytes) -> Iterator[tuple[str, Entry]]:
    at = 0
    while at < len(body):
        space = body.index(b" ", at)
        end = body.index(b"\0", space)
        name = body[space + 1 : end].decode("utf-8", "surrogateescape")
        yield name, Entry(body[at:space].decode().zfill(6), body[end + 1 : end + 21].hex())
        at = end + 21


def _commit(sha: str, body: bytes) -> Commit:
    head, _, message = body.decode("utf-8", "replace").partition("\n\n")
    fields: dict[str, list[str]] = {}
    for line in head.split("\n"):
        key, _, value = line.partition(" ")
        if key:  # a line that starts with a space goes on with the signature above it
            fields.setdefault(key, []).append(value)
    author = _person(fields["author"][0])
    return Commit(
        sha,
        fields["tree"][0],
        tuple(fields.get("parent", ())),
        author,
        _person(fields["committer"][0]),
        message.rstrip("\n"),
    )


def _person(line: str) -> Person:
    name, _, rest = line.partition(" <")
    email, _, when = rest.partition("> ")
    return Person(name, email, datetime.fromtimestamp(int(when.split(" ")[0] or 0), UTC))
