"""A stage for whole stories: the simulated forge, the real service on a database of its own, and a clock that is held.

Nothing runs by itself: `await stage.settled()` delivers, looks into deliveries and runs every key that is due, until
nothing is left to do. So a story is the same each time, and a crash can be put between any two steps.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from fakes.clock import HeldClock
from fakes.memory_store import MemoryStore
from placet.github.forge import AppAccess, GitHubForge
from placet.impact.analysis import Analysis, AnalysisRequest
from placet.impact.engine import analyse
from placet.sandbox import Sandbox
from placet.sandbox.model import CheckRun, Pull, Repository
from placet.sandbox.world.installing import rsa_key
from placet.settings import Settings
from placet.wiring import Service, service
from placet.work.embedded import EmbeddedQueue
from placet.work.run import Runner

_KEY = cache(rsa_key)
START = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
PAUSE = timedelta(minutes=1)


class AnalyserHere:
    """The Analyser port in this very process: what tests write needs no walls around it."""

    def __init__(self) -> None:
        self.requests = 0

    async def analyse(self, request: AnalysisRequest) -> Analysis:
        self.requests += 1
        return analyse(request)


@dataclass
class Stage:
    """A forge, a service, and what tests ask of them."""

    gh: Sandbox
    clock: HeldClock
    folder: Path
    service: Service
    analyser: Any
    memory: MemoryStore | None = None

    @property
    def world(self) -> Any:
        return self.gh.world

    async def settled(self, *, pause: bool = True) -> None:
        """Everything delivered, looked into and evaluated; then a minute passes, as it does between people's acts."""
        for _ in range(200):
            sent = await self.gh.deliveries.flush()
            looked = await self.service.inbox.drain()
            ran = await self._run_due()
            if not (sent or looked or ran):
                break
        else:
            raise AssertionError("it never comes to rest")
        if pause:
            self.clock.advance(PAUSE)

    async def _run_due(self) -> int:
        runner = Runner(self.service.store.work, self.service.evaluator.run, self.clock)
        due = await self.service.store.work.due(self.clock.now(), 100)
        for key in due:
            await runner.run_one(key)
        if not due:
            # What failed for a moment (a read that lagged, a base that moved) comes again soon.
            next_at = await self.service.store.work.next_due_at()
            if next_at is not None and next_at - self.clock.now() < PAUSE:
                self.clock.set(max(next_at, self.clock.now()))
                return 1
        return len(due)

    def check(self, pull: Pull, name: str = "placet") -> CheckRun | None:
        """Our check run on the pull request's head."""
        runs = [run for run in self.world.check_runs(pull.head_sha) if run.name == name]
        assert len(runs) <= 1, "a check run twice"
        return runs[0] if runs else None

    def conclusion(self, pull: Pull, name: str = "placet") -> str | None:
        run = self.check(pull, name)
        return None if run is None else run.conclusion

    def title(self, pull: Pull, name: str = "placet") -> str:
        run = self.check(pull, name)
        assert run is not None, "there is no check"
        return str(run.title)

    def summary(self, pull: Pull) -> str:
        run = self.check(pull)
        assert run is not None, "there is no check"
        return f"{run.summary}\n{run.text}"

    def comments(self, pull: Pull) -> list[str]:
        """The bodies of our own comments, in order."""
        return [one.body for one in pull.comments if one.user.login.endswith("[bot]")]

    def asked(self, pull: Pull) -> set[str]:
        """The teams whose review is requested just now."""
        return {team.slug for team in pull.requested_teams.values()}

    def reactions(self, comment: Any) -> set[str]:
        return {one.content for one in comment.reactions}


@asynccontextmanager
async def staged(
    folder: Path, *, record: bool = False, analyser: Any = None, in_memory: bool = False
) -> AsyncIterator[Stage]:
    """A stage with nothing on it; ``in_memory``: with the store of the unit tests, which is several times as fast."""
    clock = HeldClock(START)
    async with AsyncExitStack() as stack:
        gh = await stack.enter_async_context(Sandbox(now=clock.now, automatic=False, record=record, private_key=_KEY()))
        memory = MemoryStore(clock) if in_memory else None
        stage = Stage(gh, clock, folder, None, analyser or AnalyserHere(), memory)  # type: ignore[arg-type]  # comes next
        await stack.enter_async_context(raised(stage))
        yield stage


@asynccontextmanager
async def raised(stage: Stage) -> AsyncIterator[None]:
    """The service, started on what an earlier one left."""
    gh = stage.gh
    settings = Settings.model_validate(
        {
            "data_dir": stage.folder,
            "github_url": gh.web_url,
            "github_api_url": gh.api_url,
            "github_app_id": gh.app_id,
            "github_private_key": gh.private_key,
            "github_webhook_secret": gh.webhook_secret,
            "github_write_seconds": 0,
        }
    )
    async with _made(stage, settings) as made:
        runner = web.AppRunner(made.app(), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        gh.hook_url = f"http://127.0.0.1:{runner.addresses[0][1]}/github/webhook"
        stage.service = made
        try:
            yield
        finally:
            gh.hook_url = ""
            await runner.cleanup()


@asynccontextmanager
async def _made(stage: Stage, settings: Settings) -> AsyncIterator[Service]:
    if stage.memory is None:
        async with service(settings, stage.clock, stage.analyser) as made:
            yield made
        return
    async with aiohttp.ClientSession() as session:
        access = AppAccess(
            settings.github_app_id,
            settings.github_private_key.get_secret_value(),
            settings.github_api_url,
            settings.github_url,
            write_pace_seconds=0,
        )
        memory: Any = stage.memory
        queue = EmbeddedQueue(memory.work, stage.clock, stage.folder / "placet.lock")
        forge = GitHubForge(access, session, stage.clock)
        yield Service(settings, memory, forge, stage.analyser, queue, stage.clock)


SHOP: Mapping[str, str] = {
    "dbt_project.yml": "name: shop\nversion: 1.0.0\nprofile: shop\nmodel-paths: [models]\n",
    "models/sources.yml": """sources:
  - name: raw
    tables:
      - name: users
        columns: [{name: id}, {name: email}, {name: phone}, {name: created_at}]
""",
    "models/staging/stg_users.sql": (
        "select id as user_id, email as user_email, phone, created_at from {{ source('raw', 'users') }}\n"
    ),
    "models/marts/dim_customers.sql": (
        "with users as (select * from {{ ref('stg_users') }})\n\n"
        "select\n    user_id,\n    user_email,\n    phone,\n    created_at\nfrom users\n"
    ),
    "models/marts/mart_churn.sql": (
        "select user_id, split_part(user_email, '@', 2) as email_domain from {{ ref('dim_customers') }}\n"
    ),
    "models/marts/mart_360.sql": "select user_id, user_email as email, phone from {{ ref('dim_customers') }}\n",
    "models/marts/mart_signups.sql": (
        "select created_at, count(*) as signups from {{ ref('dim_customers') }} group by created_at\n"
    ),
    "models/marts/marts.yml": """models:
  - name: dim_customers
    meta: {placet: {owner: core}}
    columns:
      - name: user_id
      - name: user_email
      - name: phone
  - name: mart_churn
    meta: {placet: {owner: growth}}
  - name: mart_360
    meta: {placet: {owner: crm}}
  - name: mart_signups
    meta: {placet: {owner: marketing}}
exposures:
  - name: salesforce_sync
    type: application
    owner: {name: crm, email: crm@example.com}
    depends_on: [ref('mart_360')]
""",
}

DIM = "models/marts/dim_customers.sql"
YML = "models/marts/marts.yml"


def dropping(*columns: str, files: Mapping[str, str] = SHOP) -> dict[str, bytes]:
    """The files that drop columns of `dim_customers`."""
    sql, yml = files[DIM], files[YML]
    for column in columns:
        sql = sql.replace(f"    {column},\n", "")
        yml = yml.replace(f"      - name: {column}\n", "")
    return {DIM: sql.encode(), YML: yml.encode()}


def shop(stage: Stage, files: Mapping[str, str] = SHOP) -> Repository:
    """The organisation, its teams and people, and the repository."""
    world = stage.world
    world.organisation("acme", owner="olga")
    repo: Repository = world.repository("acme/shop", dict(files))
    world.team("acme/core", members=["dana", "carl"])
    world.team("acme/growth", members=["li-wei"])
    world.team("acme/crm", members=["sam-o", "jo-k"])
    world.team("acme/marketing", members=["priya-n"])
    world.protect(repo, "main")
    return repo


async def http_status(url: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status
