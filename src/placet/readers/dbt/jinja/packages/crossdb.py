"""dbt's own macros for SQL that differs between databases."""

# ruff: noqa: S608 - SQL is written here to be read, never to be run

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from placet.readers.dbt.jinja.packages.writing import condition, functions, literal, shown, sql, table, texts, variant
from placet.readers.dbt.jinja.things import Function, Value
from placet.readers.dbt.jinja.unknown import Unknown

if TYPE_CHECKING:
    from placet.readers.dbt.jinja.run import Run

_TRINO_DATE_DIFF = "date_diff('{datepart}', {first_date}, {second_date})"


def _concat(run: Run, fields: Value) -> str:
    parts = texts(run, fields)
    pattern = variant(
        run,
        {"default": " || ", "bigquery": "concat(", "spark": "concat(", "sqlserver": "concat(", "clickhouse": "concat("},
    )
    return f"concat({', '.join(parts)})" if pattern == "concat(" else pattern.join(parts)


def _datepart(value: Value) -> Value:
    return value.strip().strip("'\"").lower() if isinstance(value, str) else value


def _on_datepart(macro: Function, place: int) -> Function:
    """The macro, given its date part without quotes, as some write it."""

    def call(run: Run, *args: Value, **kwargs: Value) -> Value:
        given = list(args)
        if len(given) > place:
            given[place] = _datepart(given[place])
        elif "datepart" in kwargs:
            kwargs = {**kwargs, "datepart": _datepart(kwargs["datepart"])}
        return macro.call(run, given, kwargs)

    return Function(macro.name, call)


def _datediff(run: Run, first_date: Value, second_date: Value, datepart: Value) -> str:
    texts_ = {
        "first_date": shown(run, first_date),
        "second_date": shown(run, second_date),
        "datepart": shown(run, _datepart(datepart)),
    }
    pattern = variant(
        run,
        {
            "default": "datediff({datepart}, {first_date}, {second_date})",
            "redshift": "datediff({datepart}, {first_date}, {second_date})",
            "postgres": "date_part('{datepart}', ({second_date})::timestamp - ({first_date})::timestamp)",
            "bigquery": "datetime_diff(cast({second_date} as datetime), cast({first_date} as datetime), {datepart})",
            "duckdb": "date_diff('{datepart}', {first_date}::timestamp, {second_date}::timestamp)",
            "clickhouse": "dateDiff('{datepart}', {first_date}, {second_date})",
            "trino": _TRINO_DATE_DIFF,
            "athena": _TRINO_DATE_DIFF,
        },
    )
    return pattern.format_map(texts_)


def _cast_bool_to_text(run: Run, field: Value) -> str:
    return f"lower(cast({shown(run, field)} as {variant(run, STRING)}))"


def _listagg(
    run: Run, measure: Value, delimiter_text: Value = "','", order_by_clause: Value = None, limit_num: Value = None
) -> str:
    inner, delimiter = shown(run, measure), shown(run, delimiter_text)
    order = shown(run, order_by_clause) if condition(run, order_by_clause) else ""
    limit = f" limit {shown(run, limit_num)}" if condition(run, limit_num) else ""
    within = f" within group ({order})" if order else ""
    pattern = variant(
        run,
        {
            "default": "listagg({inner}, {delimiter}){within}",
            "redshift": "listagg({inner}, {delimiter}){within}",
            "postgres": "string_agg({inner}, {delimiter}{order})",
            "duckdb": "string_agg({inner}, {delimiter}{order})",
            "bigquery": "string_agg({inner}, {delimiter}{order}{limit})",
            "sqlserver": "string_agg({inner}, {delimiter}){within}",
            "spark": "array_join(collect_list({inner}), {delimiter})",
            "clickhouse": "arrayStringConcat(groupArray({inner}), {delimiter})",
            "trino": "array_join(array_agg({inner}{order}), {delimiter})",
            "athena": "array_join(array_agg({inner}{order}), {delimiter})",
        },
    )
    spaced = f" {order}" if order else ""
    return pattern.format_map(
        {"inner": inner, "delimiter": delimiter, "within": within, "order": spaced, "limit": limit}
    )


def _array_construct(run: Run, inputs: Value = (), data_type: Value = "integer") -> str:  # noqa: ARG001 - dbt's
    inner = ", ".join(texts(run, inputs))
    pattern = variant(
        run,
        {
            "default": "array[{inner}]",
            "snowflake": "array_construct({inner})",
            "redshift": "array({inner})",
            "spark": "array({inner})",
            "bigquery": "[{inner}]",
        },
    )
    return pattern.format_map({"inner": inner})


def _string_literal(run: Run, value: Value) -> str:
    return f"'{shown(run, value)}'"


def _escape_single_quotes(run: Run, expression: Value) -> str:
    text = shown(run, expression)
    return text.replace("'", "\\'" if run.around.target.type in ("bigquery", "spark", "databricks") else "''")


def _powers_of_two(_run: Run, upper_bound: Value) -> int:
    if isinstance(upper_bound, int) and upper_bound > 0:
        return max(1, (upper_bound - 1).bit_length())
    raise ValueError("the upper bound must be positive")


def _intervals(run: Run, *args: Value) -> Unknown:
    return run.unknown("get_intervals_between", "how many intervals there are is computed in the warehouse", args)


def _date(run: Run, year: Value, month: Value, day: Value) -> Value:
    values = [shown(run, one) for one in (year, month, day)]
    if all(one.isdigit() for one in values):
        return f"to_date({literal('-'.join(one.zfill(2) for one in values))})"
    return f"make_date({', '.join(values)})"


def _date_spine(run: Run, datepart: Value, start_date: Value, end_date: Value) -> str:
    part, start, end = shown(run, _datepart(datepart)), shown(run, start_date), shown(run, end_date)
    moved = shown(run, DBT["dateadd"].call(run, [part, "generated_number - 1", start], {}))
    return (
        f"with rawdata as ({_GENERATED}), all_periods as (select {moved} as date_{part} from rawdata),"
        f" filtered as (select * from all_periods where date_{part} <= {end}) select * from filtered"
    )


def _generate_series(run: Run, upper_bound: Value) -> str:
    return f"with unioned as ({_GENERATED}) select * from unioned where generated_number <= {shown(run, upper_bound)}"


_GENERATED = "select 1 as generated_number union all select 2 as generated_number"
STRING = {
    "default": "TEXT",
    "bigquery": "string",
    "spark": "string",
    "snowflake": "varchar",
    "redshift": "varchar",
    "trino": "varchar",
    "athena": "varchar",
    "clickhouse": "String",
    "sqlserver": "varchar(900)",
}
TIMESTAMP = {
    "default": "timestamp",
    "postgres": "timestamp without time zone",
    "snowflake": "timestamp_ntz",
    "sqlserver": "datetime2",
    "trino": "timestamp(3)",
    "clickhouse": "DateTime",
}
_NOW = {"default": "current_timestamp", "bigquery": "current_timestamp()", "spark": "current_timestamp()"}
_LAST_DAY = "cast(date_trunc('{datepart}', {date}) + interval '1 {datepart}' - interval '1 day' as date)"
_DATE_TRUNC = "date_trunc('{datepart}', {date})"

DBT: Mapping[str, Function] = MappingProxyType(
    {
        **table(
            sql("type_string()", **STRING),
            sql("type_timestamp()", **TIMESTAMP),
            sql("type_float()", "float", bigquery="float64", trino="double", athena="double", spark="float"),
            sql("type_numeric()", "numeric(28,6)", bigquery="numeric", trino="decimal(28,6)", spark="decimal(28,6)"),
            sql("type_bigint()", "bigint", bigquery="int64"),
            sql("type_int()", "int", bigquery="int64", postgres="integer"),
            sql("type_boolean()", "boolean", bigquery="bool", sqlserver="bit"),
            sql("type_date()", "date"),
            sql("current_timestamp()", **_NOW),
            sql("current_timestamp_backcompat()", **_NOW),
            sql("current_timestamp_in_utc_backcompat()", **_NOW),
            sql("current_timestamp_in_utc()", **_NOW),
            sql("any_value(expression)", "any_value({expression})", postgres="min({expression})"),
            sql(
                "bool_or(expression)",
                "bool_or({expression})",
                snowflake="boolor_agg({expression})",
                bigquery="logical_or({expression})",
            ),
            sql("cast(field, type)", "cast({field} as {type})"),
            sql(
                "safe_cast(field, type)",
                "cast({field} as {type})",
                bigquery="safe_cast({field} as {type})",
                snowflake="try_cast({field} as {type})",
                duckdb="try_cast({field} as {type})",
            ),
            sql("try_cast(field, type)", "try_cast({field} as {type})"),
            _on_datepart(
                sql(
                    "date_trunc(datepart, date)",
                    _DATE_TRUNC,
                    bigquery="timestamp_trunc(cast({date} as timestamp), {datepart})",
                    sqlserver="datetrunc({datepart}, {date})",
                ),
                0,
            ),
            _on_datepart(
                sql(
                    "dateadd(datepart, interval, from_date_or_timestamp)",
                    "dateadd({datepart}, {interval}, {from_date_or_timestamp})",
                    postgres="{from_date_or_timestamp} + ((interval '1 {datepart}') * ({interval}))",
                    redshift="dateadd({datepart}, {interval}, {from_date_or_timestamp})",
                    bigquery="datetime_add(cast({from_date_or_timestamp} as datetime), interval {interval} {datepart})",
                    duckdb="date_add({from_date_or_timestamp}, interval ({interval}) {datepart})",
                    trino="date_add('{datepart}', {interval}, {from_date_or_timestamp})",
                    athena="date_add('{datepart}', {interval}, {from_date_or_timestamp})",
                    clickhouse="dateAdd({datepart}, {interval}, {from_date_or_timestamp})",
                ),
                0,
            ),
            _on_datepart(
                sql(
                    "last_day(date, datepart)",
                    "last_day({date}, {datepart})",
                    postgres=_LAST_DAY,
                    duckdb=_LAST_DAY,
                    spark="last_day({date})",
                ),
                1,
            ),
            sql("except()", "except", bigquery="except distinct"),
            sql("intersect()", "intersect", bigquery="intersect distinct"),
            sql(
                "hash(field)",
                "md5(cast({field} as varchar))",
                bigquery="to_hex(md5(cast({field} as string)))",
                spark="md5(cast({field} as string))",
                postgres="md5(cast({field} as TEXT))",
                duckdb="md5(cast({field} as TEXT))",
                redshift="md5(cast({field} as varchar))",
            ),
            sql("length(expression)", "length({expression})", sqlserver="len({expression})"),
            sql(
                "position(substring_text, string_text)",
                "position({substring_text} in {string_text})",
                bigquery="strpos({string_text}, {substring_text})",
                sqlserver="charindex({substring_text}, {string_text})",
            ),
            sql("replace(field, old_chars, new_chars)", "replace({field}, {old_chars}, {new_chars})"),
            sql("right(string_text, length_expression)", "right({string_text}, {length_expression})"),
            sql(
                "split_part(string_text, delimiter_text, part_number)",
                "split_part({string_text}, {delimiter_text}, {part_number})",
                bigquery="split({string_text}, {delimiter_text})[safe_offset({part_number} - 1)]",
            ),
            sql(
                "array_append(array, new_element)",
                "array_append({array}, {new_element})",
                bigquery="array_concat({array}, [{new_element}])",
                spark="concat({array}, array({new_element}))",
            ),
            sql(
                "array_concat(array_1, array_2)",
                "array_cat({array_1}, {array_2})",
                bigquery="array_concat({array_1}, {array_2})",
                spark="concat({array_1}, {array_2})",
            ),
            sql(
                "equals(expr1, expr2)",
                "case when ({expr1} = {expr2}) or ({expr1} is null and {expr2} is null) then 0 else 1 end = 0",
            ),
            sql("format_column(column)", "{column}"),
        ),
        **functions(
            concat=_concat,
            datediff=_datediff,
            cast_bool_to_text=_cast_bool_to_text,
            listagg=_listagg,
            array_construct=_array_construct,
            string_literal=_string_literal,
            escape_single_quotes=_escape_single_quotes,
            get_powers_of_two=_powers_of_two,
            get_intervals_between=_intervals,
            date=_date,
            date_spine=_date_spine,
            generate_series=_generate_series,
        ),
    }
)
