"""Changes, whom they reach and who would have to agree, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from placet.cli.changes import consequence, place, remarks, unowned_names, verdict_sentence
from placet.cli.coverage import HOW_TO_OWN
from placet.local.compare import Comparison
from placet.proposals.assess import AssessedChange
from placet.render.headline import CATEGORY_WORDS, worst_first
from placet.render.lineage import doubt_of, tree
from placet.render.markdown import code, fence, plain, prose, table
from placet.render.reasons import readable
from placet.render.unadapted import build_failure
from placet.render.words import shortened
from placet.vocabulary.words import Gate

_NAMED = 5


def changes_markdown(comparison: Comparison, changes: Sequence[AssessedChange]) -> Iterator[str]:
    """The verdict and the changes."""
    yield f"**{verdict_sentence(comparison, plain)}**"
    failure = build_failure(comparison.assessment, comparison.analysis, code)
    yield f"{failure}." if failure else ""
    yield table(
        ("Change", "Is", "So", "Where"),
        [
            (
                f"{code(one.change.what)}: {plain(readable(one.change.message))}",
                CATEGORY_WORDS[one.category],
                plain(consequence(one, comparison.assessment)),
                code(place(one)),
            )
            for one in worst_first(changes)
        ],
    )


def check_markdown(comparison: Comparison) -> Iterator[str]:
    """The verdict, the changes, whom they reach, who would have to agree and how complete that is."""
    assessment = comparison.assessment
    yield from changes_markdown(comparison, assessment.changes)
    asking = [one for one in worst_first(assessment.changes) if one.change.gate is Gate.ASK]
    lines = tree(asking, doubt=doubt_of(comparison.analysis.coverage))
    yield fence(lines) if lines else ""
    yield table(
        ("Team", "Why"),
        [(plain(assessment.teams[team].name), prose(assessment.because[team])) for team in sorted(assessment.required)],
    )
    names = unowned_names(comparison)
    yield f"No owner is known for {shortened([code(one) for one in names], _NAMED)}. {HOW_TO_OWN}" if names else ""
    yield from closing(comparison)


def closing(comparison: Comparison) -> Iterator[str]:
    """How it was compared, and how completely it was read."""
    yield "\n".join(f"- {plain(line, limit=2_000)}" for line in remarks(comparison))
