"""Placet gets breaking data changes agreed before they are merged.

The public API::

    import placet

    comparison = placet.compare_projects("main-checkout/", "my-branch-checkout/")
    if comparison.verdict == "breaking":
        print(comparison.to_json()["required_teams"])

    placet.compare(old_manifest, new_manifest, format="dbt_manifest")  # documents: text, bytes or parsed

Input that cannot be read raises ``placet.BadFile``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from placet.errors import BadFile
from placet.version import __version__

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping
    from typing import Any

    from placet.local.compare import Comparison

    Document = str | bytes | Mapping[str, Any]


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


def compare(
    old: Document,
    new: Document,
    *,
    format: str,  # noqa: A002 - the word for it
    mode: str = "backward",
    old_catalog: Document | None = None,
    new_catalog: Document | None = None,
) -> Comparison:
    """What changes between two documents, given as text, bytes or parsed JSON, whom it reaches and who would agree.

    ``format`` is ``dbt_manifest``: dbt's ``manifest.json``, to which its ``catalog.json`` adds what the warehouse has
    where both sides give one. ``mode`` as in ``compare_projects``. Raises BadFile for a document that cannot be read,
    ValueError for a format or a mode that there is not.
    """
    from placet.local.artifacts import artifacts_from, compare_artifacts  # noqa: PLC0415 - as above
    from placet.vocabulary.words import Mode  # noqa: PLC0415 - as above

    if format != "dbt_manifest":
        raise ValueError(f"there is no format {format!r}: dbt_manifest is read")
    sides = artifacts_from(old, old_catalog, "old"), artifacts_from(new, new_catalog, "new")
    return compare_artifacts(*sides, mode=Mode(mode))


__all__ = ["BadFile", "__version__", "compare", "compare_projects"]
