"""The artifacts that dbt would write of the shop repository, before and after its column is dropped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fakes import manifests

USERS = "source.shop.raw.users"
CUSTOMERS = "model.shop.dim_customers"


def shop_manifest(customers: str = "select id as user_id, email as user_email", version: int = 12) -> dict[str, Any]:
    """The shop's manifest, compiled, with what ``dim_customers`` selects."""

    def below(columns: str, then: str = "") -> str:
        return f'select {columns} from "db"."main"."dim_customers"{then}'  # noqa: S608 - never run

    return manifests.manifest(
        {
            "adapter": "postgres",
            "sources": {USERS: {"columns": {"id": {"data_type": "bigint"}, "email": {"data_type": "varchar"}}}},
            "nodes": {
                CUSTOMERS: {"raw": customers, "compiled": f'{customers} from "db"."raw"."users"', "reads": [USERS]},
                "model.shop.mart_churn": {
                    "compiled": below("user_id, split_part(user_email, '@', 2) as email_domain"),
                    "reads": [CUSTOMERS],
                },
                "model.shop.mart_crm": {
                    "compiled": below("user_id", " where user_email is not null"),
                    "reads": [CUSTOMERS],
                },
            },
            "exposures": {
                "exposure.shop.dash_churn": {
                    "reads": ["model.shop.mart_churn"],
                    "owner": {"name": "growth", "email": "growth@acme.example"},
                }
            },
        },
        version,
    )


WITHOUT_EMAIL = shop_manifest("select id as user_id")


def write_artifacts(folder: Path, manifest: dict[str, Any], catalog: dict[str, Any] | None = None) -> Path:
    """The folder with the artifacts in it; gives the manifest's path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "manifest.json"
    path.write_bytes(manifests.as_bytes(manifest))
    if catalog is not None:
        (folder / "catalog.json").write_bytes(manifests.as_bytes(catalog))
    return path
