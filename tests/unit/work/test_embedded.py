from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from fakes.clock import START, HeldClock, SystemClock
from fakes.memory_store import MemoryStore
from fakes.runs import Runs
from placet.app.snapshot import WorkKey
from placet.errors import Refused, Unavailable
from placet.store.store import open_store
from placet.work import run
from placet.work.embedded import EmbeddedQueue

KEY, OTHER = WorkKey.pull(1, 2), WorkKey.pull(1, 3)
SOON = timedelta(milliseconds=5)

# Begins a run that never ends; with "hint" another hint comes during it.
DOOMED = """
import asyncio, sys
from pathlib import Path
from fakes.clock import SystemClock
from placet.app.snapshot import WorkKey
from placet.store.store import open_store
from placet.work.embedded import EmbeddedQueue

async def main(url, lock, hint):
    key = WorkKey.pull(1, 2)
    async with open_store(url, SystemClock()) as store:
        async def reconcile(_):
            if hint == "hint":
                await store.mark([key], SystemClock().now())
            print("begun", flush=True)
            await asyncio.Event().wait()
        await store.mark([key], SystemClock().now())
        await EmbeddedQueue(store.work, SystemClock(), Path(lock)).start(reconcile, concurrency=1)
        await asyncio.Event().wait()

asyncio.run(main(*sys.argv[1:]))
"""


def embedded(store: MemoryStore, clock: HeldClock, folder: Path, run_limit: timedelta = run.RUN_LIMIT) -> EmbeddedQueue:
    return EmbeddedQueue(store.work, clock, folder / "lock", look_again=SOON, run_limit=run_limit, chance=lambda: 0.5)


def doomed_process(database_url: str, lock: Path, hint: str) -> subprocess.Popen[bytes]:
    tests = Path(__file__).parents[2]
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-c", DOOMED, database_url, str(lock), hint], stdout=subprocess.PIPE, cwd=tests
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"begun\n"
    return process


@pytest.mark.parametrize("hint", ["hint", "no hint"])
async def test_a_run_whose_process_was_killed_is_done_by_the_next(database_url: str, tmp_path: Path, hint: str) -> None:
    process = await asyncio.to_thread(doomed_process, database_url, tmp_path / "lock", hint)
    runs = Runs()
    async with open_store(database_url, SystemClock()) as store:
        queue = EmbeddedQueue(store.work, SystemClock(), tmp_path / "lock", look_again=SOON)
        with pytest.raises(Refused, match=f"process {process.pid}"):
            await queue.start(runs.reconcile, concurrency=1)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        await queue.start(runs.reconcile, concurrency=1)
        await runs.until_ended(KEY, 1)
        await queue.stop(5)
        state = await store.work.state(KEY)
    assert state is not None
    assert (state.done, state.started_at, state.last_error) == (state.wanted, None, None)


async def test_a_second_queue_on_the_same_database_is_refused(clock: HeldClock, tmp_path: Path) -> None:
    store = MemoryStore(clock)
    first, second = embedded(store, clock, tmp_path), embedded(store, clock, tmp_path)
    await first.start(Runs().reconcile, concurrency=1)
    with pytest.raises(Refused, match="another Placet process") as refused:
        await second.start(Runs().reconcile, concurrency=1)
    assert refused.value.code == "already_running"
    await first.stop(0)
    await second.start(Runs().reconcile, concurrency=1)
    await second.stop(0)


async def test_a_lock_file_that_cannot_be_written_is_refused(clock: HeldClock, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="cannot be opened"):
        await embedded(MemoryStore(clock), clock, tmp_path / "nowhere").start(Runs().reconcile, concurrency=1)


async def test_a_queue_that_could_not_start_lets_go_of_the_lock(clock: HeldClock, tmp_path: Path) -> None:
    store = MemoryStore(clock)
    fails(store, "recover", Unavailable("the database does not answer"))
    with pytest.raises(Unavailable):
        await embedded(store, clock, tmp_path).start(Runs().reconcile, concurrency=1)
    queue = embedded(store, clock, tmp_path)
    await queue.start(Runs().reconcile, concurrency=1)
    await queue.stop(0)


async def test_a_run_that_takes_too_long_is_broken_off(clock: HeldClock, tmp_path: Path) -> None:
    store, runs = MemoryStore(clock), Runs()
    queue = embedded(store, clock, tmp_path, run_limit=timedelta(milliseconds=20))
    runs.hold(KEY)
    await queue.start(runs.reconcile, concurrency=1)
    await store.mark([KEY], START)
    await runs.until_ended(KEY, 1)
    await queue.stop(5)
    assert store.work.rows[KEY].last_error == "it took too long"
    assert store.work.rows[KEY].due_at == START + timedelta(seconds=5)


@pytest.mark.parametrize("method", ["due", "next_due_at", "begin", "finish"])
async def test_a_database_that_fails_once_is_asked_again(
    clock: HeldClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    monkeypatch.setattr(run, "AFTER_ERROR", SOON)
    monkeypatch.setattr("placet.work.embedded.AFTER_ERROR", SOON)
    store, runs = MemoryStore(clock), Runs()
    fails(store, method, Unavailable("the database does not answer"))
    queue = embedded(store, clock, tmp_path)
    await queue.start(runs.reconcile, concurrency=1)
    await store.mark([KEY], START)
    await runs.until_ended(KEY, 1)
    await queue.stop(5)
    assert store.work.rows[KEY].done == 1
    assert store.work.rows[KEY].started_at is None


async def test_an_end_that_no_table_can_hold_is_a_failure_of_the_run(clock: HeldClock, tmp_path: Path) -> None:
    store, runs = MemoryStore(clock), Runs()
    fails(store, "finish", ValueError("a time without a zone"))
    queue = embedded(store, clock, tmp_path)
    await queue.start(runs.reconcile, concurrency=1)
    await store.mark([KEY], START)
    await runs.until_ended(KEY, 1)
    await queue.stop(5)
    assert store.work.rows[KEY].last_error == "ValueError: a time without a zone"


async def test_how_the_work_stands_can_be_asked(clock: HeldClock, tmp_path: Path) -> None:
    store, runs = MemoryStore(clock), Runs()
    runs.hold(KEY)
    queue = embedded(store, clock, tmp_path)
    await queue.start(runs.reconcile, concurrency=1)
    await store.mark([KEY], START)
    await runs.until(lambda: runs.begun[KEY] == 1)
    await store.mark([OTHER], START)
    health = await queue.health()
    assert (health.due, health.running, health.failing, health.oldest_due_at) == (1, 1, 0, START)
    runs.let_go(KEY)
    await queue.stop(5)


def fails(store: MemoryStore, method: str, error: Exception) -> None:
    """Let a method of the table of keys fail the first time."""
    table = store.work
    works: Callable[..., Awaitable[object]] = getattr(table, method)
    errors = [error]

    async def once(*args: object, **named: object) -> object:
        if errors:
            raise errors.pop()
        return await works(*args, **named)

    setattr(table, method, once)
