"""What names stand for, and who is who: the directory that the forge fills in and the rest of the core reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from placet.impact.analysis import Analysis, OwnerCandidate
from placet.proposals.model import Team, TeamKind


@dataclass(frozen=True, slots=True)
class TeamDirectory:
    """What names stand for just now.

    ``teams`` by the name that was asked for, as written (``crm``, ``@acme/crm``, ``li-wei``); names that resolve to
    nothing are missing. ``author_teams``: ids of those of which the author of the pull request is an active member.
    ``unanswerable``: ids of teams nobody of which may answer. ``owner_is_author``: on a command line, where nothing can
    be looked up, the owner of what changes counts as the author's team. ``renamed``: names that a team no longer has,
    with what it is called now; ``deleted``: names of teams that are gone.
    """

    teams: Mapping[str, Team]
    author_teams: frozenset[str] = frozenset()
    unanswerable: frozenset[str] = frozenset()
    owner_is_author: bool = False
    renamed: Mapping[str, str] = field(default_factory=dict)
    deleted: frozenset[str] = frozenset()

    def team_of(self, candidate: OwnerCandidate) -> Team | None:
        """The team that a place names; several names on one line are one team, any of which may answer."""
        found = [team for name in candidate.names if (team := self.teams.get(name)) is not None]
        unique = sorted({team.id: team for team in found}.values(), key=lambda team: team.id)
        if len(unique) < 2:  # noqa: PLR2004 - one is no choice
            return unique[0] if unique else None
        return Team(
            id="any:" + "+".join(team.id for team in unique),
            name=" or ".join(team.name for team in unique),
            kind=TeamKind.ANY_OF,
            parts=tuple(unique),
        )

    def is_unanswerable(self, team: Team) -> bool:
        """Whether nobody may answer for the team; for one of several teams, whether that holds for each of them."""
        if team.parts:
            return all(self.is_unanswerable(part) for part in team.parts)
        return team.id in self.unanswerable

    def owner_among(self, candidates: Sequence[OwnerCandidate]) -> Team | None:
        """The first place that names a team which exists."""
        return next((team for one in candidates if (team := self.team_of(one)) is not None), None)


def names_in(analysis: Analysis) -> tuple[str, ...]:
    """Every name that has to be looked up before anybody can be asked, in order."""
    names = {reach.team for reach in analysis.reaches if reach.team}
    for facts in (analysis.assets or {}).values():
        names |= {name for candidate in facts.owners for name in candidate.names}
    return tuple(sorted(names))


def everything_named(analysis: Analysis) -> TeamDirectory:
    """The directory for a command line: every name is a team, and the owner counts as the author's."""
    teams = {name: Team(id=f"name:{label(name)}", name=label(name)) for name in names_in(analysis)}
    return TeamDirectory(teams, owner_is_author=True)


def label(name: str) -> str:
    """A team's name without the ``@org/`` in front of it, as people say it."""
    return name.removeprefix("@").rpartition("/")[2]
