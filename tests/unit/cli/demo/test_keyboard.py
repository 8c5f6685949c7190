from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import pytest

from placet.cli.demo.keyboard import Keyboard


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for one in ends:
        try:
            os.close(one)
        except OSError:
            continue


async def test_a_line_ends_the_wait(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    waiting = asyncio.create_task(Keyboard(reading).enter())
    await asyncio.sleep(0)
    assert not waiting.done()
    os.write(writing, b"\n")
    async with asyncio.timeout(10):
        await waiting


async def test_cancelling_ends_the_wait_at_once_and_nothing_is_left_listening(pipe: tuple[int, int]) -> None:
    reading, _ = pipe
    waiting = asyncio.create_task(Keyboard(reading).enter())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not asyncio.get_running_loop().remove_reader(reading)


async def test_after_the_end_of_the_input_nothing_is_waited_for(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    os.close(writing)
    keyboard = Keyboard(reading)
    async with asyncio.timeout(10):
        await keyboard.enter()
        await keyboard.enter()
