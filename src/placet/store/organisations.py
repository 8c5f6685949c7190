"""Organisations' policy files as they were read last: one that cannot be read just now is not an absent one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from placet.app.snapshot import OrganisationFile
from placet.store import tables
from placet.store.upsert import overwrite


def remember(connection: Connection, owner_id: int, data: bytes | None, now: datetime) -> None:
    """Remember what the file holds; None where there is none."""
    overwrite(
        connection, tables.organisation_file, [{"owner_id": owner_id, "data": data, "read_at": now}], ["owner_id"]
    )


def remembered(connection: Connection, owner_id: int) -> OrganisationFile | None:
    """The file as it was read last; None where it was never read."""
    table = tables.organisation_file
    row = connection.execute(select(table.c.data).where(table.c.owner_id == owner_id)).one_or_none()
    return None if row is None else OrganisationFile(data=row.data)
