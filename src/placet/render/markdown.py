"""Markdown that nothing untrusted can break out of: the only place where strings from outside become markup.

GitHub makes links of mentions, issues and commits after rendering, so that an escaped or encoded ``@`` still mentions;
a zero-width space behind it does not. In code nothing is alive.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from urllib.parse import quote

# No single string may take a whole text for itself.
MAX_CODE = 200
MAX_PLAIN = 600

_GAP = "\u200b"
_LOST = "\ufffd"
# Controls, invisible and bidirectional formats, lone surrogates, private and unassigned characters, line separators.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MARKUP = re.compile(r"([\\`*_\[\]~])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;", "$": "&#36;"}
_AT_START = re.compile(r"^(?:[-+=#]|(?=\d{1,9}[.)](?:\s|$)))")
# What GitHub brings to life in prose, and where a gap keeps it dead: behind the first group.
_ALIVE = (
    re.compile(r"(@)"),
    re.compile(r"(#)(?=[0-9A-Za-z])"),
    re.compile(r"([A-Za-z]-)(?=\d)"),
    re.compile(r"(:)(?=//)"),
    # Also where the text ends: a colon of ours may follow.
    re.compile(r"(:)(?=[A-Za-z0-9_+-]+(?::|$))"),
    re.compile(r"(?i)(www)(?=\.)"),
    re.compile(r"(?i)(mailto|xmpp)(?=:)"),
)
# Seven hexadecimal digits could be a commit's: a gap stands after every four.
_COMMIT = re.compile(r"(?i)[0-9a-f]{7,}")
_BACKTICKS = re.compile(r"`+")
_CODED = re.compile(r"`([^`\n]+)`")
_ITEM = re.compile(r"[-*+]\s+(.*)")


def visible(text: str) -> str:
    """The text on one line, all of which can be seen: white space is one space, the invisible shows as \ufffd."""
    if not text.isprintable():
        text = "".join(_shown(character) for character in text)
    return " ".join(text.split())


def code(text: str) -> str:
    """A code span, safe in a table made by ``table`` and in a link's label; at most ``MAX_CODE`` characters of it."""
    content = _unmarked(_clipped(visible(text), MAX_CODE)) or "(empty)"
    longest = max((len(run) for run in _BACKTICKS.findall(content)), default=0)
    marks = "`" * (longest + 1)
    pad = " " if content[0] == "`" or content[-1] == "`" else ""
    return f"{marks}{pad}{content}{pad}{marks}"


def html_code(text: str) -> str:
    """The same as HTML, for where Markdown is not read (the summary of a fold)."""
    return f"<code>{html.escape(_clipped(visible(text), MAX_CODE) or '(empty)')}</code>"


def plain(text: str, *, limit: int = MAX_PLAIN) -> str:
    """Prose on one line in which nothing is alive: no mention, reference, link, HTML, emphasis, table or comment.

    At most ``limit`` characters of the text are shown; an empty text stays empty.
    """
    content = _clipped(visible(text), limit)
    # Digits and letters are cut apart first: nothing that is added afterwards can be taken for a part of them.
    result = _apart(content)
    result = _MARKUP.sub(r"\\\1", "".join(_ENTITIES.get(one, one) for one in result))
    start = _AT_START.match(result)
    if start is None:
        return result
    return f"\\{result}" if start.group() else re.sub(r"^(\d+)([.)])", r"\1\\\2", result)


def prose(text: str, *, limit: int = MAX_PLAIN) -> str:
    """``plain``, in which what stands between backticks becomes code spans."""
    content = _clipped(visible(text), limit)
    parts = _CODED.split(content)
    pieces = [code(part) if index % 2 else _inner(part) for index, part in enumerate(parts)]
    return "".join(pieces)


def link(label: str, url: str) -> str:
    """A link with a label that is Markdown already; the label alone where there is no URL.

    Also where the label holds ``]:``, which at the start of a line would make a definition of it, code or not.
    """
    return f"[{label}]({_quoted(url)})" if url and "]:" not in label else label


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already; empty without rows, since no empty table is ever shown."""
    lines = [_row(row) for row in rows]
    if not lines:
        return ""
    return "\n".join([_row(headers), _row([":---"] * len(headers)), *lines])


def fence(lines: Iterable[str], language: str = "") -> str:
    """A block of code; every line is made visible, with its indentation kept, and none can end the block."""
    content = [_indented(line) for line in lines]
    longest = max((len(run) for line in content for run in _BACKTICKS.findall(line)), default=0)
    marks = "`" * max(3, longest + 1)
    return "\n".join([f"{marks}{language}", *content, marks])


def fold(summary: str, *blocks: str) -> str:
    """A block that opens at a click; ``summary`` is HTML already."""
    return "\n\n".join([f"<details><summary>{summary}</summary>", *(block for block in blocks if block), "</details>"])


def quoted(text: str, *, max_lines: int = 20) -> str:
    """A longer text of somebody's as a block quote, line by line: items stay items, all else is prose."""
    told = [line.strip() for line in text.strip().splitlines()]
    kept = [shown for line in told if not _BACKTICKS.fullmatch(line) and (shown := _quoted_line(line))]
    result: list[str] = []
    for line in [*kept[:max_lines], *(["…"] if len(kept) > max_lines else [])]:
        # Items one after the other are one list; all else is a paragraph of its own.
        if result and not (line.startswith("- ") and result[-1].startswith("> - ")):
            result.append(">")
        result.append(f"> {line}")
    return "\n".join(result)


def _quoted_line(line: str) -> str:
    item = _ITEM.fullmatch(line)
    return f"- {prose(item.group(1))}" if item and item.group(1).strip() else prose(line.lstrip("# "))


def _inner(text: str) -> str:
    """A piece of prose with the space around it, which ``plain`` would take for its own."""
    if not text.strip():
        return text
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{before}{plain(text)}{after}"


def _apart(text: str) -> str:
    for pattern in _ALIVE:
        text = pattern.sub(rf"\1{_GAP}", text)
    return _COMMIT.sub(lambda run: _GAP.join(re.findall(".{1,4}", run.group())), text)


def _shown(character: str) -> str:
    if character in "\n\r\t\v\f\x85\u2028\u2029":
        return " "
    return _LOST if unicodedata.category(character) in _UNSEEN else character


def _indented(line: str) -> str:
    bare = line.lstrip(" ")
    kept = (bare if bare.isprintable() else "".join(_shown(character) for character in bare)).rstrip()
    return " " * (len(line) - len(bare)) + _unmarked(kept)


def _unmarked(text: str) -> str:
    """Code in which not even a search of the raw text finds the start of a hidden marker."""
    return text.replace("<!--", f"<{_GAP}!--")


def _clipped(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _quoted(url: str) -> str:
    return quote(url, safe="/:?#&=%+,;~!._-", errors="replace")


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _cell(cell: str) -> str:
    """A pipe ends a cell even inside a code span; a backslash before it, which the table takes away, keeps it."""
    return cell.replace("\n", " ").replace("|", "\\|") or " "
