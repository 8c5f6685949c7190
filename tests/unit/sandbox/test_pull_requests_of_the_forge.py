"""The life of a pull request in the simulated forge."""

import json

import pytest

from placet.sandbox import Rejected
from placet.sandbox.model import Pull, RequiredCheck
from placet.sandbox.shapes import pulls
from sandbox_world import Acme, HeldClock


def files_of(acme: Acme, sha: str) -> dict[str, bytes]:
    store = acme.repo.store
    return {path: store.blob(entry.sha) for path, entry in store.files(store.commit(sha).tree).items()}


def test_opening_pushes_the_branch_first(acme: Acme) -> None:
    acme.world.open_pull(acme.repo, author="dana", branch="other", files={"b.sql": "1\n"})
    assert acme.told() == ["push.", "check_suite.requested", "pull_request.opened"]


def test_issues_and_pull_requests_share_nothing_but_their_numbers_count_up(acme: Acme) -> None:
    second = acme.world.open_pull(acme.repo, author="dana", branch="other", files={"b.sql": "1\n"})
    assert (acme.pull.number, second.number) == (1, 2)


def test_a_push_moves_the_head_and_says_what_it_was(acme: Acme) -> None:
    before = acme.pull.head_sha
    after = acme.world.push(acme.repo, "feat", {"b.sql": "1\n"}, author="dana")
    payload = json.loads(next(one for one in acme.world.outbox if one.delivery.action == "synchronize").delivery.body)
    assert (payload["before"], payload["after"], acme.pull.head_sha) == (before, after, after)


def test_a_payload_shows_the_world_as_it_was_when_it_happened(acme: Acme) -> None:
    acme.world.edit_pull(acme.pull, title="Second")
    acme.world.edit_pull(acme.pull, title="Third")
    titles = [json.loads(one.delivery.body)["pull_request"]["title"] for one in acme.world.outbox]
    assert titles == ["Second", "Third"]


def test_what_happens_silently_changes_the_world_and_tells_nobody(acme: Acme) -> None:
    with acme.world.silently():
        acme.world.push(acme.repo, "feat", {"b.sql": "1\n"}, author="dana")
        acme.world.comment(acme.pull, user="dana", body="hm")
    assert acme.told() == []
    assert len(acme.pull.comments) == 1
    assert len(pulls.comparison_of(acme.pull).commits) == 2


def test_a_push_to_the_base_leaves_the_recorded_base_where_it_was(acme: Acme) -> None:
    recorded = acme.pull.base_sha
    acme.world.push(acme.repo, "main", {"c.sql": "1\n"})
    assert acme.pull.base_sha == recorded
    assert [change.path for change in pulls.comparison_of(acme.pull).changes] == ["models/a.sql"]


def test_a_forced_push_replaces_the_last_commit(acme: Acme) -> None:
    acme.world.push(acme.repo, "feat", {"models/a.sql": "select 3\n"}, author="dana", force=True)
    assert len(pulls.comparison_of(acme.pull).commits) == 1
    assert json.loads(acme.world.outbox[0].delivery.body)["forced"] is True


def test_pushing_an_old_state_back_is_possible(acme: Acme) -> None:
    old = acme.pull.head_sha
    acme.world.push(acme.repo, "feat", {"b.sql": "1\n"}, author="dana")
    acme.world.reset(acme.repo, "feat", old, author="dana")
    assert acme.pull.head_sha == old


def test_a_rebase_keeps_the_branchs_own_change(acme: Acme) -> None:
    acme.world.push(acme.repo, "main", {"c.sql": "1\n"})
    acme.world.rebase(acme.pull)
    assert files_of(acme, acme.pull.head_sha)["c.sql"] == b"1\n"
    assert files_of(acme, acme.pull.head_sha)["models/a.sql"] == b"select 2\n"
    assert acme.pull.base_sha == acme.repo.refs["main"]


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_every_way_of_merging_brings_the_change_into_the_base(acme: Acme, method: str) -> None:
    acme.world.push(acme.repo, "main", {"c.sql": "1\n"})
    acme.told()
    sha = acme.world.merge(acme.pull, method=method)
    assert files_of(acme, sha) == {"models/a.sql": b"select 2\n", "README.md": b"# shop\n", "c.sql": b"1\n"}
    assert (acme.repo.refs["main"], acme.pull.merged, acme.pull.state) == (sha, True, "closed")
    assert len(acme.repo.store.commit(sha).parents) == (2 if method == "merge" else 1)
    assert acme.told() == ["pull_request.closed", "push.", "check_suite.requested"]


def test_a_merged_pull_request_still_shows_what_it_brought(acme: Acme) -> None:
    acme.world.merge(acme.pull, method="squash")
    assert [change.path for change in pulls.comparison_of(acme.pull).changes] == ["models/a.sql"]


def test_a_conflict_cannot_be_merged(acme: Acme) -> None:
    acme.world.push(acme.repo, "main", {"models/a.sql": "select 3\n"})
    assert not acme.world.is_mergeable(acme.pull)
    with pytest.raises(Rejected, match="merge conflicts"):
        acme.world.merge(acme.pull)


def test_a_draft_cannot_be_merged(acme: Acme) -> None:
    acme.world.set_draft(acme.pull)
    with pytest.raises(Rejected, match="draft"):
        acme.world.merge(acme.pull)


def test_a_required_check_that_is_missing_or_not_green_keeps_the_door_shut(acme: Acme) -> None:
    acme.world.protect(acme.repo, "main", ["placet"])
    with pytest.raises(Rejected, match="placet"):
        acme.world.merge(acme.pull)
    acme.world.post_check(acme.repo, acme.pull.head_sha, name="placet", conclusion="action_required")
    assert acme.world.missing_checks(acme.pull) == ["placet"]
    acme.world.post_check(acme.repo, acme.pull.head_sha, name="placet", conclusion="success")
    acme.world.merge(acme.pull)


def test_a_check_that_is_pinned_to_an_app_takes_no_other_apps_word(acme: Acme) -> None:
    acme.world.protect(acme.repo, "main", [RequiredCheck("placet", acme.world.main_app.id)])
    acme.world.post_check(acme.repo, acme.pull.head_sha, name="placet", app="impostor", conclusion="success")
    assert acme.world.missing_checks(acme.pull) == ["placet"]


def test_an_owner_can_go_around_the_checks(acme: Acme) -> None:
    acme.world.protect(acme.repo, "main", ["placet"])
    acme.world.merge(acme.pull, bypass=True)
    assert acme.pull.merged


def test_a_push_that_contains_the_head_marks_it_merged(acme: Acme) -> None:
    acme.world.reset(acme.repo, "main", acme.pull.head_sha)
    assert acme.pull.merged
    assert "pull_request.closed" in acme.told()


def test_a_head_with_nothing_left_to_bring_is_closed_unmerged(acme: Acme) -> None:
    acme.world.reset(acme.repo, "feat", acme.repo.refs["main"], author="dana")
    assert (acme.pull.state, acme.pull.merged) == ("closed", False)


def test_the_history_names_the_commit_of_a_merge(acme: Acme) -> None:
    acme.world.request_review(acme.pull, teams=["crm"])
    sha = acme.world.merge(acme.pull, user="olga")
    lines = [(one.event, one.actor.login, one.commit_id) for one in acme.pull.events]
    assert lines == [("review_requested", "dana", None), ("merged", "olga", sha), ("closed", "olga", None)]


def test_closing_and_reopening(acme: Acme) -> None:
    acme.world.close(acme.pull)
    acme.world.push(acme.repo, "feat", {"b.sql": "1\n"}, author="dana")
    assert "pull_request.synchronize" not in acme.told()
    acme.world.reopen(acme.pull)
    assert (acme.pull.state, acme.pull.closed_at) == ("open", None)
    assert acme.pull.head_sha == acme.repo.refs["feat"]


def test_what_was_merged_cannot_be_reopened(acme: Acme) -> None:
    acme.world.merge(acme.pull)
    with pytest.raises(Rejected):
        acme.world.reopen(acme.pull)


def test_deleting_the_branch_closes_the_pull_request(acme: Acme) -> None:
    acme.world.delete_branch(acme.repo, "feat")
    assert acme.pull.state == "closed"


def test_retargeting_says_what_the_base_was(acme: Acme) -> None:
    acme.world.push(acme.repo, "release", {"r.sql": "1\n"})
    acme.told()
    acme.world.retarget(acme.pull, "release")
    payload = json.loads(acme.world.outbox[0].delivery.body)
    assert payload["changes"]["base"]["ref"]["from"] == "main"
    assert acme.pull.base_sha == acme.repo.refs["release"]


def test_a_second_pull_request_for_the_same_branches_is_refused(acme: Acme) -> None:
    with pytest.raises(Rejected) as refused:
        acme.world.open_pull(acme.repo, author="dana", branch="feat")
    assert "already exists" in str(refused.value)


def test_a_pull_request_without_commits_is_refused(acme: Acme) -> None:
    acme.world.reset(acme.repo, "same", acme.repo.refs["main"])
    with pytest.raises(Rejected, match="No commits between"):
        acme.world.open_pull(acme.repo, author="dana", branch="same")


def from_a_fork(acme: Acme) -> Pull:
    fork = acme.world.fork(acme.repo, "fay")
    return acme.world.open_pull(acme.repo, author="fay", branch="p", fork=fork, files={"b.sql": "1\n"})


def test_a_pull_request_from_a_fork_follows_pushes_there(acme: Acme) -> None:
    pull = from_a_fork(acme)
    acme.told()
    acme.world.push("fay/shop", "p", {"b.sql": "2\n"}, author="fay")
    assert acme.told() == ["pull_request.synchronize"]
    assert pull.head_sha == acme.world.repo("fay/shop").refs["p"]


def test_a_fork_that_is_deleted_leaves_its_pull_request_without_a_head_repository(acme: Acme) -> None:
    pull = from_a_fork(acme)
    acme.world.delete_repository("fay/shop")
    assert pulls.simple_pull(acme.world.links, pull)["head"]["repo"] is None
    assert acme.world.is_mergeable(pull)


def test_a_merge_group_holds_the_merge_of_all_its_pull_requests(acme: Acme) -> None:
    other = acme.world.open_pull(acme.repo, author="dana", branch="other", files={"b.sql": "1\n"})
    group = acme.world.enqueue([acme.pull, other])
    assert files_of(acme, group.head_sha) == {
        "models/a.sql": b"select 2\n",
        "README.md": b"# shop\n",
        "b.sql": b"1\n",
    }
    acme.world.dequeue(group, "merged")
    assert acme.pull.merged
    assert other.merged
    assert group.head_ref not in acme.repo.refs


def test_an_archived_repository_takes_no_push(acme: Acme) -> None:
    acme.world.archive(acme.repo)
    with pytest.raises(Rejected, match="read-only"):
        acme.world.push(acme.repo, "main", {"a": "1"})


def test_times_are_whole_seconds(acme: Acme, clock: HeldClock) -> None:
    assert acme.pull.created_at.microsecond == 0
    clock.pass_by(milliseconds=800)
    assert acme.world.now().second == 1
