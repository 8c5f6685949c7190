"""``placet db``: the database that the service uses."""

from __future__ import annotations

import click

from placet.cli.catalogue import group

command = group("db", "The service's database.")


@command.command("upgrade")
def upgrade() -> int:
    """Bring the database to the tables that this version needs.

    Of an embedded one a copy is kept beside it, named after the revision that it had; stop the service first. Of a
    server's make one with its own tools. Where it lies is said by PLACET_DATABASE_URL or PLACET_DATA_DIR.
    """
    from placet.cli.database_settings import database_address  # noqa: PLC0415 - the help needs none of it
    from placet.store.migrate import upgrade  # noqa: PLC0415 - see above

    done = upgrade(database_address())
    if done.before == done.now:
        click.echo(f"{done.database} is at revision {done.now} already: nothing to do.")
    elif done.before:
        copy = f"; the copy of before is {done.copy}" if done.copy else ""
        click.echo(f"{done.database} went from revision {done.before} to {done.now}{copy}.")
    else:
        click.echo(f"{done.database} is new, at revision {done.now}.")
    return 0
