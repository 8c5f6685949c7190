"""Parsing: from text to the one query that it holds, or to the reason why it holds none."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError, TokenError

from placet.readers.dbt.parts import HOLE_TOKEN, Hole
from placet.readers.dbt.sql.names import hole_in

# What it cannot parse, sqlglot takes for a command and says so in its log; here that becomes the asset's reason.
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)

_HARMLESS = (exp.Set, exp.Use, exp.Semicolon, exp.Declare, exp.Pragma, exp.Comment)
_DIGITS = re.compile(r"(?<![\w.'\"])([0-9]+(?:_[0-9]+)+)(?![\w'\"])")
_SHOWN = 60
_TOO_DEEP = "nested too deeply to be read"


class Unresolvable(Exception):
    """The SQL cannot be read: why, and the line in it, counted from 1."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason, line)
        self.reason = reason
        self.line = line

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


def parsed_query(sql: str, dialect: str, holes: Mapping[str, Hole]) -> exp.Expr:
    """The query in a text. Raises Unresolvable where there is none.

    It is the last statement, where all before it only set things up; of a statement that creates or fills a table, the
    query that it does so with.
    """
    statements = [one for one in _parsed(sql, dialect, holes) if one is not None]
    statements = [one for one in statements if not _is_harmless(one)] or statements[:1]
    if not statements:
        raise Unresolvable("there is no SQL in it", 1)
    if len(statements) > 1:
        raise Unresolvable(f"{len(statements)} statements, where one query is expected", _line(statements[1]))
    return _query_in(statements[0], holes)


def _query_in(statement: exp.Expr, holes: Mapping[str, Hole]) -> exp.Expr:
    node = statement
    while isinstance(node, (exp.Create, exp.Insert, exp.Cache)) and isinstance(node.expression, exp.Expr):
        with_ = node.args.get("with_")
        node = node.expression
        if isinstance(with_, exp.With) and isinstance(node, exp.Query) and not node.args.get("with_"):
            node.set("with_", with_)
    if isinstance(node, (exp.Query, exp.Values, exp.Pivot)):
        return node
    line = _line(node)
    text = node.sql() if isinstance(node, (exp.Column, exp.Alias, exp.Anonymous)) else node.name
    if hole := hole_in(text, {token.lower(): one for token, one in holes.items()}):
        raise Unresolvable(f"{hole.name}: {hole.reason}", line)
    raise Unresolvable(f"{node.key.upper()} is no query", line)


def _is_harmless(statement: exp.Expr) -> bool:
    if isinstance(statement, exp.Create):
        return str(statement.args.get("kind") or "").upper() in ("FUNCTION", "MACRO", "SCHEMA")
    if isinstance(statement, exp.Command):
        return str(statement.this).upper() in ("SET", "USE", "DECLARE", "ALTER SESSION")
    return isinstance(statement, _HARMLESS)


def _parsed(sql: str, dialect: str, holes: Mapping[str, Hole]) -> list[exp.Expr | None]:
    text = sql.removeprefix("\ufeff")
    try:
        return list(sqlglot.parse(text, read=dialect or None))
    except RecursionError:
        raise Unresolvable(_TOO_DEEP, 1) from None
    except ParseError as error:
        problem = _problem(error, holes)
    except TokenError as error:
        problem = Unresolvable(f"this SQL does not parse: {_first_line(error)}", _line_said(str(error)))
    except (SqlglotError, ValueError, AttributeError, TypeError, IndexError, KeyError, AssertionError) as error:
        # sqlglot's parser trips over some malformed input instead of refusing it.
        problem = Unresolvable(f"this SQL does not parse: {_first_line(error)}", 1)
    if (mended := _DIGITS.sub(lambda match: match[1].replace("_", ""), text)) != text:
        # Digit separators, which sqlglot does not know in every dialect that has them.
        return _parsed(mended, dialect, holes)
    raise problem


def _problem(error: ParseError, holes: Mapping[str, Hole]) -> Unresolvable:
    details = error.errors[0] if error.errors else {}
    line = details.get("line") or 1
    before, at, after = (str(details.get(name) or "") for name in ("start_context", "highlight", "end_context"))
    near = hole_in(at, holes) or _nearest_hole(before, after, holes)
    if near is not None:
        return Unresolvable(f"{near.name}: {near.reason}", int(line))
    words = " ".join(str(details.get("description") or _first_line(error)).split())
    shown = f" near {at[:_SHOWN]!r}" if at else ""
    return Unresolvable(f"this SQL does not parse: {words}{shown}", int(line))


def _nearest_hole(before: str, after: str, holes: Mapping[str, Hole]) -> Hole | None:
    """The hole next to where parsing stopped: what stands there in truth is the likeliest reason."""
    start = before.lower().rfind(HOLE_TOKEN, max(0, len(before) - _SHOWN))
    if start >= 0:
        return hole_in(before[start:], holes)
    end = after.lower().find(HOLE_TOKEN, 0, _SHOWN)
    return hole_in(after[end:], holes) if end >= 0 else None


def _first_line(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return text.splitlines()[0][:200]


def _line_said(text: str) -> int:
    match = re.search(r"[Ll]ine (\d+)", text)
    return int(match[1]) if match else 1


def _line(node: exp.Expr) -> int:
    for one in node.walk():
        line = one.meta.get("line")
        if isinstance(line, int):
            return line
    return 1
