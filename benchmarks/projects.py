"""Projects of any size, made up but shaped like real ones: sources, staging, wide dimensions, marts that join them."""

from __future__ import annotations

import hashlib

from placet.vocabulary.files import File, Files

PROJECT = "name: big\nversion: 1.0.0\nprofile: big\nmodels:\n  big:\n    +materialized: table\n"
WIDTH = 20


def project(models: int) -> dict[str, str]:
    """The texts of a project with about so many models: a third each of staging, dimensions and marts."""
    third = max(1, models // 3)
    texts = {"dbt_project.yml": PROJECT, "models/sources.yml": _sources(third)}
    for number in range(third):
        texts[f"models/staging/stg_{number}.sql"] = _staging(number)
        texts[f"models/core/dim_{number}.sql"] = _dimension(number, third)
        texts[f"models/marts/mart_{number}.sql"] = _mart(number, third)
        texts[f"models/core/dim_{number}.yml"] = _described(number)
    return texts


def tree(texts: dict[str, str]) -> Files:
    """The texts as a tree of files, with blobs named as git names them."""
    return Files(_file(path, text.encode()) for path, text in texts.items())


def _file(path: str, data: bytes) -> File:
    return File(path, hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest(), data)


def _sources(count: int) -> str:
    tables = "".join(f"      - name: t{number}\n" for number in range(count))
    return f"sources:\n  - name: raw\n    tables:\n{tables}"


def _staging(number: int) -> str:
    columns = ",\n".join(f"    cast(c{one} as varchar) as col_{one}" for one in range(WIDTH))
    return (
        f"select\n    id as key_{number},\n{columns}\nfrom {{{{ source('raw', 't{number}') }}}}\nwhere id is not null\n"
    )


def _dimension(number: int, count: int) -> str:
    other = (number + 1) % count
    return f"""{{{{ config(materialized='incremental') }}}}
with base as (
    select * from {{{{ ref('stg_{number}') }}}}
    {{% if is_incremental() %}} where col_0 > (select max(col_0) from {{{{ this }}}}) {{% endif %}}
),
other as (select * from {{{{ ref('stg_{other}') }}}}),
joined as (
    select base.*, other.col_1 as other_col, row_number() over (partition by base.col_2 order by base.col_3) as rank_no
    from base left join other on other.key_{other} = base.key_{number}
)
select *, upper(col_4) as loud,
    {{% for i in range(3) %}}col_{{{{ i }}}} as copy_{{{{ i }}}}{{{{ ',' if not loop.last }}}}{{% endfor %}}
from joined where rank_no = 1
"""


def _mart(number: int, count: int) -> str:
    other = (number * 7 + 3) % count
    return f"""select d.key_{number}, d.loud, d.other_col, count(*) as n, max(o.col_5) as newest
from {{{{ ref('dim_{number}') }}}} as d
left join {{{{ ref('dim_{other}') }}}} as o on o.col_6 = d.col_6
group by 1, 2, 3
"""


def _described(number: int) -> str:
    columns = "".join(f"      - name: col_{one}\n        data_tests: [not_null]\n" for one in range(0, WIDTH, 4))
    return f"models:\n  - name: dim_{number}\n    columns:\n{columns}"
