from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from placet.proposals.answers import TeamAnswer, Word, answer_of, end_of, folded, in_order
from placet.proposals.model import Act, Person, Source, SourceKind, Standing, Verb

START = datetime(2026, 11, 1, tzinfo=UTC)
A, B = "a" * 64, "b" * 64
VERBS = [Verb.APPROVE, Verb.BLOCK, Verb.NEEDS_TIME, Verb.RETRACT, Verb.CHANGES_REQUESTED, Verb.DISMISSED]


def act(verb: Verb, person: int, second: int, *, shown: frozenset[str] = frozenset({A}), **facts: int) -> Act:
    return Act(
        verb=verb,
        team="crm",
        actor=Person(person, f"p{person}"),
        fingerprints=shown,
        source=Source(
            SourceKind.COMMENT,
            facts.get("source", second * 1000 + person * 10 + VERBS.index(verb)),
            facts.get("line", 1),
        ),
        at=START + timedelta(seconds=second),
        seen_at=START,
        standing=Standing.MEMBER,
    )


def word(*acts: Act, fingerprint: str = A) -> Word:
    found = folded(in_order(acts)).get(("crm", fingerprint))
    return Word.NONE if found is None else found.word


def answered(acts: list[Act], *required: str) -> TeamAnswer:
    return answer_of(folded(in_order(acts)), "crm", frozenset(required), frozenset(), START + timedelta(hours=1))


def test_an_approval_covers_only_what_had_been_shown() -> None:
    approved = act(Verb.APPROVE, 1, 1, shown=frozenset({A}))
    assert word(approved, fingerprint=A) is Word.APPROVED
    assert word(approved, fingerprint=B) is Word.NONE


def test_a_later_approve_lifts_a_block() -> None:
    assert word(act(Verb.BLOCK, 1, 1), act(Verb.APPROVE, 2, 2)) is Word.APPROVED


def test_a_block_ends_an_approval_that_never_comes_back_by_itself() -> None:
    acts = (act(Verb.APPROVE, 1, 1), act(Verb.BLOCK, 2, 2), act(Verb.RETRACT, 2, 3))
    assert word(*acts[:2]) is Word.BLOCKED
    assert word(*acts) is Word.NONE


def test_a_colleagues_approval_stands_when_one_person_takes_theirs_back() -> None:
    acts = (act(Verb.APPROVE, 1, 1), act(Verb.APPROVE, 2, 2), act(Verb.DISMISSED, 1, 3))
    assert word(*acts) is Word.APPROVED
    assert word(*acts, act(Verb.CHANGES_REQUESTED, 2, 4)) is Word.NONE


def test_requested_changes_are_no_block_and_lift_none() -> None:
    assert word(act(Verb.CHANGES_REQUESTED, 1, 1)) is Word.NONE
    assert word(act(Verb.BLOCK, 1, 1), act(Verb.CHANGES_REQUESTED, 1, 2)) is Word.BLOCKED
    assert word(act(Verb.BLOCK, 1, 1), act(Verb.DISMISSED, 1, 2)) is Word.BLOCKED


def test_a_member_of_whom_nothing_stands_ends_the_teams_answer_by_retracting() -> None:
    assert word(act(Verb.APPROVE, 1, 1), act(Verb.RETRACT, 2, 2)) is Word.NONE
    assert word(act(Verb.BLOCK, 1, 1), act(Verb.RETRACT, 2, 2)) is Word.NONE


def test_within_one_second_the_careful_word_counts_as_the_later() -> None:
    assert word(act(Verb.BLOCK, 1, 1), act(Verb.APPROVE, 2, 1)) is Word.BLOCKED
    assert word(act(Verb.RETRACT, 1, 1), act(Verb.APPROVE, 1, 1)) is Word.NONE


def test_within_one_comment_the_later_line_counts() -> None:
    block, approve = act(Verb.BLOCK, 1, 1, source=7, line=1), act(Verb.APPROVE, 1, 1, source=7, line=2)
    assert word(approve, block) is Word.APPROVED


def test_a_team_has_answered_when_every_required_change_is_approved() -> None:
    answer = answered([act(Verb.APPROVE, 1, 1)], A, B)
    assert (answer.word, answer.missing) == (Word.NONE, frozenset({B}))
    answer = answered([act(Verb.APPROVE, 1, 1, shown=frozenset({A, B}))], A, B)
    assert (answer.word, answer.missing) == (Word.APPROVED, frozenset())


def test_a_team_blocks_when_it_blocks_any_of_it() -> None:
    acts = [act(Verb.APPROVE, 1, 1, shown=frozenset({A})), act(Verb.BLOCK, 1, 2, shown=frozenset({B}))]
    assert answered(acts, A, B).word is Word.BLOCKED
    assert answered(acts, A).word is Word.APPROVED


def test_the_last_date_that_there_is_passes_as_late_as_can_be() -> None:
    assert end_of(date(2026, 11, 20)) == datetime(2026, 11, 21, tzinfo=UTC)
    assert end_of(date.max) > datetime(9999, 12, 31, 23, 59, tzinfo=UTC)


HISTORIES = st.lists(st.tuples(st.sampled_from(VERBS), st.integers(1, 3)), max_size=12)


@given(HISTORIES)
def test_folding_agrees_with_the_rule_said_in_other_words(history: list[tuple[Verb, int]]) -> None:
    """The oracle: the approvers are those whose approval nothing took back since the last word of another kind."""
    acts = [act(verb, person, second) for second, (verb, person) in enumerate(history)]
    approvers: set[int] = set()
    held = Word.NONE
    for verb, person in history:
        if verb is Verb.APPROVE:
            held, approvers = Word.APPROVED, approvers | {person}
        elif verb in (Verb.BLOCK, Verb.NEEDS_TIME):
            held, approvers = (Word.BLOCKED if verb is Verb.BLOCK else Word.NEEDS_TIME), set()
        elif verb is Verb.RETRACT and person not in approvers:
            held, approvers = Word.NONE, set()
        elif person in approvers:
            approvers -= {person}
            held = Word.APPROVED if approvers else Word.NONE
    assert word(*acts) is held


@given(HISTORIES, st.randoms(use_true_random=False))
def test_the_order_in_which_acts_are_stored_does_not_matter(history: list[tuple[Verb, int]], random: object) -> None:
    acts = [act(verb, person, second // 2) for second, (verb, person) in enumerate(history)]
    mixed = list(acts)
    random.shuffle(mixed)  # type: ignore[attr-defined]  # hypothesis gives a Random
    assert in_order(mixed) == in_order(acts)
