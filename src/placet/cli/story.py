"""``placet demo``: the whole story on this machine."""

from __future__ import annotations

from pathlib import Path

import click

from placet.cli.catalogue import Command
from placet.local.git import GitRepository


@click.command("demo", cls=Command)
@click.option("--headless", is_flag=True, help="Play all answers too, and fail unless the check did what it should.")
@click.option("--repo", metavar="DIR", type=click.Path(path_type=Path), help="Play it with this git repository.")
@click.option("--base", metavar="REV", help="With --repo: where the change would be merged to.  [default: its branch]")
@click.option("--head", metavar="REV", help="With --repo: what would be merged.  [default: HEAD]")
def command(*, headless: bool, repo: Path | None, base: str | None, head: str | None) -> int:
    """Play the whole story, no account needed.

    A simulated GitHub, the real app on SQLite, a real dbt repository, and a pull request that breaks things; each step
    is printed. With --repo the pull request is one of your own: what Placet would say to it, and what the answers of
    the teams would do. On a terminal you can act yourself between the steps, in anybody's name: "help" says how.
    """
    from placet.cli.demo import play, play_own  # noqa: PLC0415 - it brings the whole service

    if repo is None:
        if base is not None or head is not None:
            raise click.UsageError("--base and --head need --repo")
        return play(headless=headless)
    repository = GitRepository(repo)
    return play_own(repository, base or repository.default_base(), head or "HEAD", headless=headless)
