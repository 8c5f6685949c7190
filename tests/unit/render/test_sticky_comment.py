from __future__ import annotations

import re
from dataclasses import replace

import pytest

from fakes.rendered import problems, rendered
from fakes.verdict_cases import CASES
from fakes.verdicts import ADDED, DROP, Story, act, change, key, reach, scene, three_teams, unreadable_file
from placet.commands.catalogue import CATALOGUE
from placet.policy.model import Policy, Waiting
from placet.proposals.decide import Subject
from placet.proposals.model import TeamKind, Verb
from placet.render.check import check_text
from placet.render.comment import sticky


def _many(number: int, approved: int) -> Story:
    teams = [f"team{one:02}" for one in range(number)]
    return Story(
        changes=(DROP,),
        reaches=tuple(reach(DROP, f"mart_{one}.x") for one in teams),
        owners={key(f"mart_{one}"): one for one in teams},
        acts=tuple(act(Verb.APPROVE, f"p-{one}", [DROP], of=one) for one in teams[:approved]),
    )


@pytest.mark.parametrize("name", CASES)
def test_every_text_of_ours_reads_well(name: str) -> None:
    case = CASES[name]
    check = check_text(case.verdict, case.scene)

    comment = sticky(case.verdict, case.scene)
    assert problems(check.summary) + problems(check.text) + problems(comment) == []


@pytest.mark.parametrize("name", CASES)
def test_no_text_suggests_a_command_that_does_not_exist(name: str) -> None:
    case = CASES[name]
    check = check_text(case.verdict, case.scene)

    verbs = {
        verb
        for text in (check.summary, check.text, sticky(case.verdict, case.scene))
        for verb in re.findall(r"/placet ([\w-]+)", text)
    }
    assert verbs <= {entry.name.value for entry in CATALOGUE}


def test_past_twelve_teams_the_approved_share_one_row() -> None:
    text = sticky(_many(14, approved=3).verdict(), scene())

    assert rendered(text).widths[0] == (3,) * 13
    assert "| 3 teams | ✅ approved | team00, team01 and team02 |" in text


def test_a_single_approved_team_keeps_its_row() -> None:
    text = sticky(_many(14, approved=1).verdict(), scene())

    assert "✅ approved · [p-team00](https://github.com/p-team00), 20 Nov" in text
    assert rendered(text).widths[0] == (3,) * 15


def test_teams_stay_in_sight_while_a_file_cannot_be_read() -> None:
    story = three_teams()
    broken = unreadable_file("models/a.yml", "no YAML")

    text = sticky(replace(story, changes=(broken, *story.changes)).verdict(), scene())

    assert text.split("\n")[1] == "### ❔ Could not read 1 changed file"
    assert "| **[crm](https://github.com/orgs/acme/teams/crm)** |" in text


def test_a_check_in_progress_has_no_button() -> None:
    waiting = three_teams(policy=Policy(waiting=Waiting.IN_PROGRESS)).verdict()

    assert waiting.conclusion is None
    assert check_text(waiting, scene()).buttons == ()


def test_twelve_teams_have_a_row_each() -> None:
    assert rendered(sticky(_many(12, approved=3).verdict(), scene())).widths[0] == (3,) * 13


def test_rows_stand_in_the_order_blocked_not_answered_needs_time_approved() -> None:
    acts = (
        act(Verb.APPROVE, "a", [DROP], of="crm"),
        act(Verb.BLOCK, "b", [DROP], of="marketing"),
    )
    text = sticky(three_teams(acts=acts).verdict(), scene())

    assert re.findall(r"\[(\w+)\]\(https://github.com/orgs", text) == ["marketing", "growth", "crm"]


def test_a_team_that_is_a_list_of_people_has_no_link_and_is_named_by_them_in_the_check() -> None:
    listed = replace(three_teams().verdict().rows[0].team, kind=TeamKind.LIST, slug="", members=("li-wei", "sam-o"))
    verdict = three_teams(teams={"crm": listed}).verdict()

    assert "**crm**" in sticky(verdict, scene())
    assert "asked 18 Nov: `li-wei` and `sam-o`" in check_text(verdict, scene()).summary


def test_without_a_proposals_page_the_links_lead_to_the_checks() -> None:
    text = sticky(CASES["pending"].verdict, scene(proposal_url=""))

    assert "Open proposal" not in text
    assert "[which?](https://github.com/acme/shop/pull/12/checks)" in text


def test_a_comment_without_an_issued_proposal_still_has_its_marker_first() -> None:
    text = sticky(CASES["pending"].verdict, scene(proposal_id=None))

    assert text.startswith("<!-- placet:proposal=none -->\n### ")


def test_the_same_verdict_gives_the_same_text() -> None:
    assert sticky(three_teams().verdict(), scene()) == sticky(three_teams().verdict(), scene())


def test_only_a_check_that_waits_has_a_button() -> None:
    assert [one.label for one in check_text(CASES["pending"].verdict, scene()).buttons] == [
        "Approve",
        "Remind teams",
        "Re-check",
    ]
    assert [one.label for one in check_text(CASES["expired"].verdict, scene()).buttons] == ["Re-check"]
    assert [name for name, case in CASES.items() if check_text(case.verdict, case.scene).buttons] == [
        "pending",
        "needs_time",
        "rejected",
        "new_push",
        "adapted",
        "declared_use",
        "waived",
        "deadline_passed",
        "time_is_up",
        "expired",
        "only_asking",
        "withdrawn",
        "merged_around",
    ]


def test_a_button_is_within_githubs_limits() -> None:
    buttons = check_text(CASES["pending"].verdict, scene()).buttons

    assert max(len(one.label) for one in buttons) <= 20
    assert max(len(one.description) for one in buttons) <= 40
    assert max(len(one.identifier) for one in buttons) <= 20
    assert re.fullmatch(r"approve:[0-9a-f]{12}", buttons[0].identifier)


def test_once_merged_all_that_was_asked_about_is_named_and_the_rest_counted() -> None:
    others = [change(f"dim_customers.{name}", message=f"column {name} removed") for name in ("phone", "email")]
    retyped = change("dim_orders.id", "type_narrowed", before={"type": "bigint"}, after={"type": "int"})
    story = Story(changes=(DROP, ADDED, *others, retyped), subject=Subject(is_open=False, is_merged=True))
    text = sticky(story.verdict(), scene(closing="merged"))
    assert (
        "This drops `dim_customers.email`, `dim_customers.phone` and `dim_customers.user_email` and narrows the type "
        "of `dim_orders.id` (and 1 more change)."
    ) in text
