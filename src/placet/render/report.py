"""The JSON of the command line, version 1: documented in docs/json.md, and only ever added to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from placet.contracts.model import Asset, ColumnRef, ContractSet
from placet.impact.analysis import Analysis, Coverage, Reach, Unread
from placet.lineage.origins import Origin
from placet.proposals.assess import AssessedChange, Assessment
from placet.proposals.verdict import CheckState, Verdict
from placet.render.model import Scene
from placet.render.reasons import readable
from placet.render.titles import title
from placet.vocabulary.files import Location
from placet.vocabulary.words import READERS_ONLY, Category, Mode, ReadStatus, Side

VERSION = 1
Document = dict[str, Any]

_WORST = ((Category.BREAKING, "breaking"), (Category.REQUIRES_ANALYSIS, "requires_analysis"))


def report(analysis: Analysis, assessment: Assessment, mode: Mode) -> Document:
    """The document of ``diff`` and ``check``; everything in it stands in a fixed order."""
    ids = {key: facts.id for key, facts in (analysis.assets or {}).items()}
    categories = [one.category for one in assessment.changes]
    return {
        "version": VERSION,
        "mode": mode.value,
        "verdict": verdict_of(categories),
        "gated": bool(assessment.gated),
        "summary": {
            category.value.lower(): categories.count(category)
            for category in (
                Category.BREAKING,
                Category.REQUIRES_ANALYSIS,
                Category.NON_BREAKING,
                Category.INFRASTRUCTURE,
            )
        },
        "changes": [_change(one) for one in assessment.changes],
        "impact": [entry for one in assessment.changes for entry in _impact(one, ids)],
        "required_teams": _required(assessment),
        "coverage": _coverage(analysis.coverage),
    }


def verdict_of(categories: Iterable[Category]) -> str:
    """The worst category found: ``breaking``, ``requires_analysis``, ``compatible``, or ``none`` without changes."""
    found = set(categories)
    worst = next((word for category, word in _WORST if category in found), None)
    return worst or ("compatible" if found else "none")


def assets_report(contracts: ContractSet, owners: Mapping[str, str]) -> Document:
    """The document of ``assets``; ``owners`` are teams' names by asset key, without those that nobody owns."""
    ids = {asset.key: asset.id for asset in contracts.assets}
    return {
        "version": VERSION,
        "assets": [_asset(asset, owners, ids) for asset in contracts.assets],
        "coverage": _coverage(coverage_of(contracts)),
    }


def impact_report(
    asset: str,
    column: str,
    reaches: Sequence[Reach],
    ids: Mapping[str, str],
    owners: Mapping[str, str],
    *,
    complete: bool,
) -> Document:
    """The document of ``impact``: who reads an asset (by key), or one column of it (empty: any), by what path.

    ``ids`` are what people see, ``owners`` teams' names, both by asset key.
    """
    ordered = sorted(reaches, key=lambda one: (one.asset, one.column, one.team, one.how, one.via))
    return {
        "version": VERSION,
        "asset": _shown(asset, ids),
        "column": column or None,
        "readers": [
            {
                "asset": _shown(one.asset, ids),
                "column": one.column or None,
                "team": one.team or owners.get(one.asset),
                "how": one.how.value,
                "via": list(one.via),
            }
            for one in ordered
        ],
        "complete": complete,
    }


def origins_report(
    asset: str, column: str, origins: Sequence[Origin], ids: Mapping[str, str], *, complete: bool
) -> Document:
    """The document of ``impact --upstream``: what an asset (by key), or one column of it (empty: all), comes from."""
    return {
        "version": VERSION,
        "asset": _shown(asset, ids),
        "column": column or None,
        "origins": [
            {
                "asset": _shown(one.ref.asset, ids),
                "column": one.ref.column or None,
                "how": one.how.value,
                "via": [str(ref) for ref in one.via],
            }
            for one in origins
        ],
        "complete": complete,
    }


def simulation_report(verdict: Verdict, scene: Scene) -> Document:
    """The document of ``simulate``: what the check would say, and what is still missing from whom."""
    return {
        "version": VERSION,
        "state": verdict.state.value,
        "conclusion": None if verdict.conclusion is None else verdict.conclusion.value,
        "title": title(verdict, scene),
        "teams": [
            {
                "team": row.team.name,
                "answer": row.answer.word.value,
                "missing": sorted(row.answer.missing),
                "because": row.because,
            }
            for row in sorted(verdict.rows, key=lambda one: (one.team.name, one.team.id))
        ],
        "forced": verdict.state is CheckState.FORCED,
        "proposal": None if verdict.proposal is None else verdict.proposal.value,
    }


def coverage_of(contracts: ContractSet) -> Coverage:
    """How completely one commit was read; what only reads and promises nothing does not count."""
    counted = [asset for asset in contracts.assets if asset.kind not in READERS_ONLY]
    partial = tuple(_as_unread(asset) for asset in counted if asset.status is ReadStatus.PARTIAL)
    unreadable = tuple(_as_unread(asset) for asset in counted if asset.status is ReadStatus.UNREADABLE)
    files = any(finding.code == "file_unreadable" for finding in contracts.findings)
    return Coverage(
        assets=len(counted),
        resolved=len(counted) - len(partial) - len(unreadable),
        partial=partial,
        unreadable=unreadable,
        complete=not files and all(asset.refs_known for asset in contracts.assets),
        filled=len(contracts.filled),
        stale=len(contracts.stale),
    )


def _change(one: AssessedChange) -> Document:
    change = one.change
    return {
        "asset": change.asset_id or None,
        "kind": change.kind,
        "path": change.path,
        "category": one.category.value,
        "because": change.because.value,
        "gate": change.gate.value,
        "gated": one.gated,
        "settled_by": None if one.settled_by is None else one.settled_by.value,
        "caused_by": list(change.caused_by),
        "renamed_to": change.renamed_to,
        "before": _facts(change.before),
        "after": _facts(change.after),
        "message": readable(change.message),
        "location": _location(change.location, change.side),
        "fingerprint": change.fingerprint,
    }


def _facts(facts: Mapping[str, Any] | None) -> Document | None:
    return None if facts is None else dict(facts)


def _impact(one: AssessedChange, ids: Mapping[str, str]) -> list[Document]:
    return [
        {
            "change": one.change.fingerprint,
            "asset": _shown(person.reach.asset, ids),
            "column": person.reach.column or None,
            "team": None if person.team is None else person.team.name,
            "how": person.reach.how.value,
            "state": person.reach.state.value,
            "via": list(person.reach.via),
        }
        for person in one.reaches
    ]


def _required(assessment: Assessment) -> list[Document]:
    teams = sorted(assessment.required, key=lambda team: (assessment.teams[team].name, team))
    return [
        {
            "team": assessment.teams[team].name,
            "changes": sorted(assessment.required[team]),
            "because": assessment.because.get(team, ""),
        }
        for team in teams
    ]


def _coverage(coverage: Coverage) -> Document:
    return {
        "assets": coverage.assets,
        "resolved": coverage.resolved,
        "partial": [_unread(one) for one in coverage.partial],
        "unreadable": [_unread(one) for one in coverage.unreadable],
        "complete": coverage.complete,
        "filled": coverage.filled,
        "stale": coverage.stale,
    }


def _unread(one: Unread) -> Document:
    return {"asset": one.asset_id, "reason": readable(one.reason), "location": _location(one.location, Side.HEAD)}


def _location(location: Location, side: Side) -> Document:
    return {"side": side.value, "path": location.path, "line": location.line}


def _asset(asset: Asset, owners: Mapping[str, str], ids: Mapping[str, str]) -> Document:
    return {
        "asset": asset.id,
        "kind": asset.kind.value,
        "path": asset.location.path,
        "line": asset.location.line,
        "owner": owners.get(asset.key),
        "status": asset.status.value,
        "reason": readable(asset.reason) or None,
        "columns": [
            {
                "name": column.name,
                "type": column.type,
                "reads": _reads(column.derivation.inputs if column.derivation else (), ids),
            }
            for column in asset.columns
        ],
        "row_reads": _reads([ref for part in asset.rows for ref in part.derivation.inputs], ids),
    }


def _reads(refs: Iterable[ColumnRef], ids: Mapping[str, str]) -> list[str]:
    shown = {f"{_shown(ref.asset, ids)}.{ref.column}" if ref.column else _shown(ref.asset, ids) for ref in refs}
    return sorted(shown)


def _shown(key: str, ids: Mapping[str, str]) -> str:
    """What people see of an asset's key: without the project's folder, where nothing better is known."""
    return ids.get(key) or key.partition(":")[2] or key


def _as_unread(asset: Asset) -> Unread:
    return Unread(
        asset=asset.key,
        asset_id=asset.id,
        status=asset.status,
        reason=asset.reason,
        location=asset.reason_location or asset.location,
        loses_readers=not asset.refs_known,
    )
