"""The check on a group of the merge queue: evaluated like a pull request, never waved through."""

from __future__ import annotations

from dataclasses import dataclass

from placet.app.actions import CheckContent
from placet.app.case import Case, case_of
from placet.app.directory import NOBODY, Directories, unknown_team
from placet.app.plan import check_name
from placet.app.ports import AuditEntry, Clock, Forge, Records, Store
from placet.app.reading import Reader, Reading, request_key
from placet.app.shown import last_analysis
from placet.app.snapshot import Repository, WorkKey
from placet.app.texts import Identity
from placet.app.trees import is_wanted
from placet.impact.analysis import Analysis, AnalysisRequest
from placet.proposals.assess import Assessment, assess
from placet.proposals.groups import GroupVerdict, judged_group
from placet.proposals.verdict import Verdict
from placet.render.group import GroupScene, group_text
from placet.vocabulary.files import Files


@dataclass(frozen=True, slots=True)
class MergeGroup:
    """Pull requests that the queue tries together: the commit that it made of them, and what it made that upon."""

    head_sha: str
    base_sha: str
    base_ref: str

    @classmethod
    def of(cls, key: WorkKey) -> MergeGroup:
        """The group that a key names."""
        head, base, ref = key.parts[1].split(":", 2)
        return cls(head, base, ref)


@dataclass(frozen=True)
class _Together:
    """What the changes of a group reach among the files that the group brings (``others``)."""

    assessment: Assessment
    analysis: Analysis
    head: Files
    others: frozenset[str]

    def is_foreign(self, asset: str, own: Files) -> bool:
        """Whether the reader stands in a file that the group brings, and otherwise than this pull request has it."""
        facts = (self.analysis.assets or {}).get(asset)
        path = "" if facts is None else facts.location.path
        there, here = self.head.get(path), own.get(path)
        return path in self.others and (there and there.sha) != (here and here.sha)


class MergeQueue:
    """Judges groups by the verdicts of the pull requests that are open on their base."""

    def __init__(
        self, forge: Forge, store: Store, reader: Reader, directories: Directories, clock: Clock, identity: Identity
    ) -> None:
        self._forge = forge
        self._store = store
        self._reader = reader
        self._directories = directories
        self._clock = clock
        self._identity = identity

    async def evaluate(self, repository: Repository, group: MergeGroup) -> None:
        """Post the group's check. The same again writes the same again: GitHub asks once, and waits for it."""
        reading = await self._reader.compared(repository, group.base_ref, tip=group.base_sha, head=group.head_sha)
        if not reading.governed:
            return
        if reading.policy_error is not None:
            verdict = GroupVerdict(Assessment((), {}, {}, {}), policy_error=reading.policy_error)
        else:
            verdict = await self._judged(repository, group, reading)
        await self._post(repository, group, verdict)

    async def _judged(self, repository: Repository, group: MergeGroup, reading: Reading) -> GroupVerdict:
        directory = await self._directories.of(repository, NOBODY, reading.analysis, reading.policy)
        error = unknown_team(reading.policy, reading.analysis, directory)
        if error is not None:
            return GroupVerdict(Assessment((), {}, {}, {}), policy_error=error)
        assessment = assess(reading.analysis, directory, reading.policy)
        wanted = frozenset(one.change.fingerprint for one in assessment.gated)
        cases = await self._cases(repository, group, wanted) if wanted else {}
        verdicts = {number: verdict for number, (_, verdict) in cases.items()}
        together = await self._together(repository, group, reading, assessment) if cases else None
        new = {
            number: _unasked(assessment, verdict) | await self._new_readers(repository, case, verdict, together)
            for number, (case, verdict) in cases.items()
        }
        return judged_group(assessment, verdicts, new, reading.policy.rollout)

    async def _cases(
        self, repository: Repository, group: MergeGroup, wanted: frozenset[str]
    ) -> dict[int, tuple[Case, Verdict]]:
        """The open pull requests onto the same base that have any of those changes, each with its verdict."""
        tip = await self._forge.branch_tip(repository, group.base_ref) or group.base_sha
        policy, error = await self._reader.policy(repository, await self._reader.files(repository, tip))
        found: dict[int, tuple[Case, Verdict]] = {}
        for number in await self._forge.open_pulls(repository, group.base_ref) if error is None else ():
            ledger = await self._store.ledger(repository.id, number)
            analysis = await last_analysis(self._reader, number, ledger)
            if not any(change.fingerprint in wanted for change in analysis.changes):
                continue
            pull = await self._forge.pull(repository, number)
            if pull is not None and pull.base_ref == group.base_ref:
                case = await case_of(
                    self._forge, self._store, self._directories, pull, analysis, policy, self._clock.now()
                )
                found[number] = (case, case.decided(ledger))
        return found

    async def _together(
        self, repository: Repository, group: MergeGroup, reading: Reading, assessment: Assessment
    ) -> _Together | None:
        """The same changes as if all else that the group brings had stood on the base: who then reads what goes.

        A reader that one pull request brings, of what another one drops, reads nothing where both are in.
        """
        head = await self._reader.files(repository, group.head_sha)
        facts = reading.analysis.assets or {}
        gated = {one.change.location.path for one in assessment.gated}
        gated |= {facts[one.change.asset].location.path for one in assessment.gated if one.change.asset in facts}
        others = [path for path in head.changed_from(reading.tip) if is_wanted(path) and path not in gated]
        if not others:
            return None
        tip = reading.tip.overlaid(head, others)
        request = AnalysisRequest(tip, head, tip, reading.policy, organisation=reading.organisation)
        analysis = await self._reader.analysis(request, request_key(request))
        directory = await self._directories.of(repository, NOBODY, analysis, reading.policy)
        return _Together(assess(analysis, directory, reading.policy), analysis, head, frozenset(others))

    async def _new_readers(
        self, repository: Repository, case: Case, verdict: Verdict, together: _Together | None
    ) -> dict[str, tuple[str, ...]]:
        """By fingerprint, the teams of readers that this pull request itself does not bring and did not know of."""
        if together is None:
            return {}
        own = await self._reader.files(repository, case.pull.head_sha)
        known = _known(verdict)
        found: dict[str, tuple[str, ...]] = {}
        for one in together.assessment.gated:
            teams = {
                each.team.id: each.team.name
                for each in one.reaches
                if each.team is not None and each.exemption is None and together.is_foreign(each.reach.asset, own)
            }
            new = [name for team, name in sorted(teams.items()) if team not in known.get(one.change.fingerprint, set())]
            if new:
                found[one.change.fingerprint] = tuple(new)
        return found

    async def _post(self, repository: Repository, group: MergeGroup, verdict: GroupVerdict) -> None:
        now = self._clock.now()
        shown = group_text(verdict, GroupScene(repository.full_name, group.base_ref, self._identity.web_url))
        content = CheckContent(
            name=check_name(group.base_ref, repository.default_branch),
            external_id=f"{repository.id}:group",
            status="completed",
            conclusion="success" if verdict.is_green else "failure",
            title=shown.title,
            summary=shown.summary,
            text=shown.text,
            completed_at=now,
        )
        runs = await self._forge.check_runs(repository, group.head_sha, content.name)
        own = next((run.id for run in runs if run.app_id == self._identity.app_id), None)
        if own is None or not await self._forge.update_check(repository, own, content):
            await self._forge.post_check(repository, group.head_sha, content)
        facts: dict[str, object] = {"sha": group.head_sha, "conclusion": content.conclusion, "title": content.title}
        entry = AuditEntry("group.checked", f"{repository.id}:{group.base_ref}", "placet", now, facts)
        await self._store.record(repository.id, 0, Records(audit=(entry,)), now)


def _known(verdict: Verdict) -> dict[str, set[str]]:
    """By fingerprint, the teams that a pull request's verdict knows to be reached, asked or not."""
    return {
        one.change.fingerprint: {each.team.id for each in one.reaches if each.team} | set(one.teams)
        for one in verdict.assessment.changes
    }


def _unasked(assessment: Assessment, verdict: Verdict) -> dict[str, tuple[str, ...]]:
    """By fingerprint, the teams that must agree to the group as it stands and that the pull request did not know of.

    The group may stand on another group, or on a base that has moved since the pull request was looked at.
    """
    known = _known(verdict)
    found = {
        one.change.fingerprint: tuple(
            assessment.teams[team].name for team in one.teams if team not in known.get(one.change.fingerprint, set())
        )
        for one in assessment.gated
    }
    return {fingerprint: teams for fingerprint, teams in found.items() if teams}
