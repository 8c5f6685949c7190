"""Markdown read as GitHub reads it: what is alive in a text, independently of how it was made."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

_PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
# What GitHub makes of text outside code, after it has rendered the Markdown.
_ALIVE = (
    re.compile(r"(?<![\w`])@[A-Za-z0-9]"),
    re.compile(r"[\w.+-]+@[\w-]+\."),
    re.compile(r"#\d"),
    re.compile(r"(?i)\bgh-\d"),
    re.compile(r"\b[0-9a-f]{7,40}\b"),
    re.compile(r"(?i)(?:https?|ftp)://"),
    re.compile(r"(?i)\bwww\.[\w-]"),
    re.compile(r"(?i)\b(?:mailto|xmpp):\S"),
    re.compile(r":[a-z0-9_+-]+:"),
)
_OUR_HTML = re.compile(
    r"<!-- placet:[a-z]+=[^<>]* -->|<details><summary>[^<]*(?:<code>[^<]*</code>[^<]*)?</summary>|</details>|</?sub>"
)
_OUR_LINKS = ("https://github.com/", "https://placet.example/")
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c\ufeff\ud800-\udfff]")


@dataclass(frozen=True)
class Rendered:
    """A text as it is read: its tokens, flat and in order."""

    tokens: tuple[Token, ...]

    @property
    def prose(self) -> tuple[str, ...]:
        """The texts outside code, one a paragraph, item or cell; code stands as a full stop."""
        found = []
        for token in self.tokens:
            if token.type == "inline":
                pieces = [_prose_of(child) for child in token.children or ()]
                found.append("".join(pieces))
        return tuple(found)

    @property
    def links(self) -> tuple[str, ...]:
        """Where links and pictures lead."""
        return tuple(
            str(child.attrs.get("href") or child.attrs.get("src"))
            for child in self._children()
            if child.type in ("link_open", "image")
        )

    @property
    def html(self) -> tuple[str, ...]:
        """Raw HTML, a line or a tag each."""
        blocks = [line for token in self.tokens if token.type == "html_block" for line in token.content.splitlines()]
        inline = [child.content for child in self._children() if child.type == "html_inline"]
        return tuple(line for line in (*blocks, *inline) if line.strip())

    @property
    def widths(self) -> tuple[tuple[int, ...], ...]:
        """For each table, how many cells each of its rows has."""
        tables: list[list[int]] = []
        for token in self.tokens:
            if token.type == "table_open":
                tables.append([])
            elif token.type == "tr_open":
                tables[-1].append(0)
            elif token.type in ("td_open", "th_open"):
                tables[-1][-1] += 1
        return tuple(tuple(one) for one in tables)

    @property
    def codes(self) -> tuple[str, ...]:
        """What stands in code spans."""
        return tuple(child.content for child in self._children() if child.type == "code_inline")

    @property
    def blocks(self) -> tuple[str, ...]:
        """What stands in blocks of code."""
        return tuple(token.content for token in self.tokens if token.type in ("fence", "code_block"))

    def kinds(self, *types: str) -> int:
        """How many tokens of these types there are."""
        return sum(token.type in types for token in (*self.tokens, *self._children()))

    def _children(self) -> Iterator[Token]:
        return (child for token in self.tokens for child in token.children or ())


def rendered(text: str) -> Rendered:
    """The text as it is read."""
    return Rendered(tuple(_PARSER.parse(text)))


def problems(text: str) -> list[str]:
    """Everything in a text of ours that must not be there, whatever it was made of."""
    page = rendered(text)
    found = [f"alive: {match.group()!r} in {one!r}" for one in page.prose for match in _matches(one)]
    found += [f"link: {link}" for link in page.links if not link.startswith(_OUR_LINKS)]
    found += [f"html: {line!r}" for line in page.html if _OUR_HTML.sub("", line).strip()]
    found += [f"strike: {page.kinds('s_open')}"] * bool(page.kinds("s_open"))
    found += [f"unseen: {match.group()!r}" for match in _UNSEEN.finditer(text)]
    found += [f"uneven table: {one}" for one in page.widths if len(set(one)) > 1]
    found += _cut_rows(text)
    if text.count("<!--") > 1:
        found.append("a second marker")
    return found


def _cut_rows(text: str) -> list[str]:
    """Rows that hold more cells than their table's head: the parser drops them, so they are counted here."""
    found, width = [], 0
    for line in text.split("\n"):
        if not line.startswith("| "):
            width = 0
            continue
        cells = len(re.findall(r"(?<!\\)\|", line)) - 1
        width = width or cells
        if cells != width:
            found.append(f"{cells} cells instead of {width}: {line!r}")
    return found


def _matches(text: str) -> Iterator[re.Match[str]]:
    return (match for pattern in _ALIVE for match in pattern.finditer(text))


def _prose_of(child: Token) -> str:
    if child.type in ("softbreak", "hardbreak"):
        return "\n"
    return child.content if child.type == "text" else " . "
