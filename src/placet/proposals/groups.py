"""A group in the merge queue: each gated change must be one that some open pull request has had agreed. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from placet.errors import BadFile
from placet.policy.model import Rollout
from placet.proposals.assess import AssessedChange, Assessment
from placet.proposals.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A gated change of the group that holds it up.

    ``number`` is the pull request in which it is not agreed yet, None where no open one has it. ``teams`` are those
    whose reader another pull request of the group brings, by name.
    """

    change: AssessedChange
    number: int | None
    teams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupVerdict:
    """What the check on a group says: what holds it up, and by which pull requests the rest is covered."""

    assessment: Assessment
    uncovered: tuple[Uncovered, ...] = ()
    covered_by: tuple[int, ...] = ()
    policy_error: BadFile | None = None
    rollout: Rollout = Rollout.GATE

    @property
    def is_green(self) -> bool:
        """Whether the group may be merged; a policy error is red however far the rollout is."""
        if self.policy_error is not None:
            return False
        return not self.uncovered or self.rollout is not Rollout.GATE


# By pull request and fingerprint: the names of teams that could not be asked there.
NewReaders = Mapping[int, Mapping[str, tuple[str, ...]]]


def judged_group(
    assessment: Assessment, verdicts: Mapping[int, Verdict], new_readers: NewReaders, rollout: Rollout
) -> GroupVerdict:
    """The verdict on a group, by what its pull requests (and all others that are open on its base) have come to.

    ``new_readers``: teams that a change reaches in the group only, since another pull request of it brings the reader:
    what was agreed to did not concern them.
    """
    uncovered: list[Uncovered] = []
    covered_by: set[int] = set()
    for one in assessment.gated:
        fingerprint = one.change.fingerprint
        having = [number for number, verdict in sorted(verdicts.items()) if _in(verdict, one) is not None]
        agreed = [number for number in having if _needs_nobody(one, verdicts[number])]
        whole = [number for number in agreed if not new_readers.get(number, {}).get(fingerprint)]
        if whole:
            covered_by.add(whole[0])
        elif agreed:
            uncovered.append(Uncovered(one, agreed[0], new_readers[agreed[0]][fingerprint]))
        else:
            uncovered.append(Uncovered(one, having[0] if having else None))
    return GroupVerdict(assessment, tuple(uncovered), tuple(sorted(covered_by)), rollout=rollout)


def _needs_nobody(one: AssessedChange, verdict: Verdict) -> bool:
    """Whether in that pull request nobody has to do anything about the change any more."""
    theirs = _in(verdict, one)
    if theirs is None or verdict.policy_error is not None:
        return False
    forced = frozenset[str]().union(*(act.fingerprints for act in verdict.force))
    if one.change.fingerprint in forced or not theirs.gated:
        return True
    if theirs.needs_person or theirs.owner_unknown or not theirs.change.asset:
        return False
    return not any(one.change.fingerprint in row.answer.missing for row in verdict.rows)


def _in(verdict: Verdict, one: AssessedChange) -> AssessedChange | None:
    changes: Sequence[AssessedChange] = verdict.assessment.changes
    return next((each for each in changes if each.change.fingerprint == one.change.fingerprint), None)
