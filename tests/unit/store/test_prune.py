from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from fakes.clock import START
from placet.app.ports import Delivery
from placet.app.snapshot import Routed
from placet.store import deliveries, results
from placet.store.store import DatabaseStore, Pruned

DAY = timedelta(days=1)


def noise(size: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311 - any bytes that do not compress


async def test_deliveries_go_when_they_are_old_and_were_dealt_with(database_store: DatabaseStore) -> None:
    for guid in ("done", "dead", "waiting"):
        await database_store.receive(Delivery(guid, "push", b"{}", START))
    await database_store.receive(Delivery("young", "push", b"{}", START + 20 * DAY))
    for guid in ("done", "young"):
        await database_store.processed(guid, Routed(), START + DAY)
    await database_store.dead("dead", "KeyError", START + DAY)
    assert (await database_store.prune(START + 29 * DAY)).deliveries == 0
    assert (await database_store.prune(START + 31 * DAY)).deliveries == 2
    assert [one.guid for one in await database_store.unprocessed(9)] == ["waiting"]
    assert not await database_store.receive(Delivery("young", "push", b"{}", START))


async def test_large_deliveries_are_not_all_held_at_once(
    database_store: DatabaseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "BYTES_AT_ONCE", 2500)
    for number in range(3):
        await database_store.receive(Delivery(f"g{number}", "push", noise(1000, number), START))
    await database_store.receive(Delivery("huge", "push", noise(5000, 9), START))
    for group in (["g0", "g1"], ["g2"], ["huge"]):
        found = await database_store.unprocessed(9)
        assert [one.guid for one in found] == group
        for one in found:
            await database_store.processed(one.guid, Routed(), START)


async def test_results_go_when_nobody_used_them_for_long(database_store: DatabaseStore) -> None:
    await database_store.keep("parsed", "used", b"1", START)
    await database_store.keep("parsed", "unused", b"2", START)
    assert await database_store.prune(START + 20 * DAY) == Pruned(0, 0)
    assert await database_store.cached("parsed", "used") == b"1"
    await database_store.prune(START + 29 * DAY)
    assert (await database_store.prune(START + 40 * DAY)).results == 1
    assert await database_store.cached("parsed", "used") == b"1"
    assert await database_store.cached("parsed", "unused") is None


async def test_what_was_used_longest_ago_goes_first_when_there_is_too_much(database_store: DatabaseStore) -> None:
    for number in range(10):
        await database_store.keep("parsed", f"k{number}", noise(1000, number), START + timedelta(minutes=number))
    pruned = await database_store.prune(START + timedelta(hours=1), max_result_bytes=3500)
    left = [number for number in range(10) if await database_store.cached("parsed", f"k{number}") is not None]
    assert left == [7, 8, 9]
    assert pruned.results == 7


async def test_a_result_too_large_to_keep_is_not_kept(
    database_store: DatabaseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "MAX_RESULT_BYTES", 1000)
    await database_store.keep("parsed", "large", noise(2000, 1), START)
    await database_store.keep("parsed", "small", b"0" * 100_000, START)
    assert await database_store.cached("parsed", "large") is None
    assert await database_store.cached("parsed", "small") == b"0" * 100_000


async def test_a_delivery_that_cannot_be_written_takes_no_other_with_it(database_store: DatabaseStore) -> None:
    sound = [Delivery(f"g{number}", "push", b"{}", START) for number in range(20)]
    naive = replace(sound[0], guid="bad", received_at=datetime(2026, 1, 1))  # noqa: DTZ001 - that is what is wrong with it
    kept = await asyncio.gather(
        *(database_store.receive(one) for one in [*sound[:10], naive, *sound[10:]]), return_exceptions=True
    )
    assert kept.count(True) == 20
    assert len([one for one in kept if isinstance(one, Exception)]) == 1
    assert len(await database_store.unprocessed(100)) == 20


async def test_who_stops_waiting_for_a_delivery_takes_no_other_with_it(database_store: DatabaseStore) -> None:
    receiving = [
        asyncio.create_task(database_store.receive(Delivery(f"g{number}", "push", b"{}", START)))
        for number in range(10)
    ]
    await asyncio.sleep(0)
    receiving[0].cancel()
    kept = await asyncio.gather(*receiving, return_exceptions=True)
    assert kept[1:] == [True] * 9
