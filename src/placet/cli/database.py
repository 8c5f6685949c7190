"""``placet db``: the database that the service uses."""

from __future__ import annotations

import click

from placet.cli.catalogue import group

command = group("db", "The service's database.")


@command.command("upgrade")
def upgrade() -> int:
    """Bring the database to the tables that this version needs.

    A copy is kept beside it, named after the revision that it had. Where it lies is said by PLACET_DATABASE_URL or
    PLACET_DATA_DIR. Nobody else may use it meanwhile: stop the service first.
    """
    from placet.cli.database_settings import database_address  # noqa: PLC0415 - the help needs none of it
    from placet.store.migrate import newest_revision, upgrade  # noqa: PLC0415 - see above
    from placet.store.sqlite import file_of  # noqa: PLC0415 - see above

    address = database_address()
    held = upgrade(address)
    newest = newest_revision()
    file = file_of(address)
    if held == newest:
        click.echo(f"{file} is at revision {newest} already: nothing to do.")
    elif held:
        click.echo(f"{file} went from revision {held} to {newest}; the copy of before is {file}.{held}.")
    else:
        click.echo(f"{file} is new, at revision {newest}.")
    return 0
