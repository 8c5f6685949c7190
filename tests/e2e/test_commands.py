"""Every command as people give it: what stands on the forge afterwards, and what they are told."""

from __future__ import annotations

from datetime import timedelta

from placet.sandbox.model import Comment, Pull
from stage import SHOP, YML, Stage, dropping

DAY = timedelta(days=1)


async def dropped(stage: Stage, *columns: str, **facts: object) -> Pull:
    files = dropping(*(columns or ("phone",)))
    pull = stage.world.open_pull("acme/shop", author="dana", branch="drop", files=files, title="Drop", **facts)
    await stage.settled()
    assert isinstance(pull, Pull)
    return pull


async def said(stage: Stage, pull: Pull, user: str, body: str) -> Comment:
    comment = stage.world.comment(pull, user=user, body=body)
    await stage.settled()
    assert isinstance(comment, Comment)
    return comment


async def based(stage: Stage, files: dict[str, str]) -> None:
    stage.world.push("acme/shop", "main", {path: text.encode() for path, text in files.items()}, author="carl")
    await stage.settled()


async def passes(stage: Stage, days: float) -> None:
    """The days pass, and whatever was planned for them is done on its day."""
    end = stage.clock.now() + DAY * days
    while True:
        next_at = await stage.service.store.work.next_due_at()
        if next_at is None or next_at > end:
            break
        stage.clock.set(max(next_at, stage.clock.now()))
        await stage.settled(pause=False)
    stage.clock.set(end)
    await stage.settled()


def replied(stage: Stage, pull: Pull) -> str:
    return stage.comments(pull)[-1]


# needs-time


async def test_a_team_that_needs_time_is_waited_for_and_told_once_when_it_is_up(stage: Stage) -> None:
    pull = await dropped(stage)
    comment = await said(stage, pull, "sam-o", "/placet needs-time 10d the dialler moves")
    assert stage.reactions(comment) == {"+1"}
    assert (stage.conclusion(pull), stage.title(pull)) == ("action_required", "crm needs time until 28 Nov")
    assert "the dialler moves" in stage.comments(pull)[0]
    await passes(stage, 9)
    assert len(stage.comments(pull)) == 1, "who has time is not reminded"
    await passes(stage, 2)
    assert stage.title(pull) == "Waiting for crm"
    assert "@acme/crm: the time that you needed until 28 Nov is over" in replied(stage, pull)
    assert len(stage.comments(pull)) == 2
    await passes(stage, 1)
    assert len(stage.comments(pull)) == 2, "one ping"
    await said(stage, pull, "sam-o", "/placet ok")
    assert stage.conclusion(pull) == "success"


async def test_needs_time_ends_an_approval_and_never_turns_into_one(stage: Stage) -> None:
    pull = await dropped(stage)
    await said(stage, pull, "sam-o", "/placet approve")
    assert stage.conclusion(pull) == "success"
    await said(stage, pull, "jo-k", "/placet wait 1w")
    assert stage.conclusion(pull) == "action_required"
    await passes(stage, 40)
    assert stage.conclusion(pull) == "action_required"


async def test_no_more_time_is_given_than_the_policy_allows_and_none_in_the_past(stage: Stage) -> None:
    await based(stage, {".github/placet.yml": "approvals: {max_wait: 10d}\n"})
    pull = await dropped(stage)
    comment = await said(stage, pull, "sam-o", "/placet needs-time 2w")
    assert stage.reactions(comment) == {"-1"}
    assert "/placet needs-time 2026-11-28" in replied(stage, pull)
    await said(stage, pull, "sam-o", "/placet needs-time 2026-11-17")
    assert "2026-11-17 is over" in replied(stage, pull)
    assert stage.title(pull) == "Waiting for crm"


async def test_the_end_of_all_time_is_too_far_away_and_no_error(stage: Stage) -> None:
    pull = await dropped(stage)
    comment = await said(stage, pull, "sam-o", "/placet needs-time 9999-12-31")
    assert stage.reactions(comment) == {"-1"}
    await said(stage, pull, "dana", "/placet deadline 9999-12-31")
    assert "due by 31 Dec 9999" in stage.comments(pull)[0]


# Delegates


async def test_a_delegate_answers_for_the_team_on_this_proposal_alone(stage: Stage) -> None:
    pull = await dropped(stage)
    await said(stage, pull, "eve", "/placet approve")
    assert stage.conclusion(pull) == "action_required"
    comment = await said(stage, pull, "sam-o", "/placet assign @eve for crm")
    assert stage.reactions(comment) == {"+1"}
    await said(stage, pull, "eve", "/placet approve")
    assert stage.conclusion(pull) == "success"
    other = stage.world.open_pull("acme/shop", author="dana", branch="more", files=dropping("phone"), title="More")
    await stage.settled()
    await said(stage, other, "eve", "/placet approve")
    assert stage.conclusion(other) == "action_required"


async def test_nobody_but_a_member_names_a_delegate_and_never_the_author(stage: Stage) -> None:
    stage.world.add_member("acme/crm", "dana")
    pull = await dropped(stage)
    for user, body in (
        ("eve", "/placet assign @eve for crm"),
        ("dana", "/placet assign @eve for crm"),
        ("sam-o", "/placet assign @dana for crm"),
        ("sam-o", "/placet assign @nobody-at-all for crm"),
        ("sam-o", "/placet assign @eve for growth"),
    ):
        comment = await said(stage, pull, user, body)
        assert stage.reactions(comment) == {"-1"}, body
    await said(stage, pull, "eve", "/placet approve")
    await said(stage, pull, "dana", "/placet approve")
    assert stage.conclusion(pull) == "action_required"


async def test_a_delegate_s_answer_counts_also_where_it_is_heard_before_the_member_s_word(stage: Stage) -> None:
    pull = await dropped(stage)
    stage.world.comment(pull, user="sam-o", body="/placet assign @eve for crm")
    stage.clock.advance(timedelta(minutes=1))
    assigned = stage.world.outbox.pop()
    await said(stage, pull, "eve", "/placet approve")
    assert stage.conclusion(pull) == "action_required"
    stage.world.outbox.append(assigned)
    await stage.settled()
    assert stage.conclusion(pull) == "success"


async def test_a_delegate_names_no_further_delegate(stage: Stage) -> None:
    pull = await dropped(stage)
    await said(stage, pull, "sam-o", "/placet delegate @eve for crm")
    await said(stage, pull, "eve", "/placet delegate @mallory for crm")
    await said(stage, pull, "mallory", "/placet approve")
    assert stage.conclusion(pull) == "action_required"


# Waivers


async def test_the_owner_waives_one_team_for_the_changes_shown(stage: Stage) -> None:
    pull = await dropped(stage, "user_email")
    comment = await said(stage, pull, "carl", "/placet waive growth nobody looks at churn any more")
    assert stage.reactions(comment) == {"+1"}
    assert "**Waived by carl, growth:** nobody looks at churn any more" in replied(stage, pull)
    assert stage.title(pull) == "Waiting for 1 of 2 teams: crm"
    await said(stage, pull, "sam-o", "/placet approve")
    assert (stage.conclusion(pull), stage.title(pull)) == ("success", "1 of 2 teams agreed, growth waived")
    await said(stage, pull, "li-wei", "/placet block we do look at it")
    assert stage.conclusion(pull) == "failure", "a later block of the team counts"


async def test_neither_the_author_nor_a_stranger_nor_a_reader_waives(stage: Stage) -> None:
    pull = await dropped(stage)
    for user in ("dana", "eve", "sam-o", "olga"):
        comment = await said(stage, pull, user, "/placet waive crm it is fine")
        assert stage.reactions(comment) == {"-1"}, user
    assert stage.conclusion(pull) == "action_required"


async def test_where_a_steward_is_named_only_that_person_waives(stage: Stage) -> None:
    yml = SHOP[YML].replace("owner: core}}", "owner: core, steward: priya-n}}")
    await based(stage, {YML: yml})
    pull = stage.world.open_pull(
        "acme/shop", author="dana", branch="drop", files=dropping("phone", files={**SHOP, YML: yml}), title="Drop"
    )
    await stage.settled()
    refused = await said(stage, pull, "carl", "/placet waive crm it is fine")
    assert stage.reactions(refused) == {"-1"}
    assert "priya-n" in replied(stage, pull)
    await said(stage, pull, "priya-n", "/placet exempt for crm it is fine")
    assert (stage.conclusion(pull), stage.title(pull)) == ("success", "crm waived")


async def test_a_waiver_covers_nothing_that_a_later_push_adds(stage: Stage) -> None:
    pull = await dropped(stage)
    await said(stage, pull, "carl", "/placet waive crm it is fine")
    assert stage.conclusion(pull) == "success"
    stage.world.push("acme/shop", "drop", dropping("phone", "user_email"), author="dana")
    await stage.settled()
    assert stage.title(pull) == "Waiting for 2 of 2 teams: crm, growth"


# Deadlines


async def test_past_a_deadline_the_open_team_is_told_and_silence_is_no_consent(stage: Stage) -> None:
    pull = await dropped(stage)
    await said(stage, pull, "dana", "/placet deadline 2026-11-20")
    assert "due by 20 Nov" in stage.comments(pull)[0]
    await passes(stage, 3)
    assert stage.conclusion(pull) == "action_required"
    assert "@acme/crm: the deadline, 20 Nov, has passed without your answer" in replied(stage, pull)
    number = len(stage.comments(pull))
    await passes(stage, 0.5)
    assert len(stage.comments(pull)) == number


async def test_where_the_policy_says_so_a_passed_deadline_blocks_until_the_team_answers(stage: Stage) -> None:
    await based(stage, {".github/placet.yml": "approvals: {answer_within: 2d, on_deadline: block}\n"})
    pull = await dropped(stage)
    await passes(stage, 3)
    assert (stage.conclusion(pull), stage.title(pull)) == ("failure", "Blocked: crm's deadline has passed")
    await said(stage, pull, "sam-o", "/placet approve")
    assert stage.conclusion(pull) == "success"


async def test_a_team_that_needs_time_has_until_its_own_date(stage: Stage) -> None:
    await based(stage, {".github/placet.yml": "approvals: {answer_within: 2d, on_deadline: block}\n"})
    pull = await dropped(stage)
    await said(stage, pull, "sam-o", "/placet needs-time 5d")
    await passes(stage, 4)
    assert stage.conclusion(pull) == "action_required"
    await passes(stage, 3)
    assert stage.conclusion(pull) == "failure"


async def test_only_the_author_and_owners_set_a_deadline_or_remind(stage: Stage) -> None:
    pull = await dropped(stage)
    for body in ("/placet deadline 3d", "/placet remind"):
        for user, reaction in (("eve", "-1"), ("sam-o", "-1"), ("carl", "+1")):
            comment = await said(stage, pull, user, body)
            assert stage.reactions(comment) == {reaction}, (user, body)


# Reminders


async def test_open_teams_are_reminded_after_three_and_seven_days_and_then_weekly(stage: Stage) -> None:
    pull = await dropped(stage)
    opened = stage.clock.now()
    seen: list[tuple[int, str]] = []
    for _ in range(24):
        await passes(stage, 1)
        bodies = stage.comments(pull)
        assert len(bodies) <= 2, "the earlier one goes"
        if len(bodies) > 1 and bodies[1] not in [body for _, body in seen]:
            seen.append(((stage.clock.now() - opened).days, bodies[1]))
    assert [day for day, _ in seen] == [3, 7, 14, 21]
    assert all("@acme/crm: asked 18 Nov, and not answered yet" in body for _, body in seen)


async def test_who_is_called_is_reminded_at_once_and_once_a_day(stage: Stage) -> None:
    pull = await dropped(stage, "user_email")
    await said(stage, pull, "li-wei", "/placet approve")
    await said(stage, pull, "dana", "/placet remind")
    assert "@acme/crm: you are asked for your answer once more" in replied(stage, pull)
    assert "@acme/growth" not in replied(stage, pull)
    again = await said(stage, pull, "carl", "/placet nudge")
    assert stage.reactions(again) == {"-1"}
    assert "again from" in replied(stage, pull)


async def test_the_buttons_remind_and_look_again_with_the_rights_of_who_presses_them(stage: Stage) -> None:
    pull = await dropped(stage)
    run = stage.check(pull)
    assert run is not None
    assert [one["identifier"].partition(":")[0] for one in run.actions] == ["approve", "remind", "recheck"]
    stage.world.press_button(run, "remind", user="sam-o")
    await stage.settled()
    assert "Not recorded for sam-o" in replied(stage, pull)
    stage.world.press_button(run, "remind", user="carl")
    await stage.settled()
    assert "you are asked for your answer once more" in replied(stage, pull)
    stage.world.press_button(run, "recheck", user="eve")
    await stage.settled()
    assert stage.title(pull) == "Waiting for crm"


# Falling asleep


async def test_a_proposal_of_which_nothing_is_heard_falls_asleep_and_a_recheck_wakes_it(stage: Stage) -> None:
    pull = await dropped(stage)
    await passes(stage, 59)
    assert stage.title(pull) == "Waiting for crm"
    number = len(stage.comments(pull))
    await passes(stage, 2)
    assert (stage.conclusion(pull), stage.title(pull)) == ("action_required", "Asleep after 60 days: /placet recheck")
    assert (await stage.service.store.ledger(pull.repo.id, pull.number)).state == "expired"
    await passes(stage, 30)
    assert len(stage.comments(pull)) == number, "who sleeps reminds nobody"
    stage.world.edit_pull(pull, title="Another title")
    await stage.settled()
    assert stage.title(pull).startswith("Asleep"), "not just any event"
    await said(stage, pull, "eve", "/placet recheck")
    assert stage.title(pull) == "Waiting for crm"


async def test_a_push_and_an_answer_wake_it_too(stage: Stage) -> None:
    await based(stage, {".github/placet.yml": "approvals: {expires_after: 10d}\n"})
    pull = await dropped(stage, "user_email")
    await passes(stage, 11)
    assert stage.title(pull) == "Asleep after 10 days: /placet recheck"
    stage.world.push("acme/shop", "drop", {"README.md": b"more\n"}, author="dana")
    await stage.settled()
    assert stage.title(pull) == "Waiting for 2 of 2 teams: crm, growth"
    await passes(stage, 11)
    assert stage.title(pull).startswith("Asleep")
    await said(stage, pull, "li-wei", "/placet approve")
    assert stage.title(pull) == "Waiting for 1 of 2 teams: crm"


# Looking


async def test_why_says_through_what_a_team_is_reached_and_who_is_asked_because_of_an_asset(stage: Stage) -> None:
    pull = await dropped(stage)
    comment = await said(stage, pull, "eve", "/placet why crm")
    assert stage.reactions(comment) == {"+1"}
    assert "mart_360.phone" in replied(stage, pull)
    await said(stage, pull, "eve", "/placet why dim_customers.phone")
    assert "crm is asked" in replied(stage, pull)
    await said(stage, pull, "eve", "/placet why")
    assert "**crm** reads phone in" in replied(stage, pull)
    await said(stage, pull, "eve", "/placet why nonsense")
    assert "Nothing here is called `nonsense`" in replied(stage, pull)
    assert len(stage.comments(pull)) == 2, "only the newest stays"


async def test_a_command_in_a_review_gets_a_line_since_reviews_carry_no_reaction(stage: Stage) -> None:
    pull = await dropped(stage)
    stage.world.review(pull, user="sam-o", state="comment", body="/placet needs-time 3d")
    await stage.settled()
    assert "**Recorded:** needs time for crm." in replied(stage, pull)
    stage.world.review(pull, user="jo-k", state="approve")
    await stage.settled()
    assert len(stage.comments(pull)) == 2, "a plain approving review needs none"


async def test_several_commands_in_one_comment_run_in_order_with_one_reply(stage: Stage) -> None:
    pull = await dropped(stage)
    await said(stage, pull, "sam-o", "/placet block no\n\n/placet aprove\n\n/placet approve\n\n/placet status")
    assert stage.conclusion(pull) == "success"
    assert len(stage.comments(pull)) == 2
    assert 'did you mean "approve"' in replied(stage, pull)
    assert "agreed" in replied(stage, pull)


async def test_the_author_gets_one_line_when_all_have_agreed_after_more_than_an_hour(stage: Stage) -> None:
    pull = await dropped(stage)
    stage.clock.advance(timedelta(hours=2))
    await said(stage, pull, "sam-o", "/placet approve")
    assert "@dana: crm agreed." in replied(stage, pull)
    await said(stage, pull, "sam-o", "/placet retract")
    await said(stage, pull, "jo-k", "/placet approve")
    assert len(stage.comments(pull)) == 2, "once for the same changes"


async def test_who_agrees_within_the_hour_is_news_to_nobody(stage: Stage) -> None:
    pull = await dropped(stage)
    await said(stage, pull, "sam-o", "/placet approve")
    assert len(stage.comments(pull)) == 1
    stage.clock.advance(timedelta(hours=3))
    await stage.service.sweep.sweep()
    await stage.settled()
    assert len(stage.comments(pull)) == 1


# What is over


async def test_a_command_on_what_is_closed_or_merged_is_answered(stage: Stage) -> None:
    pull = await dropped(stage)
    await said(stage, pull, "sam-o", "/placet approve")
    stage.world.merge(pull, user="dana")
    await stage.settled()
    comment = await said(stage, pull, "sam-o", "/placet retract")
    assert stage.reactions(comment) == {"-1"}
    assert "this pull request is merged" in replied(stage, pull)
    await said(stage, pull, "eve", "/placet status")
    assert "crm agreed" in replied(stage, pull)


async def test_what_was_said_before_the_end_counts_however_late_it_is_heard(stage: Stage) -> None:
    pull = await dropped(stage)
    stage.world.comment(pull, user="sam-o", body="/placet approve")
    stage.clock.advance(timedelta(minutes=1))
    late = stage.world.outbox.pop()
    stage.world.merge(pull, user="olga", bypass=True)
    stage.world.outbox.append(late)
    stage.world.outbox.reverse()
    await stage.settled()
    entries = await stage.service.store.audit_entries(f"{pull.repo.id}#{pull.number}")
    assert not [one for one in entries if "merged around the check" in one.facts.values()]


async def test_a_merge_around_the_check_says_who_had_not_agreed(stage: Stage) -> None:
    pull = await dropped(stage, "user_email")
    await said(stage, pull, "li-wei", "/placet approve")
    stage.world.merge(pull, user="olga", bypass=True)
    await stage.settled()
    assert "Merged around the check" in stage.comments(pull)[0]
    assert "crm has not agreed" in stage.comments(pull)[0]
    ledger = await stage.service.store.ledger(pull.repo.id, pull.number)
    assert ledger.state == "published"


async def test_the_first_thing_that_is_shown_says_when_the_teams_were_asked(stage: Stage) -> None:
    pull = await dropped(stage)
    assert "asked 18 Nov" in stage.summary(pull)
    assert "asked 18 Nov" in stage.comments(pull)[0]


async def test_teams_that_are_asked_a_moment_apart_are_reminded_in_one_comment(stage: Stage) -> None:
    pull = await dropped(stage)
    stage.clock.advance(timedelta(minutes=20))
    stage.world.push("acme/shop", "drop", dropping("phone", "user_email"), author="dana")
    await stage.settled()
    number = len(stage.comments(pull))
    await passes(stage, 3.2)
    assert len(stage.comments(pull)) == number + 1
    assert "@acme/crm" in replied(stage, pull)
    assert "@acme/growth" in replied(stage, pull)


async def test_who_takes_an_answer_back_later_was_not_called_before(stage: Stage) -> None:
    pull = await dropped(stage, "user_email")
    await said(stage, pull, "li-wei", "/placet approve")
    await said(stage, pull, "dana", "/placet remind")
    number = len(stage.comments(pull))
    await said(stage, pull, "li-wei", "/placet retract")
    assert len(stage.comments(pull)) == number
