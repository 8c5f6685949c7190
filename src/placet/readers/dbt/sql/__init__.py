"""SQL: what a rendered query gives and reads, worked out from its text alone."""

from __future__ import annotations

from placet.readers.dbt.sql.names import fold, loosely
from placet.readers.dbt.sql.parsing import Unresolvable
from placet.readers.dbt.sql.resolution import resolve
from placet.readers.dbt.sql.types import normal_type

__all__ = ["Unresolvable", "fold", "loosely", "normal_type", "resolve"]
