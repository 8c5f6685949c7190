"""The store in memory, for tests of use cases; it passes the same contract tests as the one in a database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from fakes.memory_work import MemoryWork
from placet.app.plan import LISTED
from placet.app.ports import AuditEntry, Clock, Delivery, PublishedVersion, Records
from placet.app.snapshot import HeadHint, Heard, OrganisationFile, Repository, Routed, Utterance, WorkKey
from placet.errors import Unavailable
from placet.proposals.model import Ledger, Posted, ProposalState, Publication, SourceKind

T = TypeVar("T")
_WITHDRAWN_FOR = timedelta(days=30)


@dataclass
class _Held:
    delivery: Delivery
    is_settled: bool = False
    error: str | None = None


@dataclass
class _Pull:
    id: int
    ledger: Ledger = field(default_factory=Ledger)
    changed_at: datetime | None = None


class MemoryStore:
    """``app.ports.Store`` without a database. ``audit``, ``work`` and ``held`` are there for tests to look at."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.held: dict[str, _Held] = {}
        self.audit: list[AuditEntry] = []
        self.work = MemoryWork()
        self._repositories: dict[int, Repository] = {}
        self._forgotten: set[int] = set()
        self._heard: dict[tuple[int, int], list[Utterance]] = {}
        self._hints: dict[tuple[int, int], HeadHint] = {}
        self._pulls: dict[tuple[int, int], _Pull] = {}
        self._versions: dict[int, list[PublishedVersion]] = {}
        self._results: dict[tuple[str, str], bytes] = {}
        self._team_names: dict[tuple[int, str], str] = {}
        self._organisations: dict[int, OrganisationFile] = {}

    async def receive(self, delivery: Delivery) -> bool:
        held = self.held.setdefault(delivery.guid, _Held(delivery))
        if held.is_settled and held.error is None:
            return False
        held.is_settled, held.error = False, None
        return True

    async def unprocessed(self, limit: int) -> tuple[Delivery, ...]:
        return tuple(held.delivery for held in self.held.values() if not held.is_settled)[:limit]

    async def processed(self, guid: str, routed: Routed, now: datetime) -> None:
        held = self.held.get(guid)
        if held is None or (held.is_settled and held.error is None):
            return
        held.is_settled, held.error = True, None
        for hint in routed.head_hints:
            known = self._hints.get((hint.repository_id, hint.number))
            if known is None or hint.updated_at >= known.updated_at:
                self._hints[hint.repository_id, hint.number] = hint
        pressed = [
            Heard(press.repository_id, number, press.utterance)
            for press in routed.presses
            for numbers in [self._pulls_at(press.repository_id, press.head_sha)]
            for number in numbers
            if len(numbers) == 1 or press.utterance.kind is SourceKind.CHECK
        ]
        for one in (*routed.heard, *pressed):
            said = self._heard.setdefault((one.repository_id, one.number), [])
            if one.utterance not in said:
                said.append(one.utterance)
        self._forgotten |= {
            one.id
            for one in self._repositories.values()
            if one.id in routed.forgotten_repositories or one.installation_id in routed.forgotten_installations
        }
        await self.save_repositories(routed.repositories)
        of_heads = [WorkKey.pull(one, number) for one, sha in routed.heads for number in self._pulls_at(one, sha)]
        self.work.mark((*routed.keys, *of_heads), now)

    def _pulls_at(self, repository_id: int, sha: str) -> list[int]:
        hints = sorted(self._hints.values(), key=lambda hint: hint.number)
        return [hint.number for hint in hints if (hint.repository_id, hint.head_sha) == (repository_id, sha)]

    async def dead(self, guid: str, error: str, now: datetime) -> None:
        del now
        held = self.held.get(guid)
        if held is not None and not (held.is_settled and held.error is None):
            held.is_settled, held.error = True, error

    async def mark(self, keys: Iterable[WorkKey], now: datetime) -> None:
        self.work.mark(keys, now)

    async def save_repositories(self, repositories: Sequence[Repository]) -> None:
        for one in repositories:
            known = None if one.id in self._forgotten else self._repositories.get(one.id)
            since = one.covered_since or self._clock.now() if known is None else known.covered_since
            self._repositories[one.id] = replace(one, covered_since=since)
            self._forgotten.discard(one.id)

    async def repository(self, repository_id: int) -> Repository | None:
        return None if repository_id in self._forgotten else self._repositories.get(repository_id)

    async def all_repositories(self) -> tuple[Repository, ...]:
        covered = self._repositories.keys() - self._forgotten
        return tuple(self._repositories[one] for one in sorted(covered))

    async def heard(self, repository_id: int, number: int) -> tuple[Utterance, ...]:
        return tuple(sorted(self._heard.get((repository_id, number), ()), key=lambda one: one.at))

    async def head_hint(self, repository_id: int, number: int) -> tuple[str, datetime] | None:
        hint = self._hints.get((repository_id, number))
        return None if hint is None else (hint.head_sha, hint.updated_at)

    async def saw_head(self, repository_id: int, number: int, head_sha: str, updated_at: datetime) -> None:
        known = self._hints.get((repository_id, number))
        if known is None or updated_at >= known.updated_at:
            self._hints[repository_id, number] = HeadHint(repository_id, number, head_sha, updated_at)

    async def pulls_at(self, repository_id: int, sha: str) -> tuple[int, ...]:
        return tuple(self._pulls_at(repository_id, sha))

    async def doubt(self, repository_id: int, numbers: Sequence[int]) -> None:
        for number in numbers:
            pull = self._pulls.get((repository_id, number))
            if pull is not None:
                posted = tuple(one for one in pull.ledger.posted if one.kind != LISTED)
                pull.ledger = replace(pull.ledger, posted=posted)

    async def ledger(self, repository_id: int, number: int) -> Ledger:
        pull = self._pulls.get((repository_id, number))
        return Ledger() if pull is None else pull.ledger

    async def record(self, repository_id: int, number: int, records: Records, now: datetime) -> Ledger:
        versions = _with_versions(self._versions.get(repository_id, []), records.versions)
        self._versions[repository_id] = versions
        self.audit = _with_new(self.audit, records.audit)
        key = repository_id, number
        if _says_nothing(records):
            return await self.ledger(*key)
        pull = self._pulls.setdefault(key, _Pull(len(self._pulls) + 1))
        if records.state is not None and records.state is not pull.ledger.state:
            opened_at = pull.ledger.opened_at or now
            pull.changed_at = now
            pull.ledger = replace(pull.ledger, proposal_id=pull.id, state=records.state, opened_at=opened_at)
        pull.ledger = _with(pull.ledger, records)
        return pull.ledger

    async def open_proposals(self) -> tuple[tuple[int, int], ...]:
        since = self._clock.now() - _WITHDRAWN_FOR
        return tuple(sorted(key for key, pull in self._pulls.items() if _is_open(pull, since)))

    async def last_versions(self, repository_id: int, branch: str) -> tuple[PublishedVersion, ...]:
        newest = {one.asset: one for one in self._versions.get(repository_id, ()) if one.branch == branch}
        return tuple(newest[asset] for asset in sorted(newest))

    async def remember_teams(self, owner_id: int, teams: Mapping[str, str]) -> None:
        self._team_names.update({(owner_id, name): team for name, team in teams.items()})

    async def remembered_teams(self, owner_id: int, names: Sequence[str]) -> Mapping[str, str]:
        known = self._team_names
        return {name: known[owner_id, name] for name in names if (owner_id, name) in known}

    async def remember_organisation(self, owner_id: int, data: bytes | None, now: datetime) -> None:  # noqa: ARG002 - the port's
        self._organisations[owner_id] = OrganisationFile(data)

    async def remembered_organisation(self, owner_id: int) -> OrganisationFile | None:
        return self._organisations.get(owner_id)

    async def cached(self, kind: str, key: str) -> bytes | None:
        return self._results.get((kind, key))

    async def keep(self, kind: str, key: str, data: bytes, now: datetime) -> None:
        del now
        self._results.setdefault((kind, key), data)


def _says_nothing(records: Records) -> bool:
    return replace(records, versions=(), audit=()) == Records()


def _with(ledger: Ledger, records: Records) -> Ledger:
    return replace(
        ledger,
        forced=ledger.forced if records.forced is None else records.forced,
        acts=tuple(_with_new(ledger.acts, records.acts, lambda one: (one.source, one.team))),
        publications=_with_publication(ledger.publications, records.publication),
        asks=tuple(_with_new(ledger.asks, records.asks, lambda one: (one.team, one.fingerprints, one.how))),
        posted=_with_posted(ledger.posted, records),
        refusals=tuple(_with_new(ledger.refusals, records.refusals, lambda one: one.source)),
    )


def _with_new(held: Sequence[T], added: Sequence[T], key: Callable[[T], object] = lambda one: one) -> list[T]:
    result = list(held)
    keys = [key(one) for one in held]
    for one in added:
        if key(one) not in keys:
            keys.append(key(one))
            result.append(one)
    return result


def _with_publication(held: tuple[Publication, ...], added: Publication | None) -> tuple[Publication, ...]:
    if added is None or (held and replace(held[-1], at=added.at) == added):
        return held
    return (*held, added)


def _with_posted(held: tuple[Posted, ...], records: Records) -> tuple[Posted, ...]:
    anew = {(one.kind, one.subject): one for one in records.posted}
    gone = set(records.removed) - anew.keys()
    result = {(one.kind, one.subject): one for one in held if (one.kind, one.subject) not in gone}
    return tuple((result | anew).values())


def _with_versions(held: Sequence[PublishedVersion], added: Sequence[PublishedVersion]) -> list[PublishedVersion]:
    result = list(held)
    for one in added:
        same = [old for old in result if (old.asset, old.branch, old.version) == (one.asset, one.branch, one.version)]
        if not same:
            result.append(one)
        elif same[0].digest != one.digest:
            raise Unavailable(f"version {one.version} of {one.asset} was just published", code="version_taken")
    return result


def _is_open(pull: _Pull, withdrawn_since: datetime) -> bool:
    if pull.ledger.state is ProposalState.WITHDRAWN:
        return pull.changed_at is not None and pull.changed_at >= withdrawn_since
    return pull.ledger.state not in {None, ProposalState.PUBLISHED}
