"""Types in one spelling: whatever a dialect calls a type, what comes out is comparable and the same every time."""

from __future__ import annotations

from functools import lru_cache

from sqlglot import exp
from sqlglot.errors import SqlglotError

# The same type under two names, per dialect, after sqlglot has folded the dialect's own words.
_SAME = {
    "snowflake": {
        **dict.fromkeys(("tinyint", "smallint", "int", "bigint", "decimal", "decimal(38)"), "decimal(38, 0)"),
        "text": "varchar",
        "varchar(16777216)": "varchar",
        "char": "char(1)",
        "float": "double",
        "datetime": "timestampntz",
        "timestampntz(9)": "timestampntz",
        "timestamp": "timestampntz",
    },
    "bigquery": {"tinyint": "bigint", "smallint": "bigint", "int": "bigint", "float": "double", "varchar": "text"},
    "redshift": {
        "text": "varchar(256)",
        "varchar": "varchar(256)",
        "char": "char(1)",
        "bpchar": "char(256)",
        "decimal": "decimal(18, 0)",
    },
    "postgres": {"bpchar": "char(1)", "char": "char(1)", "serial": "int", "bigserial": "bigint"},
    "databricks": {"varchar": "text", "decimal": "decimal(10, 0)"},
    "spark": {"varchar": "text", "decimal": "decimal(10, 0)"},
    "trino": {"text": "varchar"},
    "tsql": {"datetime2": "timestamp", "varchar": "varchar(1)", "nvarchar": "nvarchar(1)", "decimal": "decimal(18, 0)"},
}
# sqlglot reads Snowflake's own names for its time stamps before its generic ones.
_GENERAL = {"timestampntz": "timestamp", "timestampltz": "timestamp_ltz"}


def normal_type(text: str, dialect: str) -> str:
    """A type's normal spelling: lower case, aliases folded (``int4`` is ``int``, BigQuery's ``string`` is ``text``).

    A type that nobody knows is its own text in lower case with single spaces; an empty text stays empty.
    """
    return _normal(" ".join(text.split()), dialect)


@lru_cache(maxsize=4096)
def _normal(text: str, dialect: str) -> str:
    if not text:
        return ""
    try:
        parsed = exp.DataType.build(text, dialect=dialect or None, udt=True)
        return text.lower() if parsed.this == exp.DType.USERDEFINED else type_of(parsed, dialect)
    except (SqlglotError, RecursionError, ValueError):
        return text.lower()


def type_of(node: exp.DataType, dialect: str) -> str:
    """The normal spelling of a type that was parsed."""
    if dialect == "clickhouse" and node.args.get("nullable"):
        inner = node.copy()
        inner.set("nullable", False)
        return f"nullable({type_of(inner, dialect)})"
    if not node.expressions and not node.args.get("values") and isinstance(node.this, exp.DType):
        return _folded(str(node.this.value).lower(), dialect)
    return _folded(_spelled(node, dialect), dialect).replace(", ", ",")


def _folded(spelling: str, dialect: str) -> str:
    same = _SAME.get(dialect, {}).get(spelling, spelling)
    return _GENERAL.get(same, same).replace(", ", ",")


def _spelled(node: exp.DataType, dialect: str) -> str:
    """The type's own spelling; types within types are folded one by one."""
    if not isinstance(node.this, exp.DType):
        return node.sql().lower()
    inner = [_part(part, dialect) for part in node.expressions]
    name = str(node.this.value).lower()
    if dialect == "bigquery" and name == "text":
        name = "varchar"
    if dialect == "tsql" and inner == ["max"]:
        return "text"
    nested = bool(node.args.get("nested")) or any(isinstance(part, exp.DataType) for part in node.expressions)
    return f"{name}<{', '.join(inner)}>" if nested else f"{name}({', '.join(inner)})"


def _part(node: object, dialect: str) -> str:
    if isinstance(node, exp.DataType):
        return type_of(node, dialect)
    if isinstance(node, exp.ColumnDef) and isinstance(node.args.get("kind"), exp.DataType):
        return f"{node.name.lower()} {type_of(node.args['kind'], dialect)}"
    if isinstance(node, exp.Expr):
        return node.sql().lower()
    return str(node).lower()
