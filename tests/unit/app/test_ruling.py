from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from placet.app.bench import Bench, Rights, Ruling, shown_to
from placet.app.hearing import Attempt, attempts
from placet.app.ruling import lookup_for, ruled
from placet.policy.model import Approvals, Policy
from placet.proposals.answers import Word, folded, in_order
from placet.proposals.assess import Assessment
from placet.proposals.model import Deed, Ledger, Person, Publication, SourceKind, Team, Utterance, Verb
from placet.proposals.teams import TeamDirectory
from placet.proposals.verdict import approve_token
from placet.render.replies import ReplyCode

AT = datetime(2026, 11, 18, 9, tzinfo=UTC)
DANA, SAM = Person(1, "dana"), Person(7, "sam-o")
CRM, GROWTH = Team("team:1", "crm", slug="acme/crm"), Team("team:2", "growth", slug="acme/growth")
A, B = "a" * 64, "b" * 64
SHOWN = Publication("head1", "main", AT, {CRM.id: frozenset({A}), GROWTH.id: frozenset({A, B})}, frozenset({A, B}))


def bench(*publications: Publication, **facts: Any) -> Bench:
    made = Bench(
        author=DANA,
        policy=Policy(),
        assessment=Assessment((), {}, {}, {}),
        directory=TeamDirectory({"crm": CRM, "growth": GROWTH}),
        publications=publications or (SHOWN,),
        acts=(),
        now=AT + timedelta(hours=1),
        teams={CRM.id: CRM, GROWTH.id: GROWTH},
    )
    return replace(made, **facts)


def said(body: str, by: Person = SAM, at: datetime = AT + timedelta(minutes=5)) -> Attempt:
    utterance = Utterance(SourceKind.COMMENT, 5, Deed.CREATED, by, by, body, at, from_delivery=True)
    return attempts([utterance], [], Ledger(), 99)[0]


def reviewed(commit: str, by: Person = SAM, at: datetime = AT + timedelta(minutes=5)) -> Attempt:
    utterance = Utterance(SourceKind.REVIEW, 6, Deed.CREATED, by, by, "", at, "approved", commit, from_delivery=True)
    return attempts([utterance], [], Ledger(), 99)[0]


def code(ruling: Ruling) -> ReplyCode | None:
    return None if ruling.reply is None else ruling.reply.code


def test_an_approval_speaks_for_every_asked_team_of_the_speaker_for_what_it_was_shown() -> None:
    ruling = ruled(said("/placet approve"), Rights(frozenset({CRM.id, GROWTH.id})), bench())
    assert {(act.team, act.fingerprints) for act in ruling.acts} == {
        (CRM.id, frozenset({A})),
        (GROWTH.id, frozenset({A, B})),
    }
    assert ruling.reaction == "+1"


def test_an_approval_for_one_team_speaks_for_that_team_only() -> None:
    for name in ("crm", "acme/crm", "@acme/crm"):
        ruling = ruled(said(f"/placet approve for {name}"), Rights(frozenset({CRM.id, GROWTH.id})), bench())
        assert [act.team for act in ruling.acts] == [CRM.id]


def test_only_the_teams_that_were_shown_something_are_looked_up() -> None:
    assert lookup_for(said("/placet approve"), bench()).teams == (CRM, GROWTH)
    assert lookup_for(said("/placet approve for growth"), bench()).teams == (GROWTH,)
    assert lookup_for(said("/placet status"), bench()).teams == ()
    assert lookup_for(said("/placet approve", Person(9, "bot", is_user=False)), bench()).teams == ()


def test_whoever_is_no_member_is_told_so() -> None:
    ruling = ruled(said("/placet approve"), Rights(), bench())
    assert (ruling.acts, code(ruling), ruling.reaction) == ((), ReplyCode.NOT_A_MEMBER, "-1")


def test_a_plain_review_of_a_stranger_gets_no_answer() -> None:
    ruling = ruled(reviewed("head1"), Rights(), bench())
    assert (ruling.acts, ruling.reply, ruling.reaction) == ((), None, "")


def test_the_author_may_not_answer_unless_the_policy_says_so() -> None:
    mine = Rights(frozenset({CRM.id}))
    assert code(ruled(said("/placet approve", DANA), mine, bench())) is ReplyCode.AUTHOR
    lenient = bench(policy=Policy(approvals=Approvals(allow_author=True)))
    assert [act.actor for act in ruled(said("/placet approve", DANA), mine, lenient).acts] == [DANA]


def test_a_bot_may_never_answer() -> None:
    robot = Person(9, "renovate[bot]", is_user=False)
    assert code(ruled(said("/placet approve", robot), Rights(frozenset({CRM.id})), bench())) is ReplyCode.BOT


def test_a_team_that_was_not_asked_cannot_be_answered_for() -> None:
    ruling = ruled(said("/placet approve for finance"), Rights(frozenset({CRM.id})), bench())
    assert code(ruling) is ReplyCode.TEAM_NOT_ASKED


def test_an_answer_before_anything_was_published_is_refused_aloud() -> None:
    early = said("/placet approve", at=AT - timedelta(seconds=1))
    assert code(ruled(early, Rights(frozenset({CRM.id})), bench())) is ReplyCode.NOTHING_PUBLISHED


def test_what_was_published_in_the_same_second_counts_as_shown() -> None:
    late = replace(SHOWN, at=AT + timedelta(microseconds=900_000))
    assert ruled(said("/placet approve", at=AT), Rights(frozenset({CRM.id})), bench(late)).acts


def test_a_review_answers_to_what_its_commit_was_shown_with() -> None:
    later = Publication("head2", "main", AT + timedelta(minutes=2), {CRM.id: frozenset({B})})
    ruling = ruled(reviewed("head1"), Rights(frozenset({CRM.id})), bench(SHOWN, later))
    assert [act.fingerprints for act in ruling.acts] == [frozenset({A})]
    comment = ruled(said("/placet approve"), Rights(frozenset({CRM.id})), bench(SHOWN, later))
    assert [act.fingerprints for act in comment.acts] == [frozenset({B})]


def test_a_review_of_a_commit_that_was_never_shown_answers_to_what_stood_before_it() -> None:
    assert shown_to(reviewed("unknown").utterance, [SHOWN]) == SHOWN


def test_under_distinct_approvers_one_person_holds_one_team() -> None:
    strict = bench(policy=Policy(approvals=Approvals(distinct_approvers=True)))
    both = Rights(frozenset({CRM.id, GROWTH.id}))
    assert code(ruled(said("/placet approve"), both, strict)) is ReplyCode.SAY_FOR_WHOM
    first = ruled(said("/placet approve for crm"), both, strict)
    assert [act.team for act in first.acts] == [CRM.id]
    holding = replace(strict, acts=first.acts)
    assert code(ruled(said("/placet approve for growth"), both, holding)) is ReplyCode.HOLDS_ANOTHER_TEAM


def test_a_stale_button_is_refused() -> None:
    def press(token: str) -> Ruling:
        utterance = Utterance(
            SourceKind.BUTTON,
            8,
            Deed.CREATED,
            SAM,
            SAM,
            f"approve:{token}",
            AT + timedelta(minutes=1),
            from_delivery=True,
        )
        attempt = attempts([utterance], [], Ledger(), 99)[0]
        return ruled(attempt, Rights(frozenset({CRM.id})), bench())

    assert press(approve_token(SHOWN.everything)).acts
    assert code(press("0" * 12)) is ReplyCode.STALE_BUTTON


def test_requested_changes_take_back_only_what_that_person_gave() -> None:
    given = ruled(said("/placet approve"), Rights(frozenset({CRM.id})), bench()).acts
    utterance = Utterance(
        SourceKind.REVIEW, 9, Deed.CREATED, SAM, SAM, "hm", AT + timedelta(hours=1), "changes_requested", "head1"
    )
    taken = ruled(attempts([utterance], [], Ledger(), 99)[0], Rights(), bench(acts=given))
    assert [(act.verb, act.actor) for act in taken.acts] == [(Verb.CHANGES_REQUESTED, SAM)]
    stranger = replace(utterance, author=Person(8, "eve"), by=Person(8, "eve"))
    by_stranger = ruled(attempts([stranger], [], Ledger(), 99)[0], Rights(), bench(acts=given))
    for taking_back, word in ((taken.acts, Word.NONE), (by_stranger.acts, Word.APPROVED)):
        assert folded(in_order((*given, *taking_back)))[CRM.id, A].word is word
