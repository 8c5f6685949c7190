"""The decision: a pure function of what a pull request changes, who must agree, what they said, and the time.

This is the one place that turns the check green.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from placet.errors import BadFile
from placet.impact.analysis import Analysis
from placet.policy.model import OnDeadline, Policy, Rollout, Waiting
from placet.proposals.answers import Fold, Word, answer_of, end_of, folded, in_order
from placet.proposals.assess import Assessment, assess
from placet.proposals.model import Act, Ask, Ledger, ProposalState, Verb
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
    CheckState.FORCED: Conclusion.SUCCESS,
    CheckState.EXPIRED: Conclusion.ACTION_REQUIRED,
    CheckState.OWNER_UNKNOWN: Conclusion.ACTION_REQUIRED,
    CheckState.NEEDS_ANALYSIS: Conclusion.ACTION_REQUIRED,
    CheckState.DRAFT: Conclusion.ACTION_REQUIRED,
    CheckState.PENDING: Conclusion.ACTION_REQUIRED,
    CheckState.NEEDS_TIME: Conclusion.ACTION_REQUIRED,
    CheckState.UNREADABLE: Conclusion.ACTION_REQUIRED,
    CheckState.REJECTED: Conclusion.FAILURE,
    CheckState.POLICY_ERROR: Conclusion.FAILURE,
    CheckState.STALLED: Conclusion.ACTION_REQUIRED,
}

_WAITING = frozenset(
    {CheckState.PENDING, CheckState.NEEDS_TIME, CheckState.DRAFT, CheckState.OWNER_UNKNOWN, CheckState.NEEDS_ANALYSIS}
)
_ROW_ORDER = {Word.BLOCKED: 0, Word.NONE: 1, Word.NEEDS_TIME: 2, Word.APPROVED: 3, Word.WAIVED: 4}
# What authors may do: run their pull request, and take back what they should never have given.
_OF_AUTHORS = frozenset({Verb.DEADLINE, Verb.REMIND, Verb.RECHECK, Verb.FORCE, Verb.CHANGES_REQUESTED, Verb.DISMISSED})
# What a proposal can fall asleep from.
_CAN_SLEEP = (_WAITING | {CheckState.REJECTED}) - {CheckState.DRAFT}
# A date beyond anybody's life keeps nothing awake.
_FAR_AWAY = 9000


@dataclass(frozen=True, slots=True)
class Subject:
    """What the decision needs of the pull request itself.

    ``base_ref`` empty: whatever the base is; ``head_sha`` empty: the head that was published last. ``barred`` are the
    ids of those whose answers and judgements count for nothing, because the change is their own; ``authors`` of those
    whose change it is, whether or not the policy lets them answer.
    """

    is_draft: bool = False
    is_open: bool = True
    is_merged: bool = False
    base_ref: str = ""
    head_sha: str = ""
    barred: frozenset[int] = frozenset()
    authors: frozenset[int] = frozenset()


def decide(
    subject: Subject, analysis: Analysis, directory: TeamDirectory, ledger: Ledger, policy: Policy, now: datetime
) -> Verdict:
    """The verdict; the same for the same values, whenever and wherever it is asked."""
    acts = in_order(act for act in ledger.acts if counts_for(act, subject.base_ref) and _is_heard(act, subject))
    assessment = assess(analysis, directory, policy, acts)
    force = _force(assessment, acts)
    forced = frozenset[str]().union(*(act.fingerprints for act in force))
    fold = folded(acts, distinct=policy.approvals.distinct_approvers)
    rows = tuple(
        replace(row, is_stood_in_for=directory.is_unanswerable(row.team))
        for row in _rows(assessment, fold, ledger.asks, forced, partial(_deadline, acts, policy), now)
    )
    asleep_at = _asleep_at(subject, acts, ledger, policy, assessment)
    is_asleep = asleep_at is not None and asleep_at <= now
    state = _state(subject, assessment, rows, policy, forced, is_asleep=is_asleep)
    return Verdict(
        state=state,
        conclusion=_conclusion(state, policy),
        analysis=analysis,
        assessment=assessment,
        rows=rows,
        proposal=_proposal(subject, state, assessment, ledger),
        force=force,
        asleep_at=asleep_at if state in _CAN_SLEEP else None,
        asleep_after=policy.approvals.expires_after,
    )


def counts_for(act: Act, base_ref: str) -> bool:
    """Whether an act counts for that base: what was said under one base's rules says nothing under another's."""
    return act.arguments.get("base", base_ref) == base_ref or not base_ref


def _is_heard(act: Act, subject: Subject) -> bool:
    """Whether the act is not one of somebody's about their own change; who pushed may become known only afterwards."""
    if act.verb is Verb.WAIVE and act.actor.id in subject.authors:
        return False
    namers = {int(one) for one in act.arguments.get("by", "").split(",") if one}
    if namers and namers <= subject.barred:
        return False
    return act.actor.id not in subject.barred or act.verb in _OF_AUTHORS


def broken_policy(error: BadFile, ledger: Ledger) -> Verdict:
    """The verdict where the rules themselves cannot be read: nobody can be asked under them."""
    return replace(not_decided(CheckState.POLICY_ERROR, ledger), policy_error=error)


def not_decided(state: CheckState, ledger: Ledger) -> Verdict:
    """A verdict that is none: the comparison is under way, does not get on, or has no rules to judge by."""
    return Verdict(
        state=state,
        conclusion=_CONCLUSIONS[state],
        analysis=Analysis(),
        assessment=Assessment((), {}, {}, {}),
        rows=(),
        proposal=ledger.state,
    )


def _force(assessment: Assessment, acts: Sequence[Act]) -> tuple[Act, ...]:
    """The acts that force something of what is gated now."""
    gated = {one.change.fingerprint for one in assessment.gated}
    return tuple(act for act in acts if act.verb is Verb.FORCE and act.fingerprints & gated)


def _state(
    subject: Subject,
    assessment: Assessment,
    rows: Sequence[TeamRow],
    policy: Policy,
    forced: frozenset[str],
    *,
    is_asleep: bool,
) -> CheckState:
    if policy.rollout is Rollout.OBSERVE:
        return _observed(assessment)
    state = _unforced(subject, assessment, rows, policy, forced)
    if is_asleep and state in _CAN_SLEEP:
        return CheckState.EXPIRED
    return state


def _unforced(
    subject: Subject, assessment: Assessment, rows: Sequence[TeamRow], policy: Policy, forced: frozenset[str]
) -> CheckState:
    """The state by what is open and not forced; forced, where nothing is and something would be."""
    gated = [one for one in assessment.gated if one.change.fingerprint not in forced]
    waiting = [row for row in rows if row.answer.missing]
    if any(not one.change.asset for one in gated):
        return CheckState.UNREADABLE
    if any(row.answer.word is Word.BLOCKED or _blocks_by_silence(row, policy) for row in waiting):
        return CheckState.REJECTED
    if waiting and subject.is_draft:
        return CheckState.DRAFT
    if waiting:
        only_time = all(row.answer.word is Word.NEEDS_TIME for row in waiting)
        return CheckState.NEEDS_TIME if only_time else CheckState.PENDING
    if any(one.owner_unknown for one in gated):
        return CheckState.OWNER_UNKNOWN
    if any(one.needs_person for one in gated):
        return CheckState.NEEDS_ANALYSIS
    if _needs_force(assessment, rows, forced):
        return CheckState.FORCED
    return CheckState.APPROVED if rows else _quiet(assessment)


def _blocks_by_silence(row: TeamRow, policy: Policy) -> bool:
    return row.is_late and policy.approvals.on_deadline is OnDeadline.BLOCK


def _needs_force(assessment: Assessment, rows: Sequence[TeamRow], forced: frozenset[str]) -> bool:
    """Whether something would be open without it."""
    if any(row.answer.unanswered & forced for row in rows):
        return True
    open_ones = [one for one in assessment.gated if one.needs_person or one.owner_unknown or not one.change.asset]
    return any(one.change.fingerprint in forced for one in open_ones)


def _quiet(assessment: Assessment) -> CheckState:
    """Nobody has to agree: because nothing changed, nothing that asks, or nobody is there to ask."""
    if any(one.settled_by is not None for one in assessment.changes):
        return CheckState.NOBODY_TO_ASK
    return CheckState.COMPATIBLE if assessment.changes else CheckState.NOT_APPLICABLE


def _observed(assessment: Assessment) -> CheckState:
    return CheckState.OBSERVING if assessment.gated else _quiet(assessment)


def _conclusion(state: CheckState, policy: Policy) -> Conclusion | None:
    if policy.rollout is Rollout.ASK and state is not CheckState.ANALYSING:
        return Conclusion.SUCCESS
    if state in _WAITING and policy.waiting is Waiting.IN_PROGRESS:
        return None
    return _CONCLUSIONS[state]


def _rows(
    assessment: Assessment,
    fold: Fold,
    asks: Sequence[Ask],
    forced: frozenset[str],
    due_of: Callable[[Sequence[Ask]], datetime | None],
    now: datetime,
) -> tuple[TeamRow, ...]:
    rows = []
    for team, required in assessment.required.items():
        answer = answer_of(fold, team, required, forced, now)
        of_team = [ask for ask in asks if ask.team == team]
        asked_at = min((ask.at for ask in of_team), default=None)
        due = due_of([ask for ask in of_team if ask.fingerprints & answer.missing])
        # A wish for time moves the deadline for its team.
        own_time = answer.until or answer.lapsed
        deadline = due if due is None or own_time is None else max(due, end_of(own_time))
        is_late = asked_at is not None and deadline is not None and deadline <= now and bool(answer.missing)
        rows.append(
            TeamRow(
                team=assessment.teams[team],
                required=required,
                answer=answer,
                because=assessment.because[team],
                asked_at=asked_at,
                deadline=deadline,
                is_late=is_late,
            )
        )
    return tuple(sorted(rows, key=lambda row: (_ROW_ORDER[row.answer.word], row.team.name, row.team.id)))


def _deadline(acts: Sequence[Act], policy: Policy, asks: Sequence[Ask]) -> datetime | None:
    """Until when a team's answer is asked for: the last date that somebody set, else what the policy allows.

    Counted from the first ask for what is still missing; a date that was over by then counts for nothing.
    """
    first = min((ask.at for ask in asks), default=None)
    set_by = [end_of(act.until) for act in acts if act.verb is Verb.DEADLINE and act.until is not None]
    if set_by and (first is None or set_by[-1] > first):
        return set_by[-1]
    within = policy.approvals.answer_within
    return None if within is None or first is None else first + within


def _asleep_at(
    subject: Subject, acts: Sequence[Act], ledger: Ledger, policy: Policy, assessment: Assessment
) -> datetime | None:
    """When the proposal falls asleep: so long after the last push, answer or recheck, or date that somebody named.

    None where what is to be shown now has not been shown yet: a push, another base, or somebody new to ask.
    """
    if not ledger.publications:
        return None
    shown = ledger.publications[-1]
    is_known = subject.head_sha in ("", shown.head) and subject.base_ref in ("", shown.base)
    if not is_known or dict(shown.shown) != dict(assessment.required):
        return None
    if any(team not in {ask.team for ask in ledger.asks} for team in assessment.required):
        # Who has not been asked yet (a draft, say) cannot have left it alone.
        return None
    dates = [end_of(act.until) for act in acts if act.until is not None and act.until.year < _FAR_AWAY]
    asked = [ask.at for ask in ledger.asks if not ask.is_reminder]
    last: datetime = max([shown.at, *(act.at for act in acts), *dates, *asked])
    wait: timedelta = policy.approvals.expires_after
    return last + wait


def _proposal(subject: Subject, state: CheckState, assessment: Assessment, ledger: Ledger) -> ProposalState | None:
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
    return _STATES.get(state, ProposalState.PENDING)


_STATES: Mapping[CheckState, ProposalState] = {
    CheckState.APPROVED: ProposalState.APPROVED,
    CheckState.FORCED: ProposalState.APPROVED,
    CheckState.REJECTED: ProposalState.REJECTED,
    CheckState.EXPIRED: ProposalState.EXPIRED,
}


def worst(verdicts: Sequence[Verdict]) -> int:
    """The place of the verdict that a check shared by several pull requests must show; the first of equals."""
    return min(range(len(verdicts)), key=lambda place: (_severity(verdicts[place]), place))


def _severity(verdict: Verdict) -> tuple[int, int]:
    conclusions = (Conclusion.FAILURE, None, Conclusion.ACTION_REQUIRED, Conclusion.SUCCESS)
    return conclusions.index(verdict.conclusion), list(CheckState).index(verdict.state)
