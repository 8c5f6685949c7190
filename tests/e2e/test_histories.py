"""Histories: whatever people do, and however deliveries come, the check says what an oracle of its own says.

`PLACET_HISTORIES=2000 pytest -n 2 tests/e2e/test_histories.py` plays that many of thirty steps, each another one.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from consent import Said, Shown, Truth
from placet.app import hearing
from placet.app.case import Case
from placet.app.reading import Reader, Reading
from placet.github.document import Reply
from placet.proposals.model import Act, Deed, Ledger
from placet.proposals.verdict import Verdict
from placet.sandbox.history import Conflict
from stage import DIM, Stage, dropping, raised, shop, staged

T = TypeVar("T")

COLUMNS = ("user_email", "phone", "created_at")
MEMBERS = {"crm": {"sam-o", "jo-k", "dana"}, "growth": {"li-wei", "jo-k"}, "marketing": {"priya-n"}}
READERS = {"user_email": {"crm", "growth"}, "phone": {"crm"}, "created_at": {"marketing"}}
PEOPLE = ("sam-o", "jo-k", "jo-k", "jo-k", "li-wei", "priya-n", "priya-n", "dana", "eve", "newcomer")
# Answers are what it is about, and most of all approvals by those who are asked.
ACTS = (
    *("everybody",) * 8,
    *("approve",) * 4,
    *("review",) * 3,
    "approve for crm",
    "approve for growth",
    "block",
    "wait",
    "retract",
    "assign",
    "request_changes",
    *("dismiss",) * 4,
    "edit",
    "delete",
)
STEP = timedelta(seconds=7)
POLICY = ".github/placet.yml"
BASES = ("main", "release")
CHECKS = {"main": "placet", "release": "placet: release"}

subsets = st.frozensets(st.sampled_from(COLUMNS), max_size=3)
people = st.sampled_from(PEOPLE)
places = st.integers(min_value=0, max_value=1_000)


def rules(*, distinct: bool) -> bytes:
    return f"branches: [main, release]\napprovals: {{distinct_approvers: {str(distinct).lower()}}}\n".encode()


# What a head that would rule itself brings along.
SLY = b"""rollout: observe
teams:
  crm: {members: [eve]}
  growth: {members: [eve]}
  marketing: {members: [eve]}
approvals: {allow_author: true, inferred_consumers: notify}
"""


class Histories(RuleBasedStateMachine):
    """A pull request's life, with everything that happens to deliveries."""

    in_memory = True

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.truth = Truth()
        self.commits: list[str] = []
        self.reviews: list[tuple[Any, str]] = []
        self.comments: list[Any] = []
        self.numbers = count(1)
        self.crm = "acme/crm"

    def wait(self, awaitable: Awaitable[T]) -> T:
        async def awaited() -> T:
            return await awaitable

        return self.runner.run(awaited())

    @initialize(columns=subsets.filter(bool), is_sly=st.booleans())
    def open(self, columns: frozenset[str], *, is_sly: bool) -> None:
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.stage: Stage = self.wait(self.stack.enter_async_context(staged(folder, in_memory=self.in_memory)))
        self.is_sly = is_sly
        shop(self.stage)
        world = self.stage.world
        world.add_member("acme/growth", "jo-k")
        world.add_member("acme/crm", "dana")
        world.add_member("acme/crm", "newcomer", pending=True)
        world.push("acme/shop", "main", {POLICY: rules(distinct=False)}, author="carl")
        world.push("acme/shop", "release", {"RELEASE.md": b"1\n"}, author="carl")
        now = self.stage.clock.now()
        self.truth.readers.append((now, dict.fromkeys(BASES, READERS)))
        self.truth.members.append((now, MEMBERS))
        self.truth.distinct.append((now, dict.fromkeys(BASES, False)))
        self.wait(self.stage.settled())
        files = self.files(columns)
        self.pull = world.open_pull("acme/shop", author="dana", branch="topic", files=files, title="Topic")
        self.has(self.pull.head_sha, columns)
        self.wait(self.stage.settled())

    def files(self, columns: frozenset[str]) -> dict[str, bytes]:
        files = dropping(*sorted(columns - {"created_at"}))
        if "created_at" in columns:
            files[DIM] = files[DIM].replace(b",\n    created_at", b"")
        sly = {POLICY: SLY} if self.is_sly else {}
        return {**files, **sly, "notes.md": b"%d\n" % next(self.numbers)}

    def has(self, sha: str, columns: frozenset[str]) -> None:
        self.truth.dropped[sha] = columns
        self.commits.append(sha)
        self.tick()

    def tick(self) -> None:
        self.stage.clock.advance(STEP)

    def say(self, what: str, who: str, *, on_commit: bool = False, team: str = "", to: str = "") -> None:
        now, commit = self.stage.clock.now(), self.pull.head_sha if on_commit else ""
        self.truth.said.append(Said(what, who, now, commit, team, to))

    # Few rules with much in each: hypothesis leaves whole rules out of a history, and these must all meet.

    @rule(columns=subsets, place=places, is_new=st.sampled_from((True, True, False)))
    def push_something(self, columns: frozenset[str], place: int, *, is_new: bool) -> None:
        if is_new:
            self.push(columns)
        else:
            self.push_back(place)

    @rule(who=people, what=st.sampled_from(ACTS), place=places)
    def act(self, who: str, what: str, place: int) -> None:
        if what in ("approve", "block", "wait", "retract", "assign") or " for " in what:
            self.command(who, what, place)
        elif what in ("review", "request_changes"):
            if who != "dana":
                self.review(who, "approve" if what == "review" else what)
        elif what == "everybody":
            self.everybody_agrees(place)
        elif what == "dismiss":
            self.dismiss(place)
        elif what == "edit":
            self.edit_a_comment(place, ("/placet approve", "/placet block no", "never mind")[place % 3])
        else:
            self.delete_a_comment(place)

    @rule(
        what=st.sampled_from(
            ("settle", "settle", "settle", "lose", "duplicate", "reorder", "ahead", "fail", "restart")
        ),
        place=places,
    )
    def deliver(self, what: str, place: int) -> None:
        if what == "settle":
            self.settle()
        elif what == "lose":
            self.lose(place)
        elif what == "duplicate":
            self.duplicate(place)
        elif what == "reorder":
            self.reorder(place)
        elif what == "ahead":
            self.one_arrives_ahead_of_the_others()
        elif what == "fail":
            self.the_forge_fails(("POST", "PATCH", "GET")[place % 3], is_done=place % 2 == 0)
        else:
            self.restart()

    @rule(
        what=st.sampled_from(
            ("rebase", "main", "reads", "reopen", "draft", "retarget", "retarget", "policy", "rename", "leave", "leave")
        )
    )
    def happen(self, what: str) -> None:
        {
            "rebase": self.rebase,
            "main": self.main_moves,
            "reads": self.marketing_begins_to_read_phone,
            "reopen": self.close_and_reopen,
            "draft": self.turn_into_a_draft_or_back,
            "retarget": self.retarget,
            "policy": self.edit_the_policy,
            "rename": self.rename_a_team,
            "leave": self.leave_a_team_or_come_back,
        }[what]()

    # What people do

    def push(self, columns: frozenset[str]) -> None:
        sha = self.stage.world.push("acme/shop", "topic", self.files(columns), author="dana")
        self.has(sha, columns)

    def push_back(self, place: int) -> None:
        self.stage.world.reset("acme/shop", "topic", self.commits[place % len(self.commits)], author="dana")
        self.tick()

    def rebase(self) -> None:
        columns = self.truth.dropped[self.pull.head_sha]
        try:
            rebased = self.stage.world.rebase(self.pull)
        except Conflict:
            return  # both have edited the policy, say, or what came with another base
        self.has(rebased, columns)

    def main_moves(self) -> None:
        self.stage.world.push("acme/shop", "main", {"README.md": b"%d\n" % next(self.numbers)}, author="carl")
        self.tick()

    def marketing_begins_to_read_phone(self) -> None:
        if len(self.truth.readers) > 1:
            return
        files = {
            "models/marts/mart_calls.sql": b"select phone from {{ ref('dim_customers') }}\n",
            "models/marts/calls.yml": b"models:\n  - name: mart_calls\n    meta: {placet: {owner: marketing}}\n",
        }
        self.stage.world.push("acme/shop", "main", files, author="carl")
        read = {"main": {**READERS, "phone": {"crm", "marketing"}}, "release": READERS}
        self.truth.readers.append((self.stage.clock.now(), read))
        self.tick()

    def retarget(self) -> None:
        self.rest()
        self.stage.world.retarget(self.pull, BASES[self.pull.base_ref == "main"])
        self.tick()

    def edit_the_policy(self) -> None:
        self.rest()
        _, now = self.truth.distinct[-1]
        distinct = not now["main"]
        self.stage.world.push("acme/shop", "main", {POLICY: rules(distinct=distinct)}, author="carl")
        self.truth.distinct.append((self.stage.clock.now(), {**now, "main": distinct}))
        self.tick()

    def rename_a_team(self) -> None:
        self.stage.world.rename_team(self.crm, "Customer relations" if self.crm == "acme/crm" else "crm")
        self.crm = "acme/customer-relations" if self.crm == "acme/crm" else "acme/crm"
        self.tick()

    def leave_a_team_or_come_back(self) -> None:
        self.rest()
        _, now = self.truth.members[-1]
        is_in = "jo-k" in now["crm"]
        change = self.stage.world.remove_member if is_in else self.stage.world.add_member
        change(self.crm, "jo-k")
        self.truth.members.append((self.stage.clock.now(), {**now, "crm": now["crm"] ^ {"jo-k"}}))
        self.tick()
        self.rest()

    def everybody_agrees(self, place: int) -> None:
        """Somebody of each team, so that histories get to where there is something to lose; or nearly a member."""
        of_crm = "newcomer" if place % 8 in (3, 4) else "sam-o"
        for team, who in (("growth", "li-wei"), ("crm", of_crm), ("marketing", "priya-n")):
            if place % 2:
                self.review(who, "approve")
            else:
                self.command(who, f"approve for {team}", place)
        if place % 3:
            self.settle()

    def command(self, who: str, what: str, place: int) -> None:
        verb, _, team = what.partition(" for ")
        to = PEOPLE[place % len(PEOPLE)] if verb == "assign" else ""
        team = ("crm", "growth", "marketing")[place % 3] if verb == "assign" else team
        self.say(verb, who, team=team, to=to)
        body = {
            "approve": "/placet approve",
            "block": "/placet block it is needed",
            "wait": "/placet needs-time 2w",
            "retract": "/placet retract",
            "assign": f"/placet assign @{to}",
        }[verb] + (f" for {team}" if team else "")
        self.comments.append(self.stage.world.comment(self.pull, user=who, body=body))
        self.tick()

    def review(self, who: str, state: str) -> None:
        self.say("approve" if state == "approve" else "take back", who, on_commit=True)
        body = "" if state == "approve" else "Not like this."
        self.reviews.append((self.stage.world.review(self.pull, user=who, state=state, body=body), who))
        self.tick()

    def dismiss(self, place: int) -> None:
        if not self.reviews:
            return
        review, who = self.reviews.pop(place % len(self.reviews))
        self.say("take back", who)
        self.stage.world.dismiss_review(review, user="olga")
        self.tick()

    def edit_a_comment(self, place: int, what: str) -> None:
        if not self.comments:
            return
        self.rest()
        self.stage.world.edit_comment(self.comments[place % len(self.comments)], what, user="olga")
        self.tick()

    def delete_a_comment(self, place: int) -> None:
        if not self.comments:
            return
        self.rest()
        self.stage.world.delete_comment(self.comments.pop(place % len(self.comments)), user="olga")
        self.tick()

    def close_and_reopen(self) -> None:
        self.stage.world.close(self.pull)
        self.settle()
        self.stage.world.reopen(self.pull)
        self.tick()

    def turn_into_a_draft_or_back(self) -> None:
        (self.stage.world.ready if self.pull.draft else self.stage.world.set_draft)(self.pull)
        self.tick()

    # What happens to deliveries and to the service

    def lose(self, place: int) -> None:
        outbox = self.stage.world.outbox
        if not outbox:
            return
        at = place % len(outbox)
        # Buttons apart, a dismissal is all that GitHub does not date: it is never lost here.
        if outbox[at].delivery.action != "dismissed":
            self.stage.gh.deliveries.vanish(at)

    def duplicate(self, place: int) -> None:
        if not self.stage.world.outbox:
            return
        self.stage.gh.deliveries.duplicate(place % len(self.stage.world.outbox))

    def reorder(self, seed: int) -> None:
        self.stage.gh.deliveries.reorder(seed)

    def one_arrives_ahead_of_the_others(self) -> None:
        outbox = self.stage.world.outbox
        if not outbox:
            return
        others, outbox[:] = outbox[:-1], outbox[-1:]
        self.settle()
        outbox.extend(others)

    def settle(self) -> None:
        self.wait(self.stage.settled())

    def restart(self) -> None:
        self.wait(self.stage.gh.deliveries.flush())
        self.wait(self.stack.enter_async_context(raised(self.stage)))

    def the_forge_fails(self, method: str, *, is_done: bool) -> None:
        faults = self.stage.gh.faults
        (faults.lose_answer if is_done else faults.fail)(method=method)

    # What must hold

    def shown(self) -> list[Shown]:
        ledger = self.wait(self.stage.service.store.ledger(self.pull.repo.id, self.pull.number))
        return [Shown(one.at, one.head, one.base) for one in ledger.publications]

    @invariant()
    def never_green_without_consent(self) -> None:
        now = self.stage.clock.now()
        for base, name in CHECKS.items():
            run = self.stage.check(self.pull, name)
            if run is not None and run.conclusion == "success":
                # What reads it counts from when the check was written; somebody may begin to read just afterwards.
                at = min(now, run.completed_at or now)
                fine = self.truth.may_be_green(self.pull.head_sha, base, at, self.shown())
                assert fine, "green, and a team never agreed"

    def rest(self) -> None:
        """Everything arrives, one sweep, and what is then due is done."""
        self.stage.gh.faults.clear()
        for _ in range(3):
            self.wait(self.stage.service.sweep.sweep())
            self.wait(self.stage.settled())

    @rule()
    def at_rest_the_check_says_what_is_true(self) -> None:
        self.rest()
        base, now = self.pull.base_ref, self.stage.clock.now()
        expected = self.truth.conclusion(self.pull.head_sha, base, now, self.shown())
        if self.pull.draft and expected == "failure":
            expected = self.stage.conclusion(self.pull, CHECKS[base]) or ""
        assert self.stage.conclusion(self.pull, CHECKS[base]) == expected, self.stage.title(self.pull, CHECKS[base])
        markers = [body.partition("\n")[0] for body in self.stage.comments(self.pull)]
        assert len(markers) == len(set(markers)), "a comment twice"
        ledger = self.wait(self.stage.service.store.ledger(self.pull.repo.id, self.pull.number))
        asked = [(one.team, one.fingerprints) for one in ledger.asks if not one.is_reminder]
        assert len(asked) == len(set(asked)), "a team asked twice for the same"
        mark = self.stage.gh.log.mark()
        self.wait(self.stage.service.sweep.sweep())
        self.wait(self.stage.settled())
        assert [one.path for one in self.stage.gh.writes(since=mark) if "access_tokens" not in one.path] == []

    def teardown(self) -> None:
        try:
            if self.commits:
                self.at_rest_the_check_says_what_is_true()
        finally:
            self.wait(self.stack.aclose())
            self.runner.close()


class HistoriesInADatabase(Histories):
    """The same with the real store: slower, and with everything that a database brings."""

    in_memory = False


WANTED = int(os.environ.get("PLACET_HISTORIES", "200"))
SHARDS = 8


def play(machine: type[Histories], histories: int, steps: int, number: int) -> None:
    run_state_machine_as_test(
        seed(number)(type(machine.__name__, (machine,), {})),
        settings=settings(
            max_examples=histories,
            stateful_step_count=steps,
            database=None,
            deadline=None,
            print_blob=False,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink) if WANTED > 200 else (Phase.generate,),
        ),
    )


@pytest.mark.timeout(0)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_the_check_says_what_is_true_after_any_history(shard: int) -> None:
    play(Histories, WANTED // SHARDS, 30, shard)


@pytest.mark.timeout(0)
def test_the_check_says_what_is_true_after_any_history_that_a_database_keeps() -> None:
    play(HistoriesInADatabase, max(5, WANTED // 100), 30, 99)


# Faults put in on purpose: histories that catch none of them would prove nothing.


def an_approval_bound_to_the_commit(patch: pytest.MonkeyPatch) -> None:
    decided = Case.decided

    def bound(case: Case, ledger: Ledger) -> Verdict:
        def is_on_this_head(act: Act) -> bool:
            before = [one for one in ledger.publications if one.at <= act.at]
            return not before or before[-1].head == case.pull.head_sha

        return decided(case, replace(ledger, acts=tuple(filter(is_on_this_head, ledger.acts))))

    patch.setattr(Case, "decided", bound)


def a_forgotten_dismissal(patch: pytest.MonkeyPatch) -> None:
    merged = hearing._merged

    def forgetful(heard: Any, listed: Any) -> Any:
        return (one for one in merged(heard, listed) if one.deed is not Deed.DISMISSED)

    patch.setattr(hearing, "_merged", forgetful)


def pending_members_counted(patch: pytest.MonkeyPatch) -> None:
    def lax(reply: Reply, name: str) -> str:
        found = text(reply, name)
        return "active" if (name, found) == ("state", "pending") else found

    text = Reply.text
    patch.setattr(Reply, "text", lax)


def a_policy_read_from_the_head(patch: pytest.MonkeyPatch) -> None:
    compared = Reader._compared

    async def trusting(reader: Reader, repository: Any, base_ref: str, tip: str, head: str, tell: Any) -> Reading:
        reading = await compared(reader, repository, base_ref, tip, head, tell)
        policy, error = await reader.policy(repository, await reader.files(repository, head))
        return reading if error is not None else replace(reading, policy=policy)

    patch.setattr(Reader, "_compared", trusting)


@pytest.mark.timeout(0)
@pytest.mark.parametrize(
    "fault",
    [
        an_approval_bound_to_the_commit,
        a_forgotten_dismissal,
        pending_members_counted,
        a_policy_read_from_the_head,
    ],
)
def test_a_fault_put_in_on_purpose_is_caught(
    fault: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    fault(monkeypatch)

    def play_until_caught() -> None:
        for number in range(12):
            play(Histories, 40, 30, number)

    with pytest.raises(AssertionError):
        play_until_caught()
