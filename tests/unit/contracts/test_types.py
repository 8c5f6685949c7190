from __future__ import annotations

import pytest

from placet.contracts.types import TypeStep, step_between

S, W, N, C, U = TypeStep.SAME, TypeStep.WIDENED, TypeStep.NARROWED, TypeStep.CHANGED, TypeStep.UNCLEAR


@pytest.mark.parametrize(
    ("before", "after", "step"),
    [
        ("int", "bigint", W),
        ("bigint", "int", N),
        ("tinyint", "smallint", W),
        ("int", "integer", S),
        ("int4", "int", S),
        ("int", "decimal(10,0)", W),
        ("int", "decimal(9,0)", C),
        ("int", "decimal(12,2)", W),
        ("smallint", "float", W),
        ("int", "float", C),
        ("int", "double", W),
        ("bigint", "double", C),
        ("float", "double", W),
        ("double", "float", N),
        ("decimal(10,2)", "decimal(12,2)", W),
        ("decimal(10,2)", "decimal(12,3)", C),
        ("decimal(38,2)", "decimal(5,0)", N),
        ("numeric(10,2)", "decimal(10,2)", S),
        ("varchar(10)", "varchar(256)", W),
        ("varchar(256)", "varchar(10)", N),
        ("varchar(256)", "text", W),
        ("text", "varchar(256)", N),
        ("text", "varchar", S),
        ("char(3)", "varchar(3)", W),
        ("varchar(3)", "char(3)", N),
        ("decimal", "bigdecimal", W),
        ("bigdecimal", "decimal", N),
        ("timestamp", "date", N),
        ("date", "timestamp", C),
        ("timestamp", "timestamptz", C),
        ("timestamp(3)", "timestamp(6)", C),
        ("varchar(10)", "int", C),
        ("boolean", "bool", S),
        ("struct<a int>", "struct<a  INT>", S),
        ("struct<a int>", "struct<a text>", C),
        ("struct<a int,b text>", "struct<a bigint,b text>", W),
        ("struct<a int,b text>", "struct<a bigint,b varchar(3)>", C),
        ("struct<a int,b text>", "struct<a int>", C),
        ("struct<a int>", "struct<a int,b decimal(3,2)>", W),
        ("struct<a int,b text>", "struct<b text,a int>", C),
        ("array<int>", "array<bigint>", W),
        ("array<struct<a int>>", "array<struct<a smallint>>", N),
        ("array<int>", "int", C),
        ("map<text,int>", "map<text,bigint>", W),
        ("array<my_type>", "array<your_type>", U),
        ("array<int>", "map<int,int>", C),
        ("int", "nullable(int)", W),
        ("nullable(int)", "int", N),
        ("nullable(int)", "nullable(bigint)", W),
        ("nullable(int)", "bigint", C),
        ("lowcardinality(nullable(text))", "nullable(text)", S),
        ("lowcardinality(text)", "text", S),
        ("my_domain", "text", U),
        ("my_domain(3)", "my_domain(4)", U),
        ("json", "text", C),
        ("nvarchar(50)", "varchar(50)", N),
        ("varchar(50)", "nvarchar(50)", W),
        ("nchar(5)", "nvarchar(5)", W),
        ("int", "mediumint", N),
        ("lowcardinality<text>", "text", S),
        ("array<" * 400 + "int" + ">" * 400, "array<" * 400 + "text" + ">" * 400, U),
        ("date", "boolean", C),
    ],
)
def test_a_step_between_two_types_is_what_the_lattice_says(before: str, after: str, step: TypeStep) -> None:
    assert step_between(before, after) is step


@pytest.mark.parametrize("text", ["int", "decimal(38, 2)", "varchar(10)", "array<struct<x int>>", ""])
def test_a_type_is_the_same_as_itself(text: str) -> None:
    assert step_between(text, text) is S
