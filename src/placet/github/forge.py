"""GitHub as the use cases see it: the Forge port over REST."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import aiohttp
from cachetools import LRUCache

from placet.app.actions import CheckContent
from placet.app.ports import Clock
from placet.app.snapshot import CheckRun, DirtyKind, OrganisationFile, Pull, Repository, Routed, TeamDirectory
from placet.github import publish, snapshot, teams
from placet.github.answers import NotThere
from placet.github.auth import AppCredential, AppKey, Credential, InstallationCredential, InstallationTokens, Minted
from placet.github.cache import AnswerCache, BlobCache, MemoryBlobs
from placet.github.client import API_VERSION, Asking, Client, route
from placet.github.content import files_of
from placet.github.conversation import comments_on, utterances_on
from placet.github.document import Reply
from placet.github.lanes import Lane, Sleep
from placet.github.organisation import organisation_file
from placet.github.trees import Trees
from placet.github.wire import Wire
from placet.policy.model import TeamSpec
from placet.proposals.model import Person, Source, Team, Utterance
from placet.vocabulary.files import Files

GITHUB_API_URL = "https://api.github.com"
GITHUB_URL = "https://github.com"
_YOUNG = timedelta(seconds=60)
_APP = 0
_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class AppAccess:
    """How the app reaches GitHub.

    ``write_pace_seconds`` lies between two writes of one installation: a second on real GitHub, nothing before a
    simulator. ``answer_bytes`` and ``blob_bytes`` bound what is kept in memory.
    """

    app_id: int
    private_key: str = field(repr=False)
    api_url: str = GITHUB_API_URL
    web_url: str = GITHUB_URL
    write_pace_seconds: float = 1.0
    api_version: str = API_VERSION
    answer_bytes: int = 64_000_000
    blob_bytes: int = 128_000_000


class GitHubForge:
    """The Forge port. All that it raises of its own is Unavailable, and BadFile for a tree beyond all measure."""

    def __init__(
        self,
        access: AppAccess,
        session: aiohttp.ClientSession,
        clock: Clock,
        blobs: BlobCache | None = None,
        *,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Raises BadFile where the private key is none, ValueError where the API's address is none."""
        self.access = access
        self._clock = clock
        self._sleep = sleep
        self._wire = Wire(session, access.api_url)
        self._answers = AnswerCache(access.answer_bytes)
        self._blobs = MemoryBlobs(access.blob_bytes, blobs)
        self._trees = Trees()
        self._teams = teams.Teams(clock)
        self._tokens = InstallationTokens(self._mint, clock)
        self._clients: dict[int, Client] = {}
        self._app = self._client_with(AppCredential(AppKey(access.app_id, access.private_key), clock), _APP)
        self._merge_bases: LRUCache[tuple[int, str, str], str | None] = LRUCache(_REMEMBERED)
        self._seen: LRUCache[tuple[int, int], bool] = LRUCache(_REMEMBERED)
        self._made: LRUCache[int, datetime] = LRUCache(_REMEMBERED)

    def heed(self, routed: Routed) -> None:
        """Take in what a delivery says: tokens and teams that have changed are forgotten, logins are known anew."""
        for one in routed.heard:
            self._teams.saw(one.utterance.by, one.utterance.at)
        for number in routed.forgotten_installations:
            self._tokens.drop(number)
        for key in routed.keys:
            if key.kind is DirtyKind.INSTALLATION:
                self._tokens.drop(int(key.parts[0]))
            if key.kind in {DirtyKind.INSTALLATION, DirtyKind.TEAM}:
                self._teams.forget()

    def forget_teams(self) -> None:
        """Look everything about teams up again: what deliveries told of them may not be all."""
        self._teams.forget()

    async def pull(self, repository: Repository, number: int) -> Pull | None:
        """The pull request, None if there is none; ``requested_teams`` are slugs."""
        seen = (repository.id, number)
        found = await snapshot.pull_of(self._client(repository), repository, number, young=seen not in self._seen)
        if found is not None:
            self._seen[seen] = True
            self._teams.saw(found.author, self._clock.now())
        return found

    async def open_pulls(self, repository: Repository, base: str | None = None) -> tuple[int, ...]:
        """The numbers of the open pull requests, on one base or on all."""
        return await snapshot.open_pulls_of(self._client(repository), repository, base)

    async def branch_tip(self, repository: Repository, ref: str) -> str | None:
        """The commit that a branch points at; None where there is no such branch."""
        return await snapshot.tip_of(self._client(repository), repository, ref)

    async def pushers(self, repository: Repository, branch: str) -> tuple[Person, ...]:
        """Who moved a branch since it was made last; nobody where that cannot be learnt."""
        return await snapshot.pushers_of(self._client(repository), repository, branch)

    async def requires_check(self, repository: Repository, branch: str, name: str) -> bool:
        """Whether a branch's rules demand a check of that name."""
        return await snapshot.requires_check(self._client(repository), repository, branch, name)

    async def merge_base(self, repository: Repository, base: str, head: str) -> str | None:
        """The merge base of two commits; None where they share no history. Asked once: it cannot change."""
        key = (repository.id, base, head)
        if key in self._merge_bases:
            return self._merge_bases[key]
        found = await snapshot.merge_base_of(self._client(repository), repository, base, head)
        if snapshot.is_sha(base) and snapshot.is_sha(head):
            self._merge_bases[key] = found
        return found

    async def files(self, repository: Repository, commit: str, wanted: Callable[[str], bool]) -> Files:
        """The commit's files; those that are wanted with their content or the problem that kept it away.

        Raises BadFile (``too_large``) for a tree of more than half a million files.
        """
        client = self._client(repository)
        entries = await self._trees.entries(client, repository, commit)
        return await files_of(client, repository, commit, entries, wanted, self._blobs)

    async def organisation_file(self, repository: Repository) -> OrganisationFile:
        """The policy file of the organisation that the repository belongs to, as it stands now."""
        return await organisation_file(self._client(repository), repository.owner)

    async def utterances(self, pull: Pull) -> tuple[Utterance, ...]:
        """Every review and comment that stands there now, in order of time; our own app's are among them."""
        return await utterances_on(self._client(pull.repository), pull)

    async def directory(
        self,
        repository: Repository,
        names: Sequence[str],
        specs: Sequence[TeamSpec],
        author: Person,
        barred: Sequence[Person],
    ) -> TeamDirectory:
        """What the names stand for, which of them the author belongs to, and which have nobody but the barred.

        A minute old at most.
        """
        asked = teams.Names(tuple(names), tuple(specs), author, tuple(barred))
        return await self._teams.directory(self._client(repository), repository, asked)

    async def is_member(self, repository: Repository, team: Team, person: Person) -> bool:
        """Whether the person is an active member just now, never from a cache; child teams count."""
        return await self._teams.is_member(self._client(repository), repository, team, person)

    async def can_write(self, repository: Repository, person: Person) -> bool:
        """Whether the person has write access to the repository just now."""
        return await teams.can_write(self._client(repository), repository, person)

    async def is_admin(self, repository: Repository, person: Person) -> bool:
        """Whether the person administers the repository just now."""
        return await teams.is_admin(self._client(repository), repository, person)

    async def person(self, repository: Repository, login: str) -> Person | None:
        """Who has that login just now; None where nobody has."""
        return await teams.person_called(self._client(repository), login)

    async def check_runs(self, repository: Repository, sha: str, name: str) -> tuple[CheckRun, ...]:
        """The check runs of that name on a commit, newest first, whoever made them."""
        return await snapshot.check_runs_of(self._client(repository), repository, sha, name)

    async def post_check(self, repository: Repository, sha: str, content: CheckContent) -> int:
        """A new check run's id. Raises OutcomeUnknown (Unavailable) where it may have been made."""
        check_id = await publish.post_check(self._client(repository), repository, sha, content)
        self._made[check_id] = self._clock.now()
        return check_id

    async def update_check(self, repository: Repository, check_id: int, content: CheckContent) -> bool:
        """Bring a check run of ours to that content; False where it is gone."""
        asking = Asking(young=self._is_young(check_id))
        try:
            await publish.update_check(self._client(repository), repository, check_id, content, asking)
        except NotThere:
            return False
        return True

    async def comments(self, repository: Repository, number: int) -> tuple[Utterance, ...]:
        """The comments on the pull request itself, in order of time."""
        return await comments_on(self._client(repository), repository, number)

    async def request_teams(self, pull: Pull, wanted: Sequence[Team]) -> Mapping[str, str]:
        """Ask for teams' reviews; by team's id why it could not be asked, the empty text when it now stands."""
        client = self._client(pull.repository)
        return await publish.request_teams(client, pull, wanted, partial(self._teams.has_access, client))

    async def comment(self, repository: Repository, number: int, body: str) -> int:
        """A new comment's id. Raises OutcomeUnknown (Unavailable) where it may have been made."""
        comment_id = await publish.comment(self._client(repository), repository, number, body)
        self._made[comment_id] = self._clock.now()
        return comment_id

    async def edit_comment(self, repository: Repository, comment_id: int, body: str) -> bool:
        """False where the comment is gone."""
        asking = Asking(young=self._is_young(comment_id))
        return await publish.edit_comment(self._client(repository), repository, comment_id, body, asking)

    async def delete_comment(self, repository: Repository, comment_id: int) -> None:
        """Delete a comment of ours; one that is gone is well gone."""
        await publish.delete_comment(self._client(repository), repository, comment_id)

    async def react(self, repository: Repository, source: Source, reaction: str) -> None:
        """Put a reaction (``+1``, ``-1``, ``confused``, ``eyes``) on a comment; again is no change."""
        await publish.react(self._client(repository), repository, source, reaction)

    async def own_app(self) -> snapshot.App:
        """The app that our key belongs to. Raises Unauthorised (Unavailable) where GitHub does not take the key."""
        return await snapshot.app_of(self._app)

    async def repositories(self) -> tuple[Repository, ...]:
        """Every repository of every installation of the app that is neither suspended nor archived, in order of id."""
        found: list[Repository] = []
        for one in await snapshot.installations_of(self._app):
            found += await snapshot.repositories_of(self._client_of(one.id), one)
        return tuple(sorted(found, key=lambda repository: repository.id))

    def _is_young(self, remote_id: int) -> bool:
        """Whether we made it less than a minute ago: not every server of GitHub's need know it yet."""
        made_at = self._made.get(remote_id)
        return made_at is not None and self._clock.now() - made_at < _YOUNG

    def _client(self, repository: Repository) -> Client:
        return self._client_of(repository.installation_id)

    def _client_of(self, installation_id: int) -> Client:
        if installation_id not in self._clients:
            credential = InstallationCredential(self._tokens, installation_id)
            self._clients[installation_id] = self._client_with(credential, installation_id)
        return self._clients[installation_id]

    def _client_with(self, credential: Credential, installation_id: int) -> Client:
        return Client(
            self._wire,
            credential,
            Lane(installation_id, self._clock, self._sleep, self.access.write_pace_seconds),
            self._answers,
            api_url=self.access.api_url,
            sleep=self._sleep,
            api_version=self.access.api_version,
        )

    async def _mint(self, installation_id: int) -> Minted:
        path = route("/app/installations/{id}/access_tokens", id=installation_id)
        answer = Reply(await self._app.write("POST", path, b"", Asking(repeatable=True)), "access token")
        return Minted(answer.text("token"), answer.time("expires_at"))
