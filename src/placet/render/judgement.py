"""What is known of the readers of a change that nobody could be asked about."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from placet.proposals.assess import AssessedChange, Exemption
from placet.render.words import listed


def who_reads(changes: Sequence[AssessedChange], show: Callable[[str], str]) -> str:
    """``only the author's own team (dx) reads it``: why there is no team to ask; ``show`` makes a name harmless."""
    it = "it" if len(changes) == 1 else "them"
    exemptions = {person.exemption for one in changes for person in one.reaches}
    if Exemption.UNOWNED in exemptions:
        return f"who reads {it} has no known owner"
    if Exemption.OWN_TEAM in exemptions:
        return f"only the author's own {own_teams(changes, show)} {it}"
    if Exemption.NOTIFY in exemptions:
        return f"who reads {it} is only told"
    if Exemption.SAME in exemptions:
        return f"what reads {it} means the same as before"
    return f"no team is known that reads {it}"


def own_teams(changes: Sequence[AssessedChange], show: Callable[[str], str]) -> str:
    """``team (dx) reads``, ``teams (data and dx) read``: the author's own among the readers' teams."""
    names = sorted(
        {
            person.team.name
            for one in changes
            for person in one.reaches
            if person.team is not None and person.exemption is Exemption.OWN_TEAM
        }
    )
    shown = listed([show(name) for name in names])
    return f"team ({shown}) reads" if len(names) == 1 else f"teams ({shown}) read"
