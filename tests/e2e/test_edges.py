"""Where Placet speaks and where it is silent; checks that are run again, or in our name; who counts as an author."""

from __future__ import annotations

from datetime import timedelta

from placet.sandbox.model import Pull
from stage import SHOP, YML, Stage, dropping

POLICY = ".github/placet.yml"


async def dropped(stage: Stage, *columns: str, author: str = "dana", **facts: object) -> Pull:
    files = dropping(*(columns or ("phone",)))
    pull = stage.world.open_pull("acme/shop", author=author, branch="drop", files=files, title="Drop", **facts)
    await stage.settled()
    assert isinstance(pull, Pull)
    return pull


async def based(stage: Stage, files: dict[str, str]) -> None:
    stage.world.push("acme/shop", "main", {path: text.encode() for path, text in files.items()}, author="carl")
    await stage.settled()


async def said(stage: Stage, pull: Pull, user: str, body: str) -> object:
    comment = stage.world.comment(pull, user=user, body=body)
    await stage.settled()
    return comment


# Which repositories


async def test_a_repository_without_a_project_or_a_policy_hears_nothing(stage: Stage) -> None:
    stage.world.repository("acme/site", {"index.html": "hello\n"})
    pull = stage.world.open_pull("acme/site", author="dana", branch="b", files={"index.html": b"bye\n"}, title="Bye")
    await stage.settled()
    assert stage.check(pull) is None
    await said(stage, pull, "eve", "/placet status")
    assert stage.comments(pull) == []


async def test_where_the_branch_s_rules_demand_the_check_it_comes(stage: Stage) -> None:
    repo = stage.world.repository("acme/site", {"index.html": "hello\n"})
    stage.world.protect(repo, "main")
    pull = stage.world.open_pull("acme/site", author="dana", branch="b", files={"index.html": b"bye\n"}, title="Bye")
    await stage.settled()
    assert (stage.conclusion(pull), stage.title(pull)) == ("success", "No contract change")


async def test_a_project_that_only_the_head_brings_is_governed(stage: Stage) -> None:
    stage.world.repository("acme/new", {"README.md": "hello\n"})
    pull = stage.world.open_pull("acme/new", author="dana", branch="b", files=dict(SHOP), title="A project")
    await stage.settled()
    assert stage.conclusion(pull) == "success"


# Open before Placet came


async def open_before(stage: Stage) -> Pull:
    world = stage.world
    world.select("acme", remove=["acme/shop"])
    await stage.settled()
    pull = world.open_pull("acme/shop", author="dana", branch="drop", files=dropping("phone"), title="Drop")
    stage.clock.advance(timedelta(days=1))
    world.select("acme", add=["acme/shop"])
    await stage.settled()
    await stage.service.sweep.sweep()
    await stage.settled()
    assert isinstance(pull, Pull)
    return pull


async def test_a_pull_request_that_was_open_before_gets_its_check_and_asks_nobody(stage: Stage) -> None:
    pull = await open_before(stage)
    assert stage.conclusion(pull) == "action_required"
    assert "was open before Placet came" in stage.summary(pull)
    assert (stage.asked(pull), stage.comments(pull)) == (set(), [])
    stage.clock.advance(timedelta(days=5))
    await stage.service.sweep.sweep()
    await stage.settled()
    assert (stage.asked(pull), stage.comments(pull)) == (set(), [])


async def test_its_next_push_or_a_recheck_asks(stage: Stage) -> None:
    pull = await open_before(stage)
    await said(stage, pull, "eve", "/placet recheck")
    assert stage.asked(pull) == {"crm"}
    assert "was open before" not in stage.summary(pull)


async def test_its_next_push_asks(stage: Stage) -> None:
    pull = await open_before(stage)
    stage.world.push("acme/shop", "drop", {"README.md": b"more\n"}, author="dana")
    await stage.settled()
    assert stage.asked(pull) == {"crm"}


async def test_an_answer_to_it_counts_all_the_same(stage: Stage) -> None:
    pull = await open_before(stage)
    stage.world.review(pull, user="sam-o", state="approve")
    await stage.settled()
    assert stage.conclusion(pull) == "success"


# Run again, and in our name


async def test_github_s_own_rerun_writes_the_check_again(stage: Stage) -> None:
    pull = await dropped(stage)
    run = stage.check(pull)
    assert run is not None
    for rerequest, what in ((stage.world.rerequest_check, run), (stage.world.rerequest_suite, run.suite)):
        mark = stage.gh.log.mark()
        rerequest(what, user="eve")
        await stage.settled()
        written = [one.path for one in stage.gh.writes(since=mark) if "check-runs" in one.path]
        assert len(written) == 1
        assert stage.title(pull) == "Waiting for crm"


async def test_an_impostor_s_check_is_named_and_no_longer_on_another_head(stage: Stage) -> None:
    pull = await dropped(stage)
    stage.world.post_check("acme/shop", pull.head_sha, name="placet", app="impostor-ci")
    await stage.settled()
    ours = [run for run in stage.world.check_runs(pull.head_sha) if run.app.slug != "impostor-ci"]
    assert [run.conclusion for run in ours] == ["action_required"]
    assert "impostor-ci" in str(ours[0].summary)
    stage.world.push("acme/shop", "drop", {"README.md": b"more\n"}, author="dana")
    await stage.settled()
    assert "impostor-ci" not in stage.summary(pull)


async def test_a_check_that_was_lost_is_adopted_by_name_and_app(stage: Stage) -> None:
    pull = await dropped(stage)
    stage.world.post_check("acme/shop", pull.head_sha, name="placet", app="impostor-ci")
    run = next(one for one in stage.world.check_runs(pull.head_sha) if one.app.slug != "impostor-ci")
    stage.world.rerequest_check(run, user="eve")
    stage.world.review(pull, user="sam-o", state="approve")
    await stage.settled()
    ours = [one for one in stage.world.check_runs(pull.head_sha) if one.app.slug != "impostor-ci"]
    assert [(one.id, one.conclusion) for one in ours] == [(run.id, "success")]


# Who counts as the author


async def test_who_pushed_to_a_bot_s_pull_request_is_no_approver_also_if_its_delivery_was_lost(stage: Stage) -> None:
    stage.world.add_member("acme/crm", "dana")
    pull = await dropped(stage, author="renovate[bot]")
    with stage.world.silently():
        stage.world.push("acme/shop", "drop", {"README.md": b"mine\n"}, author="dana")
    await stage.service.sweep.sweep()
    await stage.settled()
    await said(stage, pull, "dana", "/placet approve")
    assert stage.conclusion(pull) == "action_required"
    await said(stage, pull, "sam-o", "/placet approve")
    assert stage.conclusion(pull) == "success"


async def test_who_pushed_to_a_bot_s_pull_request_alone_in_a_team_is_no_deadlock(stage: Stage) -> None:
    stage.world.team("acme/solo", members=["dana"])
    yml = SHOP[YML].replace("owner: crm}}", "owner: solo}}").partition("exposures:")[0]
    await based(stage, {YML: yml})
    files = dropping("phone", files={**SHOP, YML: yml})
    pull = stage.world.open_pull("acme/shop", author="renovate[bot]", branch="drop", files=files, title="Drop")
    await stage.settled()
    stage.world.push("acme/shop", "drop", {"README.md": b"mine\n"}, author="dana")
    await stage.settled()
    await said(stage, pull, "dana", "/placet approve")
    assert stage.conclusion(pull) == "action_required"
    await said(stage, pull, "olga", "/placet approve for solo")
    assert stage.conclusion(pull) == "success"


async def test_where_the_policy_allows_it_the_author_answers(stage: Stage) -> None:
    stage.world.add_member("acme/crm", "dana")
    await based(stage, {POLICY: "approvals: {allow_author: true}\n"})
    pull = await dropped(stage)
    await said(stage, pull, "dana", "/placet approve")
    assert stage.conclusion(pull) == "success"


# Teams that are not what they were


async def test_a_team_that_was_renamed_is_followed_and_told(stage: Stage) -> None:
    pull = await dropped(stage)
    stage.world.rename_team("acme/crm", "Customer relations")
    await stage.settled()
    assert stage.title(pull) == "Waiting for customer-relations"
    assert "`crm` was renamed on GitHub" in stage.summary(pull)
    await said(stage, pull, "sam-o", "/placet approve")
    assert stage.conclusion(pull) == "success"


async def test_a_team_that_was_deleted_is_shown_and_answered_for_by_an_admin(stage: Stage) -> None:
    pull = await dropped(stage)
    stage.world.delete_team("acme/crm")
    await stage.settled()
    assert stage.title(pull) == "Waiting for crm"
    assert "`crm` was deleted on GitHub" in stage.summary(pull)
    assert "an admin of this repository answers for crm" in stage.summary(pull)
    await said(stage, pull, "sam-o", "/placet approve")
    assert stage.conclusion(pull) == "action_required"
    await said(stage, pull, "olga", "/placet approve for crm")
    assert stage.conclusion(pull) == "success"


async def test_a_policy_s_team_that_never_was_is_an_error_with_its_line(stage: Stage) -> None:
    await based(stage, {POLICY: "consumers:\n  - {team: crmm, reads: dim_customers, columns: [phone]}\n"})
    pull = await dropped(stage)
    assert stage.conclusion(pull) == "failure"
    assert stage.title(pull) == 'placet.yml line 2: no team "crmm" on GitHub'
    assert 'did you mean "crm"' in stage.summary(pull)


async def test_a_list_of_logins_is_a_team_of_its_own(stage: Stage) -> None:
    await based(stage, {POLICY: "teams:\n  crm: {members: [eve]}\n"})
    pull = await dropped(stage)
    await said(stage, pull, "sam-o", "/placet approve")
    assert stage.conclusion(pull) == "action_required"
    await said(stage, pull, "eve", "/placet approve")
    assert stage.conclusion(pull) == "success"


# Comments that others touch


async def test_an_answer_stands_though_its_comment_is_edited_or_deleted_by_another_and_that_is_told(
    stage: Stage,
) -> None:
    pull = await dropped(stage)
    comment = stage.world.comment(pull, user="sam-o", body="/placet approve")
    await stage.settled()
    stage.world.edit_comment(comment, "/placet block never", user="olga")
    await stage.settled()
    assert stage.conclusion(pull) == "success"
    assert "The comment by which sam-o answered was edited by olga." in stage.summary(pull)
    stage.world.delete_comment(comment, user="olga")
    await stage.settled()
    assert "was deleted by olga" in stage.summary(pull)
    entries = await stage.service.store.audit_entries(f"{pull.repo.id}#{pull.number}")
    assert [one.kind for one in entries if one.kind.startswith("comment.")] == ["comment.edited", "comment.deleted"]
