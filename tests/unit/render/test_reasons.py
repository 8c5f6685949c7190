from __future__ import annotations

import pytest

from placet.render.reasons import readable

SQL = "this SQL does not parse: "


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (
            f"{SQL}Required keyword: 'this' missing for <class 'sqlglot.expressions.query.Where'> near 'where'",
            f"{SQL}the where is incomplete near 'where'",
        ),
        (
            f"{SQL}Required keyword: 'expression' missing for <class 'sqlglot.expressions.core.EQ'> near 'from'",
            f"{SQL}a comparison is incomplete near 'from'",
        ),
        (
            f"{SQL}Required keyword: 'true' missing for <class 'sqlglot.expressions.If'>",
            f"{SQL}the case is incomplete",
        ),
        (
            (
                f"{SQL}Expected table name but got <Token token_type: TokenType.WHERE, text: where, line: 1, col: 17, "
                "start: 12, end: 16, comments: []> near 'where'"
            ),
            f"{SQL}the name of a table is expected, not \"where\" near 'where'",
        ),
        (
            (
                f"{SQL}Expected table name but got <Token token_type: TokenType.SENTINEL, text: SENTINEL, line: 1, "
                "col: 1, start: 0, end: 0, comments: []> near 'join'"
            ),
            f"{SQL}the name of a table is expected, not the end near 'join'",
        ),
        (f"{SQL}Invalid expression / Unexpected token near 'c'", f"{SQL}this is not expected here, near 'c'"),
        (f"{SQL}Expecting ) near '1'", f"{SQL}\")\" is missing near '1'"),
        (f"{SQL}Error tokenizing 'select 'ab'", f"{SQL}a quote or a comment is not closed"),
        (
            (
                "not valid Jinja: Unexpected end of template. Jinja was looking for the following tags: 'endfor' "
                "or 'else'. The innermost block that needs to be closed is 'for'."
            ),
            "not valid Jinja: the {% for %} is not closed",
        ),
        ("not valid Jinja: unexpected 'end of print statement'", "not valid Jinja: unexpected '}}'"),
        (
            f"{SQL}something of <class 'sqlglot.expressions.RowFormatProperty'>",
            f"{SQL}something of row format property",
        ),
        ("the macro legacy_cols() is in no installed package", "the macro legacy_cols() is in no installed package"),
    ],
)
def test_a_reason_names_nothing_of_a_parsers_inside(reason: str, words: str) -> None:
    assert readable(reason) == words
