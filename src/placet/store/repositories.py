"""The repositories that installations cover."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Row, case, or_, select, update

from placet.app.snapshot import Repository
from placet.store import tables
from placet.store.upsert import change


def save(connection: Connection, repositories: Sequence[Repository], now: datetime) -> None:
    """Remember repositories, or what they are called now; one that was forgotten is covered again, from now on."""
    table = tables.repository
    rows = [
        {
            "id": one.id,
            "installation_id": one.installation_id,
            "owner_id": one.owner_id,
            "owner": one.owner,
            "name": one.name,
            "default_branch": one.default_branch,
            "owner_is_organisation": one.owner_is_organisation,
            "forgotten_at": None,
            "covered_since": one.covered_since or now,
        }
        for one in repositories
    ]
    labels = ("installation_id", "owner_id", "owner", "name", "default_branch", "owner_is_organisation", "forgotten_at")
    change(
        connection,
        table,
        rows,
        ("id",),
        lambda new: {
            **{label: new[label] for label in labels},
            "covered_since": case((table.c.forgotten_at.is_(None), table.c.covered_since), else_=new.covered_since),
        },
    )


def forget(
    connection: Connection, repository_ids: Sequence[int], installation_ids: Sequence[int], now: datetime
) -> None:
    """No installation covers them any more; what is known of them stays."""
    if not repository_ids and not installation_ids:
        return
    table = tables.repository
    gone = or_(table.c.id.in_(repository_ids), table.c.installation_id.in_(installation_ids))
    connection.execute(update(table).where(gone, table.c.forgotten_at.is_(None)).values(forgotten_at=now))


def one(connection: Connection, repository_id: int) -> Repository | None:
    """The repository, if an installation covers it."""
    table = tables.repository
    row = connection.execute(
        select(table).where(table.c.id == repository_id, table.c.forgotten_at.is_(None))
    ).one_or_none()
    return None if row is None else _repository(row)


def covered(connection: Connection) -> tuple[Repository, ...]:
    """All repositories that an installation covers, by id."""
    table = tables.repository
    rows = connection.execute(select(table).where(table.c.forgotten_at.is_(None)).order_by(table.c.id))
    return tuple(_repository(row) for row in rows)


def _repository(row: Row[tuple[object, ...]]) -> Repository:
    return Repository(
        id=row.id,
        installation_id=row.installation_id,
        owner_id=row.owner_id,
        owner=row.owner,
        name=row.name,
        default_branch=row.default_branch,
        owner_is_organisation=row.owner_is_organisation,
        covered_since=row.covered_since,
    )
