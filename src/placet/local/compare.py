"""Comparing two states on this machine, as a pull request would be judged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from placet.app.trees import is_wanted
from placet.impact.analysis import Analysis, AnalysisRequest
from placet.impact.engine import Progress, analyse
from placet.local.folder import files_in
from placet.local.git import GitRepository
from placet.local.reading import policy_in, projects_in, require_project
from placet.policy.model import Policy, ProjectHint
from placet.proposals.assess import Assessment, assess
from placet.proposals.teams import everything_named
from placet.render.report import report
from placet.vocabulary.files import Files
from placet.vocabulary.words import Mode


@dataclass(frozen=True)
class Comparison:
    """Two states compared: the changes, whom they reach, and who would have to agree."""

    analysis: Analysis
    assessment: Assessment
    policy: Policy

    @property
    def verdict(self) -> str:
        """The worst category found: ``breaking``, ``requires_analysis``, ``compatible`` or ``none``."""
        return str(self.to_json()["verdict"])

    @property
    def gated(self) -> bool:
        """Whether something asks and is not settled."""
        return bool(self.assessment.gated)

    @property
    def changes(self) -> list[dict[str, Any]]:
        """The changes, as in the JSON (docs/json.md)."""
        return list(self.to_json()["changes"])

    def to_json(self) -> dict[str, Any]:
        """Everything as JSON values, version 1 (docs/json.md)."""
        return report(self.analysis, self.assessment, self.policy.compatibility)


@dataclass(frozen=True, slots=True)
class Span:
    """The commits that are compared: ``base`` (the merge base) with ``head``; readers are those of the ``tip``.

    ``head`` is None where the work tree is judged as if it were committed. ``note`` says what is unusual about it.
    """

    base: str
    tip: str
    head: str | None
    note: str = ""


def span_of(repository: GitRepository, base: str, head: str | None) -> Span:
    """The commits that two revisions stand for, as a pull request is compared. Raises BadFile for what is none."""
    tip_sha = repository.commit(base)
    head_sha = None if head is None else repository.commit(head)
    merge_base = repository.merge_base(tip_sha, head_sha or repository.commit("HEAD"))
    if merge_base is not None:
        same = f"{head} and {base} are the same commit." if head_sha == tip_sha else ""
        return Span(merge_base, tip_sha, head_sha, same)
    why = "this clone is shallow: see `git fetch --unshallow`" if repository.is_shallow else "they share no history"
    return Span(tip_sha, tip_sha, head_sha, f"No merge base was found, so the tip of {base} is compared with ({why}).")


def compare_span(
    repository: GitRepository, span: Span, *, mode: Mode | None = None, progress: Progress | None = None
) -> Comparison:
    """Two commits of a repository as a pull request is compared; the policy is the tip's.

    Raises BadFile where the policy is broken, or no side holds a dbt project.
    """
    tip = repository.files(span.tip, is_wanted)
    new = repository.worktree_files(is_wanted) if span.head is None else repository.files(span.head, is_wanted)
    old = tip if span.base == span.tip else repository.files(span.base, is_wanted)
    require_project(str(repository.root), old, new)
    found = compare_files(old, new, tip, policy=_with_mode(policy_in(tip), mode), progress=progress)
    notes = (span.note, *found.analysis.notes) if span.note else found.analysis.notes
    return replace(found, analysis=replace(found.analysis, notes=notes))


def compare_commits(
    repository: GitRepository, base: str, head: str, *, mode: Mode | None = None, progress: Progress | None = None
) -> Comparison:
    """Two revisions of a repository as a pull request is compared: from the merge base, readers from the base's tip."""
    return compare_span(repository, span_of(repository, base, head), mode=mode, progress=progress)


def compare_folders(
    old: Path, new: Path, *, mode: Mode | None = None, dialect: str = "", progress: Progress | None = None
) -> Comparison:
    """Two folders, each holding one dbt project or several; the policy is the old folder's.

    Raises BadFile where one of them holds no project, or cannot be read.
    """
    before, after = files_in(old, is_wanted), files_in(new, is_wanted)
    require_project(str(old), before)
    require_project(str(new), after)
    policy = _with_mode(policy_in(before), mode)
    if dialect:
        folders = sorted({*projects_in(before), *projects_in(after)})
        policy = replace(policy, projects=tuple(ProjectHint(folder, dialect) for folder in folders))
    return compare_files(before, after, before, policy=policy, progress=progress)


def compare_files(
    base: Files, head: Files, tip: Files, *, policy: Policy, progress: Progress | None = None
) -> Comparison:
    """Three trees compared; every name is a team, and the owner of what changes counts as the author's."""
    analysis = analyse(AnalysisRequest(base, head, tip, policy), progress=progress)
    return Comparison(analysis, assess(analysis, everything_named(analysis), policy), policy)


def _with_mode(policy: Policy, mode: Mode | None) -> Policy:
    return policy if mode is None else replace(policy, compatibility=mode)
