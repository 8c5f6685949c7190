"""Templates that attack: each is refused with a clear reason, or does no harm, and soon."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from placet.readers.dbt.jinja import MacroFile, MacroLibrary, Surroundings, Unrenderable, render_model
from placet.vocabulary.yamlfile import load_yaml

CASES = Path(__file__).parents[4] / "cases" / "jinja_hostile"
SECONDS = 10.0
LONG = {
    "BRACKETS": "(" * 50_000 + ")" * 50_000,
    "SUM": "+".join(["1"] * 50_000),
    "DIGITS": "9" * 50_000,
}


def cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{file.stem}: {case['name']}")
        for file in sorted(CASES.glob("*.yml"))
        for case in load_yaml(file.read_bytes(), file.name)
    ]


def rendered(case: dict[str, Any]) -> str:
    template = case["template"]
    for word, text in LONG.items():
        template = template.replace(word, text)
    library = MacroLibrary("shop", [MacroFile(path, "shop", text) for path, text in case.get("macros", {}).items()])
    around = Surroundings("shop", model="m", config={"materialized": "view"}, variables=case.get("variables", {}))
    return render_model(template, "models/m.sql", library, around)[0].sql


@pytest.mark.parametrize("case", cases())
def test_a_hostile_template_is_refused_or_harmless_and_soon(case: dict[str, Any]) -> None:
    start = time.process_time()
    if "refused" in case:
        with pytest.raises(Unrenderable) as error:
            rendered(case)
        assert case["refused"] in error.value.reason
        assert error.value.line == case.get("line", 1)
    else:
        assert rendered(case) == case["sql"]
    assert time.process_time() - start < SECONDS
