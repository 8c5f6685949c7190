"""The check on a group of the merge queue: what of it is agreed, and in which pull request, and what is not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from placet.policy.model import Rollout
from placet.proposals.groups import GroupVerdict, Uncovered
from placet.render.budget import CHECK_BYTES, Cut, fitted, section
from placet.render.headline import happening, happens, worst_first
from placet.render.markdown import code, link, plain, prose, visible
from placet.render.model import CheckText
from placet.render.titles import MAX_TITLE
from placet.render.words import clipped, counted, listed, of_total, shortened
from placet.render.words import fitted as fitted_names

_MOST = 200
_FEW = 20


@dataclass(frozen=True, slots=True)
class GroupScene:
    """Where a group's check is shown."""

    repository: str
    base_ref: str
    web_url: str


def group_text(verdict: GroupVerdict, scene: GroupScene) -> CheckText:
    """The group's check: a title of at most 60 characters, a summary within GitHub's limit."""
    blocks = [
        section(f"**{_first_line(verdict, scene)}**"),
        section(_held_up(verdict, scene, _MOST), lambda: _held_up(verdict, scene, _FEW), cut=Cut.TABLE),
        section(_what_to_do(verdict, scene)),
    ]
    return CheckText(clipped(_title(verdict), MAX_TITLE), fitted(blocks, CHECK_BYTES), "")


def _title(verdict: GroupVerdict) -> str:
    error = verdict.policy_error
    if error is not None:
        where = visible(error.path).rpartition("/")[2] + (f" line {error.line}" if error.line else "")
        return fitted_names(f"{clipped(where, MAX_TITLE // 2)}: ", [visible(error.message)], "", MAX_TITLE)
    if verdict.uncovered:
        names = [visible(one.change.change.what) for one in verdict.uncovered]
        before = "Not agreed: " if not verdict.is_green else "Would stop: "
        return fitted_names(before, names, "", MAX_TITLE)
    if verdict.covered_by:
        return fitted_names("Agreed in ", [f"#{number}" for number in verdict.covered_by], "", MAX_TITLE)
    return "Nothing to ask in this group" if verdict.assessment.changes else "No contract change"


def _first_line(verdict: GroupVerdict, scene: GroupScene) -> str:
    error = verdict.policy_error
    if error is not None:
        line = "" if error.line is None else f", line {error.line}"
        return f"{code(error.path or 'the policy')}{line}: {prose(error.message)}."
    if verdict.uncovered:
        changes = worst_first(one.change for one in verdict.uncovered)
        total = len(verdict.assessment.gated)
        if total == 1:
            return f"Not agreed: {happens(changes)}."
        are = "is" if len(changes) == 1 else "are"
        return f"{of_total(len(changes), total, 'change')} of this group {are} not agreed: {happens(changes)}."
    if verdict.covered_by:
        agreed = listed([_pull(number, scene) for number in verdict.covered_by])
        return f"Everything in this group that needs agreement has it, from {agreed}."
    if verdict.assessment.changes:
        return "Nothing in this group needs anybody's agreement."
    return "No contract change."


def _held_up(verdict: GroupVerdict, scene: GroupScene, limit: int) -> str:
    lines = [
        f"- {code(one.change.change.what)} {happening(one.change)}: {_why(one, scene)}" for one in verdict.uncovered
    ]
    more = [f"- and {counted(len(lines) - limit, 'more change')}"] if len(lines) > limit else []
    return "\n".join([*lines[:limit], *more])


def _why(one: Uncovered, scene: GroupScene) -> str:
    if one.number is None:
        return f"no open pull request to {code(scene.base_ref)} has this change"
    if one.teams:
        teams = _names(one.teams)
        return f"{_pull(one.number, scene)} did not ask {teams}, whose reader another pull request of the group brings"
    return f"{_pull(one.number, scene)} is not agreed"


def _what_to_do(verdict: GroupVerdict, scene: GroupScene) -> str:
    error = verdict.policy_error
    if error is not None:
        return f"Mend that line on the base branch first{f': {prose(error.hint)}' if error.hint else '.'}"
    if verdict.is_green:
        how = "only asks" if verdict.rollout is Rollout.ASK else "only watches"
        held = f"This repository {how} (`rollout: {verdict.rollout.value}`): the check does not hold up the merge."
        return held if verdict.uncovered else ""
    return " ".join(_steps(verdict, scene))


def _steps(verdict: GroupVerdict, scene: GroupScene) -> Iterator[str]:
    """A step for each sort of reason why the group is held up."""
    if any(one.number is not None and not one.teams for one in verdict.uncovered):
        yield (
            "Take the pull requests named here out of the queue, have the changes agreed there, and queue them again."
        )
    if any(one.teams for one in verdict.uncovered):
        yield (
            "Where another pull request brings a reader, let that one be merged first. Then bring the one named here "
            "up to date with the base, and it asks the reader's team."
        )
    if any(one.number is None for one in verdict.uncovered):
        yield (
            "Where no open pull request has the change, nobody could agree to it: bring the queued ones up to date "
            f"with {code(scene.base_ref)} so that it shows in one of them."
        )


def _pull(number: int, scene: GroupScene) -> str:
    return link(f"pull request {number}", f"{scene.web_url}/{scene.repository}/pull/{number}")


def _names(teams: Sequence[str]) -> str:
    return shortened(teams, 3, lambda one: plain(one, limit=100))
