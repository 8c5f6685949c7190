"""The cases of tests/cases/sql, each of which is a query and what is to be found in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from placet.contracts.model import ColumnRef
from placet.readers.dbt.parts import Hole, KnownColumn, KnownRelation, Resolution
from placet.readers.dbt.sql import Unresolvable, resolve
from placet.vocabulary.words import RowPartKind

CASES = Path(__file__).parents[4] / "cases" / "sql"
DEFAULT_DIALECT = "snowflake"
HOLES = {
    "placet_h1": Hole("my_macro", "macro my_macro is not known", 1),
    "placet_h2": Hole("other", "macro other is not known", 1),
    "placet_h3": Hole("columns", "the columns of events are not known", 1, columns=True),
    "placet_h4": Hole("run_query", "run_query asks the warehouse", 1, value=True),
}
RELATIONS: Mapping[str, Any] = yaml.safe_load((CASES / "relations.yml").read_text())
TOKENS = {f"placet_r{number}": name for number, name in enumerate(RELATIONS, 1)}
KNOWN = {
    token: KnownRelation(
        name,
        name,
        tuple(KnownColumn(key, key, type_) for key, type_ in RELATIONS[name]["columns"].items()),
        RELATIONS[name].get("open", False),
    )
    for token, name in TOKENS.items()
}
NO_TABLES = ("relations", "failures", "same", "different")


def tables() -> list[Any]:
    return list(_tables())


def _tables() -> Iterator[Any]:
    for path in sorted(CASES.glob("*.yml")):
        if path.stem in NO_TABLES:
            continue
        for case in yaml.safe_load(path.read_text()):
            dialects = case.get("dialect", DEFAULT_DIALECT)
            for dialect in dialects if isinstance(dialects, list) else [dialects]:
                sql = case["sql"][dialect] if isinstance(case["sql"], dict) else case["sql"]
                yield pytest.param(case, dialect, sql, id=f"{path.stem}: {case['case']} ({dialect})")


def groups(name: str) -> list[Any]:
    cases = yaml.safe_load((CASES / f"{name}.yml").read_text())
    return [pytest.param(case["sql"], case.get("dialect", DEFAULT_DIALECT), id=case["case"]) for case in cases]


def with_tokens(sql: str) -> str:
    """The SQL with the tokens that rendering leaves where the cases say ``ref_<relation>``."""
    for token, name in TOKENS.items():
        sql = re.sub(rf"\bref_{name}\b", token, sql)
    return sql


def resolved(sql: str, dialect: str = DEFAULT_DIALECT) -> Resolution:
    return resolve(with_tokens(sql), dialect=dialect, relations=KNOWN, holes=HOLES)


def written(inputs: tuple[ColumnRef, ...]) -> str:
    return " ".join(sorted(f"{ref.asset}.{ref.column}" if ref.column else ref.asset for ref in inputs))


def ordered(columns: Mapping[str, str]) -> dict[str, str]:
    """The inputs of a case's columns in the order in which they are compared."""
    return {key: text if text.startswith("hole:") else in_order(text) for key, text in columns.items()}


def in_order(text: str) -> str:
    """A case's inputs in the order in which they are compared; the kind of a part of the rows stays in front."""
    words = text.split()
    kinds = [word for word in words[:1] if word in set(RowPartKind)]
    return " ".join(kinds + sorted(words[len(kinds) :]))


def columns_of(resolution: Resolution) -> dict[str, str]:
    found = {}
    for column in resolution.columns:
        derivation = column.derivation
        if derivation is None:
            found[column.key] = f"hole: {column.hole}"
        else:
            found[column.key] = "constant" if derivation.constant else written(derivation.inputs)
    return found


def rows_of(resolution: Resolution) -> list[str]:
    return [f"{part.kind.value} {written(part.derivation.inputs)}".strip() for part in resolution.rows]


@pytest.mark.parametrize(("case", "dialect", "sql"), tables())
def test_a_query_gives_what_its_case_says(case: Mapping[str, Any], dialect: str, sql: str) -> None:
    found = resolved(sql, dialect)
    if "columns_in_any_order" in case:
        assert columns_of(found) == ordered(case["columns_in_any_order"])
    elif "columns" in case:
        assert list(columns_of(found).items()) == list(ordered(case["columns"]).items())
    assert list(found.reasons) == case.get("reasons", [])
    assert found.open_ended == case.get("open", False)
    assert list(found.reads_all) == case.get("reads_all", [])
    for name, look in LOOKS.items():
        if name in case:
            assert look(found, case[name]) == expected(name, case[name]), name
    if "same_as" in case:
        assert meaning(found) == meaning(resolved(case["same_as"], dialect))


# What a case may say beside its columns, and how that is read from a resolution.
LOOKS: Mapping[str, Callable[[Resolution, Any], object]] = {
    "types": lambda found, wanted: {one.key: one.type for one in found.columns if one.key in wanted},
    "rows": lambda found, _: sorted(rows_of(found)),
    "reads": lambda found, _: list(found.reads),
    "named": lambda found, _: [f"{ref.asset}.{ref.column}" for ref in found.named],
    "inputs": lambda found, wanted: {one.key: written(one.inputs) for one in found.columns if one.key in wanted},
    "reason_lines": lambda found, _: list(found.reason_lines),
    "positional": lambda found, _: list(found.positional),
    "compared": lambda found, _: [f"{ref.asset}.{ref.column} {literal}" for ref, literal in found.compared],
}


def expected(name: str, said: Any) -> object:
    if name == "rows":
        return sorted(in_order(row) for row in said)
    return ordered(said) if name == "inputs" else said


def meaning(resolution: Resolution) -> object:
    """What a resolution says, without texts for people and lines."""
    return (
        tuple(
            (one.key, one.type, one.derivation and (one.derivation.template, one.inputs)) for one in resolution.columns
        ),
        tuple((part.kind, part.derivation.template, part.derivation.inputs) for part in resolution.rows),
        resolution.reads,
    )


@pytest.mark.parametrize(("queries", "dialect"), groups("same"))
def test_queries_that_mean_the_same_are_the_same(queries: list[str], dialect: str) -> None:
    first = resolved(queries[0], dialect)
    assert not first.reasons
    for sql in queries[1:]:
        assert meaning(resolved(sql, dialect)) == meaning(first), sql


@pytest.mark.parametrize(("queries", "dialect"), groups("different"))
def test_queries_that_mean_different_things_differ(queries: list[str], dialect: str) -> None:
    for one, other in combinations(queries, 2):
        found = [resolved(sql, dialect) for sql in (one, other)]
        assert not found[0].reasons
        assert not found[1].reasons
        templates = [
            (
                [(column.derivation, column.inputs) for column in resolution.columns],
                sorted((part.kind, part.derivation.template, part.derivation.inputs) for part in resolution.rows),
            )
            for resolution in (with_no_texts(found[0]), with_no_texts(found[1]))
        ]
        assert templates[0] != templates[1], (one, other)


def with_no_texts(resolution: Resolution) -> Resolution:
    columns = tuple(
        replace(column, derivation=column.derivation and column.derivation._replace(text=""))
        for column in resolution.columns
    )
    return replace(resolution, columns=columns)


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case["case"]) for case in yaml.safe_load((CASES / "failures.yml").read_text())]
)
def test_what_holds_no_query_is_refused_with_its_reason(case: Mapping[str, Any]) -> None:
    with pytest.raises(Unresolvable) as raised:
        resolved(case["sql"], case.get("dialect", DEFAULT_DIALECT))
    assert raised.value.reason.startswith(case["reason"])
    assert raised.value.line == case["line"]
