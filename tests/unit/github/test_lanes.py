import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from placet.errors import Unavailable
from placet.github.lanes import READS_AT_ONCE, WRITES_AN_HOUR, Lane

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FORBIDDEN = b'{"message": "Resource not accessible by integration"}'
SECONDARY = b'{"message": "You have exceeded a secondary rate limit. Please wait a few minutes."}'


class Clock:
    """Time that only sleeping moves."""

    def __init__(self) -> None:
        self.time = NOW
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def time() -> Clock:
    return Clock()


@pytest.fixture
def lane(time: Clock) -> Lane:
    return Lane(7, time, time.sleep, 1.0)


def limited(lane: Lane, status: int, headers: dict[str, str], body: bytes = b"") -> datetime:
    with pytest.raises(Unavailable) as told:
        lane.heed(status, headers, body)
    assert told.value.code == "rate_limited"
    assert told.value.until is not None
    return told.value.until


async def read(lane: Lane) -> None:
    async with lane.reading():
        pass


async def write(lane: Lane) -> None:
    async with lane.writing():
        pass


@pytest.mark.parametrize("status", [403, 429])
def test_the_primary_limit_lasts_until_it_is_renewed(lane: Lane, status: int) -> None:
    reset = NOW + timedelta(minutes=17)
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(reset.timestamp()))}
    assert limited(lane, status, headers) == reset + timedelta(seconds=1)


@pytest.mark.parametrize("status", [403, 429])
def test_the_secondary_limit_lasts_as_long_as_it_says(lane: Lane, status: int) -> None:
    headers = {"retry-after": "90", "x-ratelimit-remaining": "4000", "x-ratelimit-reset": "1"}
    assert limited(lane, status, headers) == NOW + timedelta(seconds=90)


def test_a_date_to_retry_after_is_understood(lane: Lane) -> None:
    until = limited(lane, 429, {"retry-after": "Fri, 20 Nov 2026 12:05:00 GMT"})
    assert until == NOW + timedelta(minutes=5)


async def test_a_secondary_limit_that_says_nothing_doubles(lane: Lane, time: Clock) -> None:
    waits = []
    for _ in range(3):
        until = limited(lane, 403, {}, SECONDARY)
        waits.append((until - time.time).total_seconds())
        time.time = until
    assert waits == [60, 120, 240]
    lane.heed(200, {}, b"")
    assert limited(lane, 403, {}, SECONDARY) == time.time + timedelta(seconds=60)


def test_no_limit_is_waited_for_longer_than_an_hour_or_so(lane: Lane) -> None:
    for reset in ("4102444800", "99999999999999", "soon"):
        headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": reset}
        assert limited(lane, 403, headers) <= NOW + timedelta(minutes=66)
    for nonsense in ("1e308", "inf", "nan", "soon", "-5"):
        assert limited(lane, 429, {"retry-after": nonsense}) <= NOW + timedelta(minutes=66)


def test_a_missing_permission_is_no_limit(lane: Lane) -> None:
    lane.heed(403, {"x-ratelimit-remaining": "4000"}, FORBIDDEN)
    lane.heed(404, {"x-ratelimit-remaining": "0"}, b"")


async def test_while_a_limit_holds_nothing_is_asked(lane: Lane, time: Clock) -> None:
    until = limited(lane, 403, {"retry-after": "60"})
    for attempt in (read, write):
        with pytest.raises(Unavailable) as told:
            await attempt(lane)
        assert told.value.until == until
    time.time = until
    await read(lane)
    await write(lane)


async def test_the_last_request_that_is_allowed_closes_the_lane(lane: Lane, time: Clock) -> None:
    reset = NOW + timedelta(minutes=5)
    lane.heed(200, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(reset.timestamp())}, b"")
    with pytest.raises(Unavailable):
        await read(lane)
    time.time = reset + timedelta(seconds=1)
    await read(lane)


async def test_writes_go_one_at_a_time_a_second_apart(lane: Lane, time: Clock) -> None:
    running, most, starts = 0, 0, []

    async def one() -> None:
        nonlocal running, most
        async with lane.writing():
            running += 1
            most = max(most, running)
            starts.append(time.time)
            await asyncio.sleep(0)
            running -= 1

    await asyncio.gather(*(one() for _ in range(4)))
    assert most == 1
    assert [(at - NOW).total_seconds() for at in starts] == [0, 1, 2, 3]


async def test_a_write_after_a_while_need_not_wait(lane: Lane, time: Clock) -> None:
    await write(lane)
    time.time += timedelta(seconds=5)
    await write(lane)
    assert time.slept == []


async def test_without_a_pace_nothing_waits(time: Clock) -> None:
    lane = Lane(7, time, time.sleep, 0)
    for _ in range(WRITES_AN_HOUR + 5):
        await write(lane)
    assert time.slept == []


async def test_a_minute_holds_at_most_eighty_writes(time: Clock) -> None:
    lane = Lane(7, time, time.sleep, 0.1)
    for _ in range(81):
        await write(lane)
    assert (time.time - NOW).total_seconds() >= 60


async def test_an_hours_writes_are_not_overdrawn(time: Clock) -> None:
    lane = Lane(7, time, time.sleep, 1.0)
    for _ in range(WRITES_AN_HOUR):
        await write(lane)
    with pytest.raises(Unavailable) as told:
        await write(lane)
    assert told.value.until == NOW + timedelta(hours=1)
    await read(lane)


async def test_a_clock_that_was_set_back_does_not_stop_the_traffic(lane: Lane, time: Clock) -> None:
    await write(lane)
    time.time -= timedelta(days=1)
    await write(lane)
    assert time.slept == [60]


async def test_ten_reads_run_at_once_and_no_more(lane: Lane) -> None:
    running, most = 0, 0

    async def one() -> None:
        nonlocal running, most
        async with lane.reading():
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1

    await asyncio.gather(*(one() for _ in range(50)))
    assert most == READS_AT_ONCE
