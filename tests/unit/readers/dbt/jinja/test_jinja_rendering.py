"""What a rendering says besides its SQL: lines, errors, snapshots, and that it is the same every time."""

from __future__ import annotations

import pytest

from placet.contracts.model import Relation
from placet.readers.dbt.jinja import (
    MacroFile,
    MacroLibrary,
    Surroundings,
    Target,
    Unrenderable,
    adapter_of,
    blocks_in,
    render_model,
)
from placet.readers.dbt.parts import RefCall, Rendered, SourceCall

AROUND = Surroundings("shop", model="m", path="models/m.sql", config={"materialized": "view"})


def library(*texts: str) -> MacroLibrary:
    return MacroLibrary("shop", [MacroFile(f"macros/{place}.sql", "shop", text) for place, text in enumerate(texts)])


def render(text: str, *macros: str, around: Surroundings = AROUND) -> Rendered:
    (rendered,) = render_model(text, "models/m.sql", library(*macros), around)
    return rendered


def test_each_line_of_the_sql_knows_the_line_of_the_template() -> None:
    text = (
        "{{ config(a=1) }}\n{% set x = 1 %}\n\nselect\n  a,\n  {{ two() }},\n  b\n{%- if true %}\nfrom t\n{% endif %}\n"
    )
    rendered = render(text, "{% macro two() %}c,\n  d{% endmacro %}")
    lines = dict(zip([line.strip() for line in rendered.sql.split("\n")], rendered.lines, strict=True))
    assert {word: lines[word] for word in ("select", "a,", "c,", "d,", "b", "from t")} == {
        "select": 4,
        "a,": 5,
        "c,": 6,
        "d,": 6,
        "b": 7,
        "from t": 9,
    }


def test_a_loop_s_lines_are_those_of_its_body() -> None:
    rendered = render("select\n{% for i in range(2) %}\n{{ i }} as c{{ i }},\n{% endfor %}\n1")
    pairs = list(zip(rendered.sql.split("\n"), rendered.lines, strict=True))
    assert [line for text, line in pairs if " as c" in text] == [3, 3]
    assert pairs[-1] == ("1", 5)


def test_an_error_has_the_line_of_the_template_even_inside_a_macro() -> None:
    with pytest.raises(Unrenderable) as error:
        render("a\n\n{{ m() }}", "{% macro m() %}\n\n\n\n{{ 'x' * 10 ** 9 }}{% endmacro %}")
    assert error.value.line == 3


def test_a_hole_has_the_line_where_it_is_asked_for() -> None:
    rendered = render("a\n{{ m() }}\n{{ b.c() }}", "{% macro m() %}\n\n{{ var('x') }}{% endmacro %}")
    assert [hole.line for hole in rendered.holes.values()] == [2, 3]


def test_a_byte_order_mark_is_no_text() -> None:
    assert render("\ufeffselect 1").sql == "select 1"


def test_windows_line_ends_become_plain_ones() -> None:
    assert render("select 1,\r\n2").sql == "select 1,\n2"


def test_a_snapshot_s_body_is_rendered_by_its_name() -> None:
    text = "{% snapshot one %}select 1{% endsnapshot %}\n"
    text += "{% snapshot two %}{{ config(unique_key='id') }}\nselect * from {{ ref('a') }}{% endsnapshot %}"
    (rendered,) = render_model(text, "snapshots/s.sql", library(), AROUND, snapshot="two")
    assert rendered.sql.strip() == "select * from placet_r1"
    assert rendered.config == {"unique_key": "id"}
    assert rendered.lines[-1] == 3


def test_a_snapshot_that_is_not_there_is_said() -> None:
    with pytest.raises(Unrenderable, match=r"there is no snapshot two in s\.sql"):
        render_model("{% snapshot one %}{% endsnapshot %}", "s.sql", library(), AROUND, snapshot="two")


def test_the_blocks_of_a_file_are_listed_with_their_lines() -> None:
    text = (
        "{% macro a(x) %}{% endmacro %}\n{% snapshot b %}{% endsnapshot %}\n{% test c(model) %}{% endtest %}\n"
        "{% materialization d, adapter='x', supported_languages=['sql'] %}{% endmaterialization %}\n"
        "{% docs e %}text{% enddocs %}\n{% materialization f, default %}{% endmaterialization %}"
    )
    assert [(block.kind, block.name, block.line) for block in blocks_in(text)] == [
        ("macro", "a", 1),
        ("snapshot", "b", 2),
        ("macro", "test_c", 3),
        ("materialization", "d", 4),
        ("docs", "e", 5),
        ("materialization", "f", 6),
    ]


def test_macro_files_that_do_not_parse_are_found_and_the_others_still_serve() -> None:
    given = library("{% macro broken() %}\n{% if %}{% endmacro %}", "{% macro fine() %}1{% endmacro %}")
    assert [(finding.path, finding.line) for finding in given.findings] == [("macros/0.sql", 2)]
    (rendered,) = render_model("{{ fine() }}{{ broken() }}", "m.sql", given, AROUND)
    assert rendered.sql == "1placet_h1"
    assert rendered.holes["placet_h1"].reason.startswith("macros/0.sql cannot be read: not valid Jinja")


def test_columns_are_asked_for_by_call() -> None:
    asked: list[RefCall | SourceCall] = []

    def columns_of(call: RefCall | SourceCall) -> None:
        asked.append(call)

    around = Surroundings("shop", model="m", columns_of=columns_of)
    render_model("{{ dbt_utils.star(source('a', 'b')) }}{{ dbt_utils.star(ref('c')) }}", "m.sql", library(), around)
    assert asked == [SourceCall("a", "b"), RefCall("c")]


def test_a_relation_lies_where_its_files_say() -> None:
    around = Surroundings(
        "shop", model="m", relation_of=lambda _: Relation(schema="raw", identifier="T1"), target=Target(database="db")
    )
    (rendered,) = render_model(
        "{% set r = ref('a') %}{{ r.database }}.{{ r.schema }}.{{ r.name }}", "m", library(), around
    )
    assert rendered.sql == "db.raw.T1"


def test_renderings_do_not_touch_one_another() -> None:
    given = library("{% macro m(l=[]) %}{% do l.append(1) %}{{ l | length }}{% endmacro %}")
    around = Surroundings("shop", model="m", variables={"v": [1]})
    text = "{% do var('v').append(2) %}{{ var('v') | length }}{{ m() }}"
    assert {render_model(text, "m", given, around)[0].sql for _ in range(3)} == {"11"}
    assert around.variables == {"v": [1]}


def test_a_rendering_is_the_same_every_time() -> None:
    text = "{% for x in set(['b', 'a', 'c']) %}{{ x }}{% endfor %}{{ foo.bar(ref('a')) }}{{ var('v') }}"
    assert render(text) == render(text)


def test_adapters_have_dbt_s_names() -> None:
    assert [adapter_of(one) for one in ("snowflake", "tsql", "", "presto")] == [
        "snowflake",
        "sqlserver",
        "default",
        "trino",
    ]
