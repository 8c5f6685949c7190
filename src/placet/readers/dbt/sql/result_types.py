"""What type a function or a literal gives, where that is certain in a dialect."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlglot import exp

from placet.readers.dbt.sql.types import normal_type

# The types of a node's arguments by the arguments' names.
Types = Mapping[str, Sequence[str | None]]

_SPARK = ("databricks", "spark", "spark2")
_TRINO = ("trino", "presto", "athena")
_POSTGRES = ("postgres", "materialize", "risingwave")
# What a text is called where its length is no part of its type. Elsewhere (Redshift, MySQL) it is as long as it is.
_TEXT: Mapping[str, str] = {
    "": "text",
    "bigquery": "string",
    "clickhouse": "string",
    "duckdb": "text",
    "snowflake": "varchar",
    **dict.fromkeys(_SPARK, "string"),
    **dict.fromkeys(_TRINO, "varchar"),
    **dict.fromkeys(_POSTGRES, "text"),
}
# Where a whole number is as wide as its value needs it, and where all have one width.
_WHOLE_BY_VALUE = frozenset({"", "duckdb", "redshift", "tsql", "fabric", *_SPARK, *_TRINO, *_POSTGRES})
_WHOLE_ALIKE = frozenset({"bigquery", "snowflake"})
_FRACTION: Mapping[str, str] = {
    "": "decimal", "bigquery": "float64", "clickhouse": "double", **dict.fromkeys(_POSTGRES, "decimal")
}  # fmt: skip
_INT_MAX, _BIGINT_MAX = 2**31, 2**63
_BINARY = frozenset({"binary", "varbinary", "bytea", "blob", "bytes"})
# Below these, adding to a date gives a time stamp.
_DAYS_OR_MORE = frozenset({"day", "week", "month", "quarter", "year"})
_INTEGERS = frozenset({"tinyint", "smallint", "int", "bigint"})
# Where a text function's result is as long as its argument may be.
_KEEPS_LENGTH = frozenset({"snowflake", "redshift", *_TRINO})


def literal_type(text: str, dialect: str, *, is_string: bool) -> str | None:
    """The type of a literal."""
    if is_string:
        return _text(dialect)
    if not text.isdigit():
        fraction = _FRACTION.get(dialect)
        plain = fraction is not None and text.replace(".", "", 1).isdigit()
        return normal_type(fraction, dialect) if fraction is not None and plain else None
    value = int(text) if len(text) <= len(str(_BIGINT_MAX)) else _BIGINT_MAX
    if value >= _BIGINT_MAX:
        return None
    if dialect in _WHOLE_ALIKE:
        return normal_type("int", dialect)
    if dialect not in _WHOLE_BY_VALUE:
        return None
    return normal_type("int" if value < _INT_MAX else "bigint", dialect)


def result_type(node: exp.Expr, types: Types, dialect: str) -> str | None:
    """The type that a node gives; None where that is not certain."""
    rule = _RULES.get(type(node))
    if rule is None:
        return None
    if callable(rule):
        return rule(node, types, dialect)
    written = rule if isinstance(rule, str) else rule.get(dialect)
    return normal_type(written, dialect) if written else None


def called_type(name: str, dialect: str) -> str | None:
    """The type that a function gives which is known by its name alone."""
    written = _CALLED.get((dialect, name.lower().removeprefix("try_")))
    return normal_type(written, dialect) if written else None


def _text(dialect: str) -> str | None:
    return normal_type(_TEXT[dialect], dialect) if dialect in _TEXT else None


def _first(types: Types) -> str | None:
    return next(iter(types.get("this", ())), None)


def _is_text(type_: str | None) -> bool:
    return type_ is not None and (type_ == "text" or type_.partition("(")[0] in ("varchar", "char"))


def _argument(_node: exp.Expr, types: Types, _dialect: str) -> str | None:
    return _first(types)


def _common(_node: exp.Expr, types: Types, _dialect: str) -> str | None:
    given = {one for several in types.values() for one in several}
    return given.pop() if len(given) == 1 else None


def _some_text(_node: exp.Expr, types: Types, dialect: str) -> str | None:
    """A text, unless nothing says that it is no binary."""
    return None if _first(types) in _BINARY or dialect == "clickhouse" else _text(dialect)


def _same_text(node: exp.Expr, types: Types, dialect: str) -> str | None:
    given = _first(types)
    return given if dialect in _KEEPS_LENGTH and _is_text(given) else _some_text(node, types, dialect)


def _joined(node: exp.Expr, types: Types, dialect: str) -> str | None:
    """Texts put together; arrays and binaries are put together in the same words."""
    if isinstance(node, exp.Concat) and dialect in _POSTGRES:
        return _text(dialect)
    given = [one for several in types.values() for one in several]
    return _some_text(node, {}, dialect) if any(_is_text(one) for one in given) else None


def _truncated(_node: exp.Expr, types: Types, dialect: str) -> str | None:
    given = _first(types)
    if dialect in _SPARK:
        return normal_type("timestamp", dialect)
    if given is None or dialect == "clickhouse":
        return None
    if dialect in ("snowflake", "bigquery", *_TRINO) or given.startswith("timestamp"):
        return given
    return "timestamptz" if dialect in _POSTGRES and given == "date" else None


def _date_moved(node: exp.Expr, types: Types, dialect: str) -> str | None:
    given = _first(types)
    if dialect in ("bigquery", *_TRINO):
        return given
    if dialect == "snowflake" and given is not None:
        unit = str(node.args["unit"].name).lower() if node.args.get("unit") else ""
        if given.startswith("timestamp") or unit.rstrip("s") in _DAYS_OR_MORE:
            return given
    return "date" if isinstance(node, exp.TsOrDsAdd) and dialect in _SPARK else None


def _part(node: exp.Expr, _types: Types, dialect: str) -> str | None:
    part = str(node.this.name).lower()
    if dialect in ("snowflake", "bigquery", *_TRINO) and part not in ("date", "time", "datetime"):
        return normal_type("bigint", dialect)
    if dialect in (*_SPARK, "duckdb") and part in ("year", "quarter", "month", "week", "day", "hour", "minute"):
        return normal_type("int" if dialect in _SPARK else "bigint", dialect)
    return None


def _number(node: exp.Expr, _types: Types, dialect: str) -> str | None:
    if dialect in _POSTGRES:
        return normal_type("decimal", dialect)
    digits = [node.args.get(name) for name in ("precision", "scale")]
    if dialect != "snowflake" or not all(isinstance(one, exp.Literal) for one in digits):
        return None
    precision, scale = (one.name for one in digits if isinstance(one, exp.Literal))
    return normal_type(f"decimal({precision}, {scale})", dialect)


def _moment(node: exp.Expr, _types: Types, dialect: str) -> str | None:
    """The time stamp of now."""
    if dialect == "redshift" or node.args.get("sysdate"):
        return "timestamp" if dialect in ("redshift", "snowflake") else None
    written = {"snowflake": "timestamp_ltz", "duckdb": "timestamptz", "bigquery": "timestamp"}
    written |= dict.fromkeys((*_POSTGRES, *_TRINO), "timestamptz") | dict.fromkeys(_SPARK, "timestamp")
    return normal_type(written[dialect], dialect) if dialect in written else None


def _epoch(node: exp.Expr, _types: Types, dialect: str) -> str | None:
    if dialect == "bigquery":
        return normal_type("timestamp", dialect)
    if dialect == "duckdb" and node.args.get("scale") is not None:
        return "timestamp"
    return "timestamptz" if dialect in (*_POSTGRES, *_TRINO, "duckdb") else None


def _rounded(_node: exp.Expr, types: Types, _dialect: str) -> str | None:
    return "double" if _first(types) == "double" else None


def _sum(_node: exp.Expr, types: Types, dialect: str) -> str | None:
    given = _first(types)
    if given is None or dialect in ("", "clickhouse"):
        return None
    if given == "double":
        return given
    if given in _INTEGERS:
        if dialect in ("bigquery", *_SPARK, *_TRINO) or (dialect in (*_POSTGRES, "redshift") and given != "bigint"):
            return "bigint"
        return "decimal" if dialect in _POSTGRES else None
    if given.startswith("decimal"):
        if dialect in _POSTGRES:
            return "decimal"
        if dialect == "bigquery":
            return given
        if dialect in ("snowflake", "redshift", "duckdb", *_TRINO) and "," in given:
            return f"decimal(38,{given.rpartition(',')[2]}"
    return None


def _average(_node: exp.Expr, types: Types, dialect: str) -> str | None:
    given = _first(types)
    if given is None or dialect in ("", "clickhouse"):
        return None
    if given == "double" or (dialect == "duckdb" and given in _INTEGERS):
        return "double"
    if given in _INTEGERS:
        if dialect in _POSTGRES:
            return "decimal"
        return "double" if dialect in ("bigquery", *_SPARK, *_TRINO) else None
    return "decimal" if given.startswith("decimal") and dialect in _POSTGRES else None


def _by(**written: str) -> dict[str, str]:
    """Types by dialect; ``spark``, ``trino`` and ``postgres`` stand for all that follow them."""
    families = {"spark": _SPARK, "trino": _TRINO, "postgres": _POSTGRES}
    return {one: type_ for name, type_ in written.items() for one in families.get(name, (name,))}


_CALLED = {
    ("snowflake", "to_timestamp"): "timestamp_ntz",
    ("snowflake", "to_timestamp_ntz"): "timestamp_ntz",
    ("snowflake", "to_timestamp_ltz"): "timestamp_ltz",
    ("snowflake", "to_timestamp_tz"): "timestamp_tz",
}
_COUNTED = _by(bigquery="bigint", snowflake="int", duckdb="bigint", spark="int", trino="bigint")
_DATETIME = _by(bigquery="datetime")
_TIMESTAMP = _by(bigquery="timestamp")
_DATED = _by(
    bigquery="date", snowflake="date", duckdb="date", spark="date", trino="date", postgres="date", redshift="date"
)
_AS_ARGUMENT = (
    exp.Max, exp.Min, exp.AnyValue, exp.First, exp.Last, exp.FirstValue, exp.LastValue, exp.NthValue, exp.Lag,
    exp.Lead, exp.Nullif, exp.Filter, exp.IgnoreNulls, exp.RespectNulls, exp.Neg, exp.Distinct, exp.Abs, exp.Try,
)  # fmt: skip
_TEXTS = (
    exp.ToChar, exp.TimeToStr, exp.JSONExtractScalar, exp.GroupConcat, exp.JSONFormat, exp.UnixToStr, exp.String,
    exp.SplitPart, exp.RegexpReplace, exp.Replace, exp.Initcap, exp.ConcatWs, exp.Left, exp.Right,
)  # fmt: skip
_Rule = str | Mapping[str, str] | Callable[[exp.Expr, Types, str], str | None]
_RULES: Mapping[type[exp.Expr], _Rule] = {
    **dict.fromkeys(_AS_ARGUMENT, _argument),
    **dict.fromkeys((exp.Count, exp.CountIf, exp.ApproxDistinct, exp.RowNumber, exp.Rank, exp.DenseRank), "bigint"),
    **dict.fromkeys(_TEXTS, _some_text),
    **dict.fromkeys((exp.Upper, exp.Lower, exp.Trim, exp.Substring), _same_text),
    **dict.fromkeys((exp.Concat, exp.DPipe), _joined),
    **dict.fromkeys((exp.Greatest, exp.Least), _common),
    exp.CurrentDate: "date",
    **dict.fromkeys((exp.Date, exp.TsOrDsToDate, exp.StrToDate, exp.DateFromParts), _DATED),
    **dict.fromkeys((exp.DateTrunc, exp.TimestampTrunc), _truncated),
    **dict.fromkeys((exp.DateAdd, exp.DateSub, exp.TsOrDsAdd), _date_moved),
    **dict.fromkeys((exp.Timestamp, exp.TimestampAdd, exp.TimestampSub), _TIMESTAMP),
    **dict.fromkeys(
        (
            exp.Datetime, exp.TsOrDsToDatetime, exp.ParseDatetime, exp.DatetimeAdd, exp.DatetimeSub,
            exp.CurrentDatetime,
        ),
        _DATETIME,
    ),
    exp.StrToTime: _by(
        bigquery="timestamp", postgres="timestamptz", redshift="timestamptz", duckdb="timestamp", spark="timestamp",
        trino="timestamp",
    ),
    exp.FromISO8601Timestamp: _by(trino="timestamptz"),
    exp.UnixToTime: _epoch,
    exp.CurrentTimestamp: _moment,
    exp.Length: {**_COUNTED, **_by(postgres="int", redshift="int")},
    exp.DateDiff: _COUNTED,
    exp.TsOrDsDiff: _by(redshift="bigint"),
    **dict.fromkeys((exp.TimestampDiff, exp.DatetimeDiff, exp.UnixSeconds, exp.Int64), _by(bigquery="bigint")),
    exp.StrToUnix: _by(spark="bigint"),
    **dict.fromkeys((exp.Year, exp.Month, exp.Day, exp.Quarter), _COUNTED),
    exp.Extract: _part,
    exp.Float64: _by(bigquery="float64"),
    exp.ToDouble: "double",
    exp.ToBoolean: "boolean",
    exp.ToNumber: _number,
    exp.ParseJSON: _by(bigquery="json", snowflake="variant", duckdb="json"),
    exp.Round: _rounded,
    exp.Sum: _sum,
    exp.Avg: _average,
}  # fmt: skip
