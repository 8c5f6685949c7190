"""What is shown while comparing takes long, or fails: never a verdict, and never nothing for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from placet.errors import Unavailable
from placet.impact.analysis import Analysis, AnalysisRequest
from placet.impact.engine import analyse
from stage import Stage, dropping, shop, staged


class Moody:
    """An analyser that takes a while, or fails, as it is told."""

    def __init__(self) -> None:
        self.takes_seconds = 0.0
        self.fails = False

    async def analyse(self, request: AnalysisRequest) -> Analysis:
        await asyncio.sleep(self.takes_seconds)
        if self.fails:
            raise Unavailable("no worker can be had")
        return analyse(request)


@pytest.fixture
async def slow(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path, analyser=Moody()) as stage:
        shop(stage)
        await stage.settled()
        stage.service.evaluator._reader.wait = timedelta(milliseconds=20)
        yield stage


async def test_while_comparing_takes_long_the_check_says_so_and_the_command_gets_eyes(slow: Stage) -> None:
    slow.analyser.takes_seconds = 0.2
    pull = slow.world.open_pull("acme/shop", author="dana", branch="drop", files=dropping("phone"), title="Drop")
    comment = slow.world.comment(pull, user="eve", body="/placet status")
    seen: list[tuple[str, str, set[str]]] = []

    async def watching() -> None:
        while True:
            run = slow.check(pull)
            if run is not None:
                seen.append((run.status, str(run.title), slow.reactions(comment)))
            await asyncio.sleep(0.01)

    watch = asyncio.create_task(watching())
    await slow.settled()
    watch.cancel()
    assert ("in_progress", "Comparing contracts with main", {"eyes"}) in seen
    assert slow.title(pull) == "Waiting for crm"
    assert len(slow.world.check_runs(pull.head_sha)) == 1


async def test_what_does_not_get_on_says_so_after_a_while_and_turns_by_itself(slow: Stage) -> None:
    slow.analyser.fails = True
    pull = slow.world.open_pull("acme/shop", author="dana", branch="drop", files=dropping("phone"), title="Drop")
    await slow.settled()
    assert slow.check(pull) is not None
    assert (slow.check(pull).status, slow.conclusion(pull)) == ("in_progress", None)  # type: ignore[union-attr]
    slow.clock.advance(timedelta(minutes=11))
    await slow.service.sweep.sweep()
    await slow.settled()
    assert (slow.conclusion(pull), slow.title(pull)) == ("action_required", "Not compared yet, still trying: main")
    slow.analyser.fails = False
    slow.clock.advance(timedelta(minutes=11))
    await slow.service.sweep.sweep()
    await slow.settled()
    assert slow.title(pull) == "Waiting for crm"
    assert slow.asked(pull) == {"crm"}


async def test_the_last_verdict_for_a_head_stands_while_nothing_can_be_compared(slow: Stage) -> None:
    pull = slow.world.open_pull("acme/shop", author="dana", branch="drop", files=dropping("phone"), title="Drop")
    slow.clock.advance(timedelta(minutes=1))
    await slow.settled()
    assert slow.title(pull) == "Waiting for crm"
    slow.analyser.fails = True
    slow.world.push("acme/shop", "main", {"models/marts/more.sql": b"select 1 as one\n"}, author="carl")
    for _ in range(3):
        slow.clock.advance(timedelta(minutes=20))
        await slow.service.sweep.sweep()
        await slow.settled()
    assert slow.title(pull) == "Waiting for crm"
