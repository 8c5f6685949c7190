"""The simulated forge as a server: its addresses, its log."""

import json

from placet.sandbox import Sandbox
from sandbox_caller import Caller
from sandbox_world import settle

R = "/repos/acme/shop"


async def test_requests_are_counted_by_kind(caller: Caller, gh: Sandbox) -> None:
    mark = gh.log.mark()
    await caller.get(f"{R}/pulls/1")
    await caller.post(f"{R}/issues/1/comments", {"body": "hi"})
    await caller.post(f"{R}/issues/1/comments", {"body": "hi"})
    kind = "POST /repos/{owner}/{repo}/issues/{issue_number}/comments"
    assert [one.status for one in gh.requests_of(kind, since=mark)] == [201, 201]
    assert len(gh.writes(since=mark)) == 2


async def test_asking_for_a_token_is_no_write(caller: Caller, gh: Sandbox) -> None:
    await caller.token(gh.world.account("acme"))
    assert gh.writes() == []


async def test_nothing_is_recorded_unless_wanted(caller: Caller, gh: Sandbox) -> None:
    await caller.get(R)
    assert gh.log.exchanges[-1].request_headers == {}


async def test_a_recording_holds_what_went_both_ways() -> None:
    async with Sandbox(record=True) as gh, Caller(gh) as caller:
        await caller.token(settle(gh.world).org)
        await caller.post(f"{R}/issues/1/comments?x=1", {"body": "hi"})
        line = json.loads(gh.log.jsonl().splitlines()[-1])
        assert json.loads(line["request_body"]) == {"body": "hi"}
        assert (line["method"], line["query"], line["status"]) == ("POST", "x=1", 201)
        assert json.loads(line["response_body"])["body"] == "hi"


async def test_an_enterprise_server_has_its_api_below_a_prefix() -> None:
    async with Sandbox(api_prefix="/api/v3") as gh, Caller(gh) as caller:
        await caller.token(settle(gh.world).org)
        answer = await caller.get(f"{R}/pulls?per_page=1")
        assert gh.api_url.endswith("/api/v3")
        assert answer.data[0]["url"].startswith(f"{gh.api_url}/repos/")


async def test_everything_points_back_to_this_machine(caller: Caller, gh: Sandbox) -> None:
    pull = (await caller.get(f"{R}/pulls/1")).data
    assert pull["url"].startswith(gh.api_url)
    assert pull["html_url"].startswith(gh.web_url)
    assert (await caller.get(pull["url"])).status == 200


async def test_the_same_key_serves_every_sandbox_of_a_process() -> None:
    async with Sandbox() as one, Sandbox() as two:
        assert one.private_key == two.private_key
        assert one.api_url != two.api_url
