"""The verdict on a pull request: a value that check, comment, page, simulation and command line all show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from placet.errors import BadFile
from placet.impact.analysis import Analysis, Coverage
from placet.proposals.answers import TeamAnswer
from placet.proposals.assess import Assessment
from placet.proposals.model import Act, ProposalState, Team
from placet.vocabulary.canonical import digest_of


class CheckState(StrEnum):
    """What the check can say (4-approvals, "The check run")."""

    ANALYSING = "analysing"
    NOT_APPLICABLE = "not_applicable"
    COMPATIBLE = "compatible"
    NOBODY_TO_ASK = "nobody_to_ask"
    OWNER_UNKNOWN = "owner_unknown"
    OBSERVING = "observing"
    NEEDS_ANALYSIS = "needs_analysis"
    DRAFT = "draft"
    PENDING = "pending"
    NEEDS_TIME = "needs_time"
    REJECTED = "rejected"
    APPROVED = "approved"
    FORCED = "forced"
    EXPIRED = "expired"
    POLICY_ERROR = "policy_error"
    UNREADABLE = "unreadable"
    STALLED = "stalled"


class Conclusion(StrEnum):
    """What GitHub is told of a completed check. Never ``neutral`` or ``skipped``: both satisfy a required check."""

    SUCCESS = "success"
    FAILURE = "failure"
    ACTION_REQUIRED = "action_required"


def approve_token(fingerprints: Iterable[str]) -> str:
    """What a press of "Approve" carries: 12 hex digits of everything that was shown, so that a stale press is known."""
    return digest_of(sorted(fingerprints))[:12]


@dataclass(frozen=True, slots=True)
class TeamRow:
    """One required team: what it must answer, what it said, when it was first asked, why it is asked at all.

    ``deadline`` is until when its answer is asked for, ``is_late`` whether that is over and the answer still missing.
    ``is_stood_in_for``: nobody of the team may answer, so that others do.
    """

    team: Team
    required: frozenset[str]
    answer: TeamAnswer
    because: str
    asked_at: datetime | None = None
    deadline: datetime | None = None
    is_late: bool = False
    is_stood_in_for: bool = False


@dataclass(frozen=True)
class Verdict:
    """What Placet says of a pull request at one moment.

    ``conclusion`` is None while the check is in progress. ``proposal`` is the state that the proposal must have, None
    where there is none and none is needed. ``rows`` in the order of the page: blocked, not answered, needs time,
    approved, waived. ``policy_error`` is what makes the state a policy error. ``force`` are the acts that force what
    would else be open, the last one last. ``asleep_at`` is when it falls asleep if nothing happens, ``asleep_after``
    how long it then was left alone.
    """

    state: CheckState
    conclusion: Conclusion | None
    analysis: Analysis
    assessment: Assessment
    rows: tuple[TeamRow, ...]
    proposal: ProposalState | None
    policy_error: BadFile | None = None
    force: tuple[Act, ...] = ()
    asleep_at: datetime | None = None
    asleep_after: timedelta = timedelta()

    @property
    def coverage(self) -> Coverage:
        """How completely the head was read."""
        return self.analysis.coverage

    @property
    def open_rows(self) -> tuple[TeamRow, ...]:
        """The teams whose agreement is missing."""
        return tuple(row for row in self.rows if row.answer.missing)

    @property
    def shown(self) -> Mapping[str, frozenset[str]]:
        """For each team's id the fingerprints that it is shown: what its answer will count for."""
        return self.assessment.required
