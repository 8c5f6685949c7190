"""``placet assets``: what Placet understands of a repository."""

from __future__ import annotations

from pathlib import Path

import click

from placet.cli.asset_markdown import assets_markdown
from placet.cli.asset_pages import asset_page, assets_page, state_title
from placet.cli.catalogue import Command
from placet.cli.machine import write_json, write_markdown
from placet.cli.options import Format, artifacts_option, format_option, state_options
from placet.cli.states import state_of
from placet.cli.terminal import Page
from placet.contracts.model import Asset
from placet.local.impact import assets_named
from placet.local.reading import Reading


@click.command("assets", cls=Command)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@state_options
@artifacts_option
@format_option
def command(
    *, names: tuple[str, ...], repo: Path, rev: str | None, worktree: bool, artifacts: Path | None, format_: str
) -> int:
    """What Placet understands of a repository.

    Every asset with its owner and how completely it was read; with NAMEs (a name, an id or a path) to the column: its
    type, what it is made from and who reads it. In a git repository the commit at HEAD is read.
    """
    state = state_of(repo, rev, worktree=worktree, artifacts=artifacts)
    chosen = _chosen(names, state.reading)
    if format_ == Format.JSON:
        write_json(state.reading.to_json(chosen))
    elif format_ == Format.MARKDOWN:
        write_markdown(assets_markdown(state, chosen))
    else:
        page = Page()
        if chosen:
            page.add(state_title(state))
            for asset in chosen:
                asset_page(asset, state, page)
        else:
            assets_page(state, page)
        page.show()
    return 0


def _chosen(names: tuple[str, ...], reading: Reading) -> tuple[Asset, ...]:
    found = {asset.key: asset for name in names for asset in assets_named(name, reading.contracts)}
    return tuple(found.values())
