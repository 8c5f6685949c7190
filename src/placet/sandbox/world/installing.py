"""Apps: the one under test, other people's, and where the first is installed."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from placet.sandbox.model import Access, Account, App, Installation, Json, Organisation, Rejected, Repository
from placet.sandbox.shapes import accounts
from placet.sandbox.world.core import Where, Who
from placet.sandbox.world.people import People

PERMISSIONS: Mapping[str, str] = {
    "checks": "write",
    "contents": "read",
    "issues": "read",
    "members": "read",
    "merge_queues": "read",
    "metadata": "read",
    "pull_requests": "write",
}
EVENTS = (
    "check_run",
    "check_suite",
    "issue_comment",
    "member",
    "membership",
    "merge_group",
    "organization",
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "push",
    "repository",
    "team",
    "team_add",
)


class Apps(People):
    """`main_app` is the app that the hook is set up for; the others only post checks."""

    main_app: App

    def organisation(
        self, login: str, *, owner: str = "", base_access: Access = Access.READ, installed: bool = True
    ) -> Organisation:
        """A new organisation with one owner (`<login>-owner` unless named) and, unless not wanted, the main app."""
        org = super().organisation(login, owner=owner, base_access=base_access)
        if installed:
            self.install(org)
        return org

    def app(self, slug: str) -> App:
        """The app of that slug; a new one is somebody else's: it gets no deliveries."""
        known = next((app for app in self.apps.values() if app.slug == slug), None)
        return known or self.new_app(slug, permissions={"checks": "write", "metadata": "read"}, events=())

    def new_app(self, slug: str, *, permissions: Mapping[str, str], events: tuple[str, ...]) -> App:
        owner, bot = self.user(f"{slug}-makers"), self.user(f"{slug}[bot]")
        app = App(self.new_id("app"), slug, slug, owner, bot, self.now(), dict(permissions), events)
        self.apps[app.id] = app
        return app

    def install(self, who: Who, repositories: Iterable[Where] | None = None, *, announce: bool = False) -> Installation:
        """Install the main app on an account: on all of its repositories, or on those named."""
        account = self.account(who)
        if account.id in self._installed:
            raise Rejected(422, f"{self.main_app.slug} is already installed on {account.login}")
        app, now = self.main_app, self.now()
        chosen = None if repositories is None else {self.repo(repo).id for repo in repositories}
        number = self.new_id("installation")
        installation = Installation(number, app, account, now, now, dict(app.permissions), app.events, chosen)
        self.installations[installation.id] = self._installed[account.id] = installation
        if announce:
            self._tell_installation("created", installation, requester=None)
        return installation

    def uninstall(self, who: Who) -> None:
        """Take the main app off an account; its tokens end with it."""
        installation = self._standing(who)
        installation.gone = True
        self._tell_installation("deleted", installation)
        del self._installed[installation.account.id], self.installations[installation.id]

    def suspend(self, who: Who) -> None:
        """The app stays installed but may do nothing."""
        installation = self._standing(who)
        installation.suspended_at, installation.suspended_by = self.now(), self._head_of(installation.account)
        self._tell_installation("suspend", installation)

    def unsuspend(self, who: Who) -> None:
        installation = self._standing(who)
        installation.suspended_at = installation.suspended_by = None
        self._tell_installation("unsuspend", installation)

    def grant(self, who: Who, permissions: Mapping[str, str]) -> None:
        """The account accepts these permissions instead of what it had granted."""
        installation = self._standing(who)
        installation.permissions, installation.updated_at = dict(permissions), self.now()
        self._tell_installation("new_permissions_accepted", installation)

    def select(self, who: Who, *, add: Iterable[Where] = (), remove: Iterable[Where] = ()) -> None:
        """Choose other repositories for the installation; from all of them, removing leaves the rest selected."""
        installation = self._standing(who)
        added, removed = [self.repo(one) for one in add], [self.repo(one) for one in remove]
        if installation.repositories is None:
            installation.repositories = {repo.id for repo in self.repositories_of(installation)}
        installation.repositories |= {repo.id for repo in added}
        installation.repositories -= {repo.id for repo in removed}
        if added:
            self.tell_of_selection("added", installation, added)
        if removed:
            self.tell_of_selection("removed", installation, removed)

    def repositories_of(self, installation: Installation) -> list[Repository]:
        """The repositories that an installation covers, in the order they were made."""
        return [repo for repo in self.repositories.values() if installation.covers(repo)]

    def tell_of_selection(self, action: str, installation: Installation, changed: list[Repository]) -> None:
        """Tell the app which repositories it got or lost."""

        def fields() -> Json:
            names = [accounts.installed_repository(repo) for repo in changed]
            return {
                "action": action,
                "repository_selection": "all" if installation.repositories is None else "selected",
                "repositories_added": names if action == "added" else [],
                "repositories_removed": names if action == "removed" else [],
                "requester": None,
            }

        sender = self._head_of(installation.account)
        self.tell_of_installation("installation_repositories", installation, sender, fields)

    def _standing(self, who: Who) -> Installation:
        account = self.account(who)
        found = self._installed.get(account.id)
        if found is None:
            raise Rejected(404, f"{self.main_app.slug} is not installed on {account.login}")
        return found

    def _head_of(self, account: Account) -> Account:
        org = self.find_organisation(account.login)
        return account if org is None else self.owner_of(org)

    def _tell_installation(self, action: str, installation: Installation, **extra: Account | None) -> None:
        def fields() -> Json:
            names = [accounts.installed_repository(repo) for repo in self.repositories_of(installation)]
            requester = {key: accounts.user_or_none(self.links, who) for key, who in extra.items() if who is not None}
            return {"action": action, "repositories": names, **requester}

        self.tell_of_installation("installation", installation, self._head_of(installation.account), fields)


@lru_cache(maxsize=1)
def rsa_key() -> bytes:
    """A private key for the main app, made once in a process: making one takes long."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


@lru_cache(maxsize=8)
def public_half(private_key: bytes) -> bytes:
    """The public key that belongs to a private one in PEM."""
    key = serialization.load_pem_private_key(private_key, password=None)
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
