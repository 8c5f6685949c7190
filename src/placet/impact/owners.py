"""Who may own an asset: the places that can name an owner, in the order in which they are asked."""

from __future__ import annotations

from collections.abc import Iterator

from placet.contracts.model import Asset
from placet.errors import BadFile
from placet.impact.analysis import OwnerCandidate
from placet.policy.codeowners import CodeOwners, where
from placet.policy.globs import path_glob
from placet.policy.model import Policy
from placet.vocabulary.files import Files
from placet.vocabulary.words import AssetKind


def codeowners_in(files: Files) -> CodeOwners:
    """The CODEOWNERS of a tree, empty if there is none. Raises BadFile where it is there and cannot be read."""
    path = where(files.keys())
    if path is None:
        return CodeOwners()
    data = files[path].data
    if data is None:
        problem = files[path].problem or "cannot be read"
        raise BadFile(problem, path=path, hint="who owns what cannot be told without it: make it a plain file")
    return CodeOwners.parse(data, path)


class Owners:
    """The candidates for any asset, under one policy and one CODEOWNERS file."""

    def __init__(self, policy: Policy, codeowners: CodeOwners) -> None:
        self._policy = policy
        self._codeowners = codeowners
        self._rules = [(path_glob(rule.match), rule) for rule in policy.owners]

    def candidates(self, asset: Asset) -> tuple[OwnerCandidate, ...]:
        """Every place that names an owner of the asset, best first; the first that resolves to a team is the owner."""
        return tuple(self._candidates(asset))

    def _candidates(self, asset: Asset) -> Iterator[OwnerCandidate]:
        if asset.meta.owner:
            yield OwnerCandidate("meta.placet.owner", (asset.meta.owner,), asset.location)
        if asset.kind is AssetKind.EXPOSURE and asset.exposure_owner is not None:
            # An exposure belongs to the team whose name, slug or e-mail equals its owner.
            for name in asset.exposure_owner.names:
                yield OwnerCandidate("exposure owner", (name,), asset.location)
            return
        if asset.meta.meta_owner:
            yield OwnerCandidate("meta.owner", (asset.meta.meta_owner,), asset.location)
        yield from self._from_group(asset)
        for glob, rule in self._rules:
            if glob.matches(asset.location.path):
                yield OwnerCandidate("owners", (rule.team,), rule.location)
                break
        line = self._codeowners.owners_of(asset.location.path)
        if line is not None and line.names:
            yield OwnerCandidate("CODEOWNERS", line.names, line.location)

    def _from_group(self, asset: Asset) -> Iterator[OwnerCandidate]:
        if not asset.group:
            return
        yield OwnerCandidate("group", (asset.group,), asset.location)
        if asset.group_owner is not None:
            for name in asset.group_owner.names:
                yield OwnerCandidate("group owner", (name,), asset.location)
