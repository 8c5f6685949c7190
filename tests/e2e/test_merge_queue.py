"""The merge queue: a group is evaluated, and never waved through."""

from __future__ import annotations

from placet.sandbox.model import CheckRun, MergeGroup, Pull
from stage import SHOP, YML, Stage, dropping


async def opened(stage: Stage, files: dict[str, bytes], branch: str = "drop", **facts: object) -> Pull:
    pull = stage.world.open_pull("acme/shop", author="dana", branch=branch, files=files, title=branch, **facts)
    await stage.settled()
    assert isinstance(pull, Pull)
    return pull


async def queued(stage: Stage, *pulls: Pull) -> tuple[MergeGroup, CheckRun | None]:
    group = stage.world.enqueue(list(pulls))
    await stage.settled()
    runs = [run for run in stage.world.check_runs(group.head_sha) if run.name == "placet"]
    assert len(runs) <= 1
    return group, runs[0] if runs else None


async def test_a_group_of_what_is_agreed_passes_and_says_where(stage: Stage) -> None:
    pull = await opened(stage, dropping("phone"))
    stage.world.review(pull, user="sam-o", state="approve")
    await stage.settled()
    _, run = await queued(stage, pull)
    assert run is not None
    assert (run.conclusion, run.title) == ("success", f"Agreed in #{pull.number}")


async def test_a_group_of_what_nobody_agreed_to_fails_with_the_list(stage: Stage) -> None:
    pull = await opened(stage, dropping("phone"))
    _, run = await queued(stage, pull)
    assert run is not None
    assert (run.conclusion, run.title) == ("failure", "Not agreed: dim_customers.phone")
    assert f"pull request {pull.number}" in str(run.summary)


async def test_a_group_without_contract_change_passes(stage: Stage) -> None:
    pull = await opened(stage, {"README.md": b"more\n"})
    _, run = await queued(stage, pull)
    assert run is not None
    assert (run.conclusion, run.title) == ("success", "No contract change")


async def test_two_pull_requests_together_need_both_agreements(stage: Stage) -> None:
    first = await opened(stage, dropping("phone"), "one")
    second = await opened(stage, {"models/marts/mart_signups.sql": b"select 1 as signups\n"}, "two")
    stage.world.review(first, user="sam-o", state="approve")
    await stage.settled()
    assert stage.conclusion(second) == "success"
    _, run = await queued(stage, first, second)
    assert run is not None
    assert run.conclusion == "success"
    stage.world.comment(first, user="sam-o", body="/placet retract")
    await stage.settled()
    _, again = await queued(stage, first, second)
    assert again is not None
    assert again.conclusion == "failure"


async def test_a_reader_that_another_pull_request_of_the_group_brings_is_not_passed_over(stage: Stage) -> None:
    drop = await opened(stage, dropping("phone"), "one")
    stage.world.review(drop, user="sam-o", state="approve")
    calls = {
        "models/marts/mart_calls.sql": b"select phone from {{ ref('dim_customers') }}\n",
        "models/marts/calls.yml": b"models:\n  - name: mart_calls\n    meta: {placet: {owner: marketing}}\n",
    }
    reader = await opened(stage, calls, "two")
    assert stage.conclusion(drop) == stage.conclusion(reader) == "success"
    _, run = await queued(stage, drop, reader)
    assert run is not None
    assert run.conclusion == "failure"
    assert "did not ask marketing" in str(run.summary)


async def test_what_is_settled_or_waived_or_forced_in_a_pull_request_is_so_in_the_group(stage: Stage) -> None:
    stage.world.team("acme/governance", members=["gina"])
    stage.world.repository("acme/.github", {"placet.yml": 'force: ["@acme/governance"]\n'})
    await stage.settled()
    own = SHOP[YML].replace("owner: core}}", "owner: crm}}")
    stage.world.push("acme/shop", "main", {YML: own.encode()}, author="carl")
    stage.world.add_member("acme/crm", "dana")
    await stage.settled()
    pull = await opened(stage, dropping("phone", files={**SHOP, YML: own}))
    assert stage.title(pull).startswith("Breaking, nobody to ask"), "the author's own team alone reads it"
    _, run = await queued(stage, pull)
    assert run is not None
    assert run.conclusion == "success"
    other = await opened(stage, dropping("user_email", files={**SHOP, YML: own}), "two")
    stage.world.comment(other, user="gina", body="/placet force it leaks")
    await stage.settled()
    _, forced = await queued(stage, other)
    assert forced is not None
    assert forced.conclusion == "success"


async def test_a_group_under_a_broken_policy_fails(stage: Stage) -> None:
    pull = await opened(stage, dropping("phone"))
    stage.world.push("acme/shop", "main", {".github/placet.yml": b"rolout: gate\n"}, author="carl")
    await stage.settled()
    _, run = await queued(stage, pull)
    assert run is not None
    assert run.conclusion == "failure"
    assert "placet.yml line 1" in str(run.title)


async def test_where_the_policy_only_watches_a_group_passes_and_says_what_it_would_stop(stage: Stage) -> None:
    stage.world.push("acme/shop", "main", {".github/placet.yml": b"rollout: observe\n"}, author="carl")
    await stage.settled()
    pull = await opened(stage, dropping("phone"))
    _, run = await queued(stage, pull)
    assert run is not None
    assert (run.conclusion, run.title) == ("success", "Would stop: dim_customers.phone")


async def test_a_group_s_check_is_one_however_often_it_is_asked_for(stage: Stage) -> None:
    pull = await opened(stage, dropping("phone"))
    group, run = await queued(stage, pull)
    stage.world._tell_group("checks_requested", group, stage.world.account("olga"))
    await stage.settled()
    runs = [one for one in stage.world.check_runs(group.head_sha) if one.name == "placet"]
    assert [one.id for one in runs] == [run.id if run else 0]
    stage.world.dequeue(group, "merged")
    await stage.settled()


async def test_a_merge_by_the_queue_publishes_the_contracts(stage: Stage) -> None:
    pull = await opened(stage, dropping("phone"))
    stage.world.review(pull, user="sam-o", state="approve")
    await stage.settled()
    group, _ = await queued(stage, pull)
    stage.world.dequeue(group, "merged")
    await stage.settled()
    versions = await stage.service.store.last_versions(pull.repo.id, "main")
    assert {one.asset: one.version for one in versions}[":model.shop.dim_customers"] == "2.0.0"
