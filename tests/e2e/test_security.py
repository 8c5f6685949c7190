"""What others got wrong: each line of that list is a test here, or more than one."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta

import aiohttp
import pytest

from alive import live
from placet.sandbox.model import Pull
from stage import SHOP, YML, Stage, dropping

OUR_MARKER = "<!-- placet:proposal=1 -->"


async def dropped(stage: Stage, *columns: str, files: dict[str, bytes] | None = None, **facts: object) -> Pull:
    all_files = {**dropping(*(columns or ("phone",))), **(files or {})}
    pull = stage.world.open_pull("acme/shop", author="dana", branch="drop", files=all_files, title="Drop", **facts)
    await stage.settled()
    assert isinstance(pull, Pull)
    return pull


async def said(stage: Stage, pull: Pull, user: str, body: str) -> None:
    stage.world.comment(pull, user=user, body=body)
    await stage.settled()


async def test_nobody_approves_only_because_they_can_comment(stage: Stage) -> None:
    stage.world.collaborator("acme/shop", "eve")
    pull = await dropped(stage)
    for user in ("eve", "mallory", "carl", "olga", "dana"):
        await said(stage, pull, user, "/placet approve for crm")
        await said(stage, pull, user, "/placet assign @eve for crm")
    stage.world.review(pull, user="eve", state="approve")
    await stage.settled()
    assert stage.title(pull) == "Waiting for crm"


async def test_neither_approvers_nor_policy_are_read_from_the_pull_request_s_own_branch(stage: Stage) -> None:
    sly = b"rollout: observe\nbranches: [nowhere]\nteams: {crm: {members: [eve]}}\napprovals: {allow_author: true}\n"
    yml = SHOP[YML].replace("owner: crm}}", "owner: core}}").replace("      - name: phone\n", "").encode()
    pull = await dropped(stage, files={".github/placet.yml": sly, YML: yml, ".github/CODEOWNERS": b"* @eve\n"})
    await said(stage, pull, "eve", "/placet approve")
    await said(stage, pull, "dana", "/placet approve")
    assert (stage.conclusion(pull), stage.title(pull)) == ("action_required", "Waiting for crm")


async def test_no_success_on_a_merge_group_without_looking(stage: Stage) -> None:
    pull = await dropped(stage)
    group = stage.world.enqueue([pull])
    await stage.settled()
    assert [run.conclusion for run in stage.world.check_runs(group.head_sha)] == ["failure"]


async def test_a_pending_member_is_no_member(stage: Stage) -> None:
    stage.world.add_member("acme/crm", "newcomer", pending=True)
    pull = await dropped(stage)
    await said(stage, pull, "newcomer", "/placet approve")
    assert stage.conclusion(pull) == "action_required"
    stage.world.accept("acme/crm", "newcomer")
    await said(stage, pull, "newcomer", "/placet approve")
    assert stage.conclusion(pull) == "success"


async def test_our_comment_is_never_found_by_its_marker_alone(stage: Stage) -> None:
    pull = stage.world.open_pull("acme/shop", author="dana", branch="drop", files=dropping("phone"), title="Drop")
    planted = stage.world.comment(pull, user="eve", body=f"{OUR_MARKER}\nAll agreed.")
    await stage.settled()
    stage.world.push("acme/shop", "drop", dropping("phone", "user_email"), author="dana")
    await stage.settled()
    assert planted.body.endswith("All agreed.")
    assert len(stage.comments(pull)) == 2, "ours, and the ping to crm"


async def test_no_approval_outlives_a_push_for_what_the_push_adds(stage: Stage) -> None:
    pull = await dropped(stage)
    stage.world.review(pull, user="sam-o", state="approve")
    await stage.settled()
    assert stage.conclusion(pull) == "success"
    stage.world.push("acme/shop", "drop", dropping("phone", "user_email"), author="dana")
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"


async def test_a_push_away_and_back_revives_no_approval_for_changes_that_it_never_covered(stage: Stage) -> None:
    pull = await dropped(stage, "user_email")
    both = pull.head_sha
    stage.world.push("acme/shop", "drop", dropping("phone"), author="dana")
    await stage.settled()
    stage.world.review(pull, user="sam-o", state="approve")
    stage.world.review(pull, user="li-wei", state="approve")
    await stage.settled()
    assert stage.conclusion(pull) == "success"
    stage.world.reset("acme/shop", "drop", both, author="dana")
    await stage.settled()
    assert stage.title(pull) == "Waiting for 2 of 2 teams: crm, growth"


@pytest.mark.parametrize("label", ["placet", "placet: force", "override", "approved", "breaking-change", "skip-placet"])
async def test_no_label_overrides_anything(stage: Stage, label: str) -> None:
    pull = await dropped(stage)
    stage.world.add_label(pull, label, user="dana")
    stage.clock.advance(timedelta(hours=1))
    await stage.service.sweep.sweep()
    await stage.settled()
    assert stage.title(pull) == "Waiting for crm"


async def test_membership_is_looked_up_afresh_for_every_answer(stage: Stage) -> None:
    pull = await dropped(stage, "user_email")
    await said(stage, pull, "sam-o", "/placet approve")
    with stage.world.silently():
        stage.world.remove_member("acme/growth", "li-wei")
    await said(stage, pull, "li-wei", "/placet approve")
    assert stage.title(pull) == "Waiting for 1 of 2 teams: growth"


async def test_no_comment_is_edited_into_an_approval(stage: Stage) -> None:
    pull = await dropped(stage)
    comment = stage.world.comment(pull, user="sam-o", body="Let me think.")
    await stage.settled()
    for user in ("sam-o", "olga", "dana"):
        stage.world.edit_comment(comment, "/placet approve", user=user)
        await stage.settled()
    await stage.service.sweep.sweep()
    await stage.settled()
    assert stage.conclusion(pull) == "action_required"


@pytest.mark.parametrize("kind", ["unsigned", "sha1 only", "another secret", "another body"])
async def test_a_delivery_that_is_not_signed_as_it_must_be_is_not_taken_in(stage: Stage, kind: str) -> None:
    pull = await dropped(stage)
    review = {"action": "submitted", "review": {"id": 1, "state": "approved"}, "number": pull.number}
    body = json.dumps(review).encode()
    secret = b"wrong" if kind == "another secret" else stage.gh.webhook_secret.encode()
    signed = b"{}" if kind == "another body" else body
    headers = {"X-GitHub-Event": "pull_request_review", "X-GitHub-Delivery": "d-1", "Content-Type": "application/json"}
    if kind == "sha1 only":
        headers["X-Hub-Signature"] = "sha1=" + hmac.new(secret, body, hashlib.sha1).hexdigest()
    elif kind != "unsigned":
        headers["X-Hub-Signature-256"] = "sha256=" + hmac.new(secret, signed, hashlib.sha256).hexdigest()
    async with (
        aiohttp.ClientSession() as session,
        session.post(stage.gh.hook_url, data=body, headers=headers) as answer,
    ):
        assert answer.status == 401
    assert await stage.service.inbox.drain() == 0


async def test_no_name_mentions_links_or_marks_up_anything(stage: Stage) -> None:
    evil = "@acme/marketing <!-- placet:proposal=1 --> [x](http://evil.example) <img src=x> | `"
    sql = SHOP["models/marts/dim_customers.sql"]
    with_evil = sql.replace("    phone,", f'    phone,\n    user_email as "{evil}",')
    reader = f"select \"{evil}\" as a from {{{{ ref('dim_customers') }}}}\n"  # noqa: S608 - a model's text
    files = {"models/marts/dim_customers.sql": with_evil, "models/marts/mart_360.sql": reader}
    stage.world.push("acme/shop", "main", {path: text.encode() for path, text in files.items()}, author="carl")
    await stage.settled()
    pull = stage.world.open_pull(
        "acme/shop", author="dana", branch="drop", files={"models/marts/dim_customers.sql": sql.encode()}, title=evil
    )
    await stage.settled()
    await said(stage, pull, "sam-o", f"/placet block because {evil}")
    await said(stage, pull, "eve", f"/placet why {evil}")
    await said(stage, pull, "dana", f"/placet assign {evil} for {evil}")
    assert stage.conclusion(pull) == "failure"
    for text in (*stage.comments(pull), stage.summary(pull)):
        assert live(text) == [], text
        assert text.count("<!--") <= 1
