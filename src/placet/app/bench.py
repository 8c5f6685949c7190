"""What is judged by, and what a judgement is: values shared by all rulings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import MappingProxyType

from placet.app.hearing import Attempt
from placet.commands.grammar import Command
from placet.policy.model import Policy
from placet.proposals.assess import AssessedChange, Assessment
from placet.proposals.model import (
    Act,
    Person,
    Publication,
    SourceKind,
    Standing,
    Team,
    Utterance,
    Verb,
)
from placet.proposals.teams import TeamDirectory, label
from placet.render.replies import Reply, ReplyCode

FINGERPRINT_DIGITS = 12
_TAKEN_BACK = frozenset({Verb.CHANGES_REQUESTED, Verb.DISMISSED})


@dataclass(frozen=True, slots=True)
class Lookup:
    """What has to be looked up afresh for one attempt, and only that.

    ``teams``: whether the person is an active member of each; ``write``: whether they may write to the repository;
    ``login``: who it is that they name.
    """

    teams: tuple[Team, ...] = ()
    write: bool = False
    login: str = ""


@dataclass(frozen=True, slots=True)
class Rights:
    """What was found: the teams (by id) they belong to, write access, and whom they name (None: nobody)."""

    member_of: frozenset[str] = frozenset()
    can_write: bool = False
    named: Person | None = None


@dataclass(frozen=True)
class Bench:
    """What judgement needs besides the attempt itself.

    ``authors`` are the ids of those who count as the pull request's author: who opened it, and, where that is a bot,
    whoever pushed to it. ``open_teams`` are those whose answer is missing, by id.
    ``force`` are the teams whose members may force, by the organisation's policy alone; ``can_force``: somebody of
    them is no author. ``closed_at`` is when the pull request was closed, None while it is open.
    """

    author: Person
    policy: Policy
    assessment: Assessment
    directory: TeamDirectory
    publications: Sequence[Publication]
    acts: Sequence[Act]
    now: datetime
    authors: frozenset[int] = frozenset()
    open_teams: tuple[str, ...] = ()
    closed_at: datetime | None = None
    teams: Mapping[str, Team] = field(default_factory=dict)
    force: tuple[Team, ...] = ()
    can_force: bool = False
    stewards: Mapping[str, str] = field(default_factory=dict)

    def is_author(self, person: Person) -> bool:
        """Whether the person counts as the author."""
        return person.id == self.author.id or person.id in self.authors

    def is_barred(self, person: Person) -> bool:
        """Whether the person may not answer or judge because the change is their own."""
        return self.is_author(person) and not self.policy.approvals.allow_author

    def named(self, changes: Sequence[AssessedChange]) -> tuple[Team, ...]:
        """The teams that own the assets of these changes, once each, in order."""
        owners = {one.owner.id: one.owner for one in changes if one.owner is not None}
        return tuple(owners[key] for key in sorted(owners))


@dataclass(frozen=True, slots=True)
class Ruling:
    """What an attempt counts for: acts to write down, else the code of the refusal; what the person is told."""

    acts: tuple[Act, ...] = ()
    refusal: str = ""
    reply: Reply | None = None
    reaction: str = ""


def shown_to(utterance: Utterance, publications: Sequence[Publication]) -> Publication | None:
    """What the person had been shown: the publication for a review's commit, else the last before they spoke.

    GitHub's times have whole seconds: what was published in the same second counts as shown.
    """
    before = [one for one in publications if one.at.replace(microsecond=0) <= utterance.at]
    if utterance.kind is SourceKind.REVIEW and utterance.commit_id:
        on_commit = [one for one in before if one.head == utterance.commit_id]
        if on_commit:
            return on_commit[-1]
    return before[-1] if before else None


def day_meant(when: str, said_at: datetime) -> date:
    """The date of ``2026-12-15``, ``10d`` or ``2w``, counted from when it was said; of a far length, the last date."""
    if when[-1] not in "dw":
        return date.fromisoformat(when)
    days = int(when[:-1]) * (7 if when[-1] == "w" else 1)
    return said_at.date() + timedelta(days=days)


def command_of(attempt: Attempt) -> Command:
    """The command; an empty one of that verb's sort where a button or a review's state says the same."""
    if isinstance(attempt.command, Command):
        return attempt.command
    raise ValueError("only a command has arguments")


def named_team(attempt: Attempt) -> str:
    """The team that the command names, without its ``@``; empty where it names none."""
    return attempt.command.team if isinstance(attempt.command, Command) else ""


def is_called(team: Team, name: str, bench: Bench) -> bool:
    """Whether a person means this team by that name: its label, its slug, or what the policy calls it."""
    known = bench.directory.teams.get(name) or bench.directory.teams.get(label(name))
    if known is not None and known.id == team.id:
        return True
    wanted = name.removeprefix("@").lower()
    return wanted in (team.name.lower(), team.slug.lower(), team.slug.rpartition("/")[2].lower())


def names_of(teams: Sequence[str], bench: Bench) -> tuple[str, ...]:
    """What the teams are called."""
    return tuple(bench.teams[team].name for team in teams)


def act_of(  # noqa: PLR0913 - an act is all of this
    attempt: Attempt,
    bench: Bench,
    *,
    team: str = "",
    fingerprints: frozenset[str] = frozenset(),
    standing: Standing = Standing.MEMBER,
    until: date | None = None,
    actor: Person | None = None,
    arguments: Mapping[str, str] = MappingProxyType({}),
) -> Act:
    """The attempt as an act, under the rules of the base that its giver had been shown."""
    if attempt.verb is None:
        raise ValueError("only what has a verb can be an act")
    shown = None if attempt.verb in _TAKEN_BACK else shown_to(attempt.utterance, bench.publications)
    # A dismissal that only the lists show has no time of its own: it counts from when it was seen.
    seen_late = attempt.verb is Verb.DISMISSED and not attempt.utterance.from_delivery
    return Act(
        verb=attempt.verb,
        team=team,
        actor=actor or attempt.person,
        fingerprints=fingerprints,
        source=attempt.source,
        at=bench.now if seen_late else attempt.at,
        seen_at=bench.now,
        standing=standing,
        note=attempt.command.reason if isinstance(attempt.command, Command) else "",
        until=until,
        arguments={**({} if shown is None else {"base": shown.base}), **arguments},
    )


def done(attempt: Attempt, *acts: Act, code: ReplyCode | None = None, **facts: object) -> Ruling:
    """Acts that count. A comment gets a reaction; a review cannot carry one, so that a command in it gets a line."""
    if code is None and attempt.command is not None and attempt.utterance.kind is SourceKind.REVIEW:
        code = ReplyCode.RECORDED
    reply = None if code is None else Reply(code, {"verb": acts[0].verb.value, **facts})
    return Ruling(acts=acts, reply=reply, reaction="" if attempt.command is None else "+1")


def refused(attempt: Attempt, code: ReplyCode, *, aloud: bool = False, **facts: object) -> Ruling:
    """A refusal; a review without a command was not meant for Placet, so it gets no answer unless it is told aloud."""
    if attempt.command is None and attempt.utterance.kind is SourceKind.REVIEW and not aloud:
        return Ruling(refusal=code.value)
    if attempt.verb is not None:
        facts["verb"] = attempt.verb.value
    return Ruling(refusal=code.value, reply=Reply(code, facts), reaction="-1")
