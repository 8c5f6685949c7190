"""Whatever a template is put together from, it renders or is refused; nothing else ever happens."""

from __future__ import annotations

import random

import pytest

from placet.readers.dbt.jinja import MacroFile, MacroLibrary, Surroundings, Unrenderable, calls_in, render_model
from placet.readers.dbt.jinja.names import NAMES
from placet.readers.dbt.jinja.packages import PACKAGES
from placet.readers.dbt.parts import KnownColumn

VALUES = [
    *("1", "-3", "2.5", "'a'", "''", "none", "true", "[]", "[1, 'b']", "{}", "{'k': [1]}", "(1,)", "x", "y", "loop"),
    *("ref('a')", "source('s', 't')", "var('v')", "var('unset')", "run_query('q')", "nowhere", "nowhere.y(ref('a'))"),
    *("this", "adapter.get_columns_in_relation(ref('a'))", "adapter.get_columns_in_relation(ref('b'))", "m(x)", "m()"),
    *NAMES,
    *(f"{package}.{name}" for package, macros in PACKAGES.items() for name in macros),
]
AFTER = [
    *(" | join(',')", " | list", " | length", " | sort", " | map('upper')", " | map(attribute='k')", " | tojson"),
    *(
        " | first",
        " | default(1)",
        " | int",
        " | replace('a', 'b')",
        " | unique",
        " | sum",
        " | groupby('k')",
        " | round",
    ),
    *(".k", "[0]", "['k']", "[1:]", ".items()", ".append(1)", "()", "(1)", "('a', ref('b'))", "(x, k=1)", ".name"),
    *(
        ".update({'a': 1})",
        ".format(1)",
        ".split('a')",
        ".schema",
        ".create(identifier='i')",
        " is none",
        " is mapping",
    ),
]
BETWEEN = [" + ", " ~ ", " * ", " == ", " in ", " and ", " or ", " < ", " % ", " - ", " if x else ", " // ", " ** "]
AROUND = [
    "{{ # }}",
    "{% set x = # %}",
    "{% set y, x = # %}",
    "{% do # %}",
    "{% if # %}a{{ x }}{% else %}b{% endif %}",
    "{% for x in # %}{{ x }}{{ loop.last }}{% else %}n{% endfor %}",
    "{% for x, y in # if x %}{{ y }}{% endfor %}",
    "{% call m(#) %}{{ x }}{% endcall %}",
    "{% set y %}{{ # }}{% endset %}",
    "{{ config(z=#) }}",
    "{% filter upper %}{{ # }}{% endfilter %}",
]
LIBRARY = MacroLibrary(
    "shop", [MacroFile("m.sql", "shop", "{% macro m(p, q=p) %}{{ p }}{{ q }}{{ caller() if caller }}{% endmacro %}")]
)
SURROUNDINGS = Surroundings(
    "shop",
    model="m",
    variables={"v": [{"name": "n", "k": None}], "w": "{{ ref('a') }}"},
    columns_of=lambda call: (
        (KnownColumn("id", "ID", "int"), KnownColumn("t", "T")) if "name='a'" in str(call) else None
    ),
)


def expression(dice: random.Random) -> str:
    text = dice.choice(VALUES) + "".join(dice.choice(AFTER) for _ in range(dice.choice([0, 0, 1, 1, 2, 3])))
    return text + dice.choice(BETWEEN) + expression(dice) if dice.random() < 0.3 else text


def lines_fit(text: str) -> bool:
    """Whether the template renders with a line for each line of its SQL, or is refused with a line."""
    try:
        variants = render_model(text, "m.sql", LIBRARY, SURROUNDINGS)
    except Unrenderable as refusal:
        return refusal.line is not None
    return all(len(one.lines) == one.sql.count("\n") + 1 for one in variants)


@pytest.mark.parametrize("seed", range(12))
def test_a_random_template_renders_or_is_refused(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - the same templates each time
    for _ in range(50):
        text = "\n".join(dice.choice(AROUND).replace("#", expression(dice)) for _ in range(dice.randrange(1, 6)))
        calls_in(text, LIBRARY)
        assert lines_fit(text), text
