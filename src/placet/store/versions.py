"""The contract versions that stand, by asset and branch."""

from __future__ import annotations

from sqlalchemy import Connection, func, insert, select

from placet.app.ports import PublishedVersion
from placet.errors import Unavailable
from placet.store import tables
from placet.store.upsert import keep_first


def add(connection: Connection, repository_id: int, version: PublishedVersion) -> None:
    """Add a version; one that is there already with the same content changes nothing.

    Raises Unavailable where the version is there with another content: whoever computed it looked too early.
    """
    table = tables.contract_version
    asset_id = _asset_id(connection, repository_id, version.asset)
    held = connection.execute(
        select(table.c.digest)
        .where(table.c.asset_id == asset_id, table.c.branch == version.branch)
        .where(table.c.version == version.version)
    ).scalar_one_or_none()
    if held == version.digest:
        return
    if held is not None:
        raise Unavailable(
            f"version {version.version} of {version.asset} on {version.branch} was just published with another content",
            code="version_taken",
        )
    connection.execute(
        insert(table).values(
            asset_id=asset_id,
            branch=version.branch,
            version=version.version,
            digest=version.digest,
            commit_sha=version.commit,
            at=version.at,
        )
    )


def newest(connection: Connection, repository_id: int, branch: str) -> tuple[PublishedVersion, ...]:
    """The version of each asset that was published last on a branch, by the asset's key."""
    table, asset = tables.contract_version, tables.asset
    last = (
        select(func.max(table.c.id))
        .join(asset, asset.c.id == table.c.asset_id)
        .where(asset.c.repository_id == repository_id, table.c.branch == branch)
        .group_by(table.c.asset_id)
    )
    rows = connection.execute(
        select(asset.c.key, table)
        .join(asset, asset.c.id == table.c.asset_id)
        .where(table.c.id.in_(last))
        .order_by(asset.c.key)
    )
    return tuple(PublishedVersion(row.key, row.branch, row.version, row.digest, row.commit_sha, row.at) for row in rows)


def _asset_id(connection: Connection, repository_id: int, key: str) -> int:
    table = tables.asset
    keep_first(connection, table, [{"repository_id": repository_id, "key": key}])
    asset_id: int = connection.execute(
        select(table.c.id).where(table.c.repository_id == repository_id, table.c.key == key)
    ).scalar_one()
    return asset_id
