"""The decision: a pure function of what a pull request changes, who must agree, what they said, and the time.

This is the one place that turns the check green.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from placet.errors import BadFile
from placet.impact.analysis import Analysis
from placet.policy.model import Policy, Rollout, Waiting
from placet.proposals.answers import Word, answer_of, in_order
from placet.proposals.assess import Assessment, assess
from placet.proposals.model import Act, Ask, Ledger, ProposalState
from placet.proposals.teams import TeamDirectory
from placet.proposals.verdict import CheckState, Conclusion, TeamRow, Verdict
from placet.vocabulary.words import Gate

_CONCLUSIONS: Mapping[CheckState, Conclusion | None] = {
    CheckState.ANALYSING: None,
    CheckState.NOT_APPLICABLE: Conclusion.SUCCESS,
    CheckState.COMPATIBLE: Conclusion.SUCCESS,
    CheckState.NOBODY_TO_ASK: Conclusion.SUCCESS,
    CheckState.OBSERVING: Conclusion.SUCCESS,
    CheckState.APPROVED: Conclusion.SUCCESS,
    CheckState.OWNER_UNKNOWN: Conclusion.ACTION_REQUIRED,
    CheckState.NEEDS_ANALYSIS: Conclusion.ACTION_REQUIRED,
    CheckState.DRAFT: Conclusion.ACTION_REQUIRED,
    CheckState.PENDING: Conclusion.ACTION_REQUIRED,
    CheckState.NEEDS_TIME: Conclusion.ACTION_REQUIRED,
    CheckState.UNREADABLE: Conclusion.ACTION_REQUIRED,
    CheckState.REJECTED: Conclusion.FAILURE,
    CheckState.POLICY_ERROR: Conclusion.FAILURE,
}

_WAITING = frozenset(
    {CheckState.PENDING, CheckState.NEEDS_TIME, CheckState.DRAFT, CheckState.OWNER_UNKNOWN, CheckState.NEEDS_ANALYSIS}
)
_ROW_ORDER = {Word.BLOCKED: 0, Word.NONE: 1, Word.NEEDS_TIME: 2, Word.APPROVED: 3}


@dataclass(frozen=True, slots=True)
class Subject:
    """What the decision needs of the pull request itself; ``base_ref`` empty: whatever the base is."""

    is_draft: bool = False
    is_open: bool = True
    is_merged: bool = False
    base_ref: str = ""


def decide(subject: Subject, analysis: Analysis, directory: TeamDirectory, ledger: Ledger, policy: Policy) -> Verdict:
    """The verdict; the same for the same values, whenever and wherever it is asked."""
    acts = in_order(act for act in ledger.acts if counts_for(act, subject.base_ref))
    assessment = assess(analysis, directory, policy, acts)
    rows = _rows(assessment, acts, ledger.asks)
    state = _state(subject, assessment, rows, policy)
    return Verdict(
        state=state,
        conclusion=_conclusion(state, policy),
        analysis=analysis,
        assessment=assessment,
        rows=rows,
        proposal=_proposal(subject, state, assessment, rows, ledger),
    )


def counts_for(act: Act, base_ref: str) -> bool:
    """Whether an act counts for that base: what was said under one base's rules says nothing under another's."""
    return act.arguments.get("base", base_ref) == base_ref or not base_ref


def broken_policy(error: BadFile, ledger: Ledger) -> Verdict:
    """The verdict where the rules themselves cannot be read: nobody can be asked under them."""
    empty = Assessment((), {}, {}, {})
    return Verdict(
        state=CheckState.POLICY_ERROR,
        conclusion=Conclusion.FAILURE,
        analysis=Analysis(),
        assessment=empty,
        rows=(),
        proposal=ledger.state,
        policy_error=error,
    )


def _state(subject: Subject, assessment: Assessment, rows: Sequence[TeamRow], policy: Policy) -> CheckState:
    if policy.rollout is Rollout.OBSERVE:
        return _observed(assessment)
    if _unreadable(assessment):
        return CheckState.UNREADABLE
    if any(row.answer.word is Word.BLOCKED for row in rows):
        return CheckState.REJECTED
    waiting = [row for row in rows if row.answer.missing]
    if subject.is_draft and waiting:
        return CheckState.DRAFT
    if waiting:
        only_time = all(row.answer.word is Word.NEEDS_TIME for row in waiting)
        return CheckState.NEEDS_TIME if only_time else CheckState.PENDING
    if any(one.owner_unknown for one in assessment.gated):
        return CheckState.OWNER_UNKNOWN
    if any(one.needs_person for one in assessment.gated):
        return CheckState.NEEDS_ANALYSIS
    return CheckState.APPROVED if rows else _quiet(assessment)


def _quiet(assessment: Assessment) -> CheckState:
    """Nobody has to agree: because nothing changed, nothing that asks, or nobody is there to ask."""
    if any(one.settled_by is not None for one in assessment.changes):
        return CheckState.NOBODY_TO_ASK
    return CheckState.COMPATIBLE if assessment.changes else CheckState.NOT_APPLICABLE


def _observed(assessment: Assessment) -> CheckState:
    return CheckState.OBSERVING if assessment.gated else _quiet(assessment)


def _unreadable(assessment: Assessment) -> bool:
    return any(not one.change.asset and one.gated for one in assessment.changes)


def _conclusion(state: CheckState, policy: Policy) -> Conclusion | None:
    if policy.rollout is Rollout.ASK and state is not CheckState.ANALYSING:
        return Conclusion.SUCCESS
    if state in _WAITING and policy.waiting is Waiting.IN_PROGRESS:
        return None
    return _CONCLUSIONS[state]


def _rows(assessment: Assessment, acts: Sequence[Act], asks: Sequence[Ask]) -> tuple[TeamRow, ...]:
    rows = [
        TeamRow(
            team=assessment.teams[team],
            required=required,
            answer=answer_of(acts, team, required),
            because=assessment.because[team],
            asked_at=_first_asked(asks, team),
        )
        for team, required in assessment.required.items()
    ]
    return tuple(sorted(rows, key=lambda row: (_ROW_ORDER[row.answer.word], row.team.name, row.team.id)))


def _first_asked(asks: Sequence[Ask], team: str) -> datetime | None:
    return min((ask.at for ask in asks if ask.team == team), default=None)


def _proposal(
    subject: Subject, state: CheckState, assessment: Assessment, rows: Sequence[TeamRow], ledger: Ledger
) -> ProposalState | None:
    """The state that the proposal must have now; a pull request that never asked anybody anything has none."""
    if ledger.state is ProposalState.PUBLISHED:
        return ledger.state
    if subject.is_merged:
        # What was withdrawn had nothing left to agree to.
        asked = ledger.state not in (None, ProposalState.WITHDRAWN)
        return ProposalState.PUBLISHED if asked else ledger.state
    gated = [one for one in assessment.gated if one.change.gate is Gate.ASK]
    if not subject.is_open or not gated:
        return ProposalState.WITHDRAWN if ledger.state is not None else None
    if any(row.answer.word is Word.BLOCKED for row in rows):
        return ProposalState.REJECTED
    return ProposalState.APPROVED if state is CheckState.APPROVED else ProposalState.PENDING


def worst(verdicts: Sequence[Verdict]) -> int:
    """The place of the verdict that a check shared by several pull requests must show; the first of equals."""
    return min(range(len(verdicts)), key=lambda place: (_severity(verdicts[place]), place))


def _severity(verdict: Verdict) -> tuple[int, int]:
    conclusions = (Conclusion.FAILURE, None, Conclusion.ACTION_REQUIRED, Conclusion.SUCCESS)
    return conclusions.index(verdict.conclusion), list(CheckState).index(verdict.state)
