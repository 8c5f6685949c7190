"""Who is let into the simulated forge's API, and to what."""

from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from placet.sandbox import Sandbox
from placet.sandbox.model import Installation
from sandbox_caller import Caller
from sandbox_world import HeldClock

R = "/repos/acme/shop"


def installed(gh: Sandbox) -> Installation:
    found = gh.world.installation_on(gh.world.account("acme"))
    assert found is not None
    return found


async def test_the_app_comes_in_with_its_signature(caller: Caller) -> None:
    answer = await caller.as_app("GET", "/app")
    assert (answer.status, answer.data["slug"]) == (200, "placet")


@pytest.mark.parametrize(
    ("claims", "word"),
    [
        ({"exp": 1}, "Expiration"),
        ({"exp": 99_999_999_999}, "too far in the future"),
        ({"iat": 99_999_999_998}, "Issued at"),
        ({"exp": "soon"}, "Expiration"),
    ],
)
async def test_a_signature_out_of_its_time_is_refused(caller: Caller, claims: dict[str, object], word: str) -> None:
    answer = await caller.ask("GET", "/app", secret=caller.jwt(**claims))
    assert answer.status == 401
    assert word in answer.data["message"]


async def test_a_signature_may_go_by_the_simulated_clock(caller: Caller, clock: HeldClock) -> None:
    now = int(clock.at.timestamp())
    assert (await caller.ask("GET", "/app", secret=caller.jwt(iat=now - 60, exp=now + 500))).status == 200
    assert (await caller.ask("GET", "/app", secret=caller.jwt(iat=now - 60, exp=now + 700))).status == 401


async def test_somebody_elses_signature_is_refused(caller: Caller) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    claims = jwt.decode(caller.jwt(), options={"verify_signature": False})
    assert (await caller.ask("GET", "/app", secret=jwt.encode(claims, other, algorithm="RS256"))).status == 401


async def test_an_unsigned_token_is_refused(caller: Caller) -> None:
    claims = jwt.decode(caller.jwt(), options={"verify_signature": False})
    assert (await caller.ask("GET", "/app", secret=jwt.encode(claims, "", algorithm="none"))).status == 401


async def test_an_unknown_app_is_refused(caller: Caller) -> None:
    assert (await caller.ask("GET", "/app", secret=caller.jwt(iss="1"))).status == 404


async def test_each_door_wants_its_own_key(caller: Caller) -> None:
    assert (await caller.get("/app")).status == 401
    assert (await caller.as_app("GET", R)).status == 403
    assert (await caller.get(R)).status == 200
    caller.secret = ""
    assert (await caller.get(R)).status == 401


async def test_a_token_ends_after_an_hour(caller: Caller, clock: HeldClock) -> None:
    clock.pass_by(minutes=59, seconds=59)
    assert (await caller.get(R)).status == 200
    clock.pass_by(seconds=2)
    answer = await caller.get(R)
    assert (answer.status, answer.data["message"]) == (401, "Bad credentials")


async def test_a_token_ends_with_its_installation(caller: Caller, gh: Sandbox) -> None:
    gh.world.uninstall("acme")
    assert (await caller.get(R)).status == 401


async def test_a_suspended_installation_gets_nothing(caller: Caller, gh: Sandbox) -> None:
    gh.world.suspend("acme")
    assert (await caller.get(R)).status == 403
    path = f"/app/installations/{installed(gh).id}/access_tokens"
    assert (await caller.as_app("POST", path)).status == 403
    gh.world.unsuspend("acme")
    assert (await caller.get(R)).status == 200


async def test_a_private_repository_outside_the_installation_is_not_there(caller: Caller, gh: Sandbox) -> None:
    gh.world.organisation("umbrella")
    gh.world.repository("umbrella/secret")
    assert (await caller.get("/repos/umbrella/secret")).status == 404


async def test_a_public_repository_outside_the_installation_can_only_be_read(caller: Caller, gh: Sandbox) -> None:
    gh.world.organisation("umbrella")
    repo = gh.world.repository("umbrella/open", private=False)
    assert (await caller.get("/repos/umbrella/open/branches/main")).status == 200
    run = {"name": "placet", "head_sha": repo.refs["main"]}
    assert (await caller.post("/repos/umbrella/open/check-runs", run)).status == 403


@pytest.mark.parametrize("rest", ["contents/README.md", "activity"])
async def test_files_and_activities_of_a_public_repository_can_be_read_from_outside(
    caller: Caller, gh: Sandbox, rest: str
) -> None:
    gh.world.organisation("umbrella", installed=False)
    repo = gh.world.repository("umbrella/open", private=False)
    assert (await caller.get(f"/repos/umbrella/open/{rest}")).status == 200
    gh.world.publish(repo, private=True)
    answer = await caller.get(f"/repos/umbrella/open/{rest}")
    assert (answer.status, answer.data["message"]) == (404, "Not Found")


@pytest.mark.parametrize("rest", ["contents/README.md", "activity"])
async def test_files_and_activities_of_what_was_not_selected_are_not_there(
    caller: Caller, gh: Sandbox, rest: str
) -> None:
    other = gh.world.repository("acme/other")
    await caller.token(gh.world.account("acme"), repository_ids=[other.id])
    assert (await caller.get(f"/repos/acme/other/{rest}")).status == 200
    assert (await caller.get(f"{R}/{rest}")).status == 404


async def test_another_organisations_teams_are_not_there(caller: Caller, gh: Sandbox) -> None:
    gh.world.team("umbrella/data")
    assert (await caller.get("/orgs/umbrella/teams/data")).status == 404
    assert (await caller.get(f"/teams/{gh.world.crew('umbrella/data').id}")).status == 404


@pytest.mark.parametrize(
    ("method", "path", "lacks"),
    [
        ("GET", f"{R}/pulls/1", "pull_requests"),
        ("GET", f"{R}/git/trees/main", "contents"),
        ("GET", f"{R}/contents/README.md", "contents"),
        ("GET", f"{R}/activity", "contents"),
        ("GET", "/orgs/acme/teams", "members"),
        ("GET", f"{R}/commits/main/check-runs", "checks"),
        ("POST", f"{R}/check-runs", "checks"),
    ],
)
async def test_what_was_not_granted_is_forbidden(
    caller: Caller, gh: Sandbox, method: str, path: str, lacks: str
) -> None:
    granted = {area: level for area, level in installed(gh).permissions.items() if area != lacks}
    gh.world.grant("acme", granted)
    await caller.token(gh.world.account("acme"))
    answer = await caller.ask(method, path)
    assert (answer.status, answer.data["message"]) == (403, "Resource not accessible by integration")


async def test_reading_rights_do_not_write(caller: Caller, gh: Sandbox) -> None:
    gh.world.grant("acme", {**installed(gh).permissions, "checks": "read"})
    await caller.token(gh.world.account("acme"))
    assert (await caller.get(f"{R}/commits/main/check-runs")).status == 200
    assert (await caller.post(f"{R}/check-runs", {"name": "placet", "head_sha": "0" * 40})).status == 403


async def test_comments_need_one_of_two_rights(caller: Caller, gh: Sandbox) -> None:
    only_issues = {"metadata": "read", "issues": "write"}
    gh.world.grant("acme", only_issues)
    await caller.token(gh.world.account("acme"))
    assert (await caller.post(f"{R}/issues/1/comments", {"body": "hi"})).status == 201


async def test_a_token_can_be_narrowed(caller: Caller, gh: Sandbox) -> None:
    other = gh.world.repository("acme/other")
    await caller.token(gh.world.account("acme"), repository_ids=[other.id], permissions={"contents": "read"})
    assert (await caller.get("/repos/acme/other/branches/main")).status == 200
    assert (await caller.get("/repos/acme/other/pulls")).status == 403
    assert (await caller.get(R)).status == 404
    listed = await caller.get("/installation/repositories")
    assert [repo["full_name"] for repo in listed.data["repositories"]] == ["acme/other"]


@pytest.mark.parametrize(
    "body", [{"permissions": {"contents": "write"}}, {"repositories": ["none"]}, {"permissions": {"pages": "read"}}]
)
async def test_a_token_cannot_be_widened(caller: Caller, gh: Sandbox, body: dict[str, object]) -> None:
    path = f"/app/installations/{installed(gh).id}/access_tokens"
    assert (await caller.as_app("POST", path, body)).status == 422


async def test_an_unknown_version_of_the_api_is_refused(caller: Caller) -> None:
    answer = await caller.get(R, **{"X-GitHub-Api-Version": "2019-01-01"})
    assert answer.status == 400


async def test_the_newer_version_leaves_things_out(caller: Caller) -> None:
    older = await caller.get(f"{R}/pulls/1")
    newer = await caller.get(f"{R}/pulls/1", **{"X-GitHub-Api-Version": "2026-03-10"})
    assert {"merge_commit_sha", "assignee"} <= older.data.keys()
    assert not {"merge_commit_sha", "assignee"} & newer.data.keys()
    assert newer.headers["x-github-api-version-selected"] == "2026-03-10"


async def test_a_repository_that_was_renamed_is_found_by_its_old_name(caller: Caller, gh: Sandbox) -> None:
    repo = gh.world.repo("acme/shop")
    gh.world.rename_repository(repo, "store")
    answer = await caller.ask("POST", f"{R}/issues/1/comments", {"body": "hi"})
    assert answer.status == 301
    assert answer.headers["Location"] == f"{gh.api_url}/repositories/{repo.id}/issues/1/comments"
    assert (await caller.post(answer.headers["Location"], {"body": "hi"})).status == 201


async def test_what_is_no_json_is_refused(caller: Caller) -> None:
    headers = {"Authorization": f"Bearer {caller.secret}"}
    url = f"{caller.sandbox.api_url}{R}/issues/1/comments"
    async with caller.session.post(url, data=b"{", headers=headers) as answer:
        assert answer.status == 400
    async with caller.session.post(url, data=b"[]", headers=headers) as answer:
        assert answer.status == 422


async def test_tokens_of_different_times_differ(caller: Caller, gh: Sandbox) -> None:
    first = caller.secret
    await caller.token(gh.world.account("acme"))
    assert caller.secret != first
    assert len(gh.world.tokens) == 2
    assert gh.world.tokens[first].expires_at - gh.world.now() == timedelta(hours=1)
