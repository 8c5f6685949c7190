"""A change: one difference between two contracts, in the contract's own terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from placet.vocabulary.canonical import digest_of
from placet.vocabulary.files import Location
from placet.vocabulary.words import Because, Category, Gate, Side

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: ``kind`` is its rule's id, ``path`` where in the contract (``columns.user_email``).

    ``asset`` is the key (empty for a file of no known asset), ``asset_id`` what people see. ``column`` is the folded
    name of the column that readers may lose, empty where the change is the asset's as a whole. ``before`` and
    ``after`` are plain facts. ``caused_by`` are the fingerprints of the changes of which this one is only a
    consequence.
    """

    asset: str
    asset_id: str
    kind: str
    path: str
    category: Category
    because: Because
    gate: Gate
    before: Facts | None
    after: Facts | None
    message: str
    side: Side
    location: Location
    fingerprint: str
    column: str = ""
    caused_by: tuple[str, ...] = ()
    renamed_to: str | None = None

    @property
    def what(self) -> str:
        """``dim_customers.user_email``, or the asset or file alone."""
        if not self.asset:
            return self.location.path
        name = self.asset_id.split(".", 2)[-1]
        return f"{name}.{self.path.removeprefix('columns.')}" if self.path.startswith("columns.") else name


def fingerprint_of(asset: str, kind: str, path: str, before: Facts | None, after: Facts | None) -> str:
    """What people agree to: no SHA of a commit, no line, no wording, no category (4-approvals, "Fingerprints")."""
    return digest_of(
        {
            "v": 1,
            "asset": asset or None,
            "kind": kind,
            "path": path,
            "before": None if before is None else dict(before),
            "after": None if after is None else dict(after),
        }
    )
