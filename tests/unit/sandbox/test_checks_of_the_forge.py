"""Check runs in the simulated forge: their states, their limits, their buttons."""

from typing import Any

import pytest

from placet.sandbox import Rejected, Sandbox
from placet.sandbox.model import CheckRun
from sandbox_caller import Answer, Caller
from sandbox_world import Acme

R = "/repos/acme/shop"
BUTTON = {"label": "Approve", "description": "what is shown", "identifier": "approve"}
NOTE = {"path": "a.sql", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"}


async def create(caller: Caller, **fields: object) -> Answer:
    head = caller.sandbox.world.repo("acme/shop").pulls[1].head_sha
    return await caller.post(f"{R}/check-runs", {"name": "placet", "head_sha": head, **fields})


async def test_a_run_is_changed_in_place(caller: Caller, gh: Sandbox) -> None:
    made = await create(caller, status="in_progress")
    path = f"{R}/check-runs/{made.data['id']}"
    done = await caller.patch(path, {"conclusion": "success", "output": {"title": "t", "summary": "s"}})
    assert (done.data["status"], done.data["conclusion"]) == ("completed", "success")
    assert done.data["completed_at"]
    again = await caller.patch(path, {"status": "in_progress"})
    assert (again.data["conclusion"], again.data["completed_at"]) == (None, None)
    assert len(gh.world.check_runs(made.data["head_sha"])) == 1


async def test_annotations_are_added_and_the_rest_of_the_output_replaced(caller: Caller) -> None:
    made = await create(caller, output={"title": "t", "summary": "one", "text": "x", "annotations": [NOTE]})
    path = f"{R}/check-runs/{made.data['id']}"
    await caller.patch(path, {"output": {"summary": "two", "annotations": [NOTE, NOTE]}})
    read = (await caller.get(path)).data["output"]
    assert (read["title"], read["summary"], read["text"], read["annotations_count"]) == ("t", "two", None, 3)
    assert len((await caller.get(f"{path}/annotations")).data) == 3


async def test_a_changed_field_leaves_the_others(caller: Caller) -> None:
    made = await create(caller, external_id="7", details_url="https://x.example/1", conclusion="failure")
    changed = await caller.patch(f"{R}/check-runs/{made.data['id']}", {"name": "other"})
    assert [changed.data[key] for key in ("name", "external_id", "conclusion")] == ["other", "7", "failure"]


@pytest.mark.parametrize(
    "fields",
    [
        {"output": {"title": "t", "summary": "ä" * 32_768}},  # 65,536 bytes in 32,768 characters
        {"output": {"title": "t", "summary": "s", "text": "x" * 65_536}},
        {"output": {"title": "t" * 256, "summary": "s"}},
        {"output": {"title": "t"}},
        {"output": {"summary": "s", "annotations": [NOTE] * 51}},
        {"output": {"summary": "s", "annotations": [{**NOTE, "end_line": 0}]}},
        {"output": {"summary": "s", "annotations": [{**NOTE, "annotation_level": "bad"}]}},
        {"output": {"summary": "s", "annotations": [{**NOTE, "message": "x" * 65_537}]}},
        {"output": {"summary": "s", "annotations": [{**NOTE, "end_line": 2, "start_column": 1}]}},
        {"output": "text"},
        {"actions": [BUTTON] * 4},
        {"actions": [{**BUTTON, "label": "x" * 21}]},
        {"actions": [{**BUTTON, "description": "x" * 41}]},
        {"actions": [{**BUTTON, "identifier": "x" * 21}]},
        {"actions": [{"label": "Approve"}]},
        {"status": "done"},
        {"status": "completed"},
        {"conclusion": "stale"},
        {"conclusion": "green"},
        {"details_url": "ftp://x"},
        {"started_at": "yesterday"},
        {"head_sha": "0" * 40},
        {"head_sha": None},
        {"name": ""},
    ],
)
async def test_what_github_would_refuse_is_refused(caller: Caller, gh: Sandbox, fields: dict[str, Any]) -> None:
    assert (await create(caller, **fields)).status == 422
    assert gh.world.runs == {}


async def test_what_is_just_within_the_limits_is_taken(caller: Caller) -> None:
    output = {"title": "t" * 255, "summary": "ä" * 32_767, "text": "x" * 65_535, "annotations": [NOTE] * 50}
    button = {"label": "x" * 20, "description": "x" * 40, "identifier": "x" * 20}
    assert (await create(caller, output=output, actions=[button] * 3, conclusion="neutral")).status == 201


async def test_another_apps_run_cannot_be_changed(caller: Caller, gh: Sandbox) -> None:
    pull = gh.world.repo("acme/shop").pulls[1]
    run = gh.world.post_check("acme/shop", pull.head_sha, name="placet", app="impostor")
    assert (await caller.patch(f"{R}/check-runs/{run.id}", {"conclusion": "failure"})).status == 403


async def test_runs_of_a_commit_are_filtered(caller: Caller, gh: Sandbox) -> None:
    sha = gh.world.repo("acme/shop").pulls[1].head_sha
    await create(caller)
    second = await create(caller)
    other = gh.world.post_check("acme/shop", sha, name="placet", app="impostor")
    gh.world.post_check("acme/shop", sha, name="lint", conclusion=None)
    path = f"{R}/commits/{sha}/check-runs"

    async def ids(query: str = "") -> list[int]:
        return [one["id"] for one in (await caller.get(path + query)).data["check_runs"]]

    assert await ids("?check_name=placet") == [other.id, second.data["id"]]
    assert await ids(f"?check_name=placet&app_id={gh.app_id}") == [second.data["id"]]
    assert len(await ids("?check_name=placet&filter=all")) == 3
    assert len(await ids("?status=in_progress")) == 1
    assert (await caller.get(f"{R}/commits/feat/check-runs")).data["total_count"] == 3


async def test_a_check_names_the_open_pull_requests_of_its_own_repository(caller: Caller, gh: Sandbox) -> None:
    assert [one["number"] for one in (await create(caller)).data["pull_requests"]] == [1]
    fork = gh.world.fork("acme/shop", "fay")
    foreign = gh.world.open_pull("acme/shop", author="fay", branch="p", fork=fork, files={"b": "1\n"})
    assert (await create(caller, head_sha=foreign.head_sha)).data["pull_requests"] == []


def completed(acme: Acme, **fields: object) -> CheckRun:
    given = {"conclusion": "action_required", "summary": "s", "actions": [BUTTON], **fields}
    head = acme.pull.head_sha
    return acme.world.create_run(acme.repo, acme.world.main_app, name="placet", head_sha=head, fields=given)


def test_a_run_that_is_made_complete_is_created_and_completed(acme: Acme) -> None:
    completed(acme)
    assert acme.told() == ["check_run.created", "check_run.completed", "check_suite.completed"]


def test_pressing_a_button_is_told_with_its_identifier(acme: Acme) -> None:
    run = completed(acme)
    acme.told()
    acme.world.press_button(run, "approve", user="sam-o")
    assert b'"requested_action":{"identifier":"approve"}' in acme.world.outbox[0].delivery.body


def test_a_button_that_is_not_shown_cannot_be_pressed(acme: Acme) -> None:
    run = completed(acme)
    with pytest.raises(Rejected, match="no button"):
        acme.world.press_button(run, "other", user="sam-o")
    acme.world.update_run(run, {"status": "in_progress"})
    with pytest.raises(Rejected, match="no button"):
        acme.world.press_button(run, "approve", user="sam-o")


def test_asking_for_a_run_again_leaves_the_run_as_it_is(acme: Acme) -> None:
    run = completed(acme)
    acme.told()
    acme.world.rerequest_check(run, user="sam-o")
    assert acme.told() == ["check_run.rerequested"]
    assert (run.status, run.conclusion, run.suite.reset) == ("completed", "action_required", True)


def test_an_unfinished_run_can_go_stale(acme: Acme) -> None:
    run = completed(acme, conclusion=None, status="in_progress")
    acme.told()
    acme.world.stale(run)
    assert (run.status, run.conclusion) == ("completed", "stale")
    assert acme.told() == []


def test_another_apps_runs_are_told_but_not_its_buttons(acme: Acme) -> None:
    run = acme.world.post_check(acme.repo, acme.pull.head_sha, name="placet", app="impostor")
    assert acme.told() == ["check_run.created", "check_run.completed"]
    acme.world.rerequest_check(run, user="sam-o")
    assert acme.told() == []


def test_a_suite_keeps_a_thousand_runs_of_a_name(acme: Acme) -> None:
    with acme.world.silently():
        runs = [completed(acme) for _ in range(1_001)]
    assert len(acme.world.check_runs(acme.pull.head_sha)) == 1_000
    assert runs[0].id not in acme.world.runs
