"""Our equivalents of dbt_date."""

# ruff: noqa: S608 - SQL is written here to be read, never to be run

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from placet.readers.dbt.jinja.packages.crossdb import DBT
from placet.readers.dbt.jinja.packages.writing import condition, functions, shown, sql, table, variant
from placet.readers.dbt.jinja.things import Function, Value

if TYPE_CHECKING:
    from placet.readers.dbt.jinja.run import Run

_TODAY = "cast(current_timestamp as date)"


def _date_or_today(run: Run, date: Value) -> str:
    return shown(run, date) if condition(run, date) else _TODAY


def _of_date(pattern: str) -> Function:
    """A macro of an optional date."""

    def write(run: Run, date: Value = None, *_args: Value, **_kwargs: Value) -> str:
        return pattern.format(date=_date_or_today(run, date))

    return Function("date", write)


def _moved(datepart: str, sign: int) -> Function:
    """A macro of a number of days, weeks or months, away from a date or from today."""

    def write(run: Run, n: Value, date: Value = None, *_args: Value, **_kwargs: Value) -> str:
        count = shown(run, n) if sign > 0 else f"-1 * {shown(run, n)}"
        return f"cast({run.call(DBT['dateadd'], datepart, count, _date_or_today(run, date))} as date)"

    return Function(datepart, write)


def _stepped(datepart: str, count: int, pattern: str = "{date}") -> Function:
    """A macro of the day, week or month before or after today."""

    def write(run: Run, date: Value = None, *_args: Value, **_kwargs: Value) -> str:
        moved = run.call(DBT["dateadd"], datepart, count, _date_or_today(run, date if datepart == "day" else None))
        return pattern.format(date=moved)

    return Function(datepart, write)


def _named(part: str) -> Function:
    def write(run: Run, date: Value, short: Value = True, *_args: Value) -> str:  # noqa: FBT002 - dbt_date's
        wanted = part[:3] if condition(run, short) else part
        of = shown(run, date)
        if run.around.target.type == "bigquery":
            code = {"Month": "%B", "Mon": "%b", "Day": "%A"}.get(wanted, "%a")
            return f"format_date('{code}', cast({of} as date))"
        return f"to_char({of}, '{wanted}')"

    return Function(part, write)


def _convert_timezone(run: Run, column: Value, target_tz: Value = None, source_tz: Value = None) -> str:
    zone = (
        shown(run, target_tz)
        if condition(run, target_tz)
        else shown(run, run.around.variables.get("dbt_date:time_zone", "UTC"))
    )
    source = shown(run, source_tz) if condition(run, source_tz) else "UTC"
    of = shown(run, column)
    pattern = variant(
        run,
        {
            "default": "convert_timezone('{source}', '{zone}', cast({of} as timestamp))",
            "snowflake": "cast(convert_timezone('{source}', '{zone}', cast({of} as timestamp_ntz)) as timestamp_ntz)",
            "postgres": "cast(cast({of} as timestamp) at time zone '{source}' at time zone '{zone}' as timestamp)",
            "redshift": "convert_timezone('{source}', '{zone}', cast({of} as timestamp))",
            "duckdb": "cast(cast({of} as timestamp) at time zone '{source}' at time zone '{zone}' as timestamp)",
            "bigquery": "timestamp(datetime(cast({of} as timestamp), '{zone}'))",
            "spark": "from_utc_timestamp(to_utc_timestamp({of}, '{source}'), '{zone}')",
            "trino": "cast(cast({of} as timestamp) at time zone '{zone}' as timestamp)",
        },
    )
    return pattern.format_map({"of": of, "zone": zone, "source": source})


def _date_part(run: Run, datepart: Value, date: Value) -> str:
    part, of = shown(run, datepart).strip("'"), shown(run, date)
    if run.around.target.type == "bigquery":
        return f"extract({part} from {of})"
    return f"date_part('{part}', {of})"


def _now(run: Run, *_args: Value, **_kwargs: Value) -> str:
    return _convert_timezone(run, "current_timestamp")


def _today(run: Run, *_args: Value, **_kwargs: Value) -> str:
    return f"cast({_now(run)} as date)"


def _periods_since(run: Run, date_col: Value, period_name: Value = "day", *_args: Value, **_kwargs: Value) -> Value:
    return run.call(DBT["datediff"], date_col, _now(run), period_name)


def _base_dates(
    run: Run, start_date: Value = None, end_date: Value = None, n_dateparts: Value = None, datepart: Value = "day"
) -> str:
    part = shown(run, datepart)
    start = f"cast('{shown(run, start_date)}' as date)" if condition(run, start_date) else _TODAY
    end = f"cast('{shown(run, end_date)}' as date)" if condition(run, end_date) else _TODAY
    if condition(run, n_dateparts):
        start = run.call(DBT["dateadd"], part, f"-1 * {shown(run, n_dateparts)}", _TODAY)
    spine = run.call(DBT["date_spine"], part, start, end)
    return f"with date_spine as ({spine}) select cast(d.date_{part} as timestamp) as date_{part} from date_spine as d"


def _date_dimension(run: Run, start_date: Value = None, end_date: Value = None) -> str:
    base = _base_dates(run, start_date, end_date)
    parts = ", ".join(f"{expression} as {name}" for name, expression in _DIMENSION)
    return f"with base_dates as ({base}) select {parts} from base_dates as d"


_DAY, _WEEK, _MONTH = "d.date_day", "date_trunc('week', d.date_day)", "date_trunc('month', d.date_day)"
_YEAR_AGO = "d.date_day - interval '1 year'"
_DIMENSION = (
    ("date_day", _DAY),
    ("prior_date_day", "d.date_day - interval '1 day'"),
    ("next_date_day", "d.date_day + interval '1 day'"),
    ("prior_year_date_day", _YEAR_AGO),
    ("prior_year_over_year_date_day", "d.date_day - interval '364 day'"),
    ("day_of_week", f"extract(dow from {_DAY})"),
    ("day_of_week_iso", f"extract(isodow from {_DAY})"),
    ("day_of_week_name", f"to_char({_DAY}, 'Day')"),
    ("day_of_week_name_short", f"to_char({_DAY}, 'Dy')"),
    ("day_of_month", f"extract(day from {_DAY})"),
    ("day_of_year", f"extract(doy from {_DAY})"),
    ("week_start_date", _WEEK),
    ("week_end_date", f"{_WEEK} + interval '6 day'"),
    ("prior_year_week_start_date", f"date_trunc('week', {_YEAR_AGO})"),
    ("prior_year_week_end_date", f"date_trunc('week', {_YEAR_AGO}) + interval '6 day'"),
    ("week_of_year", f"extract(week from {_DAY})"),
    ("iso_week_start_date", _WEEK),
    ("iso_week_end_date", f"{_WEEK} + interval '6 day'"),
    ("prior_year_iso_week_start_date", f"date_trunc('week', {_YEAR_AGO})"),
    ("prior_year_iso_week_end_date", f"date_trunc('week', {_YEAR_AGO}) + interval '6 day'"),
    ("iso_week_of_year", f"extract(week from {_DAY})"),
    ("prior_year_week_of_year", f"extract(week from {_YEAR_AGO})"),
    ("prior_year_iso_week_of_year", f"extract(week from {_YEAR_AGO})"),
    ("month_of_year", f"extract(month from {_DAY})"),
    ("month_name", f"to_char({_DAY}, 'Month')"),
    ("month_name_short", f"to_char({_DAY}, 'Mon')"),
    ("month_start_date", _MONTH),
    ("month_end_date", f"{_MONTH} + interval '1 month' - interval '1 day'"),
    ("prior_year_month_start_date", f"date_trunc('month', {_YEAR_AGO})"),
    ("prior_year_month_end_date", f"date_trunc('month', {_YEAR_AGO}) + interval '1 month' - interval '1 day'"),
    ("quarter_of_year", f"extract(quarter from {_DAY})"),
    ("quarter_start_date", f"date_trunc('quarter', {_DAY})"),
    ("quarter_end_date", f"date_trunc('quarter', {_DAY}) + interval '3 month' - interval '1 day'"),
    ("year_number", f"extract(year from {_DAY})"),
    ("year_start_date", f"date_trunc('year', {_DAY})"),
    ("year_end_date", f"date_trunc('year', {_DAY}) + interval '1 year' - interval '1 day'"),
)

DBT_DATE: Mapping[str, Function] = MappingProxyType(
    {
        **table(
            sql(
                "to_unixtimestamp(timestamp)",
                "date_part('epoch', {timestamp})",
                bigquery="unix_seconds({timestamp})",
                snowflake="date_part('epoch_seconds', {timestamp})",
                spark="unix_timestamp({timestamp})",
            ),
            sql(
                "from_unixtimestamp(epochs, format='seconds')",
                "to_timestamp({epochs})",
                bigquery="timestamp_seconds({epochs})",
            ),
            sql("round_timestamp(timestamp)", "date_trunc('day', {timestamp} + interval '12 hour')"),
            sql("day_of_month(date)", "extract(day from {date})"),
            sql(
                "day_of_year(date)",
                "extract(dayofyear from {date})",
                postgres="extract(doy from {date})",
                duckdb="extract(doy from {date})",
            ),
            sql(
                "day_of_week(date, isoweek=True)",
                "extract(dayofweek from {date})",
                postgres="extract(dow from {date})",
                duckdb="extract(dow from {date})",
            ),
        ),
        "day_name": _named("Day"),
        "month_name": _named("Month"),
        "week_start": _of_date("cast(date_trunc('week', {date}) as date)"),
        "week_end": _of_date("cast(date_trunc('week', {date}) + interval '6 day' as date)"),
        "week_of_year": _of_date("extract(week from {date})"),
        "iso_week_start": _of_date("cast(date_trunc('week', {date}) as date)"),
        "iso_week_end": _of_date("cast(date_trunc('week', {date}) + interval '6 day' as date)"),
        "iso_week_of_year": _of_date("extract(week from {date})"),
        **{f"n_{unit}s_ago": _moved(unit, -1) for unit in ("day", "week", "month")},
        **{f"n_{unit}s_away": _moved(unit, 1) for unit in ("day", "week", "month")},
        "yesterday": _stepped("day", -1),
        "tomorrow": _stepped("day", 1),
        "last_week": _stepped("week", -1),
        "next_week": _stepped("week", 1),
        "last_month": _stepped("month", -1),
        "next_month": _stepped("month", 1),
        "last_month_number": _stepped("month", -1, "extract(month from {date})"),
        "next_month_number": _stepped("month", 1, "extract(month from {date})"),
        "last_month_name": _stepped("month", -1, "to_char({date}, 'Mon')"),
        "next_month_name": _stepped("month", 1, "to_char({date}, 'Mon')"),
        **functions(
            convert_timezone=_convert_timezone,
            date_part=_date_part,
            now=_now,
            today=_today,
            periods_since=_periods_since,
            get_base_dates=_base_dates,
            get_date_dimension=_date_dimension,
        ),
        "date_spine": DBT["date_spine"],
        "generate_series": DBT["generate_series"],
        "date": DBT["date"],
    }
)
