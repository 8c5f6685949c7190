"""An asset that was read in part, together with what its compiled SQL gives."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from placet.contracts.model import Asset, Column
from placet.readers.dbt.assets import told_reasons
from placet.readers.dbt.columns import output_columns
from placet.readers.dbt.parts import Resolution
from placet.readers.dbt.sql import loosely
from placet.vocabulary.files import Location
from placet.vocabulary.words import ReadStatus


def completed(asset: Asset, found: Resolution, reads: Collection[str]) -> Asset:
    """The asset with what its compiled SQL adds; what its files say stays.

    ``reads`` are the keys of what dbt says that it depends on. A compiled text shows one way through a template, on one
    target: what the files show to be read besides is read as well.
    """
    place = Location(asset.location.path)
    given = [replace(column, location=place) for column in output_columns(found.columns, place.path)]
    open_ended = asset.open_ended and found.open_ended
    columns = _joined(asset, given)
    if not open_ended:
        # What is promised alone is surely not made.
        columns = tuple(column if column.made else replace(column, hole="") for column in columns)
    holes = [column.hole for column in columns if column.hole]
    reasons = (*found.reasons, *(hole for hole in holes if not found.reasons))
    unseen = set(asset.reads) - set(found.reads)
    return replace(
        asset,
        columns=columns,
        rows=tuple(dict.fromkeys((*asset.rows, *(replace(part, line=0) for part in found.rows)))),
        reads=tuple(sorted({*asset.reads, *reads})),
        reads_all=tuple(sorted({*found.reads_all, *unseen} & {*asset.reads, *reads})),
        status=ReadStatus.PARTIAL if reasons else ReadStatus.RESOLVED,
        reason=told_reasons(reasons),
        reason_location=place if reasons else None,
        refs_known=True,
        open_ended=open_ended,
        named=tuple(sorted({*asset.named, *found.named})),
        compared=tuple(sorted({*asset.compared, *found.compared})),
        positional=tuple(sorted({*asset.positional, *found.positional})),
    )


def _joined(asset: Asset, given: list[Column]) -> tuple[Column, ...]:
    """The columns of both; those of compiled SQL come in its order, but for a contract, whose own order leads.

    A list that the files close gets no more columns.
    """
    known = {column.key: column for column in asset.columns}
    by_case: dict[str, str] = {}
    for key in known:
        by_case.setdefault(loosely(key), key)
    result: dict[str, Column] = dict(known) if asset.contract_enforced or not asset.open_ended else {}
    for column in given:
        key = column.key if column.key in known else by_case.get(loosely(column.key), column.key)
        if key in known and (asset.open_ended or known[key].made):
            result[key] = _both(known[key], column, enforced=asset.contract_enforced)
        elif asset.open_ended:
            result[key] = column
    return (*result.values(), *(column for key, column in known.items() if key not in result))


def _both(said: Column, given: Column, *, enforced: bool) -> Column:
    """A column of the files with what only its compiled SQL shows of it."""
    is_typed = said.type is not None and not said.type_is_noted and (said.made or enforced)
    if said.derivation is None:
        derivation = given.derivation
        said = replace(said, made=True, derivation=derivation, hole=given.hole, inputs=given.inputs)
    return said if is_typed or given.type is None else replace(said, type=given.type, type_is_noted=False)
