"""Who belongs to what and may do what where: the forge's own rules, read off its state."""

from collections.abc import Iterator

from placet.sandbox.model import Access, Account, Membership, Organisation, Repository, State, Team


def family(team: Team) -> Iterator[Team]:
    """The team and every team nested below it."""
    yield team
    for child in team.children:
        yield from family(child)


def membership_in(team: Team, user: Account) -> Membership | None:
    """The membership that counts for the team: its own first, else an active one in a nested team; None without any."""
    own = team.members.get(user.id)
    if own is not None:
        return own
    for child in team.children:
        found = membership_in(child, user)
        if found is not None and found.state == State.ACTIVE:
            return Membership(State.ACTIVE, "member")
    return None


def members_of(team: Team) -> dict[int, str]:
    """Id to role of every active member, those of nested teams included."""
    found: dict[int, str] = {}
    for one in family(team):
        for user_id, membership in one.members.items():
            if membership.state == State.ACTIVE:
                found.setdefault(user_id, membership.role if one is team else "member")
    return found


def team_access(team: Team, repo: Repository) -> Access:
    """What the team may do in the repository: as it was given, else as its parent may, else its general access."""
    if repo.owner is not team.org:
        return Access.NONE
    step: Team | None = team
    while step is not None:
        if repo.id in step.access:
            return step.access[repo.id]
        step = step.parent
    return team.everywhere or Access.NONE


def access_to(repo: Repository, user: Account) -> Access:
    """The highest of what ownership, collaboration, teams and membership give somebody."""
    granted = [Access.NONE if repo.private else Access.READ, repo.collaborators.get(user.id, Access.NONE)]
    if repo.owner is user:
        granted.append(Access.ADMIN)
    if isinstance(repo.owner, Organisation):
        granted += _through(repo.owner, repo, user)
    return max(granted, key=lambda access: access.level)


def association(repo: Repository, user: Account) -> str:
    """How the forge describes somebody beside what they wrote."""
    if repo.owner is user:
        return "OWNER"
    if isinstance(repo.owner, Organisation) and user.id in repo.owner.members:
        return "MEMBER"
    if user.id in repo.collaborators:
        return "COLLABORATOR"
    merged = any(pull.author is user and pull.merged for pull in repo.pulls.values())
    return "CONTRIBUTOR" if merged else "NONE"


def _through(org: Organisation, repo: Repository, user: Account) -> Iterator[Access]:
    membership = org.members.get(user.id)
    if membership is None or membership.state != State.ACTIVE:
        return
    yield Access.ADMIN if membership.role == "admin" else org.base_access
    for team in org.teams.values():
        own = team.members.get(user.id)
        if own is not None and own.state == State.ACTIVE:
            yield team_access(team, repo)
