"""Comparing two states on this machine, as a pull request would be judged."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from placet.app.trees import is_wanted, policy_failure, policy_of
from placet.contracts.model import ContractSet
from placet.errors import BadFile
from placet.impact.analysis import Analysis, AnalysisRequest
from placet.impact.engine import Progress, analyse, analyse_contracts
from placet.local.folder import files_in
from placet.local.git import GitRepository
from placet.local.policy_file import PolicyFile
from placet.local.reading import named_team, placed, projects_in, require_project
from placet.policy.model import Policy, ProjectHint
from placet.proposals.assess import Assessment, assess
from placet.proposals.teams import TeamDirectory, everything_named
from placet.readers.dbt.artifacts import Artifacts
from placet.render.report import report
from placet.vocabulary.files import Files
from placet.vocabulary.words import Mode


@dataclass(frozen=True)
class Comparison:
    """Two states compared: the changes, whom they reach, and who would have to agree.

    ``assumed`` names the teams that would have to agree as well, were the author not taken for one of them because
    they own what changes; empty where it was said who the author is.
    """

    analysis: Analysis
    assessment: Assessment
    policy: Policy
    assumed: tuple[str, ...] = ()

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
class SideArtifacts:
    """What dbt made of the two sides that are compared, if somebody has it."""

    base: tuple[Artifacts, ...] = ()
    head: tuple[Artifacts, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """The commits that are compared: ``base`` (the merge base) with ``head``; readers are those of the ``tip``.

    ``head`` is None where the work tree is judged as if it were committed. ``note`` says what is unusual about it.
    ``into`` and ``name`` are what tip and head were called by whoever asked.
    """

    base: str
    tip: str
    head: str | None
    note: str = ""
    into: str = ""
    name: str = ""


def span_of(repository: GitRepository, base: str, head: str | None) -> Span:
    """The commits that two revisions stand for, as a pull request is compared. Raises BadFile for what is none."""
    tip_sha = repository.commit(base)
    head_sha = None if head is None else repository.commit(head)
    merge_base = repository.merge_base(tip_sha, head_sha or repository.commit("HEAD"))
    if merge_base is not None:
        same = f"{head} and {base} are the same commit." if head_sha == tip_sha else ""
        return Span(merge_base, tip_sha, head_sha, same, base, head or "")
    why = "this clone is shallow: see `git fetch --unshallow`" if repository.is_shallow else "they share no history"
    note = f"No merge base was found, so the tip of {base} is compared with ({why})."
    return Span(tip_sha, tip_sha, head_sha, note, base, head or "")


def compare_span(
    repository: GitRepository,
    span: Span,
    *,
    mode: Mode | None = None,
    authors: Sequence[str] | None = None,
    artifacts: SideArtifacts | None = None,
    policy: PolicyFile | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Two commits of a repository as a pull request is compared; the policy is the tip's, or the one that is given.

    ``authors`` are the author's teams, perhaps none; None: whoever owns what changes. ``artifacts`` fill what the files
    leave open. Raises BadFile where the tip's policy is broken, or the head's that differs from it, or no side holds a
    dbt project.
    """
    tip = repository.files(span.tip, is_wanted)
    new = repository.worktree_files(is_wanted) if span.head is None else repository.files(span.head, is_wanted)
    old = tip if span.base == span.tip else repository.files(span.base, is_wanted)
    require_project(str(repository.root), old, new)
    head_place = f"{repository.root}/" if span.head is None else f"{span.name or span.head}:"
    trees = Trees(old, new, tip, f"{span.into or span.tip}:", head_place, artifacts or SideArtifacts())
    if policy is None:
        found = compare_files(trees, mode=mode, authors=authors, progress=progress)
    else:
        found = _compared_under(policy, trees, mode, authors, progress)
    return _noted(found, span.note) if span.note else found


def _compared_under(
    policy: PolicyFile, trees: Trees, mode: Mode | None, authors: Sequence[str] | None, progress: Progress | None
) -> Comparison:
    """The same as if that file were the policy on all sides: what a branch changes in its own is left out."""
    base, head, tip = (policy.laid_over(files) for files in (trees.base, trees.head, trees.tip))
    try:
        return compare_files(
            replace(trees, base=base, head=head, tip=tip), mode=mode, authors=authors, progress=progress
        )
    except BadFile as error:
        raise policy.named(error) from None


def compare_commits(
    repository: GitRepository, base: str, head: str, *, mode: Mode | None = None, progress: Progress | None = None
) -> Comparison:
    """Two revisions of a repository as a pull request is compared: from the merge base, readers from the base's tip."""
    return compare_span(repository, span_of(repository, base, head), mode=mode, progress=progress)


def compare_folders(
    old: Path,
    new: Path,
    *,
    mode: Mode | None = None,
    dialect: str = "",
    authors: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Two folders, each holding one dbt project or several; the policy is the old folder's.

    Raises BadFile where one of them holds no project, or cannot be read.
    """
    before, after = files_in(old, is_wanted), files_in(new, is_wanted)
    old_name, new_name = str(old.resolve()), str(new.resolve())
    require_project(old_name, before)
    require_project(new_name, after)
    trees = Trees(before, after, before, f"{old_name}/", f"{new_name}/")
    return compare_files(trees, mode=mode, dialect=dialect, authors=authors, progress=progress)


@dataclass(frozen=True, slots=True)
class Trees:
    """The three trees that are compared; the places are what stands before a file's path in an error.

    ``artifacts`` are what dbt made of them.
    """

    base: Files
    head: Files
    tip: Files
    tip_place: str = ""
    head_place: str = ""
    artifacts: SideArtifacts = SideArtifacts()


def compare_files(
    trees: Trees,
    *,
    mode: Mode | None = None,
    dialect: str = "",
    authors: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Three trees compared under the tip's policy; every name is a team. Raises BadFile as ``compare_span``."""
    policy, error = policy_of(trees.tip)
    if own := policy_failure(error, trees.tip, trees.head, has_changes=False):
        raise placed(own, trees.head_place)
    policy = policy if mode is None else replace(policy, compatibility=mode)
    if dialect:
        folders = sorted({*projects_in(trees.base), *projects_in(trees.head)})
        policy = replace(policy, projects=tuple(ProjectHint(folder, dialect) for folder in folders))
    of_base, of_head = trees.artifacts.base, trees.artifacts.head
    request = AnalysisRequest(trees.base, trees.head, trees.tip, policy, of_base, of_head)
    analysis = analyse(request, progress=progress)
    if failed := policy_failure(error, trees.tip, trees.head, has_changes=bool(analysis.changes)):
        advice = "nothing can be judged under it: mend it there first, with a change that does nothing else"
        raise placed(failed, trees.tip_place, advice)
    found = _assessed(analysis, policy, authors)
    if error is not None:
        found = _noted(found, f"The policy is broken ({placed(error, trees.tip_place).where}), and this mends it.")
    for note in _strangers(analysis, authors or ()):
        found = _noted(found, note)
    return found


def compare_contracts(
    old: ContractSet,
    new: ContractSet,
    *,
    mode: Mode | None = None,
    authors: Sequence[str] | None = None,
    notes: Sequence[str] = (),
) -> Comparison:
    """Two states that were read already, under the default policy; every name is a team."""
    policy = Policy() if mode is None else replace(Policy(), compatibility=mode)
    analysis = analyse_contracts(old, new, policy)
    found = _assessed(analysis, policy, authors)
    for note in (*_strangers(analysis, authors or ()), *reversed(notes)):
        found = _noted(found, note)
    return found


def directory_for(analysis: Analysis, authors: Sequence[str] | None) -> TeamDirectory:
    """Every name is a team; the author is in those that are given, perhaps none, or (None) in whichever owns it."""
    directory = everything_named(analysis)
    if authors is None:
        return directory
    ids = frozenset(named_team(name).id for name in authors)
    return replace(directory, author_teams=ids, owner_is_author=False)


def _assessed(analysis: Analysis, policy: Policy, authors: Sequence[str] | None) -> Comparison:
    directory = directory_for(analysis, authors)
    assessment = assess(analysis, directory, policy)
    assumed = _assumed(assessment, analysis, directory, policy) if authors is None else ()
    return Comparison(analysis, assessment, policy, assumed)


def _assumed(assessment: Assessment, analysis: Analysis, directory: TeamDirectory, policy: Policy) -> tuple[str, ...]:
    """The teams that must agree to more if the author is in none of them."""
    strict = assess(analysis, replace(directory, owner_is_author=False), policy)
    more = (team for team, changes in strict.required.items() if changes - assessment.required.get(team, frozenset()))
    return tuple(sorted(strict.teams[team].name for team in more))


def _strangers(analysis: Analysis, authors: Sequence[str]) -> list[str]:
    """A line for each of the author's teams of which nobody has heard: it was mistyped, or changes nothing."""
    known = {team.name for team in everything_named(analysis).teams.values()}
    lines = []
    for name in (named_team(one).name for one in authors):
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f' (did you mean "{near[0]}"?)' if near else ""
            lines.append(f'No owner or reader here is called "{name}"{hint}.')
    return lines


def _noted(found: Comparison, note: str) -> Comparison:
    return replace(found, analysis=replace(found.analysis, notes=(note, *found.analysis.notes)))
