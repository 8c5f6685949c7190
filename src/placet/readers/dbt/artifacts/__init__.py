"""dbt's own artifacts, manifest.json and catalog.json: what they say, as contracts."""

from __future__ import annotations

from placet.readers.dbt.artifacts.catalog import Catalog, catalog_from
from placet.readers.dbt.artifacts.contracts import contracts_from
from placet.readers.dbt.artifacts.filling import Artifacts, read_filled
from placet.readers.dbt.artifacts.manifest import NEWEST, OLDEST, Manifest, manifest_from

__all__ = [
    "NEWEST",
    "OLDEST",
    "Artifacts",
    "Catalog",
    "Manifest",
    "catalog_from",
    "contracts_from",
    "manifest_from",
    "read_filled",
]
