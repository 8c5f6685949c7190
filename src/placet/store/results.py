"""Results that are dear to make again, under a digest of what they were made from, up to a size."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, delete, func, or_, select, update

from placet.store import tables
from placet.store.upsert import keep_first

UNUSED = timedelta(days=30)
MAX_BYTES = 1_000_000_000
MAX_RESULT_BYTES = 64_000_000
_ROWS_AT_ONCE = 200


def cached(connection: Connection, kind: str, key: str) -> bytes | None:
    """The result, if it is kept."""
    table = tables.blob_result
    data = connection.execute(select(table.c.data).where(table.c.kind == kind, table.c.key == key)).scalar_one_or_none()
    return None if data is None else zlib.decompress(data)


def keep(connection: Connection, kind: str, key: str, packed: bytes, now: datetime) -> None:
    """Keep a packed result; keeping it again changes nothing."""
    keep_first(
        connection,
        tables.blob_result,
        [{"kind": kind, "key": key, "data": packed, "size": len(packed), "used_at": now}],
    )


def packed(data: bytes) -> bytes | None:
    """The result as it is kept; None where it is too large to be."""
    small = zlib.compress(data, 1)
    return small if len(small) <= MAX_RESULT_BYTES else None


def touch(connection: Connection, used: Iterable[tuple[str, str]], now: datetime) -> None:
    """Note that these results were used."""
    table = tables.blob_result
    for kind, key in sorted(used):
        connection.execute(update(table).where(table.c.kind == kind, table.c.key == key).values(used_at=now))


def prune(connection: Connection, now: datetime, max_bytes: int) -> int:
    """Remove what nobody used for long, then what was used longest ago until the rest is small enough; how many."""
    table = tables.blob_result
    removed = connection.execute(delete(table).where(table.c.used_at < now - UNUSED)).rowcount
    total: int = connection.execute(select(func.coalesce(func.sum(table.c.size), 0))).scalar_one()
    while total > max_bytes:
        oldest = connection.execute(
            select(table.c.kind, table.c.key, table.c.size)
            .order_by(table.c.used_at, table.c.kind, table.c.key)
            .limit(_ROWS_AT_ONCE)
        ).all()
        chosen = []
        for row in oldest:
            if total <= max_bytes:
                break
            chosen.append(and_(table.c.kind == row.kind, table.c.key == row.key))
            total -= row.size
        removed += connection.execute(delete(table).where(or_(*chosen))).rowcount
    return removed
