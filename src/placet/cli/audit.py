"""``placet audit``: the trail of everything that was decided."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from placet.cli.catalogue import group

if TYPE_CHECKING:
    from placet.store.audit import AuditCheck

command = group("audit", "The audit trail.")


@command.command("verify")
def verify() -> int:
    """Walk the audit trail's chain: whether every row is what was written, and none is missing.

    Exits with 1 where it is not. Where the database lies is said by PLACET_DATABASE_URL or PLACET_DATA_DIR.
    """
    from placet.cli.database_settings import database_address  # noqa: PLC0415 - the help needs none of it

    found = asyncio.run(_verified(database_address()))
    rows = f"{found.head.rows:,} row{'' if found.head.rows == 1 else 's'}"
    if found.problem:
        click.echo(f"The audit trail is broken at {found.problem}. Sound up to there: {rows}, head {found.head.hash}.")
        return 1
    click.echo(f"The audit trail is sound: {rows}, head {found.head.hash}.")
    return 0


async def _verified(address: str) -> AuditCheck:
    from placet.errors import Refused  # noqa: PLC0415 - see above
    from placet.store.backends import backend_of  # noqa: PLC0415 - see above
    from placet.store.store import open_store  # noqa: PLC0415 - see above
    from placet.wiring import SystemClock  # noqa: PLC0415 - see above

    backend = backend_of(address)
    if not backend.exists():
        hint = "PLACET_DATABASE_URL or PLACET_DATA_DIR says where it lies"
        raise Refused(f"there is no database {backend.name}", code="database_url", hint=hint)
    async with open_store(address, SystemClock(), migrates=False) as store:
        return await store.verify_audit()
