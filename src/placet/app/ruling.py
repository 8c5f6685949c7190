"""What an attempt counts for: a pure judgement over who tried, what they had been shown, and what they may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from placet.app.hearing import Attempt
from placet.commands.catalogue import Name
from placet.commands.grammar import Command, Misunderstood
from placet.commands.help import details, overview
from placet.policy.model import Policy
from placet.proposals.answers import Word, in_order, standing
from placet.proposals.assess import AssessedChange, Assessment
from placet.proposals.model import Act, Person, Publication, SourceKind, Standing, Team, Utterance, Verb
from placet.proposals.teams import TeamDirectory, label
from placet.proposals.verdict import approve_token
from placet.render.replies import Reply, ReplyCode

_ANSWERS = frozenset({Verb.APPROVE, Verb.BLOCK, Verb.NEEDS_TIME, Verb.RETRACT})


@dataclass(frozen=True, slots=True)
class Rights:
    """What somebody may, looked up fresh for one attempt: the teams (by id) they belong to, and write access."""

    member_of: frozenset[str] = frozenset()
    can_write: bool = False


@dataclass(frozen=True)
class Bench:
    """What judgement needs besides the attempt itself."""

    author: Person
    policy: Policy
    assessment: Assessment
    directory: TeamDirectory
    publications: Sequence[Publication]
    acts: Sequence[Act]
    now: datetime
    teams: Mapping[str, Team] = field(default_factory=dict)


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


def teams_to_look_up(attempt: Attempt, bench: Bench) -> tuple[Team, ...]:
    """The teams whose membership decides about the attempt; empty where no membership does."""
    if not attempt.person.is_user or attempt.verb in (None, Verb.CHANGES_REQUESTED, Verb.DISMISSED):
        return ()
    if attempt.verb is Verb.CLASSIFY:
        owners = {one.owner.id: one.owner for one in _classified(attempt, bench) if one.owner is not None}
        return tuple(owners[key] for key in sorted(owners))
    shown = shown_to(attempt.utterance, bench.publications)
    asked = bench.assessment.required if shown is None else shown.shown
    named = _named_team(attempt)
    teams = [bench.teams[team] for team in sorted(asked) if team in bench.teams]
    return tuple(team for team in teams if not named or _is_called(team, named, bench))


def ruled(attempt: Attempt, rights: Rights, bench: Bench) -> Ruling:
    """The judgement. Nothing that is a command stays without an answer; a plain review may."""
    if isinstance(attempt.command, Misunderstood):
        facts = {"text": attempt.command.text, "why": attempt.command.why, "suggestion": attempt.command.suggestion}
        return Ruling(refusal="not_understood", reply=Reply(ReplyCode.NOT_UNDERSTOOD, facts), reaction="confused")
    if isinstance(attempt.command, Command) and attempt.verb is None:
        return _told(attempt.command)
    if attempt.verb in (Verb.CHANGES_REQUESTED, Verb.DISMISSED):
        return _taken_back(attempt, bench)
    if not attempt.person.is_user:
        return _refused(attempt, ReplyCode.BOT)
    if attempt.verb is Verb.CLASSIFY:
        return _classify(attempt, rights, bench)
    return _answer(attempt, rights, bench)


def _told(command: Command) -> Ruling:
    if command.verb is Name.STATUS:
        return Ruling(refusal="told", reply=Reply(ReplyCode.STATUS), reaction="+1")
    lines = details(Name(command.argument)) if command.argument else overview()
    return Ruling(refusal="told", reply=Reply(ReplyCode.HELP, {"lines": lines}), reaction="+1")


def _taken_back(attempt: Attempt, bench: Bench) -> Ruling:
    """Requested changes, or a dismissed review, take back the approvals which that person gave, and nothing else."""
    # Written down whether or not something stands: an older approval may yet be delivered.
    return Ruling(acts=(_act(attempt, "", frozenset(), bench, actor=attempt.utterance.author),))


def _fingerprints_answered(acts: Sequence[Act], team: str) -> frozenset[str]:
    return frozenset().union(*(act.fingerprints for act in acts if act.team == team))


def _answer(attempt: Attempt, rights: Rights, bench: Bench) -> Ruling:
    if attempt.person.id == bench.author.id and not bench.policy.approvals.allow_author:
        return _refused(attempt, ReplyCode.AUTHOR)
    shown = shown_to(attempt.utterance, bench.publications)
    if shown is None:
        # A review is answered only if its author would have spoken for somebody.
        return _refused(attempt, ReplyCode.NOTHING_PUBLISHED, aloud=bool(rights.member_of))
    if attempt.utterance.kind is SourceKind.BUTTON and not _is_fresh(attempt, shown):
        return _refused(attempt, ReplyCode.STALE_BUTTON)
    asked = [team for team in sorted(shown.shown) if team in bench.teams]
    if not asked:
        return _refused(attempt, ReplyCode.NOTHING_ASKED)
    named = _named_team(attempt)
    candidates = [team for team in asked if not named or _is_called(bench.teams[team], named, bench)]
    if not candidates:
        return _refused(attempt, ReplyCode.TEAM_NOT_ASKED, team=named, teams=_names(asked, bench))
    mine = [team for team in candidates if team in rights.member_of or _gave(attempt, team, bench)]
    if not mine:
        return _refused(attempt, ReplyCode.NOT_A_MEMBER, team=named, teams=_names(candidates, bench))
    if attempt.verb is Verb.APPROVE and bench.policy.approvals.distinct_approvers:
        held = [team for team in asked if _stands_for(attempt.person, team, bench)]
        if held and set(mine) - set(held):
            return _refused(attempt, ReplyCode.HOLDS_ANOTHER_TEAM, teams=_names(held, bench))
        if len(mine) > 1 and not named:
            return _refused(attempt, ReplyCode.SAY_FOR_WHOM, teams=_names(mine, bench))
    acts = tuple(_act(attempt, team, shown.shown[team], bench) for team in mine)
    return Ruling(acts=acts, reaction="" if attempt.command is None else "+1")


def _gave(attempt: Attempt, team: str, bench: Bench) -> bool:
    """Whoever gave an answer may take it back, also when they have left the team since."""
    if attempt.verb is not Verb.RETRACT:
        return False
    return any(act.team == team and act.actor.id == attempt.person.id for act in bench.acts)


def _stands_for(person: Person, team: str, bench: Bench) -> bool:
    acts = in_order(bench.acts)
    return any(
        person.id in standing(acts, team, fingerprint).approvers
        for fingerprint in _fingerprints_answered(bench.acts, team)
        if standing(acts, team, fingerprint).word is Word.APPROVED
    )


def _is_fresh(attempt: Attempt, shown: Publication) -> bool:
    token = attempt.utterance.body.partition(":")[2]
    return token == approve_token(shown.everything)


def _classify(attempt: Attempt, rights: Rights, bench: Bench) -> Ruling:
    if attempt.person.id == bench.author.id and not bench.policy.approvals.allow_author:
        return _refused(attempt, ReplyCode.AUTHOR)
    command = attempt.command
    shown = shown_to(attempt.utterance, bench.publications)
    if not isinstance(command, Command) or shown is None:
        return _refused(attempt, ReplyCode.NOTHING_PUBLISHED)
    changes = [one for one in _classified(attempt, bench) if one.change.fingerprint in shown.everything]
    if not changes:
        return _refused(attempt, ReplyCode.NO_SUCH_CHANGE, change=command.change)
    if any(not one.change.asset for one in changes):
        return _refused(attempt, ReplyCode.CANNOT_CLASSIFY_FILE, change=command.change)
    if command.argument == "safe" and any(one.teams for one in changes):
        # Whom it reaches is known, so it is for them to agree; a judgement settles only what reaches nobody.
        return _refused(attempt, ReplyCode.READERS_ARE_KNOWN, change=command.change)
    for one in changes:
        allowed = rights.can_write if one.owner is None else one.owner.id in rights.member_of
        if not allowed:
            owner = "" if one.owner is None else one.owner.name
            return _refused(attempt, ReplyCode.NOT_THE_OWNER, change=command.change, team=owner)
    act = _act(attempt, "", frozenset(one.change.fingerprint for one in changes), bench)
    return Ruling(acts=(act,), reaction="+1")


def _classified(attempt: Attempt, bench: Bench) -> tuple[AssessedChange, ...]:
    """The changes that a person means by ``asset.column``, ``asset`` or the digits beside it."""
    wanted = attempt.command.change.lower() if isinstance(attempt.command, Command) else ""
    return tuple(
        one
        for one in bench.assessment.changes
        if (one.gated or one.classified is not None)
        and (
            one.change.fingerprint.startswith(wanted)
            if len(wanted) == FINGERPRINT_DIGITS and all(digit in "0123456789abcdef" for digit in wanted)
            else wanted in _names_of(one)
        )
    )


FINGERPRINT_DIGITS = 12


def _names_of(one: AssessedChange) -> frozenset[str]:
    change = one.change
    name = change.asset_id.split(".", 2)[-1]
    names = {change.what, name, change.asset_id}
    if change.column:
        names |= {f"{name}.{change.column}", f"{change.asset_id}.{change.column}"}
    return frozenset(text.lower() for text in names if text)


def _act(
    attempt: Attempt, team: str, fingerprints: frozenset[str], bench: Bench, *, actor: Person | None = None
) -> Act:
    taken_back = attempt.verb in (Verb.CHANGES_REQUESTED, Verb.DISMISSED)
    shown = None if taken_back else shown_to(attempt.utterance, bench.publications)
    command = attempt.command if isinstance(attempt.command, Command) else None
    if attempt.verb is None:
        raise ValueError("only what has a verb can be an act")
    # A dismissal that only the lists show has no time of its own: it counts from when it was seen.
    seen_late = attempt.verb is Verb.DISMISSED and not attempt.utterance.from_delivery
    arguments = {} if shown is None else {"base": shown.base}
    if command is not None and attempt.verb is Verb.CLASSIFY:
        arguments["as"] = command.argument
    return Act(
        verb=attempt.verb,
        team=team,
        actor=actor or attempt.person,
        fingerprints=fingerprints,
        source=attempt.source,
        at=bench.now if seen_late else attempt.at,
        seen_at=bench.now,
        standing=Standing.MEMBER if team else Standing.WRITER,
        note=command.reason if command is not None else "",
        arguments=arguments,
    )


def _refused(attempt: Attempt, code: ReplyCode, *, aloud: bool = False, **facts: object) -> Ruling:
    """A refusal; a review without a command was not meant for Placet, so it gets no answer unless it is told aloud."""
    if attempt.command is None and attempt.utterance.kind is SourceKind.REVIEW and not aloud:
        return Ruling(refusal=code.value)
    if attempt.verb is not None:
        facts["verb"] = attempt.verb.value
    return Ruling(refusal=code.value, reply=Reply(code, facts), reaction="-1")


def _named_team(attempt: Attempt) -> str:
    return attempt.command.team if isinstance(attempt.command, Command) else ""


def _is_called(team: Team, name: str, bench: Bench) -> bool:
    """Whether a person means this team by that name: its label, its slug, or what the policy calls it."""
    known = bench.directory.teams.get(name) or bench.directory.teams.get(label(name))
    if known is not None and known.id == team.id:
        return True
    wanted = name.removeprefix("@").lower()
    return wanted in (team.name.lower(), team.slug.lower(), team.slug.rpartition("/")[2].lower())


def _names(teams: Sequence[str], bench: Bench) -> tuple[str, ...]:
    return tuple(bench.teams[team].name for team in teams)
