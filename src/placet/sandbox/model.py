"""What a forge remembers: people, teams, repositories, pull requests and what is said about them.

Unlike the rest of Placet these values change in place: they are the state of a simulated server, not facts about one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from placet.sandbox.git import ObjectStore

Json = dict[str, Any]


class Rejected(Exception):
    """The forge refuses, with the status and the words that its API would use."""

    def __init__(self, status: int, message: str, errors: tuple[Any, ...] = ()) -> None:
        super().__init__(f"{status} {message} {errors or ''}".rstrip())
        self.status, self.message, self.errors = status, message, errors


class Unknown(LookupError):
    """Whoever moves the world named something that is not in it."""


class Kind(StrEnum):
    USER = "User"
    BOT = "Bot"
    ORGANIZATION = "Organization"


class Access(StrEnum):
    """What somebody may do in a repository; each level includes those before it."""

    NONE = "none"
    READ = "read"
    TRIAGE = "triage"
    WRITE = "write"
    MAINTAIN = "maintain"
    ADMIN = "admin"

    @property
    def level(self) -> int:
        return list(Access).index(self)

    @property
    def legacy(self) -> str:
        """The same in the words of `permission`, which knows only four."""
        return {"triage": "read", "maintain": "write"}.get(self, str(self))

    @property
    def team_word(self) -> str:
        """The same in the words of teams."""
        return {"read": "pull", "write": "push"}.get(self, str(self))


class State(StrEnum):
    ACTIVE = "active"
    PENDING = "pending"


class ActivityType(StrEnum):
    """What was done to a branch, in the API's words."""

    PUSH = "push"
    FORCE_PUSH = "force_push"
    BRANCH_CREATION = "branch_creation"
    BRANCH_DELETION = "branch_deletion"
    PR_MERGE = "pr_merge"
    MERGE_QUEUE_MERGE = "merge_queue_merge"


@dataclass(slots=True)
class Membership:
    state: State = State.ACTIVE
    role: str = "member"


@dataclass(slots=True, eq=False)
class Account:
    id: int
    login: str
    kind: Kind
    created_at: datetime
    gone: bool = False


@dataclass(slots=True, eq=False)
class Organisation(Account):
    members: dict[int, Membership] = field(default_factory=dict)
    teams: dict[str, "Team"] = field(default_factory=dict)
    base_access: Access = Access.READ


@dataclass(slots=True, eq=False)
class Team:
    """`everywhere` is the access to every repository of the organisation that `access` does not name."""

    id: int
    org: Organisation
    name: str
    slug: str
    created_at: datetime
    updated_at: datetime
    privacy: str = "closed"
    description: str | None = None
    parent: "Team | None" = None
    children: list["Team"] = field(default_factory=list)
    members: dict[int, Membership] = field(default_factory=dict)
    access: dict[int, Access] = field(default_factory=dict)
    everywhere: Access | None = Access.READ


@dataclass(slots=True, eq=False)
class Repository:
    id: int
    owner: Account
    name: str
    store: ObjectStore
    created_at: datetime
    updated_at: datetime
    pushed_at: datetime
    default_branch: str = "main"
    private: bool = True
    archived: bool = False
    gone: bool = False
    description: str | None = None
    fork_of: "Repository | None" = None
    refs: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    collaborators: dict[int, Access] = field(default_factory=dict)
    pulls: dict[int, "Pull"] = field(default_factory=dict)
    open_pulls: dict[int, "Pull"] = field(default_factory=dict)
    comments: list["Comment"] = field(default_factory=list)
    suites: dict[tuple[int, str], "CheckSuite"] = field(default_factory=dict)
    runs_of: dict[str, list["CheckRun"]] = field(default_factory=dict)
    activities: list["Activity"] = field(default_factory=list)
    required_checks: dict[str, tuple["RequiredCheck", ...]] = field(default_factory=dict)
    next_number: int = 1

    @property
    def full_name(self) -> str:
        return f"{self.owner.login}/{self.name}"


@dataclass(frozen=True, slots=True)
class Activity:
    """Somebody moved a branch; before it was made and after it was deleted it stood at `NO_COMMIT`."""

    id: int
    kind: ActivityType
    branch: str
    before: str
    after: str
    actor: Account
    at: datetime


@dataclass(frozen=True, slots=True)
class RequiredCheck:
    """A check that must be green before a merge; with an app it must come from that app."""

    context: str
    app_id: int | None = None


@dataclass(slots=True, eq=False)
class App:
    id: int
    slug: str
    name: str
    owner: Account
    bot: Account
    created_at: datetime
    permissions: Mapping[str, str]
    events: tuple[str, ...]
    webhook_secret: str = ""
    public_key: bytes = b""
    private_key: bytes = b""


@dataclass(slots=True, eq=False)
class Installation:
    """`repositories` are the ids that were selected; None means all of the account's."""

    id: int
    app: App
    account: Account
    created_at: datetime
    updated_at: datetime
    permissions: Mapping[str, str]
    events: tuple[str, ...]
    repositories: set[int] | None = None
    suspended_at: datetime | None = None
    suspended_by: Account | None = None
    gone: bool = False

    def covers(self, repo: Repository) -> bool:
        """Whether the app may act in the repository."""
        mine = repo.owner is self.account and not repo.gone and not self.gone
        return mine and (self.repositories is None or repo.id in self.repositories)


@dataclass(slots=True, eq=False)
class Label:
    id: int
    name: str
    color: str = "ededed"


@dataclass(slots=True, eq=False)
class Reaction:
    id: int
    user: Account
    content: str
    created_at: datetime


@dataclass(slots=True, eq=False)
class Pull:
    """A pull request. `base_sha` is the base's tip when the head or base last moved, as GitHub keeps it."""

    id: int
    number: int
    repo: Repository
    author: Account
    title: str
    body: str | None
    base_ref: str
    base_sha: str
    head_ref: str
    head_sha: str
    head_repo: Repository | None
    created_at: datetime
    updated_at: datetime
    head_owner: Account
    draft: bool = False
    state: str = "open"
    closed_at: datetime | None = None
    merged_at: datetime | None = None
    merged_by: Account | None = None
    merge_commit_sha: str | None = None
    labels: list[Label] = field(default_factory=list)
    requested_users: dict[int, Account] = field(default_factory=dict)
    requested_teams: dict[int, Team] = field(default_factory=dict)
    reviews: list["Review"] = field(default_factory=list)
    comments: list["Comment"] = field(default_factory=list)
    review_comments: list["ReviewComment"] = field(default_factory=list)
    events: list["PullEvent"] = field(default_factory=list)

    @property
    def merged(self) -> bool:
        return self.merged_at is not None


@dataclass(slots=True, eq=False)
class PullEvent:
    """A line of a pull request's history: who did what, and to what (`details`, as the API gives them)."""

    id: int
    pull: Pull
    event: str
    actor: Account
    created_at: datetime
    commit_id: str | None
    details: Json


@dataclass(slots=True, eq=False)
class Review:
    """`state` is in the API's upper case; webhooks say it in lower case."""

    id: int
    pull: Pull
    user: Account
    body: str
    state: str
    commit_id: str
    submitted_at: datetime
    dismissed_message: str | None = None


@dataclass(slots=True, eq=False)
class Comment:
    id: int
    pull: Pull
    user: Account
    body: str
    created_at: datetime
    updated_at: datetime
    via_app: App | None = None
    reactions: list[Reaction] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class ReviewComment:
    id: int
    pull: Pull
    review: Review
    user: Account
    body: str
    path: str
    line: int
    commit_id: str
    created_at: datetime
    updated_at: datetime
    in_reply_to: int | None = None
    reactions: list[Reaction] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class CheckSuite:
    id: int
    repo: Repository
    app: App
    head_sha: str
    head_branch: str | None
    before: str | None
    created_at: datetime
    updated_at: datetime
    runs: dict[str, list["CheckRun"]] = field(default_factory=dict)
    reset: bool = False


@dataclass(slots=True, eq=False)
class CheckRun:
    id: int
    repo: Repository
    suite: CheckSuite
    app: App
    name: str
    head_sha: str
    status: str
    conclusion: str | None
    started_at: datetime
    completed_at: datetime | None = None
    external_id: str = ""
    details_url: str | None = None
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list[Json] = field(default_factory=list)
    actions: list[Json] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class MergeGroup:
    repo: Repository
    base_ref: str
    base_sha: str
    head_ref: str
    head_sha: str
    pulls: tuple[Pull, ...]
    gone: bool = False
