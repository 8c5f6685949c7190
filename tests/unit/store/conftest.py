from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fakes.clock import HeldClock
from fakes.memory_store import MemoryStore
from placet.store.migrate import upgrade
from placet.store.store import DatabaseStore, open_store


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def database_file(tmp_path: Path) -> Path:
    return tmp_path / "placet.db"


@pytest.fixture
def database_url(database_file: Path) -> str:
    return f"sqlite:///{database_file}"


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with all its tables, to be copied: making one takes longer than most tests."""
    file = tmp_path_factory.mktemp("empty") / "placet.db"
    upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture
def sqlite_url(database_file: Path, database_url: str, empty_database: Path) -> str:
    shutil.copy(empty_database, database_file)
    return database_url


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest) -> str:
    """The address of a database with all tables, of each kind."""
    address: str = request.getfixturevalue(f"{request.param}_url")
    return address


@pytest.fixture
async def database_store(store_url: str, clock: HeldClock) -> AsyncIterator[DatabaseStore]:
    async with open_store(store_url, clock, migrates=False) as store:
        yield store


@pytest.fixture(params=["sqlite", "postgres", "memory"])
async def store(request: pytest.FixtureRequest, clock: HeldClock) -> AsyncIterator[DatabaseStore | MemoryStore]:
    if request.param == "memory":
        yield MemoryStore(clock)
        return
    async with open_store(request.getfixturevalue(f"{request.param}_url"), clock, migrates=False) as opened:
        yield opened
