from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from fakes.verdicts import DROP, Story, act, change, key, reach, scene, three_teams, unreadable_file
from placet.errors import BadFile
from placet.policy.model import Policy, Rollout
from placet.proposals.decide import broken_policy
from placet.proposals.model import Ledger, Verb
from placet.proposals.verdict import CheckState
from placet.render.titles import title
from placet.vocabulary.words import Category, Gate, Side


def _waiting_for(*names: str) -> Story:
    readers = [f"mart_{at}" for at in range(len(names))]
    return Story(
        changes=(DROP,),
        reaches=tuple(reach(DROP, f"{one}.x") for one in readers),
        owners={key(reader): name for reader, name in zip(readers, names, strict=True)},
    )


def test_names_that_do_not_fit_are_counted() -> None:
    story = _waiting_for(*(f"team{one}" for one in range(30)))

    assert title(story.verdict(), scene()) == "Waiting for 30 of 30 teams: team0, team1, team10 and 27 more"


def test_a_single_team_is_named_without_a_count() -> None:
    assert title(_waiting_for("crm").verdict(), scene()) == "Waiting for crm"


def test_two_teams_that_need_time_share_the_later_date() -> None:
    acts = (
        act(Verb.NEEDS_TIME, "a", [DROP], of="crm", until=date(2026, 11, 28)),
        act(Verb.NEEDS_TIME, "b", [DROP], of="growth", until=date(2026, 12, 2)),
    )

    shown = title(replace(_waiting_for("crm", "growth"), acts=acts).verdict(), scene())

    assert shown == "crm and growth need time until 2 Dec (2 of 2 open)"


def test_a_block_names_the_change_that_the_team_is_asked_about() -> None:
    other = change("aaa.first", before={"type": "int"})
    story = three_teams(acts=(act(Verb.BLOCK, "p", [DROP], of="marketing"),))
    story = replace(story, changes=(other, *story.changes), reaches=(*story.reaches, reach(other, "mart_churn.y")))

    assert title(story.verdict(), scene()) == "Blocked by marketing: drop of dim_customers.user_email"


def test_two_teams_that_agreed_are_both() -> None:
    acts = (act(Verb.APPROVE, "a", [DROP], of="crm"), act(Verb.APPROVE, "b", [DROP], of="growth"))

    assert title(replace(_waiting_for("crm", "growth"), acts=acts).verdict(), scene()) == "Both teams agreed"


def test_breaking_changes_that_only_tell_are_counted_as_such() -> None:
    told = change(category=Category.BREAKING, gate=Gate.TELL)
    added = [change(f"a.c{one}", "column_added", side=Side.HEAD) for one in range(2)]

    assert title(Story(changes=(told, *added)).verdict(), scene()) == "Nothing to ask: 2 safe changes, 1 breaking"


def test_large_numbers_of_every_category_still_fit() -> None:
    kinds = ("column_added", "type_undeclared", "column_removed", "guarantee_described")
    changes = [change(f"a.{kind}{one}", kind, gate=Gate.TELL) for kind in kinds for one in range(1000)]

    shown = title(Story(changes=tuple(changes)).verdict(), scene())

    assert shown == "Nothing to ask: 1,000 safe changes, 1,000 to look at, 1,000…"


def test_several_unreadable_files_are_counted() -> None:
    files = tuple(unreadable_file(f"models/{one}.yml", "no YAML") for one in "ab")

    assert title(Story(changes=files).verdict(), scene()) == "Could not read 2 changed files"


def test_watching_says_what_would_stop_it() -> None:
    story = Story(changes=(unreadable_file("a.yml", "no YAML"),), policy=Policy(rollout=Rollout.OBSERVE))

    assert title(story.verdict(), scene()) == "Would stop: Could not read a.yml"


@pytest.mark.parametrize("message", ["x" * 200, "é\n\u202e" * 40])
def test_a_long_policy_error_keeps_file_and_line(message: str) -> None:
    verdict = broken_policy(BadFile(message, path=".github/placet.yml", line=12), Ledger())

    assert title(verdict, scene()).startswith("placet.yml line 12: ")
    assert len(title(verdict, scene())) == 60


@pytest.mark.parametrize("state", CheckState)
def test_every_state_has_a_title_that_fits(state: CheckState) -> None:
    long = change(f"dim_{'x' * 80}.{'y' * 80}")
    readers = tuple(reach(long, f"mart_{one}{'z' * 90}.x") for one in range(3))
    owners = {one.asset: f"team {one.asset}" for one in readers}
    block = act(Verb.BLOCK, "p" * 39, [long], of=f"team {readers[0].asset}")
    story = Story(changes=(long,), reaches=readers, owners=owners)
    blocked = replace(story.verdict(), rows=replace(story, acts=(block,)).verdict().rows)
    settled = replace(story, reaches=()).verdict()
    verdict = settled if state is CheckState.NOBODY_TO_ASK else blocked

    shown = title(replace(verdict, state=state), scene(base_ref="b" * 90))

    assert 10 < len(shown) <= 60
