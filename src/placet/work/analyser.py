"""Reading untrusted files in processes of their own, within limits: whatever passes them is refused, by name."""

from __future__ import annotations

import asyncio

import structlog

from placet.errors import BadFile, Expected
from placet.impact.analysis import Analysis, AnalysisRequest
from placet.work.reader import MAX_ANSWER_BYTES, Limit, Limits, Reader, Stopped, TooMuchError

ANALYSE = "placet.impact.engine:analyse"
# So many files of one pull request may pass a limit; the next one refuses the whole of it.
MAX_ROUNDS = 5
# A reader keeps what it has parsed, which makes it fast, and large.
REQUESTS_EACH = 200
_FULL = 0.5

log = structlog.get_logger(__name__)


class AnalysisPool:
    """``app.ports.Analyser`` with so many processes at most, which are kept between requests."""

    def __init__(
        self,
        *,
        workers: int,
        seconds: float,
        memory_mb: int,
        function: str = ANALYSE,
        requests_each: int = REQUESTS_EACH,
    ) -> None:
        self._limits = Limits(seconds, memory_mb)
        self._function = function
        self._requests_each = requests_each
        self._turns = asyncio.Semaphore(workers)
        self._idle: list[Reader] = []
        self._is_closed = False

    async def analyse(self, request: AnalysisRequest) -> Analysis:
        """The analysis; a file that passed a limit is refused in it, with the reason.

        Raises BadFile where too many did, or where it is no single file's fault; Unavailable when no process can be
        had; ReaderBug for a bug. Whoever stops waiting ends the process.
        """
        async with self._turns:
            return await self._analyse(request)

    async def close(self) -> None:
        """End all processes that have nothing to do; the others end with their requests."""
        self._is_closed = True
        while self._idle:
            await self._idle.pop().end()

    async def _analyse(self, request: AnalysisRequest) -> Analysis:
        refused: dict[str, str] = {}
        reader = self._idle.pop() if self._idle else await self._start()
        while True:
            was_fresh = reader.served == 0
            try:
                analysis = await reader.analyse(request, refused)
            except Stopped as stopped:
                # What filled a reader that had served others need not be this request.
                if was_fresh or stopped.limit is Limit.TIME:
                    self._refuse(stopped, refused)
                reader = await self._start()
            except TooMuchError:
                raise BadFile(
                    f"the comparison gives more than {MAX_ANSWER_BYTES:,} bytes",
                    code="analysis_too_large",
                    hint="split the pull request",
                ) from None
            except Expected:
                await self._put_back(reader)
                raise
            else:
                await self._put_back(reader)
                return analysis

    def _refuse(self, stopped: Stopped, refused: dict[str, str]) -> None:
        reason = self._reason(stopped.limit)
        log.warning("file_passed_limit", path=stopped.path, reason=reason)
        if not stopped.path or stopped.path in refused:
            raise BadFile(
                f"comparing {reason}", path=stopped.path, code="analysis_limit", hint="split the pull request"
            )
        if len(refused) >= MAX_ROUNDS:
            raise BadFile(
                f"{reason}, as {len(refused)} other files did",
                path=stopped.path,
                code="analysis_limit",
                hint="make these files smaller or simpler",
            )
        refused[stopped.path] = reason

    def _reason(self, limit: Limit) -> str:
        if limit is Limit.TIME:
            return f"took longer than {self._limits.seconds:g} s to read"
        if limit is Limit.MEMORY:
            return f"needed more than {self._limits.memory_mb} MB to read"
        return "ended the process that read it"

    async def _start(self) -> Reader:
        return await Reader.start(self._function, self._limits)

    async def _put_back(self, reader: Reader) -> None:
        is_full = reader.size_bytes > self._limits.memory_mb * 1_000_000 * _FULL
        if self._is_closed or is_full or reader.served >= self._requests_each:
            await reader.end()
        else:
            self._idle.append(reader)
