"""Waiting for somebody to press Enter, without keeping the service beside it from working, or Ctrl-C from ending it."""

from __future__ import annotations

import asyncio
import os
import sys

_MOST_BYTES = 4_096


class Keyboard:
    """A terminal's input, line by line; after its end (Ctrl-D) nothing is waited for any more."""

    def __init__(self, descriptor: int | None = None) -> None:
        self._descriptor = sys.stdin.fileno() if descriptor is None else descriptor
        self._has_ended = False

    async def enter(self) -> None:
        """Wait for the next line; cancelling ends the wait at once."""
        if self._has_ended:
            return
        loop = asyncio.get_running_loop()
        pressed = asyncio.Event()
        loop.add_reader(self._descriptor, pressed.set)
        try:
            await pressed.wait()
        finally:
            loop.remove_reader(self._descriptor)
        # A terminal hands over one line at a time.
        self._has_ended = not os.read(self._descriptor, _MOST_BYTES)
