"""Markdown of ours in a terminal: code and what is strong in bold, lists and blocks indented, all other marks gone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.text import Text

from placet.cli.terminal import HEADING

_PARSER = MarkdownIt("commonmark")
# What keeps names dead on GitHub is of no use here: see render.markdown.
_GAP = "\u200b"
_LOST = "\ufffd"
_STEP = "  "


def lines_of(markdown: str) -> Iterator[Text]:
    """The lines of a text that ``render`` made: a paragraph or an item is one, tables are left out."""
    lists: list[_List] = []
    for token in _PARSER.parse(markdown):
        if token.type in ("ordered_list_open", "bullet_list_open"):
            lists.append(_List(token))
        elif token.type in ("ordered_list_close", "bullet_list_close"):
            lists.pop()
        elif token.type == "list_item_open":
            lists[-1].begin(token)
        elif token.type == "inline":
            yield _line(f"{_indent(lists[:-1])}{lists[-1].lead() if lists else ''}", _inline(token.children or ()))
        elif token.type == "fence":
            for content in token.content.rstrip("\n").split("\n"):
                yield _line(f"{_indent(lists)}{_STEP}", Text(_clean(content)))


class _List:
    """A list: how its items begin, and how far what stands in them is indented."""

    def __init__(self, opened: Token) -> None:
        self._is_ordered = opened.type == "ordered_list_open"
        self._mark = ""
        self._is_fresh = False

    def begin(self, item: Token) -> None:
        """A new item: the number is the one that was written."""
        self._mark = f"{item.info}. " if self._is_ordered else "- "
        self._is_fresh = True

    def lead(self) -> str:
        """What stands before a paragraph: the mark before the first of an item, as much room before the others."""
        mark = self._mark if self._is_fresh else " " * len(self._mark)
        self._is_fresh = False
        return f"{_STEP}{mark}"

    @property
    def indent(self) -> str:
        """The room that an item's own lines stand behind."""
        return " " * len(f"{_STEP}{self._mark}")


def _indent(lists: Sequence[_List]) -> str:
    return "".join(one.indent for one in lists)


def _line(before: str, text: Text) -> Text:
    return Text(before, overflow="fold").append_text(text)


def _inline(tokens: Sequence[Token]) -> Text:
    text, strong = Text(), 0
    for token in tokens:
        if token.type in ("strong_open", "strong_close"):
            strong += token.nesting
        elif token.type in ("softbreak", "hardbreak"):
            text.append(" ")
        else:
            is_bold = strong or token.type == "code_inline"
            text.append(_clean(token.content), HEADING if is_bold else None)
    return text


def _clean(text: str) -> str:
    """What can be seen of a text; nothing else is left in it, or it would not have come from ``render``."""
    bare = text.replace(_GAP, "")
    return bare if bare.isprintable() else "".join(one if one.isprintable() else _LOST for one in bare)
