"""The differences between two contract sets, as changes under the rule table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from placet.contracts.model import Asset, ContractSet, FileFinding, Project
from placet.contracts.rekey import matched_projects, rekeyed
from placet.diff.access import access_differences, mode_differences
from placet.diff.causes import with_causes
from placet.diff.changes import Change, Facts, fingerprint_of
from placet.diff.columns import column_differences
from placet.diff.difference import Difference
from placet.diff.exposures import exposure_differences
from placet.diff.guarantees import guarantee_differences
from placet.diff.logic import logic_differences
from placet.diff.packages import moved_packages, package_differences
from placet.diff.readership import Readership
from placet.diff.relations import relation_differences
from placet.diff.rules import judged
from placet.diff.sources import source_differences
from placet.diff.versions import LATEST, deprecation_differences, latest_difference, moved_latest, unpinned_differences
from placet.lineage.graph import Graph, graph_of
from placet.policy.model import Policy, Strictness
from placet.vocabulary.words import READERS_ONLY, AssetKind, Because, Category, Gate, Mode, ReadStatus, Side


@dataclass(frozen=True, slots=True)
class Rules:
    """By which mode each asset is judged: its own, as the base branch's tip has it, else the policy's.

    ``readership``: the readers on whom some judgements depend; None: those of the two sides that are compared.
    """

    policy: Policy
    modes: Mapping[str, Mode]
    readership: Readership | None = None

    def mode_of(self, asset: str) -> Mode:
        """The asset's mode."""
        return self.modes.get(asset, self.policy.compatibility)


def rules_from(policy: Policy, trusted: ContractSet, readership: Readership | None = None) -> Rules:
    """The rules, with the assets' own modes taken from a trusted commit only."""
    modes = {asset.key: asset.meta.compatibility for asset in trusted.assets if asset.meta.compatibility is not None}
    return Rules(policy, modes, readership)


def changes_between(base: ContractSet, head: ContractSet, rules: Rules) -> tuple[Change, ...]:
    """Every change from base to head, in order of asset and path; the same sets give none."""
    pairs = matched_projects(base.projects, head.projects)
    head = rekeyed(head, base)
    before, after = graph_of(base), graph_of(head)
    readership = rules.readership or Readership(before, (after,), {})
    sides = _Sides(before, after, readership, moved_packages(base, head), rules)
    successors = _successors(before, after)
    changes = [change for old, new in pairs for change in _renamed_project(old, new, rules)]
    for key in sorted(base.by_key.keys() | head.by_key.keys()):
        old, new = base.by_key.get(key), head.by_key.get(key)
        if old is new:
            # Read from the same files, and so the same value.
            continue
        differences = sides.differences(old, new)
        if old is not None and new is None:
            differences = [replace(one, renamed_to=successors.get(key)) for one in differences]
        asset_id = (old or new).id  # type: ignore[union-attr]  # a key of the union has one of them
        changes += _judged(key, asset_id, differences, rules)
    for old, new in moved_latest(before, after):
        changes += _judged(old.key, old.id, sides.latest_differences(old, new), rules)
    return tuple(sorted(with_causes(changes, before, after), key=lambda one: (one.asset, one.path, one.kind)))


def unreadable_files(base: ContractSet, head: ContractSet) -> tuple[Change, ...]:
    """A change for each file that cannot be read at the head; it only tells where the base could not be read either."""
    known = {finding.location.path: finding.sha for finding in _unreadable(base)}
    return tuple(
        _unreadable_file(finding, Gate.TELL if finding.location.path in known else Gate.ASK)
        for finding in _unreadable(head)
        # What nobody touched is no change.
        if known.get(finding.location.path) != finding.sha
    )


def _successors(before: Graph, after: Graph) -> dict[str, str]:
    """For each asset that is gone, the id of the one new asset that gives the very same: it was likely renamed."""
    old, new = before.contracts.by_key, after.contracts.by_key
    added: dict[tuple[object, ...], list[str]] = {}
    for key in new.keys() - old.keys():
        added.setdefault(_given(new[key], after), []).append(new[key].id)
    alike = {key: added.get(_given(old[key], before), []) for key in old.keys() - new.keys()}
    return {key: ids[0] for key, ids in alike.items() if len(ids) == 1 and before.asset_digests(key)}


def _given(asset: Asset, graph: Graph) -> tuple[object, ...]:
    return asset.kind, asset.project, tuple(sorted(graph.asset_digests(asset.key).items()))


def _unreadable(contracts: ContractSet) -> Iterator[FileFinding]:
    return (finding for finding in contracts.findings if finding.code == "file_unreadable")


def _unreadable_file(finding: FileFinding, gate: Gate) -> Change:
    after = {"sha": finding.sha}
    hint = f" ({finding.hint})" if finding.hint else ""
    return Change(
        asset="",
        asset_id="",
        kind="file_unreadable",
        path=f"files.{finding.location.path}",
        category=Category.REQUIRES_ANALYSIS,
        because=Because.UNDECIDED,
        gate=gate,
        before=None,
        after=after,
        message=f"{finding.location.path} cannot be read: {finding.reason}{hint}",
        side=Side.HEAD,
        location=finding.location,
        fingerprint=fingerprint_of("", "file_unreadable", f"files.{finding.location.path}", None, after),
    )


@dataclass(frozen=True, slots=True)
class _Sides:
    """What is needed of both sides to find the differences of one asset."""

    before: Graph
    after: Graph
    readership: Readership
    moved: Mapping[str, Mapping[str, tuple[str, str]]]
    rules: Rules

    def differences(self, old: Asset | None, new: Asset | None) -> Iterable[Difference]:
        """What becomes of an asset, channel by channel."""
        if old is not None and new is not None:
            yield from self._both(old, new)
        elif old is not None and old.kind not in READERS_ONLY:
            if old.kind is AssetKind.SOURCE:
                yield from source_differences(old, new, self.before, self.after)
            else:
                yield Difference(
                    "asset_removed", "", _shown(old), None, f"{_noun(old)} removed", old.location, Side.BASE
                )
        elif new is not None and new.kind not in READERS_ONLY:
            yield from self._added(new)

    def latest_differences(self, old: Asset, new: Asset) -> Iterable[Difference]:
        """What readers without a version notice when they get another one."""
        yield latest_difference(old, new)
        found = [
            *column_differences(old, new, self.before, self.after, self.readership),
            *_unenforced(old, new),
            *access_differences(old, new, self.readership),
            *guarantee_differences(old, new, self.readership),
        ]
        found += logic_differences(old, new, self.before, self.after, self._told(found, old.key))
        for one in found:
            message = f"{one.message}, where no version is named"
            yield replace(one, path=f"{LATEST}.{one.path}", message=message, side=Side.HEAD, location=new.location)

    def _added(self, new: Asset) -> Iterable[Difference]:
        if new.kind is AssetKind.SOURCE:
            yield from source_differences(None, new, self.before, self.after)
            return
        is_version = bool(new.version) and any(
            one.name == new.name and one.project == new.project and one.kind is new.kind
            for one in self.before.contracts.assets
        )
        rule = "version_added" if is_version else "asset_added"
        version = f" version {new.version}" if is_version else ""
        yield Difference(rule, "", None, _shown(new), f"{_noun(new)}{version} added", new.location, Side.HEAD)

    def _both(self, old: Asset, new: Asset) -> Iterable[Difference]:
        if old.kind is AssetKind.EXPOSURE:
            yield from exposure_differences(old, new)
        if old.kind in READERS_ONLY:
            return
        if old.kind is AssetKind.SOURCE:
            yield from source_differences(old, new, self.before, self.after)
        else:
            columns = list(column_differences(old, new, self.before, self.after, self.readership))
            yield from columns
            yield from _whole_asset_differences(old, new)
            yield from logic_differences(old, new, self.before, self.after, self._told(columns, old.key))
            yield from access_differences(old, new, self.readership)
            yield from relation_differences(old, new, self.readership)
            yield from deprecation_differences(old, new)
            yield from unpinned_differences(old, new, self.readership)
            yield from package_differences(old, new, self.moved.get(old.key.rpartition(":")[0], {}))
        yield from mode_differences(old, new, self.rules.policy.compatibility)
        yield from guarantee_differences(old, new, self.readership)

    def _told(self, found: Iterable[Difference], asset: str) -> frozenset[str]:
        """The columns of which nothing more need be said; where logic is gated, only those that are asked about."""
        is_gated = self.rules.policy.logic is Strictness.GATE
        return frozenset(one.column for one in found if not is_gated or _asks(one, asset, self.rules))


def _judged(asset: str, asset_id: str, differences: Iterable[Difference], rules: Rules) -> list[Change]:
    found = (judged_change(asset, asset_id, difference, rules) for difference in differences)
    return [change for change in found if change is not None]


def _asks(difference: Difference, asset: str, rules: Rules) -> bool:
    change = judged_change(asset, "", difference, rules)
    return change is not None and change.gate is Gate.ASK


def _unenforced(old: Asset, new: Asset) -> Iterator[Difference]:
    if old.contract_enforced and not new.contract_enforced:
        yield Difference(
            "contract_unenforced",
            "contract",
            {"enforced": True},
            {"enforced": False},
            "contract no longer enforced",
            new.location,
            Side.HEAD,
        )


def _whole_asset_differences(old: Asset, new: Asset) -> Iterator[Difference]:
    yield from _unenforced(old, new)
    touched = old.own_digest != new.own_digest and not _is_known_to_be_alike(old, new)
    if new.status is not ReadStatus.RESOLVED and touched:
        yield Difference(
            "asset_unreadable",
            "reading",
            None,
            {"inputs": new.own_digest},
            f"{_noun(new)} cannot be worked out: {new.reason}",
            new.reason_location or new.location,
            Side.HEAD,
            tells=old.status is not ReadStatus.RESOLVED,
        )


def _is_known_to_be_alike(old: Asset, new: Asset) -> bool:
    """Both sides are read in part, up to the same gaps, and everything around these means the same."""
    if ReadStatus.PARTIAL not in (old.status, new.status) or old.status is not new.status:
        return False
    return (old.reason, _meaning(old)) == (new.reason, _meaning(new))


def _meaning(asset: Asset) -> tuple[object, ...]:
    made = [
        (one.key, one.hole, one.inputs, one.derivation and (one.derivation.template, one.derivation.inputs))
        for one in asset.columns
    ]
    rows = [(part.kind, part.derivation.template, part.derivation.inputs) for part in asset.rows]
    return made, rows, asset.reads_all, asset.open_ended


def judged_change(asset: str, asset_id: str, difference: Difference, rules: Rules) -> Change | None:
    """The difference as its rule judges it; None where the policy wants to hear nothing of it."""
    judgement = judged(difference.rule, mode=rules.mode_of(asset), policy=rules.policy, raised=difference.raised)
    if judgement is None:
        return None
    return Change(
        asset=asset,
        asset_id=asset_id,
        kind=difference.rule,
        path=difference.path,
        category=judgement.category,
        because=judgement.because,
        gate=Gate.TELL if difference.tells else judgement.gate,
        before=difference.before,
        after=difference.after,
        message=difference.message,
        side=difference.side,
        location=difference.location,
        fingerprint=fingerprint_of(asset, difference.rule, difference.path, difference.before, difference.after),
        column=difference.column,
        renamed_to=difference.renamed_to,
    )


def _renamed_project(old: Project, new: Project, rules: Rules) -> Iterator[Change]:
    if (old.folder, old.name) == (new.folder, new.name):
        return
    before: Facts = {"folder": old.folder, "name": old.name}
    after: Facts = {"folder": new.folder, "name": new.name}
    message = f"project {old.name} is now {new.name}"
    difference = Difference("project_renamed", "project", before, after, message, new.location, Side.HEAD)
    change = judged_change(f"{old.folder}:project.{old.name}", f"project.{old.name}", difference, rules)
    if change is not None:
        yield change


def _noun(asset: Asset) -> str:
    return f"{asset.kind.value} {asset.name}"


def _shown(asset: Asset) -> Facts:
    return {"columns": sorted(column.key for column in asset.columns)}


def told_only(changes: Sequence[Change], fingerprints: frozenset[str]) -> tuple[Change, ...]:
    """The changes, where those of the given fingerprints only tell: the base branch's tip holds them already."""
    return tuple(
        replace(change, gate=Gate.TELL) if change.fingerprint in fingerprints else change for change in changes
    )
