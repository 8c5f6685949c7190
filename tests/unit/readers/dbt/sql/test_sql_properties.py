"""What must hold for every query: how it is written does not matter, what it means does."""

from __future__ import annotations

from dataclasses import replace

import sqlglot
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlglot import exp
from sqlglot.lineage import lineage
from sqlglot.optimizer.qualify import qualify

from fakes.sql_queries import COLUMNS, KNOWN, TOKENS, Node, Query, Style, changed, names_of, queries, written
from placet.readers.dbt.parts import Hole, Resolution
from placet.readers.dbt.sql import Unresolvable, resolve

quick = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def resolved(sql: str, dialect: str = "postgres") -> Resolution:
    return resolve(sql, dialect=dialect, relations=KNOWN, holes={})


def columns(resolution: Resolution) -> list[object]:
    """How each column is made, without its name and without texts for people."""
    return [one.derivation and (one.derivation.template, one.derivation.inputs) for one in resolution.columns]


def rows(resolution: Resolution) -> set[object]:
    return {(part.kind, part.derivation.template, part.derivation.inputs) for part in resolution.rows}


@quick
@given(queries(), st.integers(0, 1000), st.sampled_from(["postgres", "snowflake", "bigquery", "duckdb", "trino"]))
def test_layout_case_brackets_and_comments_change_nothing(query: Query, seed: int, dialect: str) -> None:
    plain = resolved(written(query, Style()), dialect)
    loose = resolved(written(query, Style(seed, loose=True)), dialect)
    assert not plain.reasons
    assert columns(loose) == columns(plain)
    assert rows(loose) == rows(plain)
    assert [one.key for one in loose.columns] == [one.key for one in plain.columns]


@quick
@given(queries())
def test_names_of_ctes_and_relations_change_nothing(query: Query) -> None:
    plain = resolved(written(query, Style()))
    other = resolved(written(query, Style(names="zz", aliases="rel")))
    assert columns(other) == columns(plain)
    assert rows(other) == rows(plain)


@quick
@given(queries())
def test_renaming_a_column_on_the_way_changes_no_derivation(query: Query) -> None:
    plain = resolved(written(query, Style()))
    other = resolved(written(query, Style(output="x")))
    assert columns(other) == columns(plain)
    assert rows(other) == rows(plain)


@quick
@given(queries())
def test_selects_in_brackets_are_as_good_as_ctes(query: Query) -> None:
    tree = sqlglot.parse_one(written(query, Style()), read="postgres")
    with_ = tree.args.get("with_")
    bodies = {one.alias: one.this for one in with_.expressions} if with_ else {}
    for body in [*bodies.values(), tree]:
        for table in list(body.find_all(exp.Table)):
            if table.name in bodies:
                table.replace(bodies[table.name].copy().subquery(table.alias))
    tree.set("with_", None)
    plain = resolved(written(query, Style()))
    nested = resolved(tree.sql("postgres"))
    assert columns(nested) == columns(plain)
    assert rows(nested) == rows(plain)


@quick
@given(queries())
def test_another_literal_or_column_is_another_derivation(query: Query) -> None:
    last = query.selects[-1]
    column = last.columns[0]
    assume(not _holds(column, ("12345", "54321")))
    other = replace(last, columns=(changed(column), *last.columns[1:]))
    place = len(names_of(query, last.left, Style())) if last.star else 0
    before = columns(resolved(written(query, Style())))
    after = columns(resolved(written(Query((*query.selects[:-1], other)), Style())))
    assert len(before) == len(after)
    assert before[place] != after[place]
    assert before[:place] + before[place + 1 :] == after[:place] + after[place + 1 :]


def _holds(node: Node, values: tuple[str, ...]) -> bool:
    return node.value in values or any(_holds(part, values) for part in node.parts)


@quick
@given(queries(), st.sampled_from([">", "=", "<>"]))
def test_another_filter_is_another_part_of_the_rows(query: Query, operator: str) -> None:
    last = query.selects[-1]
    one = Node("is null", parts=(Node("column", place=0),))
    sql = written(Query((*query.selects[:-1], replace(last, filters=(one,)))), Style())
    before = rows(resolved(sql))
    after = rows(resolved(sql.replace("is null", f"{operator} 98765")))
    assert before != after


@quick
@given(queries())
def test_names_and_inputs_are_those_that_sqlglot_finds(query: Query) -> None:
    """Another implementation as the oracle; slower, and for closed relations alone."""
    sql = written(query, Style())
    schema: dict[str, object] = {TOKENS[name]: dict.fromkeys(own, "text") for name, own in COLUMNS.items()}
    found = resolved(sql)
    tree = qualify(sqlglot.parse_one(sql, read="postgres"), schema=schema, dialect="postgres")
    assert isinstance(tree, exp.Query)
    assert [one.key for one in found.columns] == list(dict.fromkeys(tree.named_selects))
    for column in found.columns:
        leaves = {
            (f"key:{name}", node.name.split(".")[-1].strip('"'))
            for node in lineage(column.key, tree, schema=schema, dialect="postgres").walk()
            if isinstance(node.expression, exp.Table)
            for name, token in TOKENS.items()
            if token == node.expression.name
        }
        assert column.derivation is not None
        assert {(ref.asset, ref.column) for ref in column.derivation.inputs} == leaves


WORDS = [
    "select",
    "from",
    "where",
    "with",
    "as",
    "(",
    ")",
    ",",
    ".",
    "*",
    "placet_r1",
    "placet_r2",
    "placet_h1",
    "id",
    "a",
    "'x'",
    "1",
    "=",
    "and",
    "join",
    "on",
    "using",
    "group",
    "by",
    "union",
    "all",
    "order",
    "limit",
    "over",
    "case",
    "partition",
    "when",
    "then",
    "end",
    "::",
    "int",
    "qualify",
    "lateral",
    "unnest",
    "pivot",
    "for",
    "in",
    "null",
    ";",
    "distinct",
    "having",
    "exists",
    "not",
    "t",
    "x",
    "values",
    "replace",
    "except",
]
DIALECTS = ["snowflake", "bigquery", "postgres", "databricks", "duckdb", "tsql", "trino", "clickhouse", ""]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(WORDS), max_size=25), st.sampled_from(DIALECTS))
def test_whatever_the_words_there_is_the_same_answer_twice(words: list[str], dialect: str) -> None:
    assert answer(" ".join(words), dialect) == answer(" ".join(words), dialect)


def answer(sql: str, dialect: str) -> object:
    """The resolution, else the reason why there is none; never any other error."""
    try:
        return resolve(sql, dialect=dialect, relations=KNOWN, holes={"placet_h1": Hole("macro", "not known", 1)})
    except Unresolvable as error:
        return error.reason, error.line
