"""Parsing: from text to the one query that it holds, or to the reason why it holds none."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import sqlglot
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ParseError, SqlglotError, TokenError

from placet.readers.dbt.parts import HOLE_TOKEN, Hole
from placet.readers.dbt.sql.names import hole_in

# What it cannot parse, sqlglot takes for a command and says so in its log; here that becomes the asset's reason.
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)

_HARMLESS = (exp.Set, exp.Use, exp.Semicolon, exp.Declare, exp.Pragma, exp.Comment)
_DIGITS = re.compile(r"(?<![\w.'\"])([0-9]+(?:_[0-9]+)+)(?![\w'\"])")
_HOLE = re.compile(rf"(?i){HOLE_TOKEN}[0-9]+")
# The last hole before a place, and the character before it.
_HOLE_BEFORE = re.compile(rf"(?is)(^|\S)\s*({HOLE_TOKEN}[0-9]+)\s*\Z")
_CLAUSE_AFTER = re.compile(
    r"(?i)\s*(?:\Z|\)|;|(?:where|group|having|qualify|order|limit|union|except|intersect|join|left|right|inner|full|"
    rf"cross|select|with|window|{HOLE_TOKEN}[0-9]+)\b)"
)
_MOST_PASSED_OVER = 8
_VALUE = re.compile(r"(?i):(\s*)value(?=\s*[,)])")
# Spark lets a column be called so.
_VALUES = re.compile(r"(?i)(?<=[(,\s])values(?=\s*[),])")
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


@dataclass(frozen=True, slots=True)
class Parsed:
    """The query of a text.

    ``text`` is the text as it was parsed, with the same lines and offsets; ``passed_over`` are the holes that stand
    where a clause may stand and nothing else, and were left out, with their lines.
    """

    query: exp.Expr
    text: str
    passed_over: tuple[tuple[Hole, int], ...] = ()


def parsed_query(sql: str, dialect: str, holes: Mapping[str, Hole]) -> Parsed:
    """The query in a text. Raises Unresolvable where there is none.

    It is the last statement, where all before it only set things up; of a statement that creates or fills a table, the
    query that it does so with.
    """
    by_token = {token.lower(): hole for token, hole in holes.items()}
    text = f" {sql[1:]}" if sql.startswith("\ufeff") else sql
    found, text, passed_over = _parsed(text, dialect, by_token)
    statements = [one for one in found if one is not None]
    statements = [one for one in statements if not _is_harmless(one)] or statements[:1]
    if not statements:
        raise Unresolvable("there is no SQL in it", 1)
    if len(statements) > 1:
        raise Unresolvable(f"{len(statements)} statements, where one query is expected", _line(statements[1]))
    return Parsed(_query_in(statements[0], by_token), text, passed_over)


def _mended(text: str, dialect: str) -> str:
    """The text without what sqlglot cannot parse: digit separators, ``json_object(key : value)``, ``values``."""
    text = _DIGITS.sub(_without_separators, text)
    if dialect in ("spark", "databricks", "hive"):
        return _VALUES.sub("`values`", text)
    return _VALUE.sub(r':\1"value"', text) if dialect in ("trino", "presto", "athena") else text


def _without_separators(match: re.Match[str]) -> str:
    return match[0].replace("_", "").ljust(len(match[0]))


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
    if hole := hole_in(text, holes):
        raise Unresolvable(f"{hole.name}: {hole.reason}", line)
    raise Unresolvable(f"{node.key.upper()} is no query", line)


def _is_harmless(statement: exp.Expr) -> bool:
    if isinstance(statement, exp.Create):
        return str(statement.args.get("kind") or "").upper() in ("FUNCTION", "MACRO", "SCHEMA")
    if isinstance(statement, exp.Command):
        return str(statement.this).upper() in ("SET", "USE", "DECLARE", "ALTER SESSION")
    return isinstance(statement, _HARMLESS)


def _parsed(
    text: str, dialect: str, holes: Mapping[str, Hole]
) -> tuple[list[exp.Expr | None], str, tuple[tuple[Hole, int], ...]]:
    passed_over: list[tuple[Hole, int]] = []
    first: Unresolvable | None = None
    while True:
        try:
            return list(sqlglot.parse(text, read=_read_as(dialect))), text, tuple(passed_over)
        except RecursionError:
            raise Unresolvable(_TOO_DEEP, 1) from None
        except ParseError as error:
            mended = _mended(text, dialect) if first is None else text
            first = first or _problem(error, holes)
            if mended != text:
                text = mended
                continue
            place = _clause_hole(error, text) if holes and len(passed_over) < _MOST_PASSED_OVER else None
            hole = holes.get(text[place].lower()) if place is not None else None
            if place is None or hole is None:
                raise first from None
            passed_over.append((hole, text.count("\n", 0, place.start) + 1))
            text = text[: place.start] + " " * (place.stop - place.start) + text[place.stop :]
        except TokenError as error:
            raise Unresolvable(f"this SQL does not parse: {_first_line(error)}", _line_said(str(error))) from None
        except (SqlglotError, ValueError, AttributeError, TypeError, IndexError, KeyError, AssertionError) as error:
            # sqlglot's parser trips over some malformed input instead of refusing it.
            raise first or Unresolvable(f"this SQL does not parse: {_first_line(error)}", 1) from None


@cache
def _read_as(dialect: str) -> Dialect:
    """The dialect to parse by. A bare UNION, which BigQuery refuses, is read as what other dialects take it for."""
    found = Dialect.get_or_raise(dialect or None)
    found.SET_OP_DISTINCT_BY_DEFAULT = {
        kind: True if distinct is None else distinct for kind, distinct in found.SET_OP_DISTINCT_BY_DEFAULT.items()
    }
    return found


def _clause_hole(error: ParseError, text: str) -> slice | None:
    """Where the hole stands that stopped the parser, if it can only be a clause, or what comes before a query."""
    details = error.errors[0] if error.errors else {}
    line, column = details.get("line"), details.get("col")
    if not isinstance(line, int) or not isinstance(column, int):
        return None
    start = sum(len(one) for one in text.splitlines(keepends=True)[: line - 1])
    at = str(details.get("highlight") or "")
    end = start + column
    if at and _HOLE.fullmatch(at) and text[end - len(at) : end] == at:
        place = slice(end - len(at), end)
    elif before := _HOLE_BEFORE.search(text[: max(end - len(at), 0)]):
        if before[1].strip() not in ("", ")", ";"):
            return None
        place = slice(before.start(2), before.end(2))
    else:
        return None
    return place if _CLAUSE_AFTER.match(text, place.stop) and _is_in_query(text[: place.start]) else None


def _is_in_query(before: str) -> bool:
    """Whether a place lies in no brackets but those around a query."""
    depth = 0
    for position in range(len(before) - 1, -1, -1):
        if before[position] == ")":
            depth += 1
        elif before[position] == "(":
            if depth == 0:
                return re.match(r"\s*(?:select|with)\b", before[position + 1 :], re.IGNORECASE) is not None
            depth -= 1
    return True


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


def line_of(node: exp.Expr | None) -> int:
    """The line of a tree in the SQL, counted from 1; 0 where there is none.

    It is its own, else that of the first name or literal in it.
    """
    waiting: list[exp.Expr] = [] if node is None else [node]
    while waiting:
        one = waiting.pop(0)
        line = one.meta.get("line")
        if isinstance(line, int):
            return line
        waiting[:0] = list(one.iter_expressions())
    return 0
