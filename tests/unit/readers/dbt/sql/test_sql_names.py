"""How dialects fold names and spell types."""

from __future__ import annotations

import pytest

from placet.readers.dbt.sql import fold, normal_type


@pytest.mark.parametrize(
    ("name", "quoted", "dialect", "folded"),
    [
        ("User_ID", False, "snowflake", "user_id"),
        ("USER_ID", True, "snowflake", "user_id"),
        ("user_id", True, "snowflake", '"user_id"'),
        ("user_id", True, "oracle", '"user_id"'),
        ("123", True, "snowflake", "123"),
        ("userId", True, "snowflake", "userId"),
        ("User_ID", False, "postgres", "user_id"),
        ("user_id", True, "postgres", "user_id"),
        ("USER_ID", True, "postgres", "USER_ID"),
        ("User_ID", True, "bigquery", "user_id"),
        ("User_ID", True, "duckdb", "user_id"),
        ("User_ID", True, "databricks", "user_id"),
        ("User_ID", True, "redshift", "user_id"),
        ("User_ID", True, "tsql", "user_id"),
        ("User_ID", True, "trino", "user_id"),
        ("User_ID", False, "clickhouse", "User_ID"),
        ("User_ID", True, "", "user_id"),
    ],
)
def test_names_that_a_dialect_takes_for_one_fold_to_one(name: str, quoted: bool, dialect: str, folded: str) -> None:  # noqa: FBT001 - a table's column
    assert fold(name, quoted=quoted, dialect=dialect) == folded


@pytest.mark.parametrize(
    ("text", "dialect", "normal"),
    [
        ("int4", "postgres", "int"),
        ("INTEGER", "postgres", "int"),
        ("int8", "postgres", "bigint"),
        ("character varying(10)", "postgres", "varchar(10)"),
        ("character  varying", "postgres", "varchar"),
        ("double precision", "postgres", "double"),
        ("float8", "postgres", "double"),
        ("real", "postgres", "float"),
        ("numeric(10, 2)", "postgres", "decimal(10,2)"),
        ("bool", "postgres", "boolean"),
        ("timestamp with time zone", "postgres", "timestamptz"),
        ("timestamp without time zone", "postgres", "timestamp"),
        ("int[]", "postgres", "array<int>"),
        ("Order_Status", "postgres", "order_status"),
        ("number(38,0)", "snowflake", "decimal(38,0)"),
        ("number", "snowflake", "decimal(38,0)"),
        ("int", "snowflake", "decimal(38,0)"),
        ("bigint", "snowflake", "decimal(38,0)"),
        ("number(38)", "snowflake", "decimal(38,0)"),
        ("number(10,2)", "snowflake", "decimal(10,2)"),
        ("string", "snowflake", "varchar"),
        ("text", "snowflake", "varchar"),
        ("varchar(16777216)", "snowflake", "varchar"),
        ("float", "snowflake", "double"),
        ("timestamp_ntz", "snowflake", "timestamp"),
        ("timestamp_tz", "snowflake", "timestamptz"),
        ("variant", "snowflake", "variant"),
        ("INT64", "bigquery", "bigint"),
        ("integer", "bigquery", "bigint"),
        ("string", "bigquery", "text"),
        ("string(10)", "bigquery", "varchar(10)"),
        ("float64", "bigquery", "double"),
        ("timestamp", "bigquery", "timestamptz"),
        ("datetime", "bigquery", "timestamp"),
        ("array<struct<a int64, b string>>", "bigquery", "array<struct<a bigint,b text>>"),
        ("varchar", "redshift", "varchar(256)"),
        ("varchar(max)", "redshift", "varchar(max)"),
        ("string", "databricks", "text"),
        ("long", "databricks", "bigint"),
        ("decimal", "databricks", "decimal(10,0)"),
        ("varchar(10)", "duckdb", "text"),
        ("nvarchar(max)", "tsql", "text"),
        ("nvarchar(10)", "tsql", "nvarchar(10)"),
        ("datetime2", "tsql", "timestamp"),
        ("timestamp(3) with time zone", "trino", "timestamptz(3)"),
        ("row(a integer)", "trino", "struct<a int>"),
        ("Nullable(String)", "clickhouse", "nullable(text)"),
        ("UInt8", "clickhouse", "utinyint"),
        ("", "snowflake", ""),
        ("  what   Is this(", "snowflake", "what is this("),
    ],
)
def test_types_have_one_spelling(text: str, dialect: str, normal: str) -> None:
    assert normal_type(text, dialect) == normal


@pytest.mark.parametrize(
    "dialect", ["snowflake", "postgres", "bigquery", "redshift", "databricks", "duckdb", "trino", ""]
)
def test_a_normal_type_is_normal_already(dialect: str) -> None:
    for text in (
        "int",
        "bigint",
        "decimal(10,2)",
        "double",
        "varchar(10)",
        "boolean",
        "date",
        "timestamp",
        "timestamptz",
    ):
        once = normal_type(text, dialect)
        if dialect == "bigquery" and once.startswith("timestamp"):
            continue  # BigQuery's own TIMESTAMP has a zone, the lattice's has none
        assert normal_type(once, dialect) == once
