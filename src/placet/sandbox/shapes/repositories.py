"""Repositories as JSON: the short form in answers, the full one, and the one in webhook payloads."""

from placet.sandbox.model import Access, Account, Json, Organisation, Repository
from placet.sandbox.shapes import accounts
from placet.sandbox.shapes.links import Links, node, stamp

_PLAIN = (
    "forks teams hooks events tags languages stargazers contributors subscribers subscription "
    "merges downloads deployments"
)
_TEMPLATES = {
    "keys_url": "/keys{/key_id}",
    "collaborators_url": "/collaborators{/collaborator}",
    "issue_events_url": "/issues/events{/number}",
    "assignees_url": "/assignees{/user}",
    "branches_url": "/branches{/branch}",
    "blobs_url": "/git/blobs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "trees_url": "/git/trees{/sha}",
    "statuses_url": "/statuses/{sha}",
    "commits_url": "/commits{/sha}",
    "git_commits_url": "/git/commits{/sha}",
    "comments_url": "/comments{/number}",
    "issue_comment_url": "/issues/comments{/number}",
    "contents_url": "/contents/{+path}",
    "compare_url": "/compare/{base}...{head}",
    "archive_url": "/{archive_format}{/ref}",
    "issues_url": "/issues{/number}",
    "pulls_url": "/pulls{/number}",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "labels_url": "/labels{/name}",
    "releases_url": "/releases{/id}",
}


def repository(links: Links, repo: Repository) -> Json:
    """A repository as other things refer to it."""
    return {**_standing(links, repo), **_changing(links, repo)}


def hook_repository(links: Links, repo: Repository) -> Json:
    """A repository as webhooks carry it."""
    return {**repository(links, repo), "custom_properties": {}}


def full_repository(links: Links, repo: Repository, access: Access) -> Json:
    """A repository as asked for by its own name, with what the caller may do in it."""
    owner = repo.owner
    shape = {
        **repository(links, repo),
        "permissions": permissions(access),
        "temp_clone_token": "",
        "allow_rebase_merge": True,
        "allow_squash_merge": True,
        "allow_merge_commit": True,
        "allow_auto_merge": False,
        "delete_branch_on_merge": False,
        "subscribers_count": 0,
        "network_count": 0,
    }
    if isinstance(owner, Organisation):
        shape["organization"] = accounts.user(links, owner)
    if repo.fork_of is not None:
        shape["parent"] = shape["source"] = repository(links, repo.fork_of)
    return shape


def permissions(access: Access) -> Json:
    """What somebody may do, in the words of `permissions`."""
    needs = {"admin": Access.ADMIN, "maintain": Access.MAINTAIN, "push": Access.WRITE, "triage": Access.TRIAGE}
    needs["pull"] = Access.READ
    return {word: access.level >= least.level for word, least in needs.items()}


def collaborator(links: Links, user: Account, access: Access) -> Json:
    """Somebody's rights in a repository, as `…/collaborators/{user}/permission` tells them."""
    role = "" if access == Access.NONE else str(access)
    return {
        "permission": access.legacy,
        "role_name": role,
        "user": {**accounts.user(links, user), "permissions": permissions(access), "role_name": role},
    }


def _standing(links: Links, repo: Repository) -> Json:
    key = ("repository", repo.id, repo.full_name)
    if key not in links.cache:
        api, page = links.repo(repo), links.page(repo)
        host = links.web.partition("://")[2]
        links.cache[key] = {
            "id": repo.id,
            "node_id": node("Repository", repo.id),
            "name": repo.name,
            "full_name": repo.full_name,
            "html_url": page,
            "url": api,
            **{f"{word}_url": f"{api}/{word}" for word in _PLAIN.split()},
            **{word: api + template for word, template in _TEMPLATES.items()},
            "git_url": f"git://{host}/{repo.full_name}.git",
            "ssh_url": f"git@{host}:{repo.full_name}.git",
            "clone_url": f"{page}.git",
            "svn_url": page,
            **dict.fromkeys(("homepage", "language", "mirror_url", "license")),
            **dict.fromkeys(("size", "stargazers_count", "watchers_count", "forks_count", "forks", "watchers"), 0),
            **dict.fromkeys(("has_issues", "has_projects", "has_downloads", "has_wiki", "allow_forking"), True),
            **dict.fromkeys(("has_pages", "has_discussions", "disabled", "is_template"), False),
            "web_commit_signoff_required": False,
            "topics": [],
        }
    return links.cache[key]


def _changing(links: Links, repo: Repository) -> Json:
    return {
        "owner": accounts.user(links, repo.owner),
        "private": repo.private,
        "visibility": "private" if repo.private else "public",
        "description": repo.description,
        "fork": repo.fork_of is not None,
        "default_branch": repo.default_branch,
        "archived": repo.archived,
        "open_issues_count": len(repo.open_pulls),
        "open_issues": len(repo.open_pulls),
        "created_at": stamp(repo.created_at),
        "updated_at": stamp(repo.updated_at),
        "pushed_at": stamp(repo.pushed_at),
    }
