"""Accounts, organisations and teams: who there is, who belongs where, and how that changes."""

from collections.abc import Iterable

from placet.sandbox import rights
from placet.sandbox.model import (
    Access,
    Account,
    Json,
    Kind,
    Membership,
    Organisation,
    Rejected,
    Repository,
    State,
    Team,
    Unknown,
)
from placet.sandbox.shapes import accounts
from placet.sandbox.world.core import Core, Crew, Where, Who


class People(Core):
    """What can be done to accounts and teams. Making them is silent: a world is usually there before the app is."""

    def user(self, login: str) -> Account:
        """The account of that login, new if need be; `somebody[bot]` is a bot."""
        return self.account(login)

    def organisation(self, login: str, *, owner: str = "", base_access: Access = Access.READ) -> Organisation:
        """A new organisation with one owner (`<login>-owner` unless named)."""
        org = self._new_account(Organisation(0, login, Kind.ORGANIZATION, self.now(), base_access=base_access))
        org.members[self.user(owner or f"{login}-owner").id] = Membership(role="admin")
        return org

    def owner_of(self, org: Organisation) -> Account:
        """Somebody who administers the organisation: whoever became an owner first."""
        first = next((user_id for user_id, membership in org.members.items() if membership.role == "admin"), None)
        if first is None:
            raise Unknown(f'nobody owns {org.login}: world.add_to_organisation(org, who, role="admin") makes an owner')
        return self.accounts[first]

    def team(
        self,
        full_name: str,
        *,
        members: Iterable[Who] = (),
        pending: Iterable[Who] = (),
        parent: Crew | None = None,
        repositories: Iterable[Where] | None = None,
        announce: bool = False,
    ) -> Team:
        """A new team (`acme/crm`). Unless `repositories` are named it can read every one of the organisation's."""
        login, _, name = full_name.partition("/")
        org = self.find_organisation(login) or self.organisation(login)
        slug = slug_of(name)
        if slug in org.teams:
            raise Rejected(422, f"{full_name} is already taken")
        team = Team(self.new_id("team"), org, name, slug, self.now(), self.now())
        self.teams[team.id] = org.teams[slug] = team
        if parent is not None:
            team.parent = self.crew(parent)
            team.parent.children.append(team)
        if repositories is not None:
            team.everywhere = None
            team.access = {self.repo(repo).id: Access.READ for repo in repositories}
        if announce:
            self._tell_team("created", team, self.owner_of(org))
        for state, people in ((State.ACTIVE, members), (State.PENDING, pending)):
            for who in people:
                self._join(team, self.account(who), state)
        return team

    def add_member(self, team: Crew, who: Who, *, pending: bool = False, role: str = "member") -> None:
        """Put somebody into a team; `pending` is somebody who has not yet accepted the organisation's invitation."""
        team, user = self.crew(team), self.account(who)
        fresh = user.id not in team.org.members
        self._join(team, user, State.PENDING if pending else State.ACTIVE, role)
        if pending:
            return
        if fresh:
            self._tell_organisation("member_added", team.org, user, Membership())
        self._tell_membership("added", team, user)

    def accept(self, team: Crew, who: Who) -> None:
        """Somebody accepts the invitation: a pending membership becomes active."""
        self.add_member(team, who)

    def remove_member(self, team: Crew, who: Who) -> None:
        """Take somebody out of a team; they stay in the organisation."""
        team, user = self.crew(team), self.account(who)
        if team.members.pop(user.id, None) is None:
            raise Rejected(404, f"{user.login} is no member of {team.slug}")
        self._tell_membership("removed", team, user)

    def add_to_organisation(self, org: Organisation, who: Who, *, role: str = "member") -> None:
        """Make somebody a member (`member`) or an owner (`admin`) of the organisation."""
        user = self.account(who)
        org.members[user.id] = Membership(role=role)
        self._tell_organisation("member_added", org, user, org.members[user.id])

    def remove_from_organisation(self, org: Organisation, who: Who) -> None:
        """Take somebody out of the organisation and with that out of all of its teams."""
        user = self.account(who)
        membership = org.members.pop(user.id, None)
        if membership is None:
            raise Rejected(404, f"{user.login} is no member of {org.login}")
        if not any(other.role == "admin" for other in org.members.values()):
            org.members[user.id] = membership
            raise Rejected(422, f"{user.login} is the last owner of {org.login}")
        for team in org.teams.values():
            if team.members.pop(user.id, None) is not None:
                self._tell_membership("removed", team, user)
        self._tell_organisation("member_removed", org, user, membership)

    def rename_team(self, team: Crew, name: str) -> Team:
        """Another name, and so another slug; the id stays."""
        team = self.crew(team)
        old = team.name
        if team.org.teams.get(slug_of(name), team) is not team:
            raise Rejected(422, f"{slug_of(name)} is already taken")
        del team.org.teams[team.slug]
        team.name, team.slug, team.updated_at = name, slug_of(name), self.now()
        team.org.teams[team.slug] = team
        self._tell_team("edited", team, self.owner_of(team.org), changes={"name": {"from": old}})
        return team

    def delete_team(self, team: Crew) -> None:
        """The team goes, and every team nested in it; what was asked of them is asked of nobody any more."""
        team = self.crew(team)
        for child in list(team.children):
            self.delete_team(child)
        del team.org.teams[team.slug], self.teams[team.id]
        if team.parent is not None:
            team.parent.children.remove(team)
        for repo in self.repositories.values():
            for pull in repo.open_pulls.values():
                pull.requested_teams.pop(team.id, None)
        self._tell_team("deleted", team, self.owner_of(team.org))

    def give_access(self, team: Crew, where: Where, access: Access = Access.READ) -> None:
        """Let a team into a repository, or change what it may do there."""
        team, repo = self.crew(team), self.repo(where)
        team.access[repo.id] = access
        sender = self.owner_of(team.org)
        self._tell_team("added_to_repository", team, sender, about=repo)
        self.tell("team_add", repo, sender, lambda: {"team": accounts.hook_team(self.links, team)})

    def take_access(self, team: Crew, where: Where) -> None:
        """Shut a team out of a repository."""
        team, repo = self.crew(team), self.repo(where)
        team.access[repo.id] = Access.NONE
        self._tell_team("removed_from_repository", team, self.owner_of(team.org), about=repo)

    def collaborator(self, where: Where, who: Who, access: Access = Access.WRITE) -> None:
        """Give somebody rights of their own in a repository, or other ones."""
        repo, user = self.repo(where), self.account(who)
        before, repo.collaborators[user.id] = repo.collaborators.get(user.id), access
        member = accounts.user(self.links, user)
        fields: Json = {"action": "added", "member": member}
        if before is not None:
            fields = {"action": "edited", "changes": {"old_permission": {"from": before.legacy}}, "member": member}
        self.tell("member", repo, self.keeper_of(repo), lambda: fields)

    def remove_collaborator(self, where: Where, who: Who) -> None:
        """Take somebody's own rights in a repository away."""
        repo, user = self.repo(where), self.account(who)
        repo.collaborators.pop(user.id, None)
        fields: Json = {"action": "removed", "member": accounts.user(self.links, user)}
        self.tell("member", repo, self.keeper_of(repo), lambda: fields)

    def delete_user(self, who: Who) -> None:
        """The account goes: what it wrote stays, by the ghost or by nobody."""
        user = self.account(who)
        user.gone = True
        del self._logins[user.login.lower()]
        for account in self.accounts.values():
            if isinstance(account, Organisation):
                account.members.pop(user.id, None)
        for team in self.teams.values():
            team.members.pop(user.id, None)

    def rename_organisation(self, org: Organisation, login: str) -> None:
        """Another login: every repository of it gets another name, and answers under the old one with a redirect."""
        old = org.login
        if login.lower() in self._logins:
            raise Rejected(422, f"{login} is already taken")
        mine = [repo for repo in self.repositories.values() if repo.owner is org and not repo.gone]
        for repo in mine:
            self._old_names[repo.full_name.lower()] = self._names.pop(repo.full_name.lower())
        del self._logins[old.lower()]
        org.login = login
        self._logins[login.lower()] = org
        for repo in mine:
            self._names[repo.full_name.lower()] = repo
        fields: Json = {"action": "renamed", "changes": {"login": {"from": old}}}
        self.tell("organization", org, self.owner_of(org), lambda: fields)

    def keeper_of(self, repo: Repository) -> Account:
        """Somebody who administers the repository."""
        return self.owner_of(repo.owner) if isinstance(repo.owner, Organisation) else repo.owner

    def may_push(self, repo: Repository, user: Account) -> bool:
        return rights.access_to(repo, user).level >= Access.WRITE.level

    def _join(self, team: Team, user: Account, state: State, role: str = "member") -> None:
        team.members[user.id] = Membership(state, role)
        team.org.members.setdefault(user.id, Membership(state))
        if state == State.ACTIVE:
            team.org.members[user.id].state = state

    def _tell_team(
        self, action: str, team: Team, sender: Account, *, about: Repository | None = None, changes: Json | None = None
    ) -> None:
        def fields() -> Json:
            extra = {} if changes is None else {"changes": changes}
            return {"action": action, "team": accounts.hook_team(self.links, team), **extra}

        self.tell("team", about or team.org, sender, fields)

    def _tell_membership(self, action: str, team: Team, user: Account) -> None:
        def fields() -> Json:
            return {
                "action": action,
                "scope": "team",
                "member": accounts.user(self.links, user),
                "team": accounts.hook_team(self.links, team),
            }

        self.tell("membership", team.org, self.owner_of(team.org), fields)

    def _tell_organisation(self, action: str, org: Organisation, user: Account, membership: Membership) -> None:
        def fields() -> Json:
            return {"action": action, "membership": accounts.org_membership(self.links, org, user, membership)}

        self.tell("organization", org, self.owner_of(org), fields)


def slug_of(name: str) -> str:
    """The part of a team's address that its name gives."""
    return "-".join("".join(letter if letter.isalnum() or letter in "-_" else " " for letter in name.lower()).split())
