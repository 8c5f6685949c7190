"""Listening: what people said about a pull request, judged with their rights looked up fresh, and written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from placet.app.hearing import Attempt, attempts
from placet.app.ports import AuditEntry, Clock, Forge, Records, Store
from placet.app.ruling import Bench, Rights, Ruling, ruled, teams_to_look_up
from placet.app.snapshot import Pull, Utterance
from placet.app.texts import Identity, owed_for, scene_of
from placet.impact.analysis import Analysis
from placet.policy.model import Policy
from placet.proposals.decide import Subject, decide
from placet.proposals.model import Act, Ledger, Refusal, Verb
from placet.proposals.teams import TeamDirectory
from placet.proposals.verdict import Verdict


@dataclass(frozen=True)
class Case:
    """Everything but the ledger that a decision about a pull request is made from."""

    pull: Pull
    analysis: Analysis
    directory: TeamDirectory
    policy: Policy

    def decided(self, ledger: Ledger) -> Verdict:
        """The verdict under that ledger."""
        subject = Subject(self.pull.is_draft, self.pull.is_open, self.pull.is_merged, self.pull.base_ref)
        return decide(subject, self.analysis, self.directory, ledger, self.policy)


class Listener:
    """Takes in what was said since the last time; each word is judged once, and what is owed for it is kept with it."""

    def __init__(self, forge: Forge, store: Store, clock: Clock, identity: Identity) -> None:
        self._forge = forge
        self._store = store
        self._clock = clock
        self._identity = identity

    async def hear(self, case: Case, ledger: Ledger, listed: Sequence[Utterance]) -> Ledger:
        """The ledger with everything that was said."""
        pull = case.pull
        heard = await self._store.heard(pull.repository.id, pull.number)
        tried = attempts(heard, listed, ledger, self._identity.app_id)
        if not tried:
            return ledger
        rulings: list[tuple[Attempt, Ruling]] = []
        acts: tuple[Act, ...] = ()
        for attempt in tried:
            bench = self._bench(case, replace(ledger, acts=(*ledger.acts, *acts)))
            ruling = ruled(attempt, await self._rights(pull, attempt, bench), bench)
            acts += ruling.acts
            rulings.append((attempt, ruling))
        after = case.decided(replace(ledger, acts=(*ledger.acts, *acts)))
        records = Records(
            acts=acts,
            refusals=tuple(Refusal(one.source, ruling.refusal) for one, ruling in rulings if not ruling.acts),
            posted=owed_for(rulings, after, scene_of(pull, ledger, self._identity, self._clock.now())),
            audit=tuple(self._audit(pull, act) for act in acts),
        )
        return await self._store.record(pull.repository.id, pull.number, records, self._clock.now())

    def _bench(self, case: Case, ledger: Ledger) -> Bench:
        assessment = case.decided(ledger).assessment
        return Bench(
            author=case.pull.author,
            policy=case.policy,
            assessment=assessment,
            directory=case.directory,
            publications=ledger.publications,
            acts=ledger.acts,
            now=self._clock.now(),
            teams={team.id: team for team in case.directory.teams.values()} | dict(assessment.teams),
        )

    async def _rights(self, pull: Pull, attempt: Attempt, bench: Bench) -> Rights:
        """What the person may just now: looked up for this attempt, never remembered."""
        member_of = {
            team.id
            for team in teams_to_look_up(attempt, bench)
            if await self._forge.is_member(pull.repository, team, attempt.person)
        }
        unanswerable = [team for team in teams_to_look_up(attempt, bench) if bench.directory.is_unanswerable(team)]
        if unanswerable and await self._forge.is_admin(pull.repository, attempt.person):
            # Nobody of theirs may answer: who administers the repository does, never the author.
            member_of |= {team.id for team in unanswerable}
        can_write = attempt.verb is Verb.CLASSIFY and await self._forge.can_write(pull.repository, attempt.person)
        return Rights(frozenset(member_of), can_write)

    def _audit(self, pull: Pull, act: Act) -> AuditEntry:
        facts: dict[str, object] = {
            "team": act.team,
            "fingerprints": sorted(act.fingerprints),
            "source": f"{act.source.kind}:{act.source.id}:{act.source.line}",
            "note": act.note,
            **act.arguments,
        }
        return AuditEntry(f"act.{act.verb}", f"{pull.repository.id}#{pull.number}", act.actor.login, act.at, facts)
