"""How many requests to GitHub each kind of event costs, cold and warm: `python -m benchmarks.requests`.

Counted on the simulated GitHub, every one of them: also those that are answered with "nothing changed", which cost
nothing of GitHub's limit (the column "free"), and the archive that many files come in (one request, its redirect and
what it is redirected to not counted). Tokens of the installation are left out: one lasts an hour.
"""

from __future__ import annotations

import asyncio
import inspect
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from placet.sandbox.model import Pull
from stage import Stage, dropping, raised, shop, staged

MARTS = {
    f"models/marts/mart_{one}.sql": f"select user_id as u{one} from {{{{ ref('dim_customers') }}}}\n"
    for one in range(300)
}
TARGETS = {"opened, cold": 25, "synchronize, 5 changed files": 15, "comment: a command": 8, "an irrelevant event": 0}


@dataclass(frozen=True, slots=True)
class Cost:
    """What one event cost."""

    event: str
    reads: int
    free: int
    writes: int
    archives: int

    @property
    def total(self) -> int:
        """All requests but the archive."""
        return self.reads + self.free + self.writes


class Meter:
    """Counts what an event costs, from when it happens until all is at rest."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.costs: list[Cost] = []

    async def __call__(self, event: str, happens: Callable[[], object]) -> None:
        """Let it happen, on a stage that is at rest."""
        await self.stage.settled()
        await self.first(event, happens)

    async def first(self, event: str, happens: Callable[[], object]) -> None:
        """Let it happen before anything else has."""
        mark = self.stage.gh.log.mark()
        happening = happens()
        if inspect.isawaitable(happening):
            await happening
        await self.stage.settled()
        asked = [one for one in self.stage.gh.log.exchanges[mark:] if not one.kind.endswith("access_tokens")]
        rest = [one for one in asked if "tarball" not in one.path and "codeload" not in one.path]
        reads = [one for one in rest if one.method == "GET"]
        free = sum(one.status == HTTPStatus.NOT_MODIFIED for one in reads)
        archives = int(len(rest) < len(asked))
        self.costs.append(Cost(event, len(reads) - free, free, len(rest) - len(reads), archives))


@asynccontextmanager
async def beginning(folder: Path) -> AsyncIterator[Stage]:
    """A forge with a repository of some size, and a service that has not seen anything of it."""
    async with staged(folder) as stage:
        repo = shop(stage)
        stage.world.push(repo, "main", {path: text.encode() for path, text in MARTS.items()}, author="carl")
        yield stage


async def measured(folder: Path) -> list[Cost]:
    """One pull request's life, event by event."""
    async with beginning(folder) as stage:
        world, meter = stage.world, Meter(stage)
        service = stage.service
        # What every start begins with; of the repositories themselves nothing has been read yet.
        await service.store.save_repositories(await service.forge.repositories())
        world.outbox.clear()
        opened: list[Pull] = []

        def opens() -> None:
            files = dropping("user_email")
            opened.append(world.open_pull("acme/shop", author="dana", branch="drop", files=files, title="Drop"))

        await meter.first("opened, cold", opens)
        pull = opened[0]
        changed = {path: text.replace(" as u", " as w").encode() for path, text in list(MARTS.items())[:5]}
        await meter("synchronize, 5 changed files", lambda: world.push("acme/shop", "drop", changed, author="dana"))
        await meter("synchronize, a rebase", lambda: world.rebase(pull))
        await meter("comment: a command", lambda: world.comment(pull, user="li-wei", body="/placet approve"))
        await meter("comment: a status", lambda: world.comment(pull, user="li-wei", body="/placet status"))
        await meter("comment: just talk", lambda: world.comment(pull, user="li-wei", body="Thanks!"))
        await meter("review that turns it green", lambda: world.review(pull, user="sam-o", state="approve"))
        await meter("review dismissed", lambda: world.dismiss_review(pull.reviews[0], user="olga"))
        await meter("review again", lambda: world.review(pull, user="jo-k", state="approve"))
        stage.clock.advance(timedelta(hours=3))
        await meter("comment, hours later", lambda: world.comment(pull, user="li-wei", body="/placet retract"))
        await meter("an irrelevant event", lambda: world.add_label(pull, "data", user="dana"))
        docs = {"README.md": b"more\n"}
        await meter(
            "opened, no contract change", lambda: world.open_pull("acme/shop", author="dana", branch="docs", files=docs)
        )
        await meter("push to a branch of no pull request", lambda: world.push("acme/shop", "wip", docs, author="dana"))
        await meter(
            "push to the default branch", lambda: world.push("acme/shop", "main", {"a.md": b"a\n"}, author="carl")
        )
        await meter("somebody joins a team", lambda: world.add_member("acme/crm", "newcomer"))
        await meter("comment again", lambda: world.comment(pull, user="li-wei", body="/placet approve"))
        await meter("the queue asks for a group", lambda: world.enqueue([pull]))
        async with raised(stage):
            await meter("the sweep, 2 open pull requests", stage.service.sweep.sweep)
            await meter("merged", lambda: world.merge(pull, user="dana"))
        return meter.costs


def main() -> None:
    """Print the table, and fail where a target is missed."""
    with tempfile.TemporaryDirectory() as folder:
        costs = asyncio.run(measured(Path(folder)))
    print("| event | requests | of them reads | free (304) | writes | archive | target |")
    print("| :--- | ---: | ---: | ---: | ---: | ---: | ---: |")
    missed = []
    for one in costs:
        target = TARGETS.get(one.event)
        shown = (one.event, one.total, one.reads, one.free, one.writes, one.archives, "" if target is None else target)
        print(f"| {' | '.join(str(cell) for cell in shown)} |")
        if target is not None and one.total > target:
            missed.append(one.event)
    if missed:
        sys.exit(f"more than the target: {', '.join(missed)}")


if __name__ == "__main__":
    main()
