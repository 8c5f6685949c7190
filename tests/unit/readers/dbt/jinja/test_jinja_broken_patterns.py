from __future__ import annotations

import pytest

from fakes.repositories import tree
from placet.readers.dbt import read_projects
from placet.vocabulary.words import ReadStatus


@pytest.mark.parametrize("call", ["match('(', 'a')", "sub('a', '\\\\9', 'a')", "search('[', 'a')"])
def test_a_pattern_that_is_none_costs_one_model_what_depends_on_it(call: str) -> None:
    template = "select 1 as id, {{ modules.re.CALL }} as found".replace("CALL", call)
    read = read_projects(
        tree({"dbt_project.yml": "name: shop\n", "models/a.sql": template, "models/b.sql": "select 1 as id"})
    )
    assert {asset.name: asset.status for asset in read.assets} == {"a": ReadStatus.PARTIAL, "b": ReadStatus.RESOLVED}
