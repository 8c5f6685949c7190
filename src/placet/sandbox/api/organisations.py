"""Organisations, teams and people."""

from placet.sandbox import rights
from placet.sandbox.api.call import Call, Reply
from placet.sandbox.api.routing import get
from placet.sandbox.model import Access, Account, Rejected, Repository, State, Team
from placet.sandbox.shapes import accounts, repositories


@get("/orgs/{org}", "open")
def organisation(call: Call) -> Reply:
    repos = [repo for repo in call.world.repositories.values() if repo.owner is call.org]
    return Reply(accounts.full_organisation(call.links, call.org, len(repos)))


@get("/orgs/{org}/teams", "members:read")
def teams(call: Call) -> Reply:
    return call.page(list(call.org.teams.values()), lambda team: accounts.team(call.links, team))


@get("/orgs/{org}/teams/{team_slug}", "members:read")
def team(call: Call) -> Reply:
    return Reply(accounts.full_team(call.links, call.team, len(_repositories_of(call, call.team))))


@get("/orgs/{org}/teams/{team_slug}/members", "members:read")
def team_members(call: Call) -> Reply:
    """Active members, those of nested teams included."""
    role = call.query.get("role", "all")
    ids = [user_id for user_id, held in rights.members_of(call.team).items() if role in {"all", f"{held}"}]
    return call.page(ids, lambda user_id: accounts.user(call.links, call.world.accounts[user_id]))


@get("/orgs/{org}/teams/{team_slug}/memberships/{username}", "members:read")
def team_membership(call: Call) -> Reply:
    user = _user(call)
    found = rights.membership_in(call.team, user)
    if found is None:
        raise Rejected(404, "Not Found")
    return Reply(accounts.team_membership(call.links, call.team, user, found))


@get("/orgs/{org}/teams/{team_slug}/teams", "members:read")
def child_teams(call: Call) -> Reply:
    return call.page(call.team.children, lambda team: accounts.team(call.links, team))


@get("/orgs/{org}/teams/{team_slug}/repos", "members:read")
def team_repositories(call: Call) -> Reply:
    return call.page(_repositories_of(call, call.team), lambda repo: _for_team(call, call.team, repo))


@get("/orgs/{org}/teams/{team_slug}/repos/{owner}/{repo}", "members:read")
def team_repository(call: Call) -> Reply:
    """204 where the team has access; the repository instead, when that media type is asked for."""
    if rights.team_access(call.team, call.repo) == Access.NONE:
        raise Rejected(404, "Not Found")
    if "repository" not in call.accept:
        return Reply(status=204)
    return Reply(_for_team(call, call.team, call.repo))


@get("/orgs/{org}/members", "members:read")
def members(call: Call) -> Reply:
    ids = [user_id for user_id, held in call.org.members.items() if held.state == State.ACTIVE]
    return call.page(ids, lambda user_id: accounts.user(call.links, call.world.accounts[user_id]))


@get("/orgs/{org}/members/{username}", "members:read")
def member(call: Call) -> Reply:
    found = call.org.members.get(_user(call).id)
    if found is None or found.state != State.ACTIVE:
        raise Rejected(404, "User does not exist or is not a member of the organization")
    return Reply(status=204)


@get("/orgs/{org}/memberships/{username}", "members:read")
def membership(call: Call) -> Reply:
    user = _user(call)
    found = call.org.members.get(user.id)
    if found is None:
        raise Rejected(404, "Not Found")
    shape = accounts.org_membership(call.links, call.org, user, found)
    return Reply({**shape, "organization": accounts.organisation(call.links, call.org)})


@get("/users/{username}", "open")
def user(call: Call) -> Reply:
    """Somebody by login, or by id (`/user/{id}`)."""
    return Reply(accounts.public_user(call.links, _user(call)))


def _user(call: Call) -> Account:
    if "user_id" in call.params:
        found = call.world.accounts.get(call.number("user_id"))
    else:
        found = call.world.find_account(call.params["username"])
    if found is None or found.gone:
        raise Rejected(404, "Not Found")
    return found


def _repositories_of(call: Call, team: Team) -> list[Repository]:
    return [repo for repo in call.world.repositories.values() if rights.team_access(team, repo) != Access.NONE]


def _for_team(call: Call, team: Team, repo: Repository) -> dict[str, object]:
    access = rights.team_access(team, repo)
    shape = repositories.repository(call.links, repo)
    del shape["has_discussions"]  # this one shape has no such member
    return {**shape, "permissions": repositories.permissions(access), "role_name": str(access)}
