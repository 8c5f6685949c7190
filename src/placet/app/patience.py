"""What is shown while an evaluation takes long, or fails: a check that says so, and that somebody was heard."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from placet.app.actions import Action, CheckContent, React, SetCheck
from placet.app.apply import Writer
from placet.app.hearing import attempts
from placet.app.plan import CHECK, check_subject, content_digest
from placet.app.ports import Clock, Store
from placet.app.snapshot import Pull
from placet.app.texts import Identity, scene_of, texts_for
from placet.errors import Unavailable
from placet.proposals.decide import not_decided
from placet.proposals.model import Ledger, Source, SourceKind
from placet.proposals.verdict import CheckState

T = TypeVar("T")
Tell = Callable[[], Awaitable[None]]

# An answer within three seconds needs no sign that it is coming (4-approvals, "Commands").
AT_ONCE = timedelta(seconds=3)
# So long a check may stay in progress before it says that it does not get on.
WATCHDOG = timedelta(minutes=10)
_COMMENTS = frozenset({SourceKind.COMMENT, SourceKind.REVIEW_COMMENT})


async def patiently(work: Awaitable[T], tell: Tell | None, wait: timedelta = AT_ONCE) -> T:
    """What the work gives; ``tell`` is called meanwhile where it takes long, and before its error goes on."""
    if tell is None:
        return await work
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=wait.total_seconds())
        if not done or task.exception() is not None:
            await tell()
        return await task
    finally:
        task.cancel()


class Waiting:
    """Says on a pull request that its evaluation is under way, or does not get on. It never decides anything."""

    def __init__(self, store: Store, writer: Writer, clock: Clock, identity: Identity) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._identity = identity

    async def tell(self, pull: Pull, ledger: Ledger) -> None:
        """A check in progress, where the head has none, and eyes on the commands that wait; failing that, nothing."""
        content = self._content(pull, ledger, CheckState.ANALYSING)
        actions: list[Action] = []
        if ledger.standing_at(CHECK, check_subject(pull.head_sha, content.name)) is None:
            actions.append(SetCheck(pull.head_sha, content, None))
        await self._try(pull, [*actions, *await self._eyes(pull, ledger)])

    async def give_up(self, pull: Pull, ledger: Ledger) -> None:
        """Once the head has been in progress for too long: a check that says so; the last verdict stands where one is.

        An unfinished run shows no button and goes stale unseen, so it is completed, and blocks.
        """
        content = self._content(pull, ledger, CheckState.ANALYSING)
        standing = ledger.standing_at(CHECK, check_subject(pull.head_sha, content.name))
        is_long = self._clock.now() - pull.updated_at > WATCHDOG
        if standing is not None and standing.digest == content_digest(content) and is_long:
            stalled = self._content(pull, ledger, CheckState.STALLED)
            await self._try(pull, [SetCheck(pull.head_sha, stalled, standing.remote_id)])

    async def _eyes(self, pull: Pull, ledger: Ledger) -> list[Action]:
        heard = await self._store.heard(pull.repository.id, pull.number)
        waiting = attempts(heard, (), ledger, self._identity.app_id)
        commands = {one.source.id: one.source for one in waiting if one.command and one.source.kind in _COMMENTS}
        return [React(Source(one.kind, one.id), "eyes") for one in commands.values()]

    def _content(self, pull: Pull, ledger: Ledger, state: CheckState) -> CheckContent:
        scene = scene_of(pull, ledger, self._identity, self._clock.now())
        content = texts_for(pull, not_decided(state, ledger), ledger, scene).check
        if content is None:
            raise ValueError("a check in progress has its text")
        return content

    async def _try(self, pull: Pull, actions: Sequence[Action]) -> None:
        try:
            await self._writer.apply(pull, actions)
        except Unavailable:
            # What holds up the evaluation may well hold up this; the next try comes by itself.
            return
