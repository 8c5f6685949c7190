from __future__ import annotations

import pytest

from placet.proposals.model import ProposalState as P
from placet.proposals.transitions import TRANSITIONS, is_final, steps_between


def test_every_state_stands_in_the_table() -> None:
    assert set(TRANSITIONS) == {None, *P}


def test_nothing_follows_what_is_published() -> None:
    assert is_final(P.PUBLISHED)
    for state in set(P) - {P.PUBLISHED}:
        with pytest.raises(ValueError, match="no way"):
            steps_between(P.PUBLISHED, state)


def test_a_withdrawn_proposal_that_is_agreed_at_once_passes_through_pending() -> None:
    assert steps_between(P.WITHDRAWN, P.APPROVED) == (P.PENDING, P.APPROVED)


def test_no_step_leaves_the_table() -> None:
    for start in TRANSITIONS:
        for end in P:
            try:
                steps = steps_between(start, end)
            except ValueError:
                continue
            for one, other in zip((start, *steps), steps, strict=False):
                assert other in TRANSITIONS[one]


def test_staying_is_no_step() -> None:
    assert steps_between(P.PENDING, P.PENDING) == ()
