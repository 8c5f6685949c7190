from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from placet.app.hearing import DISMISSAL_LINE, attempts
from placet.proposals.model import Deed, Ledger, Person, Refusal, Source, SourceKind, Utterance, Verb

AT = datetime(2026, 11, 18, 9, tzinfo=UTC)
SAM = Person(7, "sam-o")
OUR_APP = 99


def review(state: str, body: str = "", **facts: Any) -> Utterance:
    said = Utterance(SourceKind.REVIEW, 1, Deed.CREATED, SAM, SAM, body, AT, state=state, commit_id="c0ffee")
    return replace(said, **facts)


def comment(body: str, **facts: Any) -> Utterance:
    return replace(Utterance(SourceKind.COMMENT, 2, Deed.CREATED, SAM, SAM, body, AT), **facts)


def verbs(
    heard: list[Utterance], listed: list[Utterance], ledger: Ledger | None = None
) -> list[tuple[Verb | None, int]]:
    return [(one.verb, one.source.line) for one in attempts(heard, listed, ledger or Ledger(), OUR_APP)]


def test_a_reviews_state_comes_before_the_commands_in_it() -> None:
    said = review("approved", "/placet block no\n", from_delivery=True)
    assert verbs([said], []) == [(Verb.APPROVE, 0), (Verb.BLOCK, 1)]


def test_commands_in_a_review_that_only_the_lists_show_do_not_count() -> None:
    assert verbs([], [review("approved", "/placet block no\n")]) == [(Verb.APPROVE, 0)]


def test_a_payload_wins_over_what_the_lists_show_now() -> None:
    sent, edited = comment("hello", from_delivery=True), comment("/placet approve", edited=True)
    assert verbs([sent], [edited]) == []


def test_a_comment_that_only_the_lists_show_counts_if_it_was_never_edited() -> None:
    assert verbs([], [comment("/placet approve")]) == [(Verb.APPROVE, 1)]
    assert verbs([], [comment("/placet approve", edited=True)]) == []


def test_an_edit_and_a_deletion_say_nothing() -> None:
    for deed in (Deed.EDITED, Deed.DELETED):
        assert verbs([comment("/placet approve", deed=deed, from_delivery=True)], []) == []


def test_an_answer_stands_although_its_comment_was_deleted() -> None:
    sent = comment("/placet approve", from_delivery=True)
    assert verbs([sent, replace(sent, deed=Deed.DELETED)], []) == [(Verb.APPROVE, 1)]


def test_a_dismissal_is_an_attempt_of_its_own() -> None:
    dismissed = review("dismissed", deed=Deed.DISMISSED, from_delivery=True, at=AT + timedelta(minutes=1))
    assert verbs([review("approved", from_delivery=True), dismissed], [review("dismissed")]) == [
        (Verb.APPROVE, 0),
        (Verb.DISMISSED, DISMISSAL_LINE),
    ]


def test_a_dismissal_that_only_the_lists_show_is_found_once() -> None:
    assert verbs([], [review("dismissed")]) == [(Verb.DISMISSED, DISMISSAL_LINE)]
    known = Ledger(refusals=(Refusal(Source(SourceKind.REVIEW, 1, DISMISSAL_LINE), "nothing_given"),))
    assert verbs([], [review("dismissed")], known) == []


def test_what_has_been_dealt_with_is_not_tried_again() -> None:
    known = Ledger(refusals=(Refusal(Source(SourceKind.COMMENT, 2, 1), "not_a_member"),))
    assert verbs([], [comment("/placet approve\n/placet status")], known) == [(None, 2)]


def test_our_own_words_are_none() -> None:
    assert verbs([], [comment("/placet approve", app_id=OUR_APP)]) == []


def test_a_review_that_comments_only_says_what_its_commands_say() -> None:
    assert verbs([review("commented", "/placet approve", from_delivery=True)], []) == [(Verb.APPROVE, 1)]
    assert verbs([review("changes_requested", "hm", from_delivery=True)], []) == [(Verb.CHANGES_REQUESTED, 0)]
