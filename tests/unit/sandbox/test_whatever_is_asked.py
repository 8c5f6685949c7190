"""Whatever is asked of the simulated forge, and whatever happens in it, nothing breaks."""

import json
from random import Random

import pytest

from placet.sandbox import Sandbox, World
from placet.sandbox.api.routing import routes
from placet.sandbox.git import NO_COMMIT
from sandbox_caller import Caller
from sandbox_world import HeldClock, Life

ODD_PARTS = ["1", "²", "9" * 5000, "%00", "..", "%2F", "main", "acme", "%F0%9F%A6%8A", "deadbeef", "-1"]
ODD_BODIES: list[object] = [
    None,
    [],
    "text",
    {},
    {"name": 1, "head_sha": [], "output": [], "actions": {}, "body": 7},
    {"permissions": "x", "repository_ids": "y", "repositories": 3, "reviewers": "dana", "team_reviewers": [1]},
    {"permissions": {"checks": []}, "repository_ids": [{}], "reviewers": [None], "content": {}, "event": 1},
    {"name": "n", "head_sha": "0" * 40, "output": {"summary": "s", "annotations": [1]}, "actions": [None]},
    {"name": "n", "head_sha": "main", "output": {"summary": 1}, "status": None, "conclusion": 5, "started_at": 1},
]
ODD_QUERIES = [
    "",
    "?per_page=²&page=-1",
    f"?per_page={'9' * 5000}",
    "?since=x&cursor=v1_²&status=success&recursive=0",
    "?ref=refs/heads/&after=v1_²&direction=up",
    "?ref=%00&before=v1_1&after=v1_2&actor=²&per_page=0",
]


def kinds() -> list[str]:
    return sorted(route.kind for table in routes.table.values() for route in table)


@pytest.mark.parametrize("kind", kinds())
async def test_no_request_breaks_the_api(caller: Caller, kind: str) -> None:
    chance = Random(kind)  # noqa: S311 - a story, no secret
    method, _, template = kind.partition(" ")
    for turn in range(24):
        parts = [
            chance.choice(ODD_PARTS) if part.startswith("{") and turn % 4 else part for part in template.split("/")
        ]
        usual = {"{owner}": "acme", "{repo}": "shop", "{org}": "acme", "{team_slug}": "crm", "{pull_number}": "1"}
        path = "/".join(usual.get(part, "1" if part.startswith("{") else part) for part in parts)
        body = chance.choice(ODD_BODIES) if method != "GET" else None
        secret = caller.jwt() if template.startswith(("/app", "/users")) else None
        answer = await caller.ask(method, path + chance.choice(ODD_QUERIES), body, secret=secret)
        assert answer.status < 500, (path, body, answer.raw)


@pytest.mark.parametrize("seed", range(12))
def test_whatever_happens_the_state_is_sound(clock: HeldClock, seed: int) -> None:
    life = Life(World(clock), seed)
    for _ in range(150):
        clock.pass_by(seconds=1)
        life.act()
    for pull in life.repo.pulls.values():
        assert (pull.number in life.repo.open_pulls) == (pull.state == "open")
        if pull.state == "open":
            assert pull.head_repo is not None
            assert pull.head_sha == pull.head_repo.refs[pull.head_ref]
            assert pull.base_ref in life.repo.refs
    seen: dict[str, str] = {}
    for one in life.repo.activities:
        assert one.before == seen.get(one.branch, NO_COMMIT)
        seen[one.branch] = one.after
    assert {branch: sha for branch, sha in seen.items() if sha != NO_COMMIT} == life.repo.refs
    for attempt in life.world.outbox:
        assert json.loads(attempt.delivery.body)["installation"]


@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_happened_everything_can_be_read(clock: HeldClock, seed: int) -> None:
    async with Sandbox(now=clock) as gh, Caller(gh) as caller:
        life = Life(gh.world, seed)
        for _ in range(150):
            life.act()
        await caller.token(life.org)
        for pull in life.repo.pulls.values():
            for rest in ("", "/files", "/commits", "/reviews", "/requested_reviewers"):
                assert (await caller.get(f"/repos/acme/shop/pulls/{pull.number}{rest}")).status == 200
            compare = f"/repos/acme/shop/compare/main...{pull.head_sha}"
            assert (await caller.get(compare)).status == 200
        assert (await caller.get("/repos/acme/shop/pulls?state=all")).status == 200
