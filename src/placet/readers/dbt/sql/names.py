"""Identifiers as dialects see them: which spellings are one name, and what a column without a name is called."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlglot import exp

from placet.readers.dbt.parts import HOLE_TOKEN, Hole

_POSTGRES_LIKE = frozenset({"postgres", "materialize", "risingwave"})
_UPPER_CASE = frozenset({"snowflake", "oracle", "exasol"})
_EXACT = frozenset({"clickhouse"})

# Where a column of a select list may be used by name in the other columns and in all clauses of the same select.
_LATERAL_ALIASES = frozenset(
    {"snowflake", "redshift", "databricks", "spark", "spark2", "duckdb", "clickhouse", "teradata", "sqlite", "dremio"}
)
# Where such a name wins over a column of the same name that is read.
ALIASES_FIRST = frozenset({"clickhouse"})
# Where a dot never leads into a column: what stands before it is a relation.
NO_DOTTED_FIELDS = frozenset({"snowflake", "postgres", "tsql", "fabric", "mysql", "sqlite", "teradata", "exasol"})
# Where what stands in double quotes may be a text: nobody knows the dialect, or it falls back to that.
QUOTES_MAY_BE_TEXT = frozenset({"", "sqlite"})
# Where ``+`` puts texts together, so that the order of its operands matters.
PLUS_CONCATENATES = frozenset({"tsql", "fabric"})
# Where a common table expression may read itself without WITH RECURSIVE.
ALWAYS_RECURSIVE = frozenset({"tsql", "fabric", "oracle"})
# Where the columns of USING stay in their place in a star, rather than to come first.
USING_IN_PLACE = frozenset({"duckdb", "clickhouse"})

# Names that mean something without being a column of any relation.
PSEUDO_COLUMNS = frozenset(
    [
        "_table_suffix",
        "_partitiontime",
        "_partitiondate",
        "_file_name",
        "_change_type",
        "_change_timestamp",
        "rownum",
        "rowid",
        "level",
        "ctid",
        "oid",
        "xmin",
        "xmax",
        "tableoid",
        "sysdate",
        "systimestamp",
        "current_user",
        "session_user",
        "user",
        "current_role",
        "current_database",
        "current_schema",
        "current_catalog",
        "current_warehouse",
        "localtime",
        "localtimestamp",
        "current_time",
        "current_date",
        "current_timestamp",
        "getdate",
        "connect_by_isleaf",
        "connect_by_iscycle",
        "input_file_name",
        "_metadata",
    ]
)
_PSEUDO_PREFIXES = ("metadata$", "$path", "$file", "@@")
DATE_PARTS = frozenset(
    [
        "year",
        "years",
        "yyyy",
        "yy",
        "month",
        "months",
        "mm",
        "mon",
        "day",
        "days",
        "dd",
        "d",
        "hour",
        "hours",
        "hh",
        "minute",
        "minutes",
        "mi",
        "n",
        "second",
        "seconds",
        "ss",
        "s",
        "week",
        "weeks",
        "wk",
        "ww",
        "isoweek",
        "isoyear",
        "quarter",
        "quarters",
        "qtr",
        "q",
        "dow",
        "doy",
        "dayofweek",
        "dayofyear",
        "weekday",
        "epoch",
        "millisecond",
        "milliseconds",
        "ms",
        "microsecond",
        "microseconds",
        "us",
        "nanosecond",
        "nanoseconds",
        "ns",
        "decade",
        "century",
        "millennium",
        "timezone",
        "epoch_second",
        "epoch_millisecond",
        "week_iso",
        "dayofweek_iso",
        "yearofweek",
        "yearofweekiso",
        "date",
        "time",
    ]
)

_HOLE = re.compile(re.escape(HOLE_TOKEN) + r"[0-9]+", re.IGNORECASE)


def fold(name: str, *, quoted: bool, dialect: str) -> str:
    """The one spelling of all that a dialect takes for the same column name.

    Lower case, except where only quotes reach the name (a quoted mixed-case name in Postgres or Snowflake) or where
    case always counts (ClickHouse). A name quoted in lower case, which Snowflake and Oracle take for another than the
    unquoted one, keeps its quotes.
    """
    if dialect in _EXACT:
        return name
    if not quoted:
        return name.lower()
    if dialect in _POSTGRES_LIKE:
        return name
    if dialect in _UPPER_CASE:
        if name == name.upper():
            return name.lower()
        return f'"{name}"' if name == name.lower() else name
    return name.lower()


def loosely(key: str) -> str:
    """What folded names have in common that differ in case or quotes alone."""
    return key.strip('"').lower()


def has_lateral_aliases(dialect: str) -> bool:
    """Whether a select's columns can be used by name within the same select."""
    return dialect in _LATERAL_ALIASES


def is_pseudo_column(key: str) -> bool:
    """Whether a name is one that the database gives to every query or relation."""
    return key.lower() in PSEUDO_COLUMNS or key.lower().startswith(_PSEUDO_PREFIXES)


def hole_in(text: str, holes: Mapping[str, Hole]) -> Hole | None:
    """The first hole whose token stands in a text; None where there is none."""
    if not holes or HOLE_TOKEN not in text.lower():
        return None
    for match in _HOLE.finditer(text):
        if hole := holes.get(match.group().lower()):
            return hole
    return None


# Where a function that gives rows may stand in a select list, and its columns have names of their own.
GENERATES_COLUMNS = frozenset({"spark", "databricks", "hive", "spark2"})


def with_holes_named(text: str, holes: Mapping[str, Hole]) -> str:
    """A text in which each hole stands by its name, as people know it."""

    def named(match: re.Match[str]) -> str:
        hole = holes.get(match.group().lower())
        return match.group() if hole is None else f"{{{{ {hole.name} }}}}"

    return _HOLE.sub(named, text) if holes else text


def holes_in(text: str, holes: Mapping[str, Hole]) -> list[Hole]:
    """Every hole whose token stands in a text, in order."""
    found = (holes.get(token.lower()) for token in _HOLE.findall(text))
    return [hole for hole in found if hole is not None]


def natural_name(node: exp.Expr, position: int, unnamed: int, dialect: str) -> str:
    """What an expression without an alias is called.

    As the column, where it is one; else as the dialect names it where that is well known, else ``_col_<position>``.
    ``unnamed`` counts the nameless columns before it in the same list.
    """
    plain = _plain_name(node)
    if plain:
        return plain
    if dialect == "bigquery":
        return f"f{unnamed}_"
    if dialect in ("trino", "presto", "athena"):
        return f"_col{position}"
    if dialect in _POSTGRES_LIKE or dialect == "redshift":
        return _postgres_name(node)
    return f"_col_{position}"


def _plain_name(node: exp.Expr) -> str:
    if isinstance(node, exp.Column):
        return node.name
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Identifier):
        return node.expression.name
    if isinstance(node, exp.Paren):
        return _plain_name(node.this)
    return ""


def _postgres_name(node: exp.Expr) -> str:
    """Postgres names a column after its outermost function or the column that is cast (FigureColname in its parser)."""
    while isinstance(node, (exp.Paren, exp.Filter, exp.Window, exp.WithinGroup, exp.Bracket, exp.IgnoreNulls)):
        node = node.this
    if isinstance(node, exp.Cast):
        inner = _plain_name(node.this) or _postgres_name(node.this)
        return inner if inner != "?column?" else _type_name(node)
    if isinstance(node, exp.Case):
        return "case"
    if isinstance(node, exp.Anonymous):
        return str(node.this).lower()
    if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Select) and node.this.expressions:
        first = node.this.expressions[0]
        return str(first.alias_or_name) or _postgres_name(first)
    if isinstance(node, exp.Exists):
        return "exists"
    if isinstance(node, exp.Func) and not isinstance(node, exp.Connector):
        return type(node).sql_name().lower()
    return "?column?"


def _type_name(node: exp.Cast) -> str:
    return str(node.to.this.value).lower() if isinstance(node.to.this, exp.DType) else "?column?"
