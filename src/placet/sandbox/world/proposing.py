"""Pull requests: opening, editing, asking for reviews, and what pushes do to them."""

from collections.abc import Callable, Iterable
from datetime import datetime

from placet.sandbox import rights
from placet.sandbox.history import is_ancestor, merge_base, merge_trees, replay
from placet.sandbox.model import Access, Account, Json, Label, Pull, PullEvent, Rejected, Repository, Team
from placet.sandbox.shapes import accounts, pulls
from placet.sandbox.world.core import Crew, Where, Who
from placet.sandbox.world.projects import Files, Projects

MOST_REVIEWERS = 15


class Proposing(Projects):
    """What can be done to a pull request short of merging it."""

    def __init__(self, now: Callable[[], datetime] | None = None) -> None:
        super().__init__(now)
        self._pulls_from: dict[tuple[int, str], list[Pull]] = {}
        self._mergeable: dict[tuple[str, str], bool] = {}

    def open_pull(  # noqa: PLR0913 - a pull request is all of this, and nearly each has a default
        self,
        where: Where,
        *,
        author: Who,
        branch: str,
        files: Files | None = None,
        base: str = "",
        title: str = "",
        body: str | None = None,
        draft: bool = False,
        fork: Where | None = None,
    ) -> Pull:
        """A new pull request onto `base` (the default branch unless named) from a branch here or in a fork.

        With `files` they are pushed to the branch first; a branch that is not there yet starts at the base.
        """
        repo, user = self.repo(where), self.account(author)
        base = base or repo.default_branch
        head_repo = self.repo(fork) if fork is not None else repo
        if base not in repo.refs:
            raise Rejected(422, "Validation Failed", ({"resource": "PullRequest", "field": "base", "code": "invalid"},))
        if files is not None:
            onto = None if branch in head_repo.refs else repo.refs[base]
            self.push(head_repo, branch, files, author=user, message=title, onto=onto)
        self._allow_pull(repo, base, head_repo, branch)
        now, number = self.now(), repo.next_number
        repo.next_number += 1
        pull = Pull(
            id=self.new_id("pull"),
            number=number,
            repo=repo,
            author=user,
            title=title or f"Change from {branch}",
            body=body,
            base_ref=base,
            base_sha=repo.refs[base],
            head_ref=branch,
            head_sha=head_repo.refs[branch],
            head_repo=head_repo,
            head_owner=head_repo.owner,
            created_at=now,
            updated_at=now,
            draft=draft,
        )
        self.pulls[pull.id] = repo.pulls[number] = repo.open_pulls[number] = pull
        self._pulls_from.setdefault((head_repo.id, branch), []).append(pull)
        self.tell_of_pull("opened", pull, user)
        return pull

    def edit_pull(
        self, pull: Pull, *, title: str | None = None, body: str | None = None, user: Who | None = None
    ) -> None:
        """Another title or text."""
        changes: Json = {}
        if title is not None and title != pull.title:
            rename = {"from": pull.title, "to": title}
            self.note(pull, "renamed", self.account(user or pull.author), rename=rename)
            changes["title"], pull.title = {"from": pull.title}, title
        if body is not None and body != pull.body:
            changes["body"], pull.body = {"from": pull.body or ""}, body
        if changes:
            self.tell_of_pull("edited", pull, self.account(user or pull.author), changes=changes)

    def retarget(self, pull: Pull, base: str, *, user: Who | None = None) -> None:
        """Another base."""
        self._must_be_open(pull)
        if base not in pull.repo.refs:
            raise Rejected(422, "Validation Failed", ({"resource": "PullRequest", "field": "base", "code": "invalid"},))
        changes = {"base": {"ref": {"from": pull.base_ref}, "sha": {"from": pull.base_sha}}}
        pull.base_ref, pull.base_sha = base, pull.repo.refs[base]
        self.note(pull, "base_ref_changed", self.account(user or pull.author))
        self.tell_of_pull("edited", pull, self.account(user or pull.author), changes=changes)

    def set_draft(self, pull: Pull, *, user: Who | None = None) -> None:
        """Not ready any more."""
        self._must_be_open(pull)
        if not pull.draft:
            pull.draft = True
            self.note(pull, "convert_to_draft", self.account(user or pull.author))
            self.tell_of_pull("converted_to_draft", pull, self.account(user or pull.author))

    def ready(self, pull: Pull, *, user: Who | None = None) -> None:
        """A draft no more."""
        self._must_be_open(pull)
        if pull.draft:
            pull.draft = False
            self.note(pull, "ready_for_review", self.account(user or pull.author))
            self.tell_of_pull("ready_for_review", pull, self.account(user or pull.author))

    def close(self, pull: Pull, *, user: Who | None = None) -> None:
        """Close without merging."""
        self._must_be_open(pull)
        self.end(pull, self.account(user or pull.author))

    def reopen(self, pull: Pull, *, user: Who | None = None) -> None:
        """Open again what was closed; not what was merged, nor what has lost its branch."""
        head = pull.head_repo.refs.get(pull.head_ref) if pull.head_repo and not pull.head_repo.gone else None
        if pull.state == "open" or pull.merged or head is None or pull.base_ref not in pull.repo.refs:
            raise Rejected(
                422, "Validation Failed", ("state cannot be changed. It is merged, or a branch is missing.",)
            )
        pull.state, pull.closed_at = "open", None
        pull.head_sha, pull.base_sha = head, pull.repo.refs[pull.base_ref]
        pull.repo.open_pulls[pull.number] = pull
        self.note(pull, "reopened", self.account(user or pull.author))
        self.tell_of_pull("reopened", pull, self.account(user or pull.author))

    def add_label(self, pull: Pull, name: str, *, user: Who | None = None) -> None:
        """Put a label on."""
        label = Label(self.new_id("label"), name)
        pull.labels.append(label)
        shape = pulls.label(self.links, pull.repo, label)
        details = {"name": label.name, "color": label.color}
        self.note(pull, "labeled", self.account(user or pull.author), label=details)
        self.tell_of_pull("labeled", pull, self.account(user or pull.author), label=shape)

    def rebase(self, pull: Pull, *, user: Who | None = None) -> str:
        """Replay the branch's own commits on the base's tip and push by force; the new head comes back.

        Raises history.Conflict.
        """
        self._must_be_open(pull)
        repo, head_repo = pull.repo, self.head_repo_of(pull)
        pusher = self.account(user or pull.author)
        onto = repo.refs[pull.base_ref]
        commits = pulls.comparison_of(pull).commits
        head = replay(repo.store, commits, onto, self.person(pusher))
        self.reset(head_repo, pull.head_ref, head, author=pusher)
        return head

    def request_review(
        self, pull: Pull, users: Iterable[Who] = (), teams: Iterable[Crew] = (), *, by: Who | None = None
    ) -> None:
        """Ask people and teams. All or none: one who cannot be asked fails the whole request, as on GitHub.

        Raises Rejected 422 for the author, for who cannot read the repository, and for a team without access to it.
        """
        asked: list[Account | Team] = [self._reviewer(pull, who) for who in users]
        asked += [self._review_team(pull, team) for team in teams]
        room = max(0, MOST_REVIEWERS - len(pull.requested_users) - len(pull.requested_teams))
        sender = self.account(by or pull.author)
        for one in asked[:room]:  # what is over the limit is left out without a word
            self._request(pull, one, sender)

    def remove_request(
        self, pull: Pull, users: Iterable[Who] = (), teams: Iterable[Crew] = (), *, by: Who | None = None
    ) -> None:
        """Ask people and teams no more; who was not asked is passed over."""
        sender = self.account(by or pull.author)
        for who in users:
            user = self.account(who)
            if pull.requested_users.pop(user.id, None) is not None:
                shape = accounts.user(self.links, user)
                self._note_request("review_request_removed", pull, user, sender)
                self.tell_of_pull("review_request_removed", pull, sender, requested_reviewer=shape)
        for name in teams:
            team = self._team_named(pull, name)
            if team is not None and pull.requested_teams.pop(team.id, None) is not None:
                shape = accounts.hook_team(self.links, team)
                self._note_request("review_request_removed", pull, team, sender)
                self.tell_of_pull("review_request_removed", pull, sender, requested_team=shape)

    def is_mergeable(self, pull: Pull) -> bool:
        """Whether the head merges into the base's tip without a conflict."""
        store, tip = pull.repo.store, pull.repo.refs.get(pull.base_ref)
        if tip is None:
            return False
        key = (tip, pull.head_sha)
        if key not in self._mergeable:
            base = merge_base(store, tip, pull.head_sha)
            trees = (store.commit(sha).tree for sha in (base or tip, tip, pull.head_sha))
            self._mergeable[key] = base is not None and not merge_trees(store, *trees).conflicts
        return self._mergeable[key]

    def head_repo_of(self, pull: Pull) -> Repository:
        """The repository the pull request comes from; raises Rejected where it is gone."""
        if pull.head_repo is None or pull.head_repo.gone:
            raise Rejected(422, "The head repository was deleted")
        return pull.head_repo

    def end(self, pull: Pull, sender: Account) -> None:
        """The pull request is open no longer."""
        if pull.merged:
            self.note(pull, "merged", sender, pull.merge_commit_sha)
        self.note(pull, "closed", sender)
        pull.state, pull.closed_at = "closed", self.now()
        pull.repo.open_pulls.pop(pull.number, None)
        self.tell_of_pull("closed", pull, sender)

    def note(self, pull: Pull, event: str, actor: Account, commit_id: str | None = None, **details: Json) -> None:
        """Write a line into the pull request's history."""
        number = self.new_id("event")
        pull.events.append(PullEvent(number, pull, event, actor, self.now(), commit_id, dict(details)))

    def tell_of_pull(self, action: str, pull: Pull, sender: Account, **extra: Json | str) -> None:
        """Something happened to a pull request."""
        pull.updated_at = self.now()

        def fields() -> Json:
            shape = pulls.hook_pull(self.links, pull)
            return {"action": action, "number": pull.number, "pull_request": shape, **extra}

        self.tell("pull_request", pull.repo, sender, fields)

    def branch_moved(self, repo: Repository, branch: str, before: str | None, pusher: Account) -> None:
        """Pull requests from the branch get a new head; those onto it are merged if they are in it now."""
        tip = repo.refs[branch]
        for pull in self._open_from(repo, branch):
            old, pull.head_sha = pull.head_sha, tip
            if not is_ancestor(repo.store, old, tip):
                self.note(pull, "head_ref_force_pushed", pusher, tip)
            pull.base_sha = pull.repo.refs.get(pull.base_ref, pull.base_sha)
            self.tell_of_pull("synchronize", pull, pusher, before=old, after=tip)
            if is_ancestor(repo.store, tip, pull.base_sha):  # nothing is left of it
                self.end(pull, pusher)
        for pull in [one for one in repo.open_pulls.values() if one.base_ref == branch]:
            if is_ancestor(repo.store, pull.head_sha, tip):
                pull.base_sha = before or pull.base_sha
                pull.merged_at, pull.merged_by, pull.merge_commit_sha = self.now(), pusher, tip
                self.end(pull, pusher)

    def branch_went(self, repo: Repository, branch: str, pusher: Account) -> None:
        """Pull requests from the branch or onto it are closed."""
        from_it = self._open_from(repo, branch)
        onto_it = [pull for pull in repo.open_pulls.values() if pull.base_ref == branch]
        for pull in from_it:
            self.note(pull, "head_ref_deleted", pusher)
        for pull in dict.fromkeys([*from_it, *onto_it]):
            self.end(pull, pusher)

    def _open_from(self, repo: Repository, branch: str) -> list[Pull]:
        return [pull for pull in self._pulls_from.get((repo.id, branch), ()) if pull.state == "open"]

    def _allow_pull(self, repo: Repository, base: str, head_repo: Repository, branch: str) -> None:
        head = head_repo.refs.get(branch)
        if head is None:
            raise Rejected(422, "Validation Failed", ({"resource": "PullRequest", "field": "head", "code": "invalid"},))
        if is_ancestor(repo.store, head, repo.refs[base]):
            text = f"No commits between {base} and {branch}"
            raise Rejected(422, "Validation Failed", ({"resource": "PullRequest", "code": "custom", "message": text},))
        if any(pull.base_ref == base and pull.repo is repo for pull in self._open_from(head_repo, branch)):
            text = f"A pull request already exists for {head_repo.owner.login}:{branch}."
            raise Rejected(422, "Validation Failed", ({"resource": "PullRequest", "code": "custom", "message": text},))

    def _must_be_open(self, pull: Pull) -> None:
        if pull.state != "open":
            raise Rejected(422, f"Pull request #{pull.number} is closed")

    def _reviewer(self, pull: Pull, who: Who) -> Account:
        user = who if isinstance(who, Account) else self.find_account(who)
        if user is pull.author:
            raise Rejected(422, "Review cannot be requested from pull request author.")
        if user is None or rights.access_to(pull.repo, user) == Access.NONE:
            raise Rejected(422, _NOT_COLLABORATORS.format(pull.repo.full_name))
        return user

    def _review_team(self, pull: Pull, name: Crew) -> Team:
        team = self._team_named(pull, name)
        if team is None:
            raise Rejected(422, "Could not resolve to a node with the global id of 'team'.")
        if rights.team_access(team, pull.repo) == Access.NONE:
            raise Rejected(422, _NOT_COLLABORATORS.format(pull.repo.full_name))
        return team

    def _team_named(self, pull: Pull, name: Crew) -> Team | None:
        """A team of the organisation that owns the repository, by its slug alone or with the organisation's name."""
        if isinstance(name, Team):
            return name
        org = self.find_organisation(pull.repo.owner.login)
        return org.teams.get(name.lower().rpartition("/")[2]) if org else None

    def _note_request(self, event: str, pull: Pull, one: Account | Team, sender: Account) -> None:
        details: Json = {"review_requester": accounts.user(self.links, sender)}
        if isinstance(one, Team):
            self.note(pull, event, sender, **details, requested_team=accounts.team(self.links, one))
        else:
            self.note(pull, event, sender, **details, requested_reviewer=accounts.user(self.links, one))

    def _request(self, pull: Pull, one: Account | Team, sender: Account) -> None:
        if isinstance(one, Team):
            if one.id not in pull.requested_teams:
                pull.requested_teams[one.id] = one
                self._note_request("review_requested", pull, one, sender)
                shape = accounts.hook_team(self.links, one)
                self.tell_of_pull("review_requested", pull, sender, requested_team=shape)
        elif one.id not in pull.requested_users:
            pull.requested_users[one.id] = one
            self._note_request("review_requested", pull, one, sender)
            shape = accounts.user(self.links, one)
            self.tell_of_pull("review_requested", pull, sender, requested_reviewer=shape)


_NOT_COLLABORATORS = (
    "Reviews may only be requested from collaborators. "
    "One or more of the users or teams you specified is not a collaborator of the {} repository."
)
