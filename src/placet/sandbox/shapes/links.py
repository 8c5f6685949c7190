"""Where things are: the addresses that GitHub puts beside everything it says, its times and its opaque ids."""

from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote

from placet.sandbox.model import Account, Json, Kind, Repository


@dataclass(slots=True)
class Links:
    """`cache` keeps shapes that change with nothing but their own key, since most of any answer consists of them."""

    api: str = "http://api.sandbox.invalid"
    web: str = "http://sandbox.invalid"
    cache: dict[tuple[object, ...], Json] = field(default_factory=dict)

    def moved_to(self, api: str, web: str) -> None:
        """From now on everything is found below these addresses."""
        self.api, self.web = api, web
        self.cache.clear()

    def user(self, account: Account) -> str:
        return f"{self.api}/users/{quote(account.login)}"

    def profile(self, account: Account) -> str:
        if account.kind == Kind.BOT:
            return f"{self.web}/apps/{quote(account.login.removesuffix('[bot]'))}"
        return f"{self.web}/{quote(account.login)}"

    def repo(self, repo: Repository) -> str:
        return f"{self.api}/repos/{repo.full_name}"

    def page(self, repo: Repository) -> str:
        return f"{self.web}/{repo.full_name}"


def stamp(moment: datetime) -> str:
    """GitHub's form of a time: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def stamp_or_none(moment: datetime | None) -> str | None:
    return None if moment is None else stamp(moment)


def node(kind: str, number: int | str) -> str:
    """An opaque global id."""
    return b64encode(f"{kind}:{number}".encode()).decode()
