"""Why a team is asked, or who is asked because of an asset: what ``/placet why`` answers."""

from __future__ import annotations

from collections.abc import Sequence

from placet.proposals.assess import AssessedChange, AssessedReach, Exemption
from placet.proposals.verdict import TeamRow, Verdict
from placet.render import links, teams
from placet.render.budget import joined
from placet.render.headline import happening, worst_first
from placet.render.lineage import short
from placet.render.markdown import code, prose
from placet.render.model import Scene
from placet.render.summary import first_line, why_nobody
from placet.render.words import counted, shortened

_NAMED = 12
_READERS = 6
# What such a change is called says all that its message does.
_SAID_ALREADY = frozenset({"asset_removed", "column_removed", "column_added"})

_NOT_ASKED = {
    Exemption.OWN_TEAM: "the author's own team",
    Exemption.NOTIFY: "the policy only tells it",
    Exemption.SAME: "its result stays the same",
    Exemption.BELOW_ROWS: "it stands below a reader of which only the rows change",
    Exemption.UNOWNED: "nobody is known to own it",
}


def why_text(verdict: Verdict, scene: Scene, about: str = "") -> str:
    """The answer for a team, an asset, or, where nothing is named, for every team that is asked."""
    wanted = about.strip().strip("`\"'").removeprefix("@").lower()
    if not wanted:
        return _every_team(verdict, scene)
    rows = [row for row in verdict.rows if wanted in _names_of(row)]
    if rows:
        return "\n\n".join(_team(row, verdict) for row in rows)
    changes = [one for one in verdict.assessment.changes if wanted in _names_in(one)]
    readers = [(one, each) for one in verdict.assessment.changes for each in one.reaches if wanted in _names_at(each)]
    if changes or readers:
        return "\n\n".join([*(_change(one) for one in changes[:_NAMED]), *_readers(readers)])
    asked = shortened(verdict.rows, _NAMED, lambda row: links.team_name(row.team)) if verdict.rows else "nobody"
    return f"Nothing here is called {code(about.strip())}. Asked: {asked}."


def _every_team(verdict: Verdict, scene: Scene) -> str:
    if not verdict.rows:
        return joined([f"No team is asked here. {first_line(verdict, scene)}", why_nobody(verdict, _NAMED)])
    lines = teams.why_asked(verdict.rows, _NAMED)
    one = code(f"/placet why {verdict.rows[0].team.name}")
    return f"{lines}\n\nOne of them in full: {one} · {links.commands(scene)}"


def _team(row: TeamRow, verdict: Verdict) -> str:
    """Each change that the team must answer, with the team's readers that it reaches."""
    lines = [f"**{links.team_name(row.team)}** is asked because it {prose(row.because)}."]
    changes = worst_first(one for one in verdict.assessment.gated if row.team.id in one.teams)
    for one in changes[:_NAMED]:
        reaches = [each for each in one.reaches if each.team is not None and each.team.id == row.team.id]
        asking = [each for each in reaches if each.exemption is None]
        through = teams.breaks(asking, "owns it, and people outside may read it", _READERS)
        lines.append(f"- {code(one.change.what)} {happening(one)}: {through}")
    if len(changes) > _NAMED:
        lines.append(f"- and {counted(len(changes) - _NAMED, 'more change')}")
    return "\n".join(lines)


def _change(one: AssessedChange) -> str:
    """Who is asked because of a change, and whoever reads it and is not."""
    message = "" if one.change.kind in _SAID_ALREADY else f": {prose(one.change.message)}"
    lines = [f"**{code(one.change.what)}** {happening(one)}{message}."]
    reaches = _furthest(one.reaches)
    lines += [_reader(each) for each in reaches[:_NAMED]]
    if len(reaches) > _NAMED:
        lines.append(f"- and {counted(len(reaches) - _NAMED, 'more reader')}")
    if not reaches:
        lines.append("- nobody is known to read it")
    return "\n".join(lines)


def _furthest(reaches: Sequence[AssessedReach]) -> list[AssessedReach]:
    """The readers at the ends of the ways: those on the way to another of the same team, asked or not, stand in it."""
    passed = {
        (each.reach.via[:end], each.team, each.exemption)
        for each in reaches
        if not each.reach.team
        for end in range(1, len(each.reach.via))
    }
    return [each for each in reaches if each.reach.team or (each.reach.via, each.team, each.exemption) not in passed]


def _readers(found: Sequence[tuple[AssessedChange, AssessedReach]]) -> list[str]:
    lines = [_reader(each) for _, each in found[:_NAMED]]
    return ["\n".join(lines)] if lines else []


def _reader(each: AssessedReach) -> str:
    way = " → ".join(code(short(step)) for step in each.reach.via) or "a declared use"
    team = "nobody" if each.team is None else links.team_name(each.team)
    if each.exemption is None:
        return f"- {team} is asked: {way}"
    return f"- {team} is not asked ({_NOT_ASKED[each.exemption]}): {way}"


def _names_of(row: TeamRow) -> frozenset[str]:
    team = row.team
    return frozenset({team.name.lower(), team.slug.lower(), team.slug.rpartition("/")[2].lower()} - {""})


def _names_in(one: AssessedChange) -> frozenset[str]:
    change = one.change
    name = change.asset_id.rpartition(".")[2]
    return frozenset(text.lower() for text in (change.what, change.asset_id, name) if text)


def _names_at(each: AssessedReach) -> frozenset[str]:
    unique_id = each.reach.asset.rpartition(":")[2]
    return frozenset({unique_id.lower(), unique_id.rpartition(".")[2].lower()})
