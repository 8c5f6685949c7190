"""Templates and what they render to, from the tables in ``tests/cases/jinja``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from placet.readers.dbt.jinja import MacroFile, MacroLibrary, Surroundings, Target, render_model
from placet.readers.dbt.parts import Hole, KnownColumn, RefCall, Rendered, SourceCall
from placet.vocabulary.yamlfile import load_yaml

CASES = Path(__file__).parents[4] / "cases" / "jinja"


def cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{file.stem}: {case['name']}")
        for file in sorted(CASES.glob("*.yml"))
        for case in load_yaml(file.read_bytes(), file.name)
    ]


def written(call: RefCall | SourceCall) -> str:
    if isinstance(call, SourceCall):
        return f"{call.source}/{call.table}"
    version = f"v{call.version}" if call.version else ""
    return ".".join(filter(None, (call.package, call.name, version)))


def described(hole: Hole) -> str:
    return f"{hole.name}: {hole.reason}"


def shown(value: object) -> object:
    if isinstance(value, Hole):
        return f"hole: {value.name}"
    if isinstance(value, dict):
        return {key: shown(one) for key, one in value.items()}
    return [shown(one) for one in value] if isinstance(value, list) else value


def surroundings(case: dict[str, Any]) -> Surroundings:
    known = {
        name: tuple(KnownColumn(column, column, kind) for column, kind in columns.items())
        for name, columns in case.get("columns", {}).items()
    }

    def columns_of(call: RefCall | SourceCall) -> tuple[KnownColumn, ...] | None:
        return known.get(written(call))

    return Surroundings(
        project="shop",
        target=Target(type=case.get("adapter", "default")),
        variables=case.get("variables", {}),
        model="m",
        path="models/m.sql",
        config=case.get("given_config", {"materialized": "view"}),
        columns_of=columns_of,
    )


def render(case: dict[str, Any]) -> tuple[Rendered, ...]:
    files = [MacroFile(path, "shop", text) for path, text in case.get("macros", {}).items()]
    files += [MacroFile(f"{name}/macros/m.sql", name, text) for name, text in case.get("packages", {}).items()]
    library = MacroLibrary("shop", files, case.get("dispatch", {}))
    assert library.findings == ()
    return render_model(case["template"], "models/m.sql", library, surroundings(case))


def one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("case", cases())
def test_a_template_renders_to_what_its_case_says(case: dict[str, Any]) -> None:
    rendered = render(case)
    if "variants" in case:
        assert [one_line(variant.sql) for variant in rendered] == case["variants"]
        assert [variant.incremental for variant in rendered] == case.get("incremental", [False, True][: len(rendered)])
        return
    only, *others = rendered
    assert [one_line(one.sql) for one in others] == case.get("alternatives", [])
    assert all(one.alternative for one in others)
    assert one_line(only.sql) == one_line(case["sql"])
    assert [described(hole) for hole in only.holes.values()] == case.get("holes", [])
    assert [described(hole) for hole in only.uncertain] == case.get("uncertain", [])
    assert [written(call) for call in only.calls] == case.get("calls", [])
    assert shown(dict(only.config)) == case.get("config", {})
    assert sorted(name for _, name in only.macros) == sorted(case.get("ran", []))
    assert dict(only.variables) == case.get("variables_read", dict(only.variables))
    assert sorted({written(call) for hole in only.holes.values() for call in hole.calls}) == case.get("hole_calls", [])
    assert sorted({written(call) for hole in only.uncertain for call in hole.calls}) == case.get("uncertain_calls", [])
    for token, name in case.get("relations", {}).items():
        assert written(only.relations[token]) == name
