"""A repository's policy as a value: every key of ``.github/placet.yml`` with its default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from placet.vocabulary.files import Location
from placet.vocabulary.words import Category, Mode

POLICY_PATH = ".github/placet.yml"
ORGANISATION_POLICY_PATH = "placet.yml"


class Rollout(StrEnum):
    """How much Placet may do: only watch, ask without ever being red, or gate."""

    OBSERVE = "observe"
    ASK = "ask"
    GATE = "gate"


class Strictness(StrEnum):
    """How changed guarantees (or changed logic: ``gate`` instead of ``strict``) are taken."""

    IGNORE = "ignore"
    NOTIFY = "notify"
    STRICT = "strict"
    GATE = "gate"


class Asked(StrEnum):
    """Whether a group of readers must agree or is only shown."""

    REQUIRE = "require"
    NOTIFY = "notify"


class Unread(StrEnum):
    """Who answers for a gated change that leaves no team to answer."""

    OUTWARD = "outward"
    NOBODY = "nobody"
    OWNER = "owner"


class Unowned(StrEnum):
    """What readers without a known owner do: they are told, or they block."""

    TELL = "tell"
    BLOCK = "block"


class OnDeadline(StrEnum):
    """What a passed deadline does; silence is never consent."""

    ASK = "ask"
    BLOCK = "block"


class Waiting(StrEnum):
    """What a check that waits looks like."""

    ACTION_REQUIRED = "action_required"
    IN_PROGRESS = "in_progress"


@dataclass(frozen=True, slots=True)
class ProjectHint:
    """A dbt project by its folder (empty: the root), and the dialect if somebody says it."""

    path: str
    dialect: str = ""


@dataclass(frozen=True, slots=True)
class TeamSpec:
    """What a team's name in the policy stands for: ``slug`` is ``org/slug`` (no @), ``members`` are logins (no @)."""

    name: str
    location: Location
    slug: str = ""
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnerRule:
    """Who owns the files that a pattern matches; paths from the repository's root."""

    match: str
    team: str
    location: Location


@dataclass(frozen=True, slots=True)
class ConsumerRule:
    """A declared reader: ``reads`` is an id, a name or a path; no columns means all of them."""

    team: str
    reads: str
    columns: tuple[str, ...]
    purpose: str
    location: Location


@dataclass(frozen=True, slots=True)
class SchemaRule:
    """Contract files outside dbt; where ``compatibility`` is None, the policy's own counts."""

    match: str
    location: Location
    format: str = ""
    owner: str = ""
    compatibility: Mode | None = None
    transitive: bool = False


@dataclass(frozen=True, slots=True)
class Approvals:
    """Who must agree, and until when."""

    inferred_consumers: Asked = Asked.REQUIRE
    adapted: Asked = Asked.REQUIRE
    unread: Unread = Unread.OUTWARD
    unowned: Unowned = Unowned.TELL
    allow_author: bool = False
    distinct_approvers: bool = False
    answer_within: timedelta | None = None
    on_deadline: OnDeadline = OnDeadline.ASK
    max_wait: timedelta = timedelta(days=30)
    expires_after: timedelta = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Overruled:
    """A key of the repository's own file that does not count, since the organisation locked it at another value."""

    key: str
    location: Location


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules that apply to one repository: its own file over its organisation's over the defaults.

    ``branches`` empty: the default branch only. ``transitive``: judged against every published version. ``force``,
    ``emergency``, ``apps`` and ``locked`` come from the organisation's file only; ``overruled`` is what a lock undid.
    """

    branches: tuple[str, ...] = ()
    projects: tuple[ProjectHint, ...] = ()
    rollout: Rollout = Rollout.GATE
    compatibility: Mode = Mode.BACKWARD
    transitive: bool = False
    guarantees: Strictness = Strictness.NOTIFY
    logic: Strictness = Strictness.NOTIFY
    teams: Mapping[str, TeamSpec] = field(default_factory=dict)
    owners: tuple[OwnerRule, ...] = ()
    consumers: tuple[ConsumerRule, ...] = ()
    schemas: tuple[SchemaRule, ...] = ()
    approvals: Approvals = Approvals()
    severity: Mapping[str, Category] = field(default_factory=dict)
    waiting: Waiting = Waiting.ACTION_REQUIRED
    force: tuple[str, ...] = ()
    emergency: tuple[str, ...] = ()
    apps: tuple[int, ...] = ()
    locked: tuple[str, ...] = ()
    overruled: tuple[Overruled, ...] = ()
