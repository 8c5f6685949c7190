"""Deliveries as they came, and what they said once somebody had looked into them."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, or_, select, update

from placet.app.ports import Delivery
from placet.app.snapshot import HeadHint, Heard, Routed, Utterance, WorkKey
from placet.proposals.model import SourceKind
from placet.store import repositories, tables, work_keys
from placet.store.upsert import change, keep_first
from placet.store.utterances import document_of, utterance_from
from placet.vocabulary.canonical import digest_of

KEPT = timedelta(days=30)
# Compressed; what they say is several times as much.
BYTES_AT_ONCE = 4_000_000


def receive(connection: Connection, deliveries: Sequence[Delivery]) -> list[bool]:
    """Keep deliveries; for each, False where its guid is held already and was processed."""
    table = tables.delivery
    guids = {one.guid for one in deliveries}
    rows = connection.execute(select(table.c.guid, table.c.processed_at, table.c.error).where(table.c.guid.in_(guids)))
    held = {row.guid: row for row in rows}
    keep_first(connection, table, [_row(one) for one in deliveries if one.guid not in held])
    # One that could not be understood and is sent again is worth another look: Placet may have learned since.
    revived = [row.guid for row in held.values() if row.error is not None]
    if revived:
        connection.execute(update(table).where(table.c.guid.in_(revived)).values(processed_at=None, error=None))
    done = {row.guid for row in held.values() if row.processed_at is not None and row.error is None}
    return [one.guid not in done for one in deliveries]


def _row(delivery: Delivery) -> dict[str, Any]:
    return {
        "guid": delivery.guid,
        "event": delivery.event,
        "payload": zlib.compress(delivery.payload, 1),
        "received_at": delivery.received_at,
    }


def unprocessed(connection: Connection, limit: int) -> tuple[Delivery, ...]:
    """The oldest deliveries that nobody has looked into; fewer than the limit where they are large, but one at least.

    A payload may have 25 MB: the size bounds what is held at once, not the number.
    """
    table = tables.delivery
    waiting = select(table.c.id, func.length(table.c.payload).label("size")).where(table.c.processed_at.is_(None))
    chosen: list[int] = []
    total = 0
    for row in connection.execute(waiting.order_by(table.c.id).limit(limit)):
        total += row.size
        if chosen and total > BYTES_AT_ONCE:
            break
        chosen.append(row.id)
    rows = connection.execute(select(table).where(table.c.id.in_(chosen)).order_by(table.c.id))
    return tuple(Delivery(row.guid, row.event, zlib.decompress(row.payload), row.received_at) for row in rows)


def processed(connection: Connection, guid: str, routed: Routed, now: datetime) -> None:
    """Mark a delivery done and keep what it said; one that is done already changes nothing."""
    if not _settle(connection, guid, now, None):
        return
    hint(connection, routed.head_hints)
    _hear(connection, (*routed.heard, *_pressed(connection, routed)))
    repositories.forget(connection, routed.forgotten_repositories, routed.forgotten_installations, now)
    repositories.save(connection, routed.repositories, now)
    work_keys.mark(connection, (*routed.keys, *_keys_of_heads(connection, routed.heads)), now)


def dead(connection: Connection, guid: str, error: str, now: datetime) -> None:
    """Set a delivery aside with its error."""
    _settle(connection, guid, now, error)


def heard(connection: Connection, repository_id: int, number: int) -> tuple[Utterance, ...]:
    """What deliveries told of a pull request, in order of time."""
    table = tables.heard
    rows = connection.execute(
        select(table.c.utterance)
        .where(table.c.repository_id == repository_id, table.c.number == number)
        .order_by(table.c.at, table.c.id)
    )
    return tuple(utterance_from(row.utterance) for row in rows)


def head_hint(connection: Connection, repository_id: int, number: int) -> tuple[str, datetime] | None:
    """The newest head that a delivery named, and when it was that."""
    table = tables.head_hint
    row = connection.execute(
        select(table).where(table.c.repository_id == repository_id, table.c.number == number)
    ).one_or_none()
    return None if row is None else (row.head_sha, row.updated_at)


def prune(connection: Connection, now: datetime) -> int:
    """Remove deliveries that were dealt with and that GitHub cannot send again; how many."""
    table = tables.delivery
    old = delete(table).where(table.c.received_at < now - KEPT, table.c.processed_at.is_not(None))
    return connection.execute(old).rowcount


def _keys_of_heads(connection: Connection, heads: Sequence[tuple[int, str]]) -> Iterator[WorkKey]:
    for repository_id, sha in heads:
        yield from (WorkKey.pull(repository_id, number) for number in pulls_at(connection, repository_id, sha))


def _pressed(connection: Connection, routed: Routed) -> Iterator[Heard]:
    """A press counts only where its commit is the head of exactly one pull request; a check in our name on each."""
    for press in routed.presses:
        numbers = pulls_at(connection, press.repository_id, press.head_sha)
        if len(numbers) == 1 or press.utterance.kind is SourceKind.CHECK:
            yield from (Heard(press.repository_id, number, press.utterance) for number in numbers)


def pulls_at(connection: Connection, repository_id: int, sha: str) -> list[int]:
    """The numbers of the pull requests whose head that commit was when they were last heard of, in order."""
    table = tables.head_hint
    rows = connection.execute(
        select(table.c.number)
        .where(table.c.repository_id == repository_id, table.c.head_sha == sha)
        .order_by(table.c.number)
    )
    return [row.number for row in rows]


def _settle(connection: Connection, guid: str, now: datetime, error: str | None) -> bool:
    table = tables.delivery
    settled = (
        update(table)
        .where(table.c.guid == guid, or_(table.c.processed_at.is_(None), table.c.error.is_not(None)))
        .values(processed_at=now, error=error)
    )
    return connection.execute(settled).rowcount == 1


def _hear(connection: Connection, heard: Sequence[Heard]) -> None:
    rows = []
    for one in heard:
        document = document_of(one.utterance)
        rows.append(
            {
                "repository_id": one.repository_id,
                "number": one.number,
                "at": one.utterance.at,
                "digest": digest_of(document),
                "utterance": document,
            }
        )
    keep_first(connection, tables.heard, rows)


def hint(connection: Connection, hints: Sequence[HeadHint]) -> None:
    """Remember what pull requests' heads are, the newest of each."""
    rows = [
        {
            "repository_id": one.repository_id,
            "number": one.number,
            "head_sha": one.head_sha,
            "updated_at": one.updated_at,
        }
        for one in hints
    ]
    change(
        connection,
        tables.head_hint,
        rows,
        ("repository_id", "number"),
        lambda new: {"head_sha": new.head_sha, "updated_at": new.updated_at},
        where=lambda new: new.updated_at >= tables.head_hint.c.updated_at,
    )
