"""The simulated forge against GitHub's own description of its API and of its webhooks."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from placet.sandbox import File, Mode, Sandbox
from placet.sandbox.api.routing import routes
from placet.sandbox.model import Organisation, Pull, Repository
from sandbox_caller import Caller

CHECKER = Path(__file__).parents[3] / "shared" / "tools" / "ghval"
if not CHECKER.is_dir():
    pytest.skip(f"the checker of GitHub traffic is not at {CHECKER}", allow_module_level=True)
sys.path.insert(0, str(CHECKER))

from ghval import RestValidator  # noqa: E402 - found only now
from ghval.schema import Compiler, unknown_props  # noqa: E402 - see above

VERSIONS = {"2022-11-28": "github-2022-11-28", "2026-03-10": "github-2026-03-10"}
R = "/repos/acme/shop"

# What the checker says of requests that are wrong on purpose: it is the answer to them that is looked at.
OF_WRONG_REQUESTS = frozenset(
    {"E-BODY", "E-RULE", "E-PARAM", "E-AUTH", "E-AUTH-JWT", "E-AUTH-TOKEN", "E-API-VERSION", "E-ROUTE"}
)


# GitHub's description of its answer to `repos/list-activities`, which the checker names but does not keep.
ACTIVITY_TYPES = ("push", "force_push", "branch_deletion", "branch_creation", "pr_merge", "merge_queue_merge")
ACTIVITY = {
    "id": {"type": "integer"},
    "node_id": {"type": "string"},
    "before": {"type": "string"},
    "after": {"type": "string"},
    "ref": {"type": "string"},
    "timestamp": {"type": "string", "format": "date-time"},
    "activity_type": {"type": "string", "enum": list(ACTIVITY_TYPES)},
    "actor": {"$ref": "#/components/schemas/nullable-simple-user"},
}
ACTIVITIES = {"type": "array", "items": {"type": "object", "properties": ACTIVITY, "required": list(ACTIVITY)}}


def is_the_descriptions_own(path: str, status: int | None, code: str, where: str) -> bool:
    """Findings in which GitHub's description differs from GitHub."""
    if code == "W-NOT-KEPT":  # reactions beside lines, single ones, and activities: described, but not kept to check
        return "/reactions" in path or path.endswith("/activity")
    if path == "/app/installations":  # in this list alone an account is a user and an enterprise in one, and
        return where.endswith(("/account", "/permissions/merge_queues"))  # the merge queue's permission is unknown
    return status == 422 and where == "response/status"  # left out of the description of validation errors


class World:
    """A small organisation with a bit of everything, and a caller that is let in."""

    def __init__(self, sandbox: Sandbox, caller: Caller) -> None:
        self.sandbox, self.caller, self.world = sandbox, caller, sandbox.world
        self.org: Organisation = self.world.organisation("acme", owner="olga")
        files: dict[str, str | File] = {
            "models/a.sql": "select 1\n",
            "run.sh": File(b"echo\n", Mode.EXECUTABLE),
            "link": File(b"run.sh", Mode.SYMLINK),
            "folder": File(b"models", Mode.SYMLINK),
            "lib": File(b"1" * 40, Mode.SUBMODULE),
        }
        self.repo: Repository = self.world.repository("acme/shop", files)
        self.data = self.world.team("acme/data", members=["lea"])
        self.crm = self.world.team("acme/crm", members=["sam-o"], pending=["pia"], parent="acme/data")
        self.pull: Pull = self.world.open_pull(
            self.repo,
            author="dana",
            branch="feat/drop",
            files={"models/a.sql": "select 2\n"},
            title="Drop",
            body="because",
        )


@pytest.fixture(params=VERSIONS)
async def there(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    async with Sandbox(record=True) as sandbox, Caller(sandbox, request.param) as caller:
        world = World(sandbox, caller)
        await caller.token(world.org)
        yield world
        caller.secret = ""


def findings(sandbox: Sandbox, version: str, *, wrong_on_purpose: bool = False) -> list[str]:
    """What the checker has to say about everything that was asked and answered."""
    checker = RestValidator(VERSIONS[version], strict_response=True)
    said = []
    for exchange in sandbox.log.exchanges:
        result = checker.check(exchange.as_json())
        for one in result.violations:
            if is_the_descriptions_own(exchange.path, exchange.status, one.code, one.where):
                continue
            if wrong_on_purpose and one.code in OF_WRONG_REQUESTS and not one.where.startswith("response"):
                continue
            said.append(f"{exchange.method} {exchange.path} -> {exchange.status}: {one}")
    return said


async def test_reading(there: World) -> None:
    """Every kind of thing, asked for as an installation."""
    caller, world, sha = there.caller, there.world, there.pull.head_sha
    store = there.repo.store
    blob = store.entry(store.commit(sha).tree, "models/a.sql")
    assert blob is not None
    review = world.review(there.pull, user="sam-o", state="approve")
    comment = world.comment(there.pull, user="lea", body="hm")
    remark = world.review_comment(there.pull, user="lea", body="here", path="models/a.sql")
    world.protect(there.repo, "main")
    paths = [
        R, "/repositories/300001", f"{R}/branches", f"{R}/branches/main", f"{R}/branches/feat%2Fdrop",
        f"{R}/git/ref/heads/feat/drop", f"{R}/git/matching-refs/heads/feat", f"{R}/git/commits/{sha}",
        f"{R}/git/trees/{sha}", f"{R}/git/trees/{sha}?recursive=1", f"{R}/git/blobs/{blob.sha}",
        f"{R}/compare/main...feat%2Fdrop", f"{R}/compare/main...feat%2Fdrop?page=1&per_page=1",
        f"{R}/contents", f"{R}/contents/models?ref=main", f"{R}/contents/models/a.sql?ref=feat/drop",
        f"{R}/contents/link", f"{R}/contents/folder", f"{R}/contents/lib",
        f"{R}/commits", f"{R}/commits/main", f"{R}/commits/{sha}/pulls",
        f"{R}/pulls", f"{R}/pulls?state=all&base=main&head=acme:feat/drop&sort=updated&direction=asc",
        f"{R}/pulls/1", f"{R}/pulls/1/files", f"{R}/pulls/1/commits", f"{R}/pulls/1/reviews",
        f"{R}/pulls/1/reviews/{review.id}", f"{R}/pulls/1/requested_reviewers", f"{R}/pulls/1/comments",
        f"{R}/pulls/comments/{remark.id}", f"{R}/pulls/comments/{remark.id}/reactions",
        f"{R}/issues/1", f"{R}/issues/1/comments?since=2020-01-01T00:00:00Z", f"{R}/issues/comments?sort=updated",
        f"{R}/issues/comments/{comment.id}", f"{R}/issues/comments/{comment.id}/reactions",
        f"{R}/rules/branches/main", f"{R}/rules/branches/none", f"{R}/teams", f"{R}/collaborators/dana",
        f"{R}/collaborators/dana/permission", f"{R}/collaborators/nobody-here/permission",
        "/orgs/acme", "/orgs/acme/teams", "/orgs/acme/teams/crm", "/orgs/acme/teams/data/members",
        "/orgs/acme/teams/data/teams", "/orgs/acme/teams/data/repos", "/orgs/acme/teams/crm/repos/acme/shop",
        "/orgs/acme/teams/crm/memberships/sam-o", "/orgs/acme/teams/crm/memberships/pia",
        "/orgs/acme/teams/data/memberships/sam-o", "/orgs/acme/members", "/orgs/acme/members/lea",
        f"/organizations/{there.org.id}", f"/organizations/{there.org.id}/team/{there.crm.id}",
        f"/organizations/{there.org.id}/team/{there.crm.id}/memberships/sam-o", f"/teams/{there.crm.id}",
        f"/teams/{there.crm.id}/members", "/users/dana", f"/user/{there.pull.author.id}", "/apps/placet",
        "/rate_limit", "/versions", "/installation/repositories",
    ]  # fmt: skip
    for path in paths:
        answer = await caller.get(path)
        assert answer.status in {200, 204} or "nobody" in path, (path, answer.data)
    assert (await caller.get(f"{R}/tarball/main")).status == 302
    for path, accept in [
        (f"{R}/git/blobs/{blob.sha}", "application/vnd.github.raw+json"),
        (f"{R}/contents/models/a.sql", "application/vnd.github.raw+json"),
        (f"{R}/commits/main", "application/vnd.github.sha"),
        ("/orgs/acme/teams/crm/repos/acme/shop", "application/vnd.github.v3.repository+json"),
    ]:
        assert (await caller.get(path, Accept=accept)).status == 200
    assert findings(there.sandbox, caller.version) == []


async def test_reading_as_the_app(there: World) -> None:
    """What only the app's own key may see."""
    caller = there.caller
    installed = there.world.installation_on(there.org)
    assert installed is not None
    there.world.comment(there.pull, user="lea", body="hm")
    while there.world.outbox:
        there.sandbox.deliveries.drop()
    attempt = there.world.delivered[-1]
    for path in [
        "/app", "/app/installations", f"/app/installations/{installed.id}", f"{R}/installation",
        "/orgs/acme/installation", "/app/hook/config", "/app/hook/deliveries?per_page=2",
        "/app/hook/deliveries?status=failure", f"/app/hook/deliveries/{attempt.id}",
    ]:  # fmt: skip
        assert (await caller.as_app("GET", path)).status == 200, path
    there.world.install("dana")
    assert (await caller.as_app("GET", "/users/dana/installation")).status == 200
    assert (await caller.as_app("POST", f"/app/hook/deliveries/{attempt.id}/attempts")).status == 202
    narrowed = {"repository_ids": [there.repo.id], "permissions": {"checks": "read"}}
    assert (await caller.as_app("POST", f"/app/installations/{installed.id}/access_tokens", narrowed)).status == 201
    assert findings(there.sandbox, caller.version) == []


async def test_writing(there: World) -> None:
    """Checks, comments, reactions and review requests."""
    caller, sha = there.caller, there.pull.head_sha
    note = {"path": "models/a.sql", "start_line": 1, "end_line": 1, "annotation_level": "warning", "message": "gone"}
    running = {"name": "placet", "head_sha": sha, "status": "in_progress", "started_at": "2026-01-01T00:00:00Z"}
    made = await caller.post(f"{R}/check-runs", running)
    assert made.status == 201
    run = f"{R}/check-runs/{made.data['id']}"
    output = {"title": "Waiting", "summary": "for crm", "text": "more", "annotations": [note]}
    buttons = [{"label": "Approve", "description": "what is shown", "identifier": "approve:0123456789ab"}]
    done = {"status": "completed", "conclusion": "action_required", "output": output, "actions": buttons}
    assert (await caller.patch(run, done)).status == 200
    suite = f"{R}/check-suites/{made.data['check_suite']['id']}"
    for path in [run, f"{run}/annotations", f"{R}/commits/{sha}/check-runs?check_name=placet&filter=all", suite]:
        assert (await caller.get(path)).status == 200
    assert (await caller.get(f"{R}/commits/{sha}/check-suites")).status == 200
    assert (await caller.get(f"{suite}/check-runs")).status == 200
    assert (await caller.post(f"{run}/rerequest")).status == 201
    comment = await caller.post(f"{R}/issues/1/comments", {"body": "Hello"})
    assert comment.status == 201
    there_now = f"{R}/issues/comments/{comment.data['id']}"
    assert (await caller.patch(there_now, {"body": "Hello again"})).status == 200
    assert (await caller.post(f"{there_now}/reactions", {"content": "eyes"})).status == 201
    again = await caller.post(f"{there_now}/reactions", {"content": "eyes"})
    assert again.status == 200
    assert (await caller.delete(f"{there_now}/reactions/{again.data['id']}")).status == 204
    assert (await caller.delete(there_now)).status == 204
    asked = await caller.post(f"{R}/pulls/1/requested_reviewers", {"team_reviewers": ["crm"], "reviewers": ["lea"]})
    assert asked.status == 201
    assert (await caller.get(f"{R}/pulls/1")).status == 200
    assert (await caller.get(f"{R}/pulls/1/requested_reviewers")).status == 200
    assert (await caller.delete(f"{R}/pulls/1/requested_reviewers", {"reviewers": ["lea"]})).status == 200
    assert (await caller.post(f"{R}/pulls/1/reviews", {"event": "COMMENT", "body": "look"})).status == 200
    remark = there.world.review_comment(there.pull, user="lea", body="here", path="models/a.sql")
    beside = f"{R}/pulls/comments/{remark.id}/reactions"
    reaction = await caller.post(beside, {"content": "+1"})
    assert reaction.status == 201
    assert (await caller.delete(f"{beside}/{reaction.data['id']}")).status == 204
    assert findings(there.sandbox, caller.version) == []


async def test_replying_beside_a_line(there: World) -> None:
    """GitHub's description says installation tokens cannot; its documents say they can: only the answer is checked."""
    remark = there.world.review_comment(there.pull, user="lea", body="here", path="models/a.sql")
    answer = await there.caller.post(f"{R}/pulls/1/comments/{remark.id}/replies", {"body": "yes"})
    assert answer.status == 201
    assert findings(there.sandbox, there.caller.version, wrong_on_purpose=True) == []


async def test_states_of_a_pull_request(there: World) -> None:
    """Merged, closed, draft, in conflict, from a fork: each reads as documented."""
    world, caller = there.world, there.caller
    fork = world.fork(there.repo, "fay")
    from_fork = world.open_pull(
        there.repo, author="fay", branch="patch-1", fork=fork, files={"models/a.sql": "select 3\n"}
    )
    draft = world.open_pull(there.repo, author="dana", branch="wip", files={"b.sql": "1\n"}, draft=True)
    world.add_label(draft, "later")
    closed = world.open_pull(there.repo, author="dana", branch="no", files={"c.sql": "1\n"})
    world.close(closed)
    world.request_review(draft, teams=["crm"])
    world.remove_request(draft, teams=["crm"])
    world.dismiss_review(world.review(draft, user="sam-o", state="approve"))
    world.edit_pull(draft, title="Another")
    world.ready(draft)
    world.set_draft(draft)
    world.merge(there.pull)
    world.post_check(there.repo, draft.head_sha, name="lint", conclusion=None)
    for pull in (there.pull, from_fork, draft, closed):
        assert (await caller.get(f"{R}/pulls/{pull.number}")).status == 200
        assert (await caller.get(f"{R}/issues/{pull.number}/events")).status == 200
        assert (await caller.get(f"{R}/commits/{pull.head_sha}/check-runs")).status == 200
    assert (await caller.get(f"{R}/pulls?state=all")).status == 200
    assert findings(there.sandbox, caller.version) == []


async def test_what_was_deleted_is_null_though_the_description_denies_it(there: World) -> None:
    """GitHub does answer null for a head repository that is gone; its description of a single one leaves that out."""
    world, caller = there.world, there.caller
    fork = world.fork(there.repo, "fay")
    pull = world.open_pull(there.repo, author="fay", branch="patch-1", fork=fork, files={"models/a.sql": "select 3\n"})
    world.review(pull, user="gil", state="approve")
    world.comment(pull, user="gil", body="fine")
    world.delete_repository(fork)
    world.delete_user("fay")
    world.delete_user("gil")
    one = await caller.get(f"{R}/pulls/{pull.number}")
    assert (one.data["head"]["repo"], one.data["head"]["user"], one.data["user"]["login"]) == (None, None, "ghost")
    reviews = await caller.get(f"{R}/pulls/{pull.number}/reviews")
    comments = await caller.get(f"{R}/issues/{pull.number}/comments")
    assert reviews.data[0]["user"] is comments.data[0]["user"] is None
    said = findings(there.sandbox, caller.version)
    assert [one for one in said if "response/head" not in one] == []


async def test_a_stale_check_has_a_conclusion_that_the_description_leaves_out(there: World) -> None:
    """GitHub sets `stale` itself; the description of an answer has no such conclusion, that of a webhook has."""
    made = await there.caller.post(f"{R}/check-runs", {"name": "placet", "head_sha": there.pull.head_sha})
    there.world.stale(there.world.runs[made.data["id"]])
    answer = await there.caller.get(f"{R}/check-runs/{made.data['id']}")
    assert (answer.data["status"], answer.data["conclusion"]) == ("completed", "stale")
    assert [one for one in findings(there.sandbox, there.caller.version) if "response/conclusion" not in one] == []


async def test_activities(there: World) -> None:
    """Every way in which a branch moves, also by somebody who is gone, as GitHub describes it."""
    world, caller, repo = there.world, there.caller, there.repo
    for force in (False, True):
        world.push(repo, "feat/drop", {"models/a.sql": f"select {force}\n"}, author="gil", force=force)
    queued = world.open_pull(repo, author="dana", branch="next", files={"b.sql": "1\n"})
    world.merge(there.pull)
    world.dequeue(world.enqueue([queued]), "merged")
    world.delete_branch(repo, "next")
    world.delete_user("gil")
    answer = await caller.get(f"{R}/activity?ref=refs/heads/feat/drop&per_page=2&time_period=week&direction=asc")
    assert (answer.status, len(answer.data), answer.data[1]["actor"]) == (200, 2, None)
    every = (await caller.get(f"{R}/activity")).data
    assert {one["activity_type"] for one in every} == set(ACTIVITY_TYPES)
    assert (await caller.get(f"{R}/activity?activity_type=odd")).status == 422
    schemas = RestValidator(VERSIONS[caller.version]).schemas
    assert list(Compiler(schemas, ("components", "schemas")).errors("activities", ACTIVITIES, every)) == []
    assert list(unknown_props(ACTIVITIES, schemas, every)) == []
    assert findings(there.sandbox, caller.version) == []


async def test_a_public_repository_read_from_outside(there: World) -> None:
    """Its files and activities are there for an installation that does not cover it; those of a private one are not."""
    there.world.organisation("umbrella", installed=False)
    there.world.repository("umbrella/open", private=False)
    there.world.repository("umbrella/secret")
    for rest in ("contents", "contents/README.md", "contents/README.md?ref=main", "activity"):
        assert (await there.caller.get(f"/repos/umbrella/open/{rest}")).status == 200
        assert (await there.caller.get(f"/repos/umbrella/secret/{rest}")).status == 404
    assert findings(there.sandbox, there.caller.version) == []


async def test_refusals(there: World) -> None:
    """Whatever is wrong with a request, the answer has a documented status and body."""
    caller, sha = there.caller, there.pull.head_sha
    installed = there.world.installation_on(there.org)
    assert installed is not None
    wrong: list[tuple[str, str, object, int]] = [
        ("GET", "/repos/acme/none", None, 404),
        ("GET", "/nothing/like/it", None, 404),
        ("GET", f"{R}/pulls/99", None, 404),
        ("GET", f"{R}/pulls?state=odd", None, 422),
        ("GET", f"{R}/commits/none", None, 422),
        ("GET", f"{R}/git/trees/none", None, 404),
        ("GET", f"{R}/contents/none", None, 404),
        ("GET", f"{R}/contents/models/a.sql?ref=none", None, 404),
        ("GET", "/repos/acme/none/contents/models/a.sql", None, 404),
        ("GET", "/repos/acme/none/activity", None, 404),
        ("GET", f"{R}/git/blobs/{sha}", None, 404),
        ("GET", f"{R}/branches/none", None, 404),
        ("GET", f"{R}/compare/main...none", None, 404),
        ("GET", "/orgs/acme/teams/none", None, 404),
        ("GET", "/orgs/acme/teams/crm/memberships/dana", None, 404),
        ("GET", "/users/nobody-here", None, 404),
        ("POST", f"{R}/check-runs", {"name": "placet"}, 422),
        ("POST", f"{R}/check-runs", {"name": "placet", "head_sha": "0" * 40}, 422),
        ("POST", f"{R}/check-runs", {"name": "x", "head_sha": sha, "status": "completed"}, 422),
        ("POST", f"{R}/issues/1/comments", {"body": ""}, 422),
        ("POST", f"{R}/issues/1/comments", {"body": "x" * 65_537}, 422),
        ("POST", f"{R}/pulls/1/requested_reviewers", {"reviewers": ["dana"]}, 422),
        ("POST", f"{R}/pulls/1/requested_reviewers", {}, 422),
        ("DELETE", f"{R}/issues/comments/1", None, 404),
    ]
    for method, path, body, status in wrong:
        answer = await caller.ask(method, path, body)
        assert (answer.status, path) == (status, path)
    as_app: list[tuple[str, str, object, int]] = [
        ("GET", "/app/installations/1", None, 404),
        ("POST", "/app/installations/1/access_tokens", None, 404),
        ("POST", f"/app/installations/{installed.id}/access_tokens", {"permissions": {"contents": "write"}}, 422),
        ("GET", "/app/hook/deliveries?status=odd", None, 422),
        ("GET", "/app/hook/deliveries/1", None, 404),
    ]
    for method, path, body, status in as_app:
        assert (await caller.as_app(method, path, body)).status == status, path
    for secret in ("ghs_made_up", caller.jwt(exp=0), caller.jwt(iss="1")):
        assert (await caller.ask("GET", "/app", secret=secret)).status in {401, 404}
    there.world.grant(there.org, {"metadata": "read"})
    await caller.token(there.org)
    assert (await caller.get(f"{R}/pulls/1")).status == 403
    assert findings(there.sandbox, caller.version, wrong_on_purpose=True) == []


async def test_a_renamed_repository_redirects(there: World) -> None:
    there.world.rename_repository(there.repo, "store")
    answer = await there.caller.get(f"{R}/pulls/1")
    assert answer.status == 301
    assert (await there.caller.get(answer.headers["Location"])).data["base"]["repo"]["full_name"] == "acme/store"
    assert findings(there.sandbox, there.caller.version) == []


async def test_an_answer_that_is_known_already(there: World) -> None:
    first = await there.caller.get(R)
    assert (await there.caller.get(R, **{"If-None-Match": first.headers["ETag"]})).status == 304
    assert findings(there.sandbox, there.caller.version) == []


def test_every_route_is_driven_by_this_module() -> None:
    """A new route without a line above would go unchecked."""
    text = Path(__file__).read_text(encoding="utf-8")
    templates = {route.template for table in routes.table.values() for route in table}
    words = {template.rstrip("/").split("/")[-1] for template in templates}
    missing = sorted(word for word in words if not word.startswith("{") and word not in text)
    assert missing == []
