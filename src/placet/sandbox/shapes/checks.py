"""Check runs, check suites, branch rules and merge groups as JSON."""

from collections.abc import Sequence
from urllib.parse import quote

from placet.sandbox.model import CheckRun, CheckSuite, Json, MergeGroup, Pull, Repository, RequiredCheck
from placet.sandbox.shapes import accounts, commits, pulls, repositories
from placet.sandbox.shapes.links import Links, node, stamp, stamp_or_none

_WORST = ("failure", "timed_out", "cancelled", "action_required", "stale", "success", "neutral", "skipped")


def pulls_of(repo: Repository, head_sha: str) -> list[Pull]:
    """The open pull requests that a check on this commit is shown on: none from forks."""
    return [pull for pull in repo.open_pulls.values() if pull.head_sha == head_sha and pull.head_repo is repo]


def suite_state(suite: CheckSuite) -> tuple[str, str | None]:
    """Status and conclusion of a suite, from the latest run of each name."""
    latest = [runs[-1] for runs in suite.runs.values() if runs]
    if not latest or suite.reset:
        return "queued", None
    if any(run.status != "completed" for run in latest):
        return "in_progress", None
    found = {run.conclusion for run in latest}
    return "completed", next(conclusion for conclusion in _WORST if conclusion in found)


def run(links: Links, one: CheckRun) -> Json:
    """A check run as the API gives it."""
    return {**_run(links, one), "check_suite": {"id": one.suite.id}}


def hook_run(links: Links, one: CheckRun) -> Json:
    """A check run as webhooks carry it, with its suite."""
    return {**_run(links, one), "check_suite": _suite(links, one.suite)}


def annotation(links: Links, one: CheckRun, given: Json) -> Json:
    """An annotation as it is read back."""
    optional = ("start_column", "end_column", "title", "raw_details")
    return {
        **dict.fromkeys(optional),
        **given,
        "blob_href": f"{links.page(one.repo)}/blob/{one.head_sha}/{quote(given['path'])}",
    }


def suite(links: Links, one: CheckSuite) -> Json:
    """A check suite as the API gives it."""
    repository = repositories.repository(links, one.repo)
    return {**hook_suite(links, one), "repository": repository, "rerequestable": True, "runs_rerequestable": True}


def hook_suite(links: Links, one: CheckSuite) -> Json:
    """A check suite as webhooks carry it."""
    return {
        **_suite(links, one),
        "latest_check_runs_count": len(one.runs),
        "check_runs_url": f"{links.repo(one.repo)}/check-suites/{one.id}/check-runs",
        "head_commit": commits.simple_commit(one.repo.store.commit(one.head_sha)),
    }


def rules(repo: Repository, checks: Sequence[RequiredCheck]) -> list[Json]:
    """The rules of a branch: that these checks are required; none where none are."""
    if not checks:
        return []
    return [
        {
            "type": "required_status_checks",
            "ruleset_source_type": "Repository",
            "ruleset_source": repo.full_name,
            "ruleset_id": repo.id,
            "parameters": {
                "strict_required_status_checks_policy": False,
                "do_not_enforce_on_create": False,
                "required_status_checks": [
                    {"context": check.context} | ({"integration_id": check.app_id} if check.app_id else {})
                    for check in checks
                ],
            },
        }
    ]


def merge_group(group: MergeGroup) -> Json:
    return {
        "head_sha": group.head_sha,
        "head_ref": f"refs/heads/{group.head_ref}",
        "base_ref": f"refs/heads/{group.base_ref}",
        "base_sha": group.base_sha,
        "head_commit": commits.simple_commit(group.repo.store.commit(group.head_sha)),
    }


def _run(links: Links, one: CheckRun) -> Json:
    api, page = f"{links.repo(one.repo)}/check-runs/{one.id}", f"{links.page(one.repo)}/runs/{one.id}"
    app = accounts.app(links, one.app)
    return {
        "id": one.id,
        "node_id": node("CheckRun", one.id),
        "head_sha": one.head_sha,
        "name": one.name,
        "external_id": one.external_id,
        "url": api,
        "html_url": page,
        "details_url": one.details_url or app["external_url"],
        "status": one.status,
        "conclusion": one.conclusion,
        "started_at": stamp(one.started_at),
        "completed_at": stamp_or_none(one.completed_at),
        "output": {
            "title": one.title,
            "summary": one.summary,
            "text": one.text,
            "annotations_count": len(one.annotations),
            "annotations_url": f"{api}/annotations",
        },
        "app": app,
        "pull_requests": [pulls.minimal_pull(links, pull) for pull in pulls_of(one.repo, one.head_sha)],
    }


def _suite(links: Links, one: CheckSuite) -> Json:
    status, conclusion = suite_state(one)
    return {
        "id": one.id,
        "node_id": node("CheckSuite", one.id),
        "head_branch": one.head_branch,
        "head_sha": one.head_sha,
        "status": status,
        "conclusion": conclusion,
        "url": f"{links.repo(one.repo)}/check-suites/{one.id}",
        "before": one.before,
        "after": one.head_sha,
        "pull_requests": [pulls.minimal_pull(links, pull) for pull in pulls_of(one.repo, one.head_sha)],
        "app": accounts.app(links, one.app),
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.updated_at),
    }
