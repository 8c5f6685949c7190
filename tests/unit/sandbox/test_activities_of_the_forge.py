"""Who moved which branch: what the simulated forge remembers of it, and how its API lists that."""

from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, urlsplit

import pytest

from placet.sandbox import Rejected, Sandbox
from placet.sandbox.git import NO_COMMIT
from placet.sandbox.model import Activity, ActivityType
from sandbox_caller import Answer, Caller
from sandbox_world import Acme, HeldClock

A = "/repos/acme/shop/activity"


def newest(acme: Acme) -> Activity:
    return acme.repo.activities[-1]


def link(answer: Answer) -> Mapping[str, str]:
    """Relation to address."""
    parts = (part.partition(">; rel=") for part in answer.headers.get("Link", "").split(", ") if part)
    return {relation.strip('"'): address.lstrip("<") for address, _, relation in parts}


def ids(answer: Answer) -> list[int]:
    return [one["id"] for one in answer.data]


def push_many(gh: Sandbox) -> list[int]:
    """Seven more pushes; the ids of all activities, newest first."""
    for number in range(7):
        gh.world.push("acme/shop", "main", {"n": f"{number}\n"})
    return [one.id for one in reversed(gh.world.repo("acme/shop").activities)]


def test_a_new_branch_comes_from_nowhere(acme: Acme) -> None:
    sha = acme.world.push(acme.repo, "b1", {"b": "1\n"}, author="dana")
    one = newest(acme)
    assert (one.kind, one.branch, one.before, one.after) == (ActivityType.BRANCH_CREATION, "b1", NO_COMMIT, sha)
    assert one.actor is acme.world.account("dana")


def test_a_push_goes_from_tip_to_tip(acme: Acme) -> None:
    before = acme.repo.refs["feat"]
    after = acme.world.push(acme.repo, "feat", {"b": "1\n"}, author="sam-o")
    one = newest(acme)
    assert (one.kind, one.before, one.after, one.actor.login) == (ActivityType.PUSH, before, after, "sam-o")


@pytest.mark.parametrize(
    "act",
    [
        lambda acme: acme.world.push(acme.repo, "feat", {"b": "1\n"}, force=True),
        lambda acme: acme.world.reset(acme.repo, "feat", acme.repo.refs["main"]),
        lambda acme: (acme.world.push(acme.repo, "main", {"b": "1\n"}), acme.world.rebase(acme.pull)),
    ],
    ids=["another last commit", "an earlier commit", "a rebase"],
)
def test_a_push_that_leaves_commits_behind_is_forced(acme: Acme, act: Callable[[Acme], object]) -> None:
    act(acme)
    assert (newest(acme).kind, newest(acme).branch) == (ActivityType.FORCE_PUSH, "feat")


def test_a_deleted_branch_goes_nowhere(acme: Acme) -> None:
    before = acme.repo.refs["feat"]
    acme.world.delete_branch(acme.repo, "feat", author="dana")
    one = newest(acme)
    assert (one.kind, one.before, one.after) == (ActivityType.BRANCH_DELETION, before, NO_COMMIT)


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_a_merged_pull_request_moves_its_base_by_whoever_merged(acme: Acme, method: str) -> None:
    sha = acme.world.merge(acme.pull, method=method, user="lea")
    one = newest(acme)
    assert (one.kind, one.branch, one.after, one.actor.login) == (ActivityType.PR_MERGE, "main", sha, "lea")


def test_the_merge_queue_makes_a_branch_moves_the_base_and_deletes_the_branch(acme: Acme) -> None:
    known = len(acme.repo.activities)
    group = acme.world.enqueue([acme.pull])
    acme.world.dequeue(group, "merged")
    assert [(one.kind, one.branch) for one in acme.repo.activities[known:]] == [
        (ActivityType.BRANCH_CREATION, group.head_ref),
        (ActivityType.MERGE_QUEUE_MERGE, "main"),
        (ActivityType.BRANCH_DELETION, group.head_ref),
    ]


def test_a_push_that_brings_a_pull_request_into_its_base_is_a_push(acme: Acme) -> None:
    acme.world.reset(acme.repo, "main", acme.pull.head_sha)
    assert acme.pull.merged
    assert newest(acme).kind == ActivityType.PUSH


def test_what_moves_nothing_is_no_activity(acme: Acme) -> None:
    known = list(acme.repo.activities)
    acme.world.reset(acme.repo, "feat", acme.repo.refs["feat"])
    acme.world.archive(acme.repo)
    with pytest.raises(Rejected):
        acme.world.push(acme.repo, "feat", {"b": "1\n"})
    assert acme.repo.activities == known


def test_what_happens_silently_is_remembered_as_well(acme: Acme) -> None:
    with acme.world.silently():
        sha = acme.world.push(acme.repo, "feat", {"b": "1\n"})
    assert newest(acme).after == sha


def test_a_new_repository_begins_with_its_default_branch(acme: Acme) -> None:
    repo = acme.world.repository("acme/other", default_branch="trunk")
    assert [(one.kind, one.branch, one.after) for one in repo.activities] == [
        (ActivityType.BRANCH_CREATION, "trunk", repo.refs["trunk"])
    ]


def test_a_fork_has_activities_of_its_own_only(acme: Acme) -> None:
    fork = acme.world.fork(acme.repo, "fay")
    assert fork.activities == []
    acme.world.push(fork, "feat", {"b": "1\n"}, author="fay")
    assert [(one.kind, one.actor.login) for one in fork.activities] == [(ActivityType.PUSH, "fay")]


async def test_the_newest_activity_is_listed_first(caller: Caller, gh: Sandbox) -> None:
    sha = gh.world.push("acme/shop", "feat", {"b": "1\n"}, author="dana")
    listed = (await caller.get(A)).data
    first = listed[0]
    assert (first["activity_type"], first["ref"], first["after"]) == ("push", "refs/heads/feat", sha)
    assert (first["before"], first["actor"]["login"]) == (listed[1]["after"], "dana")
    assert (first["timestamp"], isinstance(first["node_id"], str)) == ("2026-03-02T09:00:00Z", True)
    assert [one["activity_type"] for one in listed[1:]] == ["branch_creation", "branch_creation"]


async def test_the_oldest_activity_is_listed_first_if_asked_for(caller: Caller, gh: Sandbox) -> None:
    every = push_many(gh)
    assert ids(await caller.get(f"{A}?direction=asc")) == every[::-1]


@pytest.mark.parametrize("ref", ["a/b", "refs/heads/a/b", "refs%2Fheads%2Fa%2Fb"])
async def test_activities_of_one_branch_are_found_by_its_short_and_by_its_full_name(
    caller: Caller, gh: Sandbox, ref: str
) -> None:
    gh.world.push("acme/shop", "a/b", {"b": "1\n"})
    gh.world.push("acme/shop", "a", {"b": "2\n"})
    assert [one["ref"] for one in (await caller.get(f"{A}?ref={ref}")).data] == ["refs/heads/a/b"]


async def test_a_branch_that_was_deleted_keeps_its_activities(caller: Caller, gh: Sandbox) -> None:
    gh.world.delete_branch("acme/shop", "feat")
    listed = (await caller.get(f"{A}?ref=feat")).data
    assert [one["activity_type"] for one in listed] == ["branch_deletion", "branch_creation"]


@pytest.mark.parametrize("query", ["ref=none", "ref=refs/tags/main", "actor=nobody-here", "activity_type=force_push"])
async def test_where_nothing_fits_the_list_is_empty(caller: Caller, query: str) -> None:
    answer = await caller.get(f"{A}?{query}")
    assert (answer.status, answer.data, link(answer)) == (200, [], {})


async def test_activities_are_filtered_by_who_and_what(caller: Caller, gh: Sandbox) -> None:
    gh.world.push("acme/shop", "feat", {"b": "1\n"}, author="sam-o")
    gh.world.push("acme/shop", "feat", {"b": "2\n"}, author="sam-o", force=True)
    listed = (await caller.get(f"{A}?actor=SAM-O&activity_type=force_push")).data
    assert [(one["activity_type"], one["actor"]["login"]) for one in listed] == [("force_push", "sam-o")]


async def test_activities_are_filtered_by_how_long_ago_they_were(caller: Caller, gh: Sandbox, clock: HeldClock) -> None:
    clock.pass_by(hours=24, seconds=1)
    gh.world.push("acme/shop", "feat", {"b": "1\n"})
    await caller.token(gh.world.account("acme"))
    assert len((await caller.get(f"{A}?time_period=day")).data) == 1
    assert len((await caller.get(f"{A}?time_period=week")).data) == 3


async def test_an_activity_of_a_deleted_account_is_nobodys(caller: Caller, gh: Sandbox) -> None:
    gh.world.delete_user("dana")
    assert (await caller.get(f"{A}?ref=feat")).data[0]["actor"] is None
    assert (await caller.get(f"{A}?actor=dana")).data == []


async def test_pages_of_activities_lead_on_to_the_end_and_back(caller: Caller, gh: Sandbox) -> None:
    every = push_many(gh)
    first = await caller.get(f"{A}?per_page=4")
    second = await caller.get(link(first)["next"])
    third = await caller.get(link(second)["next"])
    assert [ids(page) for page in (first, second, third)] == [every[:4], every[4:8], every[8:]]
    assert [set(link(page)) for page in (first, second, third)] == [{"next"}, {"prev", "next"}, {"prev"}]
    back = await caller.get(link(third)["prev"])
    assert ids(back) == every[4:8]
    assert ids(await caller.get(link(back)["prev"])) == every[:4]


async def test_pages_of_the_oldest_first_lead_on_as_well(caller: Caller, gh: Sandbox) -> None:
    every = push_many(gh)[::-1]
    second = await caller.get(link(await caller.get(f"{A}?per_page=4&direction=asc"))["next"])
    assert ids(second) == every[4:8]
    assert ids(await caller.get(link(second)["prev"])) == every[:4]


async def test_a_page_keeps_to_its_place_when_more_happens(caller: Caller, gh: Sandbox) -> None:
    every = push_many(gh)
    following = link(await caller.get(f"{A}?per_page=4"))["next"]
    gh.world.push("acme/shop", "main", {"later": "1\n"})
    assert ids(await caller.get(following)) == every[4:8]


async def test_a_link_carries_the_filter_and_one_cursor(caller: Caller, gh: Sandbox) -> None:
    push_many(gh)
    first = await caller.get(f"{A}?ref=main&per_page=2")
    second = await caller.get(link(first)["next"])
    assert {one["ref"] for one in second.data} == {"refs/heads/main"}
    queries = {relation: {key for key, _ in parse_qsl(urlsplit(url).query)} for relation, url in link(second).items()}
    assert queries == {"prev": {"ref", "per_page", "before"}, "next": {"ref", "per_page", "after"}}


async def test_no_page_of_activities_holds_more_than_a_hundred(caller: Caller, gh: Sandbox) -> None:
    for number in range(101):
        gh.world.push("acme/shop", "main", {"n": f"{number}\n"})
    assert len((await caller.get(f"{A}?per_page=500")).data) == 100
    assert len((await caller.get(A)).data) == 30


@pytest.mark.parametrize("query", ["activity_type=odd", "time_period=decade", "direction=up", "after=x", "before=v1_x"])
async def test_a_query_that_github_does_not_know_is_refused(caller: Caller, query: str) -> None:
    answer = await caller.get(f"{A}?{query}")
    assert (answer.status, answer.data["message"]) == (422, "Validation Failed")


async def test_activities_stay_with_a_repository_that_is_renamed(caller: Caller, gh: Sandbox) -> None:
    known = ids(await caller.get(A))
    gh.world.rename_repository("acme/shop", "store")
    assert ids(await caller.get("/repos/acme/store/activity")) == known
