"""What a comment gets for an answer: what happened, what was not recorded, and the command that would do it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial

from placet.proposals.answers import Word
from placet.proposals.assess import AssessedChange
from placet.proposals.model import Source, Team
from placet.proposals.verdict import CheckState, TeamRow, Verdict
from placet.render import links, teams
from placet.render.budget import COMMENT_BYTES, fitted, joined, section
from placet.render.contract import DIGITS
from placet.render.headline import worst_first
from placet.render.markdown import code, fence, plain, prose, table
from placet.render.model import Scene
from placet.render.summary import first_line, to_do
from placet.render.words import day, listed, shortened

_NAMED = 8
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9][A-Za-z0-9._-]*")
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")


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
    CLOSED = "closed"
    RECORDED = "recorded"
    STATUS = "status"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer to be written.

    ``facts`` are what the code's text needs, as far as they are known: ``verb`` (what was tried), ``team`` (as it was
    named), ``teams`` (those that were asked, held or meant), ``change`` (as it was named); ``text``, ``why`` and
    ``suggestion`` of a line that was not understood; ``lines`` of the commands' help, which go in as they are.
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


def unasked(marker: str, failed: Sequence[tuple[Team, str]]) -> str:
    """The one comment that mentions all teams which could not be asked for a review, with the reasons."""
    called = [(mention, team, reason) for team, reason in failed if (mention := mentions(team))]
    silent = [team for team, _ in failed if not mentions(team)]
    blocks = []
    if called:
        who = listed([mention for mention, _, _ in called[:50]])
        blocks.append(f"{who}: this pull request changes what you read, and needs your answer.")
        blocks.append(f"Approve with a review, or with this comment:\n\n{fence(['/placet approve'])}")
    if silent:
        names = shortened(silent, _NAMED, links.team_name)
        blocks.append(f"{names} must agree as well, but cannot be told: nobody is known to stand behind that name.")
    reasons = dict.fromkeys(f"- {links.team_name(team)}: {prose(reason)}" for team, reason in failed if reason)
    if reasons:
        lines = list(reasons)[:50]
        blocks.append("\n".join(["A review could not be requested:", *lines]))
    return f"{marker}\n{joined(blocks)}"


def ping(marker: str, row: TeamRow, verdict: Verdict, scene: Scene) -> str:
    """A short comment that mentions one team: a push added to what it must answer, and its review request stands."""
    who = mentions(row.team) or links.team_name(row.team)
    changes = [one for one in verdict.assessment.gated if one.change.fingerprint in row.answer.missing]
    named = shortened(worst_first(changes), 3, lambda one: code(one.change.what))
    about = f": {named}" if named else ""
    more = links.everything(scene, "what breaks for you", "why")
    return (
        f"{marker}\n{who}: a push changed what you are asked{about}. The answers that still fit stand; see {more}.\n\n"
        f"{fence(['/placet approve'])}"
    )


def mentions(team: Team) -> str:
    """What tells a team on GitHub: its slug, or its people's logins; empty where nobody can be told."""
    if team.parts:
        return " ".join(found for part in team.parts if (found := mentions(part)))
    if _SLUG.fullmatch(team.slug):
        return f"@{team.slug}"
    return " ".join(f"@{login}" for login in team.members if _LOGIN.fullmatch(login))


def _refusal(one: Reply, first: str, *blocks: str) -> str:
    who = plain(one.text("login"), limit=100) or "you"
    return joined([f"**Not recorded for {who}:** {first}", *blocks])


def _not_understood(one: Reply, _: Verdict, __: Scene) -> str:
    why = prose(one.text("why"))
    first = f"{code(one.text('text'))} was not understood{f': {why}' if why else ''}."
    suggestion = one.text("suggestion")
    blocks = [f"Perhaps you meant:\n\n{fence(suggestion.splitlines())}"] if suggestion else []
    return _refusal(one, first, *blocks)


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
    return _refusal(one, first, after, fence([_command(one)]))


def _author(one: Reply, _: Verdict, __: Scene) -> str:
    if one.text("verb") == "classify":
        return _refusal(
            one,
            "the author of a pull request does not judge its changes.",
            "Somebody else of the team that owns the asset can, with the same comment.",
        )
    return _refusal(
        one,
        "the author of a pull request does not answer for a team.",
        "A colleague of yours can, with a review or with this comment:",
        fence([_command(one)]),
    )


def _bot(one: Reply, _: Verdict, __: Scene) -> str:
    how = "A person of the team can, with a review or with this comment:"
    return _refusal(one, "bots do not answer for teams.", how, fence([_command(one)]))


def _nothing_published(one: Reply, _: Verdict, __: Scene) -> str:
    return _refusal(
        one,
        "nothing had been shown yet when you wrote this, so there was nothing to agree to.",
        "Look at the check once it is there, then write it again:",
        fence([_command(one)]),
    )


def _nothing_asked(one: Reply, verdict: Verdict, scene: Scene) -> str:
    verb = one.text("verb").replace("_", " ") or "answer"
    return _refusal(one, f"nobody is asked here, so there is nothing to {plain(verb)}.", first_line(verdict, scene))


def _team_not_asked(one: Reply, verdict: Verdict, _: Scene) -> str:
    asked = one.texts("teams") or tuple(row.team.name for row in verdict.rows)
    named = code(one.text("team"))
    if not asked:
        return _refusal(one, f"{named} is not asked here, and no other team is.")
    blocks = [f"Asked {'is' if len(asked) == 1 else 'are'} {_names(asked)}."]
    blocks.append(fence([_command(one, asked[0])]))
    return _refusal(one, f"{named} is not asked here.", *blocks)


def _holds_another(one: Reply, _: Verdict, __: Scene) -> str:
    return _refusal(
        one,
        f"you already answered for {_names(one.texts('teams'))}, and here one person holds one team.",
        "Take that answer back first, or let a colleague answer:",
        fence(["/placet retract"]),
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
    first = f"no change here is called {code(one.text('change'))}."
    if not changes:
        return _refusal(one, first, "No change is waiting for a judgement.")
    return _refusal(one, first, f"A judgement can be given on {_changes(changes)}:", fence([_classify(changes[0])]))


def _not_the_owner(one: Reply, _: Verdict, __: Scene) -> str:
    what = code(one.text("change"))
    if owner := one.text("team"):
        return _refusal(one, f"{what} belongs to {plain(owner)}, and only its members judge it.")
    return _refusal(one, f"nobody is known to own {what}, so that it takes write access to judge it.")


def _cannot_classify_file(one: Reply, _: Verdict, __: Scene) -> str:
    return _refusal(
        one,
        f"{code(one.text('change'))} is a file that cannot be read, and nobody can judge what nobody can read.",
        "Mend the file: the check turns by itself.",
    )


def _readers_are_known(one: Reply, _: Verdict, __: Scene) -> str:
    return _refusal(
        one,
        f"{code(one.text('change'))} reaches teams that are known: it is for them to agree.",
        "A judgement settles only what cannot be decided from the files and reaches nobody who could be asked.",
    )


def _closed(one: Reply, _: Verdict, scene: Scene) -> str:
    state = "merged" if scene.closing == "merged" else "closed"
    return _refusal(one, f"this pull request is {state}, so that nothing is asked any more.")


def _recorded(one: Reply, _: Verdict, __: Scene) -> str:
    named = one.texts("teams")
    verb = one.text("verb").replace("_", " ")
    return f"**Recorded:** {plain(verb) or 'your answer'}{f' for {_names(named)}' if named else ''}."


def _help(one: Reply, _: Verdict, scene: Scene) -> str:
    lines = one.texts("lines")
    return "\n".join(lines) or f"Commands here: {listed([f'`/placet {verb}`' for verb in sorted(scene.commands)])}."


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
    steps = "\n".join(f"{number}. {step}" for number, step in enumerate(to_do(verdict, scene), 1))
    return joined([f"**{first_line(verdict, scene)}**", table(("Team", "Answer", "By"), rows), steps])


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
    ReplyCode.CLOSED: _closed,
    ReplyCode.RECORDED: _recorded,
    ReplyCode.HELP: _help,
}


def _command(one: Reply, team: str = "") -> str:
    """The command that was tried, as it is written, for a team if one is given; a block needs its reason."""
    verb = one.text("verb").replace("_", "-") or "approve"
    words = ["/placet", verb, *(["for", team] if team else []), *(["why"] if verb == "block" else [])]
    return " ".join(words)


def _classify(one: AssessedChange) -> str:
    return f"/placet classify {one.change.fingerprint[:DIGITS]} safe why"


def _changes(changes: Sequence[AssessedChange]) -> str:
    return shortened(changes, _NAMED, lambda one: f"{code(one.change.what)} ({code(one.change.fingerprint[:DIGITS])})")


def _names(asked: Sequence[str]) -> str:
    return shortened(asked, _NAMED, partial(plain, limit=100))
