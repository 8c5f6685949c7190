"""How fast one installation may be spoken for: reads at once, writes in single file, and GitHub's limits."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import structlog

from placet.app.ports import Clock
from placet.errors import Unavailable

Sleep = Callable[[float], Awaitable[None]]

READS_AT_ONCE = 10
WRITES_A_MINUTE = 80  # docs.github.com, "Rate limits for the REST API": content-creating requests
WRITES_AN_HOUR = 500
_SECONDARY = timedelta(seconds=60)
_SECONDARY_SIGNS = (b"secondary rate limit", b"abuse detection", b"submitted too quickly")
_LONGEST = timedelta(hours=1, minutes=5)  # the primary limit is renewed every hour

_log = structlog.get_logger(__name__)


class Lane:
    """The traffic of one installation (0: of the app itself). Limits met by one request hold all of them."""

    def __init__(self, installation_id: int, clock: Clock, sleep: Sleep, pace_seconds: float) -> None:
        self.installation_id = installation_id
        self._clock = clock
        self._sleep = sleep
        self._pace_seconds = pace_seconds
        self._reads = asyncio.Semaphore(READS_AT_ONCE)
        self._writes = asyncio.Lock()
        self._written: deque[datetime] = deque(maxlen=WRITES_AN_HOUR)
        self._closed_until: datetime | None = None
        self._secondary_in_a_row = 0

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        """A place among the reads. Raises Unavailable while a limit holds."""
        async with self._reads:
            self._check_open()
            yield

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """The one place to write, not before the pace allows it. Raises Unavailable while a limit holds."""
        async with self._writes:
            self._check_open()
            await self._keep_pace()
            self._check_open()
            self._written.append(self._clock.now())
            yield

    def heed(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Take note of what an answer says about limits. Raises Unavailable where it is a refusal because of one."""
        now = self._clock.now()
        if status not in {403, 429}:
            if status < 400:  # noqa: PLR2004 - the HTTP statuses that are no errors
                self._secondary_in_a_row = 0
                self._note_spent(headers, now)
            return
        kind, until = self._limit(status, headers, body, now)
        if until is None:
            return
        self._closed_until = until
        _log.warning("github_limit", kind=kind, installation=self.installation_id, until=until.isoformat())
        self._check_open()
        raise _closed(until)

    def _limit(
        self, status: int, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> tuple[str, datetime | None]:
        after = _retry_after(headers, now)
        if after is not None:
            self._secondary_in_a_row += 1
            return "secondary", now + min(max(after, timedelta(seconds=1)), _LONGEST)
        if headers.get("x-ratelimit-remaining", "").strip() == "0":
            return "primary", _reset(headers, now) or now + _SECONDARY
        lowered = body[:2000].lower()
        if status == 429 or any(sign in lowered for sign in _SECONDARY_SIGNS):  # noqa: PLR2004 - HTTP
            self._secondary_in_a_row += 1
            return "secondary", now + min(_SECONDARY * 2 ** min(self._secondary_in_a_row - 1, 10), _LONGEST)
        return "", None

    def _note_spent(self, headers: Mapping[str, str], now: datetime) -> None:
        """The last request that the limit allowed has been made: the next would only be refused."""
        if headers.get("x-ratelimit-remaining", "").strip() != "0":
            return
        reset = _reset(headers, now)
        if reset is not None and reset > now:
            self._closed_until = reset

    def _check_open(self) -> None:
        if self._closed_until is None:
            return
        if self._clock.now() < self._closed_until:
            raise _closed(self._closed_until)
        self._closed_until = None

    async def _keep_pace(self) -> None:
        if self._pace_seconds <= 0 or not self._written:
            return
        now = self._clock.now()
        full = len(self._written) == WRITES_AN_HOUR
        if full and (until := self._written[0] + timedelta(hours=1)) > now:
            raise Unavailable("this hour's writes to GitHub are used up", until=until, code="paced")
        wait = self._pace_seconds - (now - self._written[-1]).total_seconds()
        if len(self._written) >= WRITES_A_MINUTE:
            wait = max(wait, 60 - (now - self._written[-WRITES_A_MINUTE]).total_seconds())
        if wait > 0:
            await self._sleep(min(wait, 60))  # a clock that was set back must not stop the traffic


def _closed(until: datetime) -> Unavailable:
    return Unavailable("GitHub asks to wait", until=until, code="rate_limited")


def _retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        pass
    else:
        return timedelta(seconds=min(max(seconds, 0), _LONGEST.total_seconds())) if math.isfinite(seconds) else None
    try:
        time = parsedate_to_datetime(value)
    except ValueError:
        return None
    return (time if time.tzinfo else time.replace(tzinfo=UTC)) - now


def _reset(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When the primary limit is renewed, a second later to be sure; never further off than it can be."""
    try:
        reset = datetime.fromtimestamp(float(headers["x-ratelimit-reset"]), UTC) + timedelta(seconds=1)
    except (KeyError, ValueError, OverflowError, OSError):
        return None
    return min(reset, now + _LONGEST)
