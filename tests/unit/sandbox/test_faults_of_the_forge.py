"""What can go wrong with the simulated forge, when asked to."""

import pytest
from aiohttp import ClientConnectionError

from placet.sandbox import Sandbox
from placet.sandbox.faults import FaultKind
from sandbox_caller import Caller

R = "/repos/acme/shop"


async def test_nothing_goes_wrong_unasked(caller: Caller) -> None:
    assert {(await caller.get(R)).status for _ in range(20)} == {200}


async def test_an_error_strikes_as_often_as_planned_and_only_where(caller: Caller, gh: Sandbox) -> None:
    gh.faults.fail(503, path="/repos/*/pulls/*", times=2)
    assert (await caller.get(R)).status == 200
    assert [(await caller.get(f"{R}/pulls/1")).status for _ in range(3)] == [503, 503, 200]


async def test_a_page_of_html_can_come_as_json(caller: Caller, gh: Sandbox) -> None:
    gh.faults.html()
    async with caller.session.get(gh.api_url + R) as page:
        assert (page.status, page.content_type) == (200, "application/json")
        assert (await page.read()).startswith(b"<!DOCTYPE html>")


@pytest.mark.parametrize("status", [403, 429])
async def test_the_secondary_limit_says_how_long_to_wait(caller: Caller, gh: Sandbox, status: int) -> None:
    gh.faults.secondary_limit(status=status, retry_after=30)
    assert (await caller.get(R)).status == 200  # it strikes writers only
    answer = await caller.post(f"{R}/issues/1/comments", {"body": "hi"})
    assert (answer.status, answer.headers["Retry-After"]) == (status, "30")
    assert "secondary rate limit" in answer.data["message"]
    assert not gh.world.comments


async def test_the_secondary_limit_may_keep_to_itself_how_long(caller: Caller, gh: Sandbox) -> None:
    gh.faults.secondary_limit(retry_after=None)
    assert "Retry-After" not in (await caller.post(f"{R}/issues/1/comments", {"body": "hi"})).headers


@pytest.mark.parametrize("status", [403, 429])
async def test_the_primary_limit_can_be_used_up(caller: Caller, gh: Sandbox, status: int) -> None:
    gh.faults.used_up(status=status)
    answer = await caller.get(R)
    assert (answer.status, answer.headers["x-ratelimit-remaining"]) == (status, "0")
    assert int(answer.headers["x-ratelimit-reset"]) > gh.world.now().timestamp()


async def test_a_small_primary_limit_is_reached(caller: Caller, gh: Sandbox) -> None:
    gh.faults.primary_limit = 3
    statuses = [(await caller.get(R)).status for _ in range(5)]
    assert statuses == [200, 200, 200, 403, 403]


async def test_a_connection_that_breaks_first_has_done_nothing(caller: Caller, gh: Sandbox) -> None:
    gh.faults.reset()
    with pytest.raises(ClientConnectionError):
        await caller.post(f"{R}/issues/1/comments", {"body": "hi"})
    assert not gh.world.comments


async def test_an_answer_that_is_lost_has_done_what_was_asked(caller: Caller, gh: Sandbox) -> None:
    gh.faults.lose_answer()
    with pytest.raises(ClientConnectionError):
        await caller.post(f"{R}/issues/1/comments", {"body": "hi"})
    assert len(gh.world.comments) == 1


async def test_a_slow_answer_comes(caller: Caller, gh: Sandbox) -> None:
    gh.faults.slow(0.02)
    assert (await caller.get(R)).status == 200


async def test_after_a_push_the_old_head_is_shown_for_a_while(caller: Caller, gh: Sandbox) -> None:
    pull = gh.world.repo("acme/shop").pulls[1]
    old = pull.head_sha
    gh.faults.stale_reads = 2
    new = gh.world.push("acme/shop", "feat", {"b.sql": "1\n"}, author="dana")
    shown = [(await caller.get(f"{R}/pulls/1")).data["head"]["sha"] for _ in range(3)]
    assert shown == [old, old, new]
    assert pull.head_sha == new


async def test_a_storm_is_decided_by_its_seed(caller: Caller, gh: Sandbox) -> None:
    async def statuses(seed: int) -> list[int]:
        gh.faults.storm(seed, 0.4, [FaultKind.ERROR, FaultKind.SECONDARY])
        return [(await caller.get(R)).status for _ in range(30)]

    first = await statuses(1)
    assert first == await statuses(1)
    assert set(first) == {200, 403, 502}
    assert first != await statuses(2)
    gh.faults.clear()
    assert {(await caller.get(R)).status for _ in range(20)} == {200}
