"""The forge where GitHub has limits, breaks, moves, or tells of itself by deliveries."""

import asyncio
from pathlib import Path
from typing import Any, Protocol

import pytest
import yaml

from placet.app.actions import CheckContent
from placet.app.ports import Delivery
from placet.app.snapshot import Repository, Routed, WorkKey
from placet.errors import Unavailable
from placet.github.answers import OutcomeUnknown
from placet.github.events import read
from placet.proposals.model import Deed, Person, SourceKind, Team, Utterance
from placet.sandbox.faults import FaultKind
from placet.sandbox.model import Pull
from placet.sandbox.world.installing import EVENTS, PERMISSIONS

CHECK = CheckContent("placet", "48", "completed", "success", "Fine", "Summary", "Text")


class Setting(Protocol):
    """See conftest."""

    sandbox: Any
    forge: Any
    clock: Any

    def repository(self, full_name: str = ...) -> Repository: ...

    async def ask(self, number: int, team: Team) -> str: ...

    async def said(self, number: int) -> tuple[Utterance, ...]: ...

    def asked(self, since: int = ...) -> list[str]: ...


def opened(setting: Setting) -> Pull:
    pull: Pull = setting.sandbox.world.open_pull(
        "acme/shop", author="li-wei", branch="topic", files={"models/a.sql": "select 1 as key\n"}
    )
    return pull


async def test_a_storm_of_passing_troubles_changes_no_answer(setting: Setting) -> None:
    made, repository = opened(setting), setting.repository()
    calm = await setting.forge.pull(repository, made.number)
    setting.sandbox.faults.storm(7, 0.3, (FaultKind.ERROR, FaultKind.RESET, FaultKind.HTML))
    pulls, failures = [], 0
    for _ in range(30):
        try:
            pulls.append(await setting.forge.pull(repository, made.number))
        except Unavailable:
            failures += 1
    assert set(pulls) == {calm}
    assert failures < 5


async def test_a_comment_whose_answer_was_lost_is_not_written_twice(setting: Setting) -> None:
    made, repository = opened(setting), setting.repository()
    setting.sandbox.faults.lose_answer(path="*/comments")
    with pytest.raises(OutcomeUnknown):
        await setting.forge.comment(repository, made.number, "Waiting")
    assert [one.body for one in made.comments] == ["Waiting"]


async def test_a_check_whose_answer_was_lost_is_found_again(setting: Setting) -> None:
    made, repository = opened(setting), setting.repository()
    setting.sandbox.faults.lose_answer(path="*/check-runs")
    with pytest.raises(OutcomeUnknown):
        await setting.forge.post_check(repository, made.head_sha, CHECK)
    found = await setting.forge.check_runs(repository, made.head_sha, "placet")
    assert [one.app_id for one in found] == [setting.sandbox.app_id]


async def test_a_limit_says_until_when_and_holds_everything_of_its_installation(setting: Setting) -> None:
    world = setting.sandbox.world
    made, repository = opened(setting), setting.repository()
    world.repository("beta/one")
    await setting.forge.pull(repository, made.number)
    setting.sandbox.faults.secondary_limit(retry_after=90)
    with pytest.raises(Unavailable) as told:
        await setting.forge.comment(repository, made.number, "x")
    assert told.value.until is not None
    assert (told.value.until - setting.clock.now()).total_seconds() == 90
    mark = setting.sandbox.log.mark()
    with pytest.raises(Unavailable):
        await setting.forge.pull(repository, made.number)
    assert setting.asked(mark) == []
    assert await setting.forge.open_pulls(setting.repository("beta/one")) == ()
    setting.clock.advance(91)
    assert await setting.forge.pull(repository, made.number) is not None


async def test_used_up_requests_are_waited_for(setting: Setting) -> None:
    made, repository = opened(setting), setting.repository()
    setting.sandbox.faults.used_up()
    with pytest.raises(Unavailable) as told:
        await setting.forge.pull(repository, made.number)
    assert told.value.code == "rate_limited"
    assert told.value.until is not None
    assert told.value.until > setting.clock.now()


async def test_a_token_that_ended_early_is_replaced(setting: Setting) -> None:
    made, repository = opened(setting), setting.repository()
    await setting.forge.pull(repository, made.number)
    setting.sandbox.world.tokens.clear()
    assert await setting.forge.pull(repository, made.number) is not None


async def test_many_at_once_share_one_token(setting: Setting) -> None:
    made, repository = opened(setting), setting.repository()
    await asyncio.gather(*(setting.forge.pull(repository, made.number) for _ in range(20)))
    tokens = [one for one in setting.sandbox.log.exchanges if one.kind.endswith("access_tokens")]
    assert len(tokens) == 1


async def test_another_repository_under_the_old_name_is_not_taken_for_the_old(setting: Setting) -> None:
    world = setting.sandbox.world
    made, repository = opened(setting), setting.repository()
    world.rename_repository("acme/shop", "store")
    world.repository("acme/shop", {"a": "b"})
    world.open_pull("acme/shop", author="mallory", branch="t", files={"a": "c"})
    with pytest.raises(Unavailable, match="another repository now"):
        await setting.forge.pull(repository, made.number)


async def test_a_repository_that_went_has_no_pull_requests(setting: Setting) -> None:
    made, repository = opened(setting), setting.repository()
    setting.sandbox.world.delete_repository("acme/shop")
    assert await setting.forge.pull(repository, made.number) is None
    assert await setting.forge.open_pulls(repository) == ()


async def test_a_check_run_that_is_gone_says_so(setting: Setting) -> None:
    assert not await setting.forge.update_check(setting.repository(), 999_999, CHECK)


async def test_what_a_delivery_tells_of_teams_is_heeded_at_once(setting: Setting) -> None:
    world, repository = setting.sandbox.world, setting.repository()
    world.team("acme/crm", members=["sam-o"])
    author = Person(world.user("li-wei").id, "li-wei")
    before = await setting.forge.directory(repository, ["crm"], (), author, [author])
    world.add_member("acme/crm", "li-wei")
    assert (await setting.forge.directory(repository, ["crm"], (), author, [author])).author_teams == frozenset()
    setting.forge.heed(Routed(keys=(WorkKey(before.teams["crm"].id),)))
    assert (await setting.forge.directory(repository, ["crm"], (), author, [author])).author_teams == {
        before.teams["crm"].id
    }


async def test_tokens_are_dropped_when_the_installation_changes(setting: Setting) -> None:
    repository = setting.repository()
    await setting.forge.open_pulls(repository)
    setting.forge.heed(Routed(keys=(WorkKey.installation(repository.installation_id),)))
    await setting.forge.open_pulls(repository)
    tokens = [one for one in setting.sandbox.log.exchanges if one.kind.endswith("access_tokens")]
    assert len(tokens) == 2


async def test_many_names_are_looked_up_once_each(setting: Setting) -> None:
    world, repository = setting.sandbox.world, setting.repository()
    world.team("acme/crm", members=["sam-o"])
    author = Person(world.user("li-wei").id, "li-wei")
    names = ["crm", "@acme/crm", "acme/crm", "@crm", "crm"]
    await setting.forge.directory(repository, names, (), author, [author])
    assert len([one for one in setting.asked() if one.startswith("GET /orgs/{org}/teams/{team_slug} ")]) == 1
    mark = setting.sandbox.log.mark()
    await setting.forge.directory(repository, names, (), author, [author])
    assert setting.asked(mark) == []


async def everything(setting: Setting) -> None:
    made, repository = opened(setting), setting.repository()
    setting.sandbox.world.team("acme/crm", members=["sam-o"])
    author = Person(setting.sandbox.world.user("li-wei").id, "li-wei")
    assert await setting.forge.repositories() == (repository,)
    pull = await setting.forge.pull(repository, made.number)
    assert await setting.forge.merge_base(repository, pull.base_tip, pull.head_sha) == pull.base_tip
    files = await setting.forge.files(repository, pull.head_sha, lambda _: True)
    assert files["models/a.sql"].data == b"select 1 as key\n"
    crm = (await setting.forge.directory(repository, ["crm"], (), author, [author])).teams["crm"]
    assert await setting.forge.is_member(repository, crm, Person(setting.sandbox.world.user("sam-o").id, "sam-o"))
    assert await setting.ask(made.number, crm) == ""
    await setting.forge.comment(repository, made.number, "Waiting")
    check = await setting.forge.post_check(repository, made.head_sha, CHECK)
    await setting.forge.update_check(repository, check, CHECK)
    assert len(await setting.said(made.number)) == 1


async def test_everything_works_on_an_enterprise_server(enterprise: Setting) -> None:
    await everything(enterprise)


async def test_everything_works_with_the_newer_version_of_the_api(newer: Setting) -> None:
    await everything(newer)


async def test_many_files_come_in_an_archive_on_an_enterprise_server_too(enterprise: Setting) -> None:
    wanted = {f"m{number}.sql": f"select {number}\n" for number in range(120)}
    sha = enterprise.sandbox.world.push("acme/shop", "main", wanted)
    files = await enterprise.forge.files(enterprise.repository(), sha, lambda _: True)
    assert all(file.data is not None for file in files.values())
    assert sum("/git/blobs/" in one for one in enterprise.asked()) == 0


async def test_the_deliveries_of_a_pull_requests_life_are_understood(setting: Setting) -> None:
    made, world, clock = opened(setting), setting.sandbox.world, setting.clock
    comment = world.comment(made, user="sam-o", body="/placet approve")
    world.edit_comment(comment, "/placet block no", user="jo-k")
    review = world.review(made, user="jo-k", state="approve")
    world.dismiss_review(review, user="boss")
    world.review_comment(made, user="sam-o", body="/placet why", path="models/a.sql")
    button = {"label": "Approve", "description": "d", "identifier": "approve:1"}
    fields = {"status": "completed", "conclusion": "action_required", "title": "t", "summary": "s", "actions": [button]}
    repo = world.repo("acme/shop")
    run = world.create_run(repo, world.main_app, name="placet", head_sha=made.head_sha, fields=fields)
    world.press_button(run, "approve:1", user="sam-o")
    world.post_check("acme/shop", made.head_sha, name="placet", app="impostor")
    world.merge(made, bypass=True)
    routed = [
        read(
            Delivery(one.delivery.guid, one.delivery.event, one.delivery.body, clock.now()),
            app_id=setting.sandbox.app_id,
        )
        for one in world.outbox
    ]
    said = [heard.utterance for one in routed for heard in one.heard]
    assert [(one.kind, one.deed) for one in said] == [
        (SourceKind.COMMENT, Deed.CREATED),
        (SourceKind.COMMENT, Deed.EDITED),
        (SourceKind.REVIEW, Deed.CREATED),
        (SourceKind.REVIEW, Deed.DISMISSED),
        (SourceKind.REVIEW, Deed.CREATED),
        (SourceKind.REVIEW_COMMENT, Deed.CREATED),
        (SourceKind.BUTTON, Deed.CREATED),
        (SourceKind.CHECK, Deed.CREATED),
        (SourceKind.CHECK, Deed.CREATED),
    ]
    assert [one.body for one in said if one.kind is SourceKind.BUTTON] == ["approve:1"]
    checks = [one for one in routed if one.heads]
    assert len(checks) == 3  # the press, and the impostor's check as it began and ended
    assert WorkKey.branch(repo.id, "main") in {key for one in routed for key in one.keys}


def test_the_apps_manifest_asks_for_what_is_used() -> None:
    manifest = yaml.safe_load((Path(__file__).resolve().parents[3] / "app.yml").read_text())
    assert manifest["default_permissions"] == dict(PERMISSIONS)
    assert sorted(manifest["default_events"]) == sorted(EVENTS)
    assert manifest["public"] is False
