"""Rendered SQL resolved once for all that it depends on; several renderings of one model taken together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from placet.contracts.model import ColumnRef, Derivation
from placet.readers.dbt.cache import Cache
from placet.readers.dbt.parts import Hole, KnownColumn, KnownRelation, OutputColumn, Rendered, Resolution
from placet.readers.dbt.rendering import TOO_DEEP
from placet.readers.dbt.sql import Unresolvable, resolve
from placet.vocabulary.canonical import text_digest


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a model's SQL gives, with lines of the template; or, without a resolution, why it could not be read.

    ``settled``: conditions that nobody can decide, and that make no difference.
    """

    resolution: Resolution | None
    reason: str = ""
    line: int | None = None
    settled: frozenset[Hole] = frozenset()


def resolved(variant: Rendered, relations: Mapping[str, KnownRelation], dialect: str) -> Resolved:
    """What one rendering gives; never fails: what cannot be resolved says why."""
    key = (variant.sql, dialect, tuple(sorted(relations.items())), tuple(sorted(variant.holes.items())), variant.lines)
    known = _KEPT.get(key)
    if known is None:
        known = _worked_out(variant, relations, dialect)
        _KEPT.put(key, known)
    return known


def resolved_by_name(
    variant: Rendered, relations: Mapping[str, KnownRelation], dialect: str, incomplete: Collection[str]
) -> Resolved:
    """As ``resolved``, where the lists of columns of some relations (by key) may not be complete.

    A star over such a relation gives what is listed and what the query itself names of it besides.
    """
    closed = resolved(variant, relations, dialect)
    if closed.resolution is None or not closed.resolution.reasons or not incomplete:
        return closed
    opened = {
        token: replace(one, open_ended=True) if one.key in incomplete else one for token, one in relations.items()
    }
    named = resolved(variant, opened, dialect)
    if named.resolution is None:
        return closed
    added = {
        token: _with_columns(one, named.resolution.named) if one.key in incomplete else one
        for token, one in relations.items()
    }
    return closed if added == dict(relations) else resolved(variant, added, dialect)


def together(variants: Sequence[Resolved]) -> Resolved:
    """What several renderings of one model give together: the first one leads, the others add to it.

    A column that they make differently is made of both. One that cannot be resolved leaves the others as they are,
    and its reason with them.
    """
    readable = [one.resolution for one in variants if one.resolution is not None]
    if not readable:
        return variants[0]
    first, *others = readable
    for other in others:
        first = _joined(first, other)
    broken = next((one for one in variants if one.resolution is None), None)
    if broken is None:
        return Resolved(first)
    return Resolved(
        replace(
            first,
            reasons=(broken.reason, *first.reasons),
            reason_lines=(broken.line or 0, *first.reason_lines),
            open_ended=True,
        )
    )


def _size(known: Resolved) -> int:
    if known.resolution is None:
        return 500
    made = [column.derivation for column in known.resolution.columns if column.derivation is not None]
    made += [part.derivation for part in known.resolution.rows]
    return 1_000 + sum(300 + len(one.template) + len(one.text) + 100 * len(one.inputs) for one in made)


_KEPT = Cache[Resolved](250_000_000, _size)


def _worked_out(variant: Rendered, relations: Mapping[str, KnownRelation], dialect: str) -> Resolved:
    try:
        found = resolve(variant.sql, dialect=dialect, relations=relations, holes=variant.holes)
    except Unresolvable as error:
        return Resolved(None, error.reason, _line(variant, error.line))
    except RecursionError:
        return Resolved(None, TOO_DEEP)
    columns = tuple(_placed(column, _line(variant, column.line) or 1) for column in found.columns)
    rows = tuple(replace(part, line=_line(variant, part.line) or 0) if part.line else part for part in found.rows)
    lines = tuple(_line(variant, line) or 0 if line else 0 for line in found.reason_lines)
    return Resolved(replace(found, columns=columns, rows=rows, reason_lines=lines))


def _with_columns(relation: KnownRelation, named: Iterable[ColumnRef]) -> KnownRelation:
    """The relation with the columns that are named of it added to those that are listed."""
    listed = {column.key for column in relation.columns}
    added = {ref.column for ref in named if ref.asset == relation.key and ref.column} - listed
    more = tuple(KnownColumn(name, name) for name in sorted(added))
    return replace(relation, columns=relation.columns + more)


def _placed(column: OutputColumn, line: int) -> OutputColumn:
    return column if column.line == line else replace(column, line=line)


def _line(variant: Rendered, line: int | None) -> int | None:
    if line is None or not variant.lines:
        return line
    return variant.lines[min(max(line, 1), len(variant.lines)) - 1]


def _joined(first: Resolution, other: Resolution) -> Resolution:
    others = {column.key: column for column in other.columns}
    columns = [_both(column, others.pop(column.key, None)) for column in first.columns]
    reasons = dict(zip(other.reasons, other.reason_lines, strict=True))
    reasons = dict(zip(first.reasons, first.reason_lines, strict=True)) | reasons
    return Resolution(
        columns=(*columns, *others.values()),
        rows=tuple(dict.fromkeys((*first.rows, *other.rows))),
        reads=tuple(sorted({*first.reads, *other.reads})),
        reads_all=tuple(sorted({*first.reads_all, *other.reads_all})),
        open_ended=first.open_ended or other.open_ended,
        reasons=tuple(reasons),
        reason_lines=tuple(reasons.values()),
        named=tuple(sorted({*first.named, *other.named})),
        compared=tuple(sorted({*first.compared, *other.compared})),
        positional=tuple(sorted({*first.positional, *other.positional})),
        branches=tuple(dict.fromkeys((*first.branches, *other.branches))),
    )


def _both(column: OutputColumn, other: OutputColumn | None) -> OutputColumn:
    if other is None or column.derivation == other.derivation:
        return column
    if column.derivation is None or other.derivation is None:
        inputs = tuple(sorted({*_inputs(column), *_inputs(other)}))
        return replace(column, derivation=None, hole=column.hole or other.hole, inputs=inputs)
    one, two = column.derivation, other.derivation
    both = Derivation(
        template=f"either:{text_digest(one.template, str(len(one.inputs)), two.template)}",
        inputs=one.inputs + two.inputs,
        text=one.text,
        constant=one.constant and two.constant,
    )
    return replace(column, derivation=both, type=column.type if column.type == other.type else None)


def _inputs(column: OutputColumn) -> tuple[ColumnRef, ...]:
    return column.derivation.inputs if column.derivation is not None else column.inputs
