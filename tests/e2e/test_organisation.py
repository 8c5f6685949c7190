"""The organisation's own file: what only it may say, what it locks, and that it stands while it cannot be read."""

from __future__ import annotations

from datetime import timedelta

from placet.sandbox.model import Comment, Pull
from stage import SHOP, YML, Stage, dropping

FORCE = 'force: ["@acme/governance"]\n'


async def governed(stage: Stage, text: str) -> None:
    """The organisation with that file."""
    stage.world.team("acme/governance", members=["olga", "gina"])
    stage.world.repository("acme/.github", {"placet.yml": text})
    await stage.settled()


async def dropped(stage: Stage, *columns: str, **facts: object) -> Pull:
    files = {**dropping(*(columns or ("phone",))), **facts.pop("files", {})}  # type: ignore[dict-item]  # bytes by path
    pull = stage.world.open_pull("acme/shop", author="dana", branch="drop", files=files, title="Drop", **facts)
    await stage.settled()
    assert isinstance(pull, Pull)
    return pull


async def said(stage: Stage, pull: Pull, user: str, body: str) -> Comment:
    comment = stage.world.comment(pull, user=user, body=body)
    await stage.settled()
    assert isinstance(comment, Comment)
    return comment


async def changed(stage: Stage, text: str) -> None:
    stage.world.push("acme/.github", "main", {"placet.yml": text.encode()}, author="olga")
    stage.clock.advance(timedelta(minutes=2))
    await stage.settled()


async def test_whom_the_organisation_lists_forces_the_check_green_for_all_to_see(stage: Stage) -> None:
    await governed(stage, FORCE)
    pull = await dropped(stage)
    assert "someone of governance forces it" in stage.summary(pull)
    comment = await said(stage, pull, "gina", "/placet force PII leak, SEC-811")
    assert stage.reactions(comment) == {"+1"}
    assert (stage.conclusion(pull), stage.title(pull)) == ("success", "Forced by gina: PII leak, SEC-811")
    told = stage.comments(pull)[-1]
    assert "**Forced by gina:** PII leak, SEC-\u200b811" in told
    assert "Without the agreement of crm." in told
    ledger = await stage.service.store.ledger(pull.repo.id, pull.number)
    assert (ledger.state, ledger.forced) == ("approved", True)


async def test_what_a_later_push_adds_is_not_forced(stage: Stage) -> None:
    await governed(stage, FORCE)
    pull = await dropped(stage)
    await said(stage, pull, "gina", "/placet force it leaks")
    stage.world.push("acme/shop", "drop", dropping("phone", "user_email"), author="dana")
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"
    await said(stage, pull, "sam-o", "/placet approve")
    await said(stage, pull, "li-wei", "/placet approve")
    assert stage.conclusion(pull) == "success"


async def test_nobody_else_forces_and_the_repository_s_own_file_names_nobody(stage: Stage) -> None:
    await governed(stage, FORCE)
    stage.world.push(
        "acme/shop", "main", {".github/placet.yml": b"teams:\n  governance: {members: [dana]}\n"}, author="dana"
    )
    await stage.settled()
    pull = await dropped(stage)
    for user in ("dana", "sam-o", "eve", "carl"):
        comment = await said(stage, pull, user, "/placet force trust me")
        assert stage.reactions(comment) == {"-1"}, user
    assert stage.conclusion(pull) == "action_required"


async def test_without_an_organisation_s_file_nobody_forces(stage: Stage) -> None:
    pull = await dropped(stage)
    await said(stage, pull, "olga", "/placet force I own the place")
    assert "nobody can force here" in stage.comments(pull)[-1]
    assert stage.conclusion(pull) == "action_required"


async def test_force_covers_what_cannot_be_read(stage: Stage) -> None:
    await governed(stage, FORCE)
    pull = await dropped(stage, files={YML: b"models: [\n"})
    assert stage.title(pull).startswith("Could not read")
    await said(stage, pull, "gina", "/placet force the release cannot wait")
    assert stage.title(pull) == "Forced by gina: the release cannot wait"


async def test_a_locked_key_cannot_be_changed_by_a_repository_and_that_is_told(stage: Stage) -> None:
    await governed(stage, "rollout: gate\nlocked: [rollout]\n")
    stage.world.push("acme/shop", "main", {".github/placet.yml": b"rollout: observe\n"}, author="dana")
    await stage.settled()
    pull = await dropped(stage)
    assert stage.conclusion(pull) == "action_required"
    assert "`rollout`" in stage.summary(pull)
    assert "locked" in stage.summary(pull)


async def test_a_change_of_the_organisation_s_file_reaches_open_pull_requests(stage: Stage) -> None:
    await governed(stage, "rollout: observe\n")
    pull = await dropped(stage)
    assert stage.conclusion(pull) == "success"
    await changed(stage, "rollout: gate\n")
    assert stage.conclusion(pull) == "action_required"


async def test_a_file_that_cannot_be_read_just_now_stands_as_it_was_read_last(stage: Stage) -> None:
    await governed(stage, "rollout: gate\nlocked: [rollout]\n" + FORCE)
    await dropped(stage)
    stage.world.push("acme/shop", "main", {".github/placet.yml": b"rollout: observe\n"}, author="dana")
    stage.world.select("acme", remove=["acme/.github"])
    stage.world.publish("acme/.github", private=True)
    stage.clock.advance(timedelta(minutes=10))
    await stage.settled()
    other = stage.world.open_pull("acme/shop", author="dana", branch="two", files=dropping("phone"), title="Two")
    await stage.settled()
    assert stage.conclusion(other) == "action_required"
    stage.gh.faults.fail(method="GET", path="*/.github/*", times=1_000)
    stage.clock.advance(timedelta(minutes=10))
    third = stage.world.open_pull("acme/shop", author="dana", branch="three", files=dropping("phone"), title="Three")
    await stage.settled()
    assert stage.conclusion(third) == "action_required"


async def test_a_broken_organisation_s_file_fails_what_changes_a_contract_and_names_the_line(stage: Stage) -> None:
    await governed(stage, "rollout: gate\nrolout: gate\n")
    pull = await dropped(stage)
    assert stage.conclusion(pull) == "failure"
    assert "acme/.github/placet.yml" in stage.summary(pull)
    assert "line 2" in stage.title(pull)
    docs = stage.world.open_pull("acme/shop", author="dana", branch="docs", files={"README.md": b"x\n"}, title="Docs")
    await stage.settled()
    assert stage.conclusion(docs) == "success"


async def test_a_team_nobody_of_which_may_answer_is_answered_for_by_those_who_may_force(stage: Stage) -> None:
    await governed(stage, FORCE)
    stage.world.team("acme/solo", members=["dana"])
    yml = SHOP[YML].replace("owner: crm}}", "owner: solo}}").partition("exposures:")[0]
    stage.world.push("acme/shop", "main", {YML: yml.encode()}, author="carl")
    await stage.settled()
    pull = stage.world.open_pull(
        "acme/shop", author="dana", branch="drop", files=dropping("phone", files={**SHOP, YML: yml}), title="Drop"
    )
    await stage.settled()
    assert stage.title(pull) == "Waiting for solo"
    assert "governance answers for solo, since nobody of it may answer here" in stage.summary(pull)
    for user, colour in (("dana", "action_required"), ("eve", "action_required"), ("gina", "success")):
        await said(stage, pull, user, "/placet approve for solo")
        assert stage.conclusion(pull) == colour, user


async def test_an_app_that_the_organisation_lists_answers_where_it_says_for_whom(stage: Stage) -> None:
    app = stage.world.app("steward-bot")
    await governed(stage, f"apps: [{app.id}]\n")
    pull = await dropped(stage)
    other = stage.world.app("other-bot")
    for one, body, colour in (
        (other, "/placet approve for crm", "action_required"),
        (app, "/placet approve", "action_required"),
        (app, "/placet approve for crm", "success"),
    ):
        stage.world.comment(pull, user=f"{one.slug}[bot]", body=body, via_app=one)
        await stage.settled()
        assert stage.conclusion(pull) == colour, body
