"""One request to the API: what it names, what it may, and how its answer is put together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from placet.sandbox.faults import Faults
from placet.sandbox.model import Account, App, Installation, Json, Organisation, Pull, Rejected, Repository, Team
from placet.sandbox.shapes.links import Links
from placet.sandbox.state import World
from placet.sandbox.world.core import Token

T = TypeVar("T")
PER_PAGE, MOST_PER_PAGE = 30, 100
NEWER = "2026-03-10"
VERSIONS = ("2022-11-28", NEWER)
_SHORTEST_SHA = 4
_HEXADECIMAL = frozenset("0123456789abcdef")
_MOST_DIGITS = 18


@dataclass(frozen=True, slots=True)
class Options:
    """What differs from one sandbox to another."""

    tree_limit: int = 100_000
    file_limit: int = 3_000
    hook_url: Callable[[], str] = lambda: ""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: nobody, the app itself, or one of its installations."""

    app: App | None = None
    token: Token | None = None

    @property
    def installation(self) -> Installation:
        if self.token is None:
            raise Rejected(403, "Resource not accessible by integration")
        return self.token.installation

    def may_see(self, repo: Repository) -> bool:
        """Whether the token covers the repository."""
        token = self.token
        if token is None or not token.installation.covers(repo):
            return False
        return token.repositories is None or repo.id in token.repositories


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: JSON `data`, or `raw` bytes of another content type."""

    data: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    content_type: str = "application/json; charset=utf-8"


@dataclass(slots=True)
class Call:
    """A request on its way through. What its address names is there once it was let in."""

    world: World
    options: Options
    faults: Faults
    method: str
    path: str
    query: Mapping[str, str]
    accept: str
    params: Mapping[str, str]
    sent: Any = None
    caller: Caller = field(default_factory=Caller)
    found_repo: Repository | None = None
    found_org: Organisation | None = None
    found_team: Team | None = None
    rate: tuple[int, int, int] = (0, 0, 0)  # limit, used, and when it starts again

    @property
    def links(self) -> Links:
        return self.world.links

    @property
    def repo(self) -> Repository:
        return _there(self.found_repo)

    @property
    def org(self) -> Organisation:
        return _there(self.found_org)

    @property
    def team(self) -> Team:
        return _there(self.found_team)

    @property
    def pull(self) -> Pull:
        """The pull request that the address names, perhaps as it was a moment ago. Raises Rejected 404."""
        pull = _there(self.repo.pulls.get(self.number("pull_number")))
        return self.as_shown(pull)

    @property
    def bot(self) -> Account:
        """Under whose name the app writes."""
        return self.caller.installation.app.bot

    @property
    def body(self) -> Json:
        """The JSON object that was sent; an empty one where nothing was."""
        if self.sent is None:
            return {}
        if not isinstance(self.sent, dict):
            raise Rejected(422, "Invalid request.\n\nThe body is not an object.")
        return self.sent

    def as_shown(self, pull: Pull) -> Pull:
        """The pull request with the head that the API shows, which after a push may be the old one for a while."""
        if pull.state == "open" and pull.head_repo is not None:
            old = self.faults.stale_tip(pull.head_repo, pull.head_ref)
            if old is not None:
                return replace(pull, head_sha=old)
        return pull

    def number(self, name: str) -> int:
        """A number in the address; what is none names nothing. Raises Rejected 404."""
        return _there(whole(self.params.get(name, "")))

    def commit(self, ref: str, *, status: int = 404) -> str:
        """The commit that a branch, tag, full ref or (shortened) SHA names. Raises Rejected with `status`."""
        repo = self.repo
        name = ref.removeprefix("refs/")
        tip = self.tip(repo, name.removeprefix("heads/")) or repo.tags.get(name.removeprefix("tags/"))
        if tip is not None:
            return repo.store.peel(tip)
        if repo.store.kind(ref) in {"commit", "tag"}:
            return repo.store.peel(ref)
        if len(ref) >= _SHORTEST_SHA and not set(ref) - _HEXADECIMAL and (full := repo.store.complete(ref)):
            return full
        raise Rejected(status, f"No commit found for SHA: {ref}" if status != 404 else "Not Found")  # noqa: PLR2004 - HTTP

    def tip(self, repo: Repository, branch: str) -> str | None:
        """Where the API shows a branch to be."""
        return self.faults.stale_tip(repo, branch) or repo.refs.get(branch)

    def page(self, items: Sequence[T], shape: Callable[[T], Any], envelope: str = "") -> Reply:
        """One page of a list, with its `Link`; with an `envelope` in an object beside the total."""
        size = min(MOST_PER_PAGE, self.positive("per_page", PER_PAGE))
        page = self.positive("page", 1)
        shown = [shape(item) for item in items[(page - 1) * size : page * size]]
        last = max(1, -(-len(items) // size))
        headers = self.link(_neighbours(page, last))
        data = {"total_count": len(items), envelope: shown} if envelope else shown
        return Reply(data, headers=headers)

    def positive(self, name: str, default: int) -> int:
        """A number in the query; anything else means the default, as on GitHub."""
        return whole(self.query.get(name, "")) or default

    def link(self, pages: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
        """The `Link` header: relation to what differs in the query; None leaves something out of it."""
        base = self.links.api + self._own_path()
        queries = {relation: {**self.query, **changes} for relation, changes in pages.items()}
        parts = [
            f'<{base}?{urlencode({key: value for key, value in query.items() if value is not None})}>; rel="{relation}"'
            for relation, query in queries.items()
        ]
        return {"Link": ", ".join(parts)} if parts else {}

    def _own_path(self) -> str:
        """The address by id, which GitHub uses in its links."""
        if self.found_repo is None or "repository_id" in self.params:
            return self.path
        rest = self.path.split("/", 4)[4:]
        return f"/repositories/{self.found_repo.id}" + "".join(f"/{part}" for part in rest)


def whole(text: str) -> int | None:
    """The number that is written there in plain digits; None for anything else, and for what no id could be."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None


def _there(found: T | None) -> T:
    if found is None:
        raise Rejected(404, "Not Found")
    return found


def _neighbours(page: int, last: int) -> dict[str, dict[str, int]]:
    pages: dict[str, dict[str, int]] = {}
    if page > 1:
        pages["prev"] = {"page": min(page - 1, last)}
    if page < last:
        pages["next"] = {"page": page + 1}
        pages["last"] = {"page": last}
    if page > 1:
        pages["first"] = {"page": 1}
    return pages


def quoted(text: str) -> str:
    """A part of an address."""
    return quote(text, safe="")
