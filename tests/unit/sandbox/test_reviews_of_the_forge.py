"""Reviews, requests for them, comments and reactions in the simulated forge."""

import json

import pytest

from placet.sandbox import Rejected
from placet.sandbox.model import Access
from sandbox_world import Acme, HeldClock


def test_a_request_names_each_who_is_asked(acme: Acme) -> None:
    acme.world.add_to_organisation(acme.org, "lea")
    acme.told()
    acme.world.request_review(acme.pull, ["lea"], ["crm"])
    assert acme.told() == ["pull_request.review_requested"] * 2
    acme.world.request_review(acme.pull, ["lea"], ["crm"])
    assert acme.told() == []


def test_one_who_cannot_be_asked_fails_the_whole_request(acme: Acme) -> None:
    with pytest.raises(Rejected) as refused:
        acme.world.request_review(acme.pull, ["a-stranger"], ["crm"])
    assert refused.value.status == 422
    assert not acme.pull.requested_teams


def test_the_author_cannot_be_asked(acme: Acme) -> None:
    with pytest.raises(Rejected, match="author"):
        acme.world.request_review(acme.pull, ["dana"])


def test_a_team_without_access_cannot_be_asked(acme: Acme) -> None:
    acme.world.team("acme/far", repositories=[])
    with pytest.raises(Rejected, match="not a collaborator"):
        acme.world.request_review(acme.pull, teams=["far"])


def test_a_team_that_lost_its_access_cannot_be_asked(acme: Acme) -> None:
    acme.world.take_access("acme/crm", acme.repo)
    with pytest.raises(Rejected, match="not a collaborator"):
        acme.world.request_review(acme.pull, teams=["crm"])


def test_a_nested_team_has_its_parents_access(acme: Acme) -> None:
    parent = acme.world.team("acme/parent", repositories=[acme.repo])
    acme.world.team("acme/child", parent=parent, repositories=[])
    acme.world.request_review(acme.pull, teams=["child"])
    assert [team.slug for team in acme.pull.requested_teams.values()] == ["child"]


def test_those_beyond_the_fifteenth_are_left_out_without_a_word(acme: Acme) -> None:
    teams = [acme.world.team(f"acme/team-{number}") for number in range(17)]
    acme.world.request_review(acme.pull, teams=teams)
    assert len(acme.pull.requested_teams) == 15


def test_the_first_review_of_a_member_ends_the_teams_request(acme: Acme) -> None:
    acme.world.request_review(acme.pull, ["sam-o"], ["crm"])
    acme.told()
    acme.world.review(acme.pull, user="sam-o", state="comment", body="hm")
    assert not acme.pull.requested_teams
    assert not acme.pull.requested_users
    assert acme.told() == ["pull_request_review.submitted"]


def test_a_review_of_a_nested_teams_member_ends_the_parents_request(acme: Acme) -> None:
    acme.world.team("acme/crm-eu", parent="acme/crm", members=["eve"])
    acme.world.request_review(acme.pull, teams=["crm"])
    acme.world.review(acme.pull, user="eve", state="approve")
    assert not acme.pull.requested_teams


def test_a_strangers_review_leaves_the_request(acme: Acme) -> None:
    acme.world.request_review(acme.pull, teams=["crm"])
    acme.world.review(acme.pull, user="lea", state="approve")
    assert acme.pull.requested_teams


def test_a_deleted_team_is_asked_no_more(acme: Acme) -> None:
    acme.world.request_review(acme.pull, teams=["crm"])
    acme.world.delete_team("acme/crm")
    assert not acme.pull.requested_teams


@pytest.mark.parametrize("state", ["approve", "request_changes"])
def test_nobody_judges_their_own_pull_request(acme: Acme, state: str) -> None:
    with pytest.raises(Rejected, match="your own pull request"):
        acme.world.review(acme.pull, user="dana", state=state, body="fine")


def test_a_review_belongs_to_the_commit_it_was_given_at(acme: Acme) -> None:
    head = acme.pull.head_sha
    review = acme.world.review(acme.pull, user="sam-o", state="approve")
    acme.world.push(acme.repo, "feat", {"b.sql": "1\n"}, author="dana")
    assert review.commit_id == head != acme.pull.head_sha


def test_a_review_says_its_state_in_lower_case_to_webhooks(acme: Acme) -> None:
    review = acme.world.review(acme.pull, user="sam-o", state="approve")
    payload = json.loads(acme.world.outbox[0].delivery.body)
    assert (review.state, payload["review"]["state"], payload["review"]["body"]) == ("APPROVED", "approved", None)


def test_only_a_verdict_can_be_dismissed(acme: Acme) -> None:
    review = acme.world.review(acme.pull, user="sam-o", state="approve")
    acme.world.dismiss_review(review)
    assert review.state == "DISMISSED"
    with pytest.raises(Rejected, match="dismiss"):
        acme.world.dismiss_review(acme.world.review(acme.pull, user="sam-o", body="hm"))


@pytest.mark.parametrize("body", ["", "  \n", "x" * 65_537])
def test_a_comment_is_neither_empty_nor_endless(acme: Acme, body: str) -> None:
    with pytest.raises(Rejected):
        acme.world.comment(acme.pull, user="dana", body=body)


def test_editing_a_comment_keeps_its_writer_and_says_who_did_it(acme: Acme, clock: HeldClock) -> None:
    comment = acme.world.comment(acme.pull, user="dana", body="one")
    acme.told()
    clock.pass_by(minutes=1)
    acme.world.edit_comment(comment, "two", user="mallory")
    payload = json.loads(acme.world.outbox[0].delivery.body)
    assert (payload["comment"]["user"]["login"], payload["sender"]["login"]) == ("dana", "mallory")
    assert payload["changes"] == {"body": {"from": "one"}}
    assert comment.updated_at > comment.created_at


def test_a_deleted_comment_is_gone(acme: Acme) -> None:
    comment = acme.world.comment(acme.pull, user="dana", body="one")
    acme.world.delete_comment(comment)
    assert not acme.pull.comments
    with pytest.raises(Rejected):
        acme.world.delete_comment(comment)


def test_a_reaction_stands_once(acme: Acme) -> None:
    comment = acme.world.comment(acme.pull, user="dana", body="one")
    first, is_new = acme.world.react(comment, user="lea", content="eyes")
    again, is_new_again = acme.world.react(comment, user="lea", content="eyes")
    assert (first, is_new, is_new_again) == (again, True, False)


def test_whoever_pushes_may_push_from_then_on(acme: Acme) -> None:
    acme.world.push(acme.repo, "feat", {"b.sql": "1\n"}, author="new-here")
    assert acme.repo.collaborators[acme.world.account("new-here").id] == Access.WRITE
