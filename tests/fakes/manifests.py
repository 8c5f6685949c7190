"""dbt's artifacts made of a few words, as the dbt of a given schema version would write them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

SCHEMAS = "https://schemas.getdbt.com/dbt"

# The schema version in which a field comes up, for those that not all have.
_SINCE = {
    "access": 9, "group": 9, "contract": 9, "constraints": 9, "version": 9, "latest_version": 9, "attached_node": 9,
    "deprecation_date": 10, "language": 7, "unrendered_database": 12,
}  # fmt: skip
_SECTIONS = {
    "nodes": 4, "sources": 4, "exposures": 4, "metrics": 4, "macros": 4, "groups": 9, "semantic_models": 10,
    "saved_queries": 11, "unit_tests": 12,
}  # fmt: skip
_OLD_NAMES = {"raw_code": "raw_sql", "compiled_code": "compiled_sql"}


def manifest(spec: Mapping[str, Any], version: int = 12) -> dict[str, Any]:
    """A manifest: ``spec`` has its sections by name, each entry by unique id with what it says besides.

    ``adapter`` is the adapter (duckdb), ``project`` the root project (shop). Of a node, ``raw``, ``compiled`` and
    ``reads`` are written as that version calls them; a generic test may be given as ``test: {of, name, column, …}``.
    """
    project = spec.get("project", "shop")
    metadata = {
        "dbt_schema_version": f"{SCHEMAS}/manifest/v{version}.json",
        "dbt_version": "1.0.0",
        "project_id": hashlib.md5(project.encode(), usedforsecurity=False).hexdigest(),
        "adapter_type": spec.get("adapter", "duckdb"),
        **({"project_name": project} if version >= 10 else {}),
    }
    written: dict[str, Any] = {"metadata": metadata}
    for section, since in _SECTIONS.items():
        if version >= since:
            entries = spec.get(section, {})
            written[section] = {one: _entry(one, entry or {}, version) for one, entry in entries.items()}
    return {**written, "disabled": {}, "parent_map": {}, "child_map": {}, "docs": {}}


def catalog(columns: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """A catalog: by unique id, each column's type by its name."""
    entries = {
        one: {
            "unique_id": one,
            "columns": {
                name: {"name": name, "type": type_, "index": number, "comment": None}
                for number, (name, type_) in enumerate(types.items(), start=1)
            },
        }
        for one, types in columns.items()
    }
    metadata = {"dbt_schema_version": f"{SCHEMAS}/catalog/v1.json"}
    sources = {one: entry for one, entry in entries.items() if one.startswith("source.")}
    return {"metadata": metadata, "nodes": {k: v for k, v in entries.items() if k not in sources}, "sources": sources}


def as_bytes(document: Mapping[str, Any]) -> bytes:
    """The document as dbt writes it into a file."""
    return json.dumps(document).encode()


def _entry(unique_id: str, said: Mapping[str, Any], version: int) -> dict[str, Any]:
    sort, package, *rest = unique_id.split(".")
    entry: dict[str, Any] = {
        "unique_id": unique_id,
        "resource_type": sort,
        "package_name": package,
        "name": rest[1] if sort == "source" else rest[0],
        "original_file_path": f"{sort}s/{rest[0]}.sql",
        "config": {"enabled": True},
        "columns": {},
    }
    if sort in ("model", "seed", "snapshot"):
        entry |= {
            "database": "db",
            "schema": "main",
            "alias": rest[0],
            "relation_name": f'"db"."main"."{rest[0]}"',
            "checksum": {"name": "sha256", "checksum": "0"},
            "language": "sql",
        }
        entry["config"] |= {"materialized": "table", "on_schema_change": "ignore", "alias": None}
    if sort == "source":
        entry |= {
            "source_name": rest[0],
            "identifier": rest[1],
            "database": "db",
            "schema": rest[0],
            "relation_name": f'"db"."{rest[0]}"."{rest[1]}"',
            "unrendered_database": None,
        }
    said = _with_test(said, version) if "test" in said else dict(said)
    entry["config"] |= said.pop("config", {})
    for short, long in (("raw", "raw_code"), ("compiled", "compiled_code")):
        if short in said:
            entry[_OLD_NAMES[long] if version < 7 else long] = said.pop(short)
    entry["depends_on"] = {"macros": said.pop("macros", []), "nodes": said.pop("reads", [])}
    if "columns" in said:
        columns = said.pop("columns")
        entry["columns"] = {name: {"name": name, "data_type": None, **(one or {})} for name, one in columns.items()}
    return {key: value for key, value in {**entry, **said}.items() if version >= _SINCE.get(key, 0)}


def _with_test(said: Mapping[str, Any], version: int) -> dict[str, Any]:
    """A generic test: ``of`` what (a unique id), its ``name``, ``column``, and arguments; what else it reads."""
    test = dict(said["test"])
    of, name, column = test.pop("of"), test.pop("name"), test.pop("column", None)
    namespace, _, bare = name.rpartition(".")
    parts = of.split(".")
    call = f"source('{parts[2]}', '{parts[3]}')" if parts[0] == "source" else f"ref('{parts[2]}')"
    arguments = {**test, "model": f"{{{{ get_where_subquery({call}) }}}}"}
    if column:
        arguments["column_name"] = column
    rest = {key: value for key, value in said.items() if key != "test"}
    config = {"severity": "ERROR", "where": None, "limit": None, "warn_if": "!= 0", "error_if": "!= 0"}
    return {
        **rest,
        "config": {**config, "fail_calc": "count(*)", **rest.get("config", {})},
        "test_metadata": {"name": bare, "namespace": namespace or None, "kwargs": arguments},
        "column_name": column,
        "attached_node": None if parts[0] == "source" or version < 9 else of,
        "reads": [*rest.get("reads", []), of],
    }
