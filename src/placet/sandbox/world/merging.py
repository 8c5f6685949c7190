"""Merging: the three ways of it, and the queue that tries several at once."""

from collections.abc import Sequence

from placet.sandbox.git import EMPTY_TREE
from placet.sandbox.history import Conflict, merge_base, merge_trees, replay
from placet.sandbox.model import Account, ActivityType, Json, MergeGroup, Pull, Rejected
from placet.sandbox.shapes import checks, pulls
from placet.sandbox.world.core import Who
from placet.sandbox.world.proposing import Proposing

_GREEN = frozenset({"success", "neutral", "skipped"})


class Merging(Proposing):
    """What ends a pull request well."""

    def merge(self, pull: Pull, *, method: str = "merge", user: Who | None = None, bypass: bool = False) -> str:
        """Merge (`merge`, `squash` or `rebase`); the base's new tip comes back. `bypass` goes around required checks.

        Raises Rejected 405 where it is closed, a draft, in conflict, or a required check is not green.
        """
        merger = self.account(user or self.keeper_of(pull.repo))
        self._allow_merge(pull, bypass=bypass)
        repo, tip = pull.repo, pull.repo.refs[pull.base_ref]
        sha = self._merged(pull, method, tip, merger)
        pull.base_sha = tip
        pull.merged_at, pull.merged_by, pull.merge_commit_sha = self.now(), merger, sha
        self.end(pull, merger)
        self.move_branch(repo, pull.base_ref, sha, merger, ActivityType.PR_MERGE)
        return sha

    def missing_checks(self, pull: Pull) -> list[str]:
        """The required checks that are not green on the pull request's head."""
        latest = {(run.name, run.app.id): run for run in pull.repo.runs_of.get(pull.head_sha, ())}
        missing = []
        for check in pull.repo.required_checks.get(pull.base_ref, ()):
            fitting = [
                run
                for (name, app_id), run in latest.items()
                if name == check.context and check.app_id in (None, app_id)
            ]
            if not fitting or any(run.conclusion not in _GREEN for run in fitting):
                missing.append(check.context)
        return missing

    def enqueue(self, pulls_in_order: Sequence[Pull], *, user: Who | None = None) -> MergeGroup:
        """Try pull requests together, as the merge queue does: their merge on a branch of its own, and a question."""
        for pull in pulls_in_order:
            self._allow_merge(pull, bypass=True)
        first = pulls_in_order[0]
        repo, base = first.repo, first.repo.refs[first.base_ref]
        sender = self.account(user or self.keeper_of(repo))
        tip = base
        for pull in pulls_in_order:
            tip = self._merge_commit(pull, tip, sender)
        branch = f"gh-readonly-queue/{first.base_ref}/pr-{pulls_in_order[-1].number}-{base}"
        group = MergeGroup(repo, first.base_ref, base, branch, tip, tuple(pulls_in_order))
        self.move_branch(repo, branch, tip, sender)
        self.merge_groups.append(group)
        self._tell_group("checks_requested", group, sender)
        return group

    def dequeue(self, group: MergeGroup, reason: str = "invalidated", *, user: Who | None = None) -> None:
        """The group is tried no more: `merged`, `invalidated` or `dequeued`. Merged, its pull requests are, too."""
        sender = self.account(user or self.keeper_of(group.repo))
        group.gone = True
        if reason == "merged":
            merged = ActivityType.MERGE_QUEUE_MERGE
            self.move_branch(group.repo, group.base_ref, group.head_sha, sender, merged)
        if group.head_ref in group.repo.refs:
            self.delete_branch(group.repo, group.head_ref, author=sender)
        self._tell_group("destroyed", group, sender, reason=reason)

    def _allow_merge(self, pull: Pull, *, bypass: bool) -> None:
        if pull.state != "open":
            raise Rejected(405, "Pull Request is not mergeable")
        if pull.draft:
            raise Rejected(405, "Pull Request is still a draft")
        if not self.is_mergeable(pull):
            raise Rejected(405, "Pull Request has merge conflicts")
        if not bypass and (missing := self.missing_checks(pull)):
            raise Rejected(405, f'Required status check "{missing[0]}" is expected.')

    def _merged(self, pull: Pull, method: str, tip: str, merger: Account) -> str:
        if method == "merge":
            return self._merge_commit(pull, tip, merger)
        store = pull.repo.store
        if method == "rebase":
            return replay(store, pulls.comparison_of(pull).commits, tip, self.person(merger))
        if method == "squash":
            text = f"{pull.title} (#{pull.number})"
            return store.write_commit(
                self._merged_tree(pull, tip), (tip,), text, self.person(pull.author), self.person(merger)
            )
        raise Rejected(405, f"{method} merges are not allowed on this repository.")

    def _merge_commit(self, pull: Pull, tip: str, merger: Account) -> str:
        text = f"Merge pull request #{pull.number} from {pull.head_owner.login}/{pull.head_ref}\n\n{pull.title}"
        tree = self._merged_tree(pull, tip)
        return pull.repo.store.write_commit(tree, (tip, pull.head_sha), text, self.person(merger))

    def _merged_tree(self, pull: Pull, tip: str) -> str:
        store = pull.repo.store
        base = merge_base(store, tip, pull.head_sha)
        before = store.commit(base).tree if base else EMPTY_TREE
        merged = merge_trees(store, before, store.commit(tip).tree, store.commit(pull.head_sha).tree)
        if merged.conflicts:
            raise Conflict(merged.conflicts)
        return merged.tree

    def _tell_group(self, action: str, group: MergeGroup, sender: Account, **extra: str) -> None:
        def fields() -> Json:
            return {"action": action, "merge_group": checks.merge_group(group), **extra}

        self.tell("merge_group", group.repo, sender, fields)
