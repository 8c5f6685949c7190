"""Packages that are not in the repository and move: what their macros and models give cannot be seen."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from placet.contracts.model import Asset, ContractSet
from placet.diff.difference import Difference
from placet.vocabulary.words import Side

_EXACT = re.compile(r"v?([0-9]+)\.([0-9]+)\.([0-9]+)")


def package_differences(old: Asset, new: Asset, moved: Mapping[str, tuple[str, str]]) -> Iterator[Difference]:
    """A difference for each package that the asset uses and that moves; ``moved`` gives versions before and after.

    A package that promises semantic versions, and keeps its first number, promises to break nothing: it only tells.
    """
    for name in sorted(set(old.packages) & moved.keys()):
        before, after = moved[name]
        yield Difference(
            "package_changed",
            f"packages.{name}",
            {"package": before},
            {"package": after},
            f"package {name}: {_told(before)} becomes {_told(after)}",
            new.location,
            Side.HEAD,
            tells=_keeps_its_promise(before, after),
        )


def moved_packages(base: ContractSet, head: ContractSet) -> Mapping[str, Mapping[str, tuple[str, str]]]:
    """By project's folder on the base, the packages that are not in the tree and move: (before, after) by name."""
    now = {project.folder: dict(project.packages) for project in head.projects}
    here = {project.name for project in head.projects}
    found = {}
    for project in base.projects:
        has = now.get(project.folder)
        if has is None:
            continue
        moved = {
            name: (version, has.get(name, ""))
            for name, version in project.packages
            # One that lies in the tree from now on is read.
            if has.get(name, "") != version and name not in here
        }
        if moved:
            found[project.folder] = moved
    return found


def _keeps_its_promise(before: str, after: str) -> bool:
    if before.rpartition("@")[0] != after.rpartition("@")[0]:
        # What somebody else makes under the same name promises nothing of the kind.
        return False
    old, new = _EXACT.fullmatch(_version(before)), _EXACT.fullmatch(_version(after))
    # Below 1.0.0 nothing is promised.
    if old is None or new is None or old[1] != new[1] or new[1] == "0":
        return False
    # Backwards nothing is promised either.
    return tuple(map(int, old.groups())) <= tuple(map(int, new.groups()))


def _told(package: str) -> str:
    """Where it comes from, and its version as people write it; several bounds after one another."""
    return f"{package.rpartition('@')[0]} {_version(package)}" if package else "none"


def _version(package: str) -> str:
    written = package.rpartition("@")[2]
    try:
        loaded = json.loads(written)
    except ValueError:
        return written or "without a version"
    parts = loaded if isinstance(loaded, list) else [loaded]
    return " ".join(str(part) for part in parts) or "without a version"
