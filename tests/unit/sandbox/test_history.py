"""Where histories part and how they merge."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.sandbox.git import EMPTY_TREE, Content, ObjectStore, Person
from placet.sandbox.history import (
    Conflict,
    ancestors,
    changed_lines,
    commits_between,
    compared,
    is_ancestor,
    merge_base,
    merge_lines,
    merge_trees,
    replay,
)

AT = datetime(2026, 3, 2, tzinfo=UTC)


def commit(store: ObjectStore, *parents: str, files: dict[str, Content] | None = None, minute: int = 0) -> str:
    before = store.commit(parents[0]).tree if parents else EMPTY_TREE
    tree = store.write_files(before, files or {f"{len(store)}": "x"})
    person = Person("a", "a@b", AT + timedelta(minutes=minute))
    return store.write_commit(tree, parents, f"commit {len(store)}", person)


@st.composite
def histories(draw: st.DrawFn) -> tuple[ObjectStore, list[str]]:
    """A history of up to a dozen commits with up to three parents each, and with clocks that go wrong."""
    store = ObjectStore()
    shas: list[str] = []
    for place in range(draw(st.integers(1, 12))):
        most = min(3, place)
        chosen = draw(st.lists(st.integers(0, place - 1), min_size=0, max_size=most, unique=True)) if place else []
        shas.append(commit(store, *(shas[one] for one in chosen), minute=draw(st.integers(-3, 3))))
    return store, shas


def reachable(store: ObjectStore, sha: str) -> set[str]:
    return {sha}.union(*(reachable(store, parent) for parent in store.commit(sha).parents))


@settings(deadline=None)  # the machine may be busy
@given(histories(), st.data())
def test_the_merge_base_is_a_common_ancestor_above_which_there_is_none(
    history: tuple[ObjectStore, list[str]], data: st.DataObject
) -> None:
    store, shas = history
    ours, theirs = data.draw(st.sampled_from(shas)), data.draw(st.sampled_from(shas))
    common = reachable(store, ours) & reachable(store, theirs)
    best = {one for one in common if not any(one != other and one in reachable(store, other) for other in common)}
    found = merge_base(store, ours, theirs)
    assert found in best if best else found is None


@settings(deadline=None)  # the machine may be busy
@given(histories(), st.data())
def test_what_one_side_adds_is_what_only_it_reaches(
    history: tuple[ObjectStore, list[str]], data: st.DataObject
) -> None:
    store, shas = history
    base, head = data.draw(st.sampled_from(shas)), data.draw(st.sampled_from(shas))
    found = commits_between(store, base, head)
    assert set(found) == reachable(store, head) - reachable(store, base)
    for place, sha in enumerate(found):
        assert all(parent in found[:place] for parent in store.commit(sha).parents if parent in found)
    assert is_ancestor(store, base, head) == (base in reachable(store, head))
    assert set(ancestors(store, head)) == reachable(store, head)


def test_a_comparison_is_made_once() -> None:
    store = ObjectStore()
    base = commit(store)
    head = commit(store, base, files={"a": "1"})
    assert compared(store, base, head) is compared(store, base, head)
    assert [change.path for change in compared(store, base, head).changes] == ["a"]


def tree(store: ObjectStore, **files: str | None) -> str:
    return store.write_files(EMPTY_TREE, {name.replace("__", "/"): text for name, text in files.items()})


def test_changes_to_different_files_merge() -> None:
    store = ObjectStore()
    base = tree(store, a="1", b="1", gone="1", d__x="1")
    merged = merge_trees(
        store, base, tree(store, a="2", b="1", gone="1", d__x="1"), tree(store, a="1", b="1", d__y="1")
    )
    assert merged.conflicts == ()
    assert merged.tree == tree(store, a="2", b="1", d__y="1")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({"a": "2"}, {"a": "3"}),
        ({"a": "2"}, {}),
        ({}, {"a": "2"}),
        ({"a": "1", "n": "1"}, {"a": "1", "n": "2"}),
        ({"a__x": "1"}, {"a": "2"}),
    ],
)
def test_changes_that_cannot_both_stand_are_conflicts(ours: dict[str, str], theirs: dict[str, str]) -> None:
    store = ObjectStore()
    assert merge_trees(store, tree(store, a="1"), tree(store, **ours), tree(store, **theirs)).conflicts


LINES = b"".join(b"line %d\n" % number for number in range(10))


def test_changes_to_different_lines_of_a_file_merge() -> None:
    ours, theirs = LINES.replace(b"line 2", b"ours"), LINES.replace(b"line 7\n", b"").replace(b"9", b"theirs")
    assert merge_lines(LINES, ours, theirs) == theirs.replace(b"line 2", b"ours")


def test_the_same_change_on_both_sides_is_made_once() -> None:
    both = LINES.replace(b"line 2", b"both")
    assert merge_lines(LINES, both, both) == both


def test_changes_to_the_same_lines_do_not_merge() -> None:
    assert merge_lines(LINES, LINES.replace(b"line 2", b"ours"), LINES.replace(b"line 2", b"theirs")) is None


def test_what_is_not_text_does_not_merge() -> None:
    assert merge_lines(b"\0a", b"\0b", b"\0a\n") is None


text = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n"]), max_size=6).map(b"".join)


@settings(deadline=None)  # the machine may be busy
@given(text, text)
def test_a_side_that_changed_nothing_yields_to_the_other(base: bytes, changed: bytes) -> None:
    assert merge_lines(base, base, changed) == merge_lines(base, changed, base) == changed


@settings(deadline=None)  # the machine may be busy
@given(text, text, text)
def test_merging_does_not_depend_on_whose_side_is_whose(base: bytes, ours: bytes, theirs: bytes) -> None:
    assert merge_lines(base, ours, theirs) == merge_lines(base, theirs, ours)


@settings(deadline=None)  # the machine may be busy
@given(text, text)
def test_counted_lines_explain_the_difference_in_length(before: bytes, after: bytes) -> None:
    added, removed = changed_lines(before, after)
    assert added - removed == after.count(b"\n") - before.count(b"\n")


def test_a_rebase_makes_each_change_again_and_leaves_out_what_is_there_already() -> None:
    store = ObjectStore()
    start = commit(store, files={"a": "1\n", "b": "1\n"})
    first = commit(store, start, files={"a": "2\n"})
    second = commit(store, first, files={"c": "1\n"})
    onto = commit(store, start, files={"a": "2\n", "b": "2\n"})
    tip = replay(store, [first, second], onto, Person("r", "r@b", AT))
    assert store.commit(tip).parents == (onto,)
    assert store.commit(tip).tree == tree(store, a="2\n", b="2\n", c="1\n")


def test_a_rebase_onto_other_changes_to_the_same_lines_is_a_conflict() -> None:
    store = ObjectStore()
    start = commit(store, files={"a": "1\n"})
    head, onto = commit(store, start, files={"a": "2\n"}), commit(store, start, files={"a": "3\n"})
    with pytest.raises(Conflict, match="both sides changed a"):
        replay(store, [head], onto, Person("r", "r@b", AT))
