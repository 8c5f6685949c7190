"""An asset's columns together with those that the warehouse reports of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from placet.contracts.model import Asset, Column
from placet.readers.dbt.artifacts.catalog import CatalogColumn
from placet.readers.dbt.columns import Spelling
from placet.readers.dbt.sql import loosely
from placet.vocabulary.words import READERS_ONLY, AssetKind, ReadStatus

# What no query makes: whoever knows its columns knows all of it.
_WITHOUT_QUERY = (AssetKind.SOURCE, AssetKind.SEED)


def catalogued(asset: Asset, found: Sequence[CatalogColumn], spelling: Spelling) -> Asset:
    """The asset with what the catalog knows of it.

    Where its SQL closes the list of columns, that list stays, since the warehouse may have been built before it; only
    types that nobody says are the catalog's. Elsewhere the columns are the catalog's, in its order.
    """
    if asset.kind in READERS_ONLY or not found:
        return asset
    if asset.kind not in _WITHOUT_QUERY and not asset.open_ended:
        return with_types(asset, found, spelling)
    return with_columns(asset, found, spelling)


def with_types(asset: Asset, found: Iterable[CatalogColumn], spelling: Spelling) -> Asset:
    """The asset with the catalog's types for the columns of which nothing but YAML says one."""
    types = {loosely(spelling.fold_as(one.name, quoted=True)): spelling.type(one.type) for one in found}
    columns = tuple(
        replace(column, type=type_, type_is_noted=False)
        if (column.type is None or column.type_is_noted) and (type_ := types.get(loosely(column.key)))
        else column
        for column in asset.columns
    )
    return asset if columns == asset.columns else replace(asset, columns=columns)


def with_columns(asset: Asset, found: Iterable[CatalogColumn], spelling: Spelling) -> Asset:
    """The asset with the catalog's columns for a list that was open; what is known of one of them stays known."""
    known = {column.key: column for column in asset.columns}
    by_case: dict[str, str] = {}
    for key in known:
        by_case.setdefault(loosely(key), key)
    has_query = asset.kind not in _WITHOUT_QUERY
    columns: list[Column] = []
    for one in found:
        key = spelling.fold_as(one.name, quoted=True)
        written = known.pop(key if key in known else by_case.get(loosely(key), key), None)
        columns.append(_made(written, one, key, asset, spelling))
    return replace(
        asset,
        columns=(*columns, *known.values()),
        open_ended=False,
        status=ReadStatus.PARTIAL if has_query else ReadStatus.RESOLVED,
        reason=asset.reason if has_query else "",
        reason_location=asset.reason_location if has_query else None,
        # Which of them makes which column is not known.
        reads_all=tuple(sorted({*asset.reads_all, *asset.reads})) if has_query else asset.reads_all,
    )


def _made(written: Column | None, one: CatalogColumn, key: str, asset: Asset, spelling: Spelling) -> Column:
    type_ = spelling.type(one.type)
    if written is None:
        hole = "" if asset.kind in _WITHOUT_QUERY else asset.reason
        return Column(name=one.name, key=key, location=asset.location, type=type_, made=True, hole=hole)
    said = None if written.type_is_noted or not written.made else written.type
    return replace(written, made=True, type=said or type_ or written.type, type_is_noted=False)
