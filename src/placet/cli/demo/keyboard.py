"""Waiting for a line from somebody, without keeping the service beside it from working, or Ctrl-C from ending it."""

from __future__ import annotations

import asyncio
import os
import sys

_MOST_BYTES = 4_096


class Keyboard:
    """A terminal's input, line by line."""

    def __init__(self, descriptor: int | None = None) -> None:
        self._descriptor = sys.stdin.fileno() if descriptor is None else descriptor
        self._typed = b""
        self._has_ended = False

    async def line(self) -> str | None:
        """Wait for the next line; None after the end of the input (Ctrl-D). Cancelling ends the wait at once."""
        while b"\n" not in self._typed and not self._has_ended:
            # On a terminal nothing comes before Enter was pressed, and then one line.
            part = await self._part()
            self._typed += part
            self._has_ended = not part
        line, newline, self._typed = self._typed.partition(b"\n")
        return line.decode(errors="replace") if line or newline else None

    async def _part(self) -> bytes:
        loop = asyncio.get_running_loop()
        pressed = asyncio.Event()
        loop.add_reader(self._descriptor, pressed.set)
        try:
            await pressed.wait()
        finally:
            loop.remove_reader(self._descriptor)
        return os.read(self._descriptor, _MOST_BYTES)
