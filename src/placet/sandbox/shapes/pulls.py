"""Pull requests as JSON: the list's form, the whole one, the ones in webhooks, and as the issue that each also is."""

from collections.abc import Callable, Sequence
from urllib.parse import quote

from placet.sandbox import rights
from placet.sandbox.history import Comparison, compared
from placet.sandbox.model import Account, Json, Label, Pull, Reaction, Repository
from placet.sandbox.shapes import accounts, commits, repositories
from placet.sandbox.shapes.links import Links, node, stamp, stamp_or_none

CONTENTS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


def comparison_of(pull: Pull) -> Comparison:
    """What the pull request would bring: against the base's tip while it is open, else against where it ended."""
    base = pull.repo.refs.get(pull.base_ref, pull.base_sha) if pull.state == "open" else pull.base_sha
    return compared(pull.repo.store, base, pull.head_sha)


def simple_pull(links: Links, pull: Pull) -> Json:
    """A pull request as lists give it."""
    return {
        **_common(links, pull),
        "requested_teams": [accounts.team(links, team) for team in pull.requested_teams.values()],
        "head": _side(links, pull, _head(pull), repositories.repository),
        "base": _side(links, pull, _base(pull), repositories.repository),
    }


def full_pull(links: Links, pull: Pull, *, mergeable: bool | None, blocked: bool) -> Json:
    """A pull request as asked for by its number. GitHub says null for `mergeable` until it has worked it out."""
    return {
        **_common(links, pull),
        **_measures(pull),
        **_merging(links, pull),
        "requested_teams": [accounts.simple_team(links, team) for team in pull.requested_teams.values()],
        "head": _side(links, pull, _head(pull), repositories.repository),
        "base": _side(links, pull, _base(pull), repositories.repository),
        "mergeable": None if pull.state == "closed" else mergeable,
        "rebaseable": None if pull.state == "closed" else mergeable,
        "mergeable_state": _mergeable_state(pull, mergeable=mergeable, blocked=blocked),
    }


def hook_pull(links: Links, pull: Pull) -> Json:
    """A pull request as `pull_request` webhooks carry it, sent before anybody knows whether it merges."""
    return {
        **simple_hook_pull(links, pull),
        **_measures(pull),
        **_merging(links, pull),
        "mergeable": None,
        "rebaseable": None,
        "mergeable_state": "unknown",
    }


def simple_hook_pull(links: Links, pull: Pull) -> Json:
    """A pull request as webhooks about its reviews carry it."""
    return {
        **_common(links, pull),
        "requested_teams": [accounts.hook_team(links, team) for team in pull.requested_teams.values()],
        "head": _side(links, pull, _head(pull), repositories.hook_repository),
        "base": _side(links, pull, _base(pull), repositories.hook_repository),
    }


def minimal_pull(links: Links, pull: Pull) -> Json:
    """A pull request as check runs name it; only those from the same repository are named."""
    where = {"id": pull.repo.id, "url": links.repo(pull.repo), "name": pull.repo.name}
    return {
        "id": pull.id,
        "number": pull.number,
        "url": _api(links, pull),
        "head": {"ref": pull.head_ref, "sha": pull.head_sha, "repo": where},
        "base": {"ref": pull.base_ref, "sha": pull.base_sha, "repo": where},
    }


def issue(links: Links, pull: Pull) -> Json:
    """The issue that a pull request also is, as `issue_comment` webhooks and the issues endpoints give it."""
    api, page = f"{links.repo(pull.repo)}/issues/{pull.number}", _page(links, pull)
    return {
        "url": api,
        "repository_url": links.repo(pull.repo),
        "labels_url": f"{api}/labels{{/name}}",
        "comments_url": f"{api}/comments",
        "events_url": f"{api}/events",
        "timeline_url": f"{api}/timeline",
        "html_url": page,
        "id": pull.id + 1,
        "node_id": node("Issue", pull.id + 1),
        **_text(links, pull),
        "state_reason": None,
        "comments": len(pull.comments),
        "reactions": rollup(f"{api}/reactions", ()),
        "performed_via_github_app": None,
        "pull_request": {
            "url": _api(links, pull),
            "html_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "merged_at": stamp_or_none(pull.merged_at),
        },
    }


def requested(links: Links, pull: Pull) -> Json:
    """Whose review is asked for."""
    return {
        "users": [accounts.user(links, user) for user in pull.requested_users.values()],
        "teams": [accounts.team(links, team) for team in pull.requested_teams.values()],
    }


def rollup(url: str, reactions: Sequence[Reaction]) -> Json:
    """Reactions, counted."""
    given = [reaction.content for reaction in reactions]
    return {"url": url, "total_count": len(given), **{content: given.count(content) for content in CONTENTS}}


def label(links: Links, repo: Repository, one: Label) -> Json:
    return {
        "id": one.id,
        "node_id": node("Label", one.id),
        "url": f"{links.repo(repo)}/labels/{quote(one.name)}",
        "name": one.name,
        "description": "",
        "color": one.color,
        "default": False,
    }


_RepositoryShape = Callable[[Links, Repository], Json]
_Side = tuple[str, str, Repository | None, Account]


def _head(pull: Pull) -> _Side:
    return pull.head_ref, pull.head_sha, pull.head_repo, pull.head_owner


def _base(pull: Pull) -> _Side:
    return pull.base_ref, pull.base_sha, pull.repo, pull.repo.owner


def _common(links: Links, pull: Pull) -> Json:
    api, page, repo = _api(links, pull), _page(links, pull), links.repo(pull.repo)
    urls = {
        "html": page,
        "issue": f"{repo}/issues/{pull.number}",
        "comments": f"{repo}/issues/{pull.number}/comments",
        "review_comments": f"{api}/comments",
        "review_comment": f"{repo}/pulls/comments{{/number}}",
        "commits": f"{api}/commits",
        "statuses": f"{repo}/statuses/{pull.head_sha}",
    }
    return {
        "url": api,
        "id": pull.id,
        "node_id": node("PullRequest", pull.id),
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        **{f"{key}_url": url for key, url in urls.items()},
        **_text(links, pull),
        "merged_at": stamp_or_none(pull.merged_at),
        "merge_commit_sha": pull.merge_commit_sha,
        "requested_reviewers": [accounts.user(links, user) for user in pull.requested_users.values()],
        "_links": {"self": {"href": api}, **{key: {"href": url} for key, url in urls.items()}},
        "auto_merge": None,
    }


def _text(links: Links, pull: Pull) -> Json:
    """What an issue and a pull request have in common."""
    return {
        "number": pull.number,
        "state": pull.state,
        "locked": False,
        "active_lock_reason": None,
        "title": pull.title,
        "body": pull.body,
        "user": accounts.user(links, pull.author),
        "labels": [label(links, pull.repo, one) for one in pull.labels],
        "milestone": None,
        "assignee": None,
        "assignees": [],
        "draft": pull.draft,
        "author_association": rights.association(pull.repo, pull.author),
        "created_at": stamp(pull.created_at),
        "updated_at": stamp(pull.updated_at),
        "closed_at": stamp_or_none(pull.closed_at),
    }


def _measures(pull: Pull) -> Json:
    comparison = comparison_of(pull)
    additions, deletions = commits.totals(pull.repo.store, comparison.changes)
    return {
        "comments": len(pull.comments),
        "review_comments": len(pull.review_comments),
        "commits": len(comparison.commits),
        "additions": additions,
        "deletions": deletions,
        "changed_files": len(comparison.changes),
    }


def _merging(links: Links, pull: Pull) -> Json:
    return {
        "merged": pull.merged,
        "merged_by": accounts.user_or_none(links, pull.merged_by),
        "maintainer_can_modify": False,
    }


def _mergeable_state(pull: Pull, *, mergeable: bool | None, blocked: bool) -> str:
    if pull.state == "closed" or mergeable is None:
        return "unknown"
    if not mergeable:
        return "dirty"
    if pull.draft:
        return "draft"
    return "blocked" if blocked else "clean"


def _side(links: Links, pull: Pull, side: _Side, shape: _RepositoryShape) -> Json:
    name, sha, repo, owner = side
    return {
        "label": f"{owner.login}:{name}",
        "ref": name,
        "sha": sha,
        "user": accounts.user_or_none(links, owner) if pull.head_owner is owner else accounts.user(links, owner),
        "repo": None if repo is None or repo.gone else shape(links, repo),
    }


def _api(links: Links, pull: Pull) -> str:
    return f"{links.repo(pull.repo)}/pulls/{pull.number}"


def _page(links: Links, pull: Pull) -> str:
    return f"{links.page(pull.repo)}/pull/{pull.number}"
