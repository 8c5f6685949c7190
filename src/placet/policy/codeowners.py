"""CODEOWNERS as GitHub reads it: the last pattern that matches a path says who owns it."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from placet.policy.globs import Glob, codeowners_glob
from placet.vocabulary.files import Location

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
MAX_BYTES = 3_000_000  # GitHub loads no larger file

_TEAM = re.compile(r"@[A-Za-z0-9_-]+/[A-Za-z0-9._-]+")
_LOGIN = re.compile(r"@[A-Za-z0-9_-]+(\[bot\])?")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True, slots=True)
class Owners:
    """The owners on one line: teams and logins as written (``@acme/crm``, ``@li-wei``), and e-mails apart from them."""

    names: tuple[str, ...]
    line: int
    emails: tuple[str, ...] = ()
    path: str = PLACES[0]

    @property
    def location(self) -> Location:
        """The line, with its file."""
        return Location(self.path, self.line)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A line that GitHub skips, and why."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class _Rule:
    glob: Glob
    owners: Owners
    position: int


@dataclass(frozen=True, slots=True)
class CodeOwners:
    """The rules of one file; ``skipped`` are the lines that say nothing because GitHub cannot read them."""

    path: str = PLACES[0]
    skipped: tuple[Skipped, ...] = ()
    _rooted: dict[str, tuple[_Rule, ...]] = field(default_factory=dict)
    _anywhere: tuple[_Rule, ...] = ()

    @classmethod
    def parse(cls, data: bytes | str, path: str = PLACES[0]) -> CodeOwners:
        """The rules of a file. It never fails: what GitHub would skip is skipped, and listed with its line."""
        if len(data) > MAX_BYTES:
            too_large = Skipped(1, f"the file is larger than {MAX_BYTES:,} bytes, so GitHub reads none of it")
            return cls(path, (too_large,))
        text = data if isinstance(data, str) else data.decode("utf-8", "replace")
        rooted: dict[str, list[_Rule]] = {}
        anywhere: list[_Rule] = []
        skipped: list[Skipped] = []
        for number, line in enumerate(re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff")), 1):
            words = _words(line)
            if not words:
                continue
            found = _rule(words, Location(path, number))
            if isinstance(found, Skipped):
                skipped.append(found)
            elif (name := found.glob.first_name) is not None:
                rooted.setdefault(name, []).append(found)
            else:
                anywhere.append(found)
        return cls(path, tuple(skipped), {name: tuple(rules) for name, rules in rooted.items()}, tuple(anywhere))

    def owners_of(self, path: str) -> Owners | None:
        """Who owns the file; None if no line matches, or if the last one that does names nobody."""
        best: _Rule | None = None
        # Rules that start with a plain name are kept by that name: most of a large file need not be looked at.
        for rules in (self._rooted.get(path.partition("/")[0], ()), self._anywhere):
            for rule in reversed(rules):
                if best is not None and rule.position < best.position:
                    break
                if rule.glob.matches(path):
                    best = rule
                    break
        if best is None or not (best.owners.names or best.owners.emails):
            return None
        return best.owners


def where(paths: Collection[str]) -> str | None:
    """The path of the one CODEOWNERS file that GitHub reads among a tree's paths, or None."""
    return next((place for place in PLACES if place in paths), None)


def _rule(words: list[str], location: Location) -> _Rule | Skipped:
    number = location.line or 0
    pattern, *owners = words
    if pattern.startswith("\\#"):
        return Skipped(number, "a pattern cannot start with #, escaped or not")
    glob = codeowners_glob(pattern)
    if glob is None:
        return Skipped(number, f"{_shown(pattern)} is no pattern that GitHub knows")
    names: list[str] = []
    emails: list[str] = []
    for owner in owners:
        if _TEAM.fullmatch(owner) or _LOGIN.fullmatch(owner):
            names.append(owner)
        elif _EMAIL.fullmatch(owner):
            emails.append(owner)
        else:
            return Skipped(number, f"{_shown(owner)} is no owner: @user, @organisation/team or an e-mail")
    found = Owners(tuple(dict.fromkeys(names)), number, tuple(dict.fromkeys(emails)), location.path)
    return _Rule(glob, found, number)


def _words(line: str) -> list[str]:
    """The line's words up to a comment; a backslash before a space keeps a word together."""
    words: list[str] = []
    for word in re.findall(r"(?:\\.|[^\\\s]|\\$)+", line):
        if word.startswith("#"):
            break
        words.append(word)
    return words


def _shown(word: str) -> str:
    return word if len(word) <= 60 else word[:59] + "…"  # noqa: PLR2004 - about as much as fits in a message
