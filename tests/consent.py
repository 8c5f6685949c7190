"""The oracle of the histories: what really happened, and what follows from it.

Written without a look at the product's own rules, and small enough to be believed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

T = TypeVar("T")
Pair = tuple[str, str]  # a team and a column that it reads


@dataclass
class Said:
    """What somebody did: approve, block, wait, retract, assign, or take back (requested changes, a dismissal)."""

    what: str
    who: str
    at: datetime
    commit: str = ""
    team: str = ""
    to: str = ""


@dataclass
class Shown:
    """What a check showed from then on."""

    at: datetime
    head: str
    base: str


@dataclass
class Truth:
    """By time: who reads what on which base, who is in which team, where one person holds one team only."""

    author: str = "dana"
    dropped: dict[str, frozenset[str]] = field(default_factory=dict)
    readers: list[tuple[datetime, Mapping[str, Mapping[str, set[str]]]]] = field(default_factory=list)
    members: list[tuple[datetime, Mapping[str, set[str]]]] = field(default_factory=list)
    distinct: list[tuple[datetime, Mapping[str, bool]]] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)

    def required(self, head: str, base: str, at: datetime) -> set[Pair]:
        readers = _at(self.readers, at)[base]
        return {(team, column) for column in self.dropped[head] for team in readers[column]}

    def given(self, shown: Sequence[Shown]) -> Iterator[tuple[Said, str, set[Pair]]]:
        """Every answer that counts for anything, in order, with the base and the pairs that it is about."""
        delegates: set[tuple[str, str, str]] = set()
        spoke: set[tuple[str, str]] = set()
        for one in sorted(self.said, key=lambda said: said.at):
            if one.what == "take back":
                yield one, "", set()
                continue
            before = [each for each in shown if each.at <= one.at]
            seen = ([each for each in before if each.head == one.commit] or before)[-1:]
            if one.who == self.author or not seen:
                continue
            base, pairs = seen[0].base, self.required(seen[0].head, seen[0].base, seen[0].at)
            asked = {team for team, _ in pairs if one.team in ("", team)}
            mine = {team for team in asked if one.who in _at(self.members, one.at)[team]}
            if one.what == "assign":
                delegates |= {(one.to, team, base) for team in mine if one.to != self.author}
                continue
            mine |= {team for team in asked if (one.who, team, base) in delegates}
            mine |= {team for team in asked if one.what == "retract" and (one.who, team) in spoke}
            if one.what == "approve" and len(mine) > 1 and not one.team and _at(self.distinct, one.at)[base]:
                continue
            spoke |= {(one.who, team) for team in mine}
            yield one, base, {pair for pair in pairs if pair[0] in mine}

    def standing(self, base: str, at: datetime, shown: Sequence[Shown]) -> dict[Pair, str]:
        """What stands for each pair on a base, folded over everything that was said."""
        words: dict[Pair, str] = {}
        approvers: dict[Pair, set[str]] = {}
        is_distinct = _at(self.distinct, at)[base]
        for one, about, pairs in self.given(shown):
            if about not in ("", base):
                continue
            for pair in sorted(pairs or [each for each in words if one.what == "take back"], key=_team_order):
                present = approvers.setdefault(pair, set())
                held = {team for (team, _), who in approvers.items() if one.who in who}
                if one.what == "approve" and not (is_distinct and held - {pair[0]}):
                    present.add(one.who)
                    words[pair] = "approved"
                elif one.what in ("block", "wait"):
                    present.clear()
                    words[pair] = "blocked" if one.what == "block" else "waiting"
                elif one.what in ("retract", "take back") and (one.who in present or one.what == "retract"):
                    present.difference_update({one.who} if one.who in present else set(present))
                    words[pair] = "approved" if present else "none"
        return words

    def conclusion(self, head: str, base: str, at: datetime, shown: Sequence[Shown]) -> str:
        """What the check must say once everything has come to rest."""
        words = self.standing(base, at, shown)
        found = {words.get(pair, "none") for pair in self.required(head, base, at)}
        return "failure" if "blocked" in found else "success" if found <= {"approved"} else "action_required"

    def may_be_green(self, head: str, base: str, at: datetime, shown: Sequence[Shown]) -> bool:
        """Whether each required pair was agreed to by somebody who may, at some time, if perhaps taken back since."""
        agreed = [pairs for one, about, pairs in self.given(shown) if one.what == "approve" and about == base]
        return self.required(head, base, at) <= set[Pair]().union(*agreed)


def _at(timeline: Sequence[tuple[datetime, T]], at: datetime) -> T:
    return [value for since, value in timeline if since <= at][-1]


def _team_order(pair: Pair) -> int:
    return ("growth", "crm", "marketing").index(pair[0])
