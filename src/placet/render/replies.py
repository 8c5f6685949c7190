"""What a comment gets for an answer: what happened, what was not recorded, and the command that would do it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from functools import partial

from placet.proposals.answers import Word
from placet.proposals.assess import AssessedChange
from placet.proposals.model import Source
from placet.proposals.verdict import CheckState, TeamRow, Verdict
from placet.render import links, teams
from placet.render.budget import COMMENT_BYTES, fitted, joined, section
from placet.render.contract import DIGITS
from placet.render.headline import worst_first
from placet.render.markdown import code, fence, plain, prose, table
from placet.render.model import Scene
from placet.render.summary import first_line, to_do_list
from placet.render.why import why_text
from placet.render.words import day, listed, shortened

_NAMED = 8
_ANSWERS = frozenset({"", "approve", "block", "needs_time", "retract"})
# Until when whoever forced it has to have justified it (4-approvals, "Commands").
JUSTIFIED_WITHIN = timedelta(hours=24)


class ReplyCode(StrEnum):
    """Why a comment gets a written answer."""

    NOT_UNDERSTOOD = "not_understood"
    NOT_A_MEMBER = "not_a_member"
    AUTHOR = "author"
    BOT = "bot"
    NOTHING_PUBLISHED = "nothing_published"
    NOTHING_ASKED = "nothing_asked"
    TEAM_NOT_ASKED = "team_not_asked"
    HOLDS_ANOTHER_TEAM = "holds_another_team"
    SAY_FOR_WHOM = "say_for_whom"
    STALE_BUTTON = "stale_button"
    NO_SUCH_CHANGE = "no_such_change"
    NOT_THE_OWNER = "not_the_owner"
    CANNOT_CLASSIFY_FILE = "cannot_classify_file"
    READERS_ARE_KNOWN = "readers_are_known"
    IN_THE_PAST = "in_the_past"
    TOO_LONG = "too_long"
    TOO_SOON = "too_soon"
    NO_SUCH_PERSON = "no_such_person"
    AUTHOR_AS_DELEGATE = "author_as_delegate"
    NOT_THE_STEWARD = "not_the_steward"
    NOT_THE_RUNNER = "not_the_runner"
    NOBODY_FORCES = "nobody_forces"
    MAY_NOT_FORCE = "may_not_force"
    CLOSED = "closed"
    FORCED = "forced"
    WAIVED = "waived"
    RECORDED = "recorded"
    STATUS = "status"
    WHY = "why"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer to be written.

    ``facts`` are what the code's text needs, as far as they are known: ``verb`` (what was tried), ``team`` (as it was
    named), ``teams`` (those that were asked, held or meant), ``change`` (as it was named); ``text``, ``why`` and
    ``suggestion`` of a line that was not understood; ``lines`` of the commands' help, which go in as they are;
    ``until``, ``longest`` and ``again`` as text of a date or time; ``person``, ``stewards``, ``reason``, ``about``.
    """

    code: ReplyCode
    facts: Mapping[str, object] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A fact as text; empty where it is not known."""
        value = self.facts.get(name, "")
        return value if isinstance(value, str) else ""

    def texts(self, name: str) -> tuple[str, ...]:
        """A fact as several texts; empty where it is not known."""
        value = self.facts.get(name, ())
        return tuple(str(one) for one in value) if isinstance(value, (tuple, list)) else ()


def reply_marker(source: Source) -> str:
    """The hidden first line of the reply to a comment, review or button, by which it is found again."""
    return f"<!-- placet:reply={source.kind.value}:{source.id} -->"


def reply(marker: str, login: str, replies: Sequence[Reply], verdict: Verdict, scene: Scene) -> str:
    """One comment that answers everything in another, in order, at most 60,000 bytes; ``login`` is who gets it."""
    sections = []
    for one in (replace(one, facts={**one.facts, "login": login}) for one in replies):
        if one.code is ReplyCode.STATUS:
            sections.append(section(*(_status(verdict, scene, rows) for rows in (100, 12))))
        else:
            sections.append(section(_TEXTS[one.code](one, verdict, scene)))
    return f"{marker}\n{fitted(sections, COMMENT_BYTES - len(marker.encode()) - 1)}"


def _refusal(one: Reply, first: str, *blocks: str) -> str:
    who = plain(one.text("login"), limit=100) or "you"
    return joined([f"**Not recorded for {who}:** {first}", *blocks])


def _not_understood(one: Reply, _: Verdict, __: Scene) -> str:
    why = prose(one.text("why"))
    first = f"{code(one.text('text'))} was not understood. {why[:1].upper()}{why[1:]}".rstrip()
    suggestion = one.text("suggestion")
    blocks = [f"This would be understood:\n\n{fence(suggestion.splitlines())}"] if suggestion else []
    return _refusal(one, first if first[-1] in ".?!" else f"{first}.", *blocks)


def _not_a_member(one: Reply, verdict: Verdict, _: Scene) -> str:
    asked = one.texts("teams")
    asked = asked or tuple(row.team.name for row in verdict.rows)
    named = [plain(name, limit=100) for name in asked[:_NAMED]]
    if len(named) == 1:
        first = f"you are no active member of {named[0]}."
    elif named:
        first = f"you are no active member of any team that is asked: {_names(asked)}."
    else:
        first = "you are in no team that is asked here."
    after = "Somebody who is can answer with the same command. An invitation that is not accepted yet does not count."
    team = one.text("team") or (asked[0] if asked and one.text("verb") == "assign" else "")
    return _refusal(one, first, after, fence([_command(one, team)]))


def _author(one: Reply, _: Verdict, __: Scene) -> str:
    verb = one.text("verb")
    if verb == "classify":
        return _refusal(
            one,
            "the author of a pull request does not judge its changes.",
            "Somebody else of the team that owns the asset can, with the same comment; where no owner is known, "
            "anybody else with write access.",
        )
    if verb == "waive":
        return _refusal(
            one,
            "the author of a pull request does not waive a team.",
            "Whoever else has the changed assets in their care can, with the same comment.",
        )
    if verb == "assign":
        return _refusal(
            one,
            "the author of a pull request names no delegates.",
            "A colleague in the team can, with the same comment.",
        )
    first = "the author of a pull request does not answer for a team."
    return _refusal(one, first, f"A colleague in the team can, {_how(one)}", fence([_command(one)]))


def _bot(one: Reply, _: Verdict, __: Scene) -> str:
    if one.text("verb") not in _ANSWERS:
        return _refusal(one, "this command takes a person, and a bot is none.")
    first = "bots do not answer for teams."
    return _refusal(one, first, f"A person of the team can, {_how(one)}", fence([_command(one)]))


def _how(one: Reply) -> str:
    """A review says only that one agrees; everything else takes a comment."""
    return "with a review or with this comment:" if one.text("verb") in ("", "approve") else "with this comment:"


def _nothing_published(one: Reply, _: Verdict, __: Scene) -> str:
    first = "nothing had been shown yet when you wrote this, so there was nothing to agree to."
    again = "Look at the check once it is there, then write it again"
    if one.text("verb") in ("assign", "classify", "waive"):
        return _refusal(one, first, f"{again}.")
    return _refusal(one, first, f"{again}:", fence([_command(one)]))


def _nothing_asked(one: Reply, verdict: Verdict, scene: Scene) -> str:
    verb = one.text("verb") if one.text("verb") in ("approve", "block", "force") else "answer"
    return _refusal(one, f"nobody is asked here, so there is nothing to {verb}.", first_line(verdict, scene))


def _team_not_asked(one: Reply, verdict: Verdict, _: Scene) -> str:
    asked = one.texts("teams") or tuple(row.team.name for row in verdict.rows)
    named = code(one.text("team"))
    if not asked:
        return _refusal(one, f"{named} is not asked here, and no other team is.")
    blocks = [f"Only {_names(asked)} is." if len(asked) == 1 else f"Asked are {_names(asked)}."]
    blocks.append(fence([_command(one, asked[0])]))
    return _refusal(one, f"{named} is not asked here.", *blocks)


def _holds_another(one: Reply, _: Verdict, __: Scene) -> str:
    held = one.texts("teams")
    return _refusal(
        one,
        f"you already answered for {_names(held)}, and here one person holds one team.",
        "Let a colleague answer, or take that answer back first:",
        fence([f"/placet retract for {name}" for name in held[:_NAMED]] or ["/placet retract"]),
    )


def _say_for_whom(one: Reply, _: Verdict, __: Scene) -> str:
    asked = one.texts("teams")
    return _refusal(
        one,
        f"you are in {_names(asked)}, and here one person holds one team: say which.",
        fence([_command(one, name) for name in asked[:_NAMED]]),
    )


def _stale_button(one: Reply, _: Verdict, __: Scene) -> str:
    return _refusal(
        one,
        "the button was pressed on an older state of this pull request.",
        "Look at the check as it is now, then press it again or write:",
        fence(["/placet approve"]),
    )


def _no_such_change(one: Reply, verdict: Verdict, _: Scene) -> str:
    changes = worst_first(each for each in verdict.assessment.gated if each.change.asset)
    waiting = [each for each in changes if not each.teams]
    first = f"no change here is called {code(one.text('change'))}."
    if waiting:
        return _refusal(one, first, f"A judgement can be given on {_changes(waiting)}:", fence([_classify(waiting[0])]))
    if changes:
        agree = (
            f"Whom {_changes(changes)} {'reaches' if len(changes) == 1 else 'reach'} is known: it is for them to agree."
        )
        return _refusal(one, first, agree)
    return _refusal(one, first, "No change is waiting for a judgement.")


def _not_the_owner(one: Reply, _: Verdict, __: Scene) -> str:
    what = code(one.text("change"))
    if owner := one.text("team"):
        return _refusal(one, f"{what} belongs to {plain(owner)}, and only its members judge it.")
    return _refusal(one, f"nobody is known to own {what}, so judging it takes write access.")


def _cannot_classify_file(one: Reply, _: Verdict, __: Scene) -> str:
    return _refusal(
        one,
        f"{code(one.text('change'))} is a file that cannot be read, so nobody can judge it.",
        "Mend the file: the check turns by itself.",
    )


def _readers_are_known(one: Reply, _: Verdict, __: Scene) -> str:
    return _refusal(
        one,
        f"{code(one.text('change'))} reaches teams that are known: it is for them to agree.",
        "A judgement is only for a change that cannot be decided from the files and reaches nobody who could be asked.",
    )


def _in_the_past(one: Reply, _: Verdict, __: Scene) -> str:
    return _refusal(one, f"{_date(one, 'until')} is over.", "With a date to come:", fence([_command(one)]))


def _too_long(one: Reply, _: Verdict, __: Scene) -> str:
    return _refusal(
        one,
        f"{_date(one, 'until')} is further away than this repository waits: {_date(one, 'longest')} at the latest.",
        "With the last date that is possible:",
        fence([_command(one, when=one.text("longest") or "2w")]),
    )


def _too_soon(one: Reply, _: Verdict, __: Scene) -> str:
    return _refusal(
        one, f"the teams were reminded within the last 24 hours; they can be again from {_date(one, 'again')} on."
    )


def _date(one: Reply, name: str) -> str:
    return plain(one.text(name)) or "that date"


def _no_such_person(one: Reply, _: Verdict, __: Scene) -> str:
    return _refusal(one, f"{code(one.text('person'))} is no person on GitHub.")


def _author_as_delegate(one: Reply, _: Verdict, __: Scene) -> str:
    who = plain(one.text("person"), limit=100) or "that person"
    return _refusal(one, f"{who} is the author of this pull request, and the author does not answer for a team.")


def _not_the_steward(one: Reply, _: Verdict, __: Scene) -> str:
    stewards = one.texts("stewards")
    if not stewards:
        return _refusal(one, "nobody is known to have the changed assets in their care, so nobody can waive a team.")
    return _refusal(one, f"only those who have the changed assets in their care can waive a team: {_names(stewards)}.")


def _not_the_runner(one: Reply, _: Verdict, __: Scene) -> str:
    owners = one.texts("teams")
    who = f" or a member of {_names(owners)}" if owners else ""
    return _refusal(one, f"only the author{who} can do that.")


def _nobody_forces(one: Reply, _: Verdict, __: Scene) -> str:
    return _refusal(
        one,
        "nobody can force here.",
        "Only the organisation's policy (`placet.yml` in its `.github` repository) can name who may, under `force`.",
    )


def _may_not_force(one: Reply, _: Verdict, __: Scene) -> str:
    names = [name.removeprefix("@").rpartition("/")[2] for name in one.texts("teams")]
    return _refusal(one, f"the organisation's policy lets only {_names(names) or 'others'} force.")


def _forced(one: Reply, verdict: Verdict, scene: Scene) -> str:
    """For all to see: who, why, whose agreement is missing, and what is due when."""
    who = plain(one.text("login"), limit=100)
    due = scene.now + JUSTIFIED_WITHIN
    green = "The check is green for the changes shown. What a later push adds has to be agreed to as usual."
    justify = f"A full justification is due by {day(due, scene.now)}, {due:%H:%M} UTC, in this conversation."
    return joined(
        [
            f"**Forced by {who}:** {prose(one.text('reason'))}",
            f"{_forced_without(verdict)} {green}",
            f"{justify} All of this is written down in the audit trail.",
        ]
    )


def _forced_without(verdict: Verdict) -> str:
    blocking = [row for row in verdict.rows if row.answer.word is Word.BLOCKED]
    missing = [row for row in verdict.rows if row.answer.unanswered and row not in blocking]
    against = f"against the block of {teams.names(blocking, _NAMED)}" if blocking else ""
    without = f"without the agreement of {teams.names(missing, _NAMED)}" if missing else ""
    if how := listed([text for text in (against, without) if text]):
        return f"{how[0].upper()}{how[1:]}."
    return "All teams had agreed." if verdict.rows else "No team was asked."


def _waived(one: Reply, verdict: Verdict, _: Scene) -> str:
    who = plain(one.text("login"), limit=100)
    names = _names(one.texts("teams")) or "a team"
    left = (
        f"Still asked: {teams.names(verdict.open_rows, _NAMED)}."
        if verdict.open_rows
        else "No other answer is missing."
    )
    return joined(
        [
            f"**Waived by {who}, {names}:** {prose(one.text('reason'))}",
            f"It counts for the changes shown; a block by {names} would still count. {left}",
        ]
    )


def _closed(one: Reply, _: Verdict, scene: Scene) -> str:
    state = "merged" if scene.closing == "merged" else "closed"
    return _refusal(one, f"this pull request is {state}, so nobody is asked any more.")


def _recorded(one: Reply, _: Verdict, __: Scene) -> str:
    named = one.texts("teams")
    verb = one.text("verb").replace("_", " ")
    return f"**Recorded:** {plain(verb) or 'your answer'}{f' for {_names(named)}' if named else ''}."


def _help(one: Reply, _: Verdict, __: Scene) -> str:
    return "\n".join(one.texts("lines")) or "All commands: `/placet help`."


def _why(one: Reply, verdict: Verdict, scene: Scene) -> str:
    return why_text(verdict, scene, one.text("about"))


def _status(verdict: Verdict, scene: Scene, limit: int) -> str:
    rows = [
        (
            links.team_name(row.team),
            _said(row, verdict.state, scene),
            teams.people(scene, row) or teams.asked(scene, row) or prose(row.because),
        )
        for row in verdict.rows[:limit]
    ]
    if len(verdict.rows) > limit:
        rows.append((f"and {len(verdict.rows) - limit:,} more", "—", links.everything(scene, "all of them")))
    closed = {"": "", "merged": "This pull request is merged."}.get(scene.closing, "This pull request is closed.")
    steps = "" if closed else to_do_list(verdict, scene)
    return joined([f"**{first_line(verdict, scene)}**", closed, table(("Team", "Answer", "By"), rows), steps])


def _said(row: TeamRow, state: CheckState, scene: Scene) -> str:
    until = ""
    if row.answer.word is Word.NEEDS_TIME and row.answer.until is not None:
        until = f" until {day(row.answer.until, scene.now)}"
    return f"{teams.answer(row, state).replace('**', '')}{until}"


_TEXTS: Mapping[ReplyCode, Callable[[Reply, Verdict, Scene], str]] = {
    ReplyCode.NOT_UNDERSTOOD: _not_understood,
    ReplyCode.NOT_A_MEMBER: _not_a_member,
    ReplyCode.AUTHOR: _author,
    ReplyCode.BOT: _bot,
    ReplyCode.NOTHING_PUBLISHED: _nothing_published,
    ReplyCode.NOTHING_ASKED: _nothing_asked,
    ReplyCode.TEAM_NOT_ASKED: _team_not_asked,
    ReplyCode.HOLDS_ANOTHER_TEAM: _holds_another,
    ReplyCode.SAY_FOR_WHOM: _say_for_whom,
    ReplyCode.STALE_BUTTON: _stale_button,
    ReplyCode.NO_SUCH_CHANGE: _no_such_change,
    ReplyCode.NOT_THE_OWNER: _not_the_owner,
    ReplyCode.CANNOT_CLASSIFY_FILE: _cannot_classify_file,
    ReplyCode.READERS_ARE_KNOWN: _readers_are_known,
    ReplyCode.IN_THE_PAST: _in_the_past,
    ReplyCode.TOO_LONG: _too_long,
    ReplyCode.TOO_SOON: _too_soon,
    ReplyCode.NO_SUCH_PERSON: _no_such_person,
    ReplyCode.AUTHOR_AS_DELEGATE: _author_as_delegate,
    ReplyCode.NOT_THE_STEWARD: _not_the_steward,
    ReplyCode.NOT_THE_RUNNER: _not_the_runner,
    ReplyCode.NOBODY_FORCES: _nobody_forces,
    ReplyCode.MAY_NOT_FORCE: _may_not_force,
    ReplyCode.CLOSED: _closed,
    ReplyCode.FORCED: _forced,
    ReplyCode.WAIVED: _waived,
    ReplyCode.WHY: _why,
    ReplyCode.RECORDED: _recorded,
    ReplyCode.HELP: _help,
}


def _command(one: Reply, team: str = "", *, when: str = "2w") -> str:
    """The command that was tried, with whatever it needs in order to be understood; for a team if one is given."""
    verb = one.text("verb").replace("_", "-") or "approve"
    if verb == "waive":
        return f"/placet waive {team or 'team'} why"
    if verb == "assign":
        return f"/placet assign @user for {team or 'team'}"
    words = ["/placet", verb, *(["for", team] if team else [])]
    if verb in ("needs-time", "deadline"):
        words.append(when)
    if verb in ("block", "force"):
        words.append("why")
    return " ".join(words)


def _classify(one: AssessedChange) -> str:
    return f"/placet classify {one.change.fingerprint[:DIGITS]} safe why"


def _changes(changes: Sequence[AssessedChange]) -> str:
    return shortened(changes, _NAMED, lambda one: f"{code(one.change.what)} ({code(one.change.fingerprint[:DIGITS])})")


def _names(asked: Sequence[str]) -> str:
    return shortened(asked, _NAMED, partial(plain, limit=100))
