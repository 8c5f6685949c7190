"""Reading one pull request: its rules, its three trees, and what comparing them gives."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import TypeAdapter

from placet.app.plan import check_name
from placet.app.ports import Analyser, Clock, Forge, Store
from placet.app.snapshot import Pull, Repository
from placet.app.trees import governs, has_something_to_govern, is_wanted, policy_failure, policy_of
from placet.errors import BadFile, Unavailable
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


class Reader:
    """Reads pull requests and branches through the ports, and remembers analyses by what they were made from."""

    def __init__(self, forge: Forge, store: Store, analyser: Analyser, clock: Clock) -> None:
        self._forge = forge
        self._store = store
        self._analyser = analyser
        self._clock = clock

    async def pull(self, pull: Pull) -> Reading:
        """Everything that the files say about an open pull request; a tree beyond all measure fails the check."""
        try:
            return await self._pull(pull)
        except BadFile as problem:
            return Reading(governed=True, policy_error=problem)

    async def _pull(self, pull: Pull) -> Reading:
        tip = await self.files(pull.repository, pull.base_tip)
        head = await self.files(pull.repository, pull.head_sha)
        if not (has_something_to_govern(tip) or has_something_to_govern(head)) and not await self._is_demanded(pull):
            return Reading(governed=False)
        organisation = await self.organisation(pull.repository)
        policy, error = policy_of(tip, organisation, pull.repository.owner)
        if not governs(policy, pull.base_ref, pull.repository.default_branch):
            return Reading(governed=False)
        merge_base = await self._forge.merge_base(pull.repository, pull.base_tip, pull.head_sha)
        base = tip if merge_base in (None, pull.base_tip) else await self.files(pull.repository, merge_base or "")
        request = AnalysisRequest(base, head, tip, policy, organisation=organisation)
        key = request_key(request)
        try:
            analysis = await self.analysis(request, key)
        except BadFile as problem:
            return Reading(governed=True, policy=policy, policy_error=problem, cache_key=key, tip=tip)
        return Reading(
            governed=True,
            policy=policy,
            policy_error=policy_failure(error, tip, head, has_changes=bool(analysis.changes)),
            analysis=analysis,
            cache_key=key,
            base_sha=merge_base or pull.base_tip,
            tip=tip,
        )

    async def _is_demanded(self, pull: Pull) -> bool:
        """Whether the branch's rules demand our check: one that never comes would hold up the merge for ever."""
        name = check_name(pull.base_ref, pull.repository.default_branch)
        return await self._forge.requires_check(pull.repository, pull.base_ref, name)

    async def policy(self, repository: Repository, files: Files) -> tuple[Policy, BadFile | None]:
        """The policy of one of the repository's trees; where it is broken, the defaults and the error."""
        return policy_of(files, await self.organisation(repository), repository.owner)

    async def organisation(self, repository: Repository) -> bytes | None:
        """The organisation's policy file; where it cannot be read just now, as it was read last."""
        owner = repository.owner_id
        try:
            found = await self._forge.organisation_file(repository)
        except Unavailable:
            known = await self._store.remembered_organisation(owner)
            if known is None:
                raise
            return known.data
        known = await self._store.remembered_organisation(owner)
        if not found.is_seen:
            return None if known is None else known.data
        if known is None or known.data != found.data:
            await self._store.remember_organisation(owner, found.data, self._clock.now())
        return found.data

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
