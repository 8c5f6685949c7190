"""The world that the demo plays in: a simulated GitHub with a shop's repository, and the real service beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from placet.proposals.model import Ledger, Publication
from placet.sandbox import Sandbox, World, rights
from placet.sandbox.model import CheckRun, Comment, Pull, Repository
from placet.settings import Settings
from placet.wiring import Service, service, serving

ORGANISATION = "acme"
REPOSITORY = "acme/shop"
TEAMS: Mapping[str, tuple[str, ...]] = {
    "data-platform": ("dana", "carl"),
    "crm": ("sam-o", "jo-k"),
    "growth": ("li-wei",),
    "marketing": ("priya-n",),
    "finance": ("ada-f",),
}
# A story is told in minutes and takes days: no step may take longer than this for real.
PATIENCE_SECONDS = 60.0
_LOOK_SECONDS = 0.02
# How finely time passes, and in how many steps at most: a service that fails again and again must not hold it up.
_SHORTEST_STEP = timedelta(hours=1)
_MOST_STEPS = 100
# What is planned within so much of each other happens at once: the teams of one pull request are asked in a row.
_AT_ONCE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Scene:
    """What is there before the story begins: a repository, and who belongs to which team (by slug, with logins)."""

    organisation: str
    name: str
    files: Mapping[str, bytes]
    teams: Mapping[str, tuple[str, ...]]

    @property
    def repository(self) -> str:
        """``organisation/name``."""
        return f"{self.organisation}/{self.name}"


class StoryClock:
    """The real time, moved on between the steps as if people had slept on it."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        """The story's time."""
        return datetime.now(UTC) + self._ahead

    def pass_by(self, length: timedelta) -> None:
        """Let so much time pass in the story."""
        self._ahead += length


@dataclass
class Demo:
    """Everything on the stage."""

    gh: Sandbox
    service: Service
    clock: StoryClock
    repository: Repository
    _pull: Pull | None = None

    @property
    def world(self) -> World:
        """The forge's state, for people to act on."""
        return self.gh.world

    @property
    def bot(self) -> str:
        """The login under which Placet itself writes."""
        return self.world.main_app.bot.login

    @property
    def owner(self) -> str:
        """The login of somebody who owns the organisation."""
        return self.world.keeper_of(self.repository).login

    @property
    def teams(self) -> Mapping[str, tuple[str, ...]]:
        """Slug to the logins of those who are in the team."""
        people = self.world.accounts
        teams = sorted(self.world.teams.values(), key=lambda team: team.slug)
        return {team.slug: tuple(people[one].login for one in rights.members_of(team)) for team in teams}

    async def settled(self) -> None:
        """Wait until everything is delivered and evaluated. Raises TimeoutError where that takes too long."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                await self.gh.settled()
                if not await self.service.store.unprocessed(1):
                    figures = await self.service.queue.health()
                    if not figures.due and not figures.running:
                        return
                await asyncio.sleep(_LOOK_SECONDS)

    async def passing(self, length: timedelta) -> AsyncIterator[datetime]:
        """Let time pass; the moments at which the service has looked again as it had planned, then the end."""
        end = self.clock.now() + length
        for _ in range(_MOST_STEPS):
            due = await self.service.store.work.next_due_at()
            if due is None or due >= end - _SHORTEST_STEP:
                break
            yield await self._at(max(due + _AT_ONCE, self.clock.now() + _SHORTEST_STEP))
        yield await self._at(end)

    async def _at(self, moment: datetime) -> datetime:
        self.clock.pass_by(max(moment - self.clock.now(), timedelta()))
        # The queue looks at the clock only now and then.
        self.service.queue.wake(())
        await self.settled()
        return moment

    def check(self, pull: Pull) -> CheckRun:
        """Placet's check on the pull request's head. Raises LookupError if there is none."""
        for run in self.world.check_runs(pull.head_sha):
            if run.name == "placet":
                return run
        raise LookupError(f"there is no check on #{pull.number} at {pull.head_sha[:7]}")

    @property
    def has_pull(self) -> bool:
        """Whether the pull request that the story is about is there yet."""
        return self._pull is not None

    @property
    def pull(self) -> Pull:
        """The pull request that the story is about. Raises LookupError before there is one."""
        if self._pull is None:
            raise LookupError("there is no pull request")
        return self._pull

    def open_pull(self, *, author: str, branch: str, files: Mapping[str, bytes] | None, title: str, body: str) -> Pull:
        """Open the pull request that the story is about; without files the branch is there already."""
        self._pull = self.world.open_pull(
            self.repository, author=author, branch=branch, files=files, title=title, body=body
        )
        return self._pull

    def files(self, pull: Pull) -> dict[str, bytes]:
        """What the pull request's head holds: path to content."""
        store = self.repository.store
        tree = store.commit(pull.head_sha).tree
        return {path: store.blob(entry.sha) for path, entry in store.files(tree).items() if entry.kind == "blob"}

    def sticky(self, pull: Pull) -> str:
        """The comment that Placet keeps up to date. Raises LookupError if there is none."""
        for one in self.comments(pull):
            return one.body
        raise LookupError(f"there is no comment of Placet's on #{pull.number}")

    def comments(self, pull: Pull) -> list[Comment]:
        """Placet's comments, in order."""
        return [one for one in pull.comments if one.user is self.world.main_app.bot]

    def asked(self, pull: Pull) -> list[str]:
        """The teams whose review is requested just now."""
        return sorted(team.slug for team in pull.requested_teams.values())

    def teams_of(self, login: str) -> list[str]:
        """The slugs of the teams that somebody is in; none for who is not known."""
        return [slug for slug, people in self.teams.items() if login.lower() in map(str.lower, people)]

    async def ledger(self, pull: Pull) -> Ledger:
        """What Placet has written down."""
        return await self.service.store.ledger(self.repository.id, pull.number)

    async def publication(self, pull: Pull) -> Publication:
        """What Placet asked about last. Raises LookupError if it asked about nothing."""
        for one in reversed((await self.ledger(pull)).publications):
            return one
        raise LookupError(f"nothing was asked on #{pull.number}")

    async def versions(self) -> Mapping[str, str]:
        """The published contract versions by dbt's unique id."""
        standing = await self.service.store.last_versions(self.repository.id, "main")
        return {one.asset.partition(":")[2]: one.version for one in standing}


@asynccontextmanager
async def demo_world(folder: Path, scene: Scene) -> AsyncIterator[Demo]:
    """The stage, set: the repository, the teams, and the service at work; the app is not installed yet."""
    clock = StoryClock()
    async with Sandbox(now=clock.now) as gh:
        world = gh.world
        world.organisation(scene.organisation, owner="olga", installed=False)
        repository = world.repository(scene.repository, scene.files)
        for team, members in scene.teams.items():
            world.team(f"{scene.organisation}/{team}", members=list(members))
        world.protect(repository, "main")
        settings = _settings(gh, folder)
        async with service(settings, clock) as made, serving(made, "127.0.0.1", 0) as url:
            gh.hook_url = f"{url}/github/webhook"
            demo = Demo(gh, made, clock, repository)
            try:
                yield demo
            finally:
                gh.hook_url = ""


def shop() -> Scene:
    """The shop that ships with Placet."""
    return Scene(ORGANISATION, REPOSITORY.partition("/")[2], shop_files(), TEAMS)


def shop_files() -> dict[str, bytes]:
    """The shop's repository as it ships with Placet: path to content."""
    root = resources.files("placet.cli.demo") / "shop"
    return dict(_files(root, ""))


def _files(folder: Traversable, prefix: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        path = f"{prefix}{entry.name}"
        found += _files(entry, f"{path}/") if entry.is_dir() else [(path, entry.read_bytes())]
    return found


def _settings(gh: Sandbox, folder: Path) -> Settings:
    return Settings.model_validate(
        {
            "data_dir": folder,
            "github_url": gh.web_url,
            "github_api_url": gh.api_url,
            "github_app_id": gh.app_id,
            "github_private_key": gh.private_key,
            "github_webhook_secret": gh.webhook_secret,
            "github_write_seconds": 0,
            "sweep_seconds": 3600,
            "analysis_workers": 1,
        }
    )
