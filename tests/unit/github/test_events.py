import copy
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.app.ports import Delivery
from placet.app.snapshot import Deed, Routed, WorkKey
from placet.errors import BadFile
from placet.github.document import Malformed
from placet.github.events import read, route
from placet.proposals.model import Person, SourceKind

APP = 4711

Json = dict[str, Any]

SENDER = {"id": 9, "login": "sam-o", "type": "User"}
BOT = {"id": 90, "login": "placet[bot]", "type": "Bot"}
OWNER = {"id": 5, "login": "acme", "type": "Organization"}
REPOSITORY: Json = {
    "id": 100,
    "name": "shop",
    "full_name": "acme/shop",
    "owner": OWNER,
    "default_branch": "main",
    "archived": False,
}
PULL: Json = {
    "number": 7,
    "head": {"sha": "a" * 40, "ref": "topic", "repo": None},
    "base": {"ref": "main", "sha": "b" * 40},
    "updated_at": "2026-11-20T12:00:30Z",
    "user": SENDER,
}
REVIEW: Json = {
    "id": 31,
    "user": SENDER,
    "body": None,
    "state": "APPROVED",
    "commit_id": "a" * 40,
    "submitted_at": "2026-11-20T13:00:00+01:00",
}
COMMENT: Json = {
    "id": 41,
    "user": SENDER,
    "body": "/placet approve",
    "created_at": "2026-11-20T12:00:00Z",
    "updated_at": "2026-11-20T12:05:00Z",
    "performed_via_github_app": None,
}
CHECK: Json = {
    "id": 61,
    "name": "placet",
    "head_sha": "a" * 40,
    "app": {"id": APP},
    "pull_requests": [{"number": 7, "base": {"repo": {"id": 100}}}],
    "started_at": "2026-11-20T12:00:00Z",
    "completed_at": "2026-11-20T12:01:00Z",
}
INSTALLATION = {"id": 700}


def payload(action: str, **parts: object) -> Json:
    whole = {"action": action, "repository": REPOSITORY, "sender": SENDER, "installation": INSTALLATION, **parts}
    return copy.deepcopy(whole)


def issue(**changes: object) -> Json:
    return {"number": 7, "pull_request": {"url": "x"}, "updated_at": "2026-11-20T12:09:00Z", **changes}


def routed(event: str, action: str, /, **parts: object) -> Routed:
    return route(event, payload(action, **parts), app_id=APP)


@pytest.mark.parametrize(
    "action",
    ["opened", "reopened", "synchronize", "edited", "ready_for_review", "converted_to_draft", "closed"],
)
def test_what_changes_a_pull_request_makes_it_dirty_and_tells_its_head(action: str) -> None:
    found = routed("pull_request", action, pull_request=PULL)
    assert found.keys == (WorkKey("pull:100:7"),)
    hint = found.head_hints[0]
    assert (hint.repository_id, hint.number, hint.head_sha) == (100, 7, "a" * 40)
    assert hint.updated_at == datetime(2026, 11, 20, 12, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize("action", ["labeled", "review_requested", "locked", "assigned", "", "brand_new"])
def test_other_acts_on_a_pull_request_mean_nothing(action: str) -> None:
    assert routed("pull_request", action, pull_request=PULL) == Routed()


def test_a_review_is_heard_with_its_state_in_lower_case_and_its_time_in_utc() -> None:
    found = routed("pull_request_review", "submitted", review=REVIEW, pull_request=PULL)
    said = found.heard[0].utterance
    assert (said.kind, said.id, said.state, said.commit_id) == (SourceKind.REVIEW, 31, "approved", "a" * 40)
    assert (said.body, said.deed, said.from_delivery) == ("", Deed.CREATED, True)
    assert said.at == datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert said.at.utcoffset() == timedelta(0)
    assert found.keys == (WorkKey("pull:100:7"),)


def test_a_dismissal_is_the_deed_of_whoever_dismissed_at_the_time_of_the_dismissal() -> None:
    boss = {"id": 3, "login": "boss", "type": "User"}
    dismissed = {**REVIEW, "state": "dismissed"}
    found = routed("pull_request_review", "dismissed", review=dismissed, pull_request=PULL, sender=boss)
    said = found.heard[0].utterance
    assert (said.deed, said.author.login, said.by.login) == (Deed.DISMISSED, "sam-o", "boss")
    assert said.at == datetime(2026, 11, 20, 12, 0, 30, tzinfo=UTC)


def test_a_comment_on_a_pull_request_is_heard() -> None:
    found = routed("issue_comment", "created", comment=COMMENT, issue=issue())
    heard = found.heard[0]
    assert (heard.repository_id, heard.number, heard.utterance.body) == (100, 7, "/placet approve")
    assert heard.utterance.author == heard.utterance.by == Person(9, "sam-o")
    assert not heard.utterance.edited
    assert heard.utterance.at == datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_a_comment_on_an_issue_concerns_nobody() -> None:
    plain = {"number": 7, "updated_at": "2026-11-20T12:09:00Z"}
    assert routed("issue_comment", "created", comment=COMMENT, issue=plain) == Routed()


def test_an_edit_tells_who_edited_whose_words() -> None:
    editor = {"id": 3, "login": "editor", "type": "User"}
    said = routed("issue_comment", "edited", comment=COMMENT, issue=issue(), sender=editor).heard[0].utterance
    assert (said.deed, said.author.login, said.by.login, said.edited) == (Deed.EDITED, "sam-o", "editor", True)
    assert said.at == datetime(2026, 11, 20, 12, 5, tzinfo=UTC)


def test_a_deletion_has_the_time_of_the_deletion() -> None:
    said = routed("issue_comment", "deleted", comment=COMMENT, issue=issue()).heard[0].utterance
    assert (said.deed, said.at) == (Deed.DELETED, datetime(2026, 11, 20, 12, 9, tzinfo=UTC))


def test_a_comment_by_a_bot_is_no_users() -> None:
    other = {**COMMENT, "user": {"id": 8, "login": "ci[bot]", "type": "Bot"}, "performed_via_github_app": {"id": 5}}
    said = routed("issue_comment", "created", comment=other, issue=issue()).heard[0].utterance
    assert (said.author.is_user, said.app_id) == (False, 5)


@pytest.mark.parametrize("action", ["created", "edited", "deleted"])
def test_what_we_do_to_our_own_comments_is_dropped(action: str) -> None:
    ours = {**COMMENT, "user": BOT, "performed_via_github_app": {"id": APP}}
    assert routed("issue_comment", action, comment=ours, issue=issue(), sender=BOT) == Routed()


@pytest.mark.parametrize("action", ["edited", "deleted"])
def test_a_comment_of_ours_that_a_person_changes_has_to_be_mended(action: str) -> None:
    ours = {**COMMENT, "user": BOT, "performed_via_github_app": {"id": APP}}
    assert routed("issue_comment", action, comment=ours, issue=issue()).keys == (WorkKey("pull:100:7"),)


def test_a_deleted_account_is_the_ghost() -> None:
    said = routed("issue_comment", "created", comment={**COMMENT, "user": None}, issue=issue(), sender=None)
    assert said.heard[0].utterance.author == said.heard[0].utterance.by == Person(0, "ghost")


def test_a_new_comment_on_a_line_is_heard_and_an_edited_one_is_not() -> None:
    found = routed("pull_request_review_comment", "created", comment=COMMENT, pull_request=PULL)
    assert [one.utterance.kind for one in found.heard] == [SourceKind.REVIEW_COMMENT]
    assert routed("pull_request_review_comment", "edited", comment=COMMENT, pull_request=PULL) == Routed()


def pressed(guid: str = "g1", **changes: object) -> Routed:
    sent = payload("requested_action", check_run={**CHECK, **changes}, requested_action={"identifier": "approve:ab"})
    return route("check_run", sent, app_id=APP, guid=guid, received_at=datetime(2026, 11, 20, 14, tzinfo=UTC))


def test_a_press_of_a_button_is_heard() -> None:
    found = pressed()
    said = found.heard[0].utterance
    assert (found.heard[0].number, said.kind, said.body) == (7, SourceKind.BUTTON, "approve:ab")
    assert (said.author.login, said.commit_id) == ("sam-o", "a" * 40)
    assert said.at == datetime(2026, 11, 20, 14, tzinfo=UTC)
    assert found.keys == (WorkKey("pull:100:7"),)
    assert found.presses == ()


def test_the_same_delivery_is_the_same_press_and_another_is_another() -> None:
    ids = [pressed(guid).heard[0].utterance.id for guid in ("g1", "g1", "g2")]
    assert ids[0] == ids[1] != ids[2]
    assert all(0 <= one < 2**63 for one in ids)


def test_a_press_on_a_forks_check_is_told_by_its_commit() -> None:
    found = pressed(pull_requests=[])
    assert (found.heard, found.keys, found.heads) == ((), (), ((100, "a" * 40),))
    assert [(one.repository_id, one.head_sha, one.utterance.body) for one in found.presses] == [
        (100, "a" * 40, "approve:ab")
    ]


def test_pull_requests_of_other_repositories_are_not_taken_for_ours() -> None:
    assert pressed(pull_requests=[{"number": 7, "base": {"repo": {"id": 999}}}]).heard == ()


def test_a_press_on_somebody_elses_check_is_nothing() -> None:
    other = {**CHECK, "app": {"id": 5}}
    sent = payload("requested_action", check_run=other, requested_action={"identifier": "x"})
    assert route("check_run", sent, app_id=APP) == Routed()


@pytest.mark.parametrize(
    ("action", "app", "name", "concerns"),
    [
        ("created", APP, "placet", False),
        ("completed", APP, "placet", False),
        ("completed", 5, "placet", True),
        ("created", 5, "placet: release/2", True),
        ("created", None, "placet", True),
        ("completed", 5, "placet2", False),
        ("completed", 5, "tests", False),
        ("rerequested", APP, "placet", True),
        ("rerequested", 5, "placet", False),
    ],
)
def test_checks_concern_us_when_they_are_ours_or_in_our_name(
    action: str, app: int | None, name: str, *, concerns: bool
) -> None:
    run = {**CHECK, "name": name, "app": {"id": app} if app else None}
    found = routed("check_run", action, check_run=run)
    assert found.keys == ((WorkKey("pull:100:7"),) if concerns else ())


def test_a_suite_asked_for_again_is_looked_at() -> None:
    found = routed("check_suite", "rerequested", check_suite=CHECK)
    assert (found.keys, found.heads) == ((WorkKey("pull:100:7"),), ((100, "a" * 40),))
    assert routed("check_suite", "completed", check_suite=CHECK) == Routed()
    assert routed("check_suite", "rerequested", check_suite={**CHECK, "app": {"id": 5}}) == Routed()


@pytest.mark.parametrize(
    ("ref", "deleted", "keys"),
    [
        ("refs/heads/main", False, ("branch:100:main",)),
        ("refs/heads/release/2:x", False, ("branch:100:release/2:x",)),
        ("refs/heads/refs/heads/odd", False, ("branch:100:refs/heads/odd",)),
        ("refs/heads/gone", True, ()),
        ("refs/tags/v1", False, ()),
    ],
)
def test_a_push_makes_its_branch_dirty(ref: str, *, deleted: bool, keys: tuple[str, ...]) -> None:
    found = route("push", {"ref": ref, "deleted": deleted, "repository": REPOSITORY}, app_id=APP)
    assert tuple(key.text for key in found.keys) == keys


@pytest.mark.parametrize("event", ["membership", "team", "team_add"])
def test_what_happens_to_a_team_makes_it_dirty(event: str) -> None:
    assert routed(event, "edited", team={"id": 33}).keys == (WorkKey("team:33"),)


@pytest.mark.parametrize("event", ["organization", "member"])
def test_what_happens_to_people_makes_the_installation_dirty(event: str) -> None:
    assert routed(event, "member_removed").keys == (WorkKey("install:700"),)


def test_an_installation_comes_and_goes() -> None:
    assert routed("installation", "created").keys == (WorkKey("install:700"),)
    assert routed("installation", "deleted").forgotten_installations == (700,)
    assert routed("installation", "suspend").forgotten_installations == (700,)
    assert routed("installation", "unsuspend").forgotten_installations == ()


def test_repositories_that_an_installation_loses_are_forgotten() -> None:
    found = routed("installation_repositories", "removed", repositories_removed=[{"id": 1}, {"id": 2}])
    assert (found.forgotten_repositories, found.keys) == ((1, 2), (WorkKey("install:700"),))


def test_a_renamed_repository_is_followed() -> None:
    found = routed("repository", "renamed")
    assert [(one.id, one.installation_id, one.full_name) for one in found.repositories] == [(100, 700, "acme/shop")]


@pytest.mark.parametrize("action", ["archived", "deleted"])
def test_a_repository_that_can_be_written_no_more_is_forgotten(action: str) -> None:
    assert routed("repository", action).forgotten_repositories == (100,)


@pytest.mark.parametrize("event", ["merge_group", "ping", "issues", "star", "no_such_event", ""])
def test_other_events_mean_nothing(event: str) -> None:
    assert route(event, {"anything": object()}, app_id=APP) == Routed()


def test_text_that_no_database_takes_is_cleaned() -> None:
    body = "a\x00b\ud800c"
    said = routed("issue_comment", "created", comment={**COMMENT, "body": body}, issue=issue()).heard[0].utterance
    assert said.body == "a\N{REPLACEMENT CHARACTER}b?c"


def test_a_malformed_payload_says_where() -> None:
    with pytest.raises(Malformed, match=r'issue_comment\.comment: has no "id"'):
        routed("issue_comment", "created", comment={"user": None, "created_at": "2026-11-20T12:00:00Z"}, issue=issue())


@pytest.mark.parametrize("number", [-1, 2**63, True, 7.0, "7", None])
def test_a_number_that_no_database_holds_is_malformed(number: object) -> None:
    with pytest.raises(Malformed, match=r"pull_request\.pull_request\.number: should be a whole number"):
        routed("pull_request", "opened", pull_request={**PULL, "number": number})


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 100_000, b"1", b'{"action": 3}'])
def test_a_stored_delivery_that_cannot_be_read_is_malformed(body: bytes) -> None:
    delivery = Delivery("g", "pull_request", body, datetime(2026, 11, 20, tzinfo=UTC))
    with pytest.raises(Malformed):
        read(delivery, app_id=APP)


def test_a_stored_delivery_is_read() -> None:
    sent = payload("requested_action", check_run=CHECK, requested_action={"identifier": "recheck"})
    at = datetime(2026, 11, 20, 15, tzinfo=UTC)
    found = read(Delivery("g", "check_run", json.dumps(sent).encode(), at), app_id=APP)
    assert found.heard[0].utterance.at == at


OWN = (
    ("pull_request", payload("opened", pull_request=PULL)),
    ("pull_request_review", payload("dismissed", review=REVIEW, pull_request=PULL)),
    ("pull_request_review_comment", payload("created", comment=COMMENT, pull_request=PULL)),
    ("issue_comment", payload("deleted", comment=COMMENT, issue=issue())),
    ("check_run", payload("requested_action", check_run=CHECK, requested_action={"identifier": "x"})),
    ("check_suite", payload("rerequested", check_suite=CHECK)),
    ("push", payload("", ref="refs/heads/main")),
    ("team", payload("edited", team={"id": 33})),
    ("installation", payload("created")),
    ("installation_repositories", payload("removed", repositories_removed=[{"id": 1}])),
    ("repository", payload("renamed")),
    ("organization", payload("member_removed")),
)
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.just([]),
    st.just({}),
    st.just([None]),
    st.just("0001-01-01T00:00:00+23:59"),
    st.just(2**63),
    st.just({"id": -1}),
)


def places(value: object, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in a document."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for key, one in inside for place in places(one, (*at, key)))]


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_a_damaged_payload_is_either_understood_or_malformed(data: st.DataObject) -> None:
    event, sent = data.draw(st.sampled_from(OWN))
    sent = copy.deepcopy(sent)
    for _ in range(data.draw(st.integers(1, 3))):
        spots = [place for place in places(sent) if place]
        if not spots:
            break
        *path, last = data.draw(st.sampled_from(spots))
        holder: Any = sent
        for step in path:
            holder = holder[step]
        if data.draw(st.booleans()) and isinstance(holder, dict):
            del holder[last]
        else:
            holder[last] = copy.deepcopy(data.draw(JUNK))
    try:
        found = route(event, sent, app_id=APP, guid="g")
    except BadFile as error:
        assert error.path.startswith(event)  # noqa: PT017 - either outcome is right
    else:
        assert isinstance(found, Routed)
