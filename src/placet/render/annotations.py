"""Facts at lines of changed files. They cannot be taken back, so they never say who agreed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from placet.diff.rules import RULES
from placet.impact.analysis import AssetFacts
from placet.policy.model import POLICY_PATH
from placet.proposals.assess import AssessedChange
from placet.proposals.verdict import Verdict
from placet.render.contract import reason_of
from placet.render.headline import worst_first
from placet.render.lineage import short
from placet.render.markdown import visible
from placet.render.model import Annotation
from placet.render.words import clipped, shortened
from placet.vocabulary.files import Location
from placet.vocabulary.words import Category, Gate, ReaderState, Side

# GitHub's limits: annotations a request, characters of a title; a message may have 64 kB, nobody reads as much.
MAX_ANNOTATIONS = 50
MAX_TITLE = 255
MAX_MESSAGE = 2_000
_NAMED_READERS = 5
_GONE = frozenset({"asset_removed", "source_removed", "source_removed_in_use"})


def facts_at_lines(verdict: Verdict) -> tuple[Annotation, ...]:
    """At most 50, worst first; a change without a line at the head, or that only follows from another, has none."""
    if verdict.policy_error is not None:
        return tuple(_of_policy(verdict))
    facts = verdict.analysis.assets or {}
    found = (_of_change(one, facts) for one in worst_first(verdict.assessment.changes))
    return tuple(islice((one for one in found if one is not None), MAX_ANNOTATIONS))


def _of_policy(verdict: Verdict) -> Iterator[Annotation]:
    error = verdict.policy_error
    if error is not None and error.path == POLICY_PATH and error.line is not None:
        yield _made(Location(error.path, error.line), "failure", error.message, error.hint)


def _of_change(one: AssessedChange, facts: Mapping[str, AssetFacts]) -> Annotation | None:
    change = one.change
    level = _level(one)
    if level is None or change.caused_by:
        return None
    location = change.location if change.side is Side.HEAD else _at_head(one, facts)
    # A path that is no text cannot be sent, and one bad annotation fails them all.
    if location is None or not location.path.isprintable():
        return None
    rule = RULES.get(change.kind)
    lines = [f"{rule.why} {rule.safe_way}" if rule else "", _readers(one)]
    return _made(location, level, f"{change.what}: {reason_of(one)}", "\n".join(line for line in lines if line))


def _level(one: AssessedChange) -> str | None:
    """By what the change is, never by what was answered: the same for as long as the commit stands."""
    if one.change.category is Category.BREAKING:
        return "failure" if one.change.gate is Gate.ASK else "warning"
    if one.change.category is Category.REQUIRES_ANALYSIS:
        return "warning" if one.change.gate is Gate.ASK else "notice"
    return None


def _at_head(one: AssessedChange, facts: Mapping[str, AssetFacts]) -> Location | None:
    """A line that is gone has no place at the head: its model's own line stands for it, unless that is gone as well."""
    asset = facts.get(one.change.asset)
    if asset is None or (one.change.kind in _GONE and not one.change.column):
        return None
    return asset.location


def _readers(one: AssessedChange) -> str:
    broken = [each.reach for each in one.reaches if each.reach.asked and each.reach.state is not ReaderState.SAME]
    names = list(
        dict.fromkeys(short(reach.via[-1]) if reach.via else reach.asset for reach in broken if not reach.team)
    )
    return f"Read by {shortened(names, _NAMED_READERS)}." if names else ""


def _made(location: Location, level: str, title: str, message: str) -> Annotation:
    text = "\n".join(visible(line) for line in message.split("\n"))
    return Annotation(
        path=location.path,
        line=location.line or 1,
        level=level,
        title=clipped(visible(title), MAX_TITLE),
        message=clipped(text, MAX_MESSAGE) or visible(title),
    )
