"""What the tests of the forge's edge share: a clock that they hold, a sandbox, and a forge that talks to it."""

import importlib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from placet.app.snapshot import Repository
from placet.github.forge import AppAccess, GitHubForge
from placet.proposals.model import Team, Utterance
from placet.sandbox import Sandbox

TOOLS = Path(__file__).resolve().parents[4] / "shared" / "tools" / "ghval"


@dataclass
class HeldClock:
    """Time that stands still until somebody sleeps."""

    time: datetime = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds)


@dataclass
class Shelf:
    """A cache of blobs that counts."""

    held: dict[str, bytes] = field(default_factory=dict)

    async def get(self, sha: str) -> bytes | None:
        return self.held.get(sha)

    async def put(self, sha: str, data: bytes) -> None:
        self.held[sha] = data


@dataclass
class Setting:
    """A sandbox, a forge that is connected to it, and what the forge was given."""

    sandbox: Sandbox
    forge: GitHubForge
    clock: HeldClock
    shelf: Shelf
    session: aiohttp.ClientSession

    def repository(self, full_name: str = "acme/shop") -> Repository:
        """The value of a repository in the sandbox."""
        repo = self.sandbox.world.repo(full_name)
        installation = self.sandbox.world.installation_for(repo)
        assert installation is not None
        is_organisation = str(repo.owner.kind) == "Organization"
        return Repository(
            repo.id, installation.id, repo.owner.id, repo.owner.login, repo.name, repo.default_branch, is_organisation
        )

    async def said(self, number: int) -> tuple[Utterance, ...]:
        """What was said on a pull request of acme/shop."""
        pull = await self.forge.pull(self.repository(), number)
        assert pull is not None
        return await self.forge.utterances(pull)

    async def ask(self, number: int, team: Team) -> str:
        """Ask for one team's review of acme/shop; the empty text, or why it could not be asked."""
        pull = await self.forge.pull(self.repository(), number)
        assert pull is not None
        return (await self.forge.request_teams(pull, [team]))[team.id]

    def asked(self, since: int = 0) -> list[str]:
        """What was asked of the sandbox: kinds with their statuses, tokens aside."""
        exchanges = self.sandbox.log.exchanges[since:]
        return [f"{one.kind} {one.status}" for one in exchanges if not one.kind.endswith("access_tokens")]


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture(scope="session")
def ghval() -> object | None:
    """The checker of GitHub's traffic, where it is at hand: else what is said to GitHub goes unchecked."""
    if not TOOLS.is_dir():
        return None
    sys.path.insert(0, str(TOOLS))
    try:
        rest = importlib.import_module("ghval.rest")
    finally:
        sys.path.remove(str(TOOLS))
    checker: object = rest.RestValidator("github-2022-11-28")
    return checker


@pytest.fixture(scope="session")
def key() -> bytes:
    """An RSA key for all tests: making one takes long."""
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 - only where it is used
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - see above
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    made = rsa.generate_private_key(65537, 2048)
    return made.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


@asynccontextmanager
async def connected(clock: HeldClock, key: bytes, *, api_prefix: str = "", **access: Any) -> AsyncIterator[Setting]:
    """A sandbox with the repository acme/shop and the forge on it."""
    async with (
        Sandbox(now=clock.now, private_key=key, record=True, api_prefix=api_prefix) as sandbox,
        aiohttp.ClientSession() as session,
    ):
        world = sandbox.world
        world.repository("acme/shop", {"dbt_project.yml": "name: shop\n", "models/a.sql": "select 1 as id\n"})
        told = AppAccess(
            sandbox.app_id, sandbox.private_key, sandbox.api_url, sandbox.web_url, write_pace_seconds=0, **access
        )
        shelf = Shelf()
        yield Setting(sandbox, GitHubForge(told, session, clock, shelf, sleep=clock.sleep), clock, shelf, session)


@pytest.fixture
async def setting(clock: HeldClock, key: bytes) -> AsyncIterator[Setting]:
    """GitHub as it is."""
    async with connected(clock, key) as one:
        yield one


@pytest.fixture
async def enterprise(clock: HeldClock, key: bytes) -> AsyncIterator[Setting]:
    """An Enterprise Server: its API lies under a path."""
    async with connected(clock, key, api_prefix="/api/v3") as one:
        yield one


@pytest.fixture
async def newer(clock: HeldClock, key: bytes) -> AsyncIterator[Setting]:
    """The newer version of the API, which has dropped some fields."""
    async with connected(clock, key, api_version="2026-03-10") as one:
        yield one
