"""How the simulated forge delivers: signatures, loss, repetition, order, redelivery."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from placet.sandbox import Sandbox
from sandbox_caller import Caller
from sandbox_world import HeldClock


@dataclass
class Hook:
    """What the app would be: it remembers what came and answers as it is told."""

    status: int = 202
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""
    answers: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        self.got.append((dict(request.headers), await request.read()))
        await self.answers.wait()
        return web.Response(status=self.status, text="thanks")

    def guids(self) -> list[str]:
        return [headers["X-GitHub-Delivery"] for headers, _ in self.got]

    def events(self) -> list[str]:
        return [headers["X-GitHub-Event"] for headers, _ in self.got]


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    taker = Hook()
    taker.answers.set()
    app = web.Application()
    app.router.add_post("/hook", taker.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    taker.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield taker
    taker.answers.set()
    await runner.cleanup()


def push(gh: Sandbox, times: int = 1) -> None:
    for number in range(times):
        gh.world.push("acme/shop", "main", {"n": f"{number} {len(gh.world.attempts)}\n"})


async def test_a_delivery_is_signed_over_the_bytes_that_are_sent(gh: Sandbox, hook: Hook) -> None:
    gh.hook_url = hook.url
    gh.world.comment(gh.world.repo("acme/shop").pulls[1], user="dana", body="größer 🦊")
    await gh.settled()
    headers, body = hook.got[0]
    wanted = hmac.new(gh.webhook_secret.encode(), body, hashlib.sha256).hexdigest()
    assert headers["X-Hub-Signature-256"] == f"sha256={wanted}"
    assert headers["X-Hub-Signature"] == f"sha1={hmac.new(gh.webhook_secret.encode(), body, 'sha1').hexdigest()}"
    assert headers["User-Agent"].startswith("GitHub-Hookshot/")
    assert headers["X-GitHub-Hook-Installation-Target-ID"] == str(gh.app_id)
    assert json.loads(body)["comment"]["body"] == "größer 🦊"


async def test_deliveries_go_by_themselves_and_in_order(gh: Sandbox, hook: Hook) -> None:
    gh.hook_url = hook.url
    push(gh, 3)
    await gh.settled()
    assert hook.events() == ["push", "check_suite"] * 3
    assert len(set(hook.guids())) == 6
    assert all(attempt.status == "OK" for attempt in gh.world.delivered)


async def test_several_at_once_overtake_each_other_but_all_arrive(gh: Sandbox, hook: Hook) -> None:
    gh.deliveries.at_once = 8
    gh.hook_url = hook.url
    push(gh, 20)
    await gh.settled()
    assert len(set(hook.guids())) == 40


async def test_nothing_goes_while_held(gh: Sandbox, hook: Hook) -> None:
    gh.hook_url = hook.url
    gh.deliveries.hold()
    push(gh)
    await gh.settled()
    assert hook.got == []
    gh.deliveries.release()
    await gh.settled()
    assert len(hook.got) == 2


async def test_a_manual_sandbox_sends_when_told(hook: Hook, clock: HeldClock) -> None:
    async with Sandbox(now=clock, automatic=False, hook_url=hook.url) as gh:
        gh.world.repository("acme/shop")
        push(gh)
        await gh.settled()
        assert hook.got == []
        assert await gh.deliveries.flush() == 2
        assert len(hook.got) == 2


async def test_what_is_duplicated_comes_twice_under_one_guid(gh: Sandbox, hook: Hook) -> None:
    gh.deliveries.hook_url = hook.url
    push(gh)
    gh.deliveries.duplicate(0)
    await gh.deliveries.flush()
    guids = hook.guids()
    assert guids[0] == guids[2] != guids[1]
    assert hook.got[0][1] == hook.got[2][1]


async def test_reordering_is_the_same_for_the_same_seed(gh: Sandbox) -> None:
    push(gh, 5)
    before = list(gh.world.outbox)
    gh.deliveries.reorder(7)
    first = list(gh.world.outbox)
    gh.world.outbox[:] = before
    gh.deliveries.reorder(7)
    assert gh.world.outbox == first != before
    assert set(first) == set(before)


async def test_what_vanishes_leaves_no_trace(gh: Sandbox, hook: Hook, caller: Caller) -> None:
    gh.deliveries.hook_url = hook.url
    push(gh)
    gh.deliveries.vanish(0)
    await gh.deliveries.flush()
    assert hook.events() == ["check_suite"]
    assert [one["event"] for one in (await caller.as_app("GET", "/app/hook/deliveries")).data] == ["check_suite"]


async def test_a_failed_delivery_can_be_had_again_under_its_own_guid(gh: Sandbox, hook: Hook, caller: Caller) -> None:
    gh.deliveries.hook_url = hook.url
    push(gh)
    dropped = gh.deliveries.drop(0)
    await gh.deliveries.flush()
    failed = (await caller.as_app("GET", "/app/hook/deliveries?status=failure")).data
    assert [(one["id"], one["event"], one["status_code"]) for one in failed] == [(dropped.id, "push", 502)]
    again = await caller.as_app("POST", f"/app/hook/deliveries/{failed[0]['id']}/attempts")
    assert again.status == 202
    await gh.deliveries.flush()
    assert hook.guids()[-1] == dropped.delivery.guid
    newest = (await caller.as_app("GET", "/app/hook/deliveries")).data[0]
    assert (newest["redelivery"], newest["status"], newest["guid"]) == (True, "OK", dropped.delivery.guid)
    assert newest["id"] != failed[0]["id"]


async def test_a_delivery_can_be_looked_at(gh: Sandbox, hook: Hook, caller: Caller) -> None:
    gh.deliveries.hook_url = hook.url
    push(gh)
    await gh.deliveries.flush()
    attempt = gh.world.delivered[0]
    shown = (await caller.as_app("GET", f"/app/hook/deliveries/{attempt.id}")).data
    assert shown["request"]["payload"] == json.loads(hook.got[0][1])
    assert shown["request"]["headers"]["X-GitHub-Delivery"] == attempt.delivery.guid
    assert shown["response"]["payload"] == "thanks"


async def test_an_error_of_the_app_is_a_failed_delivery(gh: Sandbox, hook: Hook) -> None:
    hook.status = 503
    gh.deliveries.hook_url = hook.url
    push(gh)
    await gh.deliveries.flush()
    assert [(one.status_code, one.is_success) for one in gh.world.delivered] == [(503, False)] * 2
    assert not gh.world.delivered[0].delivery.arrived


async def test_an_app_that_takes_too_long_is_a_failed_delivery(gh: Sandbox, hook: Hook) -> None:
    hook.answers.clear()
    gh.deliveries.patience = 0.05
    gh.deliveries.hook_url = hook.url
    push(gh)
    gh.deliveries.drop(1)
    await gh.deliveries.flush()
    assert gh.world.delivered[-1].status == "timed out"


async def test_nobody_there_is_a_failed_delivery(gh: Sandbox) -> None:
    gh.deliveries.hook_url = "http://127.0.0.1:9/hook"
    push(gh)
    await gh.deliveries.flush()
    assert gh.world.delivered[0].status == "failed to connect to host"


async def test_the_log_of_deliveries_has_a_cursor(gh: Sandbox, caller: Caller) -> None:
    push(gh, 3)
    while gh.world.outbox:
        gh.deliveries.drop()
    first = await caller.as_app("GET", "/app/hook/deliveries?per_page=4")
    assert len(first.data) == 4
    where = first.headers["Link"].split(">")[0].lstrip("<")
    second = await caller.as_app("GET", where.removeprefix(gh.api_url))
    assert len(second.data) == 2
    assert "Link" not in second.headers
    ids = [one["id"] for one in first.data + second.data]
    assert ids == sorted(ids, reverse=True)


async def test_the_log_of_deliveries_goes_back_three_days(gh: Sandbox, caller: Caller, clock: HeldClock) -> None:
    push(gh)
    old = gh.deliveries.drop()
    clock.pass_by(days=3, seconds=1)
    assert (await caller.as_app("GET", "/app/hook/deliveries")).data == []
    assert (await caller.as_app("POST", f"/app/hook/deliveries/{old.id}/attempts")).status == 404


async def test_worlds_that_live_alike_deliver_alike(clock: HeldClock) -> None:
    bodies = []
    for _ in range(2):
        async with Sandbox(now=clock) as gh:
            gh.world.links.moved_to("http://api.invalid", "http://web.invalid")
            gh.world.repository("acme/shop")
            push(gh)
            bodies.append([(one.delivery.guid, one.delivery.body) for one in gh.world.outbox])
    assert bodies[0] == bodies[1]
