"""Attacks: a green check without consent, a wrong end after mishaps, work that is done twice, keys that never run."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import pytest

from alive import live
from placet.sandbox import File, Mode
from placet.sandbox.model import Pull
from placet.work.run import Runner
from stage import DIM, SHOP, YML, Stage, dropping, raised

STG = "models/staging/stg_users.sql"
M360 = "models/marts/mart_360.sql"
DIM_META = "    meta: {placet: {owner: core}}\n"
DIM_COLUMNS = "    columns:\n      - name: user_id\n      - name: user_email\n      - name: phone\n"


async def based(stage: Stage, files: Mapping[str, str | None]) -> None:
    """The main branch with these files as well."""
    data = {path: None if text is None else text.encode() for path, text in files.items()}
    stage.world.push("acme/shop", "main", data, author="carl")
    await stage.settled()


async def opened(stage: Stage, files: Mapping[str, object], *, author: str = "dana", **facts: object) -> Pull:
    data = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    pull = stage.world.open_pull("acme/shop", author=author, branch="attack", files=data, title="Attack", **facts)
    await stage.settled()
    assert isinstance(pull, Pull)
    return pull


async def dropped(stage: Stage, *columns: str, **facts: object) -> Pull:
    return await opened(stage, dropping(*(columns or ("phone",))), **facts)  # type: ignore[arg-type]  # facts vary


# Answers that count where they were not given


async def test_an_answer_by_a_branch_s_own_rules_counts_for_no_other_base(stage: Stage) -> None:
    """Anybody who may push makes a branch whose policy lets them answer, and retargets afterwards."""
    await based(stage, {".github/placet.yml": "teams:\n  crm: {members: [sam-o, jo-k]}\n"})
    rules = b"branches: [mine]\napprovals: {allow_author: true}\nteams:\n  crm: {members: [dana]}\n"
    stage.world.push("acme/shop", "mine", {".github/placet.yml": rules}, author="dana")
    pull = await dropped(stage, base="mine")
    stage.world.comment(pull, user="dana", body="/placet approve")
    await stage.settled()
    stage.world.retarget(pull, "main")
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"


async def test_a_delegate_by_a_branch_s_own_rules_is_none_for_any_other_base(stage: Stage) -> None:
    """A list of logins has the same identity on every base, whoever is on it there."""
    await based(stage, {".github/placet.yml": "teams:\n  crm: {members: [sam-o, jo-k]}\n"})
    rules = b"branches: [mine]\nteams:\n  crm: {members: [mallory]}\n"
    stage.world.push("acme/shop", "mine", {".github/placet.yml": rules}, author="dana")
    pull = await dropped(stage, base="mine")
    stage.world.comment(pull, user="mallory", body="/placet assign @eve for crm")
    await stage.settled()
    stage.world.retarget(pull, "main")
    await stage.settled()
    stage.world.comment(pull, user="eve", body="/placet approve")
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"


async def test_who_pushes_to_a_bot_s_pull_request_after_having_approved_it_is_heard_no_more(stage: Stage) -> None:
    """Whatever comes first, the approval or the news of the push: the change is theirs."""
    stage.world.add_member("acme/crm", "dana")
    pull = await dropped(stage, author="renovate[bot]")
    stage.world.comment(pull, user="dana", body="/placet approve")
    await stage.settled()
    assert stage.conclusion(pull) == "success"
    stage.world.push("acme/shop", "attack", {"README.md": b"mine\n"}, author="dana")
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"


async def test_an_answer_to_what_a_push_has_just_dropped_counts_once_that_is_pushed_back(stage: Stage) -> None:
    """It was heard only after the push, when nobody was asked about anything any more."""
    pull = await dropped(stage)
    first = pull.head_sha
    stage.world.comment(pull, user="sam-o", body="/placet approve for crm")
    stage.clock.advance(timedelta(minutes=1))
    stage.world.push("acme/shop", "attack", {DIM: SHOP[DIM].encode(), YML: SHOP[YML].encode()}, author="dana")
    await stage.settled()
    stage.world.reset("acme/shop", "attack", first, author="dana")
    await stage.settled()
    assert stage.conclusion(pull) == "success"


async def test_a_classification_by_a_branch_s_own_rules_counts_for_no_other_base(stage: Stage) -> None:
    """The same with `classify`: on their own branch the asset has no owner, so anybody with write access may."""
    stage.world.collaborator("acme/shop", "dana")
    rules = b"branches: [mine]\napprovals: {allow_author: true}\n"
    nobody = SHOP[YML].replace(DIM_META, "").encode()
    stage.world.push("acme/shop", "mine", {".github/placet.yml": rules, YML: nobody}, author="dana")
    pull = await dropped(stage, base="mine")
    stage.world.comment(pull, user="dana", body="/placet classify dim_customers.phone safe trust me")
    await stage.settled()
    stage.world.retarget(pull, "main")
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"


async def test_a_colleague_of_the_author_cannot_classify_the_readers_consent_away(stage: Stage) -> None:
    """`safe` is the producer's side deciding alone: it must not settle a breaking change that teams read."""
    pull = await dropped(stage)
    stage.world.comment(pull, user="carl", body="/placet classify dim_customers.phone safe nobody needs it")
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"


async def test_a_colleague_of_the_author_cannot_classify_away_what_a_macro_hides(stage: Stage) -> None:
    """Where readers are known their teams are asked, however little is known of the change itself."""
    pull = await opened(stage, {DIM: SHOP[DIM].replace("    phone,", "    {{ opaque() }},")})
    assert stage.conclusion(pull) == "action_required"
    stage.world.comment(pull, user="carl", body="/placet classify dim_customers safe trust me")
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"


async def test_whoever_pushes_to_a_bot_s_pull_request_counts_as_its_author(stage: Stage) -> None:
    stage.world.add_member("acme/crm", "dana")
    pull = await dropped(stage, author="renovate[bot]")
    stage.world.push("acme/shop", "attack", {"README.md": b"mine\n"}, author="dana")
    await stage.settled()
    stage.world.comment(pull, user="dana", body="/placet approve")
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"


async def test_a_dismissal_heard_before_its_review_still_takes_the_approval_back(stage: Stage) -> None:
    """What finds nothing to take back when it is heard counts all the same when the approval comes later."""
    pull = await dropped(stage)
    review = stage.world.review(pull, user="sam-o", state="approve")
    stage.clock.advance(timedelta(minutes=1))
    stage.world.dismiss_review(review, user="olga")
    submitted = stage.world.outbox.pop(0)
    await stage.settled()
    stage.world.outbox.append(submitted)
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"


async def test_requested_changes_heard_before_an_older_approval_still_take_it_back(stage: Stage) -> None:
    """The same as with a dismissal, with a command that only its delivery proves."""
    pull = await dropped(stage)
    stage.world.review(pull, user="sam-o", state="comment", body="/placet approve")
    stage.clock.advance(timedelta(minutes=1))
    stage.world.review(pull, user="sam-o", state="request_changes", body="On second thoughts, no.")
    approval = stage.world.outbox.pop(0)
    await stage.settled()
    stage.world.outbox.append(approval)
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"


async def test_a_comment_known_to_be_edited_counts_for_nothing_even_within_its_second(stage: Stage) -> None:
    """REST shows whole seconds, so an edit within the first is not seen there, but its delivery is heard."""
    pull = await dropped(stage)
    with stage.world.silently():
        comment = stage.world.comment(pull, user="sam-o", body="Let me think about it.")
    stage.world.edit_comment(comment, "/placet approve", user="olga")
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"


async def test_an_approval_covers_nothing_that_never_stood_on_the_forge_when_it_was_given(stage: Stage) -> None:
    """A publication counts as shown from when it is written to the store, also while no write gets through.

    app.ruling.shown_to: the team agreed to what stood there, and counts as agreeing to what it never saw.
    """
    pull = await dropped(stage)
    stage.gh.faults.fail(method="POST", path="*/check-runs", times=50)
    stage.world.push("acme/shop", "attack", dropping("phone", "user_email"), author="dana")
    await stage.settled()
    assert stage.check(pull) is None
    stage.world.comment(pull, user="sam-o", body="/placet approve")
    stage.clock.advance(timedelta(minutes=1))
    stage.gh.faults.clear()
    for _ in range(2):
        await stage.service.sweep.sweep()
        await stage.settled()
    assert stage.title(pull) == "Waiting for 2 of 2 teams: crm, growth"


async def test_under_distinct_approvers_nobody_holds_two_teams_by_way_of_two_pushes(stage: Stage) -> None:
    await based(stage, {".github/placet.yml": "approvals: {distinct_approvers: true}\n"})
    stage.world.add_member("acme/marketing", "jo-k")
    without_date = {DIM: SHOP[DIM].replace(",\n    created_at", "").encode(), YML: SHOP[YML].encode()}
    pull = await dropped(stage)
    first = pull.head_sha
    stage.world.comment(pull, user="jo-k", body="/placet approve for crm")
    await stage.settled()
    stage.world.push("acme/shop", "attack", without_date, author="dana")
    await stage.settled()
    stage.world.comment(pull, user="jo-k", body="/placet approve for marketing")
    await stage.settled()
    both = dropping("phone")
    both[DIM] = both[DIM].replace(b",\n    created_at", b"")
    stage.world.push("acme/shop", "attack", both, author="dana")
    await stage.settled()
    assert pull.head_sha != first
    assert stage.conclusion(pull) == "action_required"


async def test_a_team_that_is_deleted_is_not_dropped_from_those_who_must_agree(stage: Stage) -> None:
    """A name that resolves to nothing any more leaves a reader without an owner, and that is told only.

    Nothing remembers that the team was asked (github.teams._named; proposals.assess: Exemption.UNOWNED).
    """
    pull = await dropped(stage)
    stage.world.delete_team("acme/crm")
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"


async def test_a_team_that_is_renamed_still_has_to_agree(stage: Stage) -> None:
    """The files still name the old slug, and nothing follows the team by its id (github.teams._named)."""
    pull = await dropped(stage)
    stage.world.rename_team("acme/crm", "Customer relations")
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"


# Two pull requests on one commit


async def twins(stage: Stage, first: Pull | None = None) -> tuple[Pull, Pull]:
    first = first or await dropped(stage)
    stage.world.reset("acme/shop", "twin", first.head_sha, author="eve")
    second = stage.world.open_pull("acme/shop", author="eve", branch="twin", title="Twin")
    await stage.settled()
    assert second.head_sha == first.head_sha
    return first, second


async def test_two_pull_requests_on_one_commit_show_the_worst_of_their_verdicts(stage: Stage) -> None:
    """Each writes the shared run as if it were alone; the last one wins (app.plan._check, app.apply._set_check)."""
    first, second = await twins(stage)
    stage.world.comment(first, user="sam-o", body="/placet block the dialler needs it")
    await stage.settled()
    stage.world.comment(second, user="jo-k", body="/placet approve")
    await stage.settled()
    assert stage.conclusion(first) == "failure"
    shown = stage.summary(first)
    assert f"### Pull request {first.number}" in shown
    assert f"### Pull request {second.number}" in shown
    assert shown.index("crm blocks") < shown.index("crm agreed")


async def test_a_button_counts_only_where_its_set_belongs_to_one_pull_request(stage: Stage) -> None:
    """A press is heard on every pull request that the payload names (github.events._about_checks)."""
    pull = await dropped(stage)
    run = stage.check(pull)
    assert run is not None
    buttons = list(run.actions)
    first, second = await twins(stage, pull)
    assert [one["identifier"] for one in run.actions] == ["recheck"]
    # Somebody has had the page open since before the second came.
    run.actions = buttons
    stage.world.press_button(run, str(buttons[0]["identifier"]), user="sam-o")
    await stage.settled()
    ledgers = [await stage.service.store.ledger(one.repo.id, one.number) for one in (first, second)]
    assert [ledger.acts for ledger in ledgers] == [(), ()]


async def test_two_pull_requests_on_one_commit_evaluated_at_once_make_one_check(stage: Stage) -> None:
    """Both look, find nothing, and post: nothing is held between the two (app.apply.Writer._set_check)."""
    first = stage.world.open_pull("acme/shop", author="dana", branch="attack", files=dropping("phone"), title="One")
    stage.world.reset("acme/shop", "twin", first.head_sha, author="eve")
    stage.world.open_pull("acme/shop", author="eve", branch="twin", title="Twin")
    await stage.gh.deliveries.flush()
    await stage.service.inbox.drain()
    stage.gh.faults.slow(0.5, method="GET", path="*/check-runs", times=2)
    runner = Runner(stage.service.store.work, stage.service.evaluator.run, stage.clock)
    due = await stage.service.store.work.due(stage.clock.now(), 100)
    await asyncio.gather(*(runner.run_one(key) for key in due))
    await stage.settled()
    assert len([run for run in stage.world.check_runs(first.head_sha) if run.name == "placet"]) == 1


# Changes that nobody is asked about


async def test_a_mart_below_two_models_without_a_promise_keeps_its_own(stage: Stage) -> None:
    """`compatibility: none` above does not settle what breaks below: somebody must be asked where it counts."""
    none = "models:\n" + "".join(
        f"  - name: {name}\n    meta: {{placet: {{owner: core, compatibility: none}}}}\n"
        for name in ("stg_users", "int_users")
    )
    await based(
        stage,
        {
            "models/staging/staging.yml": none,
            "models/staging/int_users.sql": "select * from {{ ref('stg_users') }}\n",
            DIM: "select * from {{ ref('int_users') }}\n",
            YML: SHOP[YML].replace(DIM_COLUMNS, ""),
        },
    )
    pull = await opened(stage, {STG: SHOP[STG].replace("phone, ", "")})
    assert stage.conclusion(pull) == "action_required"
    assert stage.asked(pull) == {"crm"}


async def test_a_public_mart_s_owner_answers_also_for_what_goes_through_a_star_above_it(stage: Stage) -> None:
    """Dropping the mart's column asks its owner; so must dropping it above, where the mart takes it by a star."""
    await based(
        stage,
        {
            "models/staging/staging.yml": "models:\n  - name: stg_users\n" + DIM_META,
            DIM: "select * from {{ ref('stg_users') }}\n",
            M360: "select user_id, user_email as email from {{ ref('dim_customers') }}\n",
            YML: SHOP[YML].replace(DIM_COLUMNS, "").replace(DIM_META, DIM_META + "    access: public\n"),
        },
    )
    pull = await opened(stage, {STG: SHOP[STG].replace("phone, ", "")})
    assert stage.conclusion(pull) == "action_required"
    assert stage.title(pull) == "Waiting for core"


async def test_a_star_over_an_unlisted_source_replaced_by_a_list_asks_who_reads_what_it_leaves_out(
    stage: Stage,
) -> None:
    """A column that nobody lists is there all the same where somebody reads it."""
    sources = "sources:\n  - name: raw\n    tables: [{name: users}]\n"
    yml = SHOP[YML].replace(DIM_COLUMNS, "")
    await based(stage, {"models/sources.yml": sources, DIM: "select * from {{ source('raw', 'users') }}\n", YML: yml})
    pull = await opened(stage, {DIM: "select user_id, user_email, created_at from {{ source('raw', 'users') }}\n"})
    assert stage.conclusion(pull) == "action_required"
    assert stage.asked(pull) == {"crm"}


async def test_moving_the_latest_version_asks_the_unpinned_readers_of_what_it_lacks(stage: Stage) -> None:
    """The model's own files stay as they are, and every reader without a version gets another one."""
    versions = "  - name: dim_customers\n    latest_version: 1\n    versions: [{v: 1}, {v: 2}]\n"
    yml = SHOP[YML].replace(DIM_COLUMNS, "").replace("  - name: dim_customers\n", versions)
    files = {
        DIM: None,
        "models/marts/dim_customers_v1.sql": SHOP[DIM],
        "models/marts/dim_customers_v2.sql": dropping("phone")[DIM].decode(),
        YML: yml,
    }
    await based(stage, files)
    pull = await opened(stage, {YML: yml.replace("latest_version: 1", "latest_version: 2")})
    assert stage.conclusion(pull) == "action_required"
    assert stage.asked(pull) == {"crm"}


@pytest.mark.parametrize("empty", ["coalesce(null, null)", "upper(null)", "(select null)", "nullif('a', 'a')"])
async def test_a_column_made_of_nothing_is_emptied_however_it_is_written(stage: Stage, empty: str) -> None:
    """NULL and literals are not the only ways to write a value that no column has a part in."""
    pull = await opened(stage, {DIM: SHOP[DIM].replace("    phone,", f"    {empty} as phone,")})
    assert stage.conclusion(pull) == "action_required"


async def test_quoting_a_column_where_that_gives_it_another_name_asks_its_readers(stage: Stage) -> None:
    """On Snowflake `phone` is PHONE, and `"phone"` is another column; the keys are the same in lower case."""
    await based(stage, {".github/placet.yml": "projects: [{path: '.', dialect: snowflake}]\n"})
    pull = await opened(stage, {DIM: SHOP[DIM].replace("    phone,", '    phone as "phone",')})
    assert stage.conclusion(pull) == "action_required"


async def test_a_column_that_only_incremental_runs_give_is_no_column_of_a_plain_table(stage: Stage) -> None:
    """`is_incremental()` is false in every run of a model that is not incremental: the column is gone.

    The reader looks at both branches and takes a column that either has (readers.dbt).
    """
    hidden = "    {% if is_incremental() %}phone,{% endif %}"
    pull = await opened(stage, {DIM: SHOP[DIM].replace("    phone,", hidden)})
    assert stage.conclusion(pull) == "action_required"


async def test_removing_a_declared_consumer_asks_that_consumer(stage: Stage) -> None:
    """There is no rule `consumer_removed`: one pull request takes the consumer out, the next drops the column."""
    await based(stage, {".github/placet.yml": "consumers:\n  - {team: crm, reads: dim_customers, columns: [phone]}\n"})
    pull = await opened(stage, {".github/placet.yml": "version: 1\n"})
    assert stage.conclusion(pull) == "action_required"


async def test_removing_an_exposure_asks_its_owner(stage: Stage) -> None:
    """The same for an exposure, which diff.engine.READERS_ONLY leaves out altogether."""
    pull = await opened(stage, {YML: SHOP[YML].partition("exposures:")[0]})
    assert stage.conclusion(pull) == "action_required"


async def test_a_file_that_becomes_a_link_is_read_anew(stage: Stage) -> None:
    """The link has the very bytes, hence the very SHA, of the file that was read before."""
    extra = {"models/marts/extra.sql": b"select 1 as one\n"}
    pull = await opened(stage, extra)
    assert stage.conclusion(pull) == "success"
    stage.world.push("acme/shop", "attack", {DIM: File(SHOP[DIM].encode(), Mode.SYMLINK)}, author="dana")
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"


# Never green, or never at rest


async def test_a_project_renamed_together_with_a_drop_gets_a_verdict(stage: Stage) -> None:
    """The changes have the base's keys, the head its own: where they were mixed, the work key failed for ever."""
    files = {path: text.decode() for path, text in dropping("phone").items()}
    files["dbt_project.yml"] = SHOP["dbt_project.yml"].replace("name: shop\n", "name: store\n")
    pull = await opened(stage, files)
    assert stage.conclusion(pull) == "action_required"


async def test_a_team_whose_only_member_is_the_author_is_no_deadlock(stage: Stage) -> None:
    """`TeamDirectory.unanswerable` is worked out and never used: nobody may answer, so it is never green."""
    stage.world.team("acme/solo", members=["dana"])
    files = {**SHOP, YML: SHOP[YML].replace("owner: crm}}", "owner: solo}}").partition("exposures:")[0]}
    await based(stage, {YML: files[YML]})
    pull = await opened(stage, dropping("phone", files=files))
    stage.world.comment(pull, user="dana", body="/placet approve")
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"
    stage.world.comment(pull, user="olga", body="/placet approve for solo")
    await stage.settled()
    assert stage.conclusion(pull) == "success"


async def test_a_change_that_went_and_is_merged_is_no_merge_around_the_check(stage: Stage) -> None:
    """It was green: the audit trail must not accuse whoever merged it."""
    pull = await dropped(stage)
    stage.world.push("acme/shop", "attack", {DIM: SHOP[DIM].encode(), YML: SHOP[YML].encode()}, author="dana")
    await stage.settled()
    assert stage.conclusion(pull) == "success"
    stage.world.merge(pull, user="dana")
    await stage.settled()
    entries = await stage.service.store.audit_entries(f"{pull.repo.id}#{pull.number}")
    assert not [one for one in entries if "merged around the check" in one.facts.values()]


async def test_an_approving_review_before_anything_was_shown_is_refused_aloud(stage: Stage) -> None:
    """Its giver believes to have agreed."""
    pull = stage.world.open_pull("acme/shop", author="dana", branch="attack", files=dropping("phone"), title="Drop")
    stage.world.review(pull, user="sam-o", state="approve")
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"
    assert any("sam-o" in body for body in [*stage.comments(pull)[1:], stage.summary(pull)])


async def test_a_check_of_our_name_by_another_app_is_named_and_changes_nothing(stage: Stage) -> None:
    pull = await dropped(stage)
    stage.world.post_check("acme/shop", pull.head_sha, name="placet", app="impostor-ci")
    await stage.settled()
    runs = {run.app.slug: run for run in stage.world.check_runs(pull.head_sha)}
    ours = next(run for slug, run in runs.items() if slug != "impostor-ci")
    assert ours.conclusion == "action_required"
    assert "impostor-ci" in str(ours.summary)


# Mishaps between two writes


async def test_an_older_status_goes_also_where_deleting_it_failed_once(stage: Stage) -> None:
    """The reply that replaces it stands by then, and nothing is owed any more."""
    pull = await dropped(stage)
    for _ in range(2):
        stage.gh.faults.fail(method="DELETE")
        stage.world.comment(pull, user="eve", body="/placet status")
        await stage.settled()
    await stage.service.sweep.sweep()
    await stage.settled()
    assert len(stage.comments(pull)) == 2, "the sticky comment and the newest status"


async def test_writes_whose_answers_are_lost_are_done_once_also_by_the_process_that_comes_after(stage: Stage) -> None:
    kinds = ("check-runs", "check-runs/*", "requested_reviewers", "comments", "comments/*", "reactions")
    for kind in kinds:
        stage.gh.faults.lose_answer(path=f"*/{kind}")
    pull = stage.world.open_pull("acme/shop", author="dana", branch="attack", files=dropping("phone"), title="Drop")
    for _ in kinds:
        async with raised(stage):
            await stage.settled()
    comment = stage.world.comment(pull, user="eve", body="/placet aprove")
    stage.world.push("acme/shop", "attack", dropping("phone", "user_email"), author="dana")
    for _ in kinds:
        async with raised(stage):
            await stage.settled()
    assert stage.title(pull) == "Waiting for 2 of 2 teams: crm, growth"
    assert stage.asked(pull) == {"crm", "growth"}
    assert [one.event for one in pull.events].count("review_requested") == 2
    markers = [body.partition("\n")[0] for body in stage.comments(pull)]
    assert len(markers) == len(set(markers)) == 3, "the sticky comment, the reply, the ping to crm"
    assert stage.reactions(comment) == {"confused"}


# What others got wrong


async def test_rules_from_the_pull_request_s_own_branch_count_for_nothing(stage: Stage) -> None:
    stage.world.add_member("acme/crm", "dana")
    rules = b"rollout: observe\nlogic: ignore\nteams:\n  crm: {members: [dana]}\napprovals: {allow_author: true}\n"
    files = {**dropping("phone"), ".github/placet.yml": rules, ".github/CODEOWNERS": b"* @dana\n"}
    files[YML] = files[YML].replace(b"owner: crm}}", b"owner: core, columns: []}}")
    pull = await opened(stage, files)
    stage.world.comment(pull, user="dana", body="/placet approve")
    await stage.settled()
    assert (stage.conclusion(pull), stage.title(pull)) == ("action_required", "Waiting for crm")


async def test_a_planted_marker_gives_nobody_our_comment(stage: Stage) -> None:
    pull = stage.world.open_pull("acme/shop", author="dana", branch="attack", files=dropping("phone"), title="Drop")
    planted = stage.world.comment(pull, user="eve", body="<!-- placet:proposal=1 -->\nAll agreed.")
    await stage.settled()
    assert planted.body.endswith("All agreed.")
    assert len(stage.comments(pull)) == 1


async def test_an_approval_does_not_outlive_a_push_for_what_it_never_covered(stage: Stage) -> None:
    pull = await dropped(stage)
    first = pull.head_sha
    stage.world.push("acme/shop", "attack", dropping("phone", "user_email"), author="dana")
    await stage.settled()
    both = pull.head_sha
    stage.world.reset("acme/shop", "attack", first, author="dana")
    await stage.settled()
    stage.world.review(pull, user="sam-o", state="approve")
    stage.world.comment(pull, user="li-wei", body="/placet approve")
    await stage.settled()
    assert stage.conclusion(pull) == "success"
    stage.world.reset("acme/shop", "attack", both, author="dana")
    await stage.settled()
    assert stage.title(pull) == "Waiting for 2 of 2 teams: crm, growth"


async def test_who_begins_to_read_on_the_base_after_the_others_agreed_is_asked_too(stage: Stage) -> None:
    pull = await dropped(stage)
    stage.world.review(pull, user="sam-o", state="approve")
    await stage.settled()
    assert stage.conclusion(pull) == "success"
    calls = "models:\n  - name: mart_calls\n    meta: {placet: {owner: marketing}}\n"
    reader = "select phone from {{ ref('dim_customers') }}\n"
    await based(stage, {"models/marts/mart_calls.sql": reader, "models/marts/calls.yml": calls})
    assert (stage.conclusion(pull), stage.title(pull)) == ("action_required", "Waiting for 1 of 2 teams: marketing")


async def test_a_head_that_the_api_shows_late_never_carries_the_old_verdict_on(stage: Stage) -> None:
    pull = await dropped(stage)
    stage.world.review(pull, user="sam-o", state="approve")
    await stage.settled()
    stage.gh.faults.stale_reads = 3
    stage.world.push("acme/shop", "attack", dropping("phone", "user_email"), author="dana")
    await stage.settled()
    assert (stage.conclusion(pull), stage.title(pull)) == ("action_required", "Waiting for 2 of 2 teams: crm, growth")


async def test_who_left_the_team_or_the_forge_gave_an_answer_that_stands_and_can_give_no_more(stage: Stage) -> None:
    pull = await dropped(stage)
    stage.world.remove_member("acme/crm", "jo-k")
    stage.world.comment(pull, user="jo-k", body="/placet approve")
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"
    stage.world.comment(pull, user="sam-o", body="/placet approve")
    await stage.settled()
    stage.world.delete_user("sam-o")
    stage.world.push("acme/shop", "attack", {"README.md": b"more\n"}, author="dana")
    await stage.settled()
    assert stage.conclusion(pull) == "success"


async def test_nothing_that_untrusted_text_says_is_live_in_what_is_posted(stage: Stage) -> None:
    evil = "@acme/marketing [x](http://evil.example) <img src=x> `"
    sql = SHOP[DIM].replace("    phone,", f'    phone,\n    user_email as "{evil}",')
    reader = f"select \"{evil}\" as a from {{{{ ref('dim_customers') }}}}\n"  # noqa: S608 - a model's text
    purpose = evil.replace("`", "")
    yml = SHOP[YML].replace(
        DIM_META, f'    meta: {{placet: {{owner: core, consumers: [{{team: growth, purpose: "{purpose}"}}]}}}}\n'
    )
    await based(stage, {DIM: sql, M360: reader, YML: yml})
    pull = stage.world.open_pull(
        "acme/shop",
        author="dana",
        branch="attack",
        files={DIM: SHOP[DIM].encode()},
        title=evil,
        body=f"# Migration\n{evil}",
    )
    await stage.settled()
    assert stage.asked(pull) == {"crm", "growth"}
    stage.world.comment(pull, user="sam-o", body=f"/placet block because {evil}")
    stage.world.comment(pull, user="sam-o", body=f"/placet approve for {evil}")
    stage.world.comment(pull, user="eve", body=f"/placet aprove {evil}")
    stage.world.comment(pull, user="eve", body="/placet status")
    await stage.settled()
    assert stage.conclusion(pull) == "failure"
    for text in (*stage.comments(pull), *stage.summary(pull).split("\x00")):
        assert live(text) == [], text
