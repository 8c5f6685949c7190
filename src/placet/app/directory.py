"""Who stands behind the names in the files: looked up on the forge, and remembered beyond renaming and deletion."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from placet.app.ports import Forge, Store
from placet.app.snapshot import Repository
from placet.errors import BadFile
from placet.impact.analysis import Analysis
from placet.policy.model import Policy
from placet.proposals.model import Person, Team, TeamKind
from placet.proposals.teams import TeamDirectory, label, names_in

# Who is nobody's colleague.
NOBODY = Person(0, "", is_user=False)


class Directories:
    """Makes the directory of one pull request."""

    def __init__(self, forge: Forge, store: Store) -> None:
        self._forge = forge
        self._store = store

    async def learn(self, repository: Repository, analysis: Analysis, policy: Policy) -> None:
        """Remember which teams the names stand for: one that is renamed before it is ever asked is followed, too."""
        await self.of(repository, NOBODY, analysis, policy)

    async def of(
        self,
        repository: Repository,
        author: Person,
        analysis: Analysis,
        policy: Policy,
        pushers: Sequence[Person] = (),
    ) -> TeamDirectory:
        """The directory of everybody whom the analysis names; ``pushers`` count as authors besides the author.

        Those teams are in it, too, that one of the names stood for once.
        """
        return await self.named(repository, author, names_in(analysis), policy, pushers)

    async def named(
        self,
        repository: Repository,
        author: Person,
        names: Sequence[str],
        policy: Policy,
        pushers: Sequence[Person] = (),
    ) -> TeamDirectory:
        """The directory of these names; ``team:<id>`` stands for the team of that id, whatever it is called."""
        if not names:
            return TeamDirectory({})
        barred = () if policy.approvals.allow_author else (author, *pushers)
        specs = tuple(policy.teams.values())
        directory = await self._forge.directory(repository, names, specs, author, barred)
        owner = repository.owner_id
        known = await self._store.remembered_teams(owner, names)
        found = {name: team.id for name, team in directory.teams.items() if team.kind is TeamKind.GITHUB}
        # A name that a team once had may have been taken by another since: the team is followed, not the name.
        elsewhere = {name: known[name] for name in names if name in known and found.get(name) != known[name]}
        elsewhere = {name: team for name, team in elsewhere.items() if name in found or name not in directory.teams}
        ids = sorted(set(elsewhere.values()))
        others = await self._forge.directory(repository, ids, (), author, barred) if ids else TeamDirectory({})
        followed = {name: others.teams[team] for name, team in elsewhere.items() if team in others.teams}
        alive = {name for name, team in followed.items() if team.kind is TeamKind.GITHUB}
        followed = {name: team for name, team in followed.items() if name in alive or name not in found}
        new = {name: team for name, team in found.items() if known.get(name) != team and name not in alive}
        if new:
            await self._store.remember_teams(owner, new)
        if not followed:
            return directory
        deleted = {name for name, team in followed.items() if team.kind is TeamKind.NAME}
        # Of a team that is gone GitHub knows nothing but that; its name is the one that it had.
        followed |= {name: replace(followed[name], name=label(name)) for name in deleted}
        return replace(
            directory,
            teams={**directory.teams, **followed},
            author_teams=directory.author_teams | others.author_teams,
            unanswerable=directory.unanswerable | others.unanswerable,
            renamed={name: team.name for name, team in followed.items() if name not in deleted},
            deleted=frozenset(deleted),
        )


def teams_by_id(ids: Iterable[str], policy: Policy, directory: TeamDirectory) -> dict[str, Team]:
    """The teams with these identities, as far as they are still anybody."""
    known = {team.id: team for team in directory.teams.values()}
    found: dict[str, Team] = {}
    for one in ids:
        kind, _, rest = one.partition(":")
        if one in known:
            found[one] = known[one]
        elif kind == "list" and rest in policy.teams:
            found[one] = Team(one, rest, TeamKind.LIST, members=policy.teams[rest].members)
        elif kind == "user":
            found[one] = Team(one, one, TeamKind.PERSON)
        elif kind == "any":
            parts = tuple(teams_by_id(rest.split("+"), policy, directory).values())
            found[one] = Team(one, " or ".join(part.name for part in parts), TeamKind.ANY_OF, parts=parts)
    return found


def unknown_team(policy: Policy, analysis: Analysis, directory: TeamDirectory) -> BadFile | None:
    """The first name that the policy gives to somebody who must be asked, and that never stood for anybody.

    One in dbt's own files or in CODEOWNERS is told, and the next place is tried; a declared consumer has no next.
    """
    used = set(names_in(analysis))
    named = [
        *((one.team, one.location) for one in policy.consumers),
        *((one.name, one.location) for one in policy.teams.values() if one.slug),
    ]
    for name, location in sorted(named, key=lambda one: (one[1].path, one[1].line or 0)):
        if name in used and name not in directory.teams:
            close = difflib.get_close_matches(name, [*policy.teams, *directory.teams], n=1)
            spec = policy.teams.get(name)
            what = f'no team "{spec.slug if spec is not None and spec.slug else name}" on GitHub'
            hint = f'did you mean "{close[0]}"?' if close and close[0] != name else "name a team of this organisation"
            return BadFile(what, path=location.path, line=location.line, hint=hint)
    return None
