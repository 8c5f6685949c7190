"""Accounts, organisations, teams, apps and installations as JSON."""

from urllib.parse import quote

from placet.sandbox import rights
from placet.sandbox.model import Account, App, Installation, Json, Kind, Membership, Organisation, Repository, Team
from placet.sandbox.shapes.links import Links, node, stamp, stamp_or_none

GHOST_ID = 10137


def user(links: Links, account: Account) -> Json:
    """An account as others refer to it; one that was deleted is shown as the ghost."""
    key = ("user", account.id, account.login, account.gone)
    if key not in links.cache:
        ghost = Account(GHOST_ID, "ghost", Kind.USER, account.created_at)
        links.cache[key] = _user(links, ghost if account.gone else account)
    return links.cache[key]


def user_or_none(links: Links, account: Account | None) -> Json | None:
    """As `user`, but one that was deleted is missing."""
    return None if account is None or account.gone else user(links, account)


def public_user(links: Links, account: Account) -> Json:
    """An account as asked for by its own name."""
    nothing = dict.fromkeys(("company", "location", "email", "hireable", "bio", "twitter_username"))
    return {
        **user(links, account),
        **nothing,
        "name": None,
        "blog": "",
        **dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0),
        "created_at": stamp(account.created_at),
        "updated_at": stamp(account.created_at),
    }


def organisation(links: Links, org: Account) -> Json:
    """An organisation as webhooks and memberships refer to it."""
    api = f"{links.api}/orgs/{org.login}"
    return {
        "login": org.login,
        "id": org.id,
        "node_id": node("Organization", org.id),
        "url": api,
        "repos_url": f"{api}/repos",
        "events_url": f"{api}/events",
        "hooks_url": f"{api}/hooks",
        "issues_url": f"{api}/issues",
        "members_url": f"{api}/members{{/member}}",
        "public_members_url": f"{api}/public_members{{/member}}",
        "avatar_url": f"{links.web}/avatars/u/{org.id}",
        "description": None,
    }


def full_organisation(links: Links, org: Organisation, repos: int) -> Json:
    return {
        **organisation(links, org),
        "name": org.login,
        "html_url": f"{links.web}/{org.login}",
        "type": "Organization",
        "has_organization_projects": True,
        "has_repository_projects": True,
        **dict.fromkeys(("public_gists", "followers", "following"), 0),
        "public_repos": repos,
        "created_at": stamp(org.created_at),
        "updated_at": stamp(org.created_at),
        "archived_at": None,
        "default_repository_permission": str(org.base_access),
    }


def team(links: Links, one: Team) -> Json:
    """A team as the API lists it."""
    return {
        **hook_team(links, one),
        **_team_kind(one),
        "parent": None if one.parent is None else simple_team(links, one.parent),
    }


def simple_team(links: Links, one: Team) -> Json:
    """A team without its parent, as a parent is shown."""
    return {**_team(links, one), **_team_kind(one)}


def hook_team(links: Links, one: Team) -> Json:
    """A team as webhooks carry it."""
    return {**_team(links, one), "parent": None if one.parent is None else _team(links, one.parent)}


def full_team(links: Links, one: Team, repos: int) -> Json:
    return {
        **team(links, one),
        "members_count": len(rights.members_of(one)),
        "repos_count": repos,
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.updated_at),
        "organization": full_organisation(links, one.org, repos),
    }


def team_membership(links: Links, one: Team, member: Account, membership: Membership) -> Json:
    return {
        "url": f"{links.api}/organizations/{one.org.id}/team/{one.id}/memberships/{quote(member.login)}",
        "role": membership.role,
        "state": str(membership.state),
    }


def org_membership(links: Links, org: Organisation, member: Account, membership: Membership) -> Json:
    """A membership as `organization` webhooks carry it."""
    return {
        "url": f"{links.api}/orgs/{org.login}/memberships/{quote(member.login)}",
        "state": str(membership.state),
        "role": membership.role,
        "organization_url": f"{links.api}/orgs/{org.login}",
        "user": user(links, member),
    }


def app(links: Links, one: App) -> Json:
    return {
        "id": one.id,
        "slug": one.slug,
        "node_id": node("App", one.id),
        "owner": user(links, one.owner),
        "name": one.name,
        "description": "",
        "external_url": f"{links.web}/apps/{one.slug}/home",
        "html_url": f"{links.web}/apps/{one.slug}",
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.created_at),
        "permissions": dict(one.permissions),
        "events": list(one.events),
    }


def installation(links: Links, one: Installation) -> Json:
    account = user(links, one.account)
    return {
        "id": one.id,
        "account": account,
        "repository_selection": "all" if one.repositories is None else "selected",
        "access_tokens_url": f"{links.api}/app/installations/{one.id}/access_tokens",
        "repositories_url": f"{links.api}/installation/repositories",
        "html_url": f"{links.web}/settings/installations/{one.id}",
        "app_id": one.app.id,
        "app_slug": one.app.slug,
        "target_id": one.account.id,
        "target_type": str(one.account.kind),
        "permissions": dict(one.permissions),
        "events": list(one.events),
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.updated_at),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": user_or_none(links, one.suspended_by),
        "suspended_at": stamp_or_none(one.suspended_at),
    }


def installed_repository(repo: Repository) -> Json:
    """A repository as `installation` webhooks list it."""
    return {
        "id": repo.id,
        "node_id": node("Repository", repo.id),
        "name": repo.name,
        "full_name": repo.full_name,
        "private": repo.private,
    }


def _user(links: Links, account: Account) -> Json:
    api = links.user(account)
    return {
        "login": account.login,
        "id": account.id,
        "node_id": node(account.kind, account.id),
        "avatar_url": f"{links.web}/avatars/u/{account.id}",
        "gravatar_id": "",
        "url": api,
        "html_url": links.profile(account),
        "followers_url": f"{api}/followers",
        "following_url": f"{api}/following{{/other_user}}",
        "gists_url": f"{api}/gists{{/gist_id}}",
        "starred_url": f"{api}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{api}/subscriptions",
        "organizations_url": f"{api}/orgs",
        "repos_url": f"{api}/repos",
        "events_url": f"{api}/events{{/privacy}}",
        "received_events_url": f"{api}/received_events",
        "type": str(account.kind),
        "site_admin": False,
    }


def _team(links: Links, one: Team) -> Json:
    api = f"{links.api}/organizations/{one.org.id}/team/{one.id}"
    return {
        "name": one.name,
        "id": one.id,
        "node_id": node("Team", one.id),
        "slug": one.slug,
        "description": one.description,
        "privacy": one.privacy,
        "notification_setting": "notifications_enabled",
        "url": api,
        "html_url": f"{links.web}/orgs/{one.org.login}/teams/{one.slug}",
        "members_url": f"{api}/members{{/member}}",
        "repositories_url": f"{api}/repos",
        "permission": "pull",
    }


def _team_kind(one: Team) -> Json:
    return {"type": "organization", "organization_id": one.org.id}
