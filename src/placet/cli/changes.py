"""Changes, whom they reach and who would have to agree: what ``diff`` and ``check`` show to people."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from rich.console import RenderableType
from rich.text import Text

from placet.cli.coverage import HOW_TO_OWN
from placet.cli.terminal import FAINT, HEADING, STYLES, Page, Row, joined, shown, table, trees
from placet.impact.analysis import Analysis
from placet.local.compare import Comparison
from placet.proposals.assess import AssessedChange, Assessment
from placet.render.contract import settled_words
from placet.render.coverage import artifacts_sentence
from placet.render.headline import CATEGORY_WORDS, does, tally, worst_first
from placet.render.judgement import own_teams, who_reads
from placet.render.lineage import Doubt, Node, doubt_of, layout, only_shown, short, words_for
from placet.render.markdown import visible
from placet.render.reasons import readable
from placet.render.unadapted import build_failure
from placet.render.words import counted, listed, shortened
from placet.vocabulary.words import Category, Gate, Mode, SettledBy, Side

_CODE = re.compile(r"(`+) ?(.+?) ?\1(?!`)")
_NAMED = 5
_MAX_SAFE = 5
_SAFE = frozenset({Category.NON_BREAKING, Category.INFRASTRUCTURE})


def verdict_sentence(comparison: Comparison, show: Callable[[str], str]) -> str:
    """The verdict, the thing, how many would have to agree: text with code spans; ``show`` makes names harmless."""
    changes = comparison.assessment.changes
    if not changes:
        return "No contract changes."
    gated = comparison.assessment.gated
    asking = gated or tuple(one for one in changes if one.settled_by is not None)
    if not asking:
        why = ", since the mode is none" if comparison.policy.compatibility is Mode.NONE else ""
        return f"Nobody has to agree{why}: {tally(changes)}."
    what, assumed = f"This {does(asking)}", _assumption(comparison, show)
    teams = team_names(comparison)
    if teams:
        names = shortened([show(one) for one in teams], _NAMED)
        return f"{what}. {counted(len(teams), 'team')} would have to agree{assumed}: {names}."
    if not gated:
        return f"{what}. Nobody has to agree{assumed}{_settled(asking, show)}."
    if all(not one.change.asset for one in gated):
        return f"{what}: nobody can tell what that changes, so it has to be mended."
    if any(one.owner_unknown for one in gated):
        return f"{what}, and the policy wants an owner to be named first."
    undecided = [one for one in gated if one.needs_person]
    return f"{what}, and {who_reads(undecided, show)}{assumed}: it needs a person's judgement."


def _assumption(comparison: Comparison, show: Callable[[str], str]) -> str:
    """`` if the author is in dx``, where that decides who must agree, and nobody said it."""
    names = listed([show(one) for one in comparison.assumed])
    return f" if the author is in {names}" if names else ""


def _settled(asking: Sequence[AssessedChange], show: Callable[[str], str]) -> str:
    """Why nobody has to agree, where that is the same for all."""
    if all(one.settled_by is SettledBy.OWN_TEAM for one in asking):
        return f": only the author's own {own_teams(asking, show)} {'it' if len(asking) == 1 else 'them'}"
    reasons = list(dict.fromkeys(settled_words(one) for one in asking))
    return f": {reasons[0]}" if len(reasons) == 1 else ", as said below"


def team_names(comparison: Comparison) -> list[str]:
    """The names of the teams that would have to agree, in order."""
    assessment = comparison.assessment
    return sorted(assessment.teams[team].name for team in assessment.required)


def coverage_sentence(analysis: Analysis) -> str:
    """``12 of 13 assets were read completely``, and which were not; plain text."""
    coverage = analysis.coverage
    if not coverage.assets:
        return "There are no assets." if coverage.complete else "Nothing could be read."
    line = f"{coverage.resolved:,} of {counted(coverage.assets, 'asset')} read completely"
    for found, words in ((coverage.partial, "in part"), (coverage.unreadable, "not at all")):
        if found:
            line += f", {len(found):,} {words}: {shortened([short(one.asset_id) for one in found], _NAMED)}"
    if not coverage.complete:
        line += ". The impact is a lower bound: readers may exist that are unseen"
    return " ".join(part for part in (f"{line}.", artifacts_sentence(coverage)) if part)


def changes_section(assessment: Assessment, changes: Sequence[AssessedChange], page: Page) -> None:
    """These of all changes by asset, worst first, each with what follows from it and where it stands.

    Of an asset's safe changes only the first are shown; how many more there are is said.
    """
    page.heading(f"What changes: {tally(changes)}")
    rows: list[Row] = []
    for _, group in groupby(by_asset(changes), key=lambda one: one.change.asset):
        own = list(group)
        safe = [one for one in own if one.category in _SAFE]
        shown_safe = safe if len(safe) <= _MAX_SAFE + 1 else safe[:_MAX_SAFE]
        kept = [one for one in own if one.category not in _SAFE or one in shown_safe]
        lines = [_row(one, assessment) for one in kept]
        if left := len(own) - len(kept):
            more = f"and {counted(left, 'more change')} like these: --format json has them all"
            lines.append(
                Row((Text("  safe", style=STYLES[Category.NON_BREAKING]), Text(more, style=FAINT), Text(""), Text("")))
            )
        rows += [replace(lines[0], above=(shown(asset_name(own[0]), HEADING, limit=120),)), *lines[1:]]
    page.add(*table((), rows, page.width))


def _row(one: AssessedChange, assessment: Assessment) -> Row:
    cells = (
        Text(f"  {CATEGORY_WORDS[one.category]}", style=STYLES[one.category]),
        shown(_message(one), limit=160),
        shown(consequence(one, assessment), limit=160),
        shown(place(one), FAINT),
    )
    renamed = one.change.renamed_to
    return Row(cells, (shown(f"{renamed} looks like its new name", FAINT),) if renamed else ())


def _message(one: AssessedChange) -> str:
    """The message under the asset's heading, which has its name already."""
    message = readable(one.change.message)
    return message if one.change.column else message.replace(f" {one.change.what} ", " ", 1)


def by_asset(changes: Iterable[AssessedChange]) -> tuple[AssessedChange, ...]:
    """The changes, the asset with the worst of them first, and each asset's own worst first."""
    ordered = worst_first(changes)
    places = {one.change.asset: number for number, one in reversed(list(enumerate(ordered)))}
    return tuple(sorted(ordered, key=lambda one: places[one.change.asset]))


def asset_name(one: AssessedChange) -> str:
    """The asset of a change as people name it, or the file where there is none."""
    return short(one.change.asset_id) if one.change.asset else one.change.location.path


def consequence(one: AssessedChange, assessment: Assessment) -> str:
    """What follows from a change: who must agree, why nobody has to, or of what it is itself a consequence."""
    if one.settled_by is not None:
        return settled_words(one)
    if one.gated:
        if not one.change.asset:
            return "fails until the file is mended"
        if one.teams:
            return f"asks {shortened([assessment.teams[team].name for team in one.teams], _NAMED)}"
        return "waits for an owner" if one.owner_unknown else "needs a person's judgement"
    causes = [known.change.what for known in assessment.changes if known.change.fingerprint in one.change.caused_by]
    if causes:
        return f"follows from {shortened(causes, 1)}"
    return only_shown(one) if one.category in (Category.BREAKING, Category.REQUIRES_ANALYSIS) else ""


def place(one: AssessedChange) -> str:
    """File and line; at the base, where the head does not have it any more."""
    return f"{one.change.location}{' (before)' if one.change.side is Side.BASE else ''}"


def impact_section(comparison: Comparison, page: Page, limit: int | None) -> None:
    """Whom the changes that ask reach, as trees of ``limit`` lines together; nothing where they reach nobody."""
    changes = comparison.assessment.changes
    reaching = [one for one in worst_first(changes) if one.reaches and one.change.gate is Gate.ASK]
    if not reaching:
        return
    page.heading("Whom it reaches")
    with_owners = any(person.team is not None for one in reaching for person in one.reaches)
    doubt = doubt_of(comparison.analysis.coverage)
    page.add(*trees([layout(one) for one in reaching], lambda node: _note(node, doubt, with_owners=with_owners), limit))


def teams_section(comparison: Comparison, page: Page) -> None:
    """Who would have to agree and why; and whose owner nobody knows, with how to name one."""
    assessment = comparison.assessment
    if assessment.required:
        page.heading("Who would have to agree")
        rows = [
            Row(
                (joined("  ", shown(assessment.teams[team].name, HEADING), between=""), shown(assessment.because[team]))
            )
            for team in sorted(assessment.required)
        ]
        page.add(*table((), rows, page.width))
    names = unowned_names(comparison)
    if names:
        page.add(Text(""), shown(f"No owner is known for {shortened(names, _NAMED)}. {HOW_TO_OWN}", FAINT, limit=600))


def unowned_names(comparison: Comparison) -> list[str]:
    """The readers that nobody is known to own, by name."""
    facts = comparison.analysis.assets or {}
    keys = [one.reach.asset for one in comparison.assessment.unowned]
    return [short(facts[key].id) if key in facts else short(key.rpartition(":")[2]) for key in keys]


def spanned(markdown: str) -> Text:
    """A sentence of ours in which code spans become bold."""
    text = Text(overflow="fold")
    position = 0
    for found in _CODE.finditer(markdown):
        text.append(markdown[position : found.start()])
        text.append(found.group(2), style=HEADING)
        position = found.end()
    text.append(markdown[position:])
    return text


def verdict_lines(comparison: Comparison) -> Iterator[RenderableType]:
    """The verdict as the first thing that is seen, in its colour; and what of the project itself would not be built."""
    text = spanned(verdict_sentence(comparison, visible))
    asks = any(one.settled_by is not None for one in comparison.assessment.changes)
    text.stylize("red" if comparison.gated else "yellow" if asks else "green")
    yield text
    failure = build_failure(comparison.assessment, comparison.analysis, visible)
    if failure:
        yield Text(f"{failure}.", style="yellow", overflow="fold")


def remarks(comparison: Comparison) -> Iterator[str]:
    """How it was compared, and how completely it was read; plain text."""
    yield from comparison.analysis.notes
    if comparison.assumed:
        names = listed(comparison.assumed)
        yield f"The author is taken to be in {names}, who own what changes: --author TEAM or --author none says else."
    yield f"Judged as {comparison.policy.compatibility.value}. {coverage_sentence(comparison.analysis)}"


def _note(node: Node, doubt: Doubt, *, with_owners: bool) -> Text:
    """Whose reader it is and what becomes of it; where nobody has an owner, that is said once for all."""
    if not node.readers:
        return Text("")
    one = node.readers[0]
    team = "" if one.reach.team else one.team.name if one.team else "no owner" if with_owners else ""
    return shown(" · ".join(part for part in (team, words_for(one, doubt)) if part), FAINT)
