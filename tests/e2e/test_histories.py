"""Histories: whatever people do, and however deliveries come, the check says what an oracle of its own says.

`PLACET_HISTORIES=500 pytest tests/e2e/test_histories.py` plays that many, each another one.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Awaitable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from stage import DIM, Stage, dropping, raised, shop, staged

T = TypeVar("T")

COLUMNS = ("user_email", "phone", "created_at")
MEMBERS = {"crm": {"sam-o", "jo-k"}, "growth": {"li-wei", "jo-k"}, "marketing": {"priya-n"}}
READERS = {"user_email": {"crm", "growth"}, "phone": {"crm"}, "created_at": {"marketing"}}
PEOPLE = ("sam-o", "jo-k", "jo-k", "li-wei", "priya-n", "priya-n", "dana", "eve")
# Answers are what it is about, and most of all approvals by those who are asked.
ACTS = ("approve",) * 5 + ("review",) * 3 + ("block", "retract", "request_changes", "dismiss", "edit", "delete")
STEP = timedelta(seconds=7)

subsets = st.frozensets(st.sampled_from(COLUMNS), max_size=3)
people = st.sampled_from(PEOPLE)
places = st.integers(min_value=0, max_value=1_000)


@dataclass
class Said:
    """What somebody did: approve, block, retract, or take back (a review that requests changes, or is dismissed)."""

    what: str
    who: str
    at: datetime
    commit: str = ""


@dataclass
class Truth:
    """What really happened, and what follows from it: written without a look at the product's own rules."""

    dropped: dict[str, frozenset[str]] = field(default_factory=dict)
    readers: list[tuple[datetime, dict[str, set[str]]]] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)

    def required(self, head: str, at: datetime) -> set[tuple[str, str]]:
        """The (team, column) pairs that must be agreed to for a head, by who reads what at that time."""
        readers = [found for since, found in self.readers if since <= at][-1]
        return {(team, column) for column in self.dropped[head] for team in readers[column]}

    def covered(self, said: Said, shown: Sequence[tuple[datetime, str]]) -> set[tuple[str, str]]:
        """The pairs that an answer is about: what its giver's teams had been shown when it was given."""
        before = [one for one in shown if one[0] <= said.at]
        on_commit = [one for one in before if one[1] == said.commit]
        if not before:
            return set()
        at, head = (on_commit or before)[-1]
        return {(team, column) for team, column in self.required(head, at) if said.who in MEMBERS[team]}

    def words(self, shown: Sequence[tuple[datetime, str]]) -> dict[tuple[str, str], str]:
        """What stands for each pair, folded over everything that was said."""
        approvers: dict[tuple[str, str], set[str]] = {}
        words: dict[tuple[str, str], str] = {}
        for one in sorted(self.said, key=lambda said: said.at):
            pairs = set(words) if one.what == "take back" else self.covered(one, shown)
            for pair in pairs:
                present = approvers.setdefault(pair, set())
                if one.what == "approve":
                    present.add(one.who)
                    words[pair] = "approved"
                elif one.what == "block":
                    present.clear()
                    words[pair] = "blocked"
                elif one.who in present:
                    present.discard(one.who)
                    words[pair] = "approved" if present else "none"
                elif one.what == "retract":
                    present.clear()
                    words[pair] = "none"
        return words

    def conclusion(self, head: str, at: datetime, shown: Sequence[tuple[datetime, str]]) -> str:
        """What the check must say once everything has come to rest."""
        words = self.words(shown)
        standing = {words.get(pair, "none") for pair in self.required(head, at)}
        if "blocked" in standing:
            return "failure"
        return "success" if standing <= {"approved"} else "action_required"

    def may_be_green(self, head: str, at: datetime, shown: Sequence[tuple[datetime, str]]) -> bool:
        """Whether each required pair was agreed to by somebody at some time, if perhaps taken back since."""
        agreed = [self.covered(one, shown) for one in self.said if one.what == "approve"]
        return self.required(head, at) <= set[tuple[str, str]]().union(*agreed)


class Histories(RuleBasedStateMachine):
    """A pull request's life, with everything that happens to deliveries."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.truth = Truth()
        self.commits: list[str] = []
        self.reviews: list[tuple[Any, str]] = []
        self.comments: list[Any] = []
        self.numbers = count(1)

    def wait(self, awaitable: Awaitable[T]) -> T:
        async def awaited() -> T:
            return await awaitable

        return self.runner.run(awaited())

    @initialize(columns=subsets.filter(bool))
    def open(self, columns: frozenset[str]) -> None:
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.stage: Stage = self.wait(self.stack.enter_async_context(staged(folder)))
        shop(self.stage)
        self.stage.world.add_member("acme/growth", "jo-k")
        self.truth.readers.append((self.stage.clock.now(), READERS))
        self.wait(self.stage.settled())
        files = self.files(columns)
        self.pull = self.stage.world.open_pull("acme/shop", author="dana", branch="topic", files=files, title="Topic")
        self.has(self.pull.head_sha, columns)
        self.wait(self.stage.settled())

    def files(self, columns: frozenset[str]) -> dict[str, bytes]:
        files = dropping(*sorted(columns - {"created_at"}))
        if "created_at" in columns:
            files[DIM] = files[DIM].replace(b",\n    created_at", b"")
        return {**files, "notes.md": b"%d\n" % next(self.numbers)}

    def has(self, sha: str, columns: frozenset[str]) -> None:
        self.truth.dropped[sha] = columns
        self.commits.append(sha)
        self.tick()

    def tick(self) -> None:
        self.stage.clock.advance(STEP)

    def say(self, what: str, who: str, *, on_commit: bool = False) -> None:
        now, commit = self.stage.clock.now(), self.pull.head_sha if on_commit else ""
        self.truth.said.append(Said(what, who, now, commit))

    # Few rules with much in each: hypothesis leaves whole rules out of a history, and these must all meet.

    @rule(columns=subsets, place=places, is_new=st.sampled_from((True, True, False)))
    def push_something(self, columns: frozenset[str], place: int, *, is_new: bool) -> None:
        if is_new:
            self.push(columns)
        else:
            self.push_back(place)

    @rule(who=people, what=st.sampled_from(ACTS), place=places)
    def act(self, who: str, what: str, place: int) -> None:
        if what in ("approve", "block", "retract"):
            self.command(who, what)
        elif what in ("review", "request_changes"):
            if who != "dana":
                self.review(who, "approve" if what == "review" else what)
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

    @rule(what=st.sampled_from(("rebase", "main", "reads", "reopen", "draft")))
    def happen(self, what: str) -> None:
        {
            "rebase": self.rebase,
            "main": self.main_moves,
            "reads": self.marketing_begins_to_read_phone,
            "reopen": self.close_and_reopen,
            "draft": self.turn_into_a_draft_or_back,
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
        self.has(self.stage.world.rebase(self.pull), columns)

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
        self.truth.readers.append((self.stage.clock.now(), {**READERS, "phone": {"crm", "marketing"}}))
        self.tick()

    def command(self, who: str, what: str) -> None:
        self.say(what, who)
        body = f"/placet {what}" + (" it is needed" if what == "block" else "")
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

    def shown(self) -> list[tuple[datetime, str]]:
        ledger = self.wait(self.stage.service.store.ledger(self.pull.repo.id, self.pull.number))
        return [(one.at, one.head) for one in ledger.publications]

    @invariant()
    def never_green_without_consent(self) -> None:
        now = self.stage.clock.now()
        if self.stage.conclusion(self.pull) == "success":
            # What reads it counts from when the check was written; somebody may begin to read just afterwards.
            run = self.stage.check(self.pull)
            assert run is not None
            at = min(now, run.completed_at or now)
            assert self.truth.may_be_green(self.pull.head_sha, at, self.shown()), "green, and a team never agreed"

    def rest(self) -> None:
        """Everything arrives, one sweep, and what is then due is done."""
        self.stage.gh.faults.clear()
        for _ in range(3):
            self.wait(self.stage.service.sweep.sweep())
            self.wait(self.stage.settled())

    @rule()
    def at_rest_the_check_says_what_is_true(self) -> None:
        self.rest()
        expected = self.truth.conclusion(self.pull.head_sha, self.stage.clock.now(), self.shown())
        assert self.stage.conclusion(self.pull) == expected, self.stage.title(self.pull)
        markers = [body.partition("\n")[0] for body in self.stage.comments(self.pull)]
        assert len(markers) == len(set(markers)), "a comment twice"
        ledger = self.wait(self.stage.service.store.ledger(self.pull.repo.id, self.pull.number))
        asked = [(one.team, one.fingerprints) for one in ledger.asks]
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


@pytest.mark.timeout(0)
def test_the_check_says_what_is_true_after_any_history() -> None:
    wanted = int(os.environ.get("PLACET_HISTORIES", "0"))
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=wanted or 8,
            stateful_step_count=25 if wanted else 14,
            derandomize=not wanted,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink) if wanted else (Phase.generate,),
        ),
    )
