"""Where the database lies, for commands that need no other setting."""

from __future__ import annotations

import click

from placet.settings import load_database_settings, unknown_variables


def database_address() -> str:
    """The database's address; variables that are no settings are told on stderr. Raises Refused where one is wrong."""
    for sentence in unknown_variables():
        click.echo(f"placet: {sentence}", err=True)
    return load_database_settings().database
