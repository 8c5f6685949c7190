"""The ground of the world: time, ids, names, and telling the app what happened."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha1
from typing import TypeVar

from placet.sandbox.model import (
    Account,
    App,
    CheckRun,
    CheckSuite,
    Comment,
    Installation,
    Json,
    Kind,
    MergeGroup,
    Organisation,
    Pull,
    Rejected,
    Repository,
    Review,
    ReviewComment,
    Team,
    Unknown,
)
from placet.sandbox.outbox import Attempt, Delivery
from placet.sandbox.shapes import accounts, repositories
from placet.sandbox.shapes.links import Links, node

A = TypeVar("A", bound=Account)
Who = Account | str
Where = Repository | str
Crew = Team | str

# Where each kind's ids start. They do not overlap, so that an id taken for another kind's finds nothing.
_FIRST_ID = {
    "account": 1_001,
    "team": 20_001,
    "repository": 300_001,
    "app": 4_001,
    "installation": 50_001,
    "pull": 6_000_001,
    "review": 70_000_001,
    "comment": 80_000_001,
    "review_comment": 90_000_001,
    "reaction": 100_000_001,
    "label": 110_000_001,
    "check_run": 1_200_000_001,
    "check_suite": 1_300_000_001,
    "event": 13_500_000_001,
    "delivery": 14_000_000_001,
    "attempt": 15_000_000_001,
    "activity": 16_000_000_001,
}
MOST_PAYLOAD_BYTES = 25 * 1024 * 1024  # GitHub does not deliver larger ones
_ALWAYS_TOLD = frozenset({"installation", "installation_repositories", "ping"})


@dataclass(slots=True, eq=False)
class Token:
    """An installation's token; `repositories` are the ids it was narrowed to."""

    installation: Installation
    expires_at: datetime
    permissions: dict[str, str]
    repositories: frozenset[int] | None


class Core:
    """Everything by its id, and the outbox. The acts stand in the classes built on this one."""

    def __init__(self, now: Callable[[], datetime] | None = None) -> None:
        self.clock = now or (lambda: datetime.now(UTC))
        self.links = Links()
        self.accounts: dict[int, Account] = {}
        self.teams: dict[int, Team] = {}
        self.repositories: dict[int, Repository] = {}
        self.apps: dict[int, App] = {}
        self.installations: dict[int, Installation] = {}
        self.pulls: dict[int, Pull] = {}
        self.reviews: dict[int, Review] = {}
        self.comments: dict[int, Comment] = {}
        self.review_comments: dict[int, ReviewComment] = {}
        self.runs: dict[int, CheckRun] = {}
        self.suites: dict[int, CheckSuite] = {}
        self.tokens: dict[str, Token] = {}
        self.merge_groups: list[MergeGroup] = []
        self.outbox: list[Attempt] = []
        self.delivered: list[Attempt] = []
        self.attempts: dict[int, Attempt] = {}
        self.on_queued: Callable[[], None] = lambda: None
        self.on_ref_moved: Callable[[Repository, str, str | None], None] = lambda _repo, _branch, _old: None
        self._logins: dict[str, Account] = {}
        self._names: dict[str, Repository] = {}
        self._old_names: dict[str, Repository] = {}
        self._installed: dict[int, Installation] = {}
        self._next_id = dict(_FIRST_ID)
        self._silent = 0

    def now(self) -> datetime:
        """The time, to the second, as GitHub keeps it."""
        return self.clock().astimezone(UTC).replace(microsecond=0)

    @contextmanager
    def silently(self) -> Iterator[None]:
        """What happens inside changes the world and tells nobody, as if every delivery of it were lost."""
        self._silent += 1
        try:
            yield
        finally:
            self._silent -= 1

    def new_id(self, kind: str) -> int:
        """The next id of its kind. Pull requests take two: each is an issue too."""
        number = self._next_id[kind]
        self._next_id[kind] = number + (2 if kind == "pull" else 1)
        return number

    # Finding things by the names that people use

    def account(self, who: Who) -> Account:
        """The account; a login nobody has yet becomes a new user, or a bot by its name."""
        if isinstance(who, Account):
            return who
        kind = Kind.BOT if who.endswith("[bot]") else Kind.USER
        return self.find_account(who) or self._new_account(Account(0, who, kind, self.now()))

    def find_account(self, login: str) -> Account | None:
        return self._logins.get(login.lower())

    def find_organisation(self, login: str) -> Organisation | None:
        found = self.find_account(login)
        return found if isinstance(found, Organisation) else None

    def repo(self, where: Where) -> Repository:
        """The repository; raises Unknown for a name that none has now."""
        if isinstance(where, Repository):
            return where
        found = self.find_repo(where)
        if found is None:
            raise Unknown(f'no repository "{where}" in this world: world.repository("{where}") makes one')
        return found

    def find_repo(self, full_name: str) -> Repository | None:
        return self._names.get(full_name.lower())

    def moved_repo(self, full_name: str) -> Repository | None:
        """The repository that had this name before."""
        found = self._old_names.get(full_name.lower())
        return None if found is None or found.gone else found

    def crew(self, team: Crew) -> Team:
        """The team; raises Unknown for a name that none has now."""
        if isinstance(team, Team):
            return team
        login, _, slug = team.partition("/")
        org = self.find_organisation(login)
        found = org.teams.get(slug.lower()) if org else None
        if found is None:
            raise Unknown(f'no team "{team}" in this world: world.team("{team}") makes one')
        return found

    def installation_on(self, account: Account) -> Installation | None:
        """The main app's installation on an account."""
        return self._installed.get(account.id)

    def installation_for(self, repo: Repository) -> Installation | None:
        """The main app's installation that covers a repository."""
        found = self._installed.get(repo.owner.id)
        return found if found is not None and found.covers(repo) else None

    # Telling

    def tell(self, event: str, about: Repository | Organisation, sender: Account, fields: Callable[[], Json]) -> None:
        """Queue a delivery, if the app is installed there and asked for such events; `fields` is called only then."""
        owner = about.owner if isinstance(about, Repository) else about
        installation = self._installed.get(owner.id)
        if self._silent or installation is None or installation.suspended_at or event not in installation.events:
            return
        if isinstance(about, Repository) and not installation.covers(about):
            return
        payload = fields()
        if isinstance(about, Repository):
            payload["repository"] = repositories.hook_repository(self.links, about)
        if isinstance(owner, Organisation):
            payload["organization"] = accounts.organisation(self.links, owner)
        payload["installation"] = {"id": installation.id, "node_id": node("Installation", installation.id)}
        payload["sender"] = accounts.user(self.links, sender)
        self._queue(event, payload, installation, about.id if isinstance(about, Repository) else None)

    def tell_of_installation(
        self, event: str, installation: Installation, sender: Account, fields: Callable[[], Json]
    ) -> None:
        """Queue a delivery about the installation itself; nobody can unsubscribe from those."""
        if self._silent or event not in _ALWAYS_TOLD:
            return
        payload = {
            **fields(),
            "installation": accounts.installation(self.links, installation),
            "sender": accounts.user(self.links, sender),
        }
        self._queue(event, payload, installation, None)

    def attempt_again(self, delivery: Delivery, *, redelivery: bool) -> Attempt:
        """Queue one more attempt of the same delivery: same guid, same bytes."""
        attempt = Attempt(self.new_id("attempt"), delivery, redelivery, self.now())
        delivery.attempts.append(attempt)
        self.attempts[attempt.id] = attempt
        self.outbox.append(attempt)
        self.on_queued()
        return attempt

    def _queue(self, event: str, payload: Json, installation: Installation, repository_id: int | None) -> None:
        body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        if len(body) > MOST_PAYLOAD_BYTES:
            return
        digest = sha1(str(self.new_id("delivery")).encode(), usedforsecurity=False).hexdigest()
        guid = "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))
        delivery = Delivery(guid, event, payload.get("action"), body, installation.id, repository_id, self.now())
        self.attempt_again(delivery, redelivery=False)

    def _new_account(self, account: A) -> A:
        account.id = self.new_id("account")
        if account.login.lower() in self._logins:
            raise Rejected(422, f"{account.login} is already taken")
        self.accounts[account.id] = self._logins[account.login.lower()] = account
        return account
