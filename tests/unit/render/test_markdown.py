from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.rendered import problems, rendered
from placet.render.markdown import code, fence, fold, html_code, link, plain, prose, quoted, table, visible

HOSTILE = [
    "@acme/crm",
    "mail sam@acme.example now",
    "&#64;sam-o and &commat;sam-o",
    "#123 and acme/shop#4 and GH-12",
    "0123456789abcdef0123456789abcdef01234567",
    "deadbee",
    "https://evil.example/x?y=z",
    "www.evil.example",
    "mailto:sam@acme.example",
    "[here](https://evil.example)",
    "![x](https://evil.example/x.png)",
    "[here]",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<!-- placet:proposal=1 -->",
    "--><b>",
    "<https://evil.example>",
    "a | b | c",
    "a \\| b \\\\| c",
    "`code` and ``more``",
    "`` ` ``",
    "`|`",
    "```",
    "~~~~",
    "**bold** __bold__ _it_ *it* ~~gone~~",
    "# heading",
    "- item",
    "1. item",
    "1) item",
    "> quote",
    "===",
    "---",
    "a\n\nb\n# c",
    "a\r\n| --- |",
    ":tada: and :+1:",
    "$x$ and $$x$$",
    "\u202egnp.exe",
    "zero\u200bwidth\ufeff",
    "\ud800 lone",
    "\x00\x1b[31m",
    "end\\",
    "&amp; &lt;b&gt;",
    "[^1]: note",
    "[x]: https://evil.example",
    "\u2028line\u2029",
    "TICKET-42",
]
ANY = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(),
    st.text(alphabet="@#`|\\*_[]()<>!-:~$&;\n abc012/.", max_size=40),
    st.lists(st.sampled_from(HOSTILE), max_size=4).map(" ".join),
    st.lists(st.sampled_from(HOSTILE), max_size=4).map("".join),
)


@given(ANY)
def test_nothing_in_prose_is_alive(text: str) -> None:
    assert problems(f"Says {plain(text)} and more") == []


@given(ANY)
def test_prose_at_the_start_of_a_line_stays_one_paragraph(text: str) -> None:
    page = rendered(plain(text))

    assert [token.type for token in page.tokens] in ([], ["paragraph_open", "inline", "paragraph_close"])
    assert page.kinds("em_open", "strong_open", "code_inline", "link_open", "image", "html_inline", "hardbreak") == 0


@given(ANY)
def test_prose_reads_as_it_was_written(text: str) -> None:
    page = rendered(f"x {plain(text)}")

    shown = "".join(page.prose).removeprefix("x").replace("\u200b", "").replace("\n", " ")
    assert shown.strip() == visible(text)[:600].strip()


@given(ANY)
def test_code_is_one_span_that_shows_all_of_the_text(text: str) -> None:
    page = rendered(f"x {code(text)} y")

    assert tuple(one.replace("\u200b", "") for one in page.codes) == (visible(text) or "(empty)",)
    assert page.prose == ("x  .  y",)


@given(ANY)
def test_what_stands_between_backticks_becomes_code_and_the_rest_is_dead(text: str) -> None:
    assert problems(f"Says {prose(text)} and more") == []


def test_prose_keeps_the_code_that_somebody_wrote() -> None:
    assert prose("use `a_b` now") == "use `a_b` now"


@given(st.lists(st.lists(ANY, min_size=3, max_size=3), min_size=1, max_size=4))
def test_no_cell_breaks_its_table(rows: list[list[str]]) -> None:
    text = table(("A", "B", "C"), [[code(a), plain(b), f"{prose(c)} {code(a)}"] for a, b, c in rows])

    assert problems(text) == []
    assert rendered(text).widths == ((3,) * (len(rows) + 1),)
    assert rendered(text).codes[0].replace("\u200b", "") == visible(rows[0][0]) or not visible(rows[0][0])


def test_a_pipe_in_a_cell_of_code_is_shown_without_a_backslash() -> None:
    assert rendered(table(("A",), [[code("a|b")], [code("a\\|b")]])).codes == ("a|b", "a\\|b")


def test_a_table_without_rows_is_nothing() -> None:
    assert table(("A", "B"), []) == ""


@given(st.lists(ANY, max_size=5))
def test_nothing_ends_a_block_of_code_but_its_end(lines: list[str]) -> None:
    page = rendered(f"{fence(lines)}\n\nafter")

    assert len(page.blocks) == 1
    assert page.prose == ("after",)


def test_a_block_keeps_the_indentation_of_its_lines() -> None:
    assert fence(["a", "  b\tc  "]) == "```\na\n  b c\n```"


@given(ANY, ANY)
def test_a_link_leads_nowhere_but_to_its_address(label: str, path: str) -> None:
    page = rendered(link(code(label), f"https://github.com/acme/{path.encode('utf-8', 'replace').decode()}"))

    assert len(page.links) == ("]:" not in label)
    assert all(one.startswith("https://github.com/acme/") for one in page.links)
    assert problems(link(plain(label) or "x", "https://github.com/acme")) == []


def test_a_link_without_an_address_is_its_label() -> None:
    assert link("here", "") == "here"


@given(ANY)
def test_a_folds_summary_holds_no_markup_but_ours(text: str) -> None:
    page = fold(f"Where {html_code(text)} goes", "inside")

    assert problems(page) == []
    assert rendered(page).prose == ("inside",)


@given(st.lists(ANY, max_size=6))
def test_a_quoted_section_stays_inside_its_quote(lines: list[str]) -> None:
    text = quoted("\n".join(lines))

    assert all(line.startswith(">") for line in text.splitlines())
    assert problems(f"{text}\n\nafter") == []


def test_a_quoted_section_keeps_its_items_and_drops_its_fences() -> None:
    assert quoted("## Why\n\n- one\n- two\n\n```\nx\n```") == "> Why\n>\n> - one\n> - two\n>\n> x"


def test_a_quoted_section_that_goes_on_says_so() -> None:
    assert quoted("a\nb\nc", max_lines=2) == "> a\n>\n> b\n>\n> …"


@pytest.mark.parametrize(("text", "shown"), [("a\n b\t c", "a b c"), ("a\u202eb", "a\ufffdb"), ("\ud800", "\ufffd")])
def test_everything_in_a_text_can_be_seen(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_no_string_takes_a_text_for_itself() -> None:
    assert len(code("x" * 9_999)) == 202
    assert len(plain("x" * 9_999)) == 600


def test_a_colon_of_ours_makes_no_emoji_of_a_name() -> None:
    assert f"{plain(':tada')}:" == ":\u200btada:"
