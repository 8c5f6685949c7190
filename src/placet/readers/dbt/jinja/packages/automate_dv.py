"""Our equivalents of automate_dv: the tables of a data vault, each a list of columns taken from a staging model."""

# ruff: noqa: S608 - SQL is written here to be read, never to be run

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from placet.readers.dbt.jinja.names import NAMES
from placet.readers.dbt.jinja.packages.crossdb import DBT, STRING
from placet.readers.dbt.jinja.packages.writing import (
    columns_or_hole,
    condition,
    functions,
    literal,
    name_in_sql,
    shown,
    texts,
    variant,
)
from placet.readers.dbt.jinja.text import items_of
from placet.readers.dbt.jinja.things import Function, Value
from placet.readers.dbt.jinja.unknown import Missing, Unknown

if TYPE_CHECKING:
    from placet.readers.dbt.jinja.run import Run

_SEPARATOR = "'||'"
# What stands before a text that is meant as it is, and not as a column's name.
_CONSTANT = "!"


def _relation(run: Run, source_model: Value) -> Value:
    """The staging model, or of a source the one table that a mapping names."""
    if isinstance(source_model, Mapping):
        source, table = next(iter(source_model.items()))
        return run.call(NAMES["source"](run), source, table)
    return run.call(NAMES["ref"](run), source_model)


def _named(run: Run, column: Value) -> list[str]:
    """The columns of an argument, which may be a name, several, or one under another name."""
    if isinstance(column, Mapping):
        name = shown(run, column.get("source_column"))
        return [f"{name} as {shown(run, column['alias'])}" if column.get("alias") else name]
    return texts(run, column)


def _of(run: Run, columns: Iterable[Value], source_model: Value) -> str:
    """The columns of every staging model, one query below another."""
    wanted = [name for column in columns for name in _named(run, column)]
    models = items_of(run, source_model) if isinstance(source_model, (list, tuple)) else [source_model]
    queries = [f"select distinct {', '.join(wanted)} from {_relation(run, model)}" for model in models]
    return "\nunion\n".join(queries)


def _hub(
    run: Run,
    src_pk: Value,
    src_nk: Value,
    src_extra_columns: Value = None,
    src_ldts: Value = None,
    src_source: Value = None,
    source_model: Value = None,
) -> str:
    return _of(run, (src_pk, src_nk, src_extra_columns, src_ldts, src_source), source_model)


def _link(
    run: Run,
    src_pk: Value,
    src_fk: Value,
    src_extra_columns: Value = None,
    src_ldts: Value = None,
    src_source: Value = None,
    source_model: Value = None,
) -> str:
    return _of(run, (src_pk, src_fk, src_extra_columns, src_ldts, src_source), source_model)


def _t_link(  # noqa: PLR0913, PLR0917 - likewise
    run: Run,
    src_pk: Value,
    src_fk: Value,
    src_payload: Value = None,
    src_extra_columns: Value = None,
    src_eff: Value = None,
    src_ldts: Value = None,
    src_source: Value = None,
    source_model: Value = None,
) -> str:
    columns = (src_pk, src_fk, src_payload, src_extra_columns, src_eff, src_ldts, src_source)
    return _of(run, columns, source_model)


def _sat(  # noqa: PLR0913, PLR0917 - likewise
    run: Run,
    src_pk: Value,
    src_hashdiff: Value,
    src_payload: Value,
    src_extra_columns: Value = None,
    src_eff: Value = None,
    src_ldts: Value = None,
    src_source: Value = None,
    source_model: Value = None,
) -> Value:
    if isinstance(src_payload, Mapping):
        return run.unknown(
            "automate_dv.sat", "a payload that is said by what it leaves out is not read", [source_model]
        )
    columns = (src_pk, src_hashdiff, src_payload, src_extra_columns, src_eff, src_ldts, src_source)
    return _of(run, columns, source_model)


def _ma_sat(  # noqa: PLR0913, PLR0917 - likewise
    run: Run,
    src_pk: Value,
    src_cdk: Value,
    src_hashdiff: Value,
    src_payload: Value,
    src_extra_columns: Value = None,
    src_eff: Value = None,
    src_ldts: Value = None,
    src_source: Value = None,
    source_model: Value = None,
) -> str:
    columns = (src_pk, src_cdk, src_payload, src_extra_columns, src_hashdiff, src_eff, src_ldts, src_source)
    return _of(run, columns, source_model)


def _eff_sat(  # noqa: PLR0913, PLR0917 - likewise
    run: Run,
    src_pk: Value,
    src_dfk: Value,
    src_sfk: Value,
    src_extra_columns: Value = None,
    src_start_date: Value = None,
    src_end_date: Value = None,
    src_eff: Value = None,
    src_ldts: Value = None,
    src_source: Value = None,
    source_model: Value = None,
) -> str:
    keys = (src_pk, src_dfk, src_sfk, src_extra_columns)
    return _of(run, (*keys, src_start_date, src_end_date, src_eff, src_ldts, src_source), source_model)


def _stage(
    run: Run,
    include_source_columns: Value = None,
    source_model: Value = None,
    hashed_columns: Value = None,
    derived_columns: Value = None,
    null_columns: Value = None,
    ranked_columns: Value = None,
) -> Value:
    """The source's columns, then those that are derived from them, hashed and ranked."""
    if condition(run, null_columns):
        return run.unknown("automate_dv.stage", "columns whose nulls are replaced are not read", [source_model])
    relation = _relation(run, source_model)
    derived = {name: _derived(run, value) for name, value in _pairs(derived_columns)}
    hashed = {name: _hash_of(run, value) for name, value in _pairs(hashed_columns)}
    ranked = {name: _ranked(run, value) for name, value in _pairs(ranked_columns)}
    inner = [f"{value} as {name}" for name, value in derived.items()]
    outer = [f"{value} as {name}" for name, value in (hashed | ranked).items()]
    kept = _kept(run, relation, derived) if not _is_false(include_source_columns) else []
    # What is hashed may be what was derived, and what was not derived is a column of the source.
    within = f"select {', '.join([*_kept(run, relation, derived), *inner])} from {relation}"
    listed = ["*"] if kept else list(derived)
    return f"select {', '.join([*listed, *outer])} from ({within}) as derived_columns"


def _pairs(given: Value) -> Sequence[tuple[str, Value]]:
    return [(str(name), value) for name, value in given.items()] if isinstance(given, Mapping) else []


def _is_false(given: Value) -> bool:
    return given is False or (isinstance(given, str) and given.lower() == "false")


def _kept(run: Run, relation: Value, derived: Mapping[str, str]) -> list[str]:
    """The source's columns but for those that are derived anew."""
    columns = columns_or_hole(run, relation)
    if isinstance(columns, Unknown):
        return ["*"]
    new = {name.lower() for name in derived}
    return [name_in_sql(run, column) for column in columns if column.key.strip('"').lower() not in new]


def _derived(run: Run, value: Value) -> str:
    if isinstance(value, Mapping):
        value = value.get("source_column")
    if isinstance(value, (list, tuple)):
        parts = [_expression(run, one) for one in value]
        return f"concat({f', {_SEPARATOR}, '.join(parts)})"
    return _expression(run, value)


def _expression(run: Run, value: Value) -> str:
    text = shown(run, value)
    return literal(text[1:]) if text.startswith(_CONSTANT) else text


def _hash_of(run: Run, value: Value) -> str:
    columns = value.get("columns") if isinstance(value, Mapping) else value
    if isinstance(columns, Missing) or columns is None:
        columns = [run.unknown("automate_dv.stage", "a hash of columns that nobody lists")]
    kind = variant(run, STRING)
    parts = [f"coalesce(cast({_expression(run, one)} as {kind}), '^^')" for one in texts(run, columns)]
    joined = parts[0] if len(parts) == 1 else f"concat({f', {_SEPARATOR}, '.join(parts)})"
    return shown(run, run.call(DBT["hash"], joined))


def _ranked(run: Run, value: Value) -> str:
    facts = value if isinstance(value, Mapping) else {}
    groups, order = (", ".join(texts(run, facts.get(name))) for name in ("partition_by", "order_by"))
    return f"rank() over (partition by {groups} order by {order})"


def _hash(run: Run, columns: Value = None, alias: Value = None, is_hashdiff: Value = False, **_more: Value) -> str:  # noqa: ARG001, FBT002 - automate_dv's own
    hashed = _hash_of(run, columns)
    return f"{hashed} as {shown(run, alias)}" if condition(run, alias) else hashed


AUTOMATE_DV: Mapping[str, Function] = MappingProxyType(
    functions(
        hub=_hub, link=_link, t_link=_t_link, sat=_sat, ma_sat=_ma_sat, eff_sat=_eff_sat, stage=_stage, hash=_hash
    )
)
