"""Our own equivalents of the macros of dbt and of popular packages, for where a package is not in the tree."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from placet.readers.dbt.jinja.packages.automate_dv import AUTOMATE_DV
from placet.readers.dbt.jinja.packages.crossdb import DBT
from placet.readers.dbt.jinja.packages.dbt_date import DBT_DATE
from placet.readers.dbt.jinja.packages.dbt_utils import DBT_UTILS
from placet.readers.dbt.jinja.packages.fivetran_utils import FIVETRAN_UTILS
from placet.readers.dbt.jinja.things import Function

PACKAGES: Mapping[str, Mapping[str, Function]] = MappingProxyType(
    {
        "dbt": DBT,
        "dbt_utils": DBT_UTILS,
        "fivetran_utils": FIVETRAN_UTILS,
        "dbt_date": DBT_DATE,
        "automate_dv": AUTOMATE_DV,
    }
)
