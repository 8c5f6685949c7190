"""A small world for the simulated forge's own tests, and a clock that they hold."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from placet.sandbox import Rejected, World
from placet.sandbox.history import Conflict
from placet.sandbox.model import Organisation, Pull, Repository


@dataclass
class HeldClock:
    at: datetime = datetime(2026, 3, 2, 9, 0, 0, 250_000, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, **length: float) -> None:
        self.at += timedelta(**length)


@dataclass
class Acme:
    """An organisation with one repository, one team and one pull request."""

    world: World
    org: Organisation
    repo: Repository
    pull: Pull

    def told(self) -> list[str]:
        """Event and action of everything that waits to be delivered, which is forgotten with that."""
        waiting = [f"{one.delivery.event}.{one.delivery.action or ''}" for one in self.world.outbox]
        self.world.outbox.clear()
        return waiting


def settle(world: World) -> Acme:
    org = world.organisation("acme", owner="olga")
    repo = world.repository("acme/shop", {"models/a.sql": "select 1\n", "README.md": "# shop\n"})
    world.team("acme/crm", members=["sam-o"])
    pull = world.open_pull(repo, author="dana", branch="feat", files={"models/a.sql": "select 2\n"}, title="Change a")
    world.outbox.clear()
    return Acme(world, org, repo, pull)


class Life:
    """Acts at random: most are possible, and what is not is refused."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.chance = world, Random(seed)  # noqa: S311 - a story, no secret
        acme = settle(world)
        self.org, self.repo = acme.org, acme.repo
        self.fork = world.fork(self.repo, "fay")
        self.people = ["dana", "sam-o", "lea", "fay", "renovate[bot]"]

    def pull(self) -> Pull:
        return self.chance.choice(list(self.repo.pulls.values()))

    def act(self) -> None:
        who, pull, chance = self.chance.choice(self.people), self.pull(), self.chance
        branch = chance.choice(["main", "feat", "b1", "b2", "b3"])
        file = {f"m/{chance.randrange(4)}.sql": f"select {chance.randrange(9)}\n" if chance.random() < 0.9 else None}
        repo, world = chance.choice([self.repo, self.repo, self.fork]), self.world
        acts: list[Callable[[], object]] = [
            lambda: world.push(repo, branch, file, author=who, force=chance.random() < 0.3),
            lambda: world.open_pull(
                self.repo,
                author=who,
                branch=branch,
                files=file,
                fork=repo if repo is self.fork else None,
                base=chance.choice(["main", "b1"]) if "b1" in self.repo.refs else "main",
            ),
            lambda: world.review(pull, user=who, state=chance.choice(["approve", "request_changes"]), body="hm"),
            lambda: world.dismiss_review(chance.choice(pull.reviews)) if pull.reviews else None,
            lambda: world.comment(pull, user=who, body="/placet approve"),
            lambda: world.merge(pull, method=chance.choice(["merge", "squash", "rebase"])),
            lambda: world.rebase(pull),
            lambda: world.close(pull),
            lambda: world.reopen(pull),
            lambda: world.retarget(pull, branch),
            lambda: world.set_draft(pull),
            lambda: world.ready(pull),
            lambda: world.request_review(pull, [who], ["crm"]),
            lambda: world.delete_branch(repo, branch) if branch != "main" and branch in repo.refs else None,
            lambda: world.reset(repo, branch, chance.choice(list(repo.refs.values()))) if branch != "main" else None,
            lambda: world.add_member("acme/crm", who, pending=chance.random() < 0.3),
            lambda: world.post_check(self.repo, pull.head_sha, name="placet", app="impostor"),
            lambda: world.dequeue(world.enqueue([pull]), chance.choice(["merged", "invalidated"])),
        ]
        try:
            chance.choice(acts)()
        except (Rejected, Conflict):
            return
