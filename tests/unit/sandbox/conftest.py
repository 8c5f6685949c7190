"""A forge whose clock the tests hold, and somebody who asks it."""

from collections.abc import AsyncIterator

import pytest

from placet.sandbox import Sandbox, World
from sandbox_caller import Caller
from sandbox_world import Acme, HeldClock, settle


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def acme(clock: HeldClock) -> Acme:
    return settle(World(clock))


@pytest.fixture
async def gh(clock: HeldClock) -> AsyncIterator[Sandbox]:
    async with Sandbox(now=clock, tree_limit=5) as sandbox:
        settle(sandbox.world)
        yield sandbox


@pytest.fixture
async def caller(gh: Sandbox) -> AsyncIterator[Caller]:
    org = gh.world.find_organisation("acme")
    assert org is not None
    async with Caller(gh) as somebody:
        yield await somebody.token(org)
