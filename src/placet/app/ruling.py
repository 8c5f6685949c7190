"""What an attempt counts for: a pure judgement over who tried, what they had been shown, and what they may."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from placet.app import orders
from placet.app.bench import (
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
from placet.commands.catalogue import Name
from placet.commands.grammar import Command, Misunderstood
from placet.commands.help import details, overview
from placet.proposals.answers import end_of, folded, held_by, in_order
from placet.proposals.decide import counts_for
from placet.proposals.model import Publication, SourceKind, Standing, Team, Verb
from placet.proposals.verdict import approve_token
from placet.render.replies import Reply, ReplyCode

ANSWERS = frozenset({Verb.APPROVE, Verb.BLOCK, Verb.NEEDS_TIME, Verb.RETRACT})
# What is judged whoever did it: it gives nobody anything.
_ANYBODY = frozenset({Verb.CHANGES_REQUESTED, Verb.DISMISSED, Verb.RECHECK})

_ORDERS: Mapping[Verb, Callable[[Attempt, Rights, Bench], Ruling]] = {
    Verb.ASSIGN: orders.assigned,
    Verb.CLASSIFY: orders.classified,
    Verb.WAIVE: orders.waived,
    Verb.DEADLINE: orders.deadline_set,
    Verb.FORCE: orders.forced,
    Verb.REMIND: orders.reminded,
    Verb.RECHECK: orders.rechecked,
}


def lookup_for(attempt: Attempt, bench: Bench) -> Lookup:
    """What decides about the attempt and has to be looked up; nothing where no right does."""
    if attempt.verb is None or attempt.verb in _ANYBODY or not attempt.person.is_user:
        return Lookup()
    if attempt.verb in ANSWERS:
        return Lookup(_teams_meant(attempt, bench))
    return orders.lookup_for(attempt, bench)


def ruled(attempt: Attempt, rights: Rights, bench: Bench) -> Ruling:
    """The judgement. Nothing that is a command stays without an answer; a plain review may."""
    if isinstance(attempt.command, Misunderstood):
        facts = {"text": attempt.command.text, "why": attempt.command.why, "suggestion": attempt.command.suggestion}
        return Ruling(refusal="not_understood", reply=Reply(ReplyCode.NOT_UNDERSTOOD, facts), reaction="confused")
    if attempt.verb is None:
        return _told(command_of(attempt))
    if bench.closed_at is not None and attempt.at > bench.closed_at:
        return refused(attempt, ReplyCode.CLOSED)
    if attempt.verb in (Verb.CHANGES_REQUESTED, Verb.DISMISSED):
        # Written down whether or not something stands: an older approval may yet be delivered.
        return Ruling(acts=(act_of(attempt, bench, standing=Standing.WRITER, actor=attempt.utterance.author),))
    if not attempt.person.is_user and attempt.verb not in _ANYBODY and not _is_listed_app(attempt, bench):
        return refused(attempt, ReplyCode.BOT)
    if attempt.verb in ANSWERS:
        return _answer(attempt, rights, bench)
    return _ORDERS[attempt.verb](attempt, rights, bench)


def _told(command: Command) -> Ruling:
    if command.verb is Name.STATUS:
        reply = Reply(ReplyCode.STATUS)
    elif command.verb is Name.WHY:
        reply = Reply(ReplyCode.WHY, {"about": command.reason})
    else:
        lines = details(Name(command.argument)) if command.argument else overview()
        reply = Reply(ReplyCode.HELP, {"lines": lines})
    return Ruling(refusal="told", reply=reply, reaction="+1")


def _teams_meant(attempt: Attempt, bench: Bench) -> tuple[Team, ...]:
    """The teams whose membership decides about an answer: those asked, or the one that is named."""
    shown = shown_to(attempt.utterance, bench.publications)
    asked = bench.assessment.required if shown is None else shown.shown
    named = named_team(attempt)
    teams = [bench.teams[team] for team in sorted(asked) if team in bench.teams]
    return tuple(team for team in teams if not named or is_called(team, named, bench))


def _answer(attempt: Attempt, rights: Rights, bench: Bench) -> Ruling:
    if bench.is_barred(attempt.person):
        return refused(attempt, ReplyCode.AUTHOR)
    shown = shown_to(attempt.utterance, bench.publications)
    if shown is None:
        # A review is answered only if its author would have spoken for somebody.
        return refused(attempt, ReplyCode.NOTHING_PUBLISHED, aloud=bool(rights.member_of))
    if attempt.utterance.kind is SourceKind.BUTTON and not _is_fresh(attempt, shown):
        return refused(attempt, ReplyCode.STALE_BUTTON)
    asked = _askable(attempt, shown, bench)
    if not asked:
        return refused(attempt, ReplyCode.NOTHING_ASKED)
    named = named_team(attempt)
    candidates = [team for team in asked if not named or is_called(bench.teams[team], named, bench)]
    if not candidates:
        return refused(attempt, ReplyCode.TEAM_NOT_ASKED, team=named, teams=names_of(asked, bench))
    standings = {team: found for team in candidates if (found := _standing_in(attempt, team, rights, shown, bench))}
    if not standings:
        return refused(attempt, ReplyCode.NOT_A_MEMBER, team=named, teams=names_of(candidates, bench))
    if _is_unclear(attempt, standings, bench):
        return refused(attempt, ReplyCode.SAY_FOR_WHOM, aloud=True, teams=names_of(tuple(standings), bench))
    return _one_team_each(attempt, standings, shown, bench)


def _askable(attempt: Attempt, shown: Publication, bench: Bench) -> list[str]:
    """The teams that somebody can speak for: those shown; and to take back, also those for which they have spoken."""
    asked = [team for team in sorted(shown.shown) if team in bench.teams]
    if attempt.verb is not Verb.RETRACT:
        return asked
    held = held_by(folded(in_order(bench.acts)), attempt.person)
    return asked + sorted(team for team in held if team in bench.teams and team not in asked)


def _one_team_each(attempt: Attempt, standings: Mapping[str, Standing], shown: Publication, bench: Bench) -> Ruling:
    """What is said, where one person may hold one team only: said of the one that is open, and told where it is not."""
    is_open_ended = attempt.verb is Verb.APPROVE and not named_team(attempt)
    if is_open_ended and bench.policy.approvals.distinct_approvers:
        standings = {team: one for team, one in standings.items() if team in bench.open_teams} or standings
    ruling = _spoken(attempt, standings, shown, bench)
    held = _held_otherwise(attempt, standings, bench)
    if held and ruling.acts:
        # Written down all the same: folding leaves it out, and knows better once an older answer comes in late.
        told = refused(attempt, ReplyCode.HOLDS_ANOTHER_TEAM, aloud=True, teams=_known_names(held, bench))
        return replace(told, acts=ruling.acts)
    return ruling


def _spoken(attempt: Attempt, standings: Mapping[str, Standing], shown: Publication, bench: Bench) -> Ruling:
    until = None
    if attempt.verb is Verb.NEEDS_TIME:
        until = day_meant(command_of(attempt).when, attempt.at)
        longest = (attempt.at + bench.policy.approvals.max_wait).date()
        if end_of(until) <= attempt.at:
            return refused(attempt, ReplyCode.IN_THE_PAST, until=until.isoformat())
        if until > longest:
            return refused(attempt, ReplyCode.TOO_LONG, until=until.isoformat(), longest=longest.isoformat())
    acts = []
    for team, standing in standings.items():
        # Whoever named a delegate may turn out to be the author: then the delegate has spoken for nobody.
        by = ",".join(map(str, orders.namers_of(attempt, team, shown, bench))) if standing is Standing.DELEGATE else ""
        said = act_of(attempt, bench, team=team, fingerprints=_about(team, attempt, shown, bench), standing=standing)
        acts.append(replace(said, until=until, arguments={**said.arguments, **({"by": by} if by else {})}))
    return done(attempt, *acts, teams=names_of(tuple(standings), bench))


def _about(team: str, attempt: Attempt, shown: Publication, bench: Bench) -> frozenset[str]:
    """What an answer is about: what the team had been shown; to take back, where it was not asked, all that stands."""
    if team in shown.shown:
        return shown.shown[team]
    fold = folded(in_order(bench.acts))
    return frozenset(one for (of, one), stands in fold.items() if of == team and attempt.person.id in stands.approvers)


def _standing_in(attempt: Attempt, team: str, rights: Rights, shown: Publication, bench: Bench) -> Standing | None:
    """By what right the person speaks for the team; None where they have none."""
    if team in rights.member_of:
        return Standing.MEMBER
    if _is_listed_app(attempt, bench):
        # An app belongs to no team: it has to say for which it speaks.
        return Standing.APP if named_team(attempt) else None
    if orders.namers_of(attempt, team, shown, bench):
        return Standing.DELEGATE
    if attempt.verb is Verb.RETRACT and _gave(attempt, team, bench):
        # Whoever gave an answer may take it back, also when they have left the team since.
        return Standing.MEMBER
    return None


def _is_listed_app(attempt: Attempt, bench: Bench) -> bool:
    """Whether it is a bot that the organisation's policy lists by its app's id."""
    return not attempt.person.is_user and attempt.utterance.app_id in bench.policy.apps


def _gave(attempt: Attempt, team: str, bench: Bench) -> bool:
    """Whether what stands of the team is that person's own word."""
    fold = folded(in_order(bench.acts), distinct=bench.policy.approvals.distinct_approvers)
    return any(
        attempt.person.id in stands.approvers or (stands.act is not None and stands.act.actor.id == attempt.person.id)
        for (of, _), stands in fold.items()
        if of == team
    )


def _is_unclear(attempt: Attempt, standings: Mapping[str, Standing], bench: Bench) -> bool:
    """Whether, one person holding one team, it does not say for which of several it speaks."""
    is_distinct = attempt.verb is Verb.APPROVE and bench.policy.approvals.distinct_approvers
    open_ones = [team for team in standings if team in bench.open_teams] or list(standings)
    return is_distinct and len(open_ones) > 1 and not named_team(attempt)


def _held_otherwise(attempt: Attempt, standings: Mapping[str, Standing], bench: Bench) -> frozenset[str]:
    """The other team that a person holds already, where each may hold one only; empty where that is no hindrance."""
    if attempt.verb is not Verb.APPROVE or not bench.policy.approvals.distinct_approvers:
        return frozenset()
    shown = shown_to(attempt.utterance, bench.publications)
    here = [act for act in bench.acts if shown is None or counts_for(act, shown.base)]
    held = held_by(folded(in_order(here), distinct=True), attempt.person)
    return held if set(standings) - held else frozenset()


def _known_names(teams: frozenset[str], bench: Bench) -> tuple[str, ...]:
    """What the teams are called; one that nobody asks any more has only its id."""
    return tuple(bench.teams[team].name if team in bench.teams else team for team in sorted(teams))


def _is_fresh(attempt: Attempt, shown: Publication) -> bool:
    token = attempt.utterance.body.partition(":")[2]
    return token == approve_token(shown.everything)
