"""Short comments that mention somebody: the only texts of Placet's that tell anybody anything."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from placet.proposals.model import Occasion, Person, Team
from placet.proposals.schedule import Reminder
from placet.proposals.verdict import TeamRow, Verdict
from placet.render import links, teams
from placet.render.budget import joined
from placet.render.headline import worst_first
from placet.render.markdown import code, fence, prose
from placet.render.model import Scene
from placet.render.words import day, listed, shortened

_NAMED = 8
_MENTIONED = 50
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9][A-Za-z0-9._-]*")
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")
_HOW = f"Approve with a review, or with this comment:\n\n{fence(['/placet approve'])}"


def unasked(marker: str, failed: Sequence[tuple[Team, str]]) -> str:
    """The one comment that mentions all teams which could not be asked for a review, with the reasons."""
    called = [(mention, team, reason) for team, reason in failed if (mention := mentions(team))]
    silent = [team for team, _ in failed if not mentions(team)]
    blocks = []
    if called:
        who = listed([mention for mention, _, _ in called[:50]])
        blocks.append(f"{who}: this pull request changes what you read, and needs your answer.")
        blocks.append(_HOW)
    if silent:
        names = shortened(silent, _NAMED, links.team_name)
        agree = "agree as well" if called else "agree to this pull request"
        blocks.append(
            f"{names} must {agree}, but cannot be told: nobody is known to stand behind that name. Say who does in "
            "`.github/placet.yml`, under `teams`: a team on GitHub, or logins."
        )
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
        f"{marker}\n{who}: a push changed what you are asked{about}. Your answers to the rest still stand. See {more}."
        f"\n\n{_HOW}"
    )


def mentions(team: Team) -> str:
    """What tells a team on GitHub: its slug, or its people's logins; empty where nobody can be told."""
    if team.parts:
        return " ".join(found for part in team.parts if (found := mentions(part)))
    if _SLUG.fullmatch(team.slug):
        return f"@{team.slug}"
    return " ".join(f"@{login}" for login in team.members if _LOGIN.fullmatch(login))


def reminder(marker: str, reminders: Sequence[Reminder], verdict: Verdict, scene: Scene) -> str:
    """One comment for all teams that are told once more, with why; past a deadline also for those who may force."""
    lines = [f"- {_who(one.row)}: {_OCCASIONS[one.occasion](one, scene)}" for one in reminders[:_MENTIONED]]
    if len(reminders) > _MENTIONED:
        lines.append(f"- and {len(reminders) - _MENTIONED:,} more teams, all in the check")
    gated = [
        one for one in verdict.assessment.gated if any(one.change.fingerprint in _open(each) for each in reminders)
    ]
    about = shortened(worst_first(gated), 3, lambda one: code(one.change.what))
    blocks = [
        f"Still open here: {about}. See {links.everything(scene, 'what breaks for you', 'why')}.",
        "\n".join(lines),
        _HOW,
    ]
    if late := [one.row for one in reminders if one.occasion is Occasion.DEADLINE]:
        called = [f"@{name}" for one in scene.force if _SLUG.fullmatch(name := one.removeprefix("@"))]
        if called:
            whose = teams.names(late, _NAMED)
            blocks.append(f"{listed(called)}, so that you know: the deadline has passed without an answer of {whose}.")
    return f"{marker}\n{joined(blocks)}"


def agreed(marker: str, author: Person, verdict: Verdict, scene: Scene) -> str:
    """One line to the author: everybody has agreed."""
    who = f"@{author.login}" if _LOGIN.fullmatch(author.login) else "This"
    return f"{marker}\n{who}: {teams.approved_of_all(verdict)}. {links.everything(scene, 'The check')} is green."


def _who(row: TeamRow) -> str:
    return mentions(row.team) or links.team_name(row.team)


def _open(one: Reminder) -> frozenset[str]:
    return one.row.answer.missing


def _called(_: Reminder, __: Scene) -> str:
    return "you are asked for your answer once more"


def _deadline(one: Reminder, scene: Scene) -> str:
    when = "" if one.row.deadline is None else f", {teams.due(one.row.deadline, scene)},"
    return f"the deadline{when} has passed without your answer"


def _time_is_up(one: Reminder, scene: Scene) -> str:
    until = one.row.answer.lapsed
    when = "" if until is None else f" until {day(until, scene.now)}"
    return f"the time that you needed{when} is over"


def _again(one: Reminder, scene: Scene) -> str:
    return f"{teams.asked_on(scene, one.row) or 'asked'}, and not answered yet"


_OCCASIONS: Mapping[Occasion, Callable[[Reminder, Scene], str]] = {
    Occasion.CALLED: _called,
    Occasion.DEADLINE: _deadline,
    Occasion.TIME_IS_UP: _time_is_up,
    Occasion.REMINDER: _again,
}
