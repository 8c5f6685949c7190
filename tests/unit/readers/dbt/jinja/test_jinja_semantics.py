"""Where nothing of dbt is asked, a template gives what Jinja itself gives."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import Environment

from placet.readers.dbt.jinja import MacroLibrary, Surroundings, render_model
from placet.vocabulary.yamlfile import load_yaml

ENVIRONMENT = Environment(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"])  # noqa: S701 - no HTML
CASES = Path(__file__).parents[4] / "cases" / "jinja_plain" / "templates.yml"
DATA = """
{%- set words = ['b', 'A', 'c', 'a'] -%}
{%- set rows = [
  {'n': 2, 't': 'x', 'd': {'v': 1}}, {'n': 1, 't': 'y', 'd': {'v': 2}}, {'n': 3, 't': 'x', 'd': {'v': 0}}
] -%}
"""


@pytest.mark.parametrize("template", load_yaml(CASES.read_bytes(), CASES.name))
def test_plain_jinja_gives_what_jinja_gives(template: str) -> None:
    around = Surroundings("shop", model="m", config={"materialized": "view"})
    (rendered,) = render_model(DATA + template, "m.sql", MacroLibrary("shop", ()), around)
    expected = ENVIRONMENT.from_string(DATA + template).render()
    assert rendered.sql == expected
