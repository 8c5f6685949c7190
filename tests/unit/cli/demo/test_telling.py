from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from placet.cli.demo.paper import Paper
from placet.cli.demo.sight import Check
from placet.cli.demo.telling import Telling, first_line

SUMMARY = """**`a.b` is dropped.**

**Migration**, from the description:

> Read it elsewhere.
> Soon.

| Team | Answer |
| :--- | :--- |
| crm | not answered |
"""
FOLDED = """<!-- placet:proposal=1 -->
### Waiting

<details><summary>Where <code>b</code> goes (2 nodes)</summary>

```mermaid
graph LR
```

```
a.b
└── c.d
```

</details>

<details><summary>Contract changes: 1</summary>

| hidden |
| :--- |

</details>

<sub>[why?](https://example.com)</sub>
"""


def run(summary: str = SUMMARY) -> Check:
    return Check("4be01cd", "completed", "action_required", "Waiting for crm", summary)


def told(*, is_terminal: bool, width: int = 60) -> tuple[Telling, StringIO]:
    written = StringIO()
    console = Console(
        file=written, width=width if is_terminal else 1_000, highlight=False, force_terminal=False, color_system=None
    )
    return Telling(Paper(console, is_terminal=is_terminal), steps=10), written


def test_in_a_pipe_there_are_no_boxes_and_no_line_is_broken() -> None:
    telling, written = told(is_terminal=False)
    telling.begin("A step", "word " * 60)
    telling.whole_check(run())
    telling.holds("long " * 60, seen=True)
    lines = written.getvalue().splitlines()
    assert not set(written.getvalue()) & set("╭╮│╰╯")
    assert lines[:2] == ["", "1. A step"]
    assert any(line.count("word") == 60 for line in lines)
    assert any(line.startswith("  ✓ ") and line.count("long") == 60 for line in lines)
    assert not any(line != line.rstrip() for line in lines)
    assert "\n\n\n" not in written.getvalue()


def test_what_holds_is_wrapped_below_its_own_words() -> None:
    telling, written = told(is_terminal=True, width=30)
    telling.holds("one two three four five six seven eight", seen=True)
    first, second = written.getvalue().splitlines()[:2]
    assert first.startswith("  ✓ one")
    assert second.startswith("    ")
    assert not second.startswith("     ")


def test_what_does_not_hold_is_remembered_with_its_step() -> None:
    telling, written = told(is_terminal=False)
    telling.step = 3
    telling.holds("this", seen=True)
    telling.holds("that", seen=False)
    assert telling.failed == ["step 3: that"]
    assert "  ✗ that" in written.getvalue()


def test_after_somebody_has_acted_what_the_story_expected_is_no_fault() -> None:
    telling, written = told(is_terminal=False)
    telling.holds("before", seen=False)
    telling.is_free = True
    telling.holds("this", seen=True)
    telling.holds("that", seen=False)
    telling.fails("whatever")
    assert telling.failed == ["step 0: before", "step 0: whatever"]
    assert written.getvalue().splitlines() == [
        "  ✗ before",
        "  ✓ this",
        "  · not so in your story: that",
        "  ✗ whatever",
    ]


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (FOLDED, "Waiting"),
        ("@acme/crm: a push changed [what](https://example.com) `a.b` **is**", "@acme/crm: a push changed what a.b is"),
        ("", ""),
    ],
)
def test_the_first_line_of_a_comment_is_plain_text(body: str, line: str) -> None:
    assert first_line(body) == line


def test_the_migration_note_is_shown_once() -> None:
    telling, written = told(is_terminal=False)
    telling.whole_check(run())
    telling.whole_check(run())
    assert written.getvalue().count("Migration") == 1
    assert written.getvalue().count("Read it elsewhere.") == 1
    assert written.getvalue().count("not answered") == 2


@pytest.mark.parametrize(("opened", "sign", "drawn"), [((), "▸", 0), (("Where",), "▾", 1)])
def test_a_folded_part_is_one_line_unless_it_is_opened(opened: tuple[str, ...], sign: str, drawn: int) -> None:
    telling, written = told(is_terminal=False)
    telling.comment(FOLDED, opened)
    text = written.getvalue()
    assert text.count("└── c.d") == drawn
    assert f"{sign} Where b goes (2 nodes)" in text
    assert "▸ Contract changes: 1" in text
    assert not any(word in text for word in ("hidden", "mermaid", "graph", "placet:proposal", "https", "<"))


def test_a_diff_shows_what_goes_and_what_comes() -> None:
    telling, written = told(is_terminal=False)
    telling.diff("models/a.sql", b"select\n    a,\n    b\n", b"select\n    b,\n    c\n")
    lines = [line.strip() for line in written.getvalue().splitlines()]
    assert lines[0] == "models/a.sql"
    assert "- a," in lines
    assert "+ c" in lines
    assert "select" not in lines
