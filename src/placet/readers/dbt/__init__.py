"""dbt projects read without running them: ``read_projects`` makes a contract set of a repository's files."""

from __future__ import annotations

from placet.readers.dbt.assembly import OUTSIDE
from placet.readers.dbt.repository import read_projects
from placet.readers.dbt.tree import (
    MAX_HINT_BYTES,
    MAX_PYTHON_BYTES,
    MAX_SEED_BYTES,
    MAX_SQL_BYTES,
    MAX_YAML_BYTES,
    max_bytes,
    wanted,
)

__all__ = [
    "MAX_HINT_BYTES",
    "MAX_PYTHON_BYTES",
    "MAX_SEED_BYTES",
    "MAX_SQL_BYTES",
    "MAX_YAML_BYTES",
    "OUTSIDE",
    "max_bytes",
    "read_projects",
    "wanted",
]
