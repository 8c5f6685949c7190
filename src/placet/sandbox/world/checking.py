"""Check runs: those the app writes, other apps' ones, and the buttons people press."""

from placet.sandbox.model import App, CheckRun, CheckSuite, Json, Rejected, Repository
from placet.sandbox.shapes import checks
from placet.sandbox.world.core import Where, Who
from placet.sandbox.world.talking import Talking

MOST_RUNS_OF_A_NAME = 1_000  # in a suite; GitHub deletes the oldest beyond that
_FIELDS = ("external_id", "details_url", "title", "summary", "text", "started_at")


class Checking(Talking):
    """What is said about a commit."""

    def create_run(self, repo: Repository, app: App, *, name: str, head_sha: str, fields: Json) -> CheckRun:
        """A new run at a commit. Raises Rejected 422 for a commit that the repository does not know."""
        if repo.store.kind(head_sha) != "commit":
            raise Rejected(422, f"No commit found for SHA: {head_sha}")
        suite = self.suite_for(repo, head_sha, app)
        run = CheckRun(self.new_id("check_run"), repo, suite, app, name, head_sha, "queued", None, self.now())
        self._set(run, fields)
        self.runs[run.id] = run
        repo.runs_of.setdefault(head_sha, []).append(run)
        same_name = suite.runs.setdefault(name, [])
        same_name.append(run)
        if len(same_name) > MOST_RUNS_OF_A_NAME:
            self._forget(same_name.pop(0))
        self._tell_run("created", run, app.bot)
        if run.status == "completed":
            self._completed(run)
        return run

    def update_run(self, run: CheckRun, fields: Json) -> CheckRun:
        """Change what is given, and leave the rest; annotations are added to those that are there."""
        self._set(run, fields)
        if "conclusion" in fields and run.status == "completed":
            self._completed(run)
        return run

    def post_check(
        self,
        where: Where,
        head_sha: str,
        *,
        name: str,
        app: str = "other-ci",
        conclusion: str | None = "success",
        title: str = "",
        summary: str = "",
    ) -> CheckRun:
        """A check by some other app; without a conclusion it is still running."""
        status = "completed" if conclusion else "in_progress"
        fields = {"status": status, "conclusion": conclusion, "title": title or name, "summary": summary}
        return self.create_run(self.repo(where), self.app(app), name=name, head_sha=head_sha, fields=fields)

    def check_runs(self, head_sha: str, where: Where | None = None) -> list[CheckRun]:
        """The runs at a commit, oldest first: in one repository, or wherever the commit is known."""
        repos = self.repositories.values() if where is None else (self.repo(where),)
        return [run for repo in repos for run in repo.runs_of.get(head_sha, ())]

    def press_button(self, run: CheckRun, identifier: str, *, user: Who) -> None:
        """Press one of a completed run's buttons. Raises Rejected where there is no such button to be seen."""
        shown = {action["identifier"] for action in run.actions} if run.status == "completed" else set()
        if identifier not in shown:
            raise Rejected(422, f'The check "{run.name}" shows no button "{identifier}"')
        self._tell_run("requested_action", run, user, requested_action={"identifier": identifier})

    def rerequest_check(self, run: CheckRun, *, user: Who) -> None:
        """Ask for a completed run again; its suite waits, the run itself stays as it is until the app changes it."""
        if run.status != "completed":
            raise Rejected(422, "This check run is not rerequestable")
        self._tell_run("rerequested", run, user)
        run.suite.reset = True

    def rerequest_suite(self, suite: CheckSuite, *, user: Who) -> None:
        """Ask for all of a suite's runs again."""
        self._tell_suite("rerequested", suite, user)
        suite.reset = True

    def stale(self, run: CheckRun) -> None:
        """What GitHub does to a run that was not finished after 14 days. It tells nobody."""
        if run.status == "completed":
            raise Rejected(422, "Only a run that is not finished goes stale")
        run.status, run.conclusion, run.completed_at = "completed", "stale", self.now()

    def _set(self, run: CheckRun, fields: Json) -> None:
        for key in _FIELDS:
            if key in fields:
                setattr(run, key, fields[key])
        run.name = fields.get("name", run.name)
        run.annotations = [*run.annotations, *fields.get("annotations", ())]
        run.actions = fields.get("actions", run.actions)
        if conclusion := fields.get("conclusion"):
            run.status, run.conclusion = "completed", conclusion
            run.completed_at = fields.get("completed_at") or self.now()
        elif "status" in fields:
            run.status, run.conclusion, run.completed_at = fields["status"], None, None
        run.suite.updated_at = self.now()
        run.suite.reset = False

    def _forget(self, run: CheckRun) -> None:
        del self.runs[run.id]
        run.repo.runs_of[run.head_sha].remove(run)

    def _completed(self, run: CheckRun) -> None:
        self._tell_run("completed", run, run.app.bot)
        if checks.suite_state(run.suite)[0] == "completed":
            self._tell_suite("completed", run.suite, run.app.bot)

    def _tell_run(self, action: str, run: CheckRun, sender: Who, **extra: Json) -> None:
        only_its_own = action in {"rerequested", "requested_action"}
        if only_its_own and run.app is not self.main_app:
            return

        def fields() -> Json:
            return {"action": action, "check_run": checks.hook_run(self.links, run), **extra}

        self.tell("check_run", run.repo, self.account(sender), fields)

    def _tell_suite(self, action: str, suite: CheckSuite, sender: Who) -> None:
        if suite.app is not self.main_app:
            return

        def fields() -> Json:
            return {"action": action, "check_suite": checks.hook_suite(self.links, suite)}

        self.tell("check_suite", suite.repo, self.account(sender), fields)
