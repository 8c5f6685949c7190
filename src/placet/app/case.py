"""Everything but the ledger that a decision about a pull request is made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from placet.app.directory import NOBODY, Directories
from placet.app.ports import Forge, Store
from placet.app.snapshot import Pull
from placet.impact.analysis import Analysis
from placet.policy.model import Policy
from placet.proposals.decide import Subject, decide
from placet.proposals.model import Ledger, Person, SourceKind
from placet.proposals.teams import TeamDirectory
from placet.proposals.verdict import Verdict


@dataclass(frozen=True)
class Case:
    """Everything but the ledger that a decision about a pull request is made from.

    ``authors``: the ids of those who count as its author besides the one who opened it.
    """

    pull: Pull
    analysis: Analysis
    directory: TeamDirectory
    policy: Policy
    now: datetime
    authors: frozenset[int] = frozenset()

    def decided(self, ledger: Ledger) -> Verdict:
        """The verdict under that ledger."""
        pull = self.pull
        is_allowed = self.policy.approvals.allow_author
        authors = self.authors | {pull.author.id}
        barred = frozenset[int]() if is_allowed else authors
        subject = Subject(pull.is_draft, pull.is_open, pull.is_merged, pull.base_ref, pull.head_sha, barred, authors)
        return decide(subject, self.analysis, self.directory, ledger, self.policy, self.now)


async def case_of(
    forge: Forge,
    store: Store,
    directories: Directories,
    pull: Pull,
    analysis: Analysis,
    policy: Policy,
    now: datetime,
) -> Case:
    """The case of a pull request: who stands behind the names, and who counts as its author."""
    if policy.force:
        # Known by their ids before anybody can take their names.
        await directories.named(pull.repository, NOBODY, policy.force, Policy())
    pushers = () if pull.author.is_user else await pushers_to(forge, store, pull)
    directory = await directories.of(pull.repository, pull.author, analysis, policy, pushers)
    return Case(pull, analysis, directory, policy, now, frozenset(one.id for one in pushers))


async def pushers_to(forge: Forge, store: Store, pull: Pull) -> tuple[Person, ...]:
    """Who pushed to a bot's pull request: by the deliveries, and by what the forge still knows of the branch."""
    heard = await store.heard(pull.repository.id, pull.number)
    people = {one.author.id: one.author for one in heard if one.kind is SourceKind.PUSH}
    if pull.head_repository == pull.repository.full_name:
        moved = await forge.pushers(pull.repository, pull.head_ref)
        people |= {one.id: one for one in moved if one.is_user and one.id}
    return tuple(people[key] for key in sorted(people))
