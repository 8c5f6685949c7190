"""What changes in the contracts: as a table, as a diff of the columns, with a safe way, and in versions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from placet.diff.rules import RULES
from placet.proposals.assess import AssessedChange
from placet.proposals.model import Team
from placet.proposals.verdict import Verdict
from placet.render import links
from placet.render.headline import CATEGORY_WORDS, happens, worst_first
from placet.render.lineage import only_shown
from placet.render.markdown import code, plain, table, visible
from placet.render.model import Scene
from placet.render.reasons import readable
from placet.render.words import counted, shortened
from placet.vocabulary.words import Gate, SettledBy

DIGITS = 12
_SETTLED = {
    SettledBy.UNREAD: "nobody is known to read it",
    SettledBy.SAME: "its readers mean the same as before",
    SettledBy.OWN_TEAM: "only the author's own team reads it",
    SettledBy.UNOWNED: "its readers have no known owner",
    SettledBy.NOTIFY: "its readers are told, not asked",
    SettledBy.CLASSIFY: "judged safe",
}
_COLUMN_KINDS = frozenset(
    {"column_removed", "column_added", "source_listed", "source_removed", "source_removed_in_use"}
)


def changes_table(verdict: Verdict, scene: Scene, limit: int) -> str:
    """The changes worst first, each with its place at the right commit; empty without changes."""
    ordered = worst_first(verdict.assessment.changes)
    by_fingerprint = {one.change.fingerprint: one for one in ordered}
    rows = [
        (
            f"{code(one.change.what)}: {_message(one)}",
            links.rule(scene, one.change.kind, CATEGORY_WORDS[one.category]),
            _consequence(one, verdict, by_fingerprint),
            links.place(scene, one.change.location, one.change.side),
            code(one.change.fingerprint[:DIGITS]),
        )
        for one in ordered[:limit]
    ]
    return table(("Change", "Category", "What it does", "Where", "Digits"), rows) + _left_out(
        len(ordered) - limit, scene
    )


def column_diff(changes: Sequence[AssessedChange], limit: int = 80) -> tuple[str, ...]:
    """The columns that come, go or are retyped, as lines of a diff by asset; empty where no column is touched."""
    lines: list[str] = []
    asset = None
    for one in sorted(changes, key=lambda each: (each.change.asset, each.change.path)):
        found = _diff_lines(one)
        if not found:
            continue
        if len(lines) >= limit:
            lines.append("  … more in the table above")
            break
        if one.change.asset != asset:
            asset = one.change.asset
            lines.append(f"  {visible(_asset_name(one))}")
        lines += found
    return tuple(lines)


def safe_ways(changes: Iterable[AssessedChange], limit: int = 8) -> tuple[str, ...]:
    """A line for each kind of change that asks: what would be the safe way to do it."""
    by_kind: dict[str, list[AssessedChange]] = {}
    for one in worst_first(changes):
        if one.change.kind in RULES:
            by_kind.setdefault(one.change.kind, []).append(one)
    lines = []
    for kind, ones in list(by_kind.items())[:limit]:
        lines.append(f"- **{happens(ones)}:** {RULES[kind].safe_way}")
        renamed = [one for one in ones if one.change.renamed_to]
        lines += [f"  {code(one.change.renamed_to or '')} looks like its new name." for one in renamed[:1]]
    return tuple(lines)


def version_steps(changes: Iterable[AssessedChange], scene: Scene, keep: int = 2) -> str:
    """``Contract `dim_customers` goes from 2.3.0 to **3.0.0**.``; empty where nothing was ever published."""
    steps: dict[str, str] = {}
    for one in worst_first(changes):
        version = scene.versions.get(one.change.asset)
        if version is not None and version.current and one.change.asset not in steps:
            name = code(_asset_name(one))
            steps[one.change.asset] = f"{name} goes from {plain(version.current)} to **{plain(version.proposed)}**"
    if not steps:
        return ""
    noun = "Contract" if len(steps) == 1 else "Contracts:"
    return f"{noun} {shortened(list(steps.values()), keep)}."


def published_versions(changes: Iterable[AssessedChange], scene: Scene, keep: int = 2) -> str:
    """```dim_customers` 3.0.0``: the versions that stand now; empty where none does."""
    found = {}
    for one in worst_first(changes):
        version = scene.versions.get(one.change.asset)
        if version is not None:
            found[one.change.asset] = f"{code(_asset_name(one))} {plain(version.proposed)}"
    return shortened(list(found.values()), keep)


def reason_of(one: AssessedChange) -> str:
    """The change's message, without the file's name in front of it, which stands beside it."""
    message = one.change.message.removeprefix(f"{one.change.location.path} ").removeprefix("cannot be read: ")
    return readable(message)


def settled_words(one: AssessedChange) -> str:
    """Why nobody has to agree to a change that asks; empty where somebody has to."""
    if one.settled_by is None:
        return ""
    words = _SETTLED[one.settled_by]
    if one.settled_by is SettledBy.CLASSIFY and one.classified is not None:
        return f"{words} by {links.login(one.classified.actor)}"
    return words


def _message(one: AssessedChange) -> str:
    return plain(reason_of(one))


def _consequence(one: AssessedChange, verdict: Verdict, known: dict[str, AssessedChange]) -> str:
    if one.settled_by is not None:
        return settled_words(one)
    if not one.gated:
        causes = [known[cause].change.what for cause in one.change.caused_by if cause in known]
        return f"follows from {shortened(causes, 1, code)}" if causes else only_shown(one, code)
    if one.change.gate is Gate.ASK and not one.change.asset:
        return "fails until the file is mended"
    if one.teams:
        return f"asks {shortened(one.teams, 3, lambda team: _team(verdict.assessment.teams.get(team)))}"
    return "waits for an owner" if one.owner_unknown else "needs a person's judgement"


def _team(team: Team | None) -> str:
    return links.team_name(team) if team is not None else "a team"


def _left_out(number: int, scene: Scene) -> str:
    if number <= 0:
        return ""
    more = counted(number, "more change")
    return f"\n\n{links.proposal(scene, more) or more} of the same or less weight."


def _diff_lines(one: AssessedChange) -> list[str]:
    change = one.change
    if not change.path.startswith("columns."):
        return []
    name = visible(change.path.removeprefix("columns."))
    before, after = _type(change.before), _type(change.after)
    if change.kind in _COLUMN_KINDS and change.after is None:
        return [f"- {name}{before}"]
    if change.kind in _COLUMN_KINDS and change.before is None:
        return [f"+ {name}{after}"]
    return [f"- {name}{before}", f"+ {name}{after}"] if (before or after) and before != after else []


def _type(facts: object) -> str:
    kind = facts.get("type") if isinstance(facts, dict) else None
    return f" {visible(str(kind))}" if kind else ""


def _asset_name(one: AssessedChange) -> str:
    return one.change.asset_id.split(".", 2)[-1] or one.change.location.path
