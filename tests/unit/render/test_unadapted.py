from __future__ import annotations

from dataclasses import replace

from fakes.verdicts import ADDED, DROP, Story, change, key, reach, three_teams, unread
from placet.impact.analysis import Coverage
from placet.render.unadapted import build_failure
from placet.vocabulary.words import How, ReaderState, ReadStatus, Side


def told(story: Story) -> str:
    verdict = story.verdict()
    return build_failure(verdict.assessment, verdict.analysis, str)


def test_one_reader_that_still_names_it() -> None:
    found = told(Story(changes=(DROP, ADDED), reaches=(reach(DROP, "mart_orders", how=How.ROWS),)))
    assert found == "mart_orders of this project still reads it: change it here, or the build fails"


def test_many_readers_are_counted_each_once() -> None:
    found = told(three_teams())
    assert found == "mart_churn and 2 others of this project still read it: change them here, or the build fails"


def test_what_is_adapted_the_same_declared_or_further_away_is_built() -> None:
    story = Story(
        changes=(DROP,),
        reaches=(
            reach(DROP, "mart_a.x", state=ReaderState.ADAPTED),
            reach(DROP, "mart_b.x", state=ReaderState.SAME),
            reach(DROP, "!dash"),
            reach(DROP, use="crm"),
            reach(DROP, "mart_a.x", "mart_c.y"),
            reach(DROP, "mart_d", how=How.ROWS, asked=False),
        ),
    )
    assert told(story) == ""


def test_a_change_that_removes_nothing_fails_no_build() -> None:
    narrowed = change(kind="type_narrowed", before={"type": "bigint"}, after={"type": "int"})
    assert told(Story(changes=(narrowed,), reaches=(reach(narrowed, "mart_churn.x"),))) == ""


def test_a_reader_in_another_project_is_not_built_here() -> None:
    near = Story(changes=(DROP,), reaches=(reach(DROP, "mart_churn.x"),)).verdict()
    (drop,) = near.assessment.changes
    reader = replace(drop.reaches[0], reach=replace(drop.reaches[0].reach, asset=f"other{key('mart_churn')}"))
    far = replace(near.assessment, changes=(replace(drop, reaches=(reader,)),))
    assert build_failure(near.assessment, near.analysis, str)
    assert build_failure(far, near.analysis, str) == ""


def test_a_star_gives_less_without_failing() -> None:
    gone = change("mart_all.user_email", caused_by=(DROP.fingerprint,), side=Side.BASE)
    story = Story(
        changes=(DROP, gone), reaches=(reach(DROP, "mart_all.user_email"), reach(DROP, "mart_churn.email_domain"))
    )
    assert told(story).startswith("mart_churn of this project still reads it")


def test_a_reader_of_which_nobody_can_tell_is_not_accused() -> None:
    unclear = Coverage(assets=2, unreadable=(unread("mart_churn", "a macro", status=ReadStatus.UNREADABLE),))
    assert told(Story(changes=(DROP,), reaches=(reach(DROP, "mart_churn"),), coverage=unclear)) == ""
