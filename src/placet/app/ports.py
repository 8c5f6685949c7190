"""What the use cases need from outside: the forge, the store, the queue, the analyser, the clock.

Each is a narrow Protocol in our own types, with one real adapter and one fake in the tests; both pass the same tests.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from placet.app.actions import CheckContent
from placet.app.snapshot import (
    CheckRun,
    OrganisationFile,
    Pull,
    Repository,
    Routed,
    TeamDirectory,
    Utterance,
    WorkKey,
)
from placet.impact.analysis import Analysis, AnalysisRequest
from placet.policy.model import TeamSpec
from placet.proposals.model import Act, Ask, Ledger, Person, Posted, ProposalState, Publication, Refusal, Source, Team
from placet.vocabulary.files import Files


class Clock(Protocol):
    """Time, so that tests can hold it."""

    def now(self) -> datetime:
        """The time, aware and in UTC."""
        ...


class Forge(Protocol):
    """GitHub, as the use cases see it. Raises Unavailable where it does not answer; nothing else of its own."""

    def forget_teams(self) -> None:
        """Look everything about teams up again: what deliveries told of them may not be all."""
        ...

    async def pull(self, repository: Repository, number: int) -> Pull | None:
        """The pull request, None if there is none."""
        ...

    async def open_pulls(self, repository: Repository, base: str | None = None) -> tuple[int, ...]:
        """The numbers of the open pull requests, on one base or on all."""
        ...

    async def branch_tip(self, repository: Repository, ref: str) -> str | None:
        """The commit that a branch points at; None where there is no such branch."""
        ...

    async def pushers(self, repository: Repository, branch: str) -> tuple[Person, ...]:
        """Who moved a branch since it was made last; nobody where that cannot be learnt."""
        ...

    async def requires_check(self, repository: Repository, branch: str, name: str) -> bool:
        """Whether a branch's rules demand a check of that name."""
        ...

    async def merge_base(self, repository: Repository, base: str, head: str) -> str | None:
        """The merge base of two commits; None where they share no history."""
        ...

    async def files(self, repository: Repository, commit: str, wanted: Callable[[str], bool]) -> Files:
        """The commit's files; those that are wanted with their content or the problem that kept it away."""
        ...

    async def organisation_file(self, repository: Repository) -> OrganisationFile:
        """The policy file of the organisation that the repository belongs to, as it stands now."""
        ...

    async def utterances(self, pull: Pull) -> tuple[Utterance, ...]:
        """Every review and comment that stands there now, in order of time; our own app's are among them."""
        ...

    async def directory(
        self,
        repository: Repository,
        names: Sequence[str],
        specs: Sequence[TeamSpec],
        author: Person,
        barred: Sequence[Person],
    ) -> TeamDirectory:
        """What the names stand for, which of these the author belongs to, and which have nobody but the barred."""
        ...

    async def is_member(self, repository: Repository, team: Team, person: Person) -> bool:
        """Whether the person is an active member just now, never from a cache; child teams count."""
        ...

    async def can_write(self, repository: Repository, person: Person) -> bool:
        """Whether the person has write access to the repository just now."""
        ...

    async def is_admin(self, repository: Repository, person: Person) -> bool:
        """Whether the person administers the repository just now."""
        ...

    async def person(self, repository: Repository, login: str) -> Person | None:
        """Who has that login just now; None where nobody has."""
        ...

    async def check_runs(self, repository: Repository, sha: str, name: str) -> tuple[CheckRun, ...]:
        """The check runs of that name on a commit, newest first, whoever made them."""
        ...

    async def post_check(self, repository: Repository, sha: str, content: CheckContent) -> int:
        """A new check run's id."""
        ...

    async def update_check(self, repository: Repository, check_id: int, content: CheckContent) -> bool:
        """Bring a check run of ours to that content; False where it is gone."""
        ...

    async def comments(self, repository: Repository, number: int) -> tuple[Utterance, ...]:
        """The comments on the pull request itself, in order of time."""
        ...

    async def request_teams(self, pull: Pull, teams: Sequence[Team]) -> Mapping[str, str]:
        """Ask for teams' reviews; by team's id why it could not be asked, the empty text when it now stands."""
        ...

    async def comment(self, repository: Repository, number: int, body: str) -> int:
        """A new comment's id."""
        ...

    async def edit_comment(self, repository: Repository, comment_id: int, body: str) -> bool:
        """False where the comment is gone."""
        ...

    async def delete_comment(self, repository: Repository, comment_id: int) -> None:
        """Delete a comment of ours; one that is gone is well gone."""
        ...

    async def react(self, repository: Repository, source: Source, reaction: str) -> None:
        """Put a reaction (``+1``, ``-1``, ``confused``, ``eyes``) on a comment; again is no change."""
        ...

    async def repositories(self) -> tuple[Repository, ...]:
        """Every repository of every installation of the app."""
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook delivery as it came: raw, verified, not yet looked into."""

    guid: str
    event: str
    payload: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the audit trail: who did what to what, and why."""

    kind: str
    subject: str
    actor: str
    at: datetime
    facts: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """A contract version that stands: the asset by key, its version, the digest of what it promises, the commit."""

    asset: str
    branch: str
    version: str
    digest: str
    commit: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Records:
    """Everything that one step of an evaluation has to write down, in one transaction.

    ``state`` makes the proposal where there is none yet. Nothing is ever changed but the state and ``posted``
    (by kind and subject); the rest is only added, and adding what is there already (a source, a publication of the
    same head, base and sets) changes nothing.
    """

    state: ProposalState | None = None
    forced: bool | None = None
    acts: tuple[Act, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    publication: Publication | None = None
    asks: tuple[Ask, ...] = ()
    posted: tuple[Posted, ...] = ()
    removed: tuple[tuple[str, str], ...] = ()
    versions: tuple[PublishedVersion, ...] = ()
    audit: tuple[AuditEntry, ...] = ()


class Store(Protocol):
    """The database, as the use cases see it. No method holds a transaction open across an await of anybody else's."""

    async def receive(self, delivery: Delivery) -> bool:
        """Keep a delivery; False where its guid is held already and was processed."""
        ...

    async def unprocessed(self, limit: int) -> tuple[Delivery, ...]:
        """The oldest deliveries that nobody has looked into."""
        ...

    async def processed(self, guid: str, routed: Routed, now: datetime) -> None:
        """Mark a delivery done, remember what it said and mark its keys dirty, in one transaction."""
        ...

    async def dead(self, guid: str, error: str, now: datetime) -> None:
        """Set a delivery aside that cannot be understood, with its error."""
        ...

    async def mark(self, keys: Iterable[WorkKey], now: datetime) -> None:
        """Mark keys dirty: wanted once more, due now."""
        ...

    async def save_repositories(self, repositories: Sequence[Repository]) -> None:
        """Remember repositories, or what they are called now."""
        ...

    async def repository(self, repository_id: int) -> Repository | None:
        """The repository, if an installation covers it."""
        ...

    async def all_repositories(self) -> tuple[Repository, ...]:
        """All repositories that an installation covers."""
        ...

    async def heard(self, repository_id: int, number: int) -> tuple[Utterance, ...]:
        """What deliveries told of a pull request's reviews, comments and buttons, in order of time."""
        ...

    async def head_hint(self, repository_id: int, number: int) -> tuple[str, datetime] | None:
        """The newest head that a delivery named, and when it was that."""
        ...

    async def saw_head(self, repository_id: int, number: int, head_sha: str, updated_at: datetime) -> None:
        """Remember a pull request's head as the forge showed it."""
        ...

    async def pulls_at(self, repository_id: int, sha: str) -> tuple[int, ...]:
        """The numbers of the pull requests, open or not, whose head that commit was when they were last heard of."""
        ...

    async def doubt(self, repository_id: int, numbers: Sequence[int]) -> None:
        """Forget that all that was said on these pull requests has been read: what deliveries told may not be all."""
        ...

    async def ledger(self, repository_id: int, number: int) -> Ledger:
        """Everything written down about a pull request."""
        ...

    async def record(self, repository_id: int, number: int, records: Records, now: datetime) -> Ledger:
        """Write it all down in one transaction; the ledger as it then is."""
        ...

    async def open_proposals(self) -> tuple[tuple[int, int], ...]:
        """(repository id, number) of every proposal that is not final."""
        ...

    async def last_versions(self, repository_id: int, branch: str) -> tuple[PublishedVersion, ...]:
        """The newest published version of each asset on a branch."""
        ...

    async def remember_teams(self, owner_id: int, teams: Mapping[str, str]) -> None:
        """Remember which teams (by id) names stand for in that account just now."""
        ...

    async def remembered_teams(self, owner_id: int, names: Sequence[str]) -> Mapping[str, str]:
        """The teams (by id) that names stood for when they last stood for any."""
        ...

    async def remember_organisation(self, owner_id: int, data: bytes | None, now: datetime) -> None:
        """Remember the organisation's policy file; None where it has none."""
        ...

    async def remembered_organisation(self, owner_id: int) -> OrganisationFile | None:
        """The organisation's policy file as it was read last; None where it never was."""
        ...

    async def cached(self, kind: str, key: str) -> bytes | None:
        """A result kept under a digest of everything that it was made from."""
        ...

    async def keep(self, kind: str, key: str, data: bytes, now: datetime) -> None:
        """Keep a result; keeping it again changes nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Done:
    """A run of a key ended well; ``next_at`` is when to look again by itself, None for not before a hint."""

    next_at: datetime | None = None


Reconcile = Callable[[WorkKey], Awaitable[Done]]


class Queue(Protocol):
    """Who runs a key, and when: all that the application knows of queues."""

    async def start(self, reconcile: Reconcile, *, concurrency: int) -> None:
        """Begin to run due keys, also those that an earlier process left."""
        ...

    def wake(self, keys: Iterable[WorkKey]) -> None:
        """Say, after the commit, that keys are due; best effort, may be lost."""
        ...

    async def stop(self, grace_seconds: float) -> None:
        """Finish what runs, within the time given, and begin nothing more."""
        ...


class Analyser(Protocol):
    """Reads untrusted files and compares them, within limits of time and memory."""

    async def analyse(self, request: AnalysisRequest) -> Analysis:
        """The analysis; files that passed a limit are findings in it. Raises Unavailable when no worker can be had."""
        ...
