"""How two ways of making the same shape are told apart, also where they read alike."""

from __future__ import annotations

import pytest

from fakes.repositories import tree
from placet.impact.analysis import AnalysisRequest
from placet.impact.engine import analyse
from placet.policy.model import Policy

PROJECT = {
    "dbt_project.yml": "name: shop\nversion: 1.0.0\nprofile: shop\n",
    "models/a.sql": "select id, status, x from raw.a",
    "models/b.sql": "select id, status, x from raw.b",
}
LONG = " ".join(f"when status = 'status number {number}' then '{number}'" for number in range(20))


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
            "column x is made from b instead of a",
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


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            "select coalesce(x, id) as x from {{ ref('a') }}",
            "select coalesce(id, x) as x from {{ ref('a') }}",
            ["column x: COALESCE(x, id) becomes COALESCE(id, x)"],
        ),
        (
            "select id from {{ ref('a') }}",
            "select id from {{ ref('b') }}",
            ["column id is made from b.id instead of a.id", "from a becomes from b"],
        ),
        (
            "select id from {{ ref('a') }} where status = 'x'",
            "select id from {{ ref('a') }} where status = 'y' and id > 1",
            ["filter status = 'x' becomes filter status = 'y'; filter id > 1"],
        ),
        ("select id from {{ ref('a') }}", "select id from {{ ref('a') }} limit 3", ["LIMIT 3 added"]),
        (
            "select id from {{ ref('a') }}",
            "select a.id from {{ ref('a') }} as a left join {{ ref('b') }} as b on b.id = a.id",
            ["from b; left join b on b.id = a.id added"],
        ),
        (
            "select distinct id from {{ ref('a') }}",
            "select id from {{ ref('a') }}",
            ["distinct removed"],
        ),
    ],
)
def test_changed_logic_is_told_in_words(before: str, after: str, told: list[str]) -> None:
    assert messages(before, after) == told


def test_what_is_cut_off_where_people_read_it_is_said_to_go_on_otherwise() -> None:
    before = f"select case {LONG} end as x from raw.t"  # noqa: S608 - never run
    found = messages(before, before.replace("then '19'", "then 'none'"))
    assert [one.endswith("… goes on in another way") for one in found] == [True]


def messages(before: str, after: str) -> list[str]:
    base, head = (tree({**PROJECT, "models/m.sql": sql}) for sql in (before, after))
    return [change.message for change in analyse(AnalysisRequest(base, head, base, Policy())).changes]
