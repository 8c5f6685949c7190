"""How complete an analysis was, said honestly: what could not be read is named."""

from __future__ import annotations

from placet.impact.analysis import Coverage, Unread
from placet.proposals.verdict import Verdict
from placet.render import links
from placet.render.lineage import short
from placet.render.markdown import code, plain, prose
from placet.render.model import Scene
from placet.render.reasons import readable
from placet.render.words import counted, of_total
from placet.vocabulary.words import Mode, ReadStatus

_MODES = {
    Mode.BACKWARD: "what was valid stays valid, so a column gone or a type narrowed breaks its readers",
    Mode.FORWARD: "what is valid from now on was valid before, so a column added or a type widened breaks as well",
    Mode.FULL: "what is valid stays the same both ways, so every change of the shape asks",
    Mode.NONE: "changes are named and shown, and nobody has to agree",
}


def mode_sentence(scene: Scene) -> str:
    """Which direction the mode means, so that nobody has to guess."""
    return f"Judged as `{scene.mode.value}`: {_MODES[scene.mode]}."


def reading(verdict: Verdict, scene: Scene, limit: int) -> str:
    """What was read completely, in part and not at all, each with its reason and place."""
    coverage = verdict.coverage
    gaps = (*coverage.unreadable, *coverage.partial)
    parts = [_sentence(coverage)] if coverage.assets else []
    if gaps and limit:
        lines = [_gap(one, scene) for one in gaps[:limit]]
        if len(gaps) > limit:
            lines.append(f"- and {len(gaps) - limit:,} more")
        parts.append("\n".join(lines))
    parts += [prose(note) for note in verdict.analysis.notes[:10]]
    return "\n\n".join(parts)


def artifacts_sentence(coverage: Coverage) -> str:
    """What dbt's artifacts added to the files, and where they could not; empty where none were given or needed."""
    added = f"dbt's artifacts filled what the files leave open in {counted(coverage.filled, 'asset')}"
    stale = f"those of {counted(coverage.stale, 'asset')} were made of other files and not used"
    parts = [text for text, number in ((added, coverage.filled), (stale, coverage.stale)) if number]
    if not parts:
        return ""
    line = "; ".join(parts)
    return f"{line[0].upper() if not coverage.filled else line[0]}{line[1:]}."


def lower_bound(coverage: Coverage) -> str:
    """``1 model could not be read, so the impact is a lower bound``; empty where readers cannot hide."""
    if coverage.complete:
        return ""
    hiding = [one for one in coverage.unreadable if one.loses_readers] or list(coverage.unreadable)
    what = counted(len(hiding), "model") if hiding else "something"
    return f"{what} could not be read, so the impact is a lower bound"


def _sentence(coverage: Coverage) -> str:
    text = f"Read completely: {of_total(coverage.resolved, coverage.assets, 'asset')}."
    if coverage.switched_off:
        text += (
            f" {counted(coverage.switched_off, 'more is', 'more are')} switched off by variables, and not looked at."
        )
    if coverage.complete:
        return text
    return f"{text} The impact is a lower bound: readers may exist that cannot be seen."


def _gap(one: Unread, scene: Scene) -> str:
    how = "was read in part" if one.status is ReadStatus.PARTIAL else "could not be read"
    reason = prose(readable(one.reason), limit=300) or plain("no reason is known")
    hides = "; what it reads is not known" if one.loses_readers else ""
    return f"- {code(short(one.asset_id))} {how}: {reason}{hides} ({links.place(scene, one.location)})"
