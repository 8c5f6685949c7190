"""Our equivalents of fivetran_utils."""

# ruff: noqa: S608 - SQL is written here to be read, never to be run

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from placet.readers.dbt.jinja.names import NAMES
from placet.readers.dbt.jinja.packages.crossdb import DBT, STRING
from placet.readers.dbt.jinja.packages.dbt_utils import union_relations
from placet.readers.dbt.jinja.packages.writing import condition, functions, lowered, shown, sql, table, texts, variant
from placet.readers.dbt.jinja.text import items_of, text_of
from placet.readers.dbt.jinja.things import Function, Value
from placet.readers.dbt.jinja.unknown import Missing, Undecided, Unknown

if TYPE_CHECKING:
    from placet.readers.dbt.jinja.run import Run

_RELATION_COLUMN = "_dbt_source_relation"


def _var(run: Run, name: Value, default: Value = None) -> Value:
    return run.call(NAMES["var"](run), name, default)


def _source(run: Run, source: Value, table_: Value) -> Value:
    return run.call(NAMES["source"](run), source, table_)


def _field(run: Run, column: Value, name: str) -> Value:
    value = run.interpreter.item(column, name)
    return None if isinstance(value, Missing) else value


def _fill_staging_columns(run: Run, source_columns: Value, staging_columns: Value) -> str:
    """The columns that the list names; null under the same name where it is known that the source lacks one."""
    have = None
    if not isinstance(source_columns, Unknown):
        names = [_field(run, column, "name") for column in items_of(run, source_columns)]
        have = lowered(run, names) if names else None
    parts = []
    for column in items_of(run, staging_columns):
        name = _quoted(run, column)
        renamed = _field(run, column, "alias")
        known_absent = have is not None and text_of(run, _field(run, column, "name")).lower() not in have
        kind = _field(run, column, "datatype")
        value = f"cast(null as {shown(run, kind)})" if known_absent and kind else ("null" if known_absent else name)
        parts.append(f"{value} as {shown(run, renamed) if renamed else name}")
    return ",\n  ".join(parts)


def _quoted(run: Run, column: Value) -> str:
    name = text_of(run, _field(run, column, "name"))
    if not condition(run, _field(run, column, "quote")):
        return name
    return run.quoted(name.upper() if run.around.target.type == "snowflake" else name)


def _union_data(  # noqa: PLR0913, PLR0917 - fivetran_utils' own
    run: Run,
    table_identifier: Value,
    database_variable: Value = "",  # noqa: ARG001 - where the warehouse would look
    schema_variable: Value = "",  # noqa: ARG001 - likewise
    default_database: Value = "",  # noqa: ARG001 - likewise
    default_schema: Value = "",
    default_variable: Value = "",
    union_schema_variable: Value = "union_schemas",
    union_database_variable: Value = "union_databases",
) -> str:
    schemas, databases = _var(run, union_schema_variable, []), _var(run, union_database_variable, [])
    default = _var(run, default_variable)
    origin = _source(run, default_schema, table_identifier) if _is_nothing(default) else default
    if not condition(run, schemas) and not condition(run, databases):
        return f"select * from {shown(run, origin)}"
    # The same table in several places: what one gives, they all give.
    return f"select {_origin(run)}, * from {shown(run, origin)}"


def _is_nothing(value: Value) -> bool:
    return value is None or isinstance(value, (Missing, Unknown))


def _origin(run: Run) -> str:
    return f"cast('' as {variant(run, STRING)}) as {_RELATION_COLUMN}"


def _union_connections(
    run: Run,
    connection_dictionary: Value,
    single_source_name: Value,
    single_table_name: Value,
    *_more: Value,
    **_named: Value,
) -> str:
    connections = _var(run, connection_dictionary, [])
    if not condition(run, connections):
        return f"select * from {_source(run, single_source_name, single_table_name)}"
    relations = [_source(run, _field(run, one, "name"), single_table_name) for one in items_of(run, connections)]
    return union_relations(run, relations)


def _source_relation(
    run: Run, union_schema_variable: Value = "union_schemas", union_database_variable: Value = "union_databases"
) -> str:
    for variable in (union_schema_variable, union_database_variable):
        names = _var(run, variable)
        if condition(run, names):
            cases = [
                f"when lower({_RELATION_COLUMN}) like '%{one.lower()}%' then '{one.lower()}'"
                for one in texts(run, names)
            ]
            return f", case {' '.join(cases)} end as source_relation"
    return ", cast('' as " + variant(run, STRING) + ") as source_relation"


def _apply_source_relation(run: Run, package_name: Value = "", *_args: Value, **_kwargs: Value) -> str:
    package = text_of(run, package_name)
    if condition(run, _var(run, f"{package}_sources", [])):
        return f", {_RELATION_COLUMN} as source_relation"
    variables = (f"{package}_union_schemas", f"{package}_union_databases", "union_schemas", "union_databases")
    if any(condition(run, _var(run, name, [])) for name in variables):
        return _source_relation(run, *variables[:2])
    database = shown(run, _var(run, f"{package}_database", run.around.target.database))
    schema = shown(run, _var(run, f"{package}_schema", package))
    return f", '{database}' || '.' || '{schema}' as source_relation"


def _partition_by_source_relation(
    run: Run, package_name: Value = "", has_other_partitions: Value = "yes", alias: Value = None, *_more: Value
) -> str:
    package = text_of(run, package_name)
    variables = (f"{package}_sources", f"{package}_union_schemas", f"{package}_union_databases")
    counts = [len(texts(run, _var(run, name, []))) for name in variables]
    if max(counts) <= 1:
        return ""
    column = f"{text_of(run, alias)}.source_relation" if condition(run, alias) else "source_relation"
    return f"partition by {column}" if has_other_partitions == "no" else f", {column}"


def _enabled_vars(run: Run, vars_: Value) -> bool:
    return all(run.truth(_var(run, name, True)) for name in items_of(run, vars_))


def _enabled_vars_one_true(run: Run, vars_: Value) -> bool:
    return any(run.truth(_var(run, name, False)) for name in items_of(run, vars_))


def _fields_of(run: Run, variable: Value) -> list[Value]:
    fields = _var(run, variable) if isinstance(variable, str) else variable
    if isinstance(fields, Unknown):
        raise Undecided(fields)
    return list(items_of(run, fields)) if fields else []


def _name_of(run: Run, field: Value) -> str:
    if isinstance(field, str):
        return field
    return text_of(run, _field(run, field, "alias") or _field(run, field, "name"))


def _fill_pass_through_columns(run: Run, pass_through_variable: Value) -> str:
    parts = []
    for field in _fields_of(run, pass_through_variable):
        changed = None if isinstance(field, str) else _field(run, field, "transform_sql")
        parts.append(f", {shown(run, changed)} as {_name_of(run, field)}" if changed else f", {_name_of(run, field)}")
    return "\n".join(parts)


def _persist_pass_through_columns(
    run: Run,
    pass_through_variable: Value,
    identifier: Value = None,
    transform: Value = "",
    append_string: Value = "",
    exclude_fields: Value = (),
) -> str:
    of = f"{text_of(run, identifier)}." if condition(run, identifier) else ""
    function, ending = text_of(run, transform), text_of(run, append_string)
    left_out = lowered(run, exclude_fields)
    parts = []
    for field in _fields_of(run, pass_through_variable):
        name = _name_of(run, field)
        if name.lower() in left_out:
            continue
        value = f"{function}({of}{name})" if function else f"{of}{name}"
        parts.append(f", {value} as {name}{ending}" if function or ending else f", {value}")
    return "\n".join(parts)


def _calculated_fields(run: Run, variable: Value) -> str:
    fields = _fields_of(run, variable)
    return "\n".join(f", {shown(run, _field(run, one, 'transform_sql'))} as {_name_of(run, one)}" for one in fields)


def _add_pass_through_columns(run: Run, base_columns: Value, pass_through_var: Value) -> str:
    for field in _fields_of(run, pass_through_var) if not _is_nothing(pass_through_var) else []:
        if isinstance(field, str):
            base_columns.append({"name": field, "datatype": variant(run, STRING)})
            continue
        given = {
            "name": _field(run, field, "name"),
            "alias": _field(run, field, "alias"),
            "datatype": _field(run, field, "datatype"),
        }
        base_columns.append({key: value for key, value in given.items() if value is not None})
    return ""


def _remove_prefix(run: Run, columns: Value, prefix: Value = "", exclude: Value = ()) -> str:
    start, left_out = text_of(run, prefix), lowered(run, exclude)
    parts = []
    for column in items_of(run, columns):
        name = text_of(run, _field(run, column, "name"))
        if name.lower() in left_out:
            continue
        cut = start and name.lower().startswith(start.lower())
        parts.append(f"{name} as {name[len(start) :]}" if cut else name)
    return ",\n  ".join(parts)


def _add_source_relation(run: Run) -> str:
    united = any(condition(run, _var(run, name)) for name in ("union_schemas", "union_databases"))
    return f", {_RELATION_COLUMN}" if united else ""


def _json_parse(run: Run, string: Value, string_path: Value) -> str:
    path, of = texts(run, string_path), shown(run, string)
    bracketed = "".join(f"[{one}]" if one.isdigit() else f"['{one}']" for one in path)
    dotted = "$." + ".".join(path)
    listed = ", ".join(f"'{one}'" for one in path)
    pattern = variant(
        run,
        {
            "default": "json_extract_path_text({of}, {listed})",
            "snowflake": "parse_json({of}){bracketed}",
            "bigquery": "json_extract_scalar({of}, '{dotted}')",
            "postgres": "{of}::json #>> array[{listed}]",
            "redshift": "json_extract_path_text({of}, {listed})",
            "spark": "get_json_object({of}, '{dotted}')",
            "duckdb": "json_extract_string({of}, '{dotted}')",
        },
    )
    return pattern.format_map({"of": of, "listed": listed, "bracketed": bracketed, "dotted": dotted})


def _pivot_json_extract(run: Run, string: Value, list_of_properties: Value) -> str:
    parts = []
    for one in items_of(run, list_of_properties):
        path = one if isinstance(one, str) else _field(run, one, "name")
        name = text_of(run, path).replace(" ", "_").replace(".", "_").lower()
        renamed = None if isinstance(one, str) else _field(run, one, "alias")
        extracted = run.call(FIVETRAN_UTILS["json_extract"], string, path)
        parts.append(f"{extracted} as {shown(run, renamed) if renamed else name}")
    return ",\n  ".join(parts)


def _first_value(
    run: Run, first_value_field: Value, partition_field: Value, order_by_field: Value, order: Value = "asc"
) -> str:
    over = f"partition by {shown(run, partition_field)} order by {shown(run, order_by_field)} {shown(run, order)}"
    return f"first_value({shown(run, first_value_field)}) over ({over})"


def _nothing(_run: Run, *_args: Value, **_kwargs: Value) -> str:
    return ""


_PERCENTILE = "percentile_cont({percent}) within group (order by {percentile_field})"

FIVETRAN_UTILS: Mapping[str, Function] = MappingProxyType(
    {
        **table(
            sql(
                "array_agg(field_to_agg)",
                "array_agg({field_to_agg})",
                redshift="listagg({field_to_agg}, ',')",
                spark="collect_list({field_to_agg})",
            ),
            sql(
                "string_agg(field_to_agg, delimiter)",
                "string_agg({field_to_agg}, {delimiter})",
                snowflake="listagg({field_to_agg}, {delimiter})",
                redshift="listagg({field_to_agg}, {delimiter})",
                spark="array_join(collect_list({field_to_agg}), {delimiter})",
            ),
            sql(
                "json_extract(string, string_path)",
                "json_extract_path_text({string}, '{string_path}')",
                bigquery="json_extract_scalar({string}, '$.{string_path}')",
                postgres="{string}::json ->> '{string_path}'",
                redshift="json_extract_path_text({string}, '{string_path}')",
                spark="get_json_object({string}, '$.{string_path}')",
                duckdb="json_extract_string({string}, '$.{string_path}')",
            ),
            sql(
                "max_bool(boolean_field)",
                "max({boolean_field})",
                postgres="bool_or({boolean_field})",
                redshift="bool_or({boolean_field})",
            ),
            sql("ceiling(num)", "ceiling({num})", bigquery="ceil({num})", snowflake="ceil({num})"),
            sql(
                "percentile(percentile_field, partition_field, percent)",
                f"{_PERCENTILE} over (partition by {{partition_field}})",
                postgres=_PERCENTILE,
                redshift=f"{_PERCENTILE} over (partition by {{partition_field}})",
                bigquery="percentile_cont({percentile_field}, {percent}) over (partition by {partition_field})",
                spark="percentile({percentile_field}, {percent})",
            ),
            sql(
                "try_cast(field, type)",
                "cast({field} as {type})",
                bigquery="safe_cast({field} as {type})",
                snowflake="try_cast(cast({field} as varchar) as {type})",
                spark="try_cast({field} as {type})",
            ),
            sql(
                "extract_url_parameter(field, url_parameter)",
                "nullif(split_part(split_part({field}, '{url_parameter}=', 2), '&', 1), '')",
            ),
        ),
        "timestamp_add": Function(
            "timestamp_add",
            lambda run, datepart, interval, from_timestamp: run.call(
                DBT["dateadd"], datepart, interval, from_timestamp
            ),
        ),
        "timestamp_diff": DBT["datediff"],
        **functions(
            fill_staging_columns=_fill_staging_columns,
            union_data=_union_data,
            union_relations=union_relations,
            union_tables=union_relations,
            union_connections=_union_connections,
            source_relation=_source_relation,
            apply_source_relation=_apply_source_relation,
            partition_by_source_relation=_partition_by_source_relation,
            enabled_vars=_enabled_vars,
            enabled_vars_one_true=_enabled_vars_one_true,
            fill_pass_through_columns=_fill_pass_through_columns,
            persist_pass_through_columns=_persist_pass_through_columns,
            add_pass_through_columns=_add_pass_through_columns,
            add_dbt_source_relation=_add_source_relation,
            calculated_fields=_calculated_fields,
            remove_prefix_from_columns=_remove_prefix,
            json_parse=_json_parse,
            pivot_json_extract=_pivot_json_extract,
            first_value=_first_value,
            quote_column=_quoted,
            empty_variable_warning=_nothing,
        ),
    }
)
