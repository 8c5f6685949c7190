"""Placet gets breaking data changes agreed before they are merged.

The public API::

    import placet

    comparison = placet.compare_projects("main-checkout/", "my-branch-checkout/")
    if comparison.verdict == "breaking":
        print(comparison.to_json()["required_teams"])

Input that cannot be read raises ``placet.BadFile``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from placet.errors import BadFile
from placet.version import __version__

if TYPE_CHECKING:
    import os

    from placet.local.compare import Comparison


def compare_projects(
    old_dir: str | os.PathLike[str], new_dir: str | os.PathLike[str], *, mode: str | None = None, dialect: str = ""
) -> Comparison:
    """What changes between two folders that hold dbt projects, whom it reaches and who would have to agree.

    ``mode`` is ``backward``, ``forward``, ``full`` or ``none`` (default: the old folder's policy, else ``backward``),
    ``dialect`` a sqlglot dialect (default: from the project's own hints). Raises BadFile where a folder or a policy
    cannot be read; an asset that cannot be read is a finding, not an error.
    """
    # The readers are large; whoever only wants the error classes or the version need not wait for them.
    from pathlib import Path  # noqa: PLC0415 - see above

    from placet.local.compare import compare_folders  # noqa: PLC0415 - see above
    from placet.vocabulary.words import Mode  # noqa: PLC0415 - see above

    return compare_folders(Path(old_dir), Path(new_dir), mode=None if mode is None else Mode(mode), dialect=dialect)


__all__ = ["BadFile", "__version__", "compare_projects"]
