"""What the check would say if teams answered so: a ledger made up for the one evaluator, ``decide``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from placet.impact.analysis import Analysis
from placet.policy.model import Policy
from placet.proposals.decide import Subject, decide
from placet.proposals.model import (
    Act,
    Ask,
    Ledger,
    Person,
    Publication,
    Source,
    SourceKind,
    Standing,
    Verb,
)
from placet.proposals.schedule import ASKING
from placet.proposals.teams import TeamDirectory
from placet.proposals.verdict import Verdict

# By policy, not as members of the team that they speak about.
_BY_POLICY = frozenset({Verb.WAIVE, Verb.FORCE})


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody would say: for a team by its id, or, where that is empty, about everything (a force)."""

    verb: Verb
    who: str
    team: str = ""
    note: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """A pull request whose teams are asked at that moment, and answer in the same one."""

    subject: Subject
    analysis: Analysis
    directory: TeamDirectory
    policy: Policy
    asked_at: datetime

    def verdict_if(self, said: Sequence[Said], at: datetime) -> Verdict:
        """The verdict at a time, had this been said in this order; of a team that is not asked nothing counts."""
        shown = self._decided(Ledger(), self.asked_at)
        return self._decided(self._ledger(shown, said), at)

    def _decided(self, ledger: Ledger, at: datetime) -> Verdict:
        return decide(self.subject, self.analysis, self.directory, ledger, self.policy, at)

    def _ledger(self, shown: Verdict, said: Sequence[Said]) -> Ledger:
        everything = frozenset(one.change.fingerprint for one in shown.assessment.gated)
        publication = Publication(self.subject.head_sha, self.subject.base_ref, self.asked_at, shown.shown, everything)
        people = {who: Person(number, who) for number, who in enumerate(dict.fromkeys(one.who for one in said), 1)}
        acts = [self._act(one, line, people[one.who], publication) for line, one in enumerate(said, 1)]
        return Ledger(
            state=shown.proposal,
            opened_at=self.asked_at,
            acts=tuple(acts),
            publications=(publication,),
            asks=tuple(self._asks(shown)),
        )

    def _act(self, said: Said, line: int, actor: Person, shown: Publication) -> Act:
        """The lines of one comment: so they count in the order in which they stand."""
        return Act(
            verb=said.verb,
            team=said.team,
            actor=actor,
            fingerprints=shown.shown.get(said.team, frozenset()) if said.team else shown.everything,
            source=Source(SourceKind.COMMENT, 1, line),
            at=self.asked_at,
            seen_at=self.asked_at,
            standing=Standing.POLICY if said.verb in _BY_POLICY else Standing.MEMBER,
            note=said.note,
            until=said.until,
            arguments={"base": shown.base},
        )

    def _asks(self, shown: Verdict) -> list[Ask]:
        if self.subject.is_draft or shown.state not in ASKING:
            return []
        return [Ask(row.team.id, row.required, self.asked_at, "review_request") for row in shown.rows]
