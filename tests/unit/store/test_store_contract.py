"""What every store does, whatever it is made of."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from fakes.clock import START, HeldClock
from fakes.memory_store import MemoryStore
from placet.app.ports import AuditEntry, Delivery, PublishedVersion, Records, Store
from placet.app.snapshot import Deed, HeadHint, Heard, OrganisationFile, Press, Repository, Routed, Utterance, WorkKey
from placet.errors import Unavailable
from placet.proposals.model import (
    Act,
    Ask,
    Ledger,
    Person,
    Posted,
    ProposalState,
    Publication,
    Refusal,
    Source,
    SourceKind,
    Standing,
    Verb,
)
from placet.store.store import DatabaseStore

AnyStore = DatabaseStore | MemoryStore

DANA = Person(17, "dana-k")
REPOSITORY = Repository(4711, 9, 3, "acme", "shop", "main")
APPROVAL = Act(
    verb=Verb.APPROVE,
    team="team:8",
    actor=DANA,
    fingerprints=frozenset({"f1", "f2"}),
    source=Source(SourceKind.COMMENT, 2**40, 3),
    at=START,
    seen_at=START + timedelta(seconds=4),
    standing=Standing.MEMBER,
    note="fine by us",
    until=date(2026, 4, 1),
    arguments={"reason": "PII"},
)
SHOWN = Publication("h1", "main", START, {"team:8": frozenset({"f1"})}, frozenset({"f1", "f2"}))
COMMENT = Utterance(
    kind=SourceKind.COMMENT,
    id=77,
    deed=Deed.CREATED,
    author=DANA,
    by=DANA,
    body="/placet approve",
    at=START,
    from_delivery=True,
    app_id=5,
)
VERSION = PublishedVersion("model.shop.dim_customers", "main", "1.0.0", "d1", "c1", START)


def delivery(guid: str, payload: bytes = b'{"a": 1}') -> Delivery:
    return Delivery(guid, "push", payload, START)


def test_each_store_is_one(store: AnyStore) -> None:
    typed: Store = store
    assert typed is store


async def test_a_delivery_comes_back_as_it_came(store: AnyStore) -> None:
    payload = bytes(range(256)) * 100
    assert await store.receive(delivery("g1", payload))
    assert await store.unprocessed(10) == (delivery("g1", payload),)


async def test_a_delivery_that_comes_twice_is_held_once(store: AnyStore) -> None:
    assert await store.receive(delivery("g1"))
    assert await store.receive(delivery("g1"))
    assert len(await store.unprocessed(10)) == 1


async def test_a_delivery_that_was_processed_is_not_taken_again(store: AnyStore) -> None:
    await store.receive(delivery("g1"))
    await store.processed("g1", Routed(), START)
    assert not await store.receive(delivery("g1"))
    assert await store.unprocessed(10) == ()


async def test_a_dead_delivery_is_set_aside_until_it_comes_again(store: AnyStore) -> None:
    await store.receive(delivery("g1"))
    await store.dead("g1", "KeyError: 'action'", START)
    assert await store.unprocessed(10) == ()
    assert await store.receive(delivery("g1"))
    assert await store.unprocessed(10) == (delivery("g1"),)


async def test_deliveries_are_given_oldest_first_and_no_more_than_asked(store: AnyStore) -> None:
    for number in range(5):
        await store.receive(delivery(f"g{number}"))
    assert [one.guid for one in await store.unprocessed(3)] == ["g0", "g1", "g2"]


async def test_deliveries_that_come_at_once_are_all_held(store: AnyStore) -> None:
    taken = await asyncio.gather(*(store.receive(delivery(f"g{number % 120}")) for number in range(240)))
    assert all(taken)
    assert len(await store.unprocessed(1000)) == 120


async def test_a_processed_delivery_marks_its_keys(store: AnyStore) -> None:
    await store.receive(delivery("g1"))
    await store.processed("g1", Routed(keys=(WorkKey.pull(1, 2), WorkKey.branch(1, "main"))), START)
    assert set(await store.work.due(START, 10)) == {WorkKey.pull(1, 2), WorkKey.branch(1, "main")}


async def test_processing_a_delivery_again_says_nothing_again(store: AnyStore) -> None:
    await store.receive(delivery("g1"))
    routed = Routed(keys=(WorkKey.pull(1, 2),), heard=(Heard(1, 2, COMMENT),))
    await store.processed("g1", routed, START)
    taken = await store.work.begin(WorkKey.pull(1, 2), START)
    await store.processed("g1", routed, START)
    assert taken is not None
    await store.work.finish(taken.key, taken.epoch, taken.wanted, START, None)
    assert await store.work.due(START, 10) == ()
    assert await store.heard(1, 2) == (COMMENT,)


async def test_what_a_delivery_said_is_kept_by_pull_request_in_order_of_time(store: AnyStore) -> None:
    later = replace(COMMENT, id=78, at=START + timedelta(seconds=1))
    for number, said in enumerate((Heard(1, 2, later), Heard(1, 2, COMMENT), Heard(1, 3, COMMENT))):
        await store.receive(delivery(f"g{number}"))
        await store.processed(f"g{number}", Routed(heard=(said,)), START)
    assert await store.heard(1, 2) == (COMMENT, later)


async def test_words_are_kept_to_the_letter(store: AnyStore) -> None:
    strange = replace(COMMENT, body="\ud83d NUL:\0 'quote' \U0001f44d\r\n\u202e")
    await store.receive(delivery("g1"))
    await store.processed("g1", Routed(heard=(Heard(1, 2, strange),)), START)
    assert await store.heard(1, 2) == (strange,)


async def test_the_same_words_from_two_deliveries_are_kept_once(store: AnyStore) -> None:
    for guid in ("g1", "g2"):
        await store.receive(delivery(guid))
        await store.processed(guid, Routed(heard=(Heard(1, 2, COMMENT),)), START)
    assert await store.heard(1, 2) == (COMMENT,)


async def test_the_newest_head_stands_whatever_order_it_came_in(store: AnyStore) -> None:
    hints = [HeadHint(1, 2, f"h{seconds}", START + timedelta(seconds=seconds)) for seconds in (5, 9, 7)]
    for number, hint in enumerate(hints):
        await store.receive(delivery(f"g{number}"))
        await store.processed(f"g{number}", Routed(head_hints=(hint,)), START)
    assert await store.head_hint(1, 2) == ("h9", START + timedelta(seconds=9))
    assert await store.head_hint(1, 3) is None


async def test_a_name_is_remembered_for_the_team_that_it_last_stood_for(store: AnyStore) -> None:
    await store.remember_teams(3, {"crm": "team:1", "growth": "team:2"})
    await store.remember_teams(3, {"crm": "team:9"})
    await store.remember_teams(4, {"crm": "team:5"})
    assert await store.remembered_teams(3, ("crm", "unknown")) == {"crm": "team:9"}


async def test_a_press_finds_its_pull_request_by_its_commit_if_only_one_has_it(store: AnyStore) -> None:
    await store.receive(delivery("g1"))
    hints = (HeadHint(1, 2, "h1", START), HeadHint(1, 3, "h2", START), HeadHint(1, 4, "h2", START))
    await store.processed("g1", Routed(head_hints=hints), START)
    for guid, head in (("g2", "h1"), ("g3", "h2"), ("g4", "unknown")):
        await store.receive(delivery(guid))
        pressed = replace(COMMENT, kind=SourceKind.BUTTON)
        await store.processed(guid, Routed(heads=((1, head),), presses=(Press(1, head, pressed),)), START)
    assert await store.heard(1, 2) == (replace(COMMENT, kind=SourceKind.BUTTON),)
    assert await store.heard(1, 3) == await store.heard(1, 4) == ()
    due = [key.text for key in await store.work.due(START, 10)]
    assert sorted(due) == ["pull:1:2", "pull:1:3", "pull:1:4"]


async def test_a_repository_goes_by_its_newest_name(store: AnyStore) -> None:
    await store.save_repositories([REPOSITORY])
    renamed = replace(REPOSITORY, name="store")
    await store.save_repositories([renamed])
    assert await store.repository(4711) == renamed
    assert await store.all_repositories() == (renamed,)


@pytest.mark.parametrize("gone", [Routed(forgotten_repositories=(4711,)), Routed(forgotten_installations=(9,))])
async def test_a_forgotten_repository_is_covered_again_when_it_comes_back(store: AnyStore, gone: Routed) -> None:
    other = replace(REPOSITORY, id=4712, installation_id=10)
    await store.save_repositories([REPOSITORY, other])
    await store.receive(delivery("g1"))
    await store.processed("g1", gone, START)
    assert await store.repository(4711) is None
    assert await store.all_repositories() == (other,)
    await store.save_repositories([REPOSITORY])
    assert await store.repository(4711) == REPOSITORY


async def test_since_when_a_repository_is_covered_stands_until_it_is_forgotten(
    store: AnyStore, clock: HeldClock
) -> None:
    async def since() -> datetime | None:
        known = await store.repository(4711)
        return None if known is None else known.covered_since

    await store.save_repositories([REPOSITORY])
    clock.advance(timedelta(days=1))
    await store.save_repositories([replace(REPOSITORY, name="store")])
    assert await since() == START
    await store.receive(delivery("g1"))
    await store.processed("g1", Routed(forgotten_repositories=(4711,)), clock.now())
    await store.save_repositories([REPOSITORY])
    assert await since() == START + timedelta(days=1)


async def test_an_organisation_s_file_is_remembered_and_so_is_that_there_is_none(store: AnyStore) -> None:
    assert await store.remembered_organisation(3) is None
    for data in (b"rollout: ask\n", None):
        await store.remember_organisation(3, data, START)
        assert await store.remembered_organisation(3) == OrganisationFile(data)
    assert await store.remembered_organisation(4) is None


async def test_a_check_in_our_name_is_heard_on_every_pull_request_of_its_commit(store: AnyStore) -> None:
    hints = tuple(HeadHint(4711, number, "sha", START) for number in (1, 2))
    await store.receive(delivery("g1"))
    await store.processed("g1", Routed(head_hints=hints), START)
    someone = Person(5, "impostor-ci", is_user=False)
    for kind, number in ((SourceKind.CHECK, 7), (SourceKind.BUTTON, 8)):
        said = Utterance(kind, number, Deed.CREATED, someone, someone, "placet", START, commit_id="sha")
        await store.receive(delivery(f"g{number}"))
        await store.processed(f"g{number}", Routed(presses=(Press(4711, "sha", said),)), START)
    assert [[one.kind for one in await store.heard(4711, number)] for number in (1, 2)] == [["check"], ["check"]]


async def test_nothing_is_known_of_a_pull_request_at_first(store: AnyStore) -> None:
    assert await store.ledger(1, 2) == Ledger()


async def test_what_is_recorded_is_the_ledger(store: AnyStore) -> None:
    records = Records(
        state=ProposalState.PENDING,
        forced=True,
        acts=(APPROVAL,),
        refusals=(Refusal(Source(SourceKind.REVIEW, 5), "stale"),),
        publication=SHOWN,
        asks=(Ask("team:8", frozenset({"f1"}), START, "review_request"),),
        posted=(Posted("check", "h1", 99, "d1"), Posted("comment", "sticky", 100, "d2")),
    )
    recorded = await store.record(1, 2, records, START)
    assert recorded == await store.ledger(1, 2)
    assert recorded == Ledger(
        proposal_id=recorded.proposal_id,
        state=ProposalState.PENDING,
        forced=True,
        opened_at=START,
        acts=records.acts,
        publications=(SHOWN,),
        asks=records.asks,
        posted=records.posted,
        refusals=records.refusals,
    )
    assert recorded.proposal_id is not None


async def test_recording_the_same_again_changes_nothing(store: AnyStore) -> None:
    records = Records(
        state=ProposalState.PENDING,
        acts=(APPROVAL, replace(APPROVAL, team="", source=Source(SourceKind.COMMENT, 1))),
        refusals=(Refusal(Source(SourceKind.REVIEW, 5), "stale"),),
        publication=SHOWN,
        asks=(Ask("team:8", frozenset({"f1"}), START, "mention"),),
        posted=(Posted("check", "h1", 99, "d1"),),
        removed=(("comment", "reply"),),
        versions=(VERSION,),
        audit=(AuditEntry("force", "pull:1:2", "dana-k", START, {"reason": "PII"}),),
    )
    first = await store.record(1, 2, records, START)
    assert await store.record(1, 2, records, START + timedelta(hours=1)) == first


async def test_an_act_is_one_by_source_line_and_team(store: AnyStore) -> None:
    acts = (
        APPROVAL,
        replace(APPROVAL, verb=Verb.BLOCK),
        replace(APPROVAL, team="team:9"),
        replace(APPROVAL, source=replace(APPROVAL.source, line=4)),
        replace(APPROVAL, source=replace(APPROVAL.source, kind=SourceKind.REVIEW)),
    )
    ledger = await store.record(1, 2, Records(acts=acts), START)
    assert ledger.acts == (acts[0], acts[2], acts[3], acts[4])


async def test_an_act_that_is_no_teams_is_one_by_source_and_line(store: AnyStore) -> None:
    act = replace(APPROVAL, team="", verb=Verb.CLASSIFY)
    await store.record(1, 2, Records(acts=(act,)), START)
    ledger = await store.record(1, 2, Records(acts=(replace(act, note="again"), replace(act, team="team:8"))), START)
    assert ledger.acts == (act, replace(act, team="team:8"))


async def test_the_same_source_on_two_pull_requests_is_two_acts(store: AnyStore) -> None:
    await store.record(1, 2, Records(acts=(APPROVAL,)), START)
    assert (await store.record(1, 3, Records(acts=(APPROVAL,)), START)).acts == (APPROVAL,)


async def test_a_pull_request_without_a_proposal_has_a_ledger_all_the_same(store: AnyStore) -> None:
    ledger = await store.record(1, 2, Records(posted=(Posted("check", "h1", 9, "d"),), publication=SHOWN), START)
    assert ledger.proposal_id is None
    assert ledger.state is None
    assert ledger.opened_at is None
    assert ledger.standing_at("check", "h1") == Posted("check", "h1", 9, "d")
    assert await store.open_proposals() == ()


async def test_a_proposal_keeps_its_id_and_its_beginning(store: AnyStore) -> None:
    first = await store.record(1, 2, Records(state=ProposalState.PENDING), START)
    await store.record(1, 2, Records(state=ProposalState.WITHDRAWN), START + timedelta(days=1))
    again = await store.record(1, 2, Records(state=ProposalState.PENDING), START + timedelta(days=2))
    assert again == first


async def test_forced_is_taken_back_by_saying_so_only(store: AnyStore) -> None:
    await store.record(1, 2, Records(state=ProposalState.APPROVED, forced=True), START)
    assert (await store.record(1, 2, Records(state=ProposalState.PENDING), START)).forced
    assert not (await store.record(1, 2, Records(forced=False), START)).forced


async def test_a_publication_that_is_shown_again_after_another_is_a_new_one(store: AnyStore) -> None:
    other = replace(SHOWN, head="h2", at=START + timedelta(minutes=1))
    again = replace(SHOWN, at=START + timedelta(minutes=2))
    for one in (SHOWN, replace(SHOWN, at=START + timedelta(seconds=1)), other, again):
        ledger = await store.record(1, 2, Records(publication=one), START)
    assert ledger.publications == (SHOWN, other, again)


async def test_what_is_posted_is_replaced_by_kind_and_subject(store: AnyStore) -> None:
    await store.record(
        1, 2, Records(posted=(Posted("comment", "sticky", 1, "d1"), Posted("check", "h", 2, "d"))), START
    )
    ledger = await store.record(1, 2, Records(posted=(Posted("comment", "sticky", 3, "d2"),)), START)
    assert ledger.posted == (Posted("comment", "sticky", 3, "d2"), Posted("check", "h", 2, "d"))


async def test_what_was_removed_stands_no_more_unless_it_is_posted_anew(store: AnyStore) -> None:
    reminder, reply = Posted("comment", "reminder", 1, "d1"), Posted("comment", "reply", 2, "d")
    await store.record(1, 2, Records(posted=(reminder, reply)), START)
    again = replace(reminder, remote_id=5)
    records = Records(posted=(again,), removed=(("comment", "reminder"), ("comment", "reply")))
    assert (await store.record(1, 2, records, START)).posted == (again,)


async def test_a_team_is_asked_again_for_another_set_or_in_another_way(store: AnyStore) -> None:
    ask = Ask("team:8", frozenset({"f1"}), START, "failed: 422")
    asks = (
        ask,
        replace(ask, at=START + timedelta(days=1)),
        replace(ask, how="review_request"),
        replace(ask, fingerprints=frozenset({"f1", "f2"})),
    )
    assert (await store.record(1, 2, Records(asks=asks), START)).asks == (asks[0], asks[2], asks[3])


async def test_open_proposals_are_those_that_may_still_end(store: AnyStore, clock: HeldClock) -> None:
    for number, state in enumerate(ProposalState, start=1):
        await store.record(1, number, Records(state=state), START)
    everything = list(ProposalState)
    open_numbers = {number for _, number in await store.open_proposals()}
    assert {everything[number - 1] for number in open_numbers} == set(ProposalState) - {ProposalState.PUBLISHED}
    clock.advance(timedelta(days=31))
    later = {everything[number - 1] for _, number in await store.open_proposals()}
    assert later == set(ProposalState) - {ProposalState.PUBLISHED, ProposalState.WITHDRAWN}


async def test_the_newest_version_of_each_asset_stands(store: AnyStore) -> None:
    newer = replace(VERSION, version="2.0.0", digest="d2", at=START + timedelta(days=1))
    other = replace(VERSION, asset="model.shop.orders")
    branch = replace(VERSION, branch="release", version="1.5.0")
    await store.record(1, 0, Records(versions=(VERSION, branch, other)), START)
    await store.record(1, 0, Records(versions=(newer,)), START)
    assert await store.last_versions(1, "main") == (newer, other)
    assert await store.last_versions(1, "release") == (branch,)
    assert await store.last_versions(2, "main") == ()


async def test_a_version_is_never_given_to_another_content(store: AnyStore) -> None:
    await store.record(1, 0, Records(versions=(VERSION,)), START)
    with pytest.raises(Unavailable, match=r"1\.0\.0"):
        await store.record(
            1, 2, Records(state=ProposalState.PUBLISHED, versions=(replace(VERSION, digest="d2"),)), START
        )
    assert await store.ledger(1, 2) == Ledger()


async def test_a_result_is_kept_as_it_was_first(store: AnyStore) -> None:
    assert await store.cached("parsed", "k1") is None
    await store.keep("parsed", "k1", b"\0one", START)
    await store.keep("parsed", "k1", b"two", START)
    assert await store.cached("parsed", "k1") == b"\0one"
    assert await store.cached("read", "k1") is None


async def test_times_keep_their_microseconds_and_come_back_in_utc(store: AnyStore) -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    ledger = await store.record(1, 2, Records(acts=(replace(APPROVAL, at=at),), state=ProposalState.PENDING), at)
    assert (ledger.acts[0].at, ledger.opened_at) == (at, at)


async def test_no_record_is_lost_when_many_come_at_once(store: AnyStore) -> None:
    acts = [replace(APPROVAL, source=Source(SourceKind.COMMENT, number)) for number in range(60)]
    await asyncio.gather(*(store.record(1, 2, Records(acts=(act,)), START) for act in acts))
    assert {act.source.id for act in (await store.ledger(1, 2)).acts} == set(range(60))


async def test_no_hint_is_lost_when_many_come_at_once(store: AnyStore) -> None:
    key = WorkKey.pull(1, 2)
    await asyncio.gather(*(store.mark([key], START) for _ in range(150)))
    taken = await store.work.begin(key, START)
    assert taken is not None
    assert taken.wanted == 150
