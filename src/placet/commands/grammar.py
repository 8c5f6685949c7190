"""From the text of a comment to the commands in it, and to what was meant to be one and cannot be understood."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date

from placet.commands.catalogue import BY_WORD, PREFIX, Argument, Entry, Kind, Name
from placet.commands.visible import INVISIBLE, VisibleLine, command_lines

MAX_COMMANDS = 10
MAX_WORD = 300
MAX_SHOWN = 200
MAX_DIGITS = 3

_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"), "-")
_UNSEEN = dict.fromkeys(map(ord, INVISIBLE), "")
_QUOTES = {'"': '"', "'": "'", "`": "`", "\u201c": "\u201d", "\u201e": "\u201c", "\u2018": "\u2019", "\u00ab": "\u00bb"}
_ENDINGS = ".,;:!\u2026\u3002"
_TEAM = re.compile(r"@?([A-Za-z0-9_-]+/[A-Za-z0-9._-]+|[^\s@/,;:?!\"'`]+)")
_GITHUB_TEAM = re.compile(r"@[A-Za-z0-9_-]+/[A-Za-z0-9._-]+")
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,99})")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LENGTH = re.compile(r"[1-9][0-9]{0,2}[dw]")
_FINGERPRINT = re.compile(r"[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Command:
    """A command as it was given, on that line of the body (from 1).

    ``team`` is without its @ (``crm``, ``acme/crm``; empty: nobody was named), ``person`` a login without it,
    ``when`` a date (``2026-12-15``) or a length (``10d``, ``2w``), ``change`` as written (12 hex digits in lower
    case), ``argument`` a choice or another command's name, ``reason`` the rest of the line.
    """

    verb: Name
    line: int
    team: str = ""
    person: str = ""
    when: str = ""
    change: str = ""
    argument: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Misunderstood:
    """A line that was meant as a command: why it is none, and a command (or two, a line each) that would be one."""

    text: str
    why: str
    suggestion: str
    line: int


Line = Command | Misunderstood


def parse(body: str) -> tuple[Line, ...]:
    """What the comment commands, in order; never fails, whatever the text.

    At most ten lines are read; of what follows, the first is there as misunderstood and tells how many were left.
    """
    lines = command_lines(body)
    found = [_line(line) for line in lines[:MAX_COMMANDS]]
    if left := lines[MAX_COMMANDS:]:
        why = f"a comment may give {MAX_COMMANDS} commands; {len(left)} more were left out, from this one on"
        found.append(Misunderstood(_shown(left[0].rest), why, f"{PREFIX} help", left[0].number))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Unclear:
    """Why a line is no command, and what may have been meant, best first; some of it may be no command either."""

    why: str
    meant: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Taken:
    """An argument's value, how a correction writes it, and what is left of the line."""

    value: str
    written: str
    rest: str


@dataclass(frozen=True, slots=True)
class _Reading:
    """How far a line has been read: its entry, the arguments so far as they would be written, and the rest."""

    entry: Entry
    rest: str
    written: tuple[str, ...] = ()

    def meant(self, *pieces: str) -> str:
        """The command as it would be with these pieces next."""
        return " ".join(piece for piece in (PREFIX, self.entry.name, *self.written, *pieces) if piece)


def _line(line: VisibleLine) -> Line:
    if line.in_quote:
        why = "Markdown shows this line as part of the quote above it: leave an empty line between them"
        return Misunderstood(_shown(line.rest), why, _first_clear((PREFIX + line.rest,)), line.number)
    found = _command(line.rest, line.number)
    if isinstance(found, Command):
        return found
    return Misunderstood(_shown(line.rest), found.why, _first_clear(found.meant), line.number)


def _first_clear(meant: tuple[str, ...]) -> str:
    """The first suggestion that would itself be understood."""
    for suggestion in meant:
        lines = [line.removeprefix(PREFIX) for line in suggestion.split("\n")]
        if len(suggestion) <= MAX_WORD and all(isinstance(_command(line, 1), Command) for line in lines):
            return suggestion
    return f"{PREFIX} help"


def _command(rest: str, number: int) -> Command | _Unclear:
    raw, rest = _word(rest.lstrip(":,"))
    word = _plain(raw).lower()
    if not word:
        return _Unclear("it does not say what to do", ())
    if word.endswith("?") and word.rstrip("?") in BY_WORD:
        reading = _Reading(BY_WORD[word.rstrip("?")], rest)
        return _Unclear("it reads like a question", (reading.meant(rest), reading.entry.example))
    entry = BY_WORD.get(word)
    if entry is not None:
        return _read(_Reading(entry, rest), number)
    close = _nearest(word, BY_WORD)
    if close is None:
        return _Unclear(f'there is no command "{_shortened(word)}"', ())
    reading = _Reading(BY_WORD[close], rest)
    why = f'there is no command "{_shortened(word)}": did you mean "{close}"?'
    return _Unclear(why, (reading.meant(rest), reading.entry.example))


def _read(reading: _Reading, number: int) -> Command | _Unclear:
    arguments = reading.entry.arguments
    values: dict[Kind, str] = {}
    for position, argument in enumerate(arguments, 1):
        taken = _READERS[argument.kind](reading, argument)
        if isinstance(taken, _Unclear):
            later = " ".join(one.sample for one in arguments[position:] if one.is_required)
            filled = tuple(f"{one} {later}" for one in taken.meant)
            return replace(taken, meant=(*taken.meant, *filled, reading.entry.example))
        values[argument.kind] = taken.value
        reading = replace(reading, rest=taken.rest, written=(*reading.written, taken.written))
    return Command(
        reading.entry.name,
        number,
        team=values.get(Kind.TEAM, "") or values.get(Kind.WAIVED, ""),
        person=values.get(Kind.PERSON, ""),
        when=values.get(Kind.WHEN, ""),
        change=values.get(Kind.CHANGE, ""),
        argument=values.get(Kind.CHOICE, "") or values.get(Kind.COMMAND, ""),
        reason=values.get(Kind.TEXT, ""),
    )


def _team(reading: _Reading, argument: Argument) -> _Taken | _Unclear:
    word, rest = _word(reading.rest)
    if _GITHUB_TEAM.fullmatch(_plain(word)):
        why = 'a team is named with "for"'
        return _Unclear(why, (reading.meant("for", _plain(word), rest),))
    if _plain(word).lower() != "for":
        if argument.is_required:
            return _Unclear("it does not say for which team", (reading.meant(argument.sample),))
        return _Taken("", "", reading.rest)
    return _named_team(reading, argument, rest)


def _named_team(reading: _Reading, argument: Argument, rest: str) -> _Taken | _Unclear:
    """The team behind "for"."""
    written, rest = _word(rest)
    if written.lower() == "the":
        written, rest = _word(rest)
    team = _plain(written)
    if not team:
        return _Unclear('it does not say for which team: "for" stands alone', (reading.meant("for", argument.example),))
    if not _TEAM.fullmatch(team) or len(team) > MAX_WORD:
        return _Unclear(f'"{_shortened(team)}" is no team\'s name', (reading.meant("for", argument.example, rest),))
    second, behind = _word(rest)
    is_list = _plain(second).lower() in {"and", "&", "+"}
    if is_list:
        second, behind = _word(behind)
    if _plain(second) and (is_list or (written.endswith(",") and second.startswith("@"))):
        both = "\n".join(reading.meant("for", one, behind) for one in (team, _plain(second)))
        return _Unclear("a command speaks for one team: write a line for each", (both,))
    return _Taken(team.removeprefix("@"), f"for {team}", rest)


def _waived(reading: _Reading, argument: Argument) -> _Taken | _Unclear:
    """A team that is named without "for", though it may stand there."""
    word, rest = _word(reading.rest)
    if _plain(word).lower() == "for":
        word, rest = _word(rest)
    team = _plain(word)
    if not team:
        return _Unclear("it does not say which team", (reading.meant(argument.example),))
    if not _TEAM.fullmatch(team) or len(team) > MAX_WORD:
        return _Unclear(f'"{_shortened(team)}" is no team\'s name', (reading.meant(argument.example, rest),))
    return _Taken(team.removeprefix("@"), team, rest)


def _person(reading: _Reading, argument: Argument) -> _Taken | _Unclear:
    word, rest = _word(reading.rest)
    login = _plain(word).removeprefix("@")
    if not login:
        return _Unclear("it does not say whom", (reading.meant(argument.example),))
    if not _LOGIN.fullmatch(login):
        return _Unclear(f'"{_shortened(login)}" is nobody\'s login', (reading.meant(argument.example, rest),))
    return _Taken(login, f"@{login}", rest)


def _when(reading: _Reading, argument: Argument) -> _Taken | _Unclear:
    word, rest = _word(reading.rest)
    when = _plain(word).lower()
    if not when:
        return _Unclear("it does not say until when", (reading.meant(argument.example),))
    if _LENGTH.fullmatch(when) or _is_date(when):
        return _Taken(when, when, rest)
    unit, behind = _word(rest)
    if when.isdecimal() and len(when) <= MAX_DIGITS and _plain(unit)[:1].lower() in {"d", "w"}:
        meant = f"{when}{_plain(unit)[0].lower()}"
        return _Unclear(f'a length is written "{meant}"', (reading.meant(meant, behind),))
    why = f'"{_shortened(when)}" is no date (2026-12-15) and no length (10d, 2w)'
    return _Unclear(why, (reading.meant(argument.example, rest), reading.meant(argument.example, reading.rest)))


def _is_date(text: str) -> bool:
    try:
        return _DATE.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _change(reading: _Reading, argument: Argument) -> _Taken | _Unclear:
    word, rest = _word(reading.rest)
    change = _plain(word)
    choices = {choice for one in reading.entry.arguments for choice in one.choices}
    if not change:
        return _Unclear("it does not say which change", (reading.meant(argument.example),))
    if len(change) > MAX_WORD:
        return _Unclear("the change's name is too long", (reading.meant(argument.example, rest),))
    if change.lower() in choices:
        named, behind = _word(rest)
        swapped = reading.meant(_quoted(_plain(named)), change.lower(), behind)
        return _Unclear("the change comes first", (swapped, reading.meant(argument.example, change.lower(), rest)))
    if _FINGERPRINT.fullmatch(change):
        change = change.lower()
    return _Taken(change, _quoted(change), rest)


def _choice(reading: _Reading, argument: Argument) -> _Taken | _Unclear:
    word, rest = _word(reading.rest)
    choice = _plain(word).lower()
    if choice in argument.choices:
        return _Taken(choice, choice, rest)
    close = _nearest(choice, argument.choices)
    wanted = " or ".join(argument.choices)
    if close is not None:
        why = f'"{_shortened(choice)}" is neither {" nor ".join(argument.choices)}: did you mean "{close}"?'
        return _Unclear(why, (reading.meant(close, rest),))
    return _Unclear(f"it does not say whether the change is {wanted}", (reading.meant(argument.example, reading.rest),))


def _other_command(reading: _Reading, _: Argument) -> _Taken | _Unclear:
    word, _rest = _word(reading.rest)
    asked = _plain(word).lower().removeprefix(PREFIX).rstrip("?")
    if not asked:
        return _Taken("", "", "")
    if asked in BY_WORD:
        name = BY_WORD[asked].name.value
        return _Taken(name, name, "")
    close = _nearest(asked, BY_WORD)
    did_you_mean = f': did you mean "{close}"?' if close else ""
    why = f'there is no command "{_shortened(asked)}"{did_you_mean}'
    return _Unclear(why, (reading.meant(BY_WORD[close].name if close else ""), reading.meant()))


def _text(reading: _Reading, argument: Argument) -> _Taken | _Unclear:
    text = reading.rest.lstrip(":,-\u2013\u2014 \t\u00a0").strip()
    if argument.is_required and not re.search(r"\w", text):
        return _Unclear(f"it needs a {argument.name} on the same line", (reading.meant(argument.example),))
    return _Taken(text, text, "")


_READERS: Mapping[Kind, Callable[[_Reading, Argument], _Taken | _Unclear]] = {
    Kind.TEAM: _team,
    Kind.WAIVED: _waived,
    Kind.PERSON: _person,
    Kind.WHEN: _when,
    Kind.CHANGE: _change,
    Kind.CHOICE: _choice,
    Kind.COMMAND: _other_command,
    Kind.TEXT: _text,
}


def _nearest(word: str, known: Collection[str]) -> str | None:
    """The known word that was probably meant; one that starts alike, so that "unsafe" is never taken for "safe"."""
    alike = [one for one in known if one[:1] == word[:1]]
    return next(iter(difflib.get_close_matches(word[:MAX_WORD], alike, n=1, cutoff=0.6)), None)


def _word(text: str) -> tuple[str, str]:
    """The first word, or what stands there in quotes with them, and the rest without the space before it."""
    text = text.strip().lstrip(INVISIBLE)
    end = text.find(_QUOTES[text[0]], 1) if text[:1] in _QUOTES else -1
    if end > 0 and (end + 1 == len(text) or not text[end + 1].isalnum()):
        tail = re.match(r"\S*", text[end + 1 :])
        end += 1 + (tail.end() if tail else 0)
        return text[:end], text[end:].strip()
    split = re.split(r"\s", text, maxsplit=1)
    word, rest = split[0], split[1] if len(split) > 1 else ""
    return word, rest.strip()


def _plain(word: str) -> str:
    """The word without quotes, closing punctuation and what cannot be seen, its dashes made plain."""
    bare = word.translate(_DASHES).translate(_UNSEEN).rstrip(_ENDINGS)
    if len(bare) > 1 and _QUOTES.get(bare[0]) == bare[-1]:
        bare = bare[1:-1].strip().rstrip(_ENDINGS)
    return bare


def _quoted(word: str) -> str:
    return f'"{word}"' if re.search(r"\s", word) else word


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "\u2026"


def _shown(rest: str) -> str:
    return _shortened(f"{PREFIX}{rest}".strip())
