"""Whatever can be recorded comes back as it was."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakes.clock import START, HeldClock
from fakes.memory_store import MemoryStore
from placet.app.ports import AuditEntry, PublishedVersion, Records
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
from placet.store.store import DatabaseStore, open_store

T = TypeVar("T")

# Text that every database can hold; what becomes of the rest is tested by itself.
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
teams = st.sampled_from(["team:8", "team:9", "list:growth", "user:99", "any:team:8+team:9", "odd"])
ids = st.integers(0, 2**63 - 1)
numbers = st.integers(1, 3)
times = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is given beside it
fingerprints = st.frozensets(st.sampled_from(["f1", "f2", "f3"]))
people = st.builds(Person, ids, words, st.booleans())
sources = st.builds(Source, st.sampled_from(SourceKind), numbers, st.integers(-1, 1))
acts = st.builds(
    Act,
    verb=st.sampled_from(Verb),
    team=st.just("") | teams,
    actor=people,
    fingerprints=fingerprints,
    source=sources,
    at=times,
    seen_at=times,
    standing=st.sampled_from(Standing),
    note=words,
    until=st.none() | st.dates(),
    arguments=st.dictionaries(words, words, max_size=2),
)


def several(strategy: st.SearchStrategy[T]) -> st.SearchStrategy[tuple[T, ...]]:
    return st.lists(strategy, max_size=3).map(tuple)


records = st.builds(
    Records,
    state=st.none() | st.sampled_from(ProposalState),
    forced=st.none() | st.booleans(),
    acts=several(acts),
    refusals=several(st.builds(Refusal, sources, words)),
    publication=st.none()
    | st.builds(Publication, words, words, times, st.dictionaries(teams, fingerprints, max_size=2), fingerprints),
    asks=several(st.builds(Ask, teams, fingerprints, times, words)),
    posted=several(st.builds(Posted, st.sampled_from(["check", "comment"]), words, ids, words)),
    removed=several(st.tuples(st.sampled_from(["check", "comment"]), words)),
    versions=several(
        st.builds(PublishedVersion, st.sampled_from("ab"), st.just("main"), st.sampled_from("12"), words, words, times)
    ),
    audit=several(st.builds(AuditEntry, words, words, words, times, st.dictionaries(words, st.integers(), max_size=2))),
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(records, min_size=1, max_size=4))
def test_the_database_remembers_what_memory_remembers(
    tmp_path: Path, empty_database: Path, steps: list[Records]
) -> None:
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        shutil.copy(empty_database, Path(folder) / "placet.db")
        asyncio.run(both_remember_the_same(f"sqlite:///{folder}/placet.db", steps))


async def both_remember_the_same(database_url: str, steps: list[Records]) -> None:
    memory = MemoryStore(HeldClock())
    async with open_store(database_url, HeldClock(), migrates=False) as database:
        for step in steps:
            expected = await said(memory, step)
            assert await said(database, step) == expected
            assert await said(database, step) == expected
        assert await database.ledger(1, 2) == await memory.ledger(1, 2)
        assert await database.last_versions(1, "main") == await memory.last_versions(1, "main")
        check = await database.verify_audit()
        assert (check.problem, check.head.rows) == ("", len(memory.audit))


async def said(store: MemoryStore | DatabaseStore, step: Records) -> Ledger | str:
    try:
        return await store.record(1, 2, step, START)
    except Unavailable as error:
        return error.code
