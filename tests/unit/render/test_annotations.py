from __future__ import annotations

from dataclasses import replace

from fakes.verdicts import ADDED, DROP, Story, act, change, key, reach, three_teams
from placet.errors import BadFile
from placet.proposals.decide import broken_policy
from placet.proposals.model import Ledger, Verb
from placet.render.annotations import facts_at_lines
from placet.vocabulary.files import Location
from placet.vocabulary.words import Side


def test_a_removed_line_is_annotated_at_its_model() -> None:
    (one,) = facts_at_lines(three_teams().verdict())

    assert (one.path, one.line, one.level) == ("models/marts/dim_customers.sql", 1, "failure")


def test_a_line_at_the_head_is_annotated_where_it_stands() -> None:
    typed = change("dim.id", "type_changed", side=Side.HEAD, line=9, message="column id: int becomes varchar")

    (one,) = facts_at_lines(Story(changes=(typed, ADDED)).verdict())

    assert (one.path, one.line) == ("models/marts/dim.yml", 9)
    assert one.title == "dim.id: column id: int becomes varchar"


def test_a_removed_model_has_no_place_at_the_head() -> None:
    assert facts_at_lines(Story(changes=(change("dim", "asset_removed"),)).verdict()) == ()


def test_answers_never_change_an_annotation() -> None:
    asked = facts_at_lines(three_teams(acts=()).verdict())

    assert facts_at_lines(three_teams(acts=(act(Verb.BLOCK, "p", [DROP], of="crm"),)).verdict()) == asked
    assert facts_at_lines(three_teams(acts=(act(Verb.APPROVE, "p", [DROP], of="crm"),)).verdict()) == asked


def test_the_worst_come_first_and_fifty_are_enough() -> None:
    breaking = [change(f"z.c{one:02}", "type_changed", side=Side.HEAD) for one in range(45)]
    unsure = [change(f"a.c{one:02}", "type_widened", side=Side.HEAD) for one in range(20)]

    found = facts_at_lines(Story(changes=(*unsure, *breaking)).verdict())

    assert len(found) == 50
    assert [one.level for one in found] == ["failure"] * 45 + ["warning"] * 5


def test_what_only_follows_from_another_change_is_not_annotated() -> None:
    effect = change("mart.x", "type_changed", side=Side.HEAD, caused_by=(DROP.fingerprint,))

    assert facts_at_lines(Story(changes=(effect,)).verdict()) == ()


def test_a_path_that_is_no_text_is_left_out() -> None:
    odd = replace(change("dim.id", "type_changed", side=Side.HEAD), location=Location("a\udcff.yml", 1))

    assert facts_at_lines(Story(changes=(odd,)).verdict()) == ()


def test_a_policy_error_is_annotated_in_this_repositorys_own_file_only() -> None:
    own = BadFile("no such key", path=".github/placet.yml", line=3, hint="remove it")
    organisations = BadFile("no such key", path="placet.yml", line=3)

    (one,) = facts_at_lines(broken_policy(own, Ledger()))

    assert (one.path, one.line, one.title, one.message) == (".github/placet.yml", 3, "no such key", "remove it")
    assert facts_at_lines(broken_policy(organisations, Ledger())) == ()


def test_the_readers_are_named_but_never_all() -> None:
    story = Story(changes=(DROP,), reaches=tuple(reach(DROP, f"m{one}.x") for one in range(9)), owners={key("m0"): "a"})

    (one,) = facts_at_lines(story.verdict())

    assert one.message.endswith("Read by m0.x, m1.x, m2.x, m3.x, m4.x and 4 more.")
