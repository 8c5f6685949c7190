"""Check runs and suites, with the limits that GitHub's server holds to."""

from placet.sandbox.api import fields
from placet.sandbox.api.call import Call, Reply
from placet.sandbox.api.routing import get, patch, post
from placet.sandbox.model import CheckRun, CheckSuite, Json, Rejected
from placet.sandbox.shapes import checks

MOST_OUTPUT_BYTES = 65_535  # of `summary` and of `text`: the documents say characters, the server counts bytes
MOST_TITLE = 255
MOST_ANNOTATIONS = 50
MOST_ANNOTATION_BYTES = 64 * 1024
MOST_ACTIONS = 3
ACTION_PARTS = {"label": 20, "description": 40, "identifier": 20}
CONCLUSIONS = frozenset(
    {"action_required", "cancelled", "failure", "neutral", "success", "skipped", "stale", "timed_out"}
)
STATUSES = frozenset({"queued", "in_progress", "completed", "waiting", "requested", "pending"})


@post("/repos/{owner}/{repo}/check-runs", "checks:write")
def create(call: Call) -> Reply:
    name, head_sha = fields.needed(call.body, "name"), fields.needed(call.body, "head_sha")
    given = _given(call.body)
    _writable(call)
    app = call.caller.installation.app
    run = call.world.create_run(call.repo, app, name=name, head_sha=head_sha, fields=given)
    return Reply(checks.run(call.links, run), 201)


@patch("/repos/{owner}/{repo}/check-runs/{check_run_id}", "checks:write")
def update(call: Call) -> Reply:
    one = _run(call)
    if one.app is not call.caller.installation.app:
        text = f"Invalid app_id `{one.app.id}` - check run can only be modified by the GitHub App that created it."
        raise Rejected(403, text)
    given = _given(call.body)
    if name := fields.text(call.body, "name"):
        given["name"] = name
    _writable(call)
    return Reply(checks.run(call.links, call.world.update_run(one, given)))


@get("/repos/{owner}/{repo}/check-runs/{check_run_id}", "checks:read")
def run(call: Call) -> Reply:
    return Reply(checks.run(call.links, _run(call)))


@get("/repos/{owner}/{repo}/check-runs/{check_run_id}/annotations", "checks:read")
def annotations(call: Call) -> Reply:
    one = _run(call)
    return call.page(one.annotations, lambda given: checks.annotation(call.links, one, given))


@post("/repos/{owner}/{repo}/check-runs/{check_run_id}/rerequest", "checks:write")
def rerequest(call: Call) -> Reply:
    call.world.rerequest_check(_run(call), user=call.bot)
    return Reply({}, 201)


@get("/repos/{owner}/{repo}/commits/{ref}/check-runs", "checks:read")
def runs_of_commit(call: Call) -> Reply:
    """Runs at a commit, newest first; of each name and app only the latest, unless `filter=all`."""
    sha = call.commit(call.params["ref"], status=422)
    return _run_list(call, call.repo.runs_of.get(sha, []))


@get("/repos/{owner}/{repo}/commits/{ref}/check-suites", "checks:read")
def suites_of_commit(call: Call) -> Reply:
    sha = call.commit(call.params["ref"], status=422)
    app_id = call.query.get("app_id")
    found = [
        suite
        for (owner, head), suite in call.repo.suites.items()
        if head == sha and (app_id is None or app_id == str(owner))
    ]
    return call.page(found, lambda suite: checks.suite(call.links, suite), "check_suites")


@get("/repos/{owner}/{repo}/check-suites/{check_suite_id}", "checks:read")
def suite(call: Call) -> Reply:
    return Reply(checks.suite(call.links, _suite(call)))


@get("/repos/{owner}/{repo}/check-suites/{check_suite_id}/check-runs", "checks:read")
def runs_of_suite(call: Call) -> Reply:
    runs = [run for same_name in _suite(call).runs.values() for run in same_name]
    return _run_list(call, sorted(runs, key=lambda one: one.id))


def _run_list(call: Call, runs: list[CheckRun]) -> Reply:
    query = call.query
    if query.get("filter", "latest") == "latest":
        runs = list({(run.name, run.app.id): run for run in runs}.values())
    app_id, name, status = query.get("app_id"), query.get("check_name"), query.get("status")
    found = [
        run
        for run in reversed(runs)
        if (app_id is None or app_id == str(run.app.id)) and name in (None, run.name) and status in (None, run.status)
    ]
    return call.page(found, lambda one: checks.run(call.links, one), "check_runs")


def _given(body: Json) -> Json:
    """The fields of a request that set something, checked."""
    given: Json = {}
    for name in ("external_id", "details_url"):
        if (value := fields.text(body, name)) is not None:
            given[name] = value
    if "details_url" in given and not given["details_url"].startswith(("http://", "https://")):
        raise fields.invalid("details_url must use http or https scheme")
    for name in ("started_at", "completed_at"):
        if (at := fields.moment(body, name)) is not None:
            given[name] = at
    given |= _state(body)
    given |= _output(body)
    if "actions" in body:
        given["actions"] = [_action(one) for one in fields.objects(body, "actions", most=MOST_ACTIONS)]
    return given


def _state(body: Json) -> Json:
    status = fields.choice(body, "status", STATUSES)
    conclusion = fields.choice(body, "conclusion", CONCLUSIONS)
    if conclusion == "stale":
        raise fields.invalid("Only GitHub can change a check run conclusion to stale.")
    if conclusion is None and (status == "completed" or body.get("completed_at")):
        raise fields.invalid('"conclusion" wasn\'t supplied.')
    given: Json = {} if status is None else {"status": status}
    return given if conclusion is None else {"status": "completed", "conclusion": conclusion}


def _output(body: Json) -> Json:
    output = body.get("output")
    if output is None:
        return {}
    if not isinstance(output, dict):
        raise fields.invalid("For 'output', that is not an object.")
    given: Json = {"summary": _limited(output, "summary"), "text": _limited(output, "text")}
    if given["summary"] is None:
        raise fields.invalid("For 'output', \"summary\" wasn't supplied.")
    if (title := fields.text(output, "title", most=MOST_TITLE)) is not None:
        given["title"] = title
    given["annotations"] = [_annotation(one) for one in fields.objects(output, "annotations", most=MOST_ANNOTATIONS)]
    return given


def _limited(output: Json, name: str) -> str | None:
    value = fields.text(output, name)
    if value is not None and (size := len(value.encode())) > MOST_OUTPUT_BYTES:
        raise fields.invalid(f"For '{name}', only {MOST_OUTPUT_BYTES} characters are allowed; {size} were supplied.")
    return value


def _annotation(one: Json) -> Json:
    start, end = fields.number(one, "start_line"), fields.number(one, "end_line")
    level = fields.choice(one, "annotation_level", {"notice", "warning", "failure"})
    if start is None or end is None or level is None or not 1 <= start <= end:
        raise fields.invalid("An annotation needs a level, and lines that start at 1 and end no earlier.")
    given: Json = {
        "path": fields.needed(one, "path"),
        "start_line": start,
        "end_line": end,
        "annotation_level": level,
        "message": fields.needed(one, "message"),
        "title": fields.text(one, "title", most=MOST_TITLE),
        "raw_details": fields.text(one, "raw_details"),
    }
    columns = {name: fields.number(one, name) for name in ("start_column", "end_column")}
    if start != end and any(value is not None for value in columns.values()):
        raise fields.invalid("Columns are only allowed where an annotation starts and ends on the same line.")
    if given["path"].startswith(("/", "./")):
        raise fields.invalid("For 'path', it must be relative to the repository's root.")
    for name in ("message", "raw_details"):
        if len((given[name] or "").encode()) > MOST_ANNOTATION_BYTES:
            raise fields.invalid(f"For '{name}', only 64 KB are allowed.")
    return given | columns


def _action(one: Json) -> Json:
    return {name: fields.needed(one, name, most=most) for name, most in ACTION_PARTS.items()}


def _writable(call: Call) -> None:
    if call.repo.archived:
        raise Rejected(403, "Repository was archived so is read-only.")


def _run(call: Call) -> CheckRun:
    found = call.world.runs.get(call.number("check_run_id"))
    if found is None or found.repo is not call.repo:
        raise Rejected(404, "Not Found")
    return found


def _suite(call: Call) -> CheckSuite:
    found = call.world.suites.get(call.number("check_suite_id"))
    if found is None or found.repo is not call.repo:
        raise Rejected(404, "Not Found")
    return found
