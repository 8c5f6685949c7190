"""What the names of teams stand for on GitHub, who belongs to them, and who may answer at all."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from cachetools import LRUCache

from placet.app.ports import Clock
from placet.app.snapshot import Repository, TeamDirectory
from placet.github.answers import Forbidden, NotThere
from placet.github.client import Client, query, route
from placet.github.document import Reply
from placet.policy.model import TeamSpec
from placet.proposals.model import Person, Team, TeamKind

# What is looked up about teams stands so long, unless a delivery or a sweep says that it may have changed.
KEPT_FOR = timedelta(minutes=10)
# A login that was seen with an id so lately is still that person's: GitHub sets no name free as fast.
LOGIN_KEPT_FOR = timedelta(seconds=60)
_LOGIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,99})")
_SLUG = re.compile(r"[a-z0-9_.-]{1,255}", re.IGNORECASE)
_BY_ID = re.compile(r"team:([1-9][0-9]{0,18})")
_KEPT = 20_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Names:
    """What a directory is made of: names, what the policy says some stand for, the author, and who may not answer."""

    names: tuple[str, ...]
    specs: tuple[TeamSpec, ...]
    author: Person
    barred: tuple[Person, ...]


class Teams:
    """Teams and people, remembered for a while; whether somebody may answer is never taken from memory."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._held: LRUCache[tuple[str, ...], tuple[datetime, asyncio.Future[Any]]] = LRUCache(_KEPT)
        self._logins: LRUCache[int, tuple[datetime, str]] = LRUCache(_KEPT)
        self._sizes: LRUCache[str, int] = LRUCache(_KEPT)

    def saw(self, person: Person, at: datetime) -> None:
        """A person was called that at that time: what has just come is as good as looked up."""
        held = self._logins.get(person.id)
        if person.id and person.login and (held is None or held[0] < at):
            self._logins[person.id] = (at, person.login)

    def forget(self) -> None:
        """Teams or people have changed somewhere."""
        self._held.clear()
        self._sizes.clear()

    async def directory(self, client: Client, repository: Repository, asking: Names) -> TeamDirectory:
        """What the names stand for: of the policy's teams first, then of GitHub's, then of logins; see TeamDirectory.

        A name ``team:<id>`` is followed by its id: to what the team is called now, or, when it was deleted, to a team
        that nobody may answer for. Logins are people only where they are collaborators of the repository: anybody
        can register a name that a policy mistypes.
        """
        known = {spec.name.casefold(): spec for spec in asking.specs}
        asked = tuple(dict.fromkeys(asking.names))
        found = await asyncio.gather(*(self._named(client, repository, name, known) for name in asked))
        teams = {name: team for name, team in zip(asked, found, strict=True) if team is not None}
        distinct = tuple({team.id: team for team in teams.values()}.values())
        mine = await asyncio.gather(*(self._has_author(client, repository, team, asking.author) for team in distinct))
        barred = frozenset(person.id for person in asking.barred)
        heard = await asyncio.gather(*(self._can_answer(client, repository, team, barred) for team in distinct))
        return TeamDirectory(
            teams,
            frozenset(team.id for team, is_mine in zip(distinct, mine, strict=True) if is_mine),
            frozenset(team.id for team, can_answer in zip(distinct, heard, strict=True) if not can_answer),
        )

    async def is_member(self, client: Client, repository: Repository, team: Team, person: Person) -> bool:
        """Whether the person is an active member just now, by id; child teams count."""
        if not person.is_user or person.id == 0:
            return False
        if team.kind is TeamKind.ANY_OF:
            return any([await self.is_member(client, repository, part, person) for part in team.parts])
        if team.kind is TeamKind.PERSON:
            return team.id == f"user:{person.id}"
        if team.kind is TeamKind.LIST:
            return await self._is_listed(client, team, person)
        if team.kind is TeamKind.GITHUB:
            return await self._is_active(client, repository, team, person)
        return False

    async def has_access(self, client: Client, repository: Repository, team: Team) -> bool:
        """Whether a GitHub team can see the repository: only then its review can be asked for."""
        key = ("access", str(repository.id), team.id)
        return await self._kept(key, partial(_has_access, client, repository, team))

    async def _login(self, client: Client, person: Person) -> str:
        """What the person is called now. Raises NotThere where the account is gone."""
        held = self._logins.get(person.id)
        if held is None or self._clock.now() - held[0] >= LOGIN_KEPT_FOR:
            held = self._logins[person.id] = (self._clock.now(), await _login(client, person))
        return held[1]

    async def _is_active(self, client: Client, repository: Repository, team: Team, person: Person) -> bool:
        path = _team_path(repository, team.id.removeprefix("team:"))
        try:
            login = await self._login(client, person)
            found = await client.item(route("{+path}/memberships/{login}", path=path.lstrip("/"), login=login))
        except NotThere:
            return False
        return Reply(found, "membership").text("state") == "active"

    async def _is_listed(self, client: Client, team: Team, person: Person) -> bool:
        """Whether one of the list's logins is that person's now: by id, so a name taken over is not the person."""
        try:
            login = await self._login(client, person)
        except NotThere:
            return False
        return login.casefold() in {member.casefold() for member in team.members}

    async def _named(
        self, client: Client, repository: Repository, name: str, known: dict[str, TeamSpec]
    ) -> Team | None:
        if found := _BY_ID.fullmatch(name):
            return await self._kept(
                ("id", str(repository.owner_id), name), lambda: self._by_id(client, repository, found[1])
            )
        bare = name.strip().removeprefix("@")
        spec = known.get(name.casefold()) or known.get(bare.casefold())
        if spec is not None and not spec.slug:
            return Team(f"list:{spec.name}", spec.name, TeamKind.LIST, members=_logins(spec.members))
        written = spec.slug.removeprefix("@") if spec is not None else bare
        organisation, slash, slug = written.rpartition("/")
        if "@" in written or "/" in organisation:
            return None
        if slash:
            is_here = organisation.casefold() == repository.owner.casefold()
            return await self._team(client, repository, slug) if is_here else None
        team = await self._team(client, repository, written)
        return team if team is not None else await self._person(client, repository, written)

    async def _team(self, client: Client, repository: Repository, name: str) -> Team | None:
        """The organisation's team with that slug, or with that name."""
        if not repository.owner_is_organisation:
            return None
        for slug in dict.fromkeys((name, slug_of(name))):
            if not _SLUG.fullmatch(slug):
                continue
            key = ("team", str(repository.owner_id), slug.casefold())
            team = await self._kept(key, partial(self._by_slug, client, repository, slug))
            if team is not None:
                return team
        return None

    async def _by_slug(self, client: Client, repository: Repository, slug: str) -> Team | None:
        try:
            found = await client.item(route("/orgs/{org}/teams/{slug}", org=repository.owner, slug=slug))
        except NotThere:
            return None
        reply = Reply(found, f"team {slug}")
        team = _github_team(repository, reply)
        self._sizes[team.id] = reply.number("members_count")
        return team

    async def _by_id(self, client: Client, repository: Repository, team_id: str) -> Team:
        try:
            found = await client.item(_team_path(repository, team_id))
        except NotThere:
            return Team(f"team:{team_id}", f"team:{team_id}", TeamKind.NAME)
        reply = Reply(found, f"team {team_id}")
        team = _github_team(repository, reply)
        self._sizes[team.id] = reply.number("members_count")
        return team

    async def _person(self, client: Client, repository: Repository, login: str) -> Team | None:
        if not _LOGIN.fullmatch(login):
            return None
        key = ("person", str(repository.id), login.casefold())
        return await self._kept(key, partial(_collaborator, client, repository, login))

    async def _has_author(self, client: Client, repository: Repository, team: Team, author: Person) -> bool:
        key = ("author", str(repository.id), team.id, str(author.id), author.login)
        return await self._kept(key, partial(self.is_member, client, repository, team, author))

    async def _can_answer(self, client: Client, repository: Repository, team: Team, barred: frozenset[int]) -> bool:
        """Whether anybody but the barred is in the team."""
        if team.kind is TeamKind.PERSON:
            return team.id not in {f"user:{number}" for number in barred}
        if team.kind is TeamKind.LIST:
            people = [
                await self._kept(("user", login.casefold()), partial(person_called, client, login))
                for login in team.members
            ]
            return any(person is not None and person.is_user and person.id not in barred for person in people)
        if team.kind is TeamKind.GITHUB and self._sizes.get(team.id, 0) > len(barred):
            return True
        if team.kind is TeamKind.GITHUB:
            key = ("members", str(repository.owner_id), team.id)
            ids = await self._kept(key, partial(_first_members, client, repository, team))
            return bool(ids - barred)
        return False

    async def _kept(self, key: tuple[str, ...], ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """The answer to a question, asked once however many want it at once; a failure is not remembered."""
        now = self._clock.now()
        held = self._held.get(key)
        if held is None or now - held[0] >= KEPT_FOR:
            held = self._held[key] = (now, asyncio.ensure_future(ask()))
            held[1].add_done_callback(partial(self._drop_failure, key))
        answer: T = await asyncio.shield(held[1])
        return answer

    def _drop_failure(self, key: tuple[str, ...], asked: asyncio.Future[Any]) -> None:
        held = self._held.get(key)
        if (asked.cancelled() or asked.exception() is not None) and held is not None and held[1] is asked:
            del self._held[key]


def slug_of(name: str) -> str:
    """The slug that GitHub gives to a team of that name."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9_]+", "-", plain).strip("-")


async def can_write(client: Client, repository: Repository, person: Person) -> bool:
    """Whether the person has write access to the repository just now."""
    return await _level(client, repository, person) in {"admin", "write"}


async def is_admin(client: Client, repository: Repository, person: Person) -> bool:
    """Whether the person administers the repository just now."""
    return await _level(client, repository, person) == "admin"


async def _level(client: Client, repository: Repository, person: Person) -> str:
    """What the person may do with the repository, as GitHub calls it; empty for nothing, and for nobody's account."""
    if not person.is_user or person.id == 0:
        return ""
    path = "/repos/{owner}/{name}/collaborators/{login}/permission"
    try:
        found = await client.item(
            route(path, owner=repository.owner, name=repository.name, login=await _login(client, person))
        )
    except NotThere:
        return ""
    level = Reply(found, "permission")
    return level.text("permission") if level.person("user").id == person.id else ""


async def person_called(client: Client, login: str) -> Person | None:
    """Who has that login just now; None where nobody has."""
    try:
        found = Reply(await client.item(route("/users/{login}", login=login)), f"user {login}")
    except NotThere:
        return None
    return Person(found.number("id"), found.text("login"), found.text("type") == "User")


async def _has_access(client: Client, repository: Repository, team: Team) -> bool:
    organisation, _, slug = team.slug.rpartition("/")
    path = route(
        "/orgs/{org}/teams/{slug}/repos/{owner}/{name}",
        org=organisation,
        slug=slug,
        owner=repository.owner,
        name=repository.name,
    )
    try:
        await client.item(path)
    except NotThere:
        return False
    return True


def _github_team(repository: Repository, team: Reply) -> Team:
    slug = team.text("slug")
    return Team(f"team:{team.number('id')}", slug, TeamKind.GITHUB, slug=f"{repository.owner}/{slug}")


def _team_path(repository: Repository, team_id: str) -> str:
    """A team by its id, which stays when it is renamed (docs.github.com gives this form beside the one by slug)."""
    return route("/organizations/{org}/team/{team}", org=repository.owner_id, team=team_id)


async def _login(client: Client, person: Person) -> str:
    """What the person is called now. Raises NotThere where the account is gone."""
    return Reply(await client.item(route("/user/{id}", id=person.id)), "user").text("login")


async def _collaborator(client: Client, repository: Repository, login: str) -> Team | None:
    person = await person_called(client, login)
    if person is None or not person.is_user:
        return None
    path = "/repos/{owner}/{name}/collaborators/{login}"
    try:
        await client.item(route(path, owner=repository.owner, name=repository.name, login=person.login))
    except (NotThere, Forbidden):
        return None
    return Team(f"user:{person.id}", person.login, TeamKind.PERSON, members=(person.login,))


async def _first_members(client: Client, repository: Repository, team: Team) -> frozenset[int]:
    """The ids of some people in the team, all if they are few: two are enough to know that one is not the author."""
    path = f"{_team_path(repository, team.id.removeprefix('team:'))}/members"
    try:
        found = await client.item(query(path, per_page=100))
    except NotThere:
        return frozenset()
    people = [Reply(one, "member") for one in found] if isinstance(found, list) else []
    return frozenset(one.number("id") for one in people if one.text("type") == "User")


def _logins(members: Sequence[str]) -> tuple[str, ...]:
    bare = (member.strip().removeprefix("@") for member in members)
    return tuple(dict.fromkeys(login for login in bare if _LOGIN.fullmatch(login)))
