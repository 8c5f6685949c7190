"""How completely a state was read, in a line that says where to look."""

from __future__ import annotations

from collections.abc import Sequence

from placet.contracts.model import Asset
from placet.local.reading import Reading
from placet.render.coverage import artifacts_sentence
from placet.render.lineage import short
from placet.render.reasons import readable
from placet.render.report import coverage_of
from placet.render.words import counted, listed, of_total, shortened
from placet.vocabulary.words import AssetKind, ReadStatus

HOW_TO_OWN = "Name one in CODEOWNERS, under owners: in .github/placet.yml, or in the model's meta.placet.owner."
_NAMED = 5
_SEVERAL = {AssetKind.SAVED_QUERY: "saved queries"}


def coverage_line(assets: Sequence[Asset]) -> str:
    """``63 of 65 models resolved, 2 partially: a and b. Also 12 sources and 3 seeds.``; plain text."""
    if not assets:
        return "Nothing could be read."
    models = [asset for asset in assets if asset.kind is AssetKind.MODEL]
    resolved = [asset for asset in models if asset.status is ReadStatus.RESOLVED]
    if models and len(resolved) == len(models):
        line = "The one model resolved" if len(models) == 1 else f"All {counted(len(models), 'model')} resolved"
    else:
        line = f"{of_total(len(resolved), len(models), 'model')} resolved"
    for status, words in ((ReadStatus.PARTIAL, "partially"), (ReadStatus.UNREADABLE, "unreadable")):
        found = [asset for asset in models if asset.status is status]
        if found:
            line += f", {len(found):,} {words}: {shortened([short(one.id) for one in found], _NAMED)}"
    others = [
        counted(number, kind.value.replace("_", " "), _SEVERAL.get(kind, ""))
        for kind in AssetKind
        if kind is not AssetKind.MODEL and (number := sum(1 for one in assets if one.kind is kind))
    ]
    return f"{line}. Also {listed(others)}." if others else f"{line}."


def artifact_lines(reading: Reading) -> tuple[str, ...]:
    """What dbt's artifacts added, and where they could not; plain text, nothing where none were given or needed."""
    found = coverage_of(reading.contracts)
    line = artifacts_sentence(found)
    return (line,) if line else ()


def closing_lines(reading: Reading, note: str) -> tuple[str, ...]:
    """How completely a state was read, and what is to be said of it besides; plain text."""
    return (coverage_line(reading.assets), *artifact_lines(reading), *((note,) if note else ()))


def read_word(asset: Asset) -> str:
    """How completely an asset was read; a source is what somebody declares, so there is nothing else to resolve."""
    is_declared = asset.kind is AssetKind.SOURCE and asset.status is ReadStatus.RESOLVED
    return "declared" if is_declared else asset.status.value


def findings_lines(reading: Reading, limit: int = 10) -> tuple[str, ...]:
    """The files that could not be read, and warnings about others; plain text, one line each."""
    found = reading.contracts.findings
    lines = [f"{one.location}: {readable(one.reason)}{f' ({one.hint})' if one.hint else ''}" for one in found[:limit]]
    if len(found) > limit:
        lines.append(f"and {counted(len(found) - limit, 'more file')}")
    return tuple(lines)
