from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from placet.cli.running import run
from placet.local.compare import compare_span, directory_for, span_of
from placet.local.git import GitRepository
from placet.proposals.decide import Subject, decide
from placet.proposals.model import Ledger
from shop_repository import SHOP, WITHOUT_EMAIL, ShopRepository

DECLARED = "consumers: [{team: crm, reads: dim_customers, columns: [user_email]}]"
TODAY = datetime(2026, 11, 21, tzinfo=UTC)


@dataclass(frozen=True)
class Said:
    """What the command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found


Simulate = Callable[..., Said]


@pytest.fixture
def shop(tmp_path: Path) -> ShopRepository:
    """A branch takes away a column that growth reads, and that crm says it reads."""
    found = ShopRepository(tmp_path / "shop", {**SHOP, ".github/placet.yml": f"version: 1\n{DECLARED}\n"})
    found.branch("drop", {"models/dim_customers.sql": WITHOUT_EMAIL})
    return found


@pytest.fixture
def simulate(shop: ShopRepository, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Simulate:
    monkeypatch.setattr("placet.cli.simulate.today", lambda: TODAY)

    def call(*arguments: str) -> Said:
        code = run(("simulate", "--repo", str(shop.folder), "--base", "main", *arguments))
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return call


@pytest.fixture
def policy(tmp_path: Path) -> Callable[[str], str]:
    def written(text: str) -> str:
        file = tmp_path / "other.yml"
        file.write_text(f"version: 1\n{text}\n", encoding="utf-8")
        return str(file)

    return written


def answers(said: Said) -> dict[str, str]:
    return {one["team"]: one["answer"] for one in said.json["teams"]}


def simulated(simulate: Simulate, *arguments: str) -> tuple[int, str, str]:
    """The exit code, the state and the title."""
    said = simulate("--format", "json", *arguments)
    return said.code, said.json["state"], said.json["title"]


# What is answered


def test_without_an_answer_the_check_waits_for_everybody_who_is_asked(simulate: Simulate) -> None:
    said = simulate()
    assert said.code == 1
    assert said.lines[1:3] == [
        "Would wait · Waiting for 2 of 2 teams: crm, growth",
        "dim_customers.user_email is dropped. None of 2 teams approved yet.",
    ]


def test_when_all_approve_the_check_is_green(simulate: Simulate) -> None:
    said = simulate("--answer", "growth=approve", "--answer", "crm=approve", "--format", "json")
    assert said.code == 0
    assert said.json == {
        "version": 1,
        "state": "approved",
        "conclusion": "success",
        "title": "Both teams agreed",
        "teams": [
            {"team": "crm", "answer": "approved", "missing": [], "because": "declared that it reads user_email"},
            {"team": "growth", "answer": "approved", "missing": [], "because": "reads user_email in mart_churn"},
        ],
        "forced": False,
        "proposal": "approved",
    }


def test_without_an_answer_it_says_what_the_one_evaluator_says(simulate: Simulate, shop: ShopRepository) -> None:
    repository = GitRepository(shop.folder)
    found = compare_span(repository, span_of(repository, "main", "drop"))
    directory = directory_for(found.analysis, None)
    verdict = decide(Subject(), found.analysis, directory, Ledger(), found.policy, TODAY)
    document = simulate("--format", "json").json
    assert (document["state"], document["conclusion"]) == (verdict.state.value, "action_required")
    missing = {row.team.name: sorted(row.answer.missing) for row in verdict.rows}
    assert {one["team"]: one["missing"] for one in document["teams"]} == missing


def test_a_block_makes_it_red_and_its_reason_is_told(simulate: Simulate) -> None:
    said = simulate("--answer", "growth=approve", "--answer", "crm=block:the sync reads it every night")
    assert said.code == 1
    assert said.lines[1] == "Would be red · Blocked by crm: drop of dim_customers.user_email"
    assert "crm blocks: the sync reads it every night (a member of crm, 21 Nov)" in said.lines


def test_the_table_says_of_each_team_its_answer_and_why_it_is_asked(simulate: Simulate) -> None:
    lines = simulate("--answer", "growth=approve", "--answer", "crm=needs-time:2w").lines
    start = lines.index("Who would have to agree")
    assert lines[start + 1 : start + 3] == [
        "  crm     🕒 needs time until 5 Dec  declared that it reads user_email",
        "  growth  ✅ approved                reads user_email in mart_churn",
    ]


def test_what_is_left_to_do_is_told_step_by_step(simulate: Simulate) -> None:
    lines = simulate("--answer", "growth=approve").lines
    start = lines.index("To turn this green")
    assert lines[start + 2] == "  2. crm approves: a review, or the comment /placet approve on the pull request"


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        (["block", "approve"], "approved"),
        (["approve", "block"], "blocked"),
        (["block", "retract"], "none"),
        (["approve", "retract"], "none"),
        (["needs-time:5d", "approve"], "approved"),
        (["approve", "needs-time:5d", "retract"], "none"),
    ],
)
def test_several_answers_of_one_team_count_in_the_order_in_which_they_are_given(
    simulate: Simulate, given: list[str], answer: str
) -> None:
    options = [option for one in given for option in ("--answer", f"crm={one}")]
    assert answers(simulate("--format", "json", *options))["crm"] == answer


@pytest.mark.parametrize("name", ["crm", "CRM", "@acme/crm"])
def test_a_team_is_called_as_people_call_it(simulate: Simulate, name: str) -> None:
    assert answers(simulate("--format", "json", "--answer", f"{name}=approve"))["crm"] == "approved"


@pytest.mark.parametrize("word", ["ok", "ack", "APPROVE"])
def test_an_answer_may_be_written_as_in_a_comment(simulate: Simulate, word: str) -> None:
    assert answers(simulate("--format", "json", "--answer", f"crm={word}"))["crm"] == "approved"


def test_a_team_that_is_waived_need_not_agree(simulate: Simulate) -> None:
    found = simulated(simulate, "--answer", "crm=waive:it was switched off", "--answer", "growth=approve")
    assert found == (0, "approved", "1 of 2 teams agreed, crm waived")


def test_one_person_each_answers_also_where_nobody_may_answer_for_two_teams(
    simulate: Simulate, policy: Callable[[str], str]
) -> None:
    other = policy(f"approvals: {{distinct_approvers: true}}\n{DECLARED}")
    options = ("--answer", "crm=approve", "--answer", "growth=approve")
    assert simulated(simulate, "--policy", other, *options)[:2] == (0, "approved")


def test_a_forced_check_is_green_and_says_so(simulate: Simulate) -> None:
    said = simulate("--force", "dana-k:SEC-811", "--answer", "crm=block", "--format", "json")
    assert said.code == 0
    assert (said.json["state"], said.json["forced"]) == ("forced", True)
    assert said.json["title"] == "Forced by dana-k: SEC-811"


def test_what_all_agree_to_need_not_be_forced(simulate: Simulate) -> None:
    options = ("--answer", "crm=approve", "--answer", "growth=approve", "--force", "dana-k")
    said = simulate("--format", "json", *options)
    assert (said.json["state"], said.json["forced"]) == ("approved", False)


def test_nothing_is_said_of_who_may_force_but_that_it_is_not_looked_at(simulate: Simulate) -> None:
    assert (
        "Who may force is said by the organisation's file, which is not looked at here."
        in simulate("--force", "dana-k").lines
    )


def test_a_draft_asks_nobody_yet(simulate: Simulate) -> None:
    assert simulated(simulate, "--draft") == (1, "draft", "Draft: 2 teams will be asked")


def test_a_branch_that_changes_nothing_is_green(simulate: Simulate) -> None:
    said = simulate("--head", "main")
    assert said.code == 0
    assert said.lines[1:3] == ["Would be green · No contract change", "No contract change."]


def test_the_work_tree_is_judged_on_request(simulate: Simulate, shop: ShopRepository) -> None:
    shop.git("checkout", "--quiet", "main")
    shop.write({"models/dim_customers.sql": WITHOUT_EMAIL})
    assert simulate().code == 0
    assert simulated(simulate, "--worktree")[:2] == (1, "pending")


# When it is looked at


@pytest.mark.parametrize(("at", "state"), [("2026-12-01", "needs_time"), ("2026-12-02", "pending")])
def test_a_wish_for_time_is_over_when_its_day_has_passed(simulate: Simulate, at: str, state: str) -> None:
    options = ("--answer", "growth=approve", "--answer", "crm=needs-time:2026-12-01")
    assert simulated(simulate, *options, "--at", at)[1] == state


@pytest.mark.parametrize(("at", "state"), [("13d", "pending"), ("2w", "rejected")])
def test_a_deadline_of_the_policy_passes(simulate: Simulate, policy: Callable[[str], str], at: str, state: str) -> None:
    other = policy("approvals: {answer_within: 14d, on_deadline: block}")
    assert simulated(simulate, "--policy", other, "--at", at)[1] == state


def test_what_nobody_touches_falls_asleep(simulate: Simulate) -> None:
    assert simulated(simulate, "--at", "60d") == (1, "expired", "Asleep after 60 days: /placet recheck")


def test_the_day_on_which_it_is_looked_at_is_told(simulate: Simulate) -> None:
    assert "As it would stand on 2026-12-05, asked and answered on 2026-11-21." in simulate("--at", "2w").lines


def test_on_a_day_that_is_gone_it_was_asked_and_answered_that_day(simulate: Simulate) -> None:
    said = simulate("--at", "2026-01-05", "--answer", "crm=needs-time:2w")
    assert "As it would stand on 2026-01-05, asked and answered that day." in said.lines
    assert "until 19 Jan" in said.out


# Under which policy


def test_a_policy_with_other_approvals_changes_who_is_asked(simulate: Simulate, policy: Callable[[str], str]) -> None:
    other = policy(f"approvals: {{inferred_consumers: notify}}\n{DECLARED}")
    assert list(answers(simulate("--format", "json"))) == ["crm", "growth"]
    said = simulate("--format", "json", "--policy", other)
    assert list(answers(said)) == ["crm"]


def test_the_consumers_of_the_other_policy_are_asked_instead(simulate: Simulate, policy: Callable[[str], str]) -> None:
    other = policy("consumers: [{team: finance, reads: dim_customers}]")
    assert list(answers(simulate("--format", "json", "--policy", other))) == ["finance", "growth"]


def test_another_policy_is_named(simulate: Simulate, policy: Callable[[str], str]) -> None:
    other = policy("rollout: gate")
    assert f"The policy is {other}, instead of the one at the base." in simulate("--policy", other).lines


def test_a_policy_that_only_asks_is_green_and_says_why(simulate: Simulate, policy: Callable[[str], str]) -> None:
    said = simulate("--policy", policy("rollout: ask"))
    assert said.code == 0
    assert said.lines[1] == "Would be green · Waiting for growth"
    assert said.lines[3].startswith("This repository only asks (rollout: ask)")


def test_a_policy_that_waits_in_yellow_has_no_conclusion(simulate: Simulate, policy: Callable[[str], str]) -> None:
    said = simulate("--format", "json", "--policy", policy("waiting: in_progress"))
    assert (said.code, said.json["conclusion"]) == (1, None)


def test_a_broken_policy_at_the_base_does_not_matter_under_another(
    simulate: Simulate, shop: ShopRepository, policy: Callable[[str], str]
) -> None:
    shop.git("checkout", "--quiet", "main")
    shop.commit({".github/placet.yml": "version: 1\nrolout: gate\n"})
    assert simulate("--head", "drop").code == 2
    assert simulated(simulate, "--head", "drop", "--policy", policy("rollout: gate"))[1] == "pending"


def test_what_the_branch_does_to_its_own_policy_is_left_out_under_another(
    simulate: Simulate, shop: ShopRepository, policy: Callable[[str], str]
) -> None:
    shop.commit({".github/placet.yml": "version: 1\n"})
    crm, _ = simulate("--format", "json").json["teams"]
    assert len(crm["missing"]) == 2
    said = simulate("--format", "json", "--policy", policy(DECLARED))
    crm, _ = said.json["teams"]
    assert len(crm["missing"]) == 1


# What is wrong use


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--answer", "grwth=approve"), 'no team "grwth" is asked (did you mean "growth"?): asked are crm and growth'),
        (("--answer", "x=approve"), 'no team "x" is asked: asked are crm and growth'),
        (("--answer", "crm=aprove"), '"aprove" is no answer: did you mean "approve"?'),
        (("--answer", "crm=7"), '"7" is no answer: it is approve, block, needs-time, retract or waive'),
        (("--answer", "crm=force"), '"force" is no answer: it is approve, block, needs-time, retract or waive'),
        (("--answer", "crm"), '"crm" is no TEAM=ANSWER, such as growth=approve'),
        (("--answer", "crm=needs-time:soon"), '"soon" is no date (2026-12-15) and no length (10d, 2w)'),
        (("--answer", "crm=needs-time"), "it does not say until when"),
        (("--answer", "crm=needs-time:2026-11-20"), "2026-11-20 has passed: a team asks for time"),
        (("--answer", "crm=needs-time:9999-12-31"), "a team can ask for time until 2026-12-21 (the policy's max_wait)"),
        (("--at", "soon"), 'Invalid value for --at: "soon" is no date (2026-12-15) and no length (10d, 2w)'),
        (("--at", "2026-02-30"), '"2026-02-30" is no date'),
        (("--at", "2w x"), '"2w x" is no date'),
        (("--force", ":why"), "Invalid value for --force: it does not say who"),
        (("--head", "drop", "--worktree"), "--head and --worktree exclude each other"),
    ],
)
def test_wrong_use_is_one_line_that_says_what_is_right(
    simulate: Simulate, arguments: tuple[str, ...], told: str
) -> None:
    said = simulate(*arguments)
    assert (said.code, said.out) == (2, "")
    assert told in said.err
    assert said.err.count("\n") == 1


def test_where_nobody_is_asked_an_answer_is_wrong_use(simulate: Simulate) -> None:
    said = simulate("--head", "main", "--answer", "crm=approve")
    assert said.code == 2
    assert 'no team "crm" is asked: nobody is' in said.err


def test_a_broken_policy_file_is_told_with_its_line_and_a_hint(
    simulate: Simulate, policy: Callable[[str], str]
) -> None:
    other = policy("rolout: gate")
    said = simulate("--policy", other)
    assert (said.code, said.err) == (2, f'placet: {other}:2: there is no key "rolout" (did you mean "rollout"?)\n')


def test_a_policy_file_that_is_not_there_is_told(simulate: Simulate, tmp_path: Path) -> None:
    said = simulate("--policy", str(tmp_path / "none.yml"))
    assert said.code == 2
    assert f"{tmp_path / 'none.yml'}: cannot be read: No such file or directory" in said.err


def test_what_is_found_wrong_with_the_policy_only_later_is_told_of_the_file_that_was_given(
    simulate: Simulate, shop: ShopRepository, policy: Callable[[str], str]
) -> None:
    shop.commit({"second/dbt_project.yml": "name: second\n", "second/models/mart_crm.sql": "select 1 as one\n"})
    other = policy("consumers: [{team: crm, reads: mart_crm}]")
    said = simulate("--policy", other)
    assert said.code == 2
    assert said.err.startswith(f'placet: {other}:2: "mart_crm" could be any of ')


# How it is shown


def test_as_markdown_it_is_the_summary_of_the_check(simulate: Simulate) -> None:
    said = simulate("--format", "markdown", "--answer", "crm=block:why", "--answer", "growth=approve")
    assert said.code == 1
    assert said.lines[0] == "**crm blocks: `dim_customers.user_email` is dropped. 1 of 2 teams approved.**"
    assert "| crm | ⛔ blocks | a member of crm, 21 Nov |" in said.lines
    assert "**To turn this green**" in said.lines


def test_nothing_is_linked_that_is_on_no_forge(simulate: Simulate) -> None:
    said = simulate("--format", "markdown", "--answer", "crm=block:why", "--force", "dana-k")
    assert "](" not in said.out


def test_a_file_that_cannot_be_read_stops_it_whoever_agrees(simulate: Simulate, shop: ShopRepository) -> None:
    shop.commit({"models/sources.yml": "version: 2\nsources: [\n"})
    said = simulate("--answer", "growth=approve")
    assert said.code == 1
    assert said.lines[1] == "Would wait · Could not read models/sources.yml"
    assert any("Mend sources.yml" in line for line in said.lines)


def test_a_reason_cannot_do_anything_to_a_terminal(simulate: Simulate) -> None:
    said = simulate("--answer", "crm=block:evil\x1b[31m\x07 `name` <b>@someone</b>")
    assert "crm blocks: evil\ufffd[31m\ufffd name <b>@someone</b> (a member of crm, 21 Nov)" in said.lines


def test_the_same_simulation_says_the_same_twice(simulate: Simulate) -> None:
    options = ("--answer", "crm=needs-time:2w:the sync moves", "--at", "1w")
    assert simulate(*options) == simulate(*options)
