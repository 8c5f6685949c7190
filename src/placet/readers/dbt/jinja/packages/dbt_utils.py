"""Our equivalents of dbt_utils."""

# ruff: noqa: S608 - SQL is written here to be read, never to be run

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from placet.readers.dbt.jinja.packages.crossdb import DBT, STRING
from placet.readers.dbt.jinja.packages.writing import (
    alias,
    columns_or_hole,
    condition,
    functions,
    literal,
    lowered,
    name_in_sql,
    shown,
    sql,
    table,
    texts,
    variant,
)
from placet.readers.dbt.jinja.text import items_of, text_of
from placet.readers.dbt.jinja.things import Function, Value
from placet.readers.dbt.jinja.unknown import Missing, Unknown
from placet.readers.dbt.parts import KnownColumn

if TYPE_CHECKING:
    from placet.readers.dbt.jinja.run import Run

_KEY_OF_NULL = "'_dbt_utils_surrogate_key_null_'"
_QUALIFYING = frozenset({"snowflake", "bigquery", "databricks", "duckdb", "redshift", "clickhouse", "default", "spark"})


def _star(  # noqa: PLR0913, PLR0917 - dbt_utils' own
    run: Run,
    from_: Value,
    relation_alias: Value = False,  # noqa: FBT002 - likewise
    except_: Value = (),
    prefix: Value = "",
    suffix: Value = "",
    quote_identifiers: Value = True,  # noqa: ARG001, FBT002 - names are quoted where they must be
    unquote_aliases: Value = False,  # noqa: ARG001, FBT002 - likewise
    rename: Value = None,
) -> str:
    columns = columns_or_hole(run, from_)
    of = f"{text_of(run, relation_alias)}." if condition(run, relation_alias) else ""
    before, after = (shown(run, one) if condition(run, one) else "" for one in (prefix, suffix))
    left_out = lowered(run, except_)
    if isinstance(columns, Unknown):
        if before or after:
            return f"{of}{columns} as {before}{columns}{after}"
        return f"{of}*" if of and not (left_out or rename) else str(columns)
    names = rename if isinstance(rename, dict) else {}
    parts = []
    for column in columns:
        if column.name.lower() in left_out or column.key.strip('"').lower() in left_out:
            continue
        name = name_in_sql(run, column)
        new = names.get(column.name, names.get(column.key))
        if before or after:
            parts.append(f"{of}{name} as {alias(run, before + column.name + after)}")
        else:
            parts.append(f"{of}{name}" + (f" as {alias(run, shown(run, new))}" if new else ""))
    return ",\n  ".join(parts) if parts else f"{of}*"


def _filtered(run: Run, from_: Value, except_: Value = ()) -> Value:
    columns = columns_or_hole(run, from_)
    if isinstance(columns, Unknown):
        return columns
    left_out = lowered(run, except_)
    return [run.in_warehouse(column.key) for column in columns if column.key.strip('"').lower() not in left_out]


def union_relations(  # noqa: PLR0913, PLR0917 - dbt_utils' own
    run: Run,
    relations: Value,
    column_override: Value = None,
    include: Value = (),
    exclude: Value = (),
    source_column_name: Value = "_dbt_source_relation",
    where: Value = None,
    aliases: Value = None,  # noqa: ARG001 - fivetran_utils' older form
) -> str:
    """The relations one below another, each with all columns that any of them has.

    Where the columns of one are not known, each gives what it has by a star.
    """
    if isinstance(relations, Unknown):
        return f"select * from {relations}"
    given = items_of(run, relations)
    if not given:
        return "select cast(null as integer) as placet_no_relation where false"
    known = [columns_or_hole(run, relation) for relation in given]
    wanted = _union_columns(run, known, include, exclude)
    overrides = column_override if isinstance(column_override, dict) else {}
    types = {str(key).lower(): shown(run, value) for key, value in overrides.items()}
    filtered = f" where {shown(run, where)}" if condition(run, where) else ""
    named = text_of(run, source_column_name) if condition(run, source_column_name) else ""
    queries = []
    for relation, columns in zip(given, known, strict=True):
        parts = [f"cast({literal(text_of(run, relation))} as {variant(run, STRING)}) as {named}"] if named else []
        parts += _union_parts(run, columns, wanted, types)
        if isinstance(columns, Unknown):
            parts.append("*" if not include and not exclude else str(columns))
        queries.append(f"(select {', '.join(parts or ['*'])} from {text_of(run, relation)}{filtered})")
    return "\nunion all\n".join(queries)


def _union_columns(
    run: Run, known: Sequence[Sequence[KnownColumn] | Unknown], include: Value, exclude: Value
) -> list[KnownColumn]:
    only, without = lowered(run, include), lowered(run, exclude)
    wanted: dict[str, KnownColumn] = {}
    for columns in known:
        if isinstance(columns, Unknown):
            # The union's columns are not known; each relation then gives its own.
            return []
        for column in columns:
            if column.key.strip('"').lower() not in without and (not only or column.key.strip('"').lower() in only):
                wanted.setdefault(column.key, column)
    return list(wanted.values())


def _union_parts(
    run: Run, columns: Sequence[KnownColumn] | Unknown, wanted: Sequence[KnownColumn], types: Mapping[str, str]
) -> list[str]:
    if isinstance(columns, Unknown):
        return []
    if not wanted:
        return ["*"]
    have = {column.key for column in columns}
    parts = []
    for column in wanted:
        name = name_in_sql(run, column)
        value = name if column.key in have else "null"
        kind = types.get(column.key.strip('"').lower()) or column.type
        parts.append(f"cast({value} as {kind}) as {name}" if kind else f"{value} as {name}")
    return parts


def _pivot(  # noqa: PLR0913, PLR0917 - dbt_utils' own
    run: Run,
    column: Value,
    values: Value,
    alias_: Value = True,  # noqa: FBT002 - likewise
    agg: Value = "sum",
    cmp: Value = "=",
    prefix: Value = "",
    suffix: Value = "",
    then_value: Value = 1,
    else_value: Value = 0,
    quote_identifiers: Value = True,  # noqa: FBT002 - likewise
    distinct: Value = False,  # noqa: FBT002 - likewise
) -> str:
    parts = []
    for value in texts(run, values):
        case = (
            f"case when {shown(run, column)} {shown(run, cmp)} {literal(value)} then {shown(run, then_value)}"
            + (f" else {shown(run, else_value)}" if not _is_none(else_value) else "")
            + " end"
        )
        aggregated = f"{shown(run, agg)}({'distinct ' if condition(run, distinct) else ''}{case})"
        name = text_of(run, prefix) + value + text_of(run, suffix)
        if not condition(run, quote_identifiers):
            name = text_of(run, _slugify(run, name))
        elif run.in_warehouse(name.lower()) != name:
            # Quotes make it another name than its readers would reach without them.
            name = run.quoted(name)
        else:
            name = alias(run, name)
        parts.append(aggregated + (f" as {name}" if condition(run, alias_) else ""))
    return ",\n  ".join(parts)


def _is_none(value: Value) -> bool:
    return value is None or isinstance(value, Missing)


def _unpivot(  # noqa: PLR0913, PLR0917 - dbt_utils' own
    run: Run,
    relation: Value = None,
    cast_to: Value = "varchar",
    exclude: Value = None,
    remove: Value = None,
    field_name: Value = "field_name",
    value_name: Value = "value",
    quote_identifiers: Value = False,  # noqa: ARG001, FBT002 - names are quoted where they must be
    table: Value = None,
) -> str:
    of = table if _is_none(relation) else relation
    columns = columns_or_hole(run, of)
    kept, dropped = texts(run, exclude), lowered(run, remove)
    field, value, kind = shown(run, field_name), shown(run, value_name), shown(run, cast_to)
    if isinstance(columns, Unknown):
        folded = [(str(columns), str(columns))]
    else:
        lower = {name.lower() for name in kept} | dropped
        folded = [
            (column.key, name_in_sql(run, column)) for column in columns if column.key.strip('"').lower() not in lower
        ]
    queries = []
    for name, expression in folded:
        cast = f"cast({expression} as {kind}) as {value}"
        parts = [*kept, f"cast({literal(name)} as {variant(run, STRING)}) as {field}", cast]
        queries.append(f"select {', '.join(parts)} from {text_of(run, of)}")
    return "\nunion all\n".join(queries)


def _deduplicate(
    run: Run, relation: Value, partition_by: Value, order_by: Value = None, group_by: Value = None, **_more: Value
) -> str:
    groups = shown(run, partition_by if group_by is None else group_by)
    order = f" order by {shown(run, order_by)}" if condition(run, order_by) else ""
    of = shown(run, relation)
    if run.around.target.type in _QUALIFYING:
        return f"select * from {of} as deduplicated qualify row_number() over (partition by {groups}{order}) = 1"
    if run.around.target.type == "postgres":
        return f"select distinct on ({groups}) * from {of}" + (
            f" order by {groups}, {shown(run, order_by)}" if order else ""
        )
    numbered = f"select inner_.*, row_number() over (partition by {groups}{order}) as rn from {of} as inner_"
    return (
        f"select distinct data.* from {of} as data natural join ({numbered}) as row_numbered where row_numbered.rn = 1"
    )


def _surrogate_key(run: Run, *field_list: Value) -> Value:
    fields = field_list[0] if len(field_list) == 1 else list(field_list)
    null = "''" if run.around.variables.get("surrogate_key_treat_nulls_as_empty_strings") else _KEY_OF_NULL
    kind = variant(run, STRING)
    parts: list[str] = []
    for field in texts(run, fields):
        parts += ["'-'"] if parts else []
        parts.append(f"coalesce(cast({field} as {kind}), {null})")
    return run.call(DBT["hash"], run.call(DBT["concat"], parts))


def _column_values(run: Run, table: Value, column: Value = None, *args: Value, **kwargs: Value) -> Unknown:
    given = [table, column, *args, *kwargs.values()]
    reason = f"the values of {shown(run, column)} are in the warehouse"
    return run.unknown("dbt_utils.get_column_values", reason, given, value=True)


def _asking(name: str) -> Function:
    def ask(run: Run, *args: Value, **kwargs: Value) -> Unknown:
        given = [*args, *kwargs.values()]
        return run.unknown(f"dbt_utils.{name}", f"{name} asks the warehouse", given, value=True)

    return Function(name, ask)


def _group_by(run: Run, n: Value) -> str:
    run.budget.will_make_items(int(n))
    return "group by " + ",".join(str(place) for place in range(1, int(n) + 1))


def _combining(operator: str) -> Function:
    def combine(run: Run, *field_list: Value) -> str:
        fields = field_list[0] if len(field_list) == 1 else list(field_list)
        return operator.join(f"coalesce({field}, 0)" for field in texts(run, fields))

    return Function("combine", combine)


def _null_checks(columns: Sequence[str]) -> str:
    return ",\n  ".join(f"nullif({name}, '') as {name}" for name in columns)


def _nullcheck(run: Run, cols: Value) -> str:
    names = [text_of(run, run.interpreter.attribute(column, "name")) for column in items_of(run, cols)]
    return _null_checks(names)


def _nullcheck_table(run: Run, relation: Value) -> str:
    columns = columns_or_hole(run, relation)
    of = text_of(run, relation)
    if isinstance(columns, Unknown):
        return f"select {columns} from {of}"
    return f"select {_null_checks([name_in_sql(run, column) for column in columns])} from {of}"


def _slugify(run: Run, string: Value) -> Value:
    text = text_of(run, string)
    if (unknown := run.hole_in(text)) is not None:
        return unknown
    slug = re.sub(r"[^a-z0-9_]+", "", re.sub(r"[ -]+", "_", text.lower()))
    return f"_{slug}" if slug[:1].isdigit() else slug


def _pretty_time(_run: Run, format_: Value = "%H:%M:%S") -> str:  # noqa: ARG001 - dbt_utils' own
    return "00:00:00"


def _pretty_log(run: Run, message: Value) -> str:
    return f"00:00:00 + {text_of(run, message)}"


def _nothing(_run: Run, *_args: Value, **_kwargs: Value) -> str:
    return ""


def _is_ours(_run: Run, *_args: Value) -> str:
    return ""


_HOST = "split_part(split_part(replace(replace({field}, 'http://', ''), 'https://', ''), '/', 1), '?', 1)"
_ASKING = (
    "get_single_value",
    "get_query_results_as_dict",
    "get_relations_by_pattern",
    "get_relations_by_prefix",
    "get_relations_by_prefix_and_union",
    "get_tables_by_pattern_sql",
    "get_tables_by_prefix_sql",
    "get_table_types_sql",
)

DBT_UTILS: Mapping[str, Function] = MappingProxyType(
    {
        **DBT,
        **table(
            sql("safe_divide(numerator, denominator)", "({numerator}) / nullif(({denominator}), 0)"),
            sql(
                "width_bucket(expr, min_value, max_value, num_buckets)",
                "width_bucket({expr}, {min_value}, {max_value}, {num_buckets})",
            ),
            sql("get_url_host(field)", _HOST),
            sql("get_url_path(field)", f"split_part(substr({{field}}, length({_HOST}) + 1), '?', 1)"),
            sql(
                "get_url_parameter(field, url_parameter)",
                "nullif(split_part(split_part({field}, '{url_parameter}=', 2), '&', 1), '')",
            ),
            sql(
                "haversine_distance(lat1, lon1, lat2, lon2, unit='mi')",
                "2 * 3961 * asin(sqrt(power(sin(radians(({lat2} - {lat1}) / 2)), 2) + cos(radians({lat1}))"
                " * cos(radians({lat2})) * power(sin(radians(({lon2} - {lon1}) / 2)), 2)))",
            ),
            sql("degrees_to_radians(degrees)", "acos(-1) * {degrees} / 180"),
            sql("identifier(value)", "{value}"),
        ),
        **functions(
            star=_star,
            union_relations=union_relations,
            union_tables=union_relations,
            pivot=_pivot,
            unpivot=_unpivot,
            deduplicate=_deduplicate,
            generate_surrogate_key=_surrogate_key,
            surrogate_key=_surrogate_key,
            get_filtered_columns_in_relation=_filtered,
            get_column_values=_column_values,
            group_by=_group_by,
            nullcheck=_nullcheck,
            nullcheck_table=_nullcheck_table,
            slugify=_slugify,
            pretty_time=_pretty_time,
            pretty_log_format=_pretty_log,
            log_info=_nothing,
            _is_relation=_is_ours,
            _is_ephemeral=_is_ours,
        ),
        "safe_add": _combining(" + "),
        "safe_subtract": _combining(" - "),
        **{name: _asking(name) for name in _ASKING},
    }
)
