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
    waiting = asyncio.create_task(Keyboard(reading).line())
    await asyncio.sleep(0)
    assert not waiting.done()
    os.write(writing, "sam-o: Grüße\n".encode())
    async with asyncio.timeout(10):
        assert await waiting == "sam-o: Grüße"


async def test_lines_that_come_at_once_are_handed_over_one_by_one(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    os.write(writing, b"one\n\ntwo\n")
    keyboard = Keyboard(reading)
    async with asyncio.timeout(10):
        assert [await keyboard.line() for _ in range(3)] == ["one", "", "two"]


async def test_what_is_no_text_is_a_line_all_the_same(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    os.write(writing, b"\xff\n")
    async with asyncio.timeout(10):
        assert await Keyboard(reading).line() == "\ufffd"


async def test_cancelling_ends_the_wait_at_once_and_nothing_is_left_listening(pipe: tuple[int, int]) -> None:
    reading, _ = pipe
    waiting = asyncio.create_task(Keyboard(reading).line())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not asyncio.get_running_loop().remove_reader(reading)


async def test_after_the_end_of_the_input_there_is_no_line_and_nothing_is_waited_for(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    os.write(writing, b"the last")
    os.close(writing)
    keyboard = Keyboard(reading)
    async with asyncio.timeout(10):
        assert [await keyboard.line() for _ in range(3)] == ["the last", None, None]
