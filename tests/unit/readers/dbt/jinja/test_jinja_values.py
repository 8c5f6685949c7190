"""Texts of YAML, and what they mean to dbt."""

from __future__ import annotations

import pytest

from placet.readers.dbt.jinja import MacroFile, MacroLibrary, Surroundings, Target, Unrenderable, render_value
from placet.readers.dbt.parts import Hole

AROUND = Surroundings("shop", Target(name="prod", schema="core"), {"n": 3, "yes": True, "list": ["a"], "text": "7"})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("", ""),
        ("{{ var('n') }}", 3),
        ("{{ var('yes') }}", True),
        ("{{ var('list') }}", ["a"]),
        ("{{ var('text') }}", "7"),
        ("{{ var('text') | as_number }}", 7),
        ("{{ 'true' | as_bool }}", True),
        ("{{ '[1, 2]' | as_native }}", [1, 2]),
        ("{{ var('n') }}_x", "3_x"),
        ("{{ target.schema }}", "core"),
        ("{{ target.name == 'prod' }}", True),
        ("{{ target.name == 'dev' | as_bool }}", False),
        ("{{ env_var('A', 'b') }}", "b"),
        ("{% if target.name == 'prod' %}a{% else %}b{% endif %}", "a"),
        ("{{ var('missing', none) }}", None),
        ("{{ fivetran_utils.enabled_vars(['yes']) }}", True),
    ],
)
def test_a_text_means_what_dbt_takes_it_for(text: str, value: object) -> None:
    result = render_value(text, AROUND)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("{{ env_var('A') }}", "env_var(A)"),
        ("x_{{ var('missing') }}", "var(missing)"),
        ("{{ nothing_here }}", "nothing_here"),
        ("{% if var('missing') %}a{% else %}b{% endif %}", "var(missing)"),
        ("{{ 'a' if var('missing') else 'b' }}", "var(missing)"),
    ],
)
def test_what_is_not_known_is_a_hole(text: str, name: str) -> None:
    result = render_value(text, AROUND)
    assert isinstance(result, Hole)
    assert result.name == name


def test_a_list_with_something_unknown_in_it_has_a_hole_there() -> None:
    assert render_value("{{ ['a', env_var('B')] }}", AROUND) == [
        "a",
        Hole("env_var(B)", "environment variable B has no default", 1, value=True),
    ]


def test_macros_can_be_given() -> None:
    library = MacroLibrary("shop", [MacroFile("m.sql", "shop", "{% macro m() %}{{ return(5) }}{% endmacro %}")])
    assert render_value("{{ m() }}", AROUND, library) == 5


def test_what_is_no_jinja_is_refused_with_its_line() -> None:
    with pytest.raises(Unrenderable) as error:
        render_value("a\n{{ x", AROUND)
    assert error.value.line == 2
