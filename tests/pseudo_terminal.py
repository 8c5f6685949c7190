"""A command of Placet's on a terminal, with somebody who types: it runs in a process and on a terminal of its own."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

LIMIT_SECONDS = 100
CTRL_C = "\x03"
CTRL_D = "\x04"
_CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """What the command writes, and what is typed into it."""

    def __init__(self, pid: int, descriptor: int) -> None:
        self._pid = pid
        self._descriptor = descriptor

    def read_until(self, ending: str) -> str:
        """What is written until it ends so (spaces at the end aside), as plain text."""
        seen = b""
        limit = time.monotonic() + LIMIT_SECONDS
        while not _plain(seen).rstrip(" ").endswith(ending):
            assert time.monotonic() < limit, _plain(seen)
            if select.select([self._descriptor], [], [], 1)[0]:
                part = self._part()
                assert part, f"it has ended: {_plain(seen)}"
                seen += part
        return _plain(seen)

    def type(self, text: str) -> None:
        """Press these keys."""
        os.write(self._descriptor, text.encode())

    def rest(self) -> str:
        """What is written until the command ends."""
        seen = b""
        while part := self._part():
            seen += part
        return _plain(seen)

    def exit_code(self) -> int:
        """The exit code, once it has ended."""
        pid, self._pid = self._pid, 0
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def end(self) -> None:
        """End the command if it has not ended."""
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            self.exit_code()
        os.close(self._descriptor)

    def _part(self) -> bytes:
        try:
            return os.read(self._descriptor, 4_096)
        except OSError:  # how Linux says that nobody is at the other end any more
            return b""


@contextmanager
def on_a_terminal(arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Iterator[Terminal]:
    """`placet` with these arguments, run in a folder."""
    command = (sys.executable, "-m", "placet", *arguments)
    pid, descriptor = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execve(sys.executable, command, environment)  # noqa: S606 - the test's own interpreter
    terminal = Terminal(pid, descriptor)
    try:
        yield terminal
    finally:
        terminal.end()


def _plain(seen: bytes) -> str:
    return _CODES.sub("", seen.decode(errors="replace")).replace("\r", "")
