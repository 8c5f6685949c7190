"""Why something could not be read, in words for the author of the file rather than for that of a parser."""

from __future__ import annotations

import re
from collections.abc import Callable
from re import Match

_COMPARISONS = frozenset({"EQ", "NEQ", "LT", "LTE", "GT", "GTE", "Is", "Like", "ILike", "NullSafeEQ", "NullSafeNEQ"})
_PARTS = {"If": "case", "Order": "order by", "Group": "group by"}
_END = "SENTINEL"


def readable(reason: str) -> str:
    """The reason without a parser's inner names; what is readable already stays as it is."""
    for found, words in _RULES:
        reason = found.sub(words, reason)
    return reason


def _incomplete(match: Match[str]) -> str:
    name = match[1]
    return "a comparison is incomplete" if name in _COMPARISONS else f"the {_part(name)} is incomplete"


def _part(name: str) -> str:
    """``order by`` for ``Order``, ``row format`` for ``RowFormat``."""
    return _PARTS.get(name) or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


def _token(match: Match[str]) -> str:
    return "the end" if match[1] == _END else f'"{match[2]}"'


_GOT = r"<Token token_type: (?:TokenType\.)?(\w+), text: (.*?), line: [^>]*>"
_RULES: tuple[tuple[re.Pattern[str], str | Callable[[Match[str]], str]], ...] = (
    (re.compile(r"Required keyword: '\w+' missing for <class '[\w.]*?(\w+)'>"), _incomplete),
    (re.compile(_GOT), _token),
    (re.compile(r"<class '[\w.]*?(\w+)'>"), lambda match: _part(match[1])),
    (re.compile(r"Expected table name but got "), "the name of a table is expected, not "),
    (re.compile(r"Invalid expression / Unexpected token"), "this is not expected here,"),
    (re.compile(r"Expecting (\S+)"), r'"\1" is missing'),
    (re.compile(r"Error tokenizing .*"), "a quote or a comment is not closed"),
    (re.compile(r"Failed to parse any statement following CTE"), "no query follows the with"),
    (
        re.compile(r"Unexpected end of template\. .*?The innermost block that needs to be closed is '(\w+)'\."),
        r"the {% \1 %} is not closed",
    ),
    (re.compile(r"'?end of print statement'?"), "'}}'"),
    (re.compile(r"'?end of statement block'?"), "'%}'"),
)
