from __future__ import annotations

from collections.abc import Sequence

from fakes.verdicts import DROP, Story, change, key, reach, three_teams, unread
from placet.impact.analysis import Coverage, Reach
from placet.proposals.assess import AssessedChange
from placet.render.lineage import doubt_of, mermaid, nodes_reached, short, tree
from placet.vocabulary.words import How, ReaderState, ReadStatus


def _changes(reaches: Sequence[Reach], **story: object) -> tuple[AssessedChange, ...]:
    made = Story(changes=(DROP,), reaches=tuple(reaches), **story)  # type: ignore[arg-type]  # fields of a story
    return made.verdict().assessment.changes


def test_shared_ways_are_drawn_once() -> None:
    whole = "mart_360.email"

    lines = tree(_changes([reach(DROP, whole), reach(DROP, whole, "!sync"), reach(DROP, whole, "!api")]))

    assert lines == (
        "dim_customers.user_email  · is dropped",
        "└── mart_360.email  · no known owner · breaks",
        "    ├── api  · no known owner · declared reader",
        "    └── sync  · no known owner · declared reader",
    )


def test_every_state_has_its_words() -> None:
    changes = _changes(
        [
            reach(DROP, "a.x"),
            reach(DROP, "b", how=How.ROWS),
            reach(DROP, "b", "c", asked=False),
            reach(DROP, "d", state=ReaderState.ADAPTED),
            reach(DROP, "e", state=ReaderState.SAME),
            reach(DROP, use="crm", purpose="sync"),
        ],
        owners={key(name): "crm" for name in "abcde"},
    )

    assert tree(changes) == (
        "dim_customers.user_email  · is dropped",
        "├── a.x  · crm · breaks",
        "├── b  · crm · breaks: filters or joins on it",
        "│   └── c  · crm · shown only",
        "├── crm: sync  · declared use",
        "├── d  · crm · adapted here",
        "└── e  · same as before",
    )


def test_the_authors_own_team_is_said() -> None:
    owners = {key("dim_customers"): "core", key("a"): "core"}

    lines = tree(_changes([reach(DROP, "a.x")], owners=owners, author_teams=frozenset({"team:core"})))

    assert lines[1] == "└── a.x  · core · breaks, the author's own team"


def test_what_lies_beyond_the_hops_is_counted() -> None:
    way = ["a.x", "b.x", "c.x", "d.x"]
    changes = _changes([reach(DROP, *way[: end + 1]) for end in range(4)])

    assert tree(changes, hops=2)[-1] == "        └── … 2 more below"


def test_a_tree_that_is_too_long_says_how_much_is_missing() -> None:
    changes = _changes([reach(DROP, f"m{one:02}.x") for one in range(20)])

    lines = tree(changes, limit=10)

    assert len(lines) == 10
    assert lines[-1] == "… 12 more"


def test_changes_without_room_for_a_tree_are_counted() -> None:
    first, others = DROP, [change(f"dim.c{one}") for one in range(5)]
    story = Story(changes=(first, *others), reaches=tuple(reach(one, "m.x") for one in (first, *others)))

    lines = tree(story.verdict().assessment.changes, limit=5)

    assert lines[-1] == "… 4 more changes reach readers as well"


def test_changes_that_reach_nobody_have_no_tree() -> None:
    assert tree(Story(changes=(DROP,)).verdict().assessment.changes) == ()
    assert mermaid(Story(changes=(DROP,)).verdict().assessment.changes) == ()


def test_a_picture_has_so_many_nodes_and_hops_at_most() -> None:
    deep = [reach(DROP, *(f"d{step}.x" for step in range(end + 1))) for end in range(5)]
    wide = [reach(DROP, f"w{one:02}.x") for one in range(30)]

    lines = mermaid(_changes([*deep, *wide]))

    assert sum('["' in line for line in lines) == 15
    assert not any("d2.x" in line for line in lines)


def test_a_picture_uses_strokes_and_neither_breaks_nor_clicks() -> None:
    text = "\n".join(mermaid(three_teams().verdict().assessment.changes))

    assert "fill" not in text
    assert "<br" not in text
    assert "click" not in text


def test_a_label_cannot_end_its_quotes() -> None:
    odd = reach(DROP, 'a"];click n0 href "x.x')

    lines = mermaid(_changes([odd]))

    assert '  n1["a#34;#93;#59;click n0 href #34;x.x"]' in lines


def test_a_source_keeps_the_name_of_its_group() -> None:
    assert short("source.shop.raw.customers.id") == "raw.customers.id"
    assert short("schemas/a.json") == "schemas/a.json"


def test_a_reader_that_is_reached_twice_counts_once() -> None:
    changes = _changes([reach(DROP, "a.x"), reach(DROP, "a.y"), reach(DROP, use="crm")])

    assert nodes_reached(changes) == 2


def test_what_lies_below_a_model_that_was_not_read_completely_may_break() -> None:
    coverage = Coverage(
        assets=5,
        partial=(unread("mart_mix", "a pivot", status=ReadStatus.PARTIAL),),
        unreadable=(unread("mart_odd", "a macro"),),
    )
    story = Story(
        changes=(DROP,),
        reaches=(
            reach(DROP, "mart_sure.x"),
            reach(DROP, "mart_mix.x"),
            reach(DROP, "mart_mix.x", "mart_below.y"),
            reach(DROP, "mart_odd"),
            reach(DROP, "mart_odd", "mart_far", how=How.ROWS),
        ),
    )
    lines = tree(story.verdict().assessment.changes, doubt=doubt_of(coverage))
    assert [line.partition("  · ")[0][4:] + ": " + line.rpartition(" · ")[2] for line in lines[1:]] == [
        "mart_mix.x: breaks",
        "└── mart_below.y: may break",
        "mart_odd: may break",
        "└── mart_far: may break: filters or joins on it",
        "mart_sure.x: breaks",
    ]


def test_the_semantic_layer_keeps_its_sort_beside_its_names() -> None:
    assert short("semantic_model.shop.customers.lifetime_spend") == "semantic model customers.lifetime_spend"
    assert short("semantic_model.shop.customers") == "semantic model customers"
    assert short("metric.shop.revenue.REVENUE") == "metric revenue"
    assert short("saved_query.shop.weekly.revenue") == "saved query weekly.revenue"
    assert short("model.shop.metric.x") == "metric.x"
