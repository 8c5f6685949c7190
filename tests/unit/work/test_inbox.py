from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from fakes.clock import START, HeldClock
from fakes.memory_store import MemoryStore
from fakes.silent_queue import SilentQueue
from placet.app.ports import Delivery
from placet.app.snapshot import Routed, WorkKey
from placet.errors import Unavailable
from placet.work import inbox as inbox_module
from placet.work.inbox import Inbox

KEY = WorkKey.pull(1, 2)


def routed(delivery: Delivery) -> Routed:
    payload: dict[str, Any] = json.loads(delivery.payload)
    return Routed(keys=(WorkKey.pull(payload["repository"], 2),)) if delivery.event == "pull_request" else Routed()


@pytest.fixture
def store(clock: HeldClock) -> MemoryStore:
    return MemoryStore(clock)


@pytest.fixture
def queue() -> SilentQueue:
    return SilentQueue()


@pytest.fixture
def inbox(store: MemoryStore, queue: SilentQueue, clock: HeldClock) -> Inbox:
    return Inbox(store, queue, clock, routed)


def delivery(guid: str, payload: bytes = b'{"repository": 1}', event: str = "pull_request") -> Delivery:
    return Delivery(guid, event, payload, START)


async def test_a_delivery_marks_and_wakes_its_keys(inbox: Inbox, store: MemoryStore, queue: SilentQueue) -> None:
    await store.receive(delivery("g1"))
    assert await inbox.drain() == 1
    assert store.work.rows[KEY].wanted == 1
    assert queue.woken == [KEY]


async def test_a_delivery_that_says_nothing_is_done_and_wakes_nobody(
    inbox: Inbox, store: MemoryStore, queue: SilentQueue
) -> None:
    await store.receive(delivery("g1", event="star"))
    assert await inbox.drain() == 1
    assert await store.unprocessed(9) == ()
    assert queue.woken == []


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (b"{", "JSONDecodeError"),
        (b"\xff\xfe", "JSONDecodeError"),
        (b"[1]", "TypeError: list indices must be integers or slices, not str"),
        (b"{}", "KeyError: 'repository'"),
        (b"[" * 100_000, "RecursionError"),
        (b'{"n": ' + b"9" * 5000 + b"}", "ValueError"),
        (b'{"a": "' + b"x" * 300_000 + b'"', "JSONDecodeError"),
    ],
)
async def test_what_cannot_be_understood_is_set_aside_and_the_rest_goes_on(
    inbox: Inbox, store: MemoryStore, payload: bytes, said: str
) -> None:
    await store.receive(delivery("bad", payload))
    await store.receive(delivery("good"))
    assert await inbox.drain() == 2
    error = store.held["bad"].error
    assert error is not None
    assert error.startswith(said)
    assert store.work.rows[KEY].wanted == 1


async def test_a_large_payload_is_read_as_well(inbox: Inbox, store: MemoryStore) -> None:
    await store.receive(delivery("g1", json.dumps({"repository": 1, "body": "x" * 500_000}).encode()))
    await inbox.drain()
    assert store.work.rows[KEY].wanted == 1


async def test_what_no_table_can_hold_is_set_aside(inbox: Inbox, store: MemoryStore) -> None:
    refuse(store, [OverflowError("too large for a column")])
    await store.receive(delivery("g1"))
    await inbox.drain()
    assert store.held["g1"].error == "OverflowError: too large for a column"


async def test_a_database_that_is_away_costs_no_delivery(
    inbox: Inbox, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_module, "AFTER_ERROR", inbox_module.AFTER_ERROR / 1000)
    refuse(store, [Unavailable("the database does not answer"), Unavailable("still")])
    await store.receive(delivery("g1"))
    running = asyncio.create_task(inbox.run())
    await until(lambda: KEY in store.work.rows)
    inbox.stop()
    await running
    assert store.held["g1"].error is None


async def test_what_an_earlier_process_left_is_looked_into_at_the_start(inbox: Inbox, store: MemoryStore) -> None:
    await store.receive(delivery("g1"))
    running = asyncio.create_task(inbox.run())
    await until(lambda: KEY in store.work.rows)
    inbox.stop()
    await running


async def test_a_nudge_is_enough(inbox: Inbox, store: MemoryStore) -> None:
    running = asyncio.create_task(inbox.run())
    await asyncio.sleep(0)
    await store.receive(delivery("g1"))
    inbox.nudge()
    await until(lambda: KEY in store.work.rows)
    inbox.stop()
    await running


async def test_many_deliveries_are_looked_into_in_their_order(clock: HeldClock, store: MemoryStore) -> None:
    seen: list[int] = []

    def note(delivery: Delivery) -> Routed:
        seen.append(json.loads(delivery.payload)["n"])
        return Routed()

    for number in range(130):
        await store.receive(delivery(f"g{number}", b'{"n": %d}' % number))
    assert await Inbox(store, SilentQueue(), clock, note).drain() == 130
    assert seen == list(range(130))


def refuse(store: MemoryStore, errors: list[Exception]) -> None:
    works = store.processed

    async def processed(*args: Any) -> None:
        if errors:
            raise errors.pop(0)
        await works(*args)

    store.processed = processed  # type: ignore[method-assign, assignment]


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not is_so():  # noqa: ASYNC110 - the store tells nobody when it changes
            await asyncio.sleep(0.001)
