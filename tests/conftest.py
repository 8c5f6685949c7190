"""What holds for all tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count

import pytest
import structlog
from hypothesis import settings

from fakes import postgres_server
from placet.store import migrate

# A change lands or not by what it changes: there the examples are the same each time, elsewhere new ones each time.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("everywhere", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "everywhere")

# The default shows every local of every frame with an error, which takes seconds where payloads are large.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        postgres_server.prepare_run()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        postgres_server.end_run()


_databases = count(1)


@pytest.fixture(scope="session")
def postgres() -> str:
    """The address of this run's PostgreSQL server, with `{database}` where a database's name goes."""
    if postgres_server.binaries() is None:
        if os.environ.get("CI"):
            pytest.fail("there is no PostgreSQL on this machine; Debian's package postgresql brings it")
        pytest.skip("there is no PostgreSQL on this machine; Debian's package postgresql brings it")
    return postgres_server.address()


@pytest.fixture(scope="session")
def postgres_template(postgres: str) -> str:
    """The name of a database with all tables, to be copied: making one takes longer than most tests."""
    name = f"template_{os.getpid()}"
    postgres_server.execute(postgres, f"CREATE DATABASE {name}")
    migrate.upgrade(postgres.format(database=name))
    return name


@pytest.fixture
def postgres_empty_url(postgres: str) -> Iterator[str]:
    """The address of a database of the test's own, with nothing in it."""
    name = f"empty_{os.getpid()}_{next(_databases)}"
    postgres_server.execute(postgres, f"CREATE DATABASE {name}")
    yield postgres.format(database=name)
    postgres_server.execute(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres_url(postgres: str, postgres_template: str) -> Iterator[str]:
    """The address of a database of the test's own, with all tables."""
    name = f"test_{os.getpid()}_{next(_databases)}"
    postgres_server.execute(postgres, f"CREATE DATABASE {name} TEMPLATE {postgres_template} STRATEGY FILE_COPY")
    yield postgres.format(database=name)
    postgres_server.execute(postgres, f"DROP DATABASE {name} WITH (FORCE)")
