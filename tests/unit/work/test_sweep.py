from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from fakes.clock import START, HeldClock
from fakes.memory_store import MemoryStore
from fakes.silent_queue import SilentQueue
from placet.app.plan import LISTED
from placet.app.ports import Forge, Records
from placet.app.snapshot import OrganisationFile, Repository, WorkKey
from placet.errors import Unavailable
from placet.proposals.model import Posted, ProposalState
from placet.work.sweep import Sweep, Swept
from placet.work.upkeep import Upkeep

SHOP = Repository(1, 9, 3, "acme", "shop", "main")
STORE = Repository(2, 9, 3, "acme", "store", "main")


@dataclass
class ListedForge:
    """Only what a sweep asks of a forge."""

    listed: tuple[Repository, ...] | Exception = (SHOP, STORE)
    pulls: dict[int, tuple[int, ...] | Exception] = field(default_factory=dict)
    at_once: int = 0
    most_at_once: int = 0
    forgot_teams: int = 0
    organisations: list[int] = field(default_factory=list)

    async def repositories(self) -> tuple[Repository, ...]:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        if isinstance(self.listed, Exception):
            raise self.listed
        return self.listed

    def forget_teams(self) -> None:
        self.forgot_teams += 1

    async def organisation_file(self, repository: Repository) -> OrganisationFile:
        self.organisations.append(repository.owner_id)
        return OrganisationFile()

    async def open_pulls(self, repository: Repository, base: str | None = None) -> tuple[int, ...]:
        del base
        found = self.pulls.get(repository.id, ())
        if isinstance(found, Exception):
            raise found
        return found


@dataclass
class World:
    clock: HeldClock = field(default_factory=HeldClock)
    forge: ListedForge = field(default_factory=ListedForge)
    queue: SilentQueue = field(default_factory=SilentQueue)
    slept: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = MemoryStore(self.clock)
        self.sweep = Sweep(
            cast("Forge", self.forge), self.store, self.queue, self.clock, every=timedelta(minutes=5), sleep=self.sleep
        )

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if len(self.slept) == 3:
            raise asyncio.CancelledError

    @property
    def marked(self) -> set[WorkKey]:
        return set(self.store.work.rows)


@pytest.fixture
def world() -> World:
    return World()


async def test_every_open_pull_request_is_looked_at(world: World) -> None:
    world.forge.pulls = {1: (2, 3), 2: (7,)}
    swept = await world.sweep.sweep()
    assert swept == Swept(repositories=2, failed=0, keys=3)
    assert world.marked == {WorkKey.pull(1, 2), WorkKey.pull(1, 3), WorkKey.pull(2, 7)}
    assert set(world.queue.woken) == world.marked


async def test_what_holds_for_an_organisation_is_looked_at_once_a_sweep(world: World) -> None:
    await world.sweep.sweep()
    assert (world.forge.forgot_teams, world.forge.organisations) == (1, [3])


async def test_what_was_read_of_open_pull_requests_is_read_again(world: World) -> None:
    world.forge.pulls = {1: (7,)}
    await world.store.record(1, 7, Records(posted=(Posted(LISTED, "7", 0, ""),)), world.clock.now())
    await world.sweep.sweep()
    assert (await world.store.ledger(1, 7)).posted == ()


async def test_repositories_go_by_their_newest_names(world: World) -> None:
    await world.sweep.sweep()
    world.forge.listed = (replace(SHOP, name="shop2"), STORE)
    await world.sweep.sweep()
    assert await world.store.repository(1) == replace(SHOP, name="shop2")


async def test_a_pull_request_that_was_merged_unheard_is_looked_at(world: World) -> None:
    await world.store.record(1, 5, Records(state=ProposalState.APPROVED), START)
    await world.store.record(1, 6, Records(state=ProposalState.PUBLISHED), START)
    await world.sweep.sweep()
    assert world.marked == {WorkKey.pull(1, 5)}


async def test_a_proposal_in_a_repository_that_nobody_covers_is_left_alone(world: World) -> None:
    await world.store.record(77, 5, Records(state=ProposalState.APPROVED), START)
    await world.sweep.sweep()
    assert world.marked == set()


@pytest.mark.parametrize("error", [Unavailable("GitHub is away"), KeyError("bug")])
async def test_one_repositorys_error_does_not_keep_the_others_out(world: World, error: Exception) -> None:
    world.forge.pulls = {1: error, 2: (7,)}
    swept = await world.sweep.sweep()
    assert swept == Swept(repositories=2, failed=1, keys=1)
    assert world.marked == {WorkKey.pull(2, 7)}


async def test_known_repositories_are_swept_when_they_cannot_be_listed(world: World) -> None:
    await world.store.save_repositories([STORE])
    world.forge.listed = Unavailable("GitHub is away")
    world.forge.pulls = {2: (7,)}
    assert await world.sweep.sweep() == Swept(repositories=1, failed=0, keys=1)


async def test_two_sweeps_are_never_under_way_at_once(world: World) -> None:
    await asyncio.gather(*(world.sweep.sweep() for _ in range(3)))
    assert world.forge.most_at_once == 1


async def test_sweeping_goes_on_after_an_error(world: World) -> None:
    world.forge.listed = KeyError("bug")
    with pytest.raises(asyncio.CancelledError):
        await world.sweep.run()
    assert world.slept == [300, 300, 300]


async def test_upkeep_goes_on_after_an_error(world: World) -> None:
    pruned = []

    class Keeper:
        async def prune(self, now: object) -> int:
            pruned.append(now)
            if len(pruned) == 1:
                raise Unavailable("the database does not answer")
            return 0

        async def audit_head(self) -> SimpleNamespace:
            return SimpleNamespace(rows=1, hash="0")

    with pytest.raises(asyncio.CancelledError):
        await Upkeep(Keeper(), world.clock, sleep=world.sleep).run()
    assert pruned == [START] * 3
    assert world.slept == [86_400] * 3
