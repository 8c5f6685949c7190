"""What is read from the forge, as values: repositories, pull requests, what people said, what of ours stands there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from placet.proposals.model import Deed, Person, Utterance
from placet.proposals.teams import TeamDirectory

__all__ = [
    "CheckRun",
    "Deed",
    "DirtyKind",
    "HeadHint",
    "Heard",
    "OrganisationFile",
    "Press",
    "Pull",
    "Repository",
    "Routed",
    "TeamDirectory",
    "Utterance",
    "WorkKey",
]


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository by GitHub's numeric ids; the names are labels that change.

    ``covered_since`` is when an installation came to cover it, as far as that is known.
    """

    id: int
    installation_id: int
    owner_id: int
    owner: str
    name: str
    default_branch: str
    owner_is_organisation: bool = True
    covered_since: datetime | None = field(default=None, compare=False)

    @property
    def full_name(self) -> str:
        """``owner/name``, as people write it."""
        return f"{self.owner}/{self.name}"


@dataclass(frozen=True, slots=True)
class OrganisationFile:
    """The organisation's policy file: its bytes, None for none. ``is_seen`` is false where nobody can tell just now."""

    data: bytes | None = None
    is_seen: bool = True


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request as the forge shows it now; ``head_repository`` is None when the fork was deleted.

    ``base_tip`` is the SHA that the base branch has now, which need not be the one that the pull request was opened on.
    ``comments`` and ``line_comments`` are how many there are of each.
    """

    repository: Repository
    number: int
    title: str
    body: str
    author: Person
    head_sha: str
    head_ref: str
    base_ref: str
    base_tip: str
    is_open: bool
    is_draft: bool
    is_merged: bool
    updated_at: datetime
    created_at: datetime
    head_repository: str | None = None
    requested_teams: tuple[str, ...] = ()
    requested_users: tuple[str, ...] = ()
    merged_sha: str = ""
    comments: int = 0
    line_comments: int = 0
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CheckRun:
    """A check run on a commit; ``app_id`` tells ours from an impostor's."""

    id: int
    name: str
    app_id: int | None
    status: str
    conclusion: str | None


class DirtyKind(StrEnum):
    """What a key of background work is about."""

    PULL = "pull"
    GROUP = "group"
    BRANCH = "branch"
    TEAM = "team"
    INSTALLATION = "install"


@dataclass(frozen=True, slots=True, order=True)
class WorkKey:
    """A unit of work.

    ``pull:<repository id>:<number>``, ``branch:<repository id>:<ref>``, ``team:<id>``, ``install:<id>``,
    ``group:<repository id>:<head>:<base>:<base ref>``.
    """

    text: str

    @property
    def kind(self) -> DirtyKind:
        """What it is about."""
        return DirtyKind(self.text.partition(":")[0])

    @classmethod
    def pull(cls, repository_id: int, number: int) -> WorkKey:
        """The key of a pull request."""
        return cls(f"pull:{repository_id}:{number}")

    @classmethod
    def branch(cls, repository_id: int, ref: str) -> WorkKey:
        """The key of a branch."""
        return cls(f"branch:{repository_id}:{ref}")

    @classmethod
    def group(cls, repository_id: int, head_sha: str, base_sha: str, base_ref: str) -> WorkKey:
        """The key of a group in the merge queue."""
        return cls(f"group:{repository_id}:{head_sha}:{base_sha}:{base_ref}")

    @classmethod
    def team(cls, team_id: int) -> WorkKey:
        """The key of a GitHub team."""
        return cls(f"team:{team_id}")

    @classmethod
    def installation(cls, installation_id: int) -> WorkKey:
        """The key of an installation."""
        return cls(f"install:{installation_id}")

    @property
    def parts(self) -> tuple[str, ...]:
        """What stands behind the kind; a ref may contain colons, so at most two parts are split."""
        return tuple(self.text.split(":", 2)[1:])


@dataclass(frozen=True, slots=True)
class Heard:
    """An utterance and the pull request that it belongs to, as a delivery brought it."""

    repository_id: int
    number: int
    utterance: Utterance


@dataclass(frozen=True, slots=True)
class HeadHint:
    """What a delivery said a pull request's head was, at its ``updated_at``: the API must not show an older one."""

    repository_id: int
    number: int
    head_sha: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Press:
    """A press of a button on a commit's check, where the delivery does not say of which pull request (a fork's)."""

    repository_id: int
    head_sha: str
    utterance: Utterance


@dataclass(frozen=True, slots=True)
class Routed:
    """What one delivery means: keys to look at, words to remember, repositories that came, changed or went.

    ``heads`` are commits (repository id, SHA) whose pull requests are concerned, whichever they are; GitHub names no
    pull requests of forks in what it tells of checks, so whoever remembers the heads finds them.
    """

    keys: tuple[WorkKey, ...] = ()
    heard: tuple[Heard, ...] = ()
    heads: tuple[tuple[int, str], ...] = ()
    presses: tuple[Press, ...] = ()
    head_hints: tuple[HeadHint, ...] = ()
    repositories: tuple[Repository, ...] = ()
    forgotten_repositories: tuple[int, ...] = ()
    forgotten_installations: tuple[int, ...] = ()
