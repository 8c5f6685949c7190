"""From the files of three commits to changes, whom they reach, and how complete that is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version

from cachetools import LRUCache

from placet.contracts.model import Asset, ContractSet
from placet.contracts.rekey import rekeyed
from placet.diff.access import is_weaker
from placet.diff.changes import Change
from placet.diff.difference import Difference
from placet.diff.engine import Rules, changes_between, judged_change, rules_from, told_only, unreadable_files
from placet.diff.readership import Readership
from placet.diff.rule import Channel
from placet.diff.rules import RULES
from placet.errors import BadFile
from placet.impact.analysis import Analysis, AnalysisRequest, AssetFacts, Coverage, Reach, Unread, VersionStep
from placet.impact.owners import Owners, codeowners_in
from placet.impact.uses import declared_uses, read_outside, together, withdrawn_uses
from placet.impact.walk import Sides, reaches_of
from placet.lineage.graph import graph_of
from placet.policy.load import load_policy
from placet.policy.model import POLICY_PATH, Policy
from placet.readers.dbt.artifacts import Artifacts, read_filled
from placet.version import __version__
from placet.vocabulary.canonical import digest_of
from placet.vocabulary.files import Files, Location
from placet.vocabulary.words import READERS_ONLY, Category, Gate, ReadStatus, Side

Progress = Callable[[str], None]

# What an analysis was made by; one that another engine made is made anew. Raise the last part with every change of
# readers, lineage, diff or walk that can change a result.
ENGINE_VERSION = f"{__version__}/{version('sqlglot')}/9"

_LEVELS = ("major", "minor", "patch")
_ADDITIONS = frozenset({"column_added", "type_declared", "version_added", "guarantee_added", "guarantee_tightened"})


# The trees read last: a pull request's base and tip are the next one's, too.
_READ: LRUCache[str, ContractSet] = LRUCache(4)


def analyse(
    request: AnalysisRequest, *, progress: Progress | None = None, refused: Mapping[str, str] | None = None
) -> Analysis:
    """The whole analysis of a pull request; deterministic, and never failing for what the files hold.

    ``progress`` is told each file before it is read; ``refused`` names files that must not be read again, and why.
    Raises BadFile where the policy names an asset that could be two, or CODEOWNERS cannot be read.
    """
    return _analysed(_Reading(request, progress, refused or {}), request)


def analyse_contracts(base: ContractSet, head: ContractSet, policy: Policy) -> Analysis:
    """The same for two states that were read already; its readers are those of both."""
    return _analysed(_Given(base, head), AnalysisRequest(Files(), Files(), Files(), policy))


def _analysed(reading: _Reading | _Given, request: AnalysisRequest) -> Analysis:
    base, tip = reading.base(), reading.tip()
    head, head_as_is = reading.head()
    # One project is one on both sides, whatever it is called: from here on under the base's keys.
    head, tip = rekeyed(head, base), tip if tip is base else rekeyed(tip, base)
    merged = reading.merged()
    sides = _sides(tip, [rekeyed(one, base) for one in merged], request.policy)
    policies = [_own_policy(files, request) for files in (request.base, request.head)]
    uses = [declared_uses(side, policy) for side, policy in zip((base, head), policies, strict=True)]
    rules = rules_from(request.policy, tip, Readership(sides.before, sides.after, read_outside(sides, uses)))
    changes = (*unreadable_files(base, head_as_is), *changes_between(base, head, rules))
    broken = reading.broken_readers(base, head, changes)
    reading.is_over()
    changes = tuple(one for one in changes if one.kind != "asset_unreadable" or one.asset not in broken)
    changes = told_only(changes, _fingerprints_on_tip(base, tip, rules))
    withdrawn = tuple(withdrawn_uses(base, head, (uses[0], uses[1]), rules))
    declared = {change.fingerprint: reach for change, reach in withdrawn}
    changes = (*changes, *(change for change, _ in withdrawn), *_relaxed_policy(request, rules))
    reaches = tuple(
        reach
        for change in changes
        if change.asset
        for reach in ([declared[change.fingerprint]] if change.fingerprint in declared else _reaches(change, sides))
    )
    return Analysis(
        changes=changes,
        reaches=reaches,
        assets=_facts(changes, reaches, sides, tip, request),
        coverage=_coverage(reading.before(), head_as_is, merged, broken),
        versions=tuple(_version_steps(changes, base, head)),
        table_readers={
            change.fingerprint: _table_readers(change, reaches, sides)
            for change in changes
            if change.gate is Gate.ASK and change.column
        },
        notes=(),
    )


def _reaches(change: Change, sides: Sides) -> tuple[Reach, ...]:
    """Whom a change that asks reaches; whom changed logic reaches is shown, also where it only tells."""
    if change.gate is Gate.ASK:
        return reaches_of(change, sides)
    if RULES[change.kind].channel is Channel.LOGIC:
        return tuple(replace(one, asked=False) for one in reaches_of(change, sides))
    return ()


class _Reading:
    """Reads each tree once, and the trees that are made of them."""

    def __init__(self, request: AnalysisRequest, progress: Progress | None, refused: Mapping[str, str]) -> None:
        self._request = request
        self._progress = progress
        self._refused = refused

    def base(self) -> ContractSet:
        """The merge base's contracts."""
        return self.contracts(self._request.base, self._request.base_artifacts)

    def before(self) -> ContractSet:
        """What tells a reader that is broken from one that nobody could read."""
        return self.base()

    def tip(self) -> ContractSet:
        """The contracts of the base branch's tip."""
        return self.contracts(self._request.tip, self._request.base_artifacts)

    def contracts(self, files: Files, artifacts: Sequence[Artifacts]) -> ContractSet:
        """What was read of a tree; a tree that was read lately by this process is not read again."""
        hints = self._request.policy.projects
        tree = [[path, file.sha, file.problem] for path, file in files.items()]
        key = digest_of([tree, repr(hints), dict(self._refused), [one.digest for one in artifacts]])
        known: ContractSet | None = _READ.get(key)
        if known is None:
            known = read_filled(files, hints, artifacts, progress=self._progress, refused=self._refused)
            _READ[key] = known
        return known

    def head(self) -> tuple[ContractSet, ContractSet]:
        """The head's contracts, and the same with its unreadable files as they are.

        The assets of a file that cannot be read keep the base side's facts, so that nothing else follows from it.
        """
        as_is = self.contracts(self._request.head, self._request.head_artifacts)
        broken = [finding.location.path for finding in as_is.findings if finding.code == "file_unreadable"]
        if not broken:
            return as_is, as_is
        mended = self._request.head.overlaid(self._request.base, broken)
        return self.contracts(mended, self._request.head_artifacts), as_is

    def broken_readers(self, base: ContractSet, head: ContractSet, changes: Sequence[Change]) -> frozenset[str]:
        """The assets that cannot be worked out only because this pull request removes what they read.

        With their own files as the head has them, and everything else as it was, they can be read.
        """
        unread = {one.asset for one in changes if one.kind == "asset_unreadable"}
        own = {path for key in unread for path in head.by_key[key].files}
        if not own or base is head:
            return frozenset()
        alone = self.contracts(self._request.base.overlaid(self._request.head, own), self._of_both)
        return frozenset(key for key in unread if (one := alone.by_key.get(key)) and one.status is ReadStatus.RESOLVED)

    @property
    def _of_both(self) -> tuple[Artifacts, ...]:
        """The artifacts for a tree of which parts are each side's."""
        return (*self._request.head_artifacts, *self._request.base_artifacts)

    def is_over(self) -> None:
        """Say that no file is being read any more: what takes long from here on is no file's fault."""
        if self._progress is not None:
            self._progress("")

    def merged(self) -> tuple[ContractSet, ...]:
        """The contracts as they will stand after the merge: the tip with the pull request's changed files laid over it.

        A file that was changed on both sides reads what either version reads, so there can be two of them.
        """
        base, head, tip = self._request.base, self._request.head, self._request.tip
        if tip == base:
            return (self.contracts(head, self._request.head_artifacts),)
        changed = head.changed_from(base)
        both = set(changed) & set(tip.changed_from(base))
        variants = [tip.overlaid(head, changed)]
        if both:
            variants.append(tip.overlaid(head, [path for path in changed if path not in both]))
        return tuple(self.contracts(files, self._of_both) for files in variants)


class _Given:
    """Two states that were read elsewhere, in the place of trees."""

    def __init__(self, base: ContractSet, head: ContractSet) -> None:
        self._base = base
        self._head = head

    def base(self) -> ContractSet:
        """The old state."""
        return self._base

    def before(self) -> ContractSet:
        """The old state, but for what is unreadable now: dbt did not compile it, which nobody broke."""
        unread = {asset.key for asset in self._head.assets if asset.status is ReadStatus.UNREADABLE}
        return ContractSet(tuple(asset for asset in self._base.assets if asset.key not in unread))

    def tip(self) -> ContractSet:
        """The old state: nothing has happened beside the change."""
        return self._base

    def head(self) -> tuple[ContractSet, ContractSet]:
        """The new state, and as it is."""
        return self._head, self._head

    def broken_readers(self, _base: ContractSet, _head: ContractSet, _changes: Sequence[Change]) -> frozenset[str]:
        """None: what does not compile stands in no artifact."""
        return frozenset()

    def is_over(self) -> None:
        """Nothing was read here."""

    def merged(self) -> tuple[ContractSet, ...]:
        """The new state."""
        return (self._head,)


def _fingerprints_on_tip(base: ContractSet, tip: ContractSet, rules: Rules) -> frozenset[str]:
    if tip is base:
        return frozenset()
    return frozenset(change.fingerprint for change in changes_between(base, tip, rules))


def _sides(tip: ContractSet, merged: Sequence[ContractSet], policy: Policy) -> Sides:
    after = tuple(graph_of(one) for one in merged)
    # Who says so at the tip counts, whatever the head says; the head only adds.
    uses = together(*(declared_uses(contracts, policy) for contracts in (tip, *(one.contracts for one in after))))
    return Sides(graph_of(tip), after, uses)


def _own_policy(files: Files, known: AnalysisRequest) -> Policy:
    """A tree's own policy, where it differs from the one in force and can be read."""
    file, in_force = files.get(POLICY_PATH), known.tip.get(POLICY_PATH)
    if (file and file.sha) == (in_force and in_force.sha):
        return known.policy
    # Where it cannot be read, that is an error of its own, which fails the check; here nothing follows from it.
    return _policy_in(files, known.organisation) or known.policy


def _relaxed_policy(request: AnalysisRequest, rules: Rules) -> Iterator[Change]:
    """Whether the policy's file promises less from now on, for all assets that have no mode of their own."""
    policies = [_policy_in(files, request.organisation) for files in (request.base, request.head)]
    if None in policies:
        return
    (before, held), (after, holds) = [(one.compatibility, one.transitive) for one in policies if one is not None]
    if not is_weaker(before, after) and (holds or not held):
        return
    told = [f"{mode.value}{'_transitive' if all_ else ''}" for mode, all_ in ((before, held), (after, holds))]
    difference = Difference(
        "mode_relaxed",
        "policy.compatibility",
        {"compatibility": told[0]},
        {"compatibility": told[1]},
        f"compatibility: {told[0]} becomes {told[1]}",
        Location(POLICY_PATH, 1),
        Side.HEAD,
    )
    change = judged_change(":policy.placet", "policy.placet", difference, rules)
    if change is not None:
        yield change


def _policy_in(files: Files, organisation: bytes | None) -> Policy | None:
    """What a tree's own policy says, under its organisation's; None where it is broken: an error of its own."""
    file = files.get(POLICY_PATH)
    try:
        return load_policy(None if file is None else file.data, organisation=organisation)
    except BadFile:
        return None


def _facts(
    changes: Sequence[Change],
    reaches: Sequence[Reach],
    sides: Sides,
    tip: ContractSet,
    request: AnalysisRequest,
) -> dict[str, AssetFacts]:
    keys = {change.asset for change in changes if change.asset} | {reach.asset for reach in reaches}
    if not keys:
        # Nobody has to be found; so a pull request that mends CODEOWNERS itself is judged all the same.
        return {}
    owners = Owners(request.policy, codeowners_in(request.tip))
    result: dict[str, AssetFacts] = {}
    for key in sorted(keys):
        # Who owns it and who may read it is the tip's word; only what the tip does not have is the head's.
        asset = tip.by_key.get(key) or sides.asset(key)
        if asset is None:
            continue
        result[key] = AssetFacts(
            key=key,
            id=asset.id,
            name=asset.title,
            kind=asset.kind,
            location=asset.location,
            owners=owners.candidates(asset),
            steward=asset.meta.steward,
            outward=_is_outward(asset, sides),
        )
    return result


def _is_outward(asset: Asset, sides: Sides) -> bool:
    """People outside the repository may read it: it is public, enforced, or somebody declared a use."""
    versions = [one for graph in (sides.before, *sides.after) if (one := graph.asset(asset.key)) is not None]
    return any(one.access == "public" or one.contract_enforced for one in versions) or bool(
        sides.declared.get(asset.key)
    )


def _coverage(base: ContractSet, head: ContractSet, merged: Sequence[ContractSet], broken: frozenset[str]) -> Coverage:
    counted = [asset for asset in head.assets if asset.kind not in READERS_ONLY]
    unread = [asset for asset in counted if asset.key not in broken and not _is_read(asset, base)]
    partial = tuple(_unread(asset) for asset in unread if asset.status is ReadStatus.PARTIAL)
    unreadable = tuple(_unread(asset) for asset in unread if asset.status is ReadStatus.UNREADABLE)
    blind = any(not asset.refs_known for contracts in merged for asset in contracts.assets)
    files = any(finding.code == "file_unreadable" for contracts in (head, *merged) for finding in contracts.findings)
    return Coverage(
        assets=len(counted),
        resolved=len(counted) - len(partial) - len(unreadable),
        partial=partial,
        unreadable=unreadable,
        complete=not blind and not files,
        switched_off=len(head.disabled),
        filled=len(head.filled),
        stale=len(head.stale),
    )


def _is_read(asset: Asset, base: ContractSet) -> bool:
    """Resolved; or it was, nobody touched it, and only what it reads is gone: then it is a broken reader."""
    was = base.by_key.get(asset.key)
    broken = was is not None and was.status is ReadStatus.RESOLVED and was.own_digest == asset.own_digest
    return asset.status is ReadStatus.RESOLVED or broken


def _unread(asset: Asset) -> Unread:
    return Unread(
        asset=asset.key,
        asset_id=asset.id,
        status=asset.status,
        reason=asset.reason,
        location=asset.reason_location or asset.location,
        loses_readers=not asset.refs_known,
    )


def _table_readers(change: Change, reaches: Sequence[Reach], sides: Sides) -> int:
    """How many assets read the table but not the column that changes."""
    reached = {reach.asset for reach in reaches if reach.change == change.fingerprint}
    readers = {read.asset for read in sides.readers(change.asset, "")}
    return len(readers - reached - {change.asset})


def _version_steps(changes: Sequence[Change], base: ContractSet, head: ContractSet) -> Iterator[VersionStep]:
    by_asset: dict[str, list[Change]] = {}
    for change in changes:
        if change.asset and (change.asset in base.by_key or change.asset in head.by_key):
            by_asset.setdefault(change.asset, []).append(change)
    for key, own in sorted(by_asset.items()):
        asset = head.by_key.get(key) or base.by_key[key]
        yield VersionStep(key, asset.id, _level(own), contract_digest(asset))


def _level(changes: Iterable[Change]) -> str:
    """Major for breaking, minor for additions, patch for the rest (4-approvals, "The life of a proposal")."""
    levels = {
        "major" if one.category is Category.BREAKING else "minor" if one.kind in _ADDITIONS else "patch"
        for one in changes
    }
    return next(level for level in _LEVELS if level in levels)


def contract_digest(asset: Asset) -> str:
    """The digest of what an asset promises: its columns with types, its guarantees, whether they are enforced."""
    return digest_of(
        {
            "columns": [[column.key, column.type] for column in asset.columns],
            "guarantees": sorted([one.kind.value, list(one.columns), one.arguments] for one in asset.guarantees),
            "enforced": asset.contract_enforced,
        }
    )
