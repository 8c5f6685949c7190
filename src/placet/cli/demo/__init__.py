"""The demo: the whole story on this machine, with the real app and a simulated GitHub."""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
import time
from pathlib import Path

import structlog
from rich.console import Console

from placet.cli.demo.story import tell
from placet.cli.demo.telling import Telling
from placet.cli.demo.world import demo_world

FAILED = 1


def play(*, headless: bool) -> int:
    """Play it; 0 only when every step was seen to hold. On a terminal it waits for Enter between the steps."""
    # What the service would log is told in other words here; only what goes wrong is of interest.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    console = Console(highlight=False)
    telling = Telling(console, waits=not headless and sys.stdin.isatty() and sys.stdout.isatty())
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="placet-demo-") as folder:
        asyncio.run(_play(telling, Path(folder)))
    console.print()
    if telling.failed:
        console.print("[bold red]The story did not hold:[/bold red]")
        for line in telling.failed:
            console.print(f"  {line}")
        return FAILED
    console.print(f"[bold green]Every step held[/bold green], in {time.monotonic() - began:.1f} s.")
    console.print("Next, on a project of your own: [bold].venv/bin/placet assets --repo DIR[/bold]")
    return 0


async def _play(telling: Telling, folder: Path) -> None:
    async with demo_world(folder) as demo:
        await tell(demo, telling)
