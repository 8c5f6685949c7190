"""The differences between two sides' exposures, beside what they read."""

from __future__ import annotations

from collections.abc import Iterator

from placet.contracts.model import Asset
from placet.diff.difference import Difference
from placet.vocabulary.words import Side


def exposure_differences(old: Asset, new: Asset) -> Iterator[Difference]:
    """Whether it belongs to somebody else from now on."""
    before, after = _owner(old), _owner(new)
    if before != after:
        yield Difference(
            "exposure_owner_changed",
            "owner",
            {"owner": before},
            {"owner": after},
            f"owner: {before or 'nobody'} becomes {after or 'nobody'}",
            new.location,
            Side.HEAD,
        )


def _owner(exposure: Asset) -> str:
    hint = exposure.exposure_owner
    return exposure.meta.owner or (hint.name or hint.email if hint is not None else "")
