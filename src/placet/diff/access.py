"""The differences between who may read an asset, who owns it, and by which mode it is judged."""

from __future__ import annotations

from collections.abc import Iterator

from placet.contracts.model import Asset
from placet.diff.difference import Difference
from placet.diff.readership import Readership
from placet.vocabulary.words import Mode, Side

_WIDTH = {"private": 0, "protected": 1, "public": 2}
# What each mode promises: a mode that lacks one of the other's promises is weaker.
_PROMISES = {
    Mode.NONE: frozenset[str](),
    Mode.BACKWARD: frozenset({"backward"}),
    Mode.FORWARD: frozenset({"forward"}),
    Mode.FULL: frozenset({"backward", "forward"}),
}


def access_differences(old: Asset, new: Asset, readership: Readership) -> Iterator[Difference]:
    """What becomes of access, group and grants."""
    loses = readership.loses_access(old, new)
    if old.access != new.access:
        narrowed = _WIDTH[new.access] < _WIDTH[old.access]
        yield Difference(
            "access_narrowed" if narrowed else "access_widened",
            "access",
            {"access": old.access},
            {"access": new.access},
            f"access: {old.access} becomes {new.access}",
            new.location,
            Side.HEAD,
            raised=loses,
        )
    if old.group != new.group:
        yield Difference(
            "group_changed",
            "group",
            {"group": old.group},
            {"group": new.group},
            f"group: {old.group or 'none'} becomes {new.group or 'none'}",
            new.location,
            Side.HEAD,
            # Where access is narrowed as well, that change says who loses it.
            raised=loses and old.access == new.access,
        )
    yield from _grants(old, new, readership)


def mode_differences(old: Asset, new: Asset, policy: Mode) -> Iterator[Difference]:
    """Whether the asset promises less from now on; where it has no mode of its own, the policy's counts."""
    before, after = old.meta.compatibility or policy, new.meta.compatibility or policy
    if is_weaker(before, after):
        yield Difference(
            "mode_relaxed",
            "compatibility",
            {"compatibility": before.value},
            {"compatibility": after.value},
            f"compatibility: {before.value} becomes {after.value}",
            new.location,
            Side.HEAD,
        )


def is_weaker(before: Mode, after: Mode) -> bool:
    """Whether a mode promises less than the one before it."""
    return not _PROMISES[before] <= _PROMISES[after]


def lost_grantees(old: Asset, new: Asset) -> frozenset[str]:
    """Who loses a privilege, folded."""
    return frozenset(grantee.casefold() for _, grantee in _granted(old) - _granted(new))


def _grants(old: Asset, new: Asset, readership: Readership) -> Iterator[Difference]:
    had, has = _granted(old), _granted(new)
    if lost := sorted(had - has):
        named = {name.casefold() for name in readership.outside.get(old.key, frozenset())}
        yield Difference(
            "grants_narrowed",
            "grants",
            {"lost": [list(pair) for pair in lost]},
            None,
            f"{_told(lost)} taken back",
            new.location,
            Side.HEAD,
            raised=not named.isdisjoint(lost_grantees(old, new)),
        )
    if gained := sorted(has - had):
        facts = {"gained": [list(pair) for pair in gained]}
        yield Difference("grants_widened", "grants", None, facts, f"{_told(gained)} granted", new.location, Side.HEAD)


def _granted(asset: Asset) -> frozenset[tuple[str, str]]:
    return frozenset((privilege, grantee) for privilege, grantees in asset.grants for grantee in grantees)


def _told(pairs: list[tuple[str, str]]) -> str:
    return ", ".join(f"{privilege} to {grantee}" for privilege, grantee in pairs)
