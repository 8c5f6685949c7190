"""``placet demo``: the whole story on this machine."""

from __future__ import annotations

import click

from placet.cli.catalogue import Command


@click.command("demo", cls=Command)
@click.option("--headless", is_flag=True, help="Play all answers too, and fail unless the check did what it should.")
def command(*, headless: bool) -> int:
    """Play the whole story, no account needed.

    A simulated GitHub, the real app on SQLite, a real dbt repository, and a pull request that breaks things; each step
    is printed.
    """
    from placet.cli.demo import play  # noqa: PLC0415 - it brings the whole service

    return play(headless=headless)
