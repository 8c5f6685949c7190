"""The lines of a comment that a person sees and that start with ``/placet``: Markdown read as GitHub shows it.

Text counts wherever it stands (a paragraph, a heading, an item of a list), except in a quote, in code of any sort, in
HTML that GitHub shows as one of these, in an HTML comment, and struck through. Bold or slanted commands count.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline, escape, newline
from markdown_it.token import Token

from placet.commands.catalogue import PREFIX

MAX_BODY = 65_536  # GitHub's limit for a comment, in characters
# Looking for the end of a link is quadratic in the number of brackets; nobody links more often than this.
MAX_BRACKETS = 3_000

INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_START = re.compile(re.escape(PREFIX) + r"(?![\w/.-]*[\w/-])", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"<(/?)([a-z][a-z0-9-]*)", re.IGNORECASE)
_QUOTING_TAGS = frozenset(
    {"blockquote", "code", "del", "kbd", "pre", "q", "s", "samp", "script", "strike", "style", "template", "tt"}
)


@dataclass(frozen=True, slots=True)
class VisibleLine:
    """A line that starts with ``/placet``: what stands behind that, and its number in the body, from 1.

    ``in_quote``: it was typed without ``>`` right below a quote, so that Markdown shows it as part of the quote.
    """

    rest: str
    number: int
    in_quote: bool = False


def command_lines(body: str) -> tuple[VisibleLine, ...]:
    """The lines of the body that start with ``/placet``, in order; only the first 65,536 characters are looked at."""
    if PREFIX not in body.lower():
        return ()
    source = re.sub(r"\r\n?", "\n", body[:MAX_BODY])
    lines = source.split("\n")
    found: list[VisibleLine] = []
    for block in _blocks(source):
        for text, number in _lines(block):
            stripped = text.lstrip(INVISIBLE + " \t\u00a0\u2007\u202f\u3000")
            if not _START.match(stripped):
                continue
            # A line of a quote proper starts with its mark; one that does not was joined to it by the lack of a gap.
            if block.is_quote and not lines[number - 1].lstrip().lower().startswith(PREFIX):
                continue
            found.append(VisibleLine(stripped[len(PREFIX) :], number, block.is_quote))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Block:
    """Text that stands together, the body's line it starts at, and the reference links that it may use."""

    content: str
    line: int
    is_quote: bool
    env: dict[str, object] = field(default_factory=dict)


def _blocks(source: str) -> Iterator[_Block]:
    env: dict[str, object] = {}
    tokens = _MARKDOWN.parse(source, env)
    quotes = 0
    hidden: Counter[str] = Counter()
    outer: list[Counter[str]] = []
    for token in tokens:
        if token.type in {"blockquote_open", "list_item_open"}:
            outer.append(hidden.copy())
        elif token.type in {"blockquote_close", "list_item_close"} and outer:
            hidden = outer.pop()
        quotes += {"blockquote_open": 1, "blockquote_close": -1}.get(token.type, 0)
        if token.type == "html_block":
            _count_tags(token.content, hidden)
        elif token.type == "inline" and token.map and not hidden.total() and PREFIX in token.content.lower():
            yield _Block(token.content, token.map[0] + 1, quotes > 0, env)


def _count_tags(html: str, hidden: Counter[str]) -> None:
    """Follow which of the elements that quote are open after this piece of HTML."""
    for closing, name in _TAG.findall(_COMMENT.sub("", html)):
        tag = name.lower()
        if tag in _QUOTING_TAGS:
            hidden[tag] = max(0, hidden[tag] + (-1 if closing else 1))


def _lines(block: _Block) -> Iterator[tuple[str, int]]:
    """The block's visible text line by line, each with its number; lines that start inside an element are left out."""
    tokens: list[Token] = []
    markdown = _MARKDOWN if block.content.count("[") <= MAX_BRACKETS else _WITHOUT_LINKS
    markdown.inline.parse(block.content, markdown, block.env, tokens)
    marks: list[str] = []
    hidden: Counter[str] = Counter()
    struck = seen = 0
    text, number, is_shown = "", block.line, True
    for token in tokens:
        if token.type in {"softbreak", "hardbreak"}:
            if is_shown:
                yield text, number
            text, is_shown = "", not hidden.total() and not struck
            number += block.content.count("\n", seen, token.meta["at"] + 1)
            seen = token.meta["at"] + 1
        elif token.type in {"em_open", "strong_open"}:
            # Emphasis around the command is dropped; an underscore further on may be part of a name.
            marks.append(token.markup if text.strip() else "")
            text += marks[-1]
        elif token.type in {"em_close", "strong_close"}:
            text += marks.pop() if marks else ""
        elif token.type == "html_inline":
            _count_tags(token.content, hidden)
            text += _COMMENT.sub("", token.content)
        else:
            struck += {"s_open": 1, "s_close": -1}.get(token.type, 0)
            text += _plain(token)
    if is_shown:
        yield text, number


def _plain(token: Token) -> str:
    match token.type:
        case "text" | "text_special":
            return token.content
        case "code_inline":
            return f"`{token.content}`"
        case "image":
            return f"![{token.content}]"
        case "s_open" | "s_close":
            return token.markup
    return ""


_InlineRule = Callable[[StateInline, bool], bool]


def _placed(rule: _InlineRule) -> _InlineRule:
    """The rule, with the place in the source noted on the line break that it makes."""

    def noting(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the library's signature
        start, before = state.pos, len(state.tokens)
        matched = rule(state, silent)
        for token in state.tokens[before:]:
            if token.type in {"softbreak", "hardbreak"}:
                token.meta = {"at": state.src.index("\n", start)}
        return matched

    return noting


def _markdown() -> MarkdownIt:
    """Blocks only: text within them is read where a command may stand in it, so that long comments cost little."""
    markdown = MarkdownIt("commonmark", {"maxNesting": 20}).enable("strikethrough")
    markdown.core.ruler.enableOnly(["normalize", "block"])
    markdown.inline.ruler.at("newline", _placed(newline))
    markdown.inline.ruler.at("escape", _placed(escape))
    return markdown


_MARKDOWN = _markdown()
_WITHOUT_LINKS = _markdown().disable(["link", "image"])
