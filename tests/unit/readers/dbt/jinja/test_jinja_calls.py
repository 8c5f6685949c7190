"""Refs and sources that are found without rendering."""

from __future__ import annotations

import pytest

from placet.readers.dbt.jinja import MacroFile, MacroLibrary, calls_in
from placet.readers.dbt.parts import RefCall, SourceCall

MACROS = """
{% macro with_b() %}{{ ref('b') }}{{ with_c() }}{% endmacro %}
{% macro with_c() %}{{ source('s', 'c') }}{{ with_b() }}{% endmacro %}
{% macro of(name) %}{{ ref(name) }}{% endmacro %}
{% macro chosen() %}{{ adapter.dispatch('chosen')() }}{% endmacro %}
{% macro default__chosen() %}{{ ref('d') }}{% endmacro %}
{% macro snowflake__chosen() %}{{ ref('e') }}{% endmacro %}
"""
LIBRARY = MacroLibrary("shop", [MacroFile("m.sql", "shop", MACROS)])
A, B = RefCall("a"), RefCall("b")


@pytest.mark.parametrize(
    ("text", "calls", "known"),
    [
        ("select 1", (), True),
        ("{{ ref('a') }} {{ ref('a') }}", (A,), True),
        ("{{ ref('p', 'a', v=2) }}", (RefCall("a", "p", "2"),), True),
        ("{% if x %}{{ ref('a') }}{% endif %}{{ builtins.ref('b') }}", (A, B), True),
        ("{{ source('s', 't') }}", (SourceCall("s", "t"),), True),
        ("{{ with_b() }}", (B, SourceCall("s", "c")), True),
        ("{{ shop.with_b() }}", (B, SourceCall("s", "c")), True),
        ("{{ chosen() }}", (RefCall("d"), RefCall("e")), True),
        ("{{ of('a') }}", (), False),
        ("{{ ref(x) }} {{ ref('a') }}", (A,), False),
        ("{{ nowhere(ref('a')) }}", (A,), False),
        ("{{ other.thing(ref('a')) }}", (A,), False),
        ("{{ dbt_utils.star(ref('a')) }}{% set l = [] %}{% do l.append(ref('b')) %}", (A, B), True),
        ("{% for n in ['a'] %}{{ ref(n) }}{% endfor %}", (), False),
        ("{{ var('v') }}", (SourceCall("app", "users"),), True),
        ("{{ config(materialized='table') }}{{ adapter.quote('x') }}{{ target.name }}{{ log('x') }}", (), True),
        (
            "{% if %} from {{ ref('a') }} join {{ source(\"s\", 't') }} {{ ref('p', 'b', v=1) }}",
            (A, RefCall("b", "p", "1"), SourceCall("s", "t")),
            False,
        ),
    ],
)
def test_calls_with_literal_arguments_are_found(
    text: str,
    calls: tuple[RefCall | SourceCall, ...],
    known: bool,  # noqa: FBT001 - a case's value
) -> None:
    found, certain = calls_in(text, LIBRARY, variables={"v": "{{ source('app', 'users') }}"})
    assert set(found) == set(calls)
    assert certain is known


def test_calls_stand_in_the_order_of_the_text() -> None:
    assert calls_in("{{ ref('b') }}{{ source('x', 'y') }}{{ ref('a') }}", LIBRARY)[0] == (B, SourceCall("x", "y"), A)
