"""``modules.re``: regular expressions of which it is known beforehand that they cannot search for ever."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from re import _constants as codes  # type: ignore[attr-defined]  # the parsed form of a pattern has no public name
from re import _parser as syntax  # type: ignore[attr-defined]  # likewise
from typing import TYPE_CHECKING

from placet.readers.dbt.jinja.text import text_of
from placet.readers.dbt.jinja.things import ABSENT, Function, Thing, Value
from placet.readers.dbt.jinja.unknown import Undecided

if TYPE_CHECKING:
    from placet.readers.dbt.jinja.run import Run

_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)
MAX_PATTERN = 500
MAX_SUBJECT = 20_000
MAX_WAYS = math.log(5_000_000)
MAX_FORCED = 10_000
_FLAGS = {
    **dict.fromkeys(("I", "IGNORECASE"), re.IGNORECASE),
    **dict.fromkeys(("M", "MULTILINE"), re.MULTILINE),
    **dict.fromkeys(("S", "DOTALL"), re.DOTALL),
    **dict.fromkeys(("X", "VERBOSE"), re.VERBOSE),
    **dict.fromkeys(("A", "ASCII"), re.ASCII),
}
_ALLOWED = int(re.IGNORECASE | re.MULTILINE | re.DOTALL | re.VERBOSE | re.ASCII)


def is_quick(pattern: str, length: int, flags: int = 0) -> bool:
    """Whether a search in a text of that length ends soon, whatever the text.

    Each repetition can end at as many places as it has turns, and what is repeated can be tried anew in each turn; the
    logarithms of these numbers add up. Turns that must be taken are counted too, as they may take up no text at all.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = syntax.parse(pattern, flags)
    return _forced(tree) <= MAX_FORCED and _ways(tree, length) + math.log(length + 1) <= MAX_WAYS


def _forced(items: Sequence[tuple[object, Value]]) -> int:
    total = 0
    for code, argument in items:
        if code in _REPEATS:
            total += max(argument[0], 1) * max(_forced(argument[2]), 1)
        else:
            total += 1 + sum(_forced(inner) for inner in _inside(code, argument))
    return total


def _inside(code: object, argument: Value) -> Sequence[Value]:
    if code is codes.BRANCH:
        return tuple(argument[1])
    if code is codes.SUBPATTERN:
        return (argument[3],)
    if code in (codes.ASSERT, codes.ASSERT_NOT):
        return (argument[1],)
    if code is codes.ATOMIC_GROUP:
        return (argument,)
    if code is codes.GROUPREF_EXISTS:
        return tuple(branch for branch in argument[1:] if branch is not None)
    return ()


def _ways(items: Sequence[tuple[object, Value]], length: int) -> float:
    total = 0.0
    for code, argument in items:
        if code in _REPEATS:
            least, most, inner = argument
            turns = min(most, max(length, least))
            total += math.log(turns - least + 1) + turns * _ways(inner, length)
        elif inside := _inside(code, argument):
            total += math.log(len(inside)) + max(_ways(branch, length) for branch in inside)
    return total


class Match(Thing):
    """What was found."""

    __slots__ = ("found",)

    def __init__(self, found: re.Match[str]) -> None:
        self.found = found

    def attribute(self, run: Run, name: str) -> Value:  # noqa: ARG002 - the same for every run
        if name in ("group", "groups", "start", "end", "span", "groupdict"):
            return Function(f"match.{name}", lambda _run, *args: getattr(self.found, name)(*args))
        return ABSENT

    def item(self, run: Run, key: Value) -> Value:  # noqa: ARG002 - the same for every run
        return self.found[key] if isinstance(key, (int, str)) else ABSENT


class Pattern(Thing):
    """A compiled pattern."""

    __slots__ = ("flags", "text")

    def __init__(self, text: str, flags: int) -> None:
        self.text = text
        self.flags = flags

    def attribute(self, run: Run, name: str) -> Value:  # noqa: ARG002 - the same for every run
        if name == "pattern":
            return self.text
        if name in _USES:
            return Function(f"re.{name}", lambda run, *args: _use(run, name, (self, *args), self.flags))
        return ABSENT


class _Patterns(Thing):
    __slots__ = ()

    def attribute(self, run: Run, name: str) -> Value:  # noqa: ARG002 - the same for every run
        if name in _FLAGS:
            return int(_FLAGS[name])
        if name == "compile":
            return Function("re.compile", lambda run, text, flags=0: Pattern(text_of(run, text), int(flags)))
        if name == "escape":
            return Function("re.escape", lambda run, text: re.escape(text_of(run, text)))
        if name in _USES:
            return Function(f"re.{name}", lambda run, *args, flags=0, count=0: _use(run, name, args, flags, count))
        return ABSENT


def _use(run: Run, name: str, args: Sequence[Value], flags: Value = 0, count: Value = 0) -> Value:
    pattern = args[0].text if isinstance(args[0], Pattern) else text_of(run, args[0])
    rest = [text_of(run, arg) for arg in args[1 : 3 if name == "sub" else 2]]
    subject = rest[-1]
    for text in (pattern, subject):
        if (unknown := run.hole_in(text)) is not None:
            raise Undecided(unknown)
    try:
        return _used(run, name, pattern, subject, rest, (int(flags) & _ALLOWED, int(count)))
    except re.error as error:
        raise Undecided(run.unknown(f"re.{name}", f"the pattern is none: {error.msg}")) from None


def _used(run: Run, name: str, pattern: str, subject: str, rest: Sequence[Value], how: tuple[int, int]) -> Value:
    allowed, count = how
    if len(pattern) > MAX_PATTERN or len(subject) > MAX_SUBJECT or not is_quick(pattern, len(subject), allowed):
        raise Undecided(run.unknown(f"re.{name}", "the pattern might search for ever"))
    run.budget.will_make_text(len(subject) * 20)
    if name == "sub":
        run.budget.will_make_text((len(subject) + 1) * (len(rest[0]) + 1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compiled = re.compile(pattern, allowed)
    return _USES[name](compiled, *rest) if name != "sub" else compiled.sub(rest[0], subject, count=count)


def _match(found: re.Match[str] | None) -> Match | None:
    return None if found is None else Match(found)


_USES: Mapping[str, Callable[..., Value]] = {
    "match": lambda pattern, text: _match(pattern.match(text)),
    "fullmatch": lambda pattern, text: _match(pattern.fullmatch(text)),
    "search": lambda pattern, text: _match(pattern.search(text)),
    "findall": lambda pattern, text: pattern.findall(text),
    "finditer": lambda pattern, text: [Match(found) for found in pattern.finditer(text)],
    "split": lambda pattern, text: pattern.split(text),
    "sub": lambda pattern, new, text: pattern.sub(new, text),
}
PATTERNS = _Patterns()
