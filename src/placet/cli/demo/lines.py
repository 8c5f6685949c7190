"""What a line means that somebody types on the playground."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from placet.commands.catalogue import BY_WORD, PREFIX

# Whom an example names where nobody else is given: a member of crm in the shop.
SOMEBODY = "sam-o"
LONGEST_WAIT = timedelta(days=366)


class View(StrEnum):
    """What can be shown."""

    ALL = "show"
    CHECK = "check"
    COMMENT = "comment"
    TEAMS = "teams"


class Stance(StrEnum):
    """What a review says, in the words of GitHub's API."""

    APPROVES = "approve"
    REQUESTS_CHANGES = "request_changes"


@dataclass(frozen=True, slots=True)
class Comments:
    """A comment in somebody's name."""

    who: str
    words: str


@dataclass(frozen=True, slots=True)
class Reviews:
    """A review in somebody's name; the words may be empty."""

    who: str
    stance: Stance
    words: str = ""


@dataclass(frozen=True, slots=True)
class Presses:
    """A button of the check, as much of its label as was written."""

    who: str
    button: str


@dataclass(frozen=True, slots=True)
class Pushes:
    """A commit of the author's: that column (or ``model.column``) goes; without one, an unrelated file comes."""

    column: str = ""


@dataclass(frozen=True, slots=True)
class Rebases:
    """The author replays the branch on the base's tip."""


@dataclass(frozen=True, slots=True)
class Merges:
    """The pull request is merged, by its author unless somebody is named."""

    who: str = ""


@dataclass(frozen=True, slots=True)
class Waits:
    """Time passes."""

    length: timedelta


@dataclass(frozen=True, slots=True)
class Shows:
    """Something is to be shown that is there already."""

    view: View


@dataclass(frozen=True, slots=True)
class Helps:
    """What can be typed is to be shown."""


@dataclass(frozen=True, slots=True)
class GoesOn:
    """The story's next step."""


@dataclass(frozen=True, slots=True)
class Leaves:
    """The end, now."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """A line that means nothing: why, and a line that would mean something."""

    why: str
    example: str


Act = Comments | Reviews | Presses | Pushes | Rebases | Merges | Waits
Line = Act | Shows | Helps | GoesOn | Leaves | Unclear

# What help tells: a line that works (``{who}`` stands for somebody's login), and what it does.
HELP: tuple[tuple[str, str], ...] = (
    ("{who}: /placet approve", "a comment, in anybody's name; “{who}: /placet help” tells Placet's own commands"),
    ("{who} approves", "a review; also: {who} requests changes"),
    ("press approve as {who}", "a button of the check; also: remind, re-check"),
    ("push", "the author pushes a file that concerns nobody"),
    ("push drop dim_customers.country", "the author drops one more column"),
    ("rebase", "the author rebases onto the base branch"),
    ("wait 3d", "time passes; also: 5h, 2w, 3 days pass"),
    ("merge", "the author merges, if the branch rule lets them"),
    ("show", "the check and Placet's comment; also one of them: check, comment"),
    ("teams", "who is in which team, and which are asked"),
    ("quit", "ends; so do Ctrl-D and Ctrl-C"),
)


def meaning(text: str, somebody: str = SOMEBODY) -> Line:
    """What the line means; never fails, whatever the text. ``somebody``: whose login an example names."""
    if not text.strip():
        return GoesOn()
    line = _cleaned(text)
    if not line:
        return Unclear("keys such as the arrows do nothing here", "help")
    if plain := _PLAIN.get(line.lower()):
        return plain
    for pattern, made in _FORMS:
        if found := pattern.fullmatch(line):
            return made({name: value or "" for name, value in found.groupdict().items()})
    return _unclear(line, somebody)


_PLAIN: Mapping[str, Line] = {
    **dict.fromkeys(("quit", "exit", "q", "bye"), Leaves()),
    **dict.fromkeys(("help", "?"), Helps()),
    **{view.value: Shows(view) for view in View},
    "push": Pushes(),
    "rebase": Rebases(),
    "merge": Merges(),
}
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O.)?")
# Words that begin a line and name nobody, even before a colon.
_VERBS = frozenset({*_PLAIN, "press", "click", "wait"})
_ANY_VERB = "|".join(map(re.escape, sorted(_VERBS)))
_VERB = re.compile(rf"({_ANY_VERB})\s*:\s*", re.IGNORECASE)


def _cleaned(text: str) -> str:
    """The line without what keys like the arrows leave in it, and without anything else that cannot be seen."""
    text = _ESCAPES.sub("", text)
    line = " ".join("".join(one if one.isprintable() else " " * one.isspace() for one in text).split())
    return _VERB.sub(r"\1 ", line, count=1) if _VERB.match(line) else line


def _waits(found: Mapping[str, str]) -> Line:
    length = int(found["number"] or 1) * _UNITS[found["unit"][0].lower()]
    if not timedelta() < length <= LONGEST_WAIT:
        return Unclear("time passes in steps of up to a year", "wait 60d")
    return Waits(length)


_WHO = rf"(?!(?:{_ANY_VERB})\s)@?(?P<who>[a-z0-9][a-z0-9-]{{0,38}}(?:\[bot\])?)"
_LENGTH = r"\+?(?:(?P<number>\d{1,6})\s*|(?:an?|one)\s+)(?P<unit>h|hours?|d|days?|w|weeks?)"
_COLUMN = r"(?P<column>\w+(?:\.\w+)?)"
_FORMS: tuple[tuple[re.Pattern[str], Callable[[Mapping[str, str]], Line]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), made)
    for pattern, made in (
        (r"help\s.+", lambda _: Helps()),
        (r"show\s+(?:the\s+)?(?P<view>check|comment|teams)", lambda found: Shows(View(found["view"].lower()))),
        (rf"push\s+drop\s+{_COLUMN}", lambda found: Pushes(found["column"])),
        (rf"merge\s+(?:as|by)\s+{_WHO}", lambda found: Merges(found["who"])),
        (
            rf"(?:press|click)\s+(?P<button>.+?)\s+(?:as|by)\s+{_WHO}",
            lambda found: Presses(found["who"], found["button"]),
        ),
        (rf"(?:wait\s+(?:for\s+)?)?{_LENGTH}(?:\s+(?:pass|passes|later))?", _waits),
        (
            rf"{_WHO}(?:\s*:|\s+(?:says|writes|comments)\b\s*:?|(?=\s+{PREFIX}\b))\s*(?P<words>\S.*)",
            lambda found: Comments(found["who"], found["words"]),
        ),
        (
            rf"{_WHO}\s+approve[sd]?(?:\b[\s:,]*(?P<words>.+))?",
            lambda found: Reviews(found["who"], Stance.APPROVES, found["words"]),
        ),
        (
            rf"{_WHO}\s+requests?\s+changes?(?:\b[\s:,]*(?P<words>.+))?",
            lambda found: Reviews(found["who"], Stance.REQUESTS_CHANGES, found["words"]),
        ),
        (rf"{_WHO}\s+(?:presses|clicks)\s+(?P<button>.+)", lambda found: Presses(found["who"], found["button"])),
    )
)

# What is missing where only the beginning was understood.
_BEGUN: Mapping[str, tuple[str, str]] = {
    "wait": ("it does not say how long", "wait 3d"),
    "press": ("it takes a button, and somebody who presses it", "press approve as {who}"),
    "click": ("it takes a button, and somebody who presses it", "press approve as {who}"),
    "push": (
        "what can be pushed is a file that concerns nobody, or that a column goes",
        "push drop dim_customers.phone",
    ),
    "show": ("what can be shown is the check, the comment and the teams", "show"),
    "merge": ("it is merged by its author, or by somebody", "merge as {who}"),
}
_DOES = ("approves", "requests", "presses", "says")


def _unclear(line: str, somebody: str) -> Unclear:
    """The hint that comes nearest to what may have been meant."""
    first, _, rest = line.partition(" ")
    word = first.lower()
    if word.startswith("/"):
        return Unclear("it does not say who writes that", f"{somebody}: {line}")
    if word in _BEGUN:
        why, example = _BEGUN[word]
        return Unclear(why, example.format(who=somebody))
    if word in BY_WORD:
        return Unclear(f"it does not say who wants to {word}", f"{somebody}: {PREFIX} {line}")
    if near := difflib.get_close_matches(rest.partition(" ")[0].lower(), _DOES, n=1, cutoff=0.75):
        ending = {"requests": "requests changes", "presses": "presses approve", "says": f"says {PREFIX} status"}
        return Unclear("nobody can do that here", f"{first} {ending.get(near[0], near[0])}")
    if near := difflib.get_close_matches(word, [one for one in _VERBS if len(one) > 1], n=1, cutoff=0.7):
        example = _BEGUN[near[0]][1].format(who=somebody) if near[0] in _BEGUN and rest else near[0]
        return Unclear(f"there is no “{first}” here, but something like it", example)
    return Unclear("that means nothing here", f"{somebody}: {PREFIX} approve")
