"""Who must agree to what: an analysis, the teams behind its readers, and the policy (1-product, "The walk")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from placet.diff.changes import Change
from placet.impact.analysis import Analysis, Reach
from placet.policy.model import Asked, Policy, Unowned, Unread
from placet.proposals.model import Act, Team, Verb
from placet.proposals.teams import TeamDirectory
from placet.vocabulary.words import Because, Category, Gate, ReaderState, SettledBy


class Exemption(StrEnum):
    """Why a reader's team is not asked although the walk reached it."""

    OWN_TEAM = "own_team"
    NOTIFY = "notify"
    SAME = "same"
    BELOW_ROWS = "below_rows"
    UNOWNED = "unowned"


@dataclass(frozen=True, slots=True)
class AssessedReach:
    """A reader with the team behind it (None: nobody is known), and why that team is not asked if it is not."""

    reach: Reach
    team: Team | None
    exemption: Exemption | None


@dataclass(frozen=True, slots=True)
class AssessedChange:
    """A change with what is left of it: who must agree, or why nobody needs to.

    ``gated``: it asks and is not settled. ``needs_person``: it is gated, and there is no team to ask.
    ``owner_unknown``: it is gated by readers whose owner nobody knows, as the policy wants it.
    """

    change: Change
    category: Category
    gated: bool
    settled_by: SettledBy | None
    teams: tuple[str, ...]
    owner: Team | None
    reaches: tuple[AssessedReach, ...]
    needs_person: bool = False
    owner_unknown: bool = False
    classified: Act | None = None


@dataclass(frozen=True)
class Assessment:
    """All changes assessed.

    ``required`` says for each team's id the fingerprints that need its answer, ``because`` why in one line.
    """

    changes: tuple[AssessedChange, ...]
    teams: Mapping[str, Team]
    required: Mapping[str, frozenset[str]]
    because: Mapping[str, str]

    @property
    def gated(self) -> tuple[AssessedChange, ...]:
        """The changes that somebody must still agree to, or look at."""
        return tuple(one for one in self.changes if one.gated)

    @property
    def unowned(self) -> tuple[AssessedReach, ...]:
        """Readers that nobody is known to own, once each."""
        found = {
            one.reach.asset: one
            for change in self.changes
            for one in change.reaches
            if one.exemption is Exemption.UNOWNED
        }
        return tuple(found[key] for key in sorted(found))


def assess(
    analysis: Analysis, directory: TeamDirectory, policy: Policy, classifications: Sequence[Act] = ()
) -> Assessment:
    """Each change with the teams that must agree to it; pure, and the same for the check and the command line."""
    latest = _latest_classifications(classifications)
    by_change: dict[str, list[Reach]] = {}
    for reach in analysis.reaches:
        by_change.setdefault(reach.change, []).append(reach)
    assessor = _Assessor(analysis, directory, policy)
    changes = tuple(
        assessor.assessed(change, by_change.get(change.fingerprint, []), latest.get(change.fingerprint))
        for change in analysis.changes
    )
    required: dict[str, set[str]] = {}
    for one in changes:
        for team in one.teams:
            required.setdefault(team, set()).add(one.change.fingerprint)
    return Assessment(
        changes=changes,
        teams=assessor.teams,
        required={team: frozenset(required[team]) for team in sorted(required)},
        because=assessor.because(changes),
    )


def _latest_classifications(acts: Sequence[Act]) -> dict[str, Act]:
    latest: dict[str, Act] = {}
    for act in sorted(acts, key=lambda one: (one.at, one.source.id, one.source.line)):
        if act.verb is Verb.CLASSIFY:
            latest.update(dict.fromkeys(act.fingerprints, act))
    return latest


class _Assessor:
    def __init__(self, analysis: Analysis, directory: TeamDirectory, policy: Policy) -> None:
        self.teams: dict[str, Team] = {}
        self._facts = analysis.assets or {}
        self._complete = analysis.coverage.complete
        self._directory = directory
        self._policy = policy

    def assessed(self, change: Change, reaches: Sequence[Reach], classified: Act | None) -> AssessedChange:
        owner = self._owner(change.asset)
        people = tuple(self._with_team(reach, owner) for reach in reaches)
        result = AssessedChange(
            change=change,
            category=change.category,
            gated=False,
            settled_by=None,
            teams=(),
            owner=owner,
            reaches=people,
            classified=classified,
        )
        if change.gate is Gate.TELL:
            return result
        if not change.asset:
            return replace(result, gated=True)
        if classified is None:
            return self._asking(result)
        if classified.arguments.get("as") != "safe":
            return self._asking(replace(result, category=Category.BREAKING))
        asking = self._asking(result)
        if asking.teams:
            # Where readers are known, it is for their teams to agree: no judgement takes that away from them.
            return asking
        return replace(result, category=Category.NON_BREAKING, settled_by=SettledBy.CLASSIFY)

    def _asking(self, one: AssessedChange) -> AssessedChange:
        teams = {person.team.id: person.team for person in one.reaches if person.team and person.exemption is None}
        if not teams:
            outward = self._read_from_outside(one)
            if None in outward:
                return self._without_owner(one)
            teams = {owner.id: owner for owner in outward if owner is not None}
        if self._policy.approvals.unowned is Unowned.BLOCK and _is_unowned(one):
            one = replace(one, owner_unknown=True)
        if teams:
            self.teams.update(teams)
            return replace(one, gated=True, teams=tuple(sorted(teams)))
        if one.owner_unknown:
            return replace(one, gated=True)
        if self._needs_person(one):
            return replace(one, gated=True, needs_person=True)
        return replace(one, settled_by=_settled_by(one))

    def _without_owner(self, one: AssessedChange) -> AssessedChange:
        """An owner who must answer and is not known is treated as a reader that nobody owns."""
        if self._policy.approvals.unowned is Unowned.BLOCK:
            return replace(one, gated=True, owner_unknown=True)
        if self._needs_person(one):
            return replace(one, gated=True, needs_person=True)
        return replace(one, settled_by=SettledBy.UNOWNED)

    def _needs_person(self, one: AssessedChange) -> bool:
        """An empty walk settles nothing that is undecided, only raised by ``severity``, or that may hide readers."""
        if one.classified is not None and one.classified.arguments.get("as") == "breaking":
            return not self._complete
        undecided = one.change.because is Because.UNDECIDED
        return undecided or one.change.kind in self._policy.severity or not self._complete

    def _read_from_outside(self, one: AssessedChange) -> list[Team | None]:
        """Who answers where no team is left: the owners (None: not known) of what people outside may read.

        That is the asset itself, and whatever loses a column through it.
        """
        if self._policy.approvals.unread is Unread.OWNER:
            return [one.owner]
        if self._policy.approvals.unread is Unread.NOBODY:
            return []
        reaches = [person.reach for person in one.reaches]
        broken = {reach.asset for reach in reaches if reach.state is ReaderState.BROKEN and reach.column}
        assets = [key for key in (one.change.asset, *sorted(broken - {one.change.asset})) if self._is_outward(key)]
        return [self._owner(key) for key in assets]

    def _is_outward(self, asset: str) -> bool:
        facts = self._facts.get(asset)
        return facts is not None and facts.outward

    def _with_team(self, reach: Reach, owner: Team | None) -> AssessedReach:
        team = self._directory.teams.get(reach.team) if reach.team else self._owner(reach.asset)
        return AssessedReach(reach, team, self._exemption(reach, team, owner))

    def _exemption(self, reach: Reach, team: Team | None, owner: Team | None) -> Exemption | None:
        if reach.state is ReaderState.SAME:
            return Exemption.SAME
        if not reach.asked:
            return Exemption.BELOW_ROWS
        if team is None:
            return Exemption.UNOWNED
        if self._is_own_team(team, owner, reach):
            return Exemption.OWN_TEAM
        approvals = self._policy.approvals
        if not reach.team and approvals.inferred_consumers is Asked.NOTIFY:
            return Exemption.NOTIFY
        if reach.state is ReaderState.ADAPTED and approvals.adapted is Asked.NOTIFY:
            return Exemption.NOTIFY
        return None

    def _is_own_team(self, team: Team, owner: Team | None, reach: Reach) -> bool:
        """The author's team, for its readers of what it owns itself, and for its readers that this change adapts."""
        owns = owner is not None and owner.id == team.id
        is_authors = team.id in self._directory.author_teams or (self._directory.owner_is_author and owns)
        return is_authors and (owns or reach.state is ReaderState.ADAPTED)

    def _owner(self, asset: str) -> Team | None:
        facts = self._facts.get(asset)
        return None if facts is None else self._directory.owner_among(facts.owners)

    def because(self, changes: Sequence[AssessedChange]) -> dict[str, str]:
        """For each team one line for people: the nearest of the reasons for which it is asked first."""
        reasons: dict[str, str] = {}
        for one in changes:
            nearest: dict[str, Reach] = {}
            for person in one.reaches:
                if person.team is not None and person.reach.asked and person.reach.state is not ReaderState.SAME:
                    nearest.setdefault(person.team.id, person.reach)
            for team in one.teams:
                if team not in reasons:
                    reasons[team] = self._reason(one, nearest.get(team))
        return reasons

    def _reason(self, one: AssessedChange, reach: Reach | None) -> str:
        if reach is None:
            return f"owns {self._name(one.change.asset)}, which others may read"
        what = one.change.path.partition("columns.")[2] or one.change.what
        if reach.team:
            return f"declared that it reads {what}" + (f": {reach.purpose}" if reach.purpose else "")
        how = "reads" if reach.state is not ReaderState.ADAPTED else "read, until this pull request,"
        return f"{how} {what} in {self._name(reach.asset)}"

    def _name(self, asset: str) -> str:
        facts = self._facts.get(asset)
        return asset.rpartition(":")[2] if facts is None else facts.name


def _is_unowned(one: AssessedChange) -> bool:
    return any(person.exemption is Exemption.UNOWNED for person in one.reaches)


def _settled_by(one: AssessedChange) -> SettledBy:
    exemptions = {person.exemption for person in one.reaches}
    for exemption, settled in (
        (Exemption.UNOWNED, SettledBy.UNOWNED),
        (Exemption.OWN_TEAM, SettledBy.OWN_TEAM),
        (Exemption.NOTIFY, SettledBy.NOTIFY),
        (Exemption.SAME, SettledBy.SAME),
    ):
        if exemption in exemptions:
            return settled
    return SettledBy.UNREAD
