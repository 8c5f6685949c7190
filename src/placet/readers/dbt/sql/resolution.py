"""The resolution of one SQL statement: what it gives, what that is made from, and which rows come out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError

from placet.contracts.model import Derivation, RowPart
from placet.readers.dbt.parts import HOLE_TOKEN, RELATION_TOKEN, Hole, KnownRelation, OutputColumn, Resolution
from placet.readers.dbt.sql import calls, columns, literals, operators, subqueries
from placet.readers.dbt.sql.parsing import Unresolvable, line_of, parsed_query
from placet.readers.dbt.sql.queries import Queries
from placet.readers.dbt.sql.scope import Reading
from placet.readers.dbt.sql.tables import Field, Part, Reason, Table, rows_of, walk
from placet.readers.dbt.sql.values import Value, hole_value
from placet.vocabulary.words import RowPartKind

_LONGEST_TEXT = 200
_READERS = {**literals.READERS, **operators.READERS, **calls.READERS, **columns.READERS, **subqueries.READERS}
_TOKENS = re.compile(rf"(?i)\b(?:{RELATION_TOKEN}|{HOLE_TOKEN})[0-9]+")


def resolve(sql: str, *, dialect: str, relations: Mapping[str, KnownRelation], holes: Mapping[str, Hole]) -> Resolution:
    """What a rendered query gives and reads, column by column, without a database.

    ``relations`` and ``holes`` are what the tokens in the SQL stand for. Whatever is not known becomes a hole in the
    columns that depend on it; raises Unresolvable, with reason and line, where there is no query to be read at all.
    """
    try:
        Dialect.get_or_raise(dialect or None)
    except ValueError:
        raise Unresolvable(f"the SQL dialect {dialect} is not known", 1) from None
    parsed = parsed_query(sql, dialect, holes)
    by_token = {token.lower(): relation for token, relation in relations.items()}
    reading = Reading(parsed.text, dialect, by_token, holes, _READERS)
    reading.query = Queries(reading).table
    try:
        table = reading.query(parsed.query, None, None, None)
        if parsed.passed_over:
            table = _with_holes(table, parsed.passed_over)
        return _Outcome(table, reading).resolution()
    except RecursionError:
        raise Unresolvable("nested too deeply to be read", 1) from None


def _with_holes(table: Table, holes: Sequence[tuple[Hole, int]]) -> Table:
    """The table of a query in which clauses are holes: they may shape its rows, and read whatever it reads."""
    result = Table(table.listed(), table.opens)
    result.star_line = table.star_line
    result.ordered_by = table.ordered_by
    result.below = [table]
    for hole, line in holes:
        value = hole_value(hole.name, hole.reason)
        value.said = f"{{{{ {hole.name} }}}}"
        result.parts.append(Part(RowPartKind.FILTER, value))
        result.reasons.append(Reason(hole.reason, line))
    result.reads_all = {one.key for one in walk(table, beside=True) if one.key}
    return result


class _Outcome:
    """Turns the table of the whole query into a resolution."""

    def __init__(self, table: Table, reading: Reading) -> None:
        self._table = table
        self._reading = reading
        self._generator = Dialect.get_or_raise(reading.dialect or None).generator(comments=False)
        self._texts: dict[int, str] = {}
        self._names = {token: relation.identifier for token, relation in reading.relations.items()}
        self._names |= {token: f"{{{{ {hole.name} }}}}" for token, hole in reading.holes.items()}

    def resolution(self) -> Resolution:
        used = list(walk(self._table, beside=True))
        rows = rows_of(self._table)
        reasons = [reason for table in used for reason in table.reasons]
        columns: dict[str, OutputColumn] = {}
        for field in self._table.listed():
            # A name that comes twice cannot be stored twice: the first one stays.
            if field.key not in columns:
                columns[field.key] = self._column(field)
        reasons += [Reason(column.hole, column.line) for column in columns.values() if column.hole]
        reasons += [Reason(part.value.hole, 0) for part in rows if part.value.hole]
        reasons += [Reason(opened.reason, self._table.star_line) for opened in self._table.opens]
        lines: dict[str, int] = {}
        for reason in reasons:
            lines[reason.text] = lines.get(reason.text) or reason.line
        return Resolution(
            columns=tuple(columns.values()),
            rows=tuple(self._row(part) for part in rows),
            reads=tuple(sorted({table.key for table in used if table.key})),
            reads_all=tuple(sorted({key for table in used for key in table.reads_all})),
            open_ended=bool(self._table.opens),
            reasons=tuple(lines),
            reason_lines=tuple(lines.values()),
            named=tuple(sorted({ref for table in used for ref in table.named if ref.column})),
            compared=tuple(sorted({pair for table in used for pair in table.compared})),
            branches=(self._table.branches.derivation(""),) if self._table.branches is not None else (),
            positional=tuple(sorted({key for table in used for key in table.positional})),
        )

    def _column(self, field: Field) -> OutputColumn:
        value = field.value
        line = field.line or self._table.star_line or 1
        if value.hole:
            return OutputColumn(field.name, field.key, value.type, None, value.hole, line, value.inputs)
        return OutputColumn(
            field.name, field.key, value.type, value.derivation(self._text(value)), "", line, value.inputs
        )

    def _row(self, part: Part) -> RowPart:
        value = part.value
        line = line_of(value.said) if isinstance(value.said, exp.Expr) else 0
        if part.kind is RowPartKind.FROM:
            return RowPart(part.kind, Derivation("rows", value.inputs, part.words), line)
        text = self._text(value)
        words = self._named_plainly(part.words)
        words = f"{words} on {text}" if words and text else words or text
        return RowPart(part.kind, value.derivation(_cut(words)), line)

    def _text(self, value: Value) -> str:
        """The expression for people, on one line, with names instead of tokens."""
        said = value.said
        if said is None:
            return ""
        if isinstance(said, str):
            return said
        if id(said) not in self._texts:
            self._texts[id(said)] = self._written(said)
        return self._texts[id(said)]

    def _written(self, said: exp.Expr) -> str:
        try:
            # Nobody needs the tree after its text, so that it need not be copied.
            text = self._generator.generate(said, copy=False)
        except (SqlglotError, RecursionError, ValueError, AttributeError, TypeError):
            return ""
        return _cut(self._named_plainly(" ".join(text.split())))

    def _named_plainly(self, text: str) -> str:
        if "placet_" not in text.lower():
            return text
        return _TOKENS.sub(lambda match: self._names.get(match[0].lower(), match[0]), text)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"
