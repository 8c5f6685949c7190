"""Proposals as values.

People, teams, what they did, what they had been shown, and what has been written down so far.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property


class ProposalState(StrEnum):
    """The life of a proposal; the transitions are in ``proposals.transitions`` only."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    PUBLISHED = "published"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Verb(StrEnum):
    """What an act does. The first four are answers; ``changes_requested`` and ``dismissed`` come from reviews only."""

    APPROVE = "approve"
    NEEDS_TIME = "needs_time"
    BLOCK = "block"
    RETRACT = "retract"
    CHANGES_REQUESTED = "changes_requested"
    DISMISSED = "dismissed"
    ASSIGN = "assign"
    CLASSIFY = "classify"
    WAIVE = "waive"
    DEADLINE = "deadline"
    FORCE = "force"
    REMIND = "remind"
    RECHECK = "recheck"


class SourceKind(StrEnum):
    """Where an act was made; a push, and a check by another app in our name, are heard and are no acts."""

    REVIEW = "review"
    COMMENT = "comment"
    REVIEW_COMMENT = "review_comment"
    BUTTON = "button"
    PUSH = "push"
    CHECK = "check"


class Occasion(StrEnum):
    """Why an open team is told once more of what it has been asked."""

    REMINDER = "reminder"
    TIME_IS_UP = "time"
    DEADLINE = "deadline"
    CALLED = "remind"


class Standing(StrEnum):
    """By what right somebody acted."""

    MEMBER = "member"
    DELEGATE = "delegate"
    APP = "app"
    POLICY = "policy"
    WRITER = "writer"


class TeamKind(StrEnum):
    """What sort of thing answers: a GitHub team, a list of logins, one person, any of several, or only a name."""

    GITHUB = "github"
    LIST = "list"
    PERSON = "person"
    ANY_OF = "any_of"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on GitHub by numeric id (0: deleted); ``is_user`` is false for bots and organisations."""

    id: int
    login: str
    is_user: bool = True


@dataclass(frozen=True, slots=True)
class Team:
    """A team.

    ``id`` is its stable identity (``team:4711``, ``list:growth``, ``user:99``, ``any:…``), ``name`` its label.

    ``slug`` is ``org/slug`` of a GitHub team, ``members`` the logins of a list, ``parts`` the teams of an any-of team.
    """

    id: str
    name: str
    kind: TeamKind = TeamKind.NAME
    slug: str = ""
    members: tuple[str, ...] = ()
    parts: tuple[Team, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Where an act stands: kind, GitHub's id, and the line within it (0: the review's state itself)."""

    kind: SourceKind
    id: int
    line: int = 0


class Deed(StrEnum):
    """What happened to a review or comment."""

    CREATED = "created"
    EDITED = "edited"
    DELETED = "deleted"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Utterance:
    """A review, comment or press of a button, as the delivery or the REST list has it.

    Two things are kept beside these. A push to a bot's pull request: ``author`` is who pushed ``commit_id``. A check in
    our name on ``commit_id``: ``author`` and ``app_id`` are the app that posted it.
    ``state`` is a review's, lower case (``approved``, ``changes_requested``, ``commented``, ``dismissed``).
    ``commit_id`` is what a review was made on. ``edited`` is true where REST shows a comment that was changed after
    it was created. ``from_delivery`` tells a payload's words, which are what the person sent, from what REST shows
    now. ``by`` is who did the deed, ``author`` whose words they are. ``app_id`` is the app that wrote it, if one did.
    """

    kind: SourceKind
    id: int
    deed: Deed
    author: Person
    by: Person
    body: str
    at: datetime
    state: str = ""
    commit_id: str = ""
    edited: bool = False
    from_delivery: bool = False
    app_id: int | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """One thing somebody did about a proposal, as it was accepted; append-only.

    ``team`` is the team's id (empty for acts that are not a team's), ``fingerprints`` what that team had been shown.
    ``at`` is GitHub's time of the act, ``seen_at`` ours. ``arguments`` holds the rest (a reason, a classification).
    """

    verb: Verb
    team: str
    actor: Person
    fingerprints: frozenset[str]
    source: Source
    at: datetime
    seen_at: datetime
    standing: Standing
    note: str = ""
    until: date | None = None
    arguments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Publication:
    """What a proposal showed from ``at`` on.

    For a head and base, the fingerprints that each team (by id) must answer.
    """

    head: str
    base: str
    at: datetime
    shown: Mapping[str, frozenset[str]]
    everything: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Ask:
    """A team was asked for a set of fingerprints.

    ``how``: ``review_request``, ``mention`` (with the reason why not by request), or the occasion of a reminder
    (``reminder:…``, ``time:…``, ``deadline:…``, ``remind:…``).
    """

    team: str
    fingerprints: frozenset[str]
    at: datetime
    how: str

    @property
    def is_reminder(self) -> bool:
        """Whether the team had been asked before, and was told once more."""
        return self.how.partition(":")[0] in {one.value for one in Occasion}


@dataclass(frozen=True, slots=True)
class Posted:
    """Something of ours that stands on GitHub: what it is (``kind``, ``subject``), GitHub's id, its content's digest.

    What is still owed (a reply, a reaction) has a kind that begins with ``owed:``, no id, and the content itself.
    """

    kind: str
    subject: str
    remote_id: int
    digest: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A command or review line that was answered without becoming an act, so that it is answered once only."""

    source: Source
    code: str


@dataclass(frozen=True)
class Ledger:
    """Everything that the store holds about one pull request; without a proposal, ``proposal_id`` is None."""

    proposal_id: int | None = None
    state: ProposalState | None = None
    forced: bool = False
    opened_at: datetime | None = None
    acts: tuple[Act, ...] = ()
    publications: tuple[Publication, ...] = ()
    asks: tuple[Ask, ...] = ()
    posted: tuple[Posted, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    @cached_property
    def answered(self) -> frozenset[Source]:
        """The sources that have been dealt with: accepted or refused."""
        return frozenset({act.source for act in self.acts} | {refusal.source for refusal in self.refusals})

    def standing_at(self, kind: str, subject: str) -> Posted | None:
        """What of ours stands there."""
        return next((one for one in reversed(self.posted) if (one.kind, one.subject) == (kind, subject)), None)
