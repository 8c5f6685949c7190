"""The life of a proposal: the one table of what may follow what (4-approvals, "The life of a proposal")."""

from __future__ import annotations

from collections.abc import Mapping

from placet.proposals.model import ProposalState

P = ProposalState

# None is "there is no proposal yet".
TRANSITIONS: Mapping[ProposalState | None, Mapping[ProposalState, str]] = {
    None: {
        P.PENDING: "the first gated change",
        P.APPROVED: "found already agreed",
        P.REJECTED: "found already blocked",
    },
    P.PENDING: {
        P.APPROVED: "everybody required agreed, or it was forced",
        P.REJECTED: "a team blocks",
        P.EXPIRED: "nothing happened for as long as the policy allows",
        P.WITHDRAWN: "closed without merging, or no gated change is left",
        P.PUBLISHED: "merged around the check",
    },
    P.APPROVED: {
        P.PENDING: "a new change, or an answer taken back",
        P.REJECTED: "a later block",
        P.PUBLISHED: "merged",
        P.WITHDRAWN: "closed without merging, or no gated change is left",
    },
    P.REJECTED: {
        P.PENDING: "the block was taken back, or the change is gone",
        P.APPROVED: "the block was lifted by an approval, or it was forced",
        P.EXPIRED: "nothing happened for as long as the policy allows",
        P.WITHDRAWN: "closed without merging, or no gated change is left",
        P.PUBLISHED: "merged around the check",
    },
    P.EXPIRED: {
        P.PENDING: "a push, an answer or a recheck",
        P.WITHDRAWN: "closed without merging",
        P.PUBLISHED: "merged around the check",
    },
    P.WITHDRAWN: {
        P.PENDING: "reopened, or changed again",
    },
    P.PUBLISHED: {},
}


def steps_between(now: ProposalState | None, then: ProposalState) -> tuple[ProposalState, ...]:
    """The states to pass through from one to the other, shortest way first; empty where nothing moves.

    A reopened proposal whose teams all agreed before is pending for a moment, then approved: two steps. Raises
    ValueError where the table has no way: that is a bug, or an event after the end.
    """
    if now is then:
        return ()
    ways: list[tuple[ProposalState, ...]] = [(step,) for step in TRANSITIONS[now]]
    seen = set(TRANSITIONS[now])
    while ways:
        way = ways.pop(0)
        if way[-1] is then:
            return way
        # Only by way of pending: nothing else is passed through on the way to something.
        if way[-1] is P.PENDING:
            ways += [(*way, step) for step in TRANSITIONS[P.PENDING] if step not in seen]
            seen |= set(TRANSITIONS[P.PENDING])
    raise ValueError(f"no way from {now} to {then}")


def is_final(state: ProposalState | None) -> bool:
    """Whether nothing can follow."""
    return state is not None and not TRANSITIONS[state]
