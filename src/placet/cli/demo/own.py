"""The story of somebody's own pull request: their repository on the simulated GitHub, with the teams that it names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from rich.markup import escape

from placet.app.trees import is_wanted
from placet.cli.demo.story import Step
from placet.cli.demo.telling import Telling
from placet.cli.demo.world import Demo, Scene
from placet.local.compare import Comparison, Span, compare_span, span_of
from placet.local.git import GitRepository
from placet.proposals.model import Team
from placet.proposals.teams import label, names_in
from placet.render.markdown import visible
from placet.sandbox.world.people import slug_of
from placet.vocabulary.files import Files

AUTHOR = "you"
_BRANCH = "your-change"
_NO_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_HANDLE = re.compile(r"@([A-Za-z0-9-]+)/[A-Za-z0-9._-]+")
_DEFAULT_ORGANISATION = "acme"
_HOURS = timedelta(hours=3)
_MOST_TEAMS_NAMED = 12
_LONGEST_LOGIN = 39  # characters, as GitHub allows


@dataclass(frozen=True, slots=True)
class OwnStory:
    """What is on the stage, and what happens there."""

    scene: Scene
    steps: tuple[Step, ...]


def own_story(repository: GitRepository, base: str, head: str) -> OwnStory:
    """The story of merging one revision into another, as a pull request is compared.

    Only the files that Placet reads are put on the stage. Raises BadFile where they cannot be read.
    """
    span = span_of(repository, base, head)
    trees = [repository.files(sha, is_wanted) for sha in (span.base, span.tip, span.head or span.tip)]
    # Nobody knows the author's teams here: whoever is asked, is asked.
    judged = compare_span(repository, span, authors=())
    names = names_in(judged.analysis)
    organisation = _organisation(names)
    own = _Own(span, trees[0], trees[1], trees[2], judged, _people(names))
    scene = Scene(organisation, _name(repository), _contents(own.start), own.people)
    steps = (own.repository, own.pull_request, *((own.answers, own.merged) if judged.gated else (own.merged,)))
    return OwnStory(scene, steps)


@dataclass(frozen=True, slots=True)
class _Own:
    """One story: the trees at the merge base, the base's tip and the head; how the command line judges it."""

    span: Span
    start: Files
    tip: Files
    head: Files
    judged: Comparison
    people: Mapping[str, tuple[str, ...]]

    async def repository(self, demo: Demo, telling: Telling) -> None:
        teams = sorted(self.people)
        told = ", ".join(teams[:_MOST_TEAMS_NAMED]) + (" …" if len(teams) > _MOST_TEAMS_NAMED else "")
        telling.begin(
            "Your repository, on a simulated GitHub",
            f"[bold]{demo.repository.full_name}[/bold] holds what Placet reads of it: {len(self.tip):,} files.",
            f"The teams behind what changes and who reads it: {told}."
            if teams
            else "No team is named for what changes, or for who reads it: nobody can be asked.",
            "Placet is installed as a GitHub App. It reads the repository, and nothing else: no warehouse, no dbt run.",
        )
        demo.world.install(demo.repository.owner.login, announce=True)
        await demo.settled()
        if moved := _moved(self.start, self.tip):
            demo.world.push(demo.repository, "main", moved, author=AUTHOR, message="What the base has had since")
            await demo.settled()
        versions = await demo.versions()
        telling.holds(f"every contract was published when Placet first saw it ({len(versions):,})", seen=bool(versions))

    async def pull_request(self, demo: Demo, telling: Telling) -> None:
        name = visible(self.span.name)
        telling.begin(
            "Your pull request", f"It would merge [bold]{escape(name)}[/bold] into {escape(visible(self.span.into))}."
        )
        tip = demo.repository.store.commit(demo.repository.refs["main"])
        onto = tip.parents[0] if tip.parents else tip.sha
        demo.world.push(demo.repository, _BRANCH, _moved(self.start, self.head), author=AUTHOR, onto=onto)
        pull = demo.open_pull(author=AUTHOR, branch=_BRANCH, files=None, title=name, body="")
        telling.says(AUTHOR, f"open pull request #{pull.number}")
        await demo.settled()
        run = demo.check(pull)
        telling.whole_check(run)
        for comment in demo.comments(pull):
            telling.comment(comment.body, opened=("Where", "A safe way"))
        waits = run.conclusion not in ("success", "neutral")
        telling.holds("the check waits" if waits else "the check is green at once", seen=waits == self.judged.gated)
        telling.holds(
            "it asks exactly the teams that `placet check` names",
            seen=set(demo.asked(pull))
            == {slug for team in self._required() for slug in _slugs(team)} & self.people.keys(),
        )

    async def answers(self, demo: Demo, telling: Telling) -> None:
        required = self._required()
        telling.begin(
            "Everybody agrees",
            "By a review or by a comment: either counts."
            if required
            else "Nobody is known who could agree: whoever may write to the repository looks at it.",
        )
        pull = demo.pull
        for number, team in enumerate(required):
            demo.clock.pass_by(_HOURS)
            who = self._member(team)
            telling.says(
                f"{who} ({visible(team.name)})", "/placet approve" if number % 2 else "approves the pull request"
            )
            if number % 2:
                demo.world.comment(pull, user=who, body=f"/placet approve for {team.name}")
            else:
                demo.world.review(pull, user=who, state="approve")
            await demo.settled()
            telling.check(demo.check(pull))
        if demo.check(pull).conclusion != "success":
            demo.clock.pass_by(_HOURS)
            words = "/placet classify safe I looked at it"
            telling.says("olga (an owner of the organisation)", words)
            demo.world.comment(pull, user="olga", body=words)
            await demo.settled()
        run = demo.check(pull)
        telling.whole_check(run)
        if _fails_closed(self.judged):
            telling.holds("a file that cannot be read keeps it from turning green", seen=run.conclusion != "success")
        else:
            telling.holds("the check is green", seen=run.conclusion == "success")

    async def merged(self, demo: Demo, telling: Telling) -> None:
        pull = demo.pull
        if demo.check(pull).conclusion not in ("success", "neutral"):
            telling.begin("Not merged", "The check is required, and it is not green: the branch rule holds it.")
            return
        telling.begin("Merged", "The branch rule lets it through: the check is required, and it is green.")
        before = await demo.versions()
        demo.clock.pass_by(_HOURS)
        demo.world.merge(pull, user=AUTHOR)
        await demo.settled()
        after = await demo.versions()
        moved = sorted(name for name, version in after.items() if before.get(name) != version)
        for name in moved[:_MOST_TEAMS_NAMED]:
            telling.says("published", visible(f"{name} {after[name]}"))
        check = await demo.service.store.verify_audit()
        telling.holds(f"the audit trail holds ({check.head.rows} rows)", seen=not check.problem)

    def _required(self) -> list[Team]:
        assessment = self.judged.assessment
        return [assessment.teams[team] for team in sorted(assessment.required)]

    def _member(self, team: Team) -> str:
        """Somebody who can answer for the team: one of its members, or the person whom its name names."""
        slugs = _slugs(team)
        return next((people[0] for slug in slugs if (people := self.people.get(slug))), slugs[0])


def _organisation(names: Iterable[str]) -> str:
    """The organisation that most handles name (``@acme/crm``)."""
    owners = Counter(found[1] for name in names if (found := _HANDLE.fullmatch(name)))
    return owners.most_common(1)[0][0] if owners else _DEFAULT_ORGANISATION


def _people(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """A team with one member for each name that is no login and no e-mail; by slug."""
    slugs = sorted({slug for name in names if not _is_person(name) and (slug := slug_of(label(name)))})
    return {slug: (f"somebody-in-{slug}"[:_LONGEST_LOGIN].rstrip("-"),) for slug in slugs}


def _is_person(name: str) -> bool:
    return "@" in name[1:] or (name.startswith("@") and "/" not in name)


def _slugs(team: Team) -> list[str]:
    """The slugs of a team, or of those any of which may answer."""
    return [slug_of(part.name) for part in team.parts or (team,)]


def _name(repository: GitRepository) -> str:
    return _NO_NAME.sub("-", repository.root.resolve().name).strip("-.") or "repository"


def _contents(files: Files) -> dict[str, bytes]:
    return {path: file.data for path, file in files.items() if file.data is not None}


def _moved(start: Files, end: Files) -> dict[str, bytes | None]:
    """What a commit from one tree to the other writes; None removes a file."""
    return {path: end[path].data if path in end else None for path in end.changed_from(start)}


def _fails_closed(judged: Comparison) -> bool:
    return any(one.gated and not one.change.asset for one in judged.assessment.changes)
