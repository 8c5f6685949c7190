from __future__ import annotations

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from placet.cli.terminal import STYLES, Page, Row, joined, progress, shown, table, tree, trees
from placet.render.headline import CATEGORY_WORDS
from placet.render.lineage import Node
from placet.vocabulary.words import Category


def rendered(*parts: object, width: int = 200) -> list[str]:
    console = Console(width=width, no_color=True, highlight=False, markup=False)
    with console.capture() as captured:
        for part in parts:
            console.print(part)
    return [line.rstrip() for line in captured.get().splitlines()]


def rows(*lines: tuple[str, ...]) -> list[Row]:
    return [Row(tuple(Text(cell) for cell in line)) for line in lines]


def test_cells_stand_below_one_another() -> None:
    assert rendered(*table(("a", "b"), rows(("one", "1"), ("three", "3")), 80)) == ["a      b", "one    1", "three  3"]


def test_wide_characters_count_for_two() -> None:
    lines = rendered(*table((), rows(("顧客", "x"), ("ab", "y")), 80))
    assert [cell_len(line) for line in lines] == [7, 7]


def test_cells_that_do_not_fit_go_below_from_the_last_on() -> None:
    wide = rows(("name", "kind", "a place", "a reason"))
    assert rendered(*table((), wide, 21)) == ["name  kind  a place", "    a reason"]
    assert rendered(*table((), wide, 12)) == ["name  kind", "    a place", "    a reason"]


def test_a_table_says_what_stands_around_a_row() -> None:
    row = Row((Text("one"), Text("1")), below=(Text("why"),), above=(Text("group"),))
    assert rendered(*table((), [row], 80)) == ["group", "one  1", "    why"]


@pytest.mark.parametrize("character", ["\x1b", "\x07", "\r", "\n", "\u009b", "\u202e", "\u2066", "\u200b", "\ud800"])
def test_what_a_terminal_would_obey_is_not_shown(character: str) -> None:
    assert character not in shown(f"a{character}b").plain


def test_what_looks_like_markup_stays_text() -> None:
    assert rendered(shown("[bold]x[/bold] :warning:")) == ["[bold]x[/bold] :warning:"]


def test_empty_parts_leave_no_gap() -> None:
    assert joined("a", Text(""), "", "b").plain == "a b"


def test_a_tree_has_its_children_in_order_and_says_what_it_leaves_out() -> None:
    root = Node("root", children={str(number): Node(f"child_{number:04}") for number in reversed(range(1_000))})
    lines = rendered(*trees([root], lambda _: Text("")))
    assert len(lines) == 41
    assert lines[1] == "├── child_0000"
    assert lines[-1] == "… 961 more: --all shows them"


def test_all_of_a_tree_is_shown_on_request() -> None:
    root = Node("root", children={str(number): Node(f"child_{number:04}") for number in range(1_000)})
    lines = rendered(*trees([root, Node("other")], lambda _: Text(""), None))
    assert len(lines) == 1_003
    assert "more" not in "".join(lines)


def test_several_trees_share_the_lines() -> None:
    roots = [Node(f"root_{one}", children={str(n): Node(f"child_{n:02}") for n in range(30)}) for one in range(5)]
    lines = rendered(*trees(roots, lambda _: Text("")))
    assert len(lines) <= 44
    assert lines[-1] == f"… {5 * 31 - sum('_' in line for line in lines):,} more: --all shows them"


def test_every_category_has_a_colour_and_a_word() -> None:
    assert set(STYLES) == set(CATEGORY_WORDS) == set(Category)


def test_a_deep_tree_is_no_problem() -> None:
    root = Node("root")
    node = root
    for number in range(300):
        node.children["x"] = Node(f"n{number}")
        node = node.children["x"]
    drawn, missing = tree(root, lambda _: Text(""))
    assert missing == 0
    assert rendered(drawn, width=5_000)


def test_a_page_goes_to_stdout_without_spaces_at_the_ends_of_lines(capsys: pytest.CaptureFixture[str]) -> None:
    page = Page()
    page.heading("What changes")
    page.add(Text("a  "))
    page.show()
    assert capsys.readouterr().out == "\nWhat changes\na\n"


def test_where_nobody_looks_there_is_no_progress(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("Reading") as tell:
        assert tell is None
    assert capsys.readouterr().err == ""
