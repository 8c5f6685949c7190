"""The only writer: carries out actions one by one, looks before it writes anew, and keeps what it wrote."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from weakref import WeakValueDictionary

from placet.app.actions import Action, AskTeam, DeleteComment, React, SetCheck, SetComment
from placet.app.plan import ANNOTATED, CHECK, OWED, REACTION, check_subject, content_digest
from placet.app.ports import AuditEntry, Clock, Forge, Records, Store
from placet.app.snapshot import Pull
from placet.proposals.model import Ask, Posted, Team, Utterance
from placet.render.pings import unasked
from placet.vocabulary.canonical import text_digest

Listed = Sequence[Utterance] | None


class Writer:
    """Applies actions to one forge; each can be repeated safely."""

    def __init__(self, forge: Forge, store: Store, clock: Clock, app_id: int) -> None:
        self._forge = forge
        self._store = store
        self._clock = clock
        self._app_id = app_id
        self._checks: WeakValueDictionary[tuple[int, str, str], asyncio.Lock] = WeakValueDictionary()

    async def apply(self, pull: Pull, actions: Sequence[Action], listed: Listed = None) -> None:
        """Carry out the actions in order; what was done stays done when a later one fails.

        ``listed`` is what stands on the pull request, where that has just been read.
        """
        requests = [one for one in actions if isinstance(one, AskTeam)]
        last_ask = requests[-1] if requests else None
        for action in actions:
            if isinstance(action, SetCheck):
                await self._set_check(pull, action)
            elif isinstance(action, SetComment):
                await self._set_comment(pull, action, listed)
            elif isinstance(action, DeleteComment):
                await self._forge.delete_comment(pull.repository, action.comment_id)
                await self._record(pull, Records(removed=((action.kind, action.subject),)))
            elif isinstance(action, React):
                await self._react(pull, action)
            if action is last_ask:
                await self._request(pull, requests, listed)

    async def _set_check(self, pull: Pull, action: SetCheck) -> None:
        # Two pull requests can have one head: whoever comes second finds the first one's check.
        key = (pull.repository.id, action.sha, action.content.name)
        async with self._checks.setdefault(key, asyncio.Lock()):
            await self._set_check_alone(pull, action)

    async def _set_check_alone(self, pull: Pull, action: SetCheck) -> None:
        content = action.content
        check_id = action.check_id
        if check_id is None:
            runs = await self._forge.check_runs(pull.repository, action.sha, content.name)
            check_id = next((run.id for run in runs if run.app_id == self._app_id), None)
        if check_id is None or not await self._forge.update_check(pull.repository, check_id, content):
            check_id = await self._forge.post_check(pull.repository, action.sha, content)
        subject = check_subject(action.sha, content.name)
        posted = [Posted(CHECK, subject, check_id, content_digest(content))]
        if content.annotations:
            posted.append(Posted(ANNOTATED, subject, check_id, ""))
        facts: dict[str, object] = {
            "sha": action.sha,
            "conclusion": content.conclusion or content.status,
            "title": content.title,
        }
        await self._record(pull, Records(posted=tuple(posted), audit=(self._audit(pull, "check.set", facts),)))

    async def _request(self, pull: Pull, asks: Sequence[AskTeam], listed: Listed) -> None:
        """Request the reviews; those that could not be requested are told together."""
        reasons = await self._forge.request_teams(pull, [one.team for one in asks])
        failed = [(one, reasons[one.team.id]) for one in asks if reasons.get(one.team.id)]
        for one in asks:
            if not reasons.get(one.team.id):
                await self._record(pull, self._asked(pull, [one]))
        if failed:
            await self._tell_unasked(pull, failed, listed)

    def _asked(self, pull: Pull, asks: Sequence[AskTeam]) -> Records:
        told = [Ask(one.team.id, one.fingerprints, one.at, one.how) for one in asks]
        audit = [
            self._audit(
                pull, "team.asked", {"team": one.team, "how": one.how, "fingerprints": sorted(one.fingerprints)}
            )
            for one in told
        ]
        return Records(asks=tuple(told), audit=tuple(audit))

    async def _tell_unasked(self, pull: Pull, failed: Sequence[tuple[AskTeam, str]], listed: Listed) -> None:
        """One comment for all teams that could not be review-requested, found again if a crash lost its id."""
        subject = text_digest(*sorted(f"{one.team.id}:{sorted(one.fingerprints)}" for one, _ in failed))[:12]
        teams: list[tuple[Team, str]] = [(one.team, reason) for one, reason in failed]
        body = unasked(f"<!-- placet:unasked={subject} -->", teams)
        asks = tuple(replace(one, how=f"mention: {reason}") for one, reason in failed)
        await self._set_comment(pull, SetComment("unasked", subject, body, None, asks), listed)

    async def _own(self, pull: Pull, body: str, listed: Listed) -> int | None:
        """Our comment with that first line, the marker by which one is found again whose id was lost in a crash."""
        first_line = body.partition("\n")[0]
        stand = await self._forge.comments(pull.repository, pull.number) if listed is None else listed
        for one in stand:
            if one.app_id == self._app_id and one.body.partition("\n")[0] == first_line:
                return one.id
        return None

    async def _set_comment(self, pull: Pull, action: SetComment, listed: Listed) -> None:
        comment_id = action.comment_id or await self._own(pull, action.body, listed)
        if comment_id is not None and not await self._forge.edit_comment(pull.repository, comment_id, action.body):
            comment_id = None
        if comment_id is None:
            comment_id = await self._forge.comment(pull.repository, pull.number, action.body)
        posted = Posted(action.kind, action.subject, comment_id, text_digest(action.body))
        removed = ((OWED + action.kind, action.subject),)
        await self._record(pull, replace(self._asked(pull, action.asks), posted=(posted,), removed=removed))

    async def _react(self, pull: Pull, action: React) -> None:
        await self._forge.react(pull.repository, action.source, action.reaction)
        subject = f"{action.source.kind}:{action.source.id}"
        await self._record(pull, Records(removed=((OWED + REACTION, subject),)))

    def _audit(self, pull: Pull, kind: str, facts: dict[str, object]) -> AuditEntry:
        return AuditEntry(kind, f"{pull.repository.id}#{pull.number}", "placet", self._clock.now(), facts)

    async def _record(self, pull: Pull, records: Records) -> None:
        await self._store.record(pull.repository.id, pull.number, records, self._clock.now())
