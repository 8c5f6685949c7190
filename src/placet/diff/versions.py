"""The differences between two sides' versions: which one is the latest, and until when a model stays."""

from __future__ import annotations

from collections.abc import Iterator

from placet.contracts.model import Asset
from placet.contracts.versions import latest_among, versioned_names, versions_of
from placet.diff.difference import Difference
from placet.diff.readership import Readership
from placet.lineage.graph import Graph
from placet.vocabulary.words import Side

# What stands before the path of a change that concerns references without a version alone.
LATEST = "latest"
# The path of a change that concerns references with a version alone.
VERSION = "version"


def moved_latest(before: Graph, after: Graph) -> Iterator[tuple[Asset, Asset]]:
    """For each model whose references without a version mean another asset from now on: what they meant, and mean.

    Both graphs are keyed alike, so that a model that becomes versioned goes on as one of its versions.
    """
    names = versioned_names(before.contracts, after.contracts)
    now = versions_of(after.contracts, names)
    for name, versions in sorted(versions_of(before.contracts, names).items()):
        if name in now:
            old, new = latest_among(versions), latest_among(now[name])
            if old.key != new.key:
                yield old, new


def latest_difference(old: Asset, new: Asset) -> Difference:
    """That the latest version is another one."""
    return Difference(
        "latest_version_moved",
        LATEST,
        {"version": old.version},
        {"version": new.version},
        f"references without a version mean {_told(new)} from now on, no longer {_told(old)}",
        new.location,
        Side.HEAD,
    )


def unpinned_differences(old: Asset, new: Asset, readership: Readership) -> Iterator[Difference]:
    """That a model has no versions any more: whoever names one is refused."""
    if old.version and not new.version and readership.names_version(old.key):
        yield Difference(
            "asset_removed",
            VERSION,
            {"version": old.version},
            {"version": None},
            f"version {old.version} removed: the model goes on without versions",
            new.location,
            Side.HEAD,
        )


def deprecation_differences(old: Asset, new: Asset) -> Iterator[Difference]:
    """What becomes of the day on which the asset goes; written as dates are, days compare as text."""
    before, after = old.deprecation_date, new.deprecation_date
    if before == after:
        return
    sooner = bool(after) and (not before or after < before)
    yield Difference(
        "deprecation_set" if sooner else "deprecation_lifted",
        "deprecation_date",
        {"deprecation_date": before or None},
        {"deprecation_date": after or None},
        f"deprecation_date: {before or 'none'} becomes {after or 'none'}",
        new.location,
        Side.HEAD,
    )


def _told(asset: Asset) -> str:
    return f"version {asset.version}" if asset.version else "the model without versions"
