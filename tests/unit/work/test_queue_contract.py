"""What every queue does, whichever engine carries it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from fakes.clock import START, HeldClock
from fakes.memory_store import MemoryStore
from fakes.queue_world import AnyStore, QueueWorld
from placet.app.ports import Delivery, Done, Queue
from placet.app.snapshot import Routed, WorkKey
from placet.errors import Unavailable
from placet.store.store import open_store
from placet.work.embedded import EmbeddedQueue
from placet.work.inbox import Inbox

KEY, OTHER = WorkKey.pull(1, 2), WorkKey.pull(1, 3)


@pytest.fixture(params=["embedded", "memory"])
async def world(
    request: pytest.FixtureRequest, clock: HeldClock, database_url: str, tmp_path: Path
) -> AsyncIterator[QueueWorld]:
    """A further adapter is a further parameter here."""
    if request.param == "memory":
        made = embedded_world(MemoryStore(clock), clock, tmp_path)
        yield made
        await made.stop()
        return
    async with open_store(database_url, clock) as store:
        made = embedded_world(store, clock, tmp_path)
        yield made
        await made.stop()


def embedded_world(store: AnyStore, clock: HeldClock, folder: Path) -> QueueWorld:
    def queue() -> Queue:
        return EmbeddedQueue(
            store.work, clock, folder / "lock", look_again=timedelta(milliseconds=5), chance=lambda: 0.5
        )

    return QueueWorld(store, queue, clock)


async def test_a_burst_of_hints_is_one_run(world: QueueWorld) -> None:
    for _ in range(50):
        await world.mark(KEY)
    await world.start()
    await world.settled()
    assert world.runs.ended == {KEY: 1}


async def test_hints_during_a_run_cause_exactly_one_more(world: QueueWorld) -> None:
    await world.start()
    world.runs.hold(KEY)
    await world.hint(KEY)
    await world.runs.until(lambda: world.runs.begun[KEY] == 1)
    for _ in range(5):
        await world.hint(KEY)
    world.runs.let_go(KEY)
    await world.runs.until_ended(KEY, 2)
    await world.settled()
    assert world.runs.ended == {KEY: 2}


async def test_a_key_never_runs_twice_at_once(world: QueueWorld) -> None:
    await world.start(concurrency=2)
    world.runs.hold(KEY)
    await world.hint(KEY)
    await world.runs.until(lambda: world.runs.begun[KEY] == 1)
    await world.hint(KEY, OTHER)
    await world.runs.until_ended(OTHER, 1)
    assert world.runs.begun[KEY] == 1
    world.runs.let_go(KEY)
    await world.runs.until_ended(KEY, 2)
    assert world.runs.overlaps == 0


async def test_no_more_keys_run_at_once_than_are_let(world: QueueWorld) -> None:
    keys = [WorkKey.pull(1, number) for number in range(6)]
    for key in keys:
        world.runs.hold(key)
    await world.start(concurrency=2)
    await world.hint(*keys)
    await world.runs.until(lambda: len(world.runs.order) == 2)
    for done in range(6):
        world.runs.let_go(world.runs.order[done])
        await world.runs.until_ended(world.runs.order[done], 1)
        if done < 4:
            await world.runs.until(lambda: len(world.runs.order) - world.runs.ended.total() == 2)
    await world.settled()
    assert world.runs.most_at_once == 2


async def test_a_hint_with_no_worker_up_survives(world: QueueWorld) -> None:
    await world.start()
    await world.stop()
    await world.mark(KEY)
    await world.start()
    await world.runs.until_ended(KEY, 1)


async def test_a_run_that_is_broken_off_is_done_by_the_next_worker(world: QueueWorld) -> None:
    await world.start()
    world.runs.hold(KEY)
    await world.hint(KEY)
    await world.runs.until(lambda: world.runs.begun[KEY] == 1)
    await world.stop(grace_seconds=0)
    world.runs.let_go(KEY)
    state = await world.store.work.state(KEY)
    assert state is not None
    assert (state.started_at, state.due_at, state.attempts) == (None, world.clock.now(), 0)
    await world.start()
    await world.runs.until_ended(KEY, 2)


async def test_stopping_lets_a_run_end(world: QueueWorld) -> None:
    await world.start()
    world.runs.hold(KEY)
    await world.hint(KEY)
    await world.runs.until(lambda: world.runs.begun[KEY] == 1)
    stopping = asyncio.create_task(world.stop())
    await world.hint(OTHER)
    world.runs.let_go(KEY)
    await stopping
    state = await world.store.work.state(KEY)
    assert state is not None
    assert (state.wanted, state.done, state.due_at) == (1, 1, None)
    assert world.runs.begun[OTHER] == 0


async def test_a_failing_run_with_a_hint_waiting_runs_again_at_once(world: QueueWorld) -> None:
    world.runs.outcomes[KEY] = [Unavailable("GitHub is away")]
    await world.start()
    world.runs.hold(KEY)
    await world.hint(KEY)
    await world.runs.until(lambda: world.runs.begun[KEY] == 1)
    await world.hint(KEY)
    world.runs.let_go(KEY)
    await world.runs.until_ended(KEY, 2)
    await world.settled()
    state = await world.store.work.state(KEY)
    assert state is not None
    assert (state.wanted, state.done, state.attempts, state.last_error) == (2, 2, 0, None)


async def test_a_failed_run_comes_again_later_each_time(world: QueueWorld) -> None:
    world.runs.outcomes[KEY] = [Unavailable("GitHub is away", code="away") for _ in range(3)]
    await world.start()
    await world.hint(KEY)
    for failures, seconds in ((1, 5), (2, 10), (3, 20)):
        await world.runs.until_ended(KEY, failures)
        await world.settled()
        assert await world.due_at(KEY) == world.clock.now() + timedelta(seconds=seconds)
        await world.pass_time(seconds=seconds)
    await world.runs.until_ended(KEY, 4)
    await world.settled()
    assert await world.due_at(KEY) is None


async def test_what_failed_last_can_be_looked_up(world: QueueWorld) -> None:
    world.runs.outcomes[KEY] = [KeyError("head")]
    await world.start()
    await world.hint(KEY)
    await world.runs.until_ended(KEY, 1)
    await world.settled()
    state = await world.store.work.state(KEY)
    assert state is not None
    assert (state.attempts, state.last_error) == (1, "KeyError: 'head'")
    assert (await world.store.work.figures(START)).failing == 1


async def test_a_limit_that_names_its_end_is_waited_for(world: QueueWorld) -> None:
    until = START + timedelta(minutes=20)
    world.runs.outcomes[KEY] = [Unavailable("rate limit", until=until)]
    await world.start()
    await world.hint(KEY, OTHER)
    await world.runs.until_ended(KEY, 1)
    await world.runs.until_ended(OTHER, 1)
    await world.settled()
    due_at = await world.due_at(KEY)
    assert due_at is not None
    assert until <= due_at <= until + timedelta(seconds=5)


async def test_something_cancelled_within_a_run_does_not_wedge_its_key(world: QueueWorld) -> None:
    world.runs.outcomes[KEY] = [asyncio.CancelledError()]
    await world.start()
    await world.hint(KEY)
    await world.runs.until_ended(KEY, 1)
    await world.settled()
    await world.pass_time(minutes=1)
    await world.runs.until_ended(KEY, 2)


async def test_a_delayed_look_does_not_hold_up_a_hint(world: QueueWorld) -> None:
    world.runs.outcomes[KEY] = [Done(next_at=START + timedelta(days=7))]
    await world.start()
    await world.hint(KEY)
    await world.runs.until_ended(KEY, 1)
    await world.settled()
    await world.hint(KEY)
    await world.runs.until_ended(KEY, 2)


async def test_a_planned_time_is_kept(world: QueueWorld) -> None:
    world.runs.outcomes[KEY] = [Done(next_at=START + timedelta(days=3))]
    await world.start()
    await world.hint(KEY)
    await world.runs.until_ended(KEY, 1)
    await world.settled()
    await world.pass_time(days=2, hours=23)
    await world.hint(OTHER)
    await world.runs.until_ended(OTHER, 1)
    assert world.runs.ended[KEY] == 1
    await world.pass_time(hours=1)
    await world.runs.until_ended(KEY, 2)


async def test_a_planned_time_survives_a_restart(world: QueueWorld) -> None:
    world.runs.outcomes[KEY] = [Done(next_at=START + timedelta(days=3))]
    await world.start()
    await world.hint(KEY)
    await world.runs.until_ended(KEY, 1)
    await world.stop()
    assert await world.due_at(KEY) == START + timedelta(days=3)
    await world.start()
    await world.pass_time(days=3)
    await world.runs.until_ended(KEY, 2)


async def test_a_wake_up_that_is_lost_loses_nothing(world: QueueWorld) -> None:
    await world.start()
    await world.mark(KEY)
    await world.runs.until_ended(KEY, 1)


async def test_a_wake_that_raises_loses_nothing(world: QueueWorld) -> None:
    class Deaf:
        def wake(self, keys: object) -> None:
            raise OSError(f"nobody hears {keys}")

        start = stop = None

    await world.start()
    inbox = Inbox(world.store, Deaf(), world.clock, lambda *_: Routed(keys=(KEY,)))  # type: ignore[arg-type]
    await world.store.receive(Delivery("g1", "push", b"{}", START))
    assert await inbox.drain() == 1
    await world.runs.until_ended(KEY, 1)


async def test_the_end_of_a_run_that_was_overtaken_changes_nothing(world: QueueWorld) -> None:
    table = world.store.work
    await world.mark(KEY)
    first = await table.begin(KEY, START)
    await table.recover(START)
    second = await table.begin(KEY, START)
    assert first is not None
    assert second is not None
    before = await table.state(KEY)
    next_at = START + timedelta(days=1)
    assert not await table.finish(KEY, first.epoch, first.wanted, START, next_at)
    assert not await table.fail(KEY, first.epoch, first.wanted, now=START, retry_at=next_at, error="late")
    assert not await table.release(KEY, first.epoch, next_at)
    assert await table.state(KEY) == before
    assert await table.finish(KEY, second.epoch, second.wanted, START, None)
    assert not await table.finish(KEY, second.epoch, second.wanted, START, next_at)
    assert await world.due_at(KEY) is None


async def test_a_key_that_somebody_has_cannot_be_taken(world: QueueWorld) -> None:
    await world.mark(KEY)
    taken = await asyncio.gather(*(world.store.work.begin(KEY, START) for _ in range(10)))
    assert len([one for one in taken if one is not None]) == 1


async def test_a_duplicate_delivery_is_stored_once_and_still_marks_the_key(world: QueueWorld) -> None:
    await world.start()
    inbox = Inbox(world.store, world.queue, world.clock, lambda *_: Routed(keys=(KEY,)))
    await asyncio.gather(*(world.store.receive(Delivery("g1", "push", b"{}", START)) for _ in range(3)))
    assert await inbox.drain() == 1
    await world.runs.until_ended(KEY, 1)
    assert not await world.store.receive(Delivery("g1", "push", b"{}", START))


async def test_a_merge_queue_goes_before_everything_else(world: QueueWorld) -> None:
    group = WorkKey("group:1:gh-readonly-queue/main/pr-2")
    await world.mark(*(WorkKey.pull(1, number) for number in range(5)), group)
    await world.start(concurrency=1)
    await world.settled()
    assert world.runs.order[0] == group


async def test_a_key_that_fails_holds_up_no_other(world: QueueWorld) -> None:
    world.runs.outcomes[KEY] = [ValueError("always") for _ in range(100)]
    await world.start(concurrency=1)
    await world.hint(KEY)
    for number in range(3, 9):
        await world.hint(WorkKey.pull(1, number))
    await world.settled()
    assert world.runs.ended[KEY] == 1
    assert all(world.runs.ended[WorkKey.pull(1, number)] == 1 for number in range(3, 9))


@pytest.mark.parametrize("seed", range(2))
async def test_a_storm_leaves_nothing_undone(world: QueueWorld, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same storm each time
    keys = [WorkKey.pull(1, number) for number in range(8)]
    for key in keys:
        ends: list[Done | BaseException] = [Done(), Unavailable("away"), KeyError("bug"), Done(START + timedelta(30))]
        world.runs.outcomes[key] = chance.choices(ends, k=6)
    await world.start(concurrency=3)
    for step in range(60):
        what = chance.random()
        chosen = chance.sample(keys, chance.randint(1, 3))
        await (world.hint(*chosen) if what < 0.6 else world.mark(*chosen))
        if what > 0.9:
            await world.pass_time(seconds=chance.uniform(0, 20))
        if step % 25 == 24:
            await world.stop(grace_seconds=0)
            await world.start(concurrency=3)
    for _ in range(7):
        await world.settled()
        await world.pass_time(days=40)
    await world.settled()
    assert world.runs.overlaps == 0
    for key in keys:
        state = await world.store.work.state(key)
        assert state is None or (state.done, state.started_at, state.last_error) == (state.wanted, None, None)
