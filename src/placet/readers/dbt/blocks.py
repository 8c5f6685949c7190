"""What stands in a template file, as far as it can be seen without rendering it; in time linear in its length."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# What a file may define for others, beside or instead of a query of its own.
_DEFINITIONS = ("macro", "test", "data_test", "docs", "materialization", "snapshot", "set")
_SNAPSHOT = re.compile(r"\{%[-+]?\s*snapshot\s+(\w+)\s*[-+]?%\}")
_SNAPSHOT_END = re.compile(r"\{%[-+]?\s*endsnapshot\s*[-+]?%\}")
_MACRO = re.compile(r"\{%[-+]?\s*macro\s+(\w+)")
_MACRO_END = re.compile(r"\{%[-+]?\s*endmacro\b[^%]*%\}")
_DISABLED = re.compile(r"\bconfig\s*\([^)]{0,500}\benabled\s*=\s*[Ff]alse\b")
_PRINTED = re.compile(r"\{\{")
_CONFIG = re.compile(r"\{\{[-+]?\s*config\s*\(")
_NOT_BLANK = re.compile(r"[^\s;]")


@dataclass(frozen=True, slots=True)
class SnapshotBlock:
    """One ``{% snapshot %}``: its name, its line and its body."""

    name: str
    line: int
    body: str


def snapshots_in(text: str) -> Iterator[SnapshotBlock]:
    """The snapshots that a file defines, in order; one that is never closed goes to the end of the file."""
    seen = blanked(text, "{#", "#}")
    start = _SNAPSHOT.search(seen)
    while start is not None:
        end = _SNAPSHOT_END.search(seen, start.end())
        stop = len(seen) if end is None else end.start()
        line = seen.count("\n", 0, start.start()) + 1
        yield SnapshotBlock(start.group(1), line, text[start.end() : stop])
        start = _SNAPSHOT.search(seen, stop)


def macros_in(text: str) -> Iterator[tuple[str, str]]:
    """The macros that a file defines, by name, each with its text from its tag to its end."""
    start = _MACRO.search(text)
    while start is not None:
        end = _MACRO_END.search(text, start.end())
        if end is None:
            return
        yield start.group(1), text[start.start() : end.end()]
        start = _MACRO.search(text, end.end())


def holds_no_query(text: str) -> bool:
    """Whether nothing is left of a file without its comments and what it defines for others: no model, then."""
    return _NOT_BLANK.search(_query_part(text)) is None


def only_configures(text: str) -> bool:
    """Whether nothing in a file prints but calls of ``config()``, so that blank SQL is what was meant."""
    part = _query_part(text)
    return "{%" not in part and len(_PRINTED.findall(part)) == len(_CONFIG.findall(part))


def is_blank(sql: str) -> bool:
    """Whether there is no SQL in a text but comments."""
    return _NOT_BLANK.search(_without_line_comments(blanked(sql, "/*", "*/"))) is None


def says_disabled(text: str) -> bool:
    """Whether a template that cannot be rendered says plainly that it is switched off."""
    return _DISABLED.search(text) is not None


def _query_part(text: str) -> str:
    rest = blanked(text, "{#", "#}")
    for name in _DEFINITIONS:
        rest = _without_block(rest, name)
    return _without_line_comments(blanked(rest, "/*", "*/"))


def _without_block(text: str, name: str) -> str:
    start = re.compile(r"\{%[-+]?\s*" + name + r"\b")
    end = re.compile(r"\{%[-+]?\s*end" + name + r"\b[^%]*%\}")
    kept: list[str] = []
    position = 0
    while (opened := start.search(text, position)) is not None:
        close = text.find("%}", opened.end())
        if close < 0:
            break
        stop = close + 2
        if name != "set" or "=" not in text[opened.end() : close]:
            closed = end.search(text, opened.end())
            if closed is None:
                break
            stop = closed.end()
        kept.append(text[position : opened.start()])
        position = stop
    kept.append(text[position:])
    return "".join(kept)


def blanked(text: str, start: str, end: str) -> str:
    """The text with what stands between two marks turned into blanks, line breaks kept."""
    kept: list[str] = []
    position = 0
    while (opened := text.find(start, position)) >= 0:
        closed = text.find(end, opened + len(start))
        stop = len(text) if closed < 0 else closed + len(end)
        kept.append(text[position:opened])
        kept.append(re.sub(r"[^\n]", " ", text[opened:stop]))
        position = stop
    kept.append(text[position:])
    return "".join(kept)


def _without_line_comments(text: str) -> str:
    return re.sub(r"--[^\n]*", "", text)
