"""The simulated forge's webhook deliveries against GitHub's own description of them, and against the community's."""

import json
import sys
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from placet.sandbox import Sandbox
from placet.sandbox.model import Access, Organisation, Pull, Repository
from sandbox_world import Life

CHECKER = Path(__file__).parents[3] / "shared" / "tools" / "ghval"
if not CHECKER.is_dir():
    pytest.skip(f"the checker of GitHub traffic is not at {CHECKER}", allow_module_level=True)
sys.path.insert(0, str(CHECKER))

from ghval import HookValidator  # noqa: E402 - found only now


class Clock:
    def __init__(self) -> None:
        self.at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


def live(sandbox: Sandbox) -> Iterable[tuple[dict[str, str], bytes]]:
    """Everything that happens to an organisation, as deliveries."""
    world = sandbox.world
    org = world.organisation("acme", owner="olga")
    repo = world.repository("acme/shop", {"a.sql": "1\n"}, private=False, announce=True)
    world.repository("acme/.github")
    crm = world.team("acme/crm", members=["sam-o"], announce=True)
    eu = world.team("acme/crm-eu", parent=crm, announce=True)
    world.add_to_organisation(org, "lea")
    world.add_member(eu, "new-one")
    world.remove_member(eu, "new-one")
    world.give_access(crm, repo, Access.WRITE)
    world.collaborator(repo, "dana")
    world.collaborator(repo, "dana", Access.ADMIN)
    pull = talk(sandbox, repo)
    talk_of_checks(sandbox, repo, pull)
    group = world.enqueue([pull])
    world.dequeue(group)
    world.dequeue(world.enqueue([pull]), "merged")
    fork = world.fork(repo, "fay")
    stray = world.open_pull(repo, author="fay", branch="p", fork=fork, files={"f.sql": "1\n"})
    world.delete_repository(fork)
    world.edit_pull(stray, title="Lost")
    world.delete_branch(repo, "release")
    world.remove_collaborator(repo, "dana")
    world.take_access(crm, repo)
    world.rename_team(crm, "Customer Care")
    world.delete_team(crm)
    world.remove_from_organisation(org, "lea")
    change_repository(sandbox, org, repo)
    return [(sandbox.deliveries.headers(attempt), attempt.delivery.body) for attempt in world.outbox]


def talk(sandbox: Sandbox, repo: Repository) -> Pull:
    world = sandbox.world
    pull = world.open_pull(repo, author="dana", branch="feat", files={"a.sql": "2\n"}, title="Change")
    world.push(repo, "feat", {"b.sql": "2\n"}, author="dana")
    world.request_review(pull, ["lea"], ["crm"])
    world.remove_request(pull, ["lea"], ["crm"])
    world.edit_pull(pull, title="Another", body="text")
    world.push(repo, "release", {"r.sql": "1\n"})
    world.retarget(pull, "release")
    world.retarget(pull, "main")
    world.set_draft(pull)
    world.ready(pull)
    world.add_label(pull, "later")
    world.close(pull)
    world.reopen(pull)
    review = world.review(pull, user="sam-o", state="approve", comments=[("a.sql", 1, "why?")])
    world.edit_review(review, "hm")
    world.dismiss_review(review)
    comment = world.comment(pull, user="lea", body="one")
    world.edit_comment(comment, "two", user="dana")
    world.delete_comment(comment)
    remark = world.review_comment(pull, user="lea", body="here", path="a.sql")
    world.review_comment(pull, user="dana", body="there", path="a.sql", reply_to=remark)
    world.edit_review_comment(remark, "not here")
    world.delete_review_comment(remark)
    return pull


def talk_of_checks(sandbox: Sandbox, repo: Repository, pull: Pull) -> None:
    world = sandbox.world
    button = {"label": "Approve", "description": "it", "identifier": "approve"}
    fields: dict[str, Any] = {"conclusion": "action_required", "title": "Wait", "summary": "s", "actions": [button]}
    run = world.create_run(
        repo, world.main_app, name="placet", head_sha=pull.head_sha, fields={"status": "in_progress"}
    )
    world.update_run(run, fields)
    world.press_button(run, "approve", user="lea")
    world.rerequest_check(run, user="lea")
    world.update_run(run, fields)
    world.rerequest_suite(run.suite, user="lea")
    world.post_check(repo, pull.head_sha, name="placet", app="impostor")


def change_repository(sandbox: Sandbox, org: Organisation, repo: Repository) -> None:
    world = sandbox.world
    world.push(repo, "trunk", {"t.sql": "1\n"})
    world.set_default_branch(repo, "trunk")
    world.archive(repo)
    world.archive(repo, archived=False)
    world.publish(repo, private=True)
    world.publish(repo)
    world.rename_repository(repo, "store")
    world.select(org, remove=["acme/.github"])
    world.select(org, add=["acme/.github"])
    world.suspend(org)
    world.unsuspend(org)
    world.grant(org, {"metadata": "read", "checks": "write"})
    world.rename_organisation(org, "acme-corp")
    other = world.organisation("umbrella")
    world.transfer(repo, other)
    world.delete_repository(repo)
    world.uninstall(other)
    world.install(other, announce=True)


@pytest.fixture
async def deliveries() -> AsyncIterator[list[tuple[dict[str, str], bytes]]]:
    async with Sandbox(now=Clock()) as sandbox:
        yield list(live(sandbox))


# The two descriptions contradict each other here: what one demands or allows, the other has never heard of.
CONTRADICTIONS = {
    "octokit": ("/changes/owner/from",),  # a transfer from an organisation
    "openapi": (
        "/custom_properties",
        "/has_discussions",
        "/web_commit_signoff_required",
        "/notification_setting",
        "/merge_queues",  # a permission
        "/check_suite/app/events/",  # merge_group
        "/pull_request/head/repo",  # null, when it was deleted
        "/team/parent",  # a nested team's parent has no type
    ),
}


@pytest.mark.parametrize("description", CONTRADICTIONS)
async def test_deliveries_fit_the_descriptions(
    deliveries: list[tuple[dict[str, str], bytes]], description: str
) -> None:
    checker = HookValidator(description, secret="it is only a sandbox")
    said = []
    for headers, body in deliveries:
        found = checker.check_delivery(headers, body).violations
        unexplained = [one for one in found if not any(part in one.where for part in CONTRADICTIONS[description])]
        said += [f"{headers['X-GitHub-Event']}: {one}" for one in unexplained]
    assert said == []


@pytest.mark.parametrize("seed", range(4))
async def test_deliveries_fit_whatever_happens(seed: int) -> None:
    checker = HookValidator("octokit", secret="it is only a sandbox")
    async with Sandbox(now=Clock()) as sandbox:
        life = Life(sandbox.world, seed)
        for _ in range(100):
            life.act()
        said = set()
        for attempt in sandbox.world.outbox:
            result = checker.check_delivery(sandbox.deliveries.headers(attempt), attempt.delivery.body)
            said |= {f"{attempt.delivery.event}: {one}" for one in result.violations}
        assert said == set()


async def test_everything_that_an_app_is_told_of_happens_here(
    deliveries: list[tuple[dict[str, str], bytes]],
) -> None:
    told = {f"{headers['X-GitHub-Event']}.{json.loads(body).get('action', '')}" for headers, body in deliveries}
    assert told >= {f"{event}.{action}" for event, actions in TOLD.items() for action in actions.split()} | {
        "push.",
        "team_add.",
    }


TOLD = {
    "pull_request": "opened reopened synchronize edited ready_for_review converted_to_draft closed labeled "
    "review_requested review_request_removed",
    "pull_request_review": "submitted edited dismissed",
    "pull_request_review_comment": "created edited deleted",
    "issue_comment": "created edited deleted",
    "check_run": "created completed rerequested requested_action",
    "check_suite": "requested completed rerequested",
    "merge_group": "checks_requested destroyed",
    "team": "created edited deleted added_to_repository removed_from_repository",
    "repository": "created edited archived unarchived privatized publicized renamed transferred deleted",
    "installation": "created deleted suspend unsuspend new_permissions_accepted",
    "installation_repositories": "added removed",
    "organization": "member_added member_removed renamed",
    "membership": "added removed",
    "member": "added edited removed",
}
