"""Contract versions: what stands on a branch, what the next one is, and publishing a branch as it was merged."""

from __future__ import annotations

from collections.abc import Sequence

from placet.app.directory import Directories
from placet.app.ports import AuditEntry, Clock, PublishedVersion, Records, Store
from placet.app.reading import Reader, request_key
from placet.app.snapshot import Repository
from placet.impact.analysis import Analysis, AnalysisRequest, VersionStep
from placet.render.model import Version
from placet.vocabulary.files import Files

FIRST = "1.0.0"


def next_version(current: str, level: str) -> str:
    """The next semantic version: ``major``, ``minor`` or ``patch``; the first is 1.0.0."""
    if not current:
        return FIRST
    major, minor, patch = (int(part) for part in current.split("."))
    if level == "major":
        return f"{major + 1}.0.0"
    return f"{major}.{minor + 1}.0" if level == "minor" else f"{major}.{minor}.{patch + 1}"


def proposed_versions(analysis: Analysis, published: Sequence[PublishedVersion]) -> dict[str, Version]:
    """For each asset that changes, the version that stands and the one that it will have if this is merged."""
    current = {one.asset: one.version for one in published}
    return {
        step.asset: Version(current.get(step.asset, ""), next_version(current.get(step.asset, ""), step.level))
        for step in analysis.versions
    }


class Publisher:
    """Publishes the contracts of a branch; the last published commit is compared with the branch as it stands."""

    def __init__(self, reader: Reader, directories: Directories, store: Store, clock: Clock) -> None:
        self._reader = reader
        self._directories = directories
        self._store = store
        self._clock = clock

    async def publish(self, repository: Repository, branch: str, commit: str) -> tuple[PublishedVersion, ...]:
        """Bring the published versions of a branch to that commit; what stands then. Again changes nothing."""
        standing = await self._store.last_versions(repository.id, branch)
        last = _last_commit(standing)
        if last == commit:
            return standing
        then = await self._reader.files(repository, last) if last else Files()
        now = await self._reader.files(repository, commit)
        policy, _ = await self._reader.policy(repository, now)
        request = AnalysisRequest(then, now, then, policy)
        analysis = await self._reader.analysis(request, request_key(request))
        await self._directories.learn(repository, analysis, policy)
        versions = self._versions(analysis.versions, standing, branch, commit)
        if versions:
            audit = tuple(
                AuditEntry(
                    "contract.published", one.asset, "placet", one.at, {"version": one.version, "commit": commit}
                )
                for one in versions
            )
            await self._store.record(repository.id, 0, Records(versions=versions, audit=audit), self._clock.now())
        return await self._store.last_versions(repository.id, branch)

    def _versions(
        self, steps: Sequence[VersionStep], standing: Sequence[PublishedVersion], branch: str, commit: str
    ) -> tuple[PublishedVersion, ...]:
        current, now = {one.asset: one for one in standing}, self._clock.now()
        found = []
        for step in steps:
            before = current.get(step.asset)
            if before is not None and before.digest == step.digest:
                continue
            version = next_version(before.version if before else "", step.level)
            found.append(PublishedVersion(step.asset, branch, version, step.digest, commit, now))
        return tuple(found)


def _last_commit(standing: Sequence[PublishedVersion]) -> str:
    newest = max(standing, key=lambda one: one.at, default=None)
    return "" if newest is None else newest.commit
