"""What a hostile review found, each with the story that showed it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from placet.errors import Unavailable
from placet.sandbox.model import Pull
from placet.work.run import Runner
from stage import DIM, SHOP, YML, Stage, dropping

Files = Mapping[str, bytes | str]
DAY = timedelta(days=1)


CALLS = {
    "models/marts/mart_calls.sql": b"select phone from {{ ref('dim_customers') }}\n",
    "models/marts/calls.yml": b"models:\n  - name: mart_calls\n    meta: {placet: {owner: marketing}}\n",
}


async def opened(stage: Stage, files: Files, branch: str = "drop", author: str = "dana", **facts: Any) -> Any:
    pull = stage.world.open_pull("acme/shop", author=author, branch=branch, files=files, title=branch, **facts)
    await stage.settled()
    return pull


async def dropped(stage: Stage, *columns: str, **facts: Any) -> Any:
    return await opened(stage, dropping(*(columns or ("phone",))), **facts)


async def said(stage: Stage, pull: Pull, user: str, body: str) -> Any:
    c = stage.world.comment(pull, user=user, body=body)
    await stage.settled()
    return c


async def based(stage: Stage, files: Mapping[str, Any]) -> None:
    stage.world.push(
        "acme/shop", "main", {p: t.encode() if isinstance(t, str) else t for p, t in files.items()}, author="carl"
    )
    await stage.settled()


async def passes(stage: Stage, days: float) -> None:
    end = stage.clock.now() + DAY * days
    while True:
        next_at = await stage.service.store.work.next_due_at()
        if next_at is None or next_at > end:
            break
        stage.clock.set(max(next_at, stage.clock.now()))
        await stage.settled(pause=False)
    stage.clock.set(end)
    await stage.settled()


async def swept(stage: Stage) -> None:
    await stage.service.sweep.sweep()
    await stage.settled()


async def group_of(stage: Stage, *pulls: Pull) -> str | None:
    group = stage.world.enqueue(list(pulls))
    await stage.settled()
    runs = [r for r in stage.world.check_runs(group.head_sha) if r.name == "placet"]
    return runs[0].conclusion if runs else None


async def open_before(stage: Stage) -> Any:
    world = stage.world
    world.select("acme", remove=["acme/shop"])
    await stage.settled()
    pull = world.open_pull("acme/shop", author="dana", branch="drop", files=dropping("phone"), title="Drop")
    stage.clock.advance(DAY)
    world.select("acme", add=["acme/shop"])
    return pull


async def test_a_delegate_of_somebody_who_turns_out_to_be_the_author_has_spoken_for_nobody(stage: Stage) -> None:
    stage.world.add_member("acme/crm", "dana")
    stage.world.user("eve")
    pull = await dropped(stage, author="renovate[bot]")
    await said(stage, pull, "dana", "/placet assign @eve for crm")
    await said(stage, pull, "eve", "/placet approve")
    assert stage.conclusion(pull) == "success"
    stage.world.push("acme/shop", "drop", {"README.md": b"mine\n"}, author="dana")
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"


async def test_a_group_knows_who_pushed_to_a_bot_s_pull_request(stage: Stage) -> None:
    stage.world.add_member("acme/crm", "dana")
    pull = await dropped(stage, author="renovate[bot]")
    stage.world.comment(pull, user="dana", body="/placet approve for crm")
    await stage.settled()
    stage.world.push("acme/shop", "drop", {"README.md": b"mine\n"}, author="dana")
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"
    assert await group_of(stage, pull) == "failure"


async def test_an_approval_dismissed_within_its_second_is_gone(stage: Stage) -> None:
    pull = await dropped(stage)
    review = stage.world.review(pull, user="sam-o", state="approve")
    stage.world.dismiss_review(review, user="olga")
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"


async def test_a_group_on_a_base_that_has_just_got_a_reader_asks_for_its_team(stage: Stage) -> None:
    drop = await opened(stage, dropping("phone"), "one")
    stage.world.review(drop, user="sam-o", state="approve")
    await stage.settled()
    assert stage.conclusion(drop) == "success"
    stage.world.push("acme/shop", "main", CALLS, author="carl")
    stage.world.enqueue([drop])
    await stage.gh.deliveries.flush()
    await stage.service.inbox.drain()
    await stage._run_due()
    group = stage.world.merge_groups[-1]
    await stage.settled()
    runs = [r for r in stage.world.check_runs(group.head_sha) if r.name == "placet"]
    assert [r.conclusion for r in runs] == ["failure"]


async def test_a_group_that_stands_on_another_knows_the_readers_which_that_brings(stage: Stage) -> None:
    drop = await opened(stage, dropping("phone"), "one")
    stage.world.review(drop, user="sam-o", state="approve")
    reader = await opened(stage, CALLS, "two")
    assert stage.conclusion(drop) == stage.conclusion(reader) == "success"
    repo = stage.world.repo("acme/shop")
    first = stage.world.enqueue([reader])
    tip, repo.refs["main"] = repo.refs["main"], first.head_sha
    second = stage.world.enqueue([drop])
    repo.refs["main"] = tip
    await stage.settled()
    [(r.conclusion, r.title) for r in stage.world.check_runs(first.head_sha)]
    b = [(r.conclusion, r.title) for r in stage.world.check_runs(second.head_sha)]
    assert b[0][0] == "failure"


async def test_who_answers_before_being_named_has_not_answered(stage: Stage) -> None:
    pull = await dropped(stage)
    stage.world.comment(pull, user="eve", body="/placet approve")
    early = stage.world.outbox.pop()
    stage.clock.advance(timedelta(minutes=1))
    await said(stage, pull, "sam-o", "/placet assign @eve for crm")
    stage.world.outbox.append(early)
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"


async def test_a_delegate_who_is_named_twice_answers_from_the_first_time_on(stage: Stage) -> None:
    pull = await dropped(stage)
    stage.world.comment(pull, user="sam-o", body="/placet assign @eve for crm")
    stage.clock.advance(timedelta(minutes=1))
    first = stage.world.outbox.pop()
    await said(stage, pull, "eve", "/placet approve")
    stage.world.comment(pull, user="jo-k", body="/placet assign @eve for crm")
    stage.clock.advance(timedelta(minutes=1))
    stage.world.outbox.insert(0, first)
    await stage.settled()
    assert stage.conclusion(pull) == "success"


async def test_a_crash_before_a_delegate_is_heard_again_loses_nothing(stage: Stage) -> None:
    pull = await dropped(stage)
    stage.world.comment(pull, user="sam-o", body="/placet assign @eve for crm")
    stage.clock.advance(timedelta(minutes=1))
    first = stage.world.outbox.pop()
    await said(stage, pull, "eve", "/placet approve")
    listener: Any = stage.service.evaluator._listener
    real, fails = listener._judge, [True]

    async def judge(case: Any, ledger: Any, tried: Any, *, is_again: bool = False) -> Any:
        if is_again and fails:
            fails.pop()
            raise Unavailable("the process ended here")
        return await real(case, ledger, tried, is_again=is_again)

    listener._judge = judge
    stage.world.outbox.append(first)
    await stage.settled()
    for _ in range(3):
        stage.clock.advance(timedelta(minutes=20))
        await swept(stage)
    assert stage.conclusion(pull) == "success"


async def test_a_twin_that_is_closed_leaves_the_other_its_own_verdict(stage: Stage) -> None:
    first = await dropped(stage)
    await said(stage, first, "sam-o", "/placet approve")
    assert stage.conclusion(first) == "success"
    stage.world.reset("acme/shop", "twin", first.head_sha, author="eve")
    second = stage.world.open_pull("acme/shop", author="eve", branch="twin", title="Twin")
    await stage.settled()
    assert stage.conclusion(first) == "action_required"
    stage.world.close(second, user="eve")
    await stage.settled()
    for _ in range(3):
        await said(stage, first, "dana", "/placet recheck")
        await swept(stage)
    assert stage.conclusion(first) == "success"


async def test_a_quiet_pull_request_stays_quiet_where_a_reply_fails_once(stage: Stage) -> None:
    pull = await open_before(stage)
    stage.world.comment(pull, user="eve", body="/placet status")
    stage.gh.faults.fail(method="POST", path="*/comments", times=1)
    await swept(stage)
    await swept(stage)
    assert stage.asked(pull) == set()


async def test_what_is_no_longer_quiet_is_never_quiet_again(stage: Stage) -> None:
    pull = await open_before(stage)
    await swept(stage)
    first = pull.head_sha
    stage.world.push("acme/shop", "drop", dropping("phone", "user_email"), author="dana")
    await stage.settled()
    assert stage.asked(pull) == {"crm", "growth"}
    stage.world.reset("acme/shop", "drop", first, author="dana")
    await stage.settled()
    assert "was open before" not in stage.summary(pull)
    await passes(stage, 3.5)
    assert "growth" not in stage.comments(pull)[0]
    assert len(stage.comments(pull)) > 1


async def test_a_team_that_is_asked_later_has_its_whole_time(stage: Stage) -> None:
    await based(stage, {".github/placet.yml": "approvals: {answer_within: 2d, on_deadline: block}\n"})
    pull = await dropped(stage)
    await said(stage, pull, "sam-o", "/placet approve")
    await passes(stage, 5)
    {
        DIM: SHOP[DIM].replace(",\n    created_at", "").encode().replace(b"    phone,\n", b""),
        YML: dropping("phone")[YML],
    }
    stage.world.push("acme/shop", "drop", dropping("phone", "user_email"), author="dana")
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"


async def test_a_new_reader_after_two_quiet_months_is_asked(stage: Stage) -> None:
    pull = await dropped(stage)
    await said(stage, pull, "sam-o", "/placet approve")
    await passes(stage, 61)
    assert stage.conclusion(pull) == "success"
    await based(stage, CALLS)
    assert stage.title(pull) == "Waiting for 1 of 2 teams: marketing"
    assert stage.asked(pull) >= {"marketing"}


async def test_nobody_is_reminded_of_a_draft(stage: Stage) -> None:
    pull = await dropped(stage, draft=True)
    await said(stage, pull, "dana", "/placet remind")
    stage.world.ready(pull, user="dana")
    await stage.settled()
    assert not [b for b in stage.comments(pull) if "once more" in b]


async def test_a_change_of_the_organisation_s_file_reaches_every_governed_base(stage: Stage) -> None:
    stage.world.repository("acme/.github", {"placet.yml": "rollout: observe\n"})
    await stage.settled()
    stage.world.push("acme/shop", "main", {".github/placet.yml": b"branches: [main, release]\n"}, author="carl")
    sha = stage.world.repo("acme/shop").refs["main"]
    stage.world.reset("acme/shop", "release", sha, author="carl")
    await stage.settled()
    pull = await dropped(stage, base="release")
    assert stage.conclusion(pull, "placet: release") == "success"
    stage.world.push("acme/.github", "main", {"placet.yml": b"rollout: gate\n"}, author="olga")
    stage.clock.advance(timedelta(minutes=2))
    await stage.settled()
    assert stage.conclusion(pull, "placet: release") == "action_required"


async def test_a_team_that_is_asked_no_more_can_be_let_go(stage: Stage) -> None:
    await based(stage, {".github/placet.yml": "approvals: {distinct_approvers: true}\n"})
    stage.world.add_member("acme/marketing", "jo-k")
    pull = await dropped(stage)
    await said(stage, pull, "jo-k", "/placet approve for crm")
    without_date = {DIM: SHOP[DIM].replace(",\n    created_at", "").encode(), YML: SHOP[YML].encode()}
    stage.world.push("acme/shop", "drop", without_date, author="dana")
    await stage.settled()
    await said(stage, pull, "jo-k", "/placet approve for marketing")
    await said(stage, pull, "jo-k", "/placet retract for crm")
    await said(stage, pull, "jo-k", "/placet approve for marketing")
    assert stage.conclusion(pull) == "success"


async def test_who_holds_a_team_under_another_base_holds_none_here(stage: Stage) -> None:
    await based(stage, {".github/placet.yml": "branches: [main, release]\napprovals: {distinct_approvers: true}\n"})
    sha = stage.world.repo("acme/shop").refs["main"]
    stage.world.reset("acme/shop", "release", sha, author="carl")
    await stage.settled()
    stage.world.add_member("acme/marketing", "jo-k")
    both = dropping("phone")
    both[DIM] = both[DIM].replace(b",\n    created_at", b"")
    pull = await opened(stage, both, base="release")
    await said(stage, pull, "jo-k", "/placet approve for crm")
    stage.world.retarget(pull, "main")
    await stage.settled()
    c = await said(stage, pull, "jo-k", "/placet approve for marketing")
    assert stage.title(pull) == "Waiting for 1 of 2 teams: crm"
    assert stage.reactions(c) == {"+1"}


async def test_who_has_left_the_team_lifts_no_colleague_s_block(stage: Stage) -> None:
    pull = await dropped(stage)
    await said(stage, pull, "sam-o", "/placet approve")
    await said(stage, pull, "jo-k", "/placet block never")
    stage.world.remove_member("acme/crm", "sam-o")
    await stage.settled()
    await said(stage, pull, "sam-o", "/placet retract")
    assert stage.conclusion(pull) == "failure"


async def test_whom_the_organisation_lists_is_followed_when_the_team_is_renamed(stage: Stage) -> None:
    stage.world.team("acme/governance", members=["olga", "gina"])
    stage.world.repository("acme/.github", {"placet.yml": 'force: ["@acme/governance"]\n'})
    await stage.settled()
    pull = await dropped(stage)
    stage.world.delete_team("acme/crm")
    stage.world.rename_team("acme/governance", "Stewards")
    await stage.settled()
    for user in ("gina", "olga"):
        await said(stage, pull, user, "/placet approve for crm")
    assert stage.conclusion(pull) == "success"


async def test_where_only_the_author_may_force_an_admin_answers(stage: Stage) -> None:
    stage.world.team("acme/governance", members=["dana"])
    stage.world.repository("acme/.github", {"placet.yml": 'force: ["@acme/governance"]\n'})
    await stage.settled()
    pull = await dropped(stage)
    stage.world.delete_team("acme/crm")
    await stage.settled()
    await said(stage, pull, "olga", "/placet approve for crm")
    assert stage.conclusion(pull) == "success"


async def test_a_team_that_has_lost_all_but_the_author_is_no_deadlock(stage: Stage) -> None:
    stage.world.add_member("acme/crm", "dana")
    pull = await dropped(stage)
    stage.world.rename_team("acme/crm", "Customer relations")
    stage.world.remove_member("acme/customer-relations", "sam-o")
    stage.world.remove_member("acme/customer-relations", "jo-k")
    await stage.settled()
    await swept(stage)
    await said(stage, pull, "olga", "/placet approve for customer-relations")
    assert stage.conclusion(pull) == "success"


async def test_a_login_in_an_old_delivery_is_looked_up(stage: Stage) -> None:
    pull = await dropped(stage)
    stage.world.comment(pull, user="sam-o", body="/placet approve")
    await stage.gh.deliveries.flush()  # stored, not looked into: the process is down
    account = stage.world.find_account("sam-o")
    del stage.world._logins["sam-o"]
    account.login = "sam-new"
    stage.world._logins["sam-new"] = account
    stage.clock.advance(DAY)
    await stage.settled()
    assert stage.conclusion(pull) == "success"


async def test_no_author_waives_even_where_the_author_may_answer(stage: Stage) -> None:
    await based(stage, {".github/placet.yml": "approvals: {allow_author: true}\n"})
    pull = await dropped(stage, author="renovate[bot]")
    await said(stage, pull, "carl", "/placet waive crm it is fine")
    assert stage.conclusion(pull) == "success"
    stage.world.push("acme/shop", "drop", {"README.md": b"mine\n"}, author="carl")
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"


async def test_who_has_asked_for_time_is_not_slept_over(stage: Stage) -> None:
    await based(stage, {".github/placet.yml": "approvals: {expires_after: 10d}\n"})
    pull = await dropped(stage)
    await said(stage, pull, "sam-o", "/placet needs-time 20d")
    await passes(stage, 22)
    assert any("is over" in b for b in stage.comments(pull))


async def test_who_takes_an_answer_back_is_not_reminded_at_once(stage: Stage) -> None:
    pull = await dropped(stage)
    await said(stage, pull, "sam-o", "/placet approve")
    await passes(stage, 10)
    n = len(stage.comments(pull))
    await said(stage, pull, "sam-o", "/placet retract")
    assert len(stage.comments(pull)) == n


async def test_what_is_retargeted_after_two_quiet_months_asks(stage: Stage) -> None:
    await based(stage, {".github/placet.yml": "branches: [main, release]\n"})
    stage.world.reset("acme/shop", "release", stage.world.repo("acme/shop").refs["main"], author="carl")
    await stage.settled()
    pull = await dropped(stage, base="release")
    await said(stage, pull, "sam-o", "/placet approve")
    await passes(stage, 61)
    stage.world.retarget(pull, "main")
    await stage.settled()
    assert stage.title(pull) == "Waiting for crm"


async def test_where_only_one_team_is_open_nobody_has_to_say_for_which(stage: Stage) -> None:
    await based(stage, {".github/placet.yml": "approvals: {distinct_approvers: true}\n"})
    stage.world.add_member("acme/marketing", "jo-k")
    both = dropping("phone")
    both[DIM] = both[DIM].replace(b",\n    created_at", b"")
    pull = await opened(stage, both)
    await said(stage, pull, "priya-n", "/placet approve")
    stage.world.review(pull, user="jo-k", state="approve")
    await stage.settled()
    assert stage.conclusion(pull) == "success"


async def test_a_question_under_a_broken_policy_is_answered(stage: Stage) -> None:
    await based(stage, {".github/placet.yml": "rolout: gate\n"})
    pull = await dropped(stage)
    c = await said(stage, pull, "eve", "/placet help")
    await swept(stage)
    assert stage.comments(pull) or stage.reactions(c)


async def test_standing_in_for_a_team_is_no_right_to_waive_another(stage: Stage) -> None:
    stage.world.remove_member("acme/core", "carl")
    await stage.settled()
    pull = await dropped(stage)
    await said(stage, pull, "olga", "/placet waive crm it is fine")
    assert stage.title(pull) == "Waiting for crm"


async def test_who_takes_the_name_of_a_team_that_may_force_may_not(stage: Stage) -> None:
    stage.world.team("acme/governance", members=["olga", "gina"])
    stage.world.repository("acme/.github", {"placet.yml": 'force: ["@acme/governance"]\n'})
    await stage.settled()
    pull = await dropped(stage)
    stage.world.rename_team("acme/governance", "Stewards")
    await stage.settled()
    stage.world.team("acme/governance", members=["mallory"])
    await stage.settled()
    await said(stage, pull, "mallory", "/placet force trust me")
    assert stage.conclusion(pull) == "action_required"


async def test_an_approval_whose_delivery_was_lost_is_found_before_a_merge_is_accused(stage: Stage) -> None:
    pull = await dropped(stage)
    with stage.world.silently():
        stage.world.comment(pull, user="sam-o", body="/placet approve")
    stage.clock.advance(timedelta(minutes=1))
    stage.world.merge(pull, user="olga", bypass=True)
    await stage.settled()
    entries = await stage.service.store.audit_entries(f"{pull.repo.id}#{pull.number}")
    assert not [one for one in entries if "merged around the check" in one.facts.values()]


async def test_who_takes_the_name_of_a_team_that_is_asked_does_not_answer_for_it(stage: Stage) -> None:
    pull = await dropped(stage)
    stage.world.rename_team("acme/crm", "Customer relations")
    await stage.settled()
    stage.world.team("acme/crm", members=["mallory"])
    await stage.settled()
    await swept(stage)
    await said(stage, pull, "mallory", "/placet approve")
    assert stage.conclusion(pull) == "action_required"


async def test_what_a_sweep_doubts_meanwhile_stays_in_doubt(stage: Stage) -> None:
    pull = await dropped(stage)
    with stage.world.silently():
        stage.world.comment(pull, user="sam-o", body="/placet approve")
    stage.clock.advance(timedelta(minutes=1))
    ev: Any = stage.service.evaluator
    real, once = ev._shown, [True]

    async def shown(*a: Any, **k: Any) -> None:
        if once:
            once.pop()
            await stage.service.sweep.sweep()
        await real(*a, **k)

    ev._shown = shown
    await based(stage, {"models/marts/more.sql": "select user_id as one from {{ ref('dim_customers') }}\n"})
    assert not once
    assert stage.conclusion(pull) == "success"


async def test_a_crash_while_reminding_reminds_nobody_twice(stage: Stage) -> None:
    await opened(stage, dropping("phone", "user_email"))
    store = stage.service.store
    _real, seen = type(store).record, []
    w: Any = stage.service.evaluator._writer
    rr = w._record

    async def record(p: Any, records: Any) -> None:
        if any(a.how.startswith("reminder") for a in records.asks):
            seen.append(records.asks[0].team)
            if len(seen) == 2:
                raise Unavailable("the process ended here")
        await rr(p, records)

    w._record = record
    mark = stage.gh.log.mark()
    await passes(stage, 4)
    posts = [one for one in stage.gh.writes(since=mark) if one.method == "POST" and one.path.endswith("/comments")]
    assert len(posts) == 1


async def test_a_group_under_a_policy_that_names_nobody_fails(stage: Stage) -> None:
    sql = SHOP[DIM].replace("    phone,", "    phone,\n    created_at as since,")
    policy = "approvals: {unread: nobody}\nconsumers:\n  - {team: crmm, reads: dim_customers, columns: [since]}\n"
    await based(stage, {DIM: sql, ".github/placet.yml": policy})
    pull = await opened(stage, {DIM: SHOP[DIM].encode()})
    assert stage.conclusion(pull) == "failure"
    assert await group_of(stage, pull) == "failure"


async def test_a_date_that_was_over_before_a_team_was_asked_is_none_for_it(stage: Stage) -> None:
    pull = await dropped(stage)
    await said(stage, pull, "dana", "/placet deadline 2026-11-20")
    await said(stage, pull, "sam-o", "/placet approve")
    await passes(stage, 5)
    stage.world.push("acme/shop", "drop", {**CALLS, **dropping("user_email")}, author="dana")
    await stage.settled()
    assert not any("has passed" in b for b in stage.comments(pull)[1:])


async def test_a_run_that_is_cut_off_leaves_a_check_that_says_so(stage: Stage) -> None:

    ev: Any = stage.service.evaluator
    ev._reader.wait = timedelta(milliseconds=20)

    class Hang:
        async def analyse(self, _: Any) -> None:
            await asyncio.sleep(30)

    ev._reader._analyser = Hang()
    pull = stage.world.open_pull("acme/shop", author="dana", branch="drop", files=dropping("phone"), title="d")
    await stage.gh.deliveries.flush()
    await stage.service.inbox.drain()
    for _ in range(3):
        runner = Runner(stage.service.store.work, ev.run, stage.clock, timedelta(seconds=0.5))
        for key in await stage.service.store.work.due(stage.clock.now(), 100):
            await runner.run_one(key)
        stage.clock.advance(timedelta(minutes=20))
    run = stage.check(pull)
    assert run is not None
    assert run.status == "completed"


async def test_a_draft_of_two_months_asks_when_it_is_ready(stage: Stage) -> None:
    pull = await dropped(stage, draft=True)
    await passes(stage, 61)
    stage.world.ready(pull, user="dana")
    await stage.settled()
    assert stage.asked(pull) == {"crm"}, stage.title(pull)
