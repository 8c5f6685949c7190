from __future__ import annotations

from dataclasses import replace

import pytest

from placet.cli.demo.sight import Check, Edit, News, Reaction, Said, Sight, news_between

CHECK = Check("4be01cd", "completed", "action_required", "Waiting for 1 of 1 team: crm", "one")
STICKY = Said(1, "placet[bot]", "Waiting")
ASKED = Said(2, "sam-o", "/placet approve", (("placet[bot]", "eyes"),))
BEFORE = Sight(CHECK, (STICKY, ASKED), ("crm",))

GREEN = replace(CHECK, conclusion="success", title="All agreed")
ANSWERED = replace(ASKED, reactions=(("placet[bot]", "eyes"), ("placet[bot]", "+1")))
REPLY = Said(3, "placet[bot]", "Not recorded", (("eve", "confused"),))
MERGED = replace(STICKY, body="Merged")

CASES: dict[str, tuple[Sight, News]] = {
    "nothing": (BEFORE, News()),
    "another title": (replace(BEFORE, check=GREEN), News(check=GREEN)),
    "the same title on another commit": (
        replace(BEFORE, check=replace(CHECK, head_sha="9f3c1ab")),
        News(check=replace(CHECK, head_sha="9f3c1ab")),
    ),
    "another summary alone": (replace(BEFORE, check=replace(CHECK, summary="two")), News(is_rewritten=True)),
    "a reaction beside an older one": (
        replace(BEFORE, comments=(STICKY, ANSWERED)),
        News(reactions=(Reaction("placet[bot]", "+1", ANSWERED),)),
    ),
    "a comment with a reaction to it": (
        replace(BEFORE, comments=(STICKY, ASKED, REPLY)),
        News(reactions=(Reaction("eve", "confused", REPLY),), written=(REPLY,)),
    ),
    "a comment that reads otherwise": (
        replace(BEFORE, comments=(MERGED, ASKED)),
        News(edited=(Edit(STICKY, MERGED),)),
    ),
    "a comment that is gone": (replace(BEFORE, comments=(ASKED,)), News(deleted=(STICKY,))),
    "another team is asked": (replace(BEFORE, asked=("growth",)), News(asked=("growth",), left=("crm",))),
    "it is merged": (replace(BEFORE, state="merged"), News(state="merged")),
}


@pytest.mark.parametrize("case", CASES)
def test_only_what_is_different_is_news(case: str) -> None:
    after, news = CASES[case]
    assert news_between(BEFORE, after) == news


def test_the_first_check_is_news_and_its_going_is_none() -> None:
    without = replace(BEFORE, check=None)
    assert news_between(without, BEFORE) == News(check=CHECK)
    assert news_between(BEFORE, without) == News()
