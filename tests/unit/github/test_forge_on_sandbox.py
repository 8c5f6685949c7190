"""Each method of the Forge port against the sandbox, every exchange checked against GitHub's own description."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Protocol

import pytest

from placet.app.actions import Annotation, Button, CheckContent
from placet.app.ports import Forge
from placet.app.snapshot import Repository
from placet.policy.model import TeamSpec
from placet.proposals.model import Person, Source, SourceKind, Team, TeamKind, Utterance
from placet.sandbox.git import File, Mode
from placet.sandbox.model import Access, Pull
from placet.vocabulary.files import Location


class Checker(Protocol):
    """A checker of exchanges."""

    def check(self, exchange: dict[str, Any]) -> Any: ...


class Setting(Protocol):
    """See conftest."""

    sandbox: Any
    forge: Any
    clock: Any
    shelf: Any

    def repository(self, full_name: str = ...) -> Repository: ...

    async def ask(self, number: int, team: Team) -> str: ...

    async def said(self, number: int) -> tuple[Utterance, ...]: ...

    def asked(self, since: int = ...) -> list[str]: ...


@pytest.fixture(autouse=True)
def no_findings(setting: Setting, ghval: Checker | None) -> Iterator[None]:
    """After each test: nothing that was asked breaks GitHub's description (answers are the sandbox's own to check)."""
    yield
    if ghval is None:
        return
    for exchange in setting.sandbox.log.exchanges:
        errors = ghval.check(exchange.as_json()).errors
        assert [str(one) for one in errors if not one.code.startswith("E-RESP")] == []


def opened(setting: Setting, files: dict[str, Any] | None = None, author: str = "li-wei") -> Pull:
    world = setting.sandbox.world
    world.push("acme/shop", "topic", files or {"models/a.sql": "select 1 as key\n"}, author=author)
    pull: Pull = world.open_pull("acme/shop", branch="topic", author=author, title="Rename id")
    return pull


def person(setting: Setting, login: str) -> Person:
    return Person(setting.sandbox.world.user(login).id, login)


async def test_it_is_a_forge(setting: Setting) -> None:
    forge: Forge = setting.forge
    assert forge is setting.forge


async def test_a_pull_request_shows_where_its_base_is_now(setting: Setting) -> None:
    world, repository = setting.sandbox.world, setting.repository()
    made = opened(setting)
    tip = world.push("acme/shop", "main", {"README.md": "new\n"})
    pull = await setting.forge.pull(repository, made.number)
    assert (pull.head_sha, pull.base_tip, pull.author.login) == (made.head_sha, tip, "li-wei")
    assert (pull.is_open, pull.is_draft, pull.is_merged, pull.merged_sha) == (True, False, False, "")
    assert pull.head_repository == "acme/shop"


async def test_a_base_branch_with_slashes_is_found(setting: Setting) -> None:
    world = setting.sandbox.world
    tip = world.push("acme/shop", "release/2026/q4", {"README.md": "q4\n"})
    world.push("acme/shop", "topic", {"models/a.sql": "select 2\n"}, author="li-wei")
    made = world.open_pull("acme/shop", branch="topic", base="release/2026/q4", author="li-wei")
    pull = await setting.forge.pull(setting.repository(), made.number)
    assert pull.base_tip == tip
    assert await setting.forge.open_pulls(setting.repository(), "release/2026/q4") == (made.number,)
    assert await setting.forge.open_pulls(setting.repository(), "main") == ()


async def test_there_is_no_pull_request_of_another_number(setting: Setting) -> None:
    assert await setting.forge.pull(setting.repository(), 99) is None


async def test_the_tip_of_a_branch(setting: Setting) -> None:
    tip = setting.sandbox.world.push("acme/shop", "a/b", {"x": "y"})
    assert await setting.forge.branch_tip(setting.repository(), "a/b") == tip
    assert await setting.forge.branch_tip(setting.repository(), "a") is None
    assert await setting.forge.branch_tip(setting.repository(), "a/../b") is None


async def test_a_merged_pull_request_says_so(setting: Setting) -> None:
    made = opened(setting)
    setting.sandbox.world.merge(made, bypass=True)
    pull = await setting.forge.pull(setting.repository(), made.number)
    assert (pull.is_open, pull.is_merged) == (False, True)


async def test_a_pull_request_from_a_deleted_fork_has_no_head_repository(setting: Setting) -> None:
    world = setting.sandbox.world
    world.fork("acme/shop", "outsider")
    world.push("outsider/shop", "topic", {"models/a.sql": "select 3\n"}, author="outsider")
    made = world.open_pull("acme/shop", fork="outsider/shop", branch="topic", author="outsider")
    world.delete_repository("outsider/shop")
    pull = await setting.forge.pull(setting.repository(), made.number)
    assert pull.head_repository is None


async def test_a_renamed_repository_is_followed_and_written_to(setting: Setting) -> None:
    made, repository = opened(setting), setting.repository()
    setting.sandbox.world.rename_repository("acme/shop", "store")
    pull = await setting.forge.pull(repository, made.number)
    assert pull.head_sha == made.head_sha
    await setting.forge.comment(repository, made.number, "Still here")
    assert [one.body for one in made.comments] == ["Still here"]


async def test_the_merge_base_is_asked_for_once(setting: Setting) -> None:
    world, repository = setting.sandbox.world, setting.repository()
    base = world.repo("acme/shop").refs["main"]
    made = opened(setting)
    tip = world.push("acme/shop", "main", {"README.md": "new\n"})
    assert await setting.forge.merge_base(repository, tip, made.head_sha) == base
    mark = setting.sandbox.log.mark()
    assert await setting.forge.merge_base(repository, tip, made.head_sha) == base
    assert setting.asked(mark) == []


async def test_commits_without_a_common_history_have_no_merge_base(setting: Setting) -> None:
    world = setting.sandbox.world
    repo = world.repo("acme/shop")
    tree = repo.store.write_files("4b825dc642cb6eb9a060e54bf8d69288fbee4904", {"a": "b"})
    orphan = repo.store.write_commit(tree, (), "Alone", world.person(world.user("li-wei")))
    assert await setting.forge.merge_base(setting.repository(), repo.refs["main"], orphan) is None


async def test_wanted_files_come_with_their_content(setting: Setting) -> None:
    files = await setting.forge.files(
        setting.repository(), setting.sandbox.world.repo("acme/shop").refs["main"], lambda path: path.endswith(".sql")
    )
    assert list(files) == ["dbt_project.yml", "models/a.sql"]
    assert files["models/a.sql"].data == b"select 1 as id\n"
    assert files["dbt_project.yml"].data is None


async def test_links_and_large_files_are_told_and_not_read(setting: Setting) -> None:
    world = setting.sandbox.world
    sha = world.push(
        "acme/shop",
        "main",
        {
            "models/link.sql": File(b"/etc/passwd", Mode.SYMLINK),
            "models/big.sql": b"x" * 5_200_001,
            "vendor": File(b"a" * 40, Mode.SUBMODULE),
            "models/run.sql": File(b"select 4", Mode.EXECUTABLE),
        },
    )
    mark = setting.sandbox.log.mark()
    files = await setting.forge.files(setting.repository(), sha, lambda path: path.endswith(".sql"))
    assert files["models/link.sql"].problem == "is a symbolic link, which is not followed"
    assert files["models/big.sql"].problem == "is too large (5.3 MB; at most 5 MB are read)"
    assert (files["models/link.sql"].data, files["models/big.sql"].data) == (None, None)
    assert files["models/run.sql"].data == b"select 4"
    assert "vendor" not in files
    assert sum("/git/blobs/" in kind for kind in setting.asked(mark)) == 2


async def test_many_missing_files_come_in_one_archive(setting: Setting) -> None:
    wanted = {f"models/m{number}.sql": f"select {number}\n" for number in range(150)}
    sha = setting.sandbox.world.push("acme/shop", "main", wanted)
    mark = setting.sandbox.log.mark()
    files = await setting.forge.files(setting.repository(), sha, lambda path: path.endswith(".sql"))
    assert {path: files[path].data for path in wanted} == {path: text.encode() for path, text in wanted.items()}
    assert len(setting.shelf.held) == 151
    asked = setting.asked(mark)
    assert sum("/git/blobs/" in kind for kind in asked) == 0
    assert sum("/tarball/" in kind for kind in asked) == 1


async def test_an_unchanged_head_costs_only_answers_that_nothing_changed(setting: Setting) -> None:
    made, repository = opened(setting), setting.repository()

    async def look() -> None:
        pull = await setting.forge.pull(repository, made.number)
        await setting.forge.merge_base(repository, pull.base_tip, pull.head_sha)
        await setting.forge.files(repository, pull.head_sha, lambda path: path.endswith(".sql"))
        await setting.said(made.number)

    await look()
    mark = setting.sandbox.log.mark()
    await look()
    assert setting.asked(mark)
    assert [one for one in setting.asked(mark) if not one.endswith(" 304")] == []
    assert [one for one in setting.asked(mark) if "/git/trees" in one or "/git/blobs" in one] == []


async def test_a_push_costs_only_the_blobs_that_it_brought(setting: Setting) -> None:
    repository, world = setting.repository(), setting.sandbox.world
    await setting.forge.files(repository, world.repo("acme/shop").refs["main"], lambda _: True)
    sha = world.push("acme/shop", "main", {"models/b.sql": "select 5\n"})
    mark = setting.sandbox.log.mark()
    files = await setting.forge.files(repository, sha, lambda _: True)
    assert {path: file.data is not None for path, file in files.items()} == dict.fromkeys(files, True)
    assert sum("/git/blobs/" in one for one in setting.asked(mark)) == 1


async def test_what_was_said_comes_in_order_of_time(setting: Setting) -> None:
    made, world, clock = opened(setting), setting.sandbox.world, setting.clock
    clock.advance(60)
    first = world.comment(made, user="sam-o", body="/placet block no")
    clock.advance(60)
    review = world.review(made, user="jo-k", state="approve", body="Fine")
    clock.advance(60)
    world.edit_comment(first, "/placet approve", user="jo-k")
    ours = await setting.forge.comment(setting.repository(), made.number, "Waiting")
    said = await setting.said(made.number)
    assert [(one.kind, one.id) for one in said] == [
        (SourceKind.COMMENT, first.id),
        (SourceKind.REVIEW, review.id),
        (SourceKind.COMMENT, ours),
    ]
    assert [one.edited for one in said] == [True, False, False]
    assert said[1].state == "approved"
    assert said[1].commit_id == made.head_sha
    assert said[2].app_id == setting.sandbox.app_id
    assert not said[2].author.is_user
    assert all(one.at.utcoffset() is not None for one in said)


async def test_a_line_comment_is_heard(setting: Setting) -> None:
    made = opened(setting)
    line = setting.sandbox.world.review_comment(made, user="sam-o", path="models/a.sql", line=1, body="why?")
    said = await setting.said(made.number)
    assert [(one.kind, one.id, one.body) for one in said if one.kind is SourceKind.REVIEW_COMMENT] == [
        (SourceKind.REVIEW_COMMENT, line.id, "why?")
    ]


async def test_what_a_deleted_account_said_is_the_ghosts(setting: Setting) -> None:
    made, world = opened(setting), setting.sandbox.world
    world.comment(made, user="sam-o", body="bye")
    world.delete_user("sam-o")
    said = await setting.said(made.number)
    assert said[0].author.login == "ghost"


SPECS = (
    TeamSpec("growth", Location(".github/placet.yml", 3), slug="@acme/growth-team"),
    TeamSpec("ops", Location(".github/placet.yml", 4), members=("@sam-o", "jo-k")),
)


def staffed(setting: Setting) -> None:
    world = setting.sandbox.world
    world.team("acme/crm", members=["sam-o"], pending=["late"])
    world.team("acme/Growth Team", members=["li-wei", "jo-k"])
    world.team("acme/crm mail", parent="acme/crm", members=["deep"])


async def test_names_of_teams_resolve_however_they_are_written(setting: Setting) -> None:
    staffed(setting)
    setting.sandbox.world.collaborator("acme/shop", "priya-n")
    names = ["crm", "@acme/crm", "acme/crm", "@ACME/CRM", "growth", "Growth Team", "ops", "priya-n", "@priya-n"]
    found = await setting.forge.directory(
        setting.repository(), names, SPECS, person(setting, "li-wei"), [person(setting, "li-wei")]
    )
    crm = setting.sandbox.world.crew("acme/crm").id
    growth = setting.sandbox.world.crew("acme/growth-team").id
    priya = person(setting, "priya-n").id
    assert {name: team.id for name, team in found.teams.items()} == {
        "crm": f"team:{crm}",
        "@acme/crm": f"team:{crm}",
        "acme/crm": f"team:{crm}",
        "@ACME/CRM": f"team:{crm}",
        "growth": f"team:{growth}",
        "Growth Team": f"team:{growth}",
        "ops": "list:ops",
        "priya-n": f"user:{priya}",
        "@priya-n": f"user:{priya}",
    }
    assert found.teams["growth"].slug == "acme/growth-team"
    assert found.teams["ops"].members == ("sam-o", "jo-k")
    assert found.author_teams == {f"team:{growth}"}
    assert found.unanswerable == frozenset()


@pytest.mark.parametrize(
    "name", ["crmm", "sam@acme.example", "other/crm", "@other/crm", "a/b/c", "..", "", "@", "/", "stranger", "team:999"]
)
async def test_a_name_that_stands_for_nothing_is_missing_or_answers_for_nobody(setting: Setting, name: str) -> None:
    staffed(setting)
    setting.sandbox.world.user("stranger")
    found = await setting.forge.directory(
        setting.repository(), [name], SPECS, person(setting, "li-wei"), [person(setting, "li-wei")]
    )
    if name == "team:999":
        assert found.teams[name].kind is TeamKind.NAME
        assert found.unanswerable == {"team:999"}
    else:
        assert found.teams == {}


async def test_a_team_that_only_the_author_is_in_cannot_answer(setting: Setting) -> None:
    world = setting.sandbox.world
    world.team("acme/solo", members=["li-wei"])
    specs = (TeamSpec("me", Location("p", 1), members=("li-wei", "nobody-here")),)
    found = await setting.forge.directory(
        setting.repository(), ["solo", "me"], specs, person(setting, "li-wei"), [person(setting, "li-wei")]
    )
    solo = f"team:{world.crew('acme/solo').id}"
    assert found.unanswerable == {solo, "list:me"}
    assert found.author_teams == {solo, "list:me"}


async def test_a_renamed_team_is_followed_by_its_id(setting: Setting) -> None:
    staffed(setting)
    world, repository = setting.sandbox.world, setting.repository()
    found = await setting.forge.directory(
        repository, ["crm"], (), person(setting, "li-wei"), [person(setting, "li-wei")]
    )
    crm = found.teams["crm"]
    world.rename_team("acme/crm", "Relations")
    setting.clock.advance(61)
    again = await setting.forge.directory(
        repository, [crm.id], (), person(setting, "li-wei"), [person(setting, "li-wei")]
    )
    assert again.teams[crm.id].slug == "acme/relations"
    assert await setting.forge.is_member(repository, crm, person(setting, "sam-o"))


async def test_active_members_count_and_members_of_child_teams_too(setting: Setting) -> None:
    staffed(setting)
    found = await setting.forge.directory(
        setting.repository(), ["crm", "ops"], SPECS, person(setting, "li-wei"), [person(setting, "li-wei")]
    )
    crm = found.teams["crm"]

    async def is_in(team: Team, login: str) -> bool:
        return bool(await setting.forge.is_member(setting.repository(), team, person(setting, login)))

    assert await is_in(crm, "sam-o")
    assert await is_in(crm, "deep")
    assert not await is_in(crm, "late")
    assert not await is_in(crm, "jo-k")
    assert await is_in(found.teams["ops"], "jo-k")
    assert not await is_in(found.teams["ops"], "li-wei")


async def test_membership_is_never_remembered(setting: Setting) -> None:
    staffed(setting)
    repository, sam = setting.repository(), person(setting, "sam-o")
    crm = (await setting.forge.directory(repository, ["crm"], (), sam, [])).teams["crm"]
    assert await setting.forge.is_member(repository, crm, sam)
    setting.sandbox.world.remove_member("acme/crm", "sam-o")
    assert not await setting.forge.is_member(repository, crm, sam)


async def test_a_bot_and_a_deleted_account_are_no_members(setting: Setting) -> None:
    staffed(setting)
    repository, sam = setting.repository(), person(setting, "sam-o")
    crm = (await setting.forge.directory(repository, ["crm"], (), sam, [])).teams["crm"]
    assert not await setting.forge.is_member(repository, crm, replace(sam, is_user=False))
    assert not await setting.forge.is_member(repository, crm, Person(0, "ghost"))


async def test_a_list_is_of_people_not_of_names_that_somebody_took_over(setting: Setting) -> None:
    ops = Team("list:ops", "ops", TeamKind.LIST, members=("sam-o",))
    setting.sandbox.world.user("sam-o")
    assert not await setting.forge.is_member(setting.repository(), ops, Person(424242, "sam-o"))


async def test_any_of_several_teams_may_be_a_members(setting: Setting) -> None:
    staffed(setting)
    sam = person(setting, "sam-o")
    found = await setting.forge.directory(setting.repository(), ["crm", "growth"], SPECS, sam, [])
    both = Team("any:x", "x", TeamKind.ANY_OF, parts=(found.teams["growth"], found.teams["crm"]))
    assert await setting.forge.is_member(setting.repository(), both, sam)
    assert not await setting.forge.is_member(setting.repository(), both, person(setting, "late"))


async def test_only_those_with_write_access_can_write(setting: Setting) -> None:
    world, repository = setting.sandbox.world, setting.repository()
    for login, access in {"w": Access.WRITE, "m": Access.MAINTAIN, "a": Access.ADMIN, "t": Access.TRIAGE}.items():
        world.collaborator("acme/shop", login, access)
    can = {login: await setting.forge.can_write(repository, person(setting, login)) for login in "wmatx"}
    assert can == {"w": True, "m": True, "a": True, "t": False, "x": False}


async def test_a_personal_account_has_people_and_no_teams(setting: Setting) -> None:
    world = setting.sandbox.world
    world.user("solo-dev")
    world.repository("solo-dev/shop")
    world.install("solo-dev")
    repository = setting.repository("solo-dev/shop")
    assert not repository.owner_is_organisation
    world.collaborator("solo-dev/shop", "helper-h")
    author = person(setting, "solo-dev")
    found = await setting.forge.directory(repository, ["crm", "helper-h", "solo-dev"], (), author, [author])
    assert set(found.teams) == {"helper-h", "solo-dev"}
    assert found.unanswerable == {f"user:{author.id}"}


def content(**changes: Any) -> CheckContent:
    given = CheckContent(
        name="placet",
        external_id="48",
        status="completed",
        conclusion="action_required",
        title="Waiting for crm",
        summary="One team is open.",
        text="Details",
        annotations=(Annotation("models/a.sql", 1, "warning", "Dropped", "`id` is dropped"),),
        buttons=(Button("Approve", "Approve for my teams", "approve:0123456789ab"),),
        details_url="https://placet.example/proposals/48",
        started_at=None,
        completed_at=None,
    )
    return replace(given, **changes)


async def test_a_check_is_posted_and_updated_in_place(setting: Setting) -> None:
    made, repository = opened(setting), setting.repository()
    now = setting.clock.now()
    begun = content(status="in_progress", conclusion=None, annotations=(), started_at=now)
    check = await setting.forge.post_check(repository, made.head_sha, begun)
    await setting.forge.update_check(repository, check, content(completed_at=now))
    mark = setting.sandbox.log.mark()
    await setting.forge.update_check(repository, check, content(conclusion="success", title="Agreed"))
    runs = setting.sandbox.world.check_runs(made.head_sha)
    assert [(run.id, run.conclusion) for run in runs] == [(check, "success")]
    assert len(setting.sandbox.writes(since=mark)) == 1
    found = await setting.forge.check_runs(repository, made.head_sha, "placet")
    assert [(one.id, one.app_id, one.status, one.conclusion) for one in found] == [
        (check, setting.sandbox.app_id, "completed", "success")
    ]


async def test_annotations_beyond_fifty_come_in_further_requests_and_only_once(setting: Setting) -> None:
    made, repository = opened(setting), setting.repository()
    many = tuple(Annotation("models/a.sql", 1, "notice", f"Note {number}", "m") for number in range(120))
    check = await setting.forge.post_check(repository, made.head_sha, content(annotations=many))
    await setting.forge.update_check(repository, check, content(annotations=many))
    run = setting.sandbox.world.check_runs(made.head_sha)[0]
    assert len(run.annotations) == 120


async def test_texts_past_the_limits_are_cut_to_their_bytes(setting: Setting) -> None:
    made, repository = opened(setting), setting.repository()
    huge = "ü" * 70_000
    check = content(
        title="t" * 300,
        summary=huge,
        text=huge,
        annotations=(Annotation("/models/a.sql", 0, "failure", huge, huge),),
        buttons=tuple(Button("l" * 30, "d" * 50, f"b{number}") for number in range(5)),
    )
    await setting.forge.post_check(repository, made.head_sha, check)
    await setting.forge.comment(repository, made.number, "x" * 70_000 + "\x00\ud800")
    assert len(made.comments[0].body) == 65_536


async def test_a_team_is_asked_once_and_stands(setting: Setting) -> None:
    staffed(setting)
    made, repository = opened(setting), setting.repository()
    crm = (
        await setting.forge.directory(repository, ["crm"], (), person(setting, "li-wei"), [person(setting, "li-wei")])
    ).teams["crm"]
    assert await setting.ask(made.number, crm) == ""
    mark = setting.sandbox.log.mark()
    assert await setting.ask(made.number, crm) == ""
    assert setting.sandbox.writes(since=mark) == []
    pull = await setting.forge.pull(repository, made.number)
    assert pull.requested_teams == ("crm",)


async def test_a_team_without_access_is_not_asked(setting: Setting) -> None:
    world = setting.sandbox.world
    made, repository = opened(setting), setting.repository()
    world.team("acme/closed", members=["x"], repositories=[])
    closed = (
        await setting.forge.directory(
            repository, ["closed"], (), person(setting, "li-wei"), [person(setting, "li-wei")]
        )
    ).teams["closed"]
    told = await setting.ask(made.number, closed)
    assert told == "acme/closed has no access to acme/shop"
    assert setting.sandbox.writes() == []


async def test_a_list_is_asked_person_by_person_where_one_cannot_be(setting: Setting) -> None:
    made, world = opened(setting), setting.sandbox.world
    world.collaborator("acme/shop", "sam-o")
    world.user("outsider")
    ops = Team("list:ops", "ops", TeamKind.LIST, members=("sam-o", "outsider", "li-wei"))
    told = await setting.ask(made.number, ops)
    assert told.startswith("outsider could not be asked: ")
    assert [one.login for one in made.requested_users.values()] == ["sam-o"]


async def test_all_parts_of_an_any_of_team_are_asked(setting: Setting) -> None:
    staffed(setting)
    made, repository = opened(setting), setting.repository()
    found = await setting.forge.directory(
        repository, ["crm", "growth"], SPECS, person(setting, "li-wei"), [person(setting, "li-wei")]
    )
    both = Team("any:x", "x", TeamKind.ANY_OF, parts=(found.teams["crm"], found.teams["growth"]))
    assert await setting.ask(made.number, both) == ""
    assert {team.slug for team in made.requested_teams.values()} == {"crm", "growth-team"}


async def test_a_name_only_cannot_be_asked(setting: Setting) -> None:
    made = opened(setting)
    told = await setting.ask(made.number, Team("name:x", "x"))
    assert told == "x is neither a team nor a person on GitHub"


async def test_comments_are_written_edited_and_deleted(setting: Setting) -> None:
    made, repository = opened(setting), setting.repository()
    comment = await setting.forge.comment(repository, made.number, "Waiting")
    assert await setting.forge.edit_comment(repository, comment, "Agreed")
    assert [one.body for one in made.comments] == ["Agreed"]
    await setting.forge.delete_comment(repository, comment)
    await setting.forge.delete_comment(repository, comment)
    assert made.comments == []
    setting.clock.advance(61)
    assert not await setting.forge.edit_comment(repository, comment, "Again")


async def test_a_reaction_twice_is_one(setting: Setting) -> None:
    made, repository, world = opened(setting), setting.repository(), setting.sandbox.world
    comment = world.comment(made, user="sam-o", body="/placet approve")
    line = world.review_comment(made, user="sam-o", path="models/a.sql", line=1, body="/placet why")
    world.review(made, user="jo-k", state="approve", body="")
    for said in await setting.said(made.number):
        source = Source(said.kind, said.id)
        await setting.forge.react(repository, source, "+1")
        await setting.forge.react(repository, source, "+1")
    assert [one.content for one in comment.reactions] == ["+1"]
    assert [one.content for one in line.reactions] == ["+1"]


async def test_every_repository_of_every_installation_is_listed(setting: Setting) -> None:
    world = setting.sandbox.world
    world.repository("acme/old")
    world.archive("acme/old")
    world.repository("beta/one")
    world.repository("gone/x")
    world.suspend("gone")
    found = await setting.forge.repositories()
    assert [one.full_name for one in found] == ["acme/shop", "beta/one"]
    assert found[0] == setting.repository()
