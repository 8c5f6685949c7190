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
from placet.cli.demo.playground import Lines, Playground
from placet.cli.demo.story import STEPS, Step
from placet.cli.demo.telling import Telling
from placet.cli.demo.world import PATIENCE_SECONDS, Demo, Scene, demo_world, shop
from placet.cli.terminal import progress
from placet.local.git import GitRepository
from placet.sandbox.history import Conflict
from placet.sandbox.model import Rejected

FAILED = 1


def play(*, headless: bool) -> int:
    """Play it; 0 only when every step was seen to hold. On a terminal the playground lies between them."""
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
    telling = Telling(paper, steps=len(steps))
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="placet-demo-") as folder:
        try:
            is_over = asyncio.run(_told(telling, Path(folder), scene, steps, keyboard))
        except KeyboardInterrupt:
            paper.line()
            raise
    paper.line()
    if telling.failed:
        paper.line("[bold red]The story did not hold:[/bold red]")
        for line in telling.failed:
            paper.hanging("  ", line)
        return FAILED
    if not is_over:
        paper.line(f"You left the story after step {telling.step} of {telling.steps}.")
    elif telling.is_free:
        paper.line("That was the story, with what you made of it.")
    else:
        paper.line(f"[bold green]Every step held[/bold green], in {time.monotonic() - began:.1f} s.")
    paper.line(after)
    return 0


async def _told(
    telling: Telling, folder: Path, scene: Scene, steps: Sequence[Step], keyboard: Lines | None = None
) -> bool:
    """Play the story, with the playground between its steps where there is a keyboard; false where somebody left it.

    Where it cannot go on it ends, and what was missing has not held; a story that somebody has changed goes on.
    """
    async with demo_world(folder, scene) as demo:
        playground = Playground(demo, telling, keyboard) if keyboard is not None else None
        try:
            for step in steps:
                if playground is not None and telling.step and not await playground.goes_on():
                    return False
                if not await _is_played(step, demo, telling):
                    return True
            # Whoever only pressed Enter has seen all there is; whoever acts may go on acting.
            if playground is not None and telling.is_free:
                await playground.goes_on()
        except TimeoutError:
            telling.fails(f"it did not come to rest within {PATIENCE_SECONDS:g} s")
    return True


async def _is_played(step: Step, demo: Demo, telling: Telling) -> bool:
    """Play a step; whether the story can go on after it."""
    try:
        await step(demo, telling)
    except LookupError as error:
        telling.lost(str(error))
    except (Rejected, Conflict) as error:
        telling.lost(f"GitHub refuses it: {error}")
    else:
        return True
    return telling.is_free
