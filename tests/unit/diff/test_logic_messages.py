"""How two ways of making the same shape are told apart, also where they read alike."""

from __future__ import annotations

import pytest

from fakes.repositories import tree
from placet.impact.analysis import AnalysisRequest
from placet.impact.engine import analyse
from placet.policy.model import Policy

PROJECT = {"dbt_project.yml": "name: shop\nversion: 1.0.0\nprofile: shop\n"}
WHENS = " ".join(f"when status = 'status number {number}' then '{number}'" for number in range(20))
SQL = "select case WHENS end as x from raw.t"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            "select a + b as x from raw.t",
            "select a - b as x from raw.t",
            "column x: a + b becomes a - b",
        ),
        (
            "with c as (select a + 1 as n from raw.t) select upper(n) as x from c",
            "with c as (select a + 2 as n from raw.t) select upper(n) as x from c",
            "column x: UPPER(n), of what is made in another way elsewhere in the query",
        ),
        (
            "with c as (select a as n from raw.t) select upper(n) as x from c",
            "with c as (select b as n from raw.t) select upper(n) as x from c",
            "column x: UPPER(n), but of other columns",
        ),
        (
            "with c as (select a, a + 1 as n from raw.t) select a from c where n = 1",
            "with c as (select a, a + 2 as n from raw.t) select a from c where n = 1",
            "filter n = 1, of what is made in another way elsewhere in the query",
        ),
    ],
)
def test_a_change_says_what_differs(before: str, after: str, expected: str) -> None:
    assert messages(before, after) == [expected]


def test_what_is_cut_off_where_people_read_it_is_said_to_go_on_otherwise() -> None:
    before = SQL.replace("WHENS", WHENS)
    found = messages(before, before.replace("then '19'", "then 'none'"))
    assert [one.endswith("… goes on in another way") for one in found] == [True]


def messages(before: str, after: str) -> list[str]:
    base, head = (tree({**PROJECT, "models/m.sql": sql}) for sql in (before, after))
    return [change.message for change in analyse(AnalysisRequest(base, head, base, Policy())).changes]
