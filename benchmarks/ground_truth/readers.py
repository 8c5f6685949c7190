"""Who no longer binds without a column, against whom ``placet impact`` names."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.ground_truth.columns import NO_COLUMN
from placet.contracts.model import Asset
from placet.local.impact import Target, impact_of
from placet.local.reading import Reading
from placet.vocabulary.words import ReadStatus

# Via holds the column itself and its reader.
_DIRECT = 2


@dataclass(frozen=True, slots=True)
class Readers:
    """The readers of one column: those that the database shows, and those that we name, directly and in the end.

    ``holed``: those of the named ones that are not resolved as a whole, so that they may read whatever they refer to.
    """

    asset: str
    column: str
    shown: Mapping[str, Any]
    named: frozenset[str]
    reached: frozenset[str]
    walked: frozenset[str]
    holed: frozenset[str]

    @property
    def missed(self) -> tuple[str, ...]:
        return tuple(sorted(set(self.shown) - self.named))

    @property
    def extra(self) -> tuple[str, ...]:
        return tuple(sorted(self.named - set(self.shown)))


def sampled(built: Mapping[str, Any], assets: Mapping[str, Asset], count: int, seed: int) -> list[tuple[str, str]]:
    """So many columns (0: all) of relations that some model reads, at random but the same each time."""
    read = {key for one in built["models"].values() if one.get("catalog") for key in one["reads"]}
    relations = {**built["sources"], **{key: one for key, one in built["models"].items() if one["way"] != "refused"}}
    known = sorted(read & set(relations) & set(assets))
    pairs = [(key, name.lower()) for key in known for name, _ in relations[key]["columns"] if name != NO_COLUMN]
    pairs = list(dict.fromkeys(pairs))
    return sorted(random.Random(seed).sample(pairs, min(count or len(pairs), len(pairs))))  # noqa: S311


def compared(
    dropped: Sequence[Mapping[str, Any]], assets: Mapping[str, Asset], reading: Reading, testable: frozenset[str]
) -> Iterator[Readers]:
    """Each dropped column's readers; only models that bound before are testable, so others are left out."""
    for one in dropped:
        asset = assets.get(one["asset"])
        if asset is None:
            continue
        ids = {asset.key: key for key, asset in assets.items()}
        column = next((known.key for known in asset.columns if known.name.lower() == one["column"]), one["column"])
        reaches = [reach.reach for reach in impact_of(Target(asset, column), reading).reaches if reach.reach.asked]
        direct = {ids.get(reach.asset, "") for reach in reaches if len(reach.via) == _DIRECT}
        known = testable & set(assets)
        yield Readers(
            asset=one["asset"],
            column=one["column"],
            shown={key: fate for key, fate in one["direct"].items() if key in known},
            named=frozenset(direct & known),
            reached=frozenset(one["reached"]) & known,
            holed=frozenset(key for key in direct & known if assets[key].status is not ReadStatus.RESOLVED),
            walked=frozenset(ids.get(reach.asset, "") for reach in reaches) & known,
        )


def summary(found: Sequence[Readers]) -> dict[str, Any]:
    """Recall and precision over all pairs of column and direct reader; recall of the walk over all that is reached.

    ``extra_in_holes``: how many of the pairs that only we name are readers in which something is not known.
    """
    shown, named = sum(len(one.shown) for one in found), sum(len(one.named) for one in found)
    both = sum(len(set(one.shown) & one.named) for one in found)
    reached = sum(len(one.reached) for one in found)
    walked = sum(len(one.reached & one.walked) for one in found)
    return {
        "columns": len(found),
        "read": sum(1 for one in found if one.shown),
        "shown": shown,
        "named": named,
        "both": both,
        "extra_in_holes": sum(len(set(one.extra) & one.holed) for one in found),
        "recall": round(both / shown, 5) if shown else None,
        "precision": round(both / named, 5) if named else None,
        "reached": reached,
        "walk_recall": round(walked / reached, 5) if reached else None,
    }
