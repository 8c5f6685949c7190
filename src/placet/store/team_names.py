"""What names of teams stood for when they last did, by the account that they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select

from placet.store import tables
from placet.store.upsert import overwrite


def remember(connection: Connection, owner_id: int, teams: Mapping[str, str]) -> None:
    """Remember the identities that names stand for now."""
    rows = [{"owner_id": owner_id, "name": name, "team": team} for name, team in sorted(teams.items())]
    overwrite(connection, tables.team_name, rows, ("owner_id", "name"))


def remembered(connection: Connection, owner_id: int, names: Iterable[str]) -> dict[str, str]:
    """The identities of those names that ever stood for a team."""
    table = tables.team_name
    rows = connection.execute(select(table.c.name, table.c.team).where(table.c.owner_id == owner_id))
    wanted = set(names)
    return {row.name: row.team for row in rows if row.name in wanted}
