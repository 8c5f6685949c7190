"""Repositories: themselves, their branches and rules, who may do what in them, and their source as an archive."""

from placet.sandbox import rights
from placet.sandbox.api.call import Call, Reply, quoted
from placet.sandbox.api.routing import get
from placet.sandbox.model import Access, Json, Rejected, Repository, Team
from placet.sandbox.shapes import accounts, checks, commits, repositories
from placet.sandbox.state import World


@get("/repos/{owner}/{repo}", "metadata:read")
def repository(call: Call) -> Reply:
    return Reply(repositories.full_repository(call.links, call.repo, Access.READ))


@get("/repos/{owner}/{repo}/branches", "contents:read")
def branches(call: Call) -> Reply:
    def shape(name: str) -> Json:
        sha = call.tip(call.repo, name) or ""
        url = f"{call.links.repo(call.repo)}/commits/{sha}"
        return {"name": name, "commit": {"sha": sha, "url": url}, "protected": name in call.repo.required_checks}

    return call.page(sorted(call.repo.refs), shape)


@get("/repos/{owner}/{repo}/branches/{branch}", "contents:read")
def branch(call: Call) -> Reply:
    repo, name = call.repo, call.params["branch"]
    tip = call.tip(repo, name)
    if tip is None:
        raise Rejected(404, "Branch not found")
    api = f"{call.links.repo(repo)}/branches/{quoted(name)}"
    required = [check.context for check in repo.required_checks.get(name, ())]
    policy = {"enforcement_level": "everyone" if required else "off", "contexts": required, "checks": []}
    return Reply(
        {
            "name": name,
            "commit": commit_shape(call.world, repo, tip),
            "_links": {"self": api, "html": f"{call.links.page(repo)}/tree/{quoted(name)}"},
            "protected": bool(required),
            "protection": {"enabled": bool(required), "required_status_checks": policy},
            "protection_url": f"{api}/protection",
        }
    )


@get("/repos/{owner}/{repo}/rules/branches/{branch}", "metadata:read")
def rules(call: Call) -> Reply:
    """What a branch demands; nothing for one that is not there."""
    required = call.repo.required_checks.get(call.params["branch"], ())
    return call.page(checks.rules(call.repo, required), lambda rule: rule)


@get("/repos/{owner}/{repo}/collaborators/{username}/permission", "metadata:read")
def permission(call: Call) -> Reply:
    user = call.world.find_account(call.params["username"])
    if user is None:
        raise Rejected(404, f"{call.params['username']} is not a user")
    return Reply(repositories.collaborator(call.links, user, rights.access_to(call.repo, user)))


@get("/repos/{owner}/{repo}/collaborators/{username}", "metadata:read")
def is_collaborator(call: Call) -> Reply:
    user = call.world.find_account(call.params["username"])
    if user is None or rights.access_to(call.repo, user) == Access.NONE:
        raise Rejected(404, "Not Found")
    return Reply(status=204)


@get("/repos/{owner}/{repo}/teams", "metadata:read")
def teams(call: Call) -> Reply:
    of_org = call.world.find_organisation(call.repo.owner.login)
    every = of_org.teams.values() if of_org else ()
    with_access = [team for team in every if rights.team_access(team, call.repo) != Access.NONE]

    def shape(team: Team) -> Json:
        return {**accounts.team(call.links, team), "permission": rights.team_access(team, call.repo).team_word}

    return call.page(with_access, shape)


@get("/repos/{owner}/{repo}/tarball/{ref}", "contents:read")
def tarball(call: Call) -> Reply:
    """A redirect to another host, which wants no token."""
    sha = call.commit(call.params["ref"])
    return Reply(raw=b"", status=302, headers={"Location": f"{call.links.web}/codeload/{call.repo.id}/{sha}.tar.gz"})


def commit_shape(world: World, repo: Repository, sha: str) -> Json:
    """A commit with the account that it is known to come from."""
    one = repo.store.commit(sha)
    return commits.commit(world.links, repo, one, accounts.user_or_none(world.links, world.author_of(one.author.email)))
