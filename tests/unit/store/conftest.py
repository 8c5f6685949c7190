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
async def database_store(
    database_file: Path, database_url: str, empty_database: Path, clock: HeldClock
) -> AsyncIterator[DatabaseStore]:
    shutil.copy(empty_database, database_file)
    async with open_store(database_url, clock, migrates=False) as store:
        yield store


@pytest.fixture(params=["database", "memory"])
def store(request: pytest.FixtureRequest, clock: HeldClock) -> DatabaseStore | MemoryStore:
    if request.param == "memory":
        return MemoryStore(clock)
    opened: DatabaseStore = request.getfixturevalue("database_store")
    return opened
