"""How changed logic is told: in words that tell the two sides apart."""

from __future__ import annotations

import pytest

from fakes.repositories import tree
from placet.diff.engine import changes_between, rules_from
from placet.policy.model import Policy
from placet.readers.dbt import read_projects

PROJECT = {
    "dbt_project.yml": "name: shop\nprofile: shop_postgres\n",
    "models/a.sql": "select id, status, x from raw.a",
    "models/b.sql": "select id, status, x from raw.b",
}


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
    old, new = (read_projects(tree({**PROJECT, "models/dim.sql": text})) for text in (before, after))
    changes = changes_between(old, new, rules_from(Policy(), old))
    assert [change.message for change in changes] == told
