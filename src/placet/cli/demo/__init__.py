"""The demo: the whole story on this machine, with the real app and a simulated GitHub."""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import structlog

from placet.cli.demo.keyboard import Keyboard
from placet.cli.demo.own import own_story
from placet.cli.demo.paper import Paper
from placet.cli.demo.story import STEPS, Step
from placet.cli.demo.telling import Telling
from placet.cli.demo.world import PATIENCE_SECONDS, Scene, demo_world, shop
from placet.cli.terminal import progress
from placet.local.git import GitRepository
from placet.sandbox.model import Rejected

FAILED = 1


def play(*, headless: bool) -> int:
    """Play it; 0 only when every step was seen to hold. On a terminal it waits for Enter between the steps."""
    return _play(shop(), STEPS, headless=headless, after=_NEXT)


def play_own(repository: GitRepository, base: str, head: str, *, headless: bool) -> int:
    """Play what would happen to a pull request of somebody's own repository; 0 only when every step held.

    Raises BadFile where the revisions, or what they hold, cannot be read.
    """
    with progress("Reading both sides"):
        story = own_story(repository, base, head)
    return _play(story.scene, story.steps, headless=headless, after=_NEXT_OWN)


_NEXT = "Next, on a project of your own: [bold].venv/bin/placet assets --repo DIR[/bold]"
_NEXT_OWN = "Next, on GitHub itself: [bold]docs/installing.md[/bold]"


def _play(scene: Scene, steps: Sequence[Step], *, headless: bool, after: str) -> int:
    # What the service would log is told in other words here; only what goes wrong is of interest.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    paper = Paper()
    keyboard = Keyboard() if not headless and sys.stdin.isatty() and paper.is_terminal else None
    telling = Telling(paper, steps=len(steps), pause=keyboard.enter if keyboard else None)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="placet-demo-") as folder:
        try:
            asyncio.run(_told(telling, Path(folder), scene, steps))
        except KeyboardInterrupt:
            paper.line()
            raise
    paper.line()
    if telling.failed:
        paper.line("[bold red]The story did not hold:[/bold red]")
        for line in telling.failed:
            paper.hanging("  ", line)
        return FAILED
    paper.line(f"[bold green]Every step held[/bold green], in {time.monotonic() - began:.1f} s.")
    paper.line(after)
    return 0


async def _told(telling: Telling, folder: Path, scene: Scene, steps: Sequence[Step]) -> None:
    """Play the story to its end, or to where it cannot go on: then what was missing has not held."""
    async with demo_world(folder, scene) as demo:
        try:
            for step in steps:
                await step(demo, telling)
        except LookupError as error:
            telling.lost(str(error))
        except Rejected as error:
            telling.lost(f"GitHub refuses it: {error}")
        except TimeoutError:
            telling.lost(f"it did not come to rest within {PATIENCE_SECONDS:g} s")
