"""Repositories and their branches: making, pushing, renaming, moving, protecting."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from placet.sandbox import clone
from placet.sandbox.git import EMPTY_TREE, NO_COMMIT, Content, ObjectStore, Person
from placet.sandbox.history import commits_between, is_ancestor
from placet.sandbox.model import (
    Access,
    Account,
    Activity,
    ActivityType,
    App,
    CheckSuite,
    Json,
    Organisation,
    Rejected,
    Repository,
    RequiredCheck,
)
from placet.sandbox.shapes import accounts, checks, commits
from placet.sandbox.world.core import Where, Who
from placet.sandbox.world.installing import Apps

Files = Mapping[str, Content]
MOST_COMMITS_TOLD = 2048  # a push's payload lists no more


class Projects(Apps):
    """What can be done to repositories. Making one is silent unless it is announced."""

    def repository(
        self,
        full_name: str,
        files: Files | None = None,
        *,
        private: bool = True,
        default_branch: str = "main",
        announce: bool = False,
    ) -> Repository:
        """A new repository with one commit. An owner nobody knows becomes an organisation with the app installed."""
        login, _, name = full_name.partition("/")
        owner = self.find_account(login) or self.organisation(login)
        self._free_name(full_name)
        now = self.now()
        repo = Repository(
            self.new_id("repository"), owner, name, ObjectStore(), now, now, now, default_branch, private=private
        )
        self._enter(repo)
        tree = repo.store.write_files(EMPTY_TREE, files or {"README.md": f"# {name}\n"})
        keeper = self.keeper_of(repo)
        sha = repo.refs[default_branch] = repo.store.write_commit(tree, (), "First commit", self.person(keeper))
        self._note_activity(repo, default_branch, (NO_COMMIT, sha), keeper)
        if announce:
            self.tell("repository", repo, self.keeper_of(repo), lambda: {"action": "created"})
            if (installation := self.installation_for(repo)) and installation.repositories is None:
                self.tell_of_selection("added", installation, [repo])
        return repo

    def load(self, where: Where, git_dir: Path, revs: Mapping[str, str]) -> None:
        """Fill a repository's branches from a real one on this machine: branch name to revision there.

        Nobody is told; the activities say that the repository's keeper pushed them.
        Raises clone.CannotLoad.
        """
        repo = self.repo(where)
        tips = clone.load_from(repo.store, git_dir, list(revs.values()))
        for branch, rev in revs.items():
            before, repo.refs[branch] = repo.refs.get(branch, NO_COMMIT), tips[rev]
            if before != tips[rev]:
                self._note_activity(repo, branch, (before, tips[rev]), self.keeper_of(repo))

    def fork(self, where: Where, who: Who) -> Repository:
        """A fork under somebody's account; it knows every object that its parent knows, but none of its activities."""
        parent, owner = self.repo(where), self.account(who)
        full_name = f"{owner.login}/{parent.name}"
        self._free_name(full_name)
        now = self.now()
        repo = Repository(
            self.new_id("repository"), owner, parent.name, parent.store, now, now, now, parent.default_branch
        )
        repo.private, repo.fork_of, repo.refs = parent.private, parent, dict(parent.refs)
        return self._enter(repo)

    def push(
        self,
        where: Where,
        branch: str,
        files: Files,
        *,
        author: Who | None = None,
        message: str = "",
        force: bool = False,
        onto: str | None = None,
    ) -> str:
        """One commit with `files` written (None removes one) on top of the branch; its SHA comes back.

        A new branch starts at the default branch. `force` replaces the branch's last commit; `onto` names what the
        commit follows. Whoever pushes gets the right to, if need be.
        """
        repo = self.repo(where)
        pusher = self.pusher(repo, author)
        tip = repo.refs.get(branch)
        start = repo.store.commit(onto or tip or repo.refs[repo.default_branch])
        parents = start.parents if force and tip and onto is None else (start.sha,)
        tree = repo.store.write_files(start.tree, files)
        text = message or f"Change {', '.join(list(files)[:3]) or 'nothing'}"
        sha = repo.store.write_commit(tree, parents, text, self.person(pusher))
        self.move_branch(repo, branch, sha, pusher)
        return sha

    def reset(self, where: Where, branch: str, sha: str, *, author: Who | None = None) -> None:
        """Make a branch point to a commit that is there already, as a forced push does."""
        repo = self.repo(where)
        if repo.store.kind(sha) != "commit":
            raise Rejected(422, f"No commit found for SHA: {sha}")
        self.move_branch(repo, branch, sha, self.pusher(repo, author))

    def delete_branch(self, where: Where, branch: str, *, author: Who | None = None) -> None:
        """The branch goes; open pull requests from it or onto it are closed."""
        repo = self.repo(where)
        before = repo.refs.pop(branch, None)
        if before is None:
            raise Rejected(422, "Reference does not exist")
        pusher = self.pusher(repo, author)
        self._note_activity(repo, branch, (before, NO_COMMIT), pusher)
        self.on_ref_moved(repo, branch, before)
        self._tell_push(repo, branch, (before, NO_COMMIT), pusher)
        self.branch_went(repo, branch, pusher)

    def rename_repository(self, where: Where, name: str) -> None:
        """Another name; the old one answers with a redirect until somebody takes it."""
        repo = self.repo(where)
        old = repo.name
        self._rename(repo, repo.owner, name)
        fields: Json = {"action": "renamed", "changes": {"repository": {"name": {"from": old}}}}
        self.tell("repository", repo, self.keeper_of(repo), lambda: fields)

    def transfer(self, where: Where, who: Who) -> None:
        """Another owner; the id stays."""
        repo, old, new = self.repo(where), self.repo(where).owner, self.account(who)
        left = self.installation_for(repo)
        self._rename(repo, new, repo.name)
        kind = "organization" if isinstance(old, Organisation) else "user"
        shape = accounts.organisation if kind == "organization" else accounts.user
        fields: Json = {"action": "transferred", "changes": {"owner": {"from": {kind: shape(self.links, old)}}}}
        self.tell("repository", repo, self.keeper_of(repo), lambda: fields)
        if left is not None:
            self.tell_of_selection("removed", left, [repo])
        if joined := self.installation_for(repo):
            self.tell_of_selection("added", joined, [repo])

    def archive(self, where: Where, *, archived: bool = True) -> None:
        """Make a repository read-only, or writable again."""
        repo = self.repo(where)
        repo.archived, repo.updated_at = archived, self.now()
        action = "archived" if archived else "unarchived"
        self.tell("repository", repo, self.keeper_of(repo), lambda: {"action": action})

    def publish(self, where: Where, *, private: bool = False) -> None:
        """Show a repository to everybody, or to nobody outside again."""
        repo = self.repo(where)
        repo.private, repo.updated_at = private, self.now()
        action = "privatized" if private else "publicized"
        self.tell("repository", repo, self.keeper_of(repo), lambda: {"action": action})

    def set_default_branch(self, where: Where, branch: str) -> None:
        repo = self.repo(where)
        if branch not in repo.refs:
            raise Rejected(404, "Branch not found")
        old, repo.default_branch, repo.updated_at = repo.default_branch, branch, self.now()
        fields: Json = {"action": "edited", "changes": {"default_branch": {"from": old}}}
        self.tell("repository", repo, self.keeper_of(repo), lambda: fields)

    def delete_repository(self, where: Where) -> None:
        """The repository goes; pull requests from it, if it was a fork, stay without their head repository."""
        repo = self.repo(where)
        self.tell("repository", repo, self.keeper_of(repo), lambda: {"action": "deleted"})
        if (installation := self.installation_for(repo)) is not None:
            self.tell_of_selection("removed", installation, [repo])
        repo.gone = True
        del self._names[repo.full_name.lower()], self.repositories[repo.id]

    def protect(self, where: Where, branch: str, required: Iterable[str | RequiredCheck] = ("placet",)) -> None:
        """Let nothing into a branch before these checks are green; none lifts it."""
        self.repo(where).required_checks[branch] = tuple(
            RequiredCheck(check) if isinstance(check, str) else check for check in required
        )

    def person(self, account: Account) -> Person:
        """The account as git names it, now."""
        return Person(account.login, f"{account.id}+{account.login}@users.noreply.github.com", self.now())

    def author_of(self, email: str) -> Account | None:
        """The account that a commit's address belongs to."""
        number = email.partition("+")[0]
        return self.accounts.get(int(number)) if number.isdigit() else None

    def pusher(self, repo: Repository, who: Who | None) -> Account:
        """Who pushes: the repository's keeper unless named; somebody named may, from now on, if they could not."""
        if who is None:
            return self.keeper_of(repo)
        user = self.account(who)
        if not self.may_push(repo, user):
            repo.collaborators[user.id] = Access.WRITE
        return user

    def move_branch(
        self, repo: Repository, branch: str, sha: str, pusher: Account, kind: ActivityType | None = None
    ) -> None:
        """Point a branch to a commit, and tell everybody who watches it. A move that is no push says its `kind`."""
        before = repo.refs.get(branch)
        if before == sha:
            return
        if repo.archived:
            raise Rejected(403, "Repository was archived so is read-only.")
        repo.refs[branch] = sha
        repo.pushed_at = repo.updated_at = self.now()
        self._note_activity(repo, branch, (before or NO_COMMIT, sha), pusher, kind)
        self.on_ref_moved(repo, branch, before)
        self._tell_push(repo, branch, (before or NO_COMMIT, sha), pusher)
        self.branch_moved(repo, branch, before, pusher)
        if pusher is not self.main_app.bot:
            self._request_suite(repo, branch, (before, sha), pusher)

    def branch_moved(self, repo: Repository, branch: str, before: str | None, pusher: Account) -> None:
        """What follows for pull requests from and onto the branch."""
        raise NotImplementedError

    def branch_went(self, repo: Repository, branch: str, pusher: Account) -> None:
        """What follows for pull requests from and onto a branch that was deleted."""
        raise NotImplementedError

    def suite_for(self, repo: Repository, sha: str, app: App, before: str | None = None) -> CheckSuite:
        """The app's suite at a commit, new if need be."""
        known = repo.suites.get((app.id, sha))
        if known is None:
            branch = next((name for name, tip in repo.refs.items() if tip == sha), None)
            now = self.now()
            known = CheckSuite(self.new_id("check_suite"), repo, app, sha, branch, before, now, now)
            repo.suites[app.id, sha] = self.suites[known.id] = known
        return known

    def _enter(self, repo: Repository) -> Repository:
        self.repositories[repo.id] = self._names[repo.full_name.lower()] = repo
        self._old_names.pop(repo.full_name.lower(), None)
        return repo

    def _free_name(self, full_name: str) -> None:
        if full_name.lower() in self._names:
            raise Rejected(422, f"{full_name} is already taken")

    def _rename(self, repo: Repository, owner: Account, name: str) -> None:
        self._free_name(f"{owner.login}/{name}")
        self._old_names[repo.full_name.lower()] = self._names.pop(repo.full_name.lower())
        repo.owner, repo.name, repo.updated_at = owner, name, self.now()
        self._enter(repo)

    def _note_activity(
        self,
        repo: Repository,
        branch: str,
        move: tuple[str, str],
        actor: Account,
        kind: ActivityType | None = None,
    ) -> None:
        known = kind or _kind_of_push(repo.store, *move)
        repo.activities.append(Activity(self.new_id("activity"), known, branch, *move, actor, self.now()))

    def _request_suite(self, repo: Repository, branch: str, move: tuple[str | None, str], pusher: Account) -> None:
        installation = self.installation_for(repo)
        if installation is None or installation.permissions.get("checks") != "write":
            return
        before, sha = move
        suite = self.suite_for(repo, sha, installation.app, before)
        suite.head_branch = branch

        def fields() -> Json:
            return {"action": "requested", "check_suite": checks.hook_suite(self.links, suite)}

        self.tell("check_suite", repo, pusher, fields)

    def _tell_push(self, repo: Repository, branch: str, move: tuple[str, str], pusher: Account) -> None:
        def fields() -> Json:
            before, after = move
            is_new, is_gone = before == NO_COMMIT, after == NO_COMMIT
            start = repo.refs.get(repo.default_branch, after) if is_new else before
            added = [] if is_gone else commits_between(repo.store, start, after)[:MOST_COMMITS_TOLD]
            forced = not (is_new or is_gone) and not is_ancestor(repo.store, before, after)
            return {
                "ref": f"refs/heads/{branch}",
                "before": before,
                "after": after,
                "created": is_new,
                "deleted": is_gone,
                "forced": forced,
                "base_ref": None,
                "compare": f"{self.links.page(repo)}/compare/{before[:12]}...{after[:12]}",
                "commits": self._pushed(repo, added),
                "head_commit": None if is_gone else self._pushed(repo, [after])[0],
                "pusher": {"name": pusher.login, "email": self.person(pusher).email},
            }

        self.tell("push", repo, pusher, fields)

    def _pushed(self, repo: Repository, shas: Sequence[str]) -> list[Json]:
        shapes = []
        for sha in shas:
            shape = commits.pushed_commit(self.links, repo, repo.store.commit(sha))
            for role in ("author", "committer"):
                known = self.author_of(shape[role]["email"])
                shape[role] = shape[role] | ({"username": known.login} if known else {})
            shapes.append(shape)
        return shapes


def _kind_of_push(store: ObjectStore, before: str, after: str) -> ActivityType:
    if before == NO_COMMIT:
        return ActivityType.BRANCH_CREATION
    if after == NO_COMMIT:
        return ActivityType.BRANCH_DELETION
    return ActivityType.PUSH if is_ancestor(store, before, after) else ActivityType.FORCE_PUSH
