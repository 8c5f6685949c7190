"""The audit trail: rows that are only added, each sealed with the digest of itself and of the row before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from placet.app.ports import AuditEntry
from placet.store import tables
from placet.store.columns import storable
from placet.store.locks import serialise
from placet.vocabulary.canonical import digest_of

# What the first row follows.
BEGINNING = "0" * 64
_ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class AuditHead:
    """How many rows there are, and the newest one's hash: who keeps it elsewhere can tell if rows were cut off."""

    rows: int
    hash: str


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """What walking the chain found: the head of its sound part, and the first thing that is wrong (empty: nothing)."""

    head: AuditHead
    problem: str = ""


def append(connection: Connection, entries: Sequence[AuditEntry]) -> None:
    """Add entries; one that is there already, to the microsecond, is not added again."""
    if not entries:
        return
    table = tables.audit
    serialise(connection, "placet audit")
    newest = head(connection)
    for entry in entries:
        body = _body(storable(entry.kind), storable(entry.subject), storable(entry.actor), entry.at, entry.facts)
        digest = digest_of(body)
        if connection.execute(select(table.c.id).where(table.c.entry == digest)).first() is not None:
            continue
        row_id = newest.rows + 1
        seal = _seal(row_id, body, newest.hash)
        connection.execute(
            insert(table).values(
                id=row_id,
                kind=entry.kind,
                subject=entry.subject,
                actor=entry.actor,
                at=entry.at,
                facts=entry.facts,
                entry=digest,
                previous=newest.hash,
                hash=seal,
            )
        )
        newest = AuditHead(row_id, seal)


def head(connection: Connection) -> AuditHead:
    """The newest row's number and hash."""
    table = tables.audit
    newest = select(table.c.id, table.c.hash).order_by(table.c.id.desc()).limit(1)
    row = connection.execute(newest).one_or_none()
    return AuditHead(0, BEGINNING) if row is None else AuditHead(row.id, row.hash)


def check(connection: Connection) -> AuditCheck:
    """Walk the chain from its beginning, up to the first row that does not fit."""
    sound = AuditHead(0, BEGINNING)
    for row in _rows(connection):
        problem = _problem(row, sound)
        if problem:
            return AuditCheck(sound, f"row {sound.rows + 1}: {problem}")
        sound = AuditHead(row.id, row.hash)
    return AuditCheck(sound)


def about(connection: Connection, subject: str) -> tuple[AuditEntry, ...]:
    """The entries on one subject, oldest first."""
    table = tables.audit
    rows = connection.execute(select(table).where(table.c.subject == subject).order_by(table.c.id))
    return tuple(AuditEntry(row.kind, row.subject, row.actor, row.at, row.facts) for row in rows)


def _rows(connection: Connection) -> Iterator[Row[Any]]:
    table = tables.audit
    last = -(2**63)  # whoever put a row in front is to be found as well
    while rows := connection.execute(
        select(table).where(table.c.id > last).order_by(table.c.id).limit(_ROWS_AT_ONCE)
    ).all():
        yield from rows
        last = rows[-1].id


def _problem(row: Row[Any], before: AuditHead) -> str:
    if row.id != before.rows + 1:
        return f"it is missing; the next one is {row.id}"
    if row.previous != before.hash:
        return "it does not follow the row before"
    if row.hash != _seal(row.id, _body(row.kind, row.subject, row.actor, row.at, row.facts), before.hash):
        return "it is not what was written"
    return ""


def _seal(row_id: int, body: dict[str, Any], previous: str) -> str:
    return digest_of({"id": row_id, "previous": previous, **body})


def _body(kind: str, subject: str, actor: str, at: datetime, facts: dict[str, object]) -> dict[str, Any]:
    return {"kind": kind, "subject": subject, "actor": actor, "at": at.astimezone(UTC).isoformat(), "facts": facts}
