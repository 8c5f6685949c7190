"""One process that reads files, as the process sees it that asks: started, asked, ended."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pickle
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from placet.errors import BadFile, Expected, Refused, Unavailable
from placet.impact.analysis import Analysis, AnalysisRequest
from placet.work.answers import analysis_from
from placet.work.frames import AT, BROKEN, BUG, EXPECTED, HEADER, OUT_OF_MEMORY, READY, REQUEST, RESULT, SIZE, frame

START_SECONDS = 60.0
MAX_ANSWER_BYTES = 64_000_000
# A request is many files; each of them may take the limit, all together ten times that.
TOTAL_FACTOR = 10
_CPU_ROOM_SECONDS = 5

_BOOT = "import json,sys;p,f,m,c=json.loads(sys.argv[1]);sys.path[:]=p;from placet.work.worker import main;main(f,m,c)"


class Limit(StrEnum):
    """What ended a reader."""

    TIME = "time"
    MEMORY = "memory"
    CRASH = "crash"


class Stopped(Exception):
    """A reader was ended by a limit, or ended itself, at a file (empty: not at one in particular)."""

    def __init__(self, limit: Limit, path: str) -> None:
        super().__init__(f"{limit.value} at {path or 'no file'}")
        self.limit = limit
        self.path = path


class TooMuchError(Exception):
    """The answer is larger than any that can be kept."""


class ReaderBug(RuntimeError):
    """Reading failed for no expected reason; the text is the traceback in the other process."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may take: seconds for each file, memory for all."""

    seconds: float
    memory_mb: int

    @property
    def total_seconds(self) -> float:
        """What all files together may take."""
        return self.seconds * TOTAL_FACTOR


class Reader:
    """A process that serves one request at a time."""

    def __init__(self, process: asyncio.subprocess.Process, limits: Limits) -> None:
        self._process = process
        self._limits = limits
        self.served = 0
        self.size_bytes = 0

    @classmethod
    async def start(cls, function: str, limits: Limits) -> Reader:
        """A reader that is ready. Raises Unavailable when there is none to be had."""
        cpu_seconds = int(limits.total_seconds) + _CPU_ROOM_SECONDS
        options = json.dumps([_import_paths(), function, limits.memory_mb, cpu_seconds])
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-I", "-B", "-c", _BOOT, options,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=_environment(),
                cwd="/",
                start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise Unavailable(f"no process could be started: {error.strerror}", code="no_reader") from error
        reader = cls(process, limits)
        try:
            async with asyncio.timeout(START_SECONDS):
                kind, payload = await reader._receive()
        except (TimeoutError, EOFError) as error:
            await reader.end()
            raise Unavailable("a process that reads files did not start", code="no_reader") from error
        except BaseException:
            await reader.end()
            raise
        if kind != READY:
            await reader.end()
            why = payload.decode("utf-8", "replace") if kind == BROKEN else "it said something else"
            raise Unavailable(f"a process that reads files did not start: {why}", code="no_reader")
        return reader

    async def analyse(self, request: AnalysisRequest, refused: Mapping[str, str]) -> Analysis:
        """The analysis. Raises Stopped when a limit ended the process, ReaderBug, or what the reading raised.

        After anything but an analysis or an expected error the process is of no use any more, and is ended.
        """
        is_sound = False
        try:
            analysis = await self._ask(request, refused)
            is_sound = True
        except Expected:
            is_sound = True
            raise
        finally:
            self.served += 1
            if not is_sound:
                await self.end()
        return analysis

    async def end(self) -> None:
        """End the process, now."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        # What it wrote and nobody read would keep its pipe open, and whoever waits for its end would wait for ever.
        # (Closing the whole transport would look for the process's end itself, and take it from whoever waits.)
        transport = self._process._transport  # type: ignore[attr-defined]  # noqa: SLF001 - there is no other way
        for number in (0, 1):
            if (pipe := transport.get_pipe_transport(number)) is not None:
                pipe.close()
        await asyncio.shield(self._process.wait())
        transport.close()

    async def _ask(self, request: AnalysisRequest, refused: Mapping[str, str]) -> Analysis:
        data = await asyncio.to_thread(pickle.dumps, (request, dict(refused)), pickle.HIGHEST_PROTOCOL)
        deadline = asyncio.get_running_loop().time() + self._limits.total_seconds
        path = ""
        try:
            await self._send(data)
            while True:
                async with asyncio.timeout_at(min(deadline, asyncio.get_running_loop().time() + self._limits.seconds)):
                    kind, payload = await self._receive()
                if kind != AT:
                    return self._result(kind, payload)
                path = payload.decode("utf-8", "surrogatepass")
        except TimeoutError:
            raise Stopped(Limit.TIME, path) from None
        except (EOFError, ConnectionError):
            raise Stopped(await self._ended_by(), path) from None

    async def _send(self, data: bytes) -> None:
        stdin = self._process.stdin
        if stdin is None:
            raise RuntimeError("the process was started without a pipe")
        async with asyncio.timeout(self._limits.seconds):
            stdin.write(frame(REQUEST, data))
            await stdin.drain()

    async def _receive(self) -> tuple[bytes, bytes]:
        stdout = self._process.stdout
        if stdout is None:
            raise RuntimeError("the process was started without a pipe")
        kind, length = HEADER.unpack(await stdout.readexactly(HEADER.size))
        if length > MAX_ANSWER_BYTES:
            raise TooMuchError
        return kind, await stdout.readexactly(length)

    def _result(self, kind: bytes, payload: bytes) -> Analysis:
        if kind == RESULT:
            (self.size_bytes,) = SIZE.unpack_from(payload)
            return analysis_from(payload[SIZE.size :])
        if kind == EXPECTED:
            raise _expected(json.loads(payload))
        if kind == BUG:
            raise ReaderBug(payload.decode("utf-8", "replace"))
        raise ReaderBug(f"an answer of no known kind: {kind!r}")

    async def _ended_by(self) -> Limit:
        code = await self._process.wait()
        if code == -signal.SIGXCPU:
            return Limit.TIME
        # The system ends with SIGKILL what it has no memory for.
        return Limit.MEMORY if code in {OUT_OF_MEMORY, -signal.SIGKILL} else Limit.CRASH


def _expected(said: dict[str, Any]) -> Expected:
    message, code, hint = str(said["message"]), str(said["code"]), str(said["hint"])
    if said["kind"] == "BadFile":
        return BadFile(message, path=str(said["path"]), line=said["line"], code=code, hint=hint)
    kind = Unavailable if said["kind"] == "Unavailable" else Refused
    return kind(message, code=code, hint=hint)


def _import_paths() -> list[str]:
    """Where this process finds modules; the other one starts in another folder, and ignores the environment."""
    return [str(Path(path).absolute()) for path in sys.path]


def _environment() -> dict[str, str]:
    """What Python needs to start, and nothing that anybody should not see."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **kept}
