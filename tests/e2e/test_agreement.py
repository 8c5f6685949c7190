"""Whole stories: a signed delivery goes in, and what stands on the forge is looked at."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from placet.sandbox.model import Pull
from stage import DIM, SHOP, YML, Stage, dropping, raised, shop, staged


async def opened(stage: Stage, *columns: str, **facts: object) -> Pull:
    pull = stage.world.open_pull(
        "acme/shop", author="dana", branch="drop", files=dropping(*columns), title="Drop columns", **facts
    )
    await stage.settled()
    assert isinstance(pull, Pull)
    return pull


async def test_a_dropped_column_asks_exactly_the_teams_that_read_it(stage: Stage) -> None:
    pull = await opened(stage, "user_email")
    assert stage.conclusion(pull) == "action_required"
    assert stage.title(pull) == "Waiting for 2 of 2 teams: crm, growth"
    assert stage.asked(pull) == {"crm", "growth"}


async def test_a_column_read_by_one_of_three_teams_asks_exactly_that_team(stage: Stage) -> None:
    pull = await opened(stage, "phone")
    assert stage.title(pull) == "Waiting for crm"
    assert stage.asked(pull) == {"crm"}


async def test_one_team_approves_by_review_and_one_by_comment_and_the_check_turns_green(stage: Stage) -> None:
    pull = await opened(stage, "user_email")
    stage.world.review(pull, user="li-wei", state="approve")
    await stage.settled()
    assert (stage.conclusion(pull), stage.title(pull)) == ("action_required", "Waiting for 1 of 2 teams: crm")
    comment = stage.world.comment(pull, user="sam-o", body="/placet approve")
    await stage.settled()
    assert (stage.conclusion(pull), stage.title(pull)) == ("success", "Both teams agreed")
    assert stage.reactions(comment) == {"+1"}


async def test_a_block_fails_the_check_until_it_is_retracted(stage: Stage) -> None:
    pull = await opened(stage, "phone")
    stage.world.comment(pull, user="sam-o", body="/placet block the dialler needs it")
    await stage.settled()
    assert stage.conclusion(pull) == "failure"
    assert stage.title(pull).startswith("Blocked by crm")
    assert "the dialler needs it" in stage.summary(pull)
    stage.world.comment(pull, user="sam-o", body="/placet retract")
    await stage.settled()
    assert (stage.conclusion(pull), stage.title(pull)) == ("action_required", "Waiting for crm")


async def test_a_rebase_and_an_unrelated_push_keep_every_answer(stage: Stage) -> None:
    pull = await opened(stage, "user_email")
    stage.world.review(pull, user="li-wei", state="approve")
    stage.world.comment(pull, user="jo-k", body="/placet ok")
    await stage.settled()
    stage.world.push("acme/shop", "main", {"README.md": b"# shop\n"}, author="carl")
    await stage.settled()
    stage.world.rebase(pull)
    await stage.settled()
    assert (stage.conclusion(pull), stage.title(pull)) == ("success", "Both teams agreed")
    stage.world.push("acme/shop", "drop", {"docs/notes.md": b"notes\n"}, author="dana")
    await stage.settled()
    assert stage.conclusion(pull) == "success"
    assert stage.asked(pull) == {"crm"}, "crm was asked once, answered by comment, and is not asked again"


async def test_a_push_with_a_new_change_asks_only_the_team_that_it_touches(stage: Stage) -> None:
    pull = await opened(stage, "user_email")
    stage.world.review(pull, user="li-wei", state="approve")
    stage.world.review(pull, user="sam-o", state="approve")
    await stage.settled()
    assert stage.conclusion(pull) == "success"
    assert stage.asked(pull) == set()
    stage.world.push("acme/shop", "drop", dropping("user_email", "phone"), author="dana")
    await stage.settled()
    assert (stage.conclusion(pull), stage.title(pull)) == ("action_required", "Waiting for 1 of 2 teams: crm")
    assert stage.asked(pull) == {"crm"}


async def test_pushing_the_old_state_back_revives_the_answers_given_to_it(stage: Stage) -> None:
    pull = await opened(stage, "phone")
    stage.world.review(pull, user="sam-o", state="approve")
    await stage.settled()
    agreed = pull.head_sha
    stage.world.push("acme/shop", "drop", dropping("user_email", "phone"), author="dana")
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"
    stage.world.reset("acme/shop", "drop", agreed, author="dana")
    await stage.settled()
    assert stage.conclusion(pull) == "success"


async def test_an_outsider_the_author_and_a_bot_count_for_nothing(stage: Stage) -> None:
    pull = await opened(stage, "phone")
    stage.world.collaborator("acme/shop", "eve")
    stage.world.review(pull, user="eve", state="approve")
    for user in ("eve", "dana", "carl", "renovate[bot]"):
        stage.world.comment(pull, user=user, body="/placet approve")
    await stage.settled()
    assert (stage.conclusion(pull), stage.title(pull)) == ("action_required", "Waiting for crm")


async def test_the_author_counts_for_nothing_even_as_a_member_of_the_team_that_is_asked(stage: Stage) -> None:
    stage.world.add_member("acme/crm", "dana")
    pull = await opened(stage, "phone")
    comment = stage.world.comment(pull, user="dana", body="/placet approve")
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"
    assert stage.reactions(comment) == {"-1"}


async def test_a_pending_member_counts_for_nothing(stage: Stage) -> None:
    stage.world.add_member("acme/crm", "newcomer", pending=True)
    pull = await opened(stage, "phone")
    stage.world.comment(pull, user="newcomer", body="/placet approve")
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"


async def test_editing_a_comment_into_an_approval_counts_for_nothing(stage: Stage) -> None:
    pull = await opened(stage, "phone")
    comment = stage.world.comment(pull, user="sam-o", body="Let me think about it.")
    await stage.settled()
    stage.world.edit_comment(comment, "/placet approve", user="olga")
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"


async def test_an_edited_comment_whose_delivery_was_lost_counts_for_nothing(stage: Stage) -> None:
    pull = await opened(stage, "phone")
    with stage.world.silently():
        comment = stage.world.comment(pull, user="sam-o", body="Let me think about it.")
    stage.clock.advance(timedelta(seconds=30))
    stage.world.edit_comment(comment, "/placet approve", user="olga")
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"


async def test_a_dismissed_review_takes_its_approval_back(stage: Stage) -> None:
    pull = await opened(stage, "phone")
    review = stage.world.review(pull, user="sam-o", state="approve")
    await stage.settled()
    assert stage.conclusion(pull) == "success"
    stage.world.dismiss_review(review, user="olga")
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"


async def test_a_pull_request_without_contract_change_is_green_at_once(stage: Stage) -> None:
    pull = stage.world.open_pull("acme/shop", author="dana", branch="docs", files={"README.md": b"x\n"}, title="Docs")
    await stage.settled()
    assert (stage.conclusion(pull), stage.title(pull)) == ("success", "No contract change")
    assert stage.comments(pull) == []


async def test_reformatting_alone_is_no_contract_change(stage: Stage) -> None:
    sql = SHOP[DIM].replace("select\n    user_id,", "SELECT user_id,").encode()
    pull = stage.world.open_pull("acme/shop", author="dana", branch="fmt", files={DIM: sql}, title="Format")
    await stage.settled()
    assert (stage.conclusion(pull), stage.title(pull)) == ("success", "No contract change")


async def test_a_column_that_nobody_reads_is_dropped_without_asking_anybody(stage: Stage) -> None:
    files = {**SHOP, DIM: SHOP[DIM].replace("    created_at\n", "    created_at,\n    'x' as unused\n")}
    stage.world.push("acme/shop", "main", {DIM: files[DIM].encode()}, author="carl")
    await stage.settled()
    pull = stage.world.open_pull(
        "acme/shop", author="dana", branch="unused", files={DIM: SHOP[DIM].encode()}, title="Drop it"
    )
    await stage.settled()
    assert stage.conclusion(pull) == "success"
    assert stage.title(pull) == "Breaking, nobody to ask: dim_customers.unused"
    assert "nobody is known to read it" in stage.summary(pull)
    assert stage.asked(pull) == set()


async def test_a_staging_column_renamed_with_all_its_readers_asks_nobody(stage: Stage) -> None:
    staging = "models/staging/stg_users.sql"
    files = {
        staging: SHOP[staging].replace("email as user_email", "email as email_address").encode(),
        DIM: SHOP[DIM].replace("    user_email,", "    email_address as user_email,").encode(),
    }
    pull = stage.world.open_pull("acme/shop", author="dana", branch="rename", files=files, title="Rename")
    await stage.settled()
    assert stage.conclusion(pull) == "success"
    assert stage.asked(pull) == set()


async def test_a_reader_mended_in_the_same_pull_request_is_asked_to_look_and_those_behind_it_are_not(
    stage: Stage,
) -> None:
    yml = SHOP[YML].replace("owner: {name: crm, email: crm@example.com}", "owner: {name: growth}")
    stage.world.push("acme/shop", "main", {YML: yml.encode()}, author="carl")
    await stage.settled()
    files = dropping("phone", files={**SHOP, YML: yml})
    files["models/marts/mart_360.sql"] = (
        b"select user_id, user_email as email, cast(null as varchar) as phone from {{ ref('dim_customers') }}\n"
    )
    pull = stage.world.open_pull("acme/shop", author="dana", branch="mend", files=files, title="Drop and mend")
    await stage.settled()
    # crm looks at the fix of its mart; emptying mart_360.phone is a change of its own, for those who read the mart.
    assert "crm" in stage.asked(pull)
    assert "look at the fix" in stage.summary(pull)


async def test_a_retarget_never_carries_a_verdict_over(stage: Stage) -> None:
    stage.world.push("acme/shop", "release", {"README.md": b"release\n"}, author="carl")
    pull = await opened(stage, "phone", base="release")
    assert stage.check(pull) is None, "another base is not governed"
    stage.world.retarget(pull, "main")
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"
    stage.world.review(pull, user="sam-o", state="approve")
    await stage.settled()
    assert stage.conclusion(pull) == "success"


async def test_a_verdict_for_one_base_is_none_for_another(stage: Stage) -> None:
    policy = b"branches: [main, release]\n"
    stage.world.push("acme/shop", "main", {".github/placet.yml": policy}, author="carl")
    stage.world.push("acme/shop", "release", dropping("phone"), author="carl")
    await stage.settled()
    pull = await opened(stage, "phone", base="release")
    assert stage.conclusion(pull, "placet: release") == "success"
    assert stage.check(pull) is None
    stage.world.retarget(pull, "main")
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"


async def test_a_second_pass_with_nothing_new_writes_nothing(stage: Stage) -> None:
    pull = await opened(stage, "user_email")
    stage.world.review(pull, user="li-wei", state="approve")
    stage.world.comment(pull, user="eve", body="/placet approve")
    await stage.settled()
    mark = stage.gh.log.mark()
    await stage.service.sweep.sweep()
    await stage.settled()
    assert [one.path for one in stage.gh.writes(since=mark) if "access_tokens" not in one.path] == []
    assert stage.gh.log.mark() > mark, "it did look"


async def test_merging_publishes_the_next_version(stage: Stage) -> None:
    pull = await opened(stage, "phone")
    stage.world.review(pull, user="sam-o", state="approve")
    await stage.settled()
    stage.world.merge(pull, user="dana")
    await stage.settled()
    versions = await stage.service.store.last_versions(pull.repo.id, "main")
    assert {one.asset: one.version for one in versions}[":model.shop.dim_customers"] == "2.0.0"
    assert "2.0.0" in stage.comments(pull)[0]
    ledger = await stage.service.store.ledger(pull.repo.id, pull.number)
    assert ledger.state == "published"


async def test_closing_withdraws_the_proposal_and_reopening_asks_nobody_twice(stage: Stage) -> None:
    pull = await opened(stage, "phone")
    stage.world.close(pull)
    await stage.settled()
    assert (await stage.service.store.ledger(pull.repo.id, pull.number)).state == "withdrawn"
    stage.world.reopen(pull)
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"
    assert len(stage.comments(pull)) == 1


async def test_a_draft_is_shown_and_asks_nobody_until_it_is_ready(stage: Stage) -> None:
    pull = await opened(stage, "phone", draft=True)
    assert stage.title(pull) == "Draft: crm will be asked"
    assert stage.asked(pull) == set()
    stage.world.ready(pull)
    await stage.settled()
    assert stage.asked(pull) == {"crm"}


async def test_a_repository_without_any_set_up_still_gets_a_useful_verdict(stage: Stage) -> None:
    bare = {path: text for path, text in SHOP.items() if path != YML}
    stage.world.repository("acme/bare", bare)
    await stage.settled()
    pull = stage.world.open_pull("acme/bare", author="dana", branch="drop", files={DIM: dropping("phone")[DIM]})
    await stage.settled()
    assert stage.conclusion(pull) == "success"
    assert stage.title(pull) == "Breaking, nobody to ask: dim_customers.phone"
    assert "mart_360" in stage.summary(pull)


async def test_killing_the_process_between_delivery_and_evaluation_loses_nothing(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        shop(stage)
        await stage.settled()
        pull = stage.world.open_pull("acme/shop", author="dana", branch="drop", files=dropping("phone"))
        await stage.gh.deliveries.flush()
        assert stage.check(pull) is None
        async with raised(stage):
            await stage.settled()
            assert stage.conclusion(pull) == "action_required"


async def test_an_answer_to_what_had_not_been_published_is_refused_aloud(stage: Stage) -> None:
    pull = stage.world.open_pull("acme/shop", author="dana", branch="drop", files=dropping("phone"))
    comment = stage.world.comment(pull, user="sam-o", body="/placet approve")
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"
    assert stage.reactions(comment) == {"-1"}


async def test_status_and_help_answer_and_only_the_newest_stays(stage: Stage) -> None:
    pull = await opened(stage, "phone")
    for _ in range(2):
        stage.world.comment(pull, user="eve", body="/placet status")
        await stage.settled()
    stage.world.comment(pull, user="eve", body="/placet help")
    await stage.settled()
    bodies = stage.comments(pull)
    assert len(bodies) == 3, "the sticky comment, one status, one help"
    assert "crm" in bodies[1]
    assert "/placet approve" in bodies[2]


async def test_a_misspelt_command_gets_the_corrected_one(stage: Stage) -> None:
    pull = await opened(stage, "phone")
    comment = stage.world.comment(pull, user="sam-o", body="/placet aprove")
    await stage.settled()
    assert stage.reactions(comment) == {"confused"}
    assert "/placet approve" in stage.comments(pull)[-1]
