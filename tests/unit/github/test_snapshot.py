"""What is read of GitHub's answers, where the sandbox has no such case."""

import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from placet.app.snapshot import Pull, Repository
from placet.errors import BadFile, Unavailable
from placet.github.answers import NotThere, declined
from placet.github.client import Asking
from placet.github.conversation import utterances_on
from placet.github.snapshot import check_runs_of, installations_of, merge_base_of, pull_of, repositories_of, tip_of
from placet.proposals.model import Person, SourceKind

REPOSITORY = Repository(100, 2, 3, "acme", "shop", "main")
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
ASKED = Pull(
    repository=REPOSITORY,
    number=7,
    title="Drop",
    body="",
    author=Person(5, "dana"),
    head_sha="a" * 40,
    head_ref="drop",
    base_ref="main",
    base_tip="b" * 40,
    is_open=True,
    is_draft=False,
    is_merged=False,
    updated_at=AT,
    created_at=AT,
    comments=2,
    line_comments=1,
)
USER = {"id": 9, "login": "sam-o", "type": "User"}
PULL: dict[str, Any] = {
    "number": 7,
    "state": "closed",
    "merged": True,
    "draft": False,
    "title": "t",
    "body": None,
    "user": USER,
    "head": {"sha": "a" * 40, "ref": "topic", "repo": None},
    "base": {"sha": "b" * 40, "ref": "main", "repo": {"id": 100}},
    "created_at": "2026-11-20T12:00:00Z",
    "updated_at": "2026-11-20T12:00:00Z",
    "requested_teams": [],
    "requested_reviewers": [],
    "comments": 0,
    "review_comments": 0,
}
TIP = {"ref": "refs/heads/main", "object": {"sha": "d" * 40, "type": "commit"}}


@dataclass
class Api:
    """Answers by path; what is not told is not there."""

    answers: dict[str, Any] = field(default_factory=dict)

    async def item(self, path: str, _asking: Asking = Asking()) -> Any:  # noqa: B008 - as the client has it
        short = path.removeprefix("/repos/acme/shop").partition("?")[0]
        if short not in self.answers:
            raise declined(f"GET {path}", 404, b'{"message": "Not Found"}')
        return copy.deepcopy(self.answers[short])

    async def items(self, path: str, *, within: str | None) -> Any:
        found = await self.item(path)
        return found if within is None else found[within]


async def test_the_commit_of_a_merge_is_learnt_from_the_event() -> None:
    events = [{"event": "labeled"}, {"event": "merged", "commit_id": "c" * 40}, {"event": "closed", "commit_id": None}]
    api = Api({"/pulls/7": PULL, "/git/ref/heads/main": TIP, "/issues/7/events": events})
    pull = await pull_of(api, REPOSITORY, 7, young=False)  # type: ignore[arg-type]  # all that is used
    assert pull is not None
    assert (pull.merged_sha, pull.base_tip) == ("c" * 40, "d" * 40)


async def test_where_the_merge_cannot_be_learnt_the_bases_tip_holds_it() -> None:
    api = Api({"/pulls/7": PULL, "/git/ref/heads/main": TIP})
    pull = await pull_of(api, REPOSITORY, 7, young=False)  # type: ignore[arg-type]  # all that is used
    assert pull is not None
    assert pull.merged_sha == "d" * 40


async def test_a_base_branch_that_is_gone_leaves_the_pull_requests_own_base() -> None:
    pull = await pull_of(Api({"/pulls/7": {**PULL, "merged": False}}), REPOSITORY, 7, young=False)  # type: ignore[arg-type]
    assert pull is not None
    assert (pull.base_tip, pull.merged_sha) == ("b" * 40, "")


@pytest.mark.parametrize("damage", [{"head": None}, {"user": {"id": "9"}}, {"base": []}, {"title": 3}, {"merged": "x"}])
async def test_an_answer_that_makes_no_sense_is_unavailable_and_blames_no_file(damage: dict[str, Any]) -> None:
    api = Api({"/pulls/7": {**PULL, **damage}, "/git/ref/heads/main": TIP})
    with pytest.raises(Unavailable) as told:
        await pull_of(api, REPOSITORY, 7, young=False)  # type: ignore[arg-type]  # all that is used
    assert told.value.code == "garbled"
    assert not isinstance(told.value, BadFile)


async def test_a_tip_that_is_no_commit_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        await tip_of(Api({"/git/ref/heads/main": {"object": None}}), REPOSITORY, "main")  # type: ignore[arg-type]


async def test_a_commit_nobody_knows_has_no_merge_base_but_is_not_taken_for_one_without() -> None:
    with pytest.raises(NotThere):
        await merge_base_of(Api(), REPOSITORY, "a" * 40, "b" * 40)  # type: ignore[arg-type]  # all that is used


async def test_a_commit_is_its_own_merge_base_and_nobody_is_asked() -> None:
    assert await merge_base_of(Api(), REPOSITORY, "a" * 40, "a" * 40) == "a" * 40  # type: ignore[arg-type]


def said(number: int, at: str, **changes: object) -> dict[str, Any]:
    return {"id": number, "user": USER, "body": "b", "created_at": at, "updated_at": at, **changes}


async def test_a_review_that_was_not_submitted_yet_is_not_heard() -> None:
    pending = {"id": 1, "user": USER, "body": "", "state": "PENDING", "commit_id": "a" * 40}
    given = {**pending, "id": 2, "state": "CHANGES_REQUESTED", "submitted_at": "2026-11-20T12:00:00Z"}
    api = Api({"/pulls/7/reviews": [pending, given], "/issues/7/comments": [], "/pulls/7/comments": []})
    heard = await utterances_on(api, ASKED)  # type: ignore[arg-type]  # all that is used
    assert [(one.id, one.state) for one in heard] == [(2, "changes_requested")]


async def test_what_was_said_in_the_same_second_has_one_order() -> None:
    at = "2026-11-20T12:00:00Z"
    api = Api(
        {"/pulls/7/reviews": [], "/issues/7/comments": [said(5, at), said(3, at)], "/pulls/7/comments": [said(4, at)]}
    )
    heard = await utterances_on(api, ASKED)  # type: ignore[arg-type]  # all that is used
    assert [(one.kind, one.id) for one in heard] == [
        (SourceKind.COMMENT, 3),
        (SourceKind.COMMENT, 5),
        (SourceKind.REVIEW_COMMENT, 4),
    ]
    assert heard[0].at == datetime(2026, 11, 20, 12, tzinfo=UTC)


async def test_check_runs_come_newest_first_and_only_of_that_very_name() -> None:
    runs = [
        {"id": number, "name": name, "app": None, "status": "queued", "conclusion": None}
        for number, name in ((1, "placet"), (3, "placet"), (2, "Placet"))
    ]
    api = Api({f"/commits/{'a' * 40}/check-runs": {"check_runs": runs}})
    found = await check_runs_of(api, REPOSITORY, "a" * 40, "placet")  # type: ignore[arg-type]  # all that is used
    assert [(one.id, one.app_id, one.conclusion) for one in found] == [(3, None, None), (1, None, None)]


async def test_an_enterprise_has_an_account_without_a_login() -> None:
    account = {"id": 5, "slug": "big", "name": "Big"}
    api = Api({"/app/installations": [{"id": 1, "account": account, "suspended_at": None}]})
    found = await installations_of(api)  # type: ignore[arg-type]  # all that is used
    assert [(one.id, one.owner) for one in found] == [(1, "")]
    assert await repositories_of(Api(), found[0]) == ()  # type: ignore[arg-type]  # all that is used
