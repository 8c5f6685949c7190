"""Commands that are no answers: who may give each, and what it then counts for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from placet.app.bench import (
    FINGERPRINT_DIGITS,
    Bench,
    Lookup,
    Rights,
    Ruling,
    act_of,
    command_of,
    day_meant,
    done,
    is_called,
    named_team,
    names_of,
    refused,
    shown_to,
)
from placet.app.hearing import Attempt
from placet.commands.grammar import Command
from placet.proposals.answers import end_of
from placet.proposals.assess import AssessedChange
from placet.proposals.model import Person, Publication, Standing, Team, Verb
from placet.render.replies import ReplyCode

REMIND_EVERY = timedelta(hours=24)
RECHECK_EVERY = timedelta(seconds=30)


def lookup_for(attempt: Attempt, bench: Bench) -> Lookup:
    """What has to be looked up for such a command."""
    find = _LOOKUPS.get(attempt.verb) if attempt.verb is not None else None
    return Lookup() if find is None else find(attempt, bench)


def assigned(attempt: Attempt, rights: Rights, bench: Bench) -> Ruling:
    """A member names a delegate for their team; the author names none, and is none."""
    if bench.is_barred(attempt.person):
        return refused(attempt, ReplyCode.AUTHOR)
    shown = shown_to(attempt.utterance, bench.publications)
    if shown is None:
        return refused(attempt, ReplyCode.NOTHING_PUBLISHED)
    teams = _asked_teams(named_team(attempt), shown, bench)
    if not teams:
        asked = names_of([team for team in sorted(shown.shown) if team in bench.teams], bench)
        return refused(attempt, ReplyCode.TEAM_NOT_ASKED, team=named_team(attempt), teams=asked)
    mine = [team for team in teams if team.id in rights.member_of]
    if not mine:
        return refused(attempt, ReplyCode.NOT_A_MEMBER, teams=tuple(team.name for team in teams))
    delegate = rights.named
    if delegate is None or not delegate.is_user:
        return refused(attempt, ReplyCode.NO_SUCH_PERSON, person=command_of(attempt).person)
    if bench.is_barred(delegate):
        return refused(attempt, ReplyCode.AUTHOR_AS_DELEGATE, person=delegate.login)
    to = {"to": str(delegate.id), "login": delegate.login}
    acts = [act_of(attempt, bench, team=team.id, arguments=to) for team in mine]
    return done(attempt, *acts, teams=tuple(team.name for team in mine))


def namers_of(attempt: Attempt, team: str, shown: Publication, bench: Bench) -> tuple[int, ...]:
    """The members (by id) who had named that person their team's delegate by then, under the very base's own rules."""
    wanted = (team, str(attempt.person.id), shown.base)
    named = [act for act in bench.acts if act.verb is Verb.ASSIGN and not bench.is_barred(act.actor)]
    return tuple(
        act.actor.id
        for act in named
        if (act.team, act.arguments.get("to"), act.arguments.get("base")) == wanted and act.at <= attempt.at
    )


def classified(attempt: Attempt, rights: Rights, bench: Bench) -> Ruling:
    """A change that needs a judgement gets one, of the asset's owner; never the author's."""
    if bench.is_barred(attempt.person):
        return refused(attempt, ReplyCode.AUTHOR)
    command = command_of(attempt)
    shown = shown_to(attempt.utterance, bench.publications)
    if shown is None:
        return refused(attempt, ReplyCode.NOTHING_PUBLISHED)
    changes = [one for one in _changes_meant(attempt, bench) if one.change.fingerprint in shown.everything]
    if not changes:
        return refused(attempt, ReplyCode.NO_SUCH_CHANGE, change=command.change)
    if any(not one.change.asset for one in changes):
        return refused(attempt, ReplyCode.CANNOT_CLASSIFY_FILE, change=command.change)
    if command.argument == "safe" and any(one.teams for one in changes):
        # Whom it reaches is known, so it is for them to agree; a judgement settles only what reaches nobody.
        return refused(attempt, ReplyCode.READERS_ARE_KNOWN, change=command.change)
    for one in changes:
        allowed = rights.can_write if one.owner is None else one.owner.id in rights.member_of
        if not allowed:
            owner = "" if one.owner is None else one.owner.name
            return refused(attempt, ReplyCode.NOT_THE_OWNER, change=command.change, team=owner)
    fingerprints = frozenset(one.change.fingerprint for one in changes)
    judged = {"as": command.argument}
    act = act_of(attempt, bench, fingerprints=fingerprints, standing=Standing.WRITER, arguments=judged)
    return done(attempt, act)


def waived(attempt: Attempt, rights: Rights, bench: Bench) -> Ruling:
    """The steward takes one team out, for the changes shown of assets in their care; never the author."""
    if bench.is_author(attempt.person):
        return refused(attempt, ReplyCode.AUTHOR)
    shown = shown_to(attempt.utterance, bench.publications)
    if shown is None:
        return refused(attempt, ReplyCode.NOTHING_PUBLISHED)
    named = named_team(attempt)
    teams = _asked_teams(named, shown, bench)
    if not teams:
        asked = names_of([team for team in sorted(shown.shown) if team in bench.teams], bench)
        return refused(attempt, ReplyCode.TEAM_NOT_ASKED, team=named, teams=asked)
    acts = []
    for team in teams:
        mine = [one for one in _reaching(team, shown, bench) if _is_steward(attempt.person, one, rights, bench)]
        if mine:
            fingerprints = frozenset(one.change.fingerprint for one in mine)
            acts.append(act_of(attempt, bench, team=team.id, fingerprints=fingerprints, standing=Standing.POLICY))
    if not acts:
        return refused(attempt, ReplyCode.NOT_THE_STEWARD, team=named, stewards=_stewards_of(teams, shown, bench))
    return done(
        attempt,
        *acts,
        code=ReplyCode.WAIVED,
        teams=tuple(team.name for team in teams),
        reason=command_of(attempt).reason,
    )


def deadline_set(attempt: Attempt, rights: Rights, bench: Bench) -> Ruling:
    """The author, or an owner of what changes, says by when answers are asked for."""
    if not _may_run(attempt, rights, bench):
        return refused(attempt, ReplyCode.NOT_THE_RUNNER, teams=_owner_names(bench))
    until = day_meant(command_of(attempt).when, attempt.at)
    if end_of(until) <= attempt.at:
        return refused(attempt, ReplyCode.IN_THE_PAST, until=until.isoformat())
    return done(attempt, act_of(attempt, bench, until=until, standing=Standing.WRITER))


def forced(attempt: Attempt, rights: Rights, bench: Bench) -> Ruling:
    """Green now, for the changes shown, by those whom the organisation's own policy lists."""
    if not bench.policy.force:
        return refused(attempt, ReplyCode.NOBODY_FORCES)
    if not any(team.id in rights.member_of for team in bench.force):
        return refused(attempt, ReplyCode.MAY_NOT_FORCE, teams=bench.policy.force)
    shown = shown_to(attempt.utterance, bench.publications)
    if shown is None:
        return refused(attempt, ReplyCode.NOTHING_PUBLISHED)
    if not shown.everything:
        return refused(attempt, ReplyCode.NOTHING_ASKED)
    act = act_of(attempt, bench, fingerprints=shown.everything, standing=Standing.POLICY)
    return done(attempt, act, code=ReplyCode.FORCED, reason=act.note)


def reminded(attempt: Attempt, rights: Rights, bench: Bench) -> Ruling:
    """The author, or an owner of what changes, has the open teams reminded; once in 24 hours."""
    if not _may_run(attempt, rights, bench):
        return refused(attempt, ReplyCode.NOT_THE_RUNNER, teams=_owner_names(bench))
    last = max((act.at for act in bench.acts if act.verb is Verb.REMIND), default=None)
    if last is not None and attempt.at - last < REMIND_EVERY:
        return refused(attempt, ReplyCode.TOO_SOON, again=f"{last + REMIND_EVERY:%Y-%m-%d %H:%M} UTC")
    if not bench.open_teams:
        return refused(attempt, ReplyCode.NOTHING_ASKED)
    named = named_team(attempt)
    teams = [team for team in bench.open_teams if not named or is_called(bench.teams[team], named, bench)]
    if not teams:
        asked = names_of(bench.open_teams, bench)
        return refused(attempt, ReplyCode.TEAM_NOT_ASKED, team=named, teams=asked)
    # Whose answer is missing now; who takes theirs back later was not called.
    return done(attempt, *(act_of(attempt, bench, team=team, standing=Standing.WRITER) for team in teams))


def rechecked(attempt: Attempt, _: Rights, bench: Bench) -> Ruling:
    """Everything is looked at again: that happens by hearing of it. Often is once."""
    last = max((act.at for act in bench.acts if act.verb is Verb.RECHECK), default=None)
    if last is not None and timedelta() <= attempt.at - last < RECHECK_EVERY:
        return Ruling(refusal="just_looked", reaction="" if attempt.command is None else "+1")
    return done(attempt, act_of(attempt, bench, standing=Standing.WRITER))


def _classifying(attempt: Attempt, bench: Bench) -> Lookup:
    changes = _changes_meant(attempt, bench)
    return Lookup(bench.named(changes), write=any(one.owner is None for one in changes))


def _assigning(attempt: Attempt, bench: Bench) -> Lookup:
    shown = shown_to(attempt.utterance, bench.publications)
    teams = () if shown is None else _asked_teams(named_team(attempt), shown, bench)
    return Lookup(teams, login=command_of(attempt).person)


def _running(attempt: Attempt, bench: Bench) -> Lookup:
    return Lookup() if bench.is_author(attempt.person) else Lookup(bench.named(bench.assessment.gated))


_LOOKUPS: Mapping[Verb, Callable[[Attempt, Bench], Lookup]] = {
    Verb.ASSIGN: _assigning,
    Verb.CLASSIFY: _classifying,
    Verb.WAIVE: lambda _, bench: Lookup(bench.named(bench.assessment.gated)),
    Verb.DEADLINE: _running,
    Verb.REMIND: _running,
    Verb.FORCE: lambda _, bench: Lookup(bench.force),
}


def _asked_teams(name: str, shown: Publication, bench: Bench) -> tuple[Team, ...]:
    """The teams asked that go by that name."""
    asked = [bench.teams[team] for team in sorted(shown.shown) if team in bench.teams]
    return tuple(team for team in asked if is_called(team, name, bench))


def _reaching(team: Team, shown: Publication, bench: Bench) -> list[AssessedChange]:
    """The changes shown to a team that it must still answer for."""
    return [one for one in bench.assessment.gated if one.change.fingerprint in shown.shown[team.id]]


def _is_steward(person: Person, one: AssessedChange, rights: Rights, bench: Bench) -> bool:
    """The asset's steward by login; where none is named, any member of the team that owns it."""
    steward = bench.stewards.get(one.change.asset, "")
    if steward:
        return steward.casefold() == person.login.casefold()
    return one.owner is not None and one.owner.id in rights.member_of


def _stewards_of(teams: tuple[Team, ...], shown: Publication, bench: Bench) -> tuple[str, ...]:
    """Who could have waived it: logins, or the teams that own what changes."""
    found = []
    for one in (change for team in teams for change in _reaching(team, shown, bench)):
        steward = bench.stewards.get(one.change.asset, "")
        if steward or one.owner is not None:
            found.append(steward or (one.owner.name if one.owner else ""))
    return tuple(dict.fromkeys(found))


def _may_run(attempt: Attempt, rights: Rights, bench: Bench) -> bool:
    owners = bench.named(bench.assessment.gated)
    return bench.is_author(attempt.person) or any(team.id in rights.member_of for team in owners)


def _owner_names(bench: Bench) -> tuple[str, ...]:
    return tuple(team.name for team in bench.named(bench.assessment.gated))


def _changes_meant(attempt: Attempt, bench: Bench) -> tuple[AssessedChange, ...]:
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


def _names_of(one: AssessedChange) -> frozenset[str]:
    change = one.change
    name = change.asset_id.split(".", 2)[-1]
    names = {change.what, name, change.asset_id}
    if change.column:
        names |= {f"{name}.{change.column}", f"{change.asset_id}.{change.column}"}
    return frozenset(text.lower() for text in names if text)
