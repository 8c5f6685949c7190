"""Properties of the diff and the walk, over projects of which everything is known beforehand."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fakes.made_up_projects import Project, broken_by, columns_of, made_from, projects, without, written
from fakes.repositories import tree
from placet.impact.analysis import Analysis, AnalysisRequest
from placet.impact.engine import analyse
from placet.lineage.graph import graph_of
from placet.lineage.origins import origins_of
from placet.policy.model import Policy, Strictness
from placet.readers.dbt import read_projects
from placet.vocabulary.words import How, ReadStatus

STYLES = st.integers(0, 10_000)
STRICT = Policy(logic=Strictness.GATE)


def judged(before: dict[str, str], after: dict[str, str], policy: Policy = STRICT) -> Analysis:
    base = tree(before)
    return analyse(AnalysisRequest(base, tree(after), base, policy))


@settings(max_examples=60, deadline=None)
@given(projects(), STYLES, STYLES)
def test_writing_the_same_in_another_way_is_no_change(project: Project, one: int, other: int) -> None:
    assert judged(written(project, one), written(project, other)).changes == ()


@settings(max_examples=100, deadline=None)
@given(st.data(), projects(), STYLES)
def test_a_column_that_goes_is_never_missed_nor_anybody_who_reads_it(
    data: st.DataObject, project: Project, style: int
) -> None:
    number = data.draw(st.integers(0, len(project) - 1))
    columns = project[number].columns
    assume(len(columns) > 1 or project[number].has_star)
    name = data.draw(st.sampled_from([column.name for column in columns]))

    found = judged(written(project, style), written(without(project, number, name), style))

    (change,) = [change for change in found.changes if not change.caused_by and change.kind == "column_removed"]
    assert (change.asset, change.column) == (f":model.shop.m{number}", name)
    reached = {reach.asset for reach in found.reaches if reach.change == change.fingerprint and reach.asked}
    assert reached == {f":model.shop.m{reader}" for reader in broken_by(project, number, name)}


@settings(max_examples=60, deadline=None)
@given(st.data(), projects(), STYLES, STYLES)
def test_what_comes_and_goes_again_is_seen_both_times_and_leaves_nothing(
    data: st.DataObject, project: Project, one: int, other: int
) -> None:
    number = data.draw(st.integers(0, len(project) - 1))
    columns = project[number].columns
    assume(len(columns) > 1)
    name = data.draw(st.sampled_from([column.name for column in columns]))
    assume(not broken_by(project, number, name))
    full, less = written(project, one), written(without(project, number, name), one)

    gone, back = judged(full, less), judged(less, full)

    kinds = {"column_removed": "column_added", "column_added": "column_removed"}
    assert {(kinds[change.kind], change.path) for change in gone.changes} == {
        (change.kind, change.path) for change in back.changes
    }
    assert judged(full, written(project, other)).changes == ()


@settings(max_examples=30, deadline=None)
@given(projects(), STYLES)
def test_every_column_of_every_model_is_known(project: Project, style: int) -> None:
    contracts = read_projects(tree(written(project, style)))
    for number in range(len(project)):
        asset = contracts.by_key[f":model.shop.m{number}"]
        assert asset.status is ReadStatus.RESOLVED
        assert [column.name for column in asset.columns] == list(dict.fromkeys(columns_of(project, number)))


@settings(max_examples=30, deadline=None)
@given(projects(), STYLES)
def test_where_every_column_comes_from_is_known(project: Project, style: int) -> None:
    graph = graph_of(read_projects(tree(written(project, style))))
    keys = {f":model.shop.m{number}": number for number in range(len(project))} | {":source.shop.raw.t": -1}
    for number in range(len(project)):
        for name in columns_of(project, number):
            origins = origins_of(graph, f":model.shop.m{number}", name)
            found = {(keys[one.ref.asset], one.ref.column) for one in origins if one.how is How.VALUE}
            assert found == made_from(project, number, name)
