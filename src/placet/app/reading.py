"""Reading one pull request: its rules, its three trees, and what comparing them gives."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import TypeAdapter

from placet.app.organisation import Organisations
from placet.app.patience import AT_ONCE, Tell, patiently
from placet.app.plan import check_name
from placet.app.ports import Analyser, Clock, Forge, Store
from placet.app.snapshot import Pull, Repository
from placet.app.trees import governs, has_something_to_govern, is_wanted, policy_failure, policy_of
from placet.errors import BadFile
from placet.impact.analysis import Analysis, AnalysisRequest
from placet.impact.engine import ENGINE_VERSION
from placet.policy.model import Policy
from placet.vocabulary.canonical import digest_of
from placet.vocabulary.files import Files

_ANALYSIS = TypeAdapter(Analysis)


@dataclass(frozen=True)
class Reading:
    """What was read of a pull request. ``cache_key`` finds the analysis again; ``policy_error`` fails the check.

    ``governed`` is false where Placet must be silent: another base, or a repository without anything to govern.
    """

    governed: bool
    policy: Policy = field(default_factory=Policy)
    policy_error: BadFile | None = None
    analysis: Analysis = field(default_factory=Analysis)
    cache_key: str = ""
    base_sha: str = ""
    tip: Files = field(default_factory=Files)
    organisation: bytes | None = None


class Reader:
    """Reads pull requests and branches through the ports, and remembers analyses by what they were made from."""

    def __init__(self, forge: Forge, store: Store, analyser: Analyser, clock: Clock) -> None:
        self._forge = forge
        self._store = store
        self._analyser = analyser
        self._clock = clock
        self.organisations = Organisations(forge, store, clock)
        self.wait = AT_ONCE

    async def pull(self, pull: Pull, tell: Tell | None = None) -> Reading:
        """Everything that the files say about an open pull request; a tree beyond all measure fails the check.

        ``tell`` is called where comparing takes long, or goes wrong.
        """
        return await self.compared(pull.repository, pull.base_ref, tip=pull.base_tip, head=pull.head_sha, tell=tell)

    async def compared(
        self, repository: Repository, base_ref: str, *, tip: str, head: str, tell: Tell | None = None
    ) -> Reading:
        """Everything that the files say about a commit that is to go onto a branch; see ``pull``."""
        try:
            return await self._compared(repository, base_ref, tip, head, tell)
        except BadFile as problem:
            return Reading(governed=True, policy_error=problem)

    async def _compared(
        self, repository: Repository, base_ref: str, tip_sha: str, head_sha: str, tell: Tell | None
    ) -> Reading:
        tip = await self.files(repository, tip_sha)
        head = await self.files(repository, head_sha)
        is_ours = has_something_to_govern(tip) or has_something_to_govern(head)
        if not is_ours and not await self._is_demanded(repository, base_ref):
            return Reading(governed=False)
        organisation = await self.organisations.file(repository)
        policy, error = policy_of(tip, organisation, repository.owner)
        if not governs(policy, base_ref, repository.default_branch):
            return Reading(governed=False)
        merge_base = await self._forge.merge_base(repository, tip_sha, head_sha)
        base = tip if merge_base in (None, tip_sha) else await self.files(repository, merge_base or "")
        request = AnalysisRequest(base, head, tip, policy, organisation=organisation)
        key = request_key(request)
        try:
            analysis = await patiently(self.analysis(request, key), tell, self.wait)
        except BadFile as problem:
            return Reading(governed=True, policy=policy, policy_error=problem, cache_key=key, tip=tip)
        return Reading(
            governed=True,
            policy=policy,
            policy_error=policy_failure(error, tip, head, has_changes=bool(analysis.changes)),
            analysis=analysis,
            cache_key=key,
            base_sha=merge_base or tip_sha,
            tip=tip,
            organisation=organisation,
        )

    async def _is_demanded(self, repository: Repository, branch: str) -> bool:
        """Whether the branch's rules demand our check: one that never comes would hold up the merge for ever."""
        return await self._forge.requires_check(repository, branch, check_name(branch, repository.default_branch))

    async def policy(self, repository: Repository, files: Files) -> tuple[Policy, BadFile | None]:
        """The policy of one of the repository's trees; where it is broken, the defaults and the error."""
        return policy_of(files, await self.organisations.file(repository), repository.owner)

    async def files(self, repository: Repository, commit: str) -> Files:
        """A commit's files, with the content of those that Placet reads."""
        return await self._forge.files(repository, commit, is_wanted)

    async def analysis(self, request: AnalysisRequest, key: str) -> Analysis:
        """The analysis of these very files under these very rules; made once, then remembered."""
        if request.base == request.head:
            return Analysis()
        kept = await self.remembered(key)
        if kept is not None:
            return kept
        analysis = await self._analyser.analyse(request)
        await self._store.keep("analysis", key, _ANALYSIS.dump_json(analysis), self._clock.now())
        return analysis

    async def remembered(self, key: str) -> Analysis | None:
        """An analysis that was made before, if it is still there."""
        kept = await self._store.cached("analysis", key)
        return None if kept is None else _ANALYSIS.validate_json(kept)


def request_key(request: AnalysisRequest) -> str:
    """The digest of everything that an analysis is made from."""
    trees = [
        [[path, file.sha, file.problem] for path, file in files.items() if is_wanted(path)]
        for files in (request.base, request.head, request.tip)
    ]
    return digest_of([ENGINE_VERSION, trees, repr(request.policy), repr(request.organisation)])
