"""``catalog.json``: which columns the warehouse had when ``dbt docs generate`` asked it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from placet.readers.dbt.artifacts.documents import document, mapping, text

_LAST = 1 << 30


@dataclass(frozen=True, slots=True)
class CatalogColumn:
    """A column as the warehouse has it, with its type as the warehouse writes it."""

    name: str
    type: str


@dataclass(frozen=True)
class Catalog:
    """The columns of relations by the unique id of their asset, in the order in which they lie there."""

    columns: Mapping[str, tuple[CatalogColumn, ...]] = field(default_factory=dict)
    digest: str = ""

    def of(self, unique_id: str) -> tuple[CatalogColumn, ...]:
        """The columns of an asset; none where the catalog does not have it."""
        return self.columns.get(unique_id, ())


def catalog_from(data: bytes | Mapping[str, Any], path: str) -> Catalog:
    """What a ``catalog.json`` says, given as bytes or parsed. Raises BadFile where it is none."""
    read = document(data, path, "catalog")
    found: dict[str, tuple[CatalogColumn, ...]] = {}
    for section in ("nodes", "sources"):
        for unique_id, entry in read.section(section).items():
            if isinstance(entry, dict) and (columns := _columns(mapping(entry, "columns"))):
                found[unique_id] = columns
    return Catalog(found, read.digest)


def _columns(written: Mapping[str, Any]) -> tuple[CatalogColumn, ...]:
    placed = []
    for number, (key, column) in enumerate(written.items()):
        if isinstance(column, dict):
            index = column.get("index")
            place = index if isinstance(index, (int, float)) else _LAST
            placed.append((place, number, CatalogColumn(text(column, "name") or key, text(column, "type"))))
    # dbt writes nested fields of a BigQuery struct beside it, as columns with a dot in their names.
    return tuple(one for _, _, one in sorted(placed, key=lambda entry: entry[:2]) if "." not in one.name)
