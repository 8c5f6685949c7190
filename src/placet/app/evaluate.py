"""The evaluation of one pull request: read, listen, decide, and say what differs from what stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from placet.app.actions import CheckContent, SetCheck
from placet.app.apply import Writer
from placet.app.case import Case, case_of
from placet.app.directory import Directories, unknown_team
from placet.app.group import MergeGroup, MergeQueue
from placet.app.hearing import attempts
from placet.app.listen import Listener
from placet.app.patience import Waiting
from placet.app.plan import (
    CHECK,
    LISTED,
    REVIEW_REQUEST,
    check_name,
    check_subject,
    end_mark,
    is_at_its_end,
    is_quiet,
    plan,
    quiet_mark,
    rows_to_ask,
)
from placet.app.ports import Analyser, AuditEntry, Clock, Done, Forge, PublishedVersion, Records, Store
from placet.app.reading import Reader, Reading
from placet.app.shown import ANALYSIS, last_analysis
from placet.app.snapshot import DirtyKind, Pull, Repository, Utterance, WorkKey
from placet.app.texts import Identity, closing_texts, scene_of, texts_for
from placet.app.trees import governed_digest, governs
from placet.app.versions import Publisher, proposed_versions
from placet.errors import Unavailable
from placet.impact.analysis import Analysis
from placet.policy.model import Policy, Rollout
from placet.proposals.decide import broken_policy, worst
from placet.proposals.model import Ask, Ledger, Posted, ProposalState, Publication, SourceKind
from placet.proposals.schedule import next_look
from placet.proposals.transitions import TRANSITIONS, is_final, steps_between
from placet.proposals.verdict import CheckState, Conclusion, Verdict
from placet.render.check import shared_summary
from placet.render.model import Scene, Version
from placet.render.notes import notes_on

# How long the API may lag behind a delivery before what it shows is taken as it is (5-github, "Webhooks").
MAX_LAG = timedelta(minutes=1)
LAG_PAUSE = timedelta(seconds=2)

# From these a proposal that turns out to have been agreed when it was merged passes through approved.
_UNDECIDED = frozenset({ProposalState.PENDING, ProposalState.REJECTED, ProposalState.EXPIRED})


class Evaluator:
    """Brings what a key names up to date; what it does depends on nothing but what forge and store hold."""

    def __init__(self, forge: Forge, store: Store, analyser: Analyser, clock: Clock, identity: Identity) -> None:
        self._forge = forge
        self._store = store
        self._clock = clock
        self._identity = identity
        self._reader = Reader(forge, store, analyser, clock)
        self._directories = Directories(forge, store)
        self._publisher = Publisher(self._reader, self._directories, store, clock)
        self._queue = MergeQueue(forge, store, self._reader, self._directories, clock, identity)
        self._listener = Listener(forge, store, self._directories, clock, identity)
        self._writer = Writer(forge, store, clock, identity.app_id)
        self._waiting = Waiting(store, self._writer, clock, identity)

    async def run(self, key: WorkKey) -> Done:
        """Bring up to date what the key names. Raises Unavailable where it must be tried again."""
        if key.kind in (DirtyKind.PULL, DirtyKind.BRANCH, DirtyKind.GROUP):
            repository = await self._repository(int(key.parts[0]))
            if repository is None:
                return Done()
            if key.kind is DirtyKind.PULL:
                return await self.pull(repository, int(key.parts[1]))
            if key.kind is DirtyKind.BRANCH:
                return await self.branch(repository, key.parts[1])
            await self._queue.evaluate(repository, MergeGroup.of(key))
        if key.kind is DirtyKind.TEAM:
            keys = [WorkKey.pull(repository, number) for repository, number in await self._store.open_proposals()]
            await self._store.mark(keys, self._clock.now())
        elif key.kind is DirtyKind.INSTALLATION:
            repositories = await self._forge.repositories()
            await self._store.save_repositories(repositories)
            keys = [WorkKey.branch(one.id, one.default_branch) for one in repositories]
            for owner in {one.owner_id: one for one in repositories}.values():
                before = await self._store.remembered_organisation(owner.owner_id)
                after = await self._reader.organisations.refreshed(owner)
                if before is not None and before.data != after:
                    keys += [key for one in repositories for key in await self._open_keys(one, owner.owner_id)]
            await self._store.mark(keys, self._clock.now())
        return Done()

    async def _open_keys(self, repository: Repository, owner_id: int) -> list[WorkKey]:
        """The keys of a repository's open pull requests, where it is that owner's."""
        if repository.owner_id != owner_id:
            return []
        return [WorkKey.pull(repository.id, number) for number in await self._forge.open_pulls(repository)]

    async def _repository(self, repository_id: int) -> Repository | None:
        """The repository; one that nobody has heard of is looked for among those that we are installed on."""
        known = await self._store.repository(repository_id)
        if known is None:
            await self._store.save_repositories(await self._forge.repositories())
            known = await self._store.repository(repository_id)
        return known

    async def pull(self, repository: Repository, number: int) -> Done:
        """Evaluate one pull request."""
        pull = await self._forge.pull(repository, number)
        if pull is None:
            return Done()
        await self._refuse_what_is_older_than_a_delivery(pull)
        ledger = await self._store.ledger(repository.id, number)
        if not pull.is_open:
            await self._closed(pull, ledger)
            return Done()
        # A run that is cut off at its limit leaves no word: the next one sees how long nothing has got on.
        await self._waiting.give_up(pull, ledger)
        return Done(await self._open(pull, ledger))

    async def branch(self, repository: Repository, ref: str) -> Done:
        """Publish a branch that moved, and look again at every open pull request to it."""
        if ref != repository.default_branch and not await self._store.last_versions(repository.id, ref):
            # Nothing was ever governed there; a pull request to it is evaluated on its own account.
            return Done()
        tip = await self._forge.branch_tip(repository, ref)
        if tip is not None:
            await self._publish(repository, ref, tip)
        numbers = await self._forge.open_pulls(repository, ref)
        await self._store.mark([WorkKey.pull(repository.id, number) for number in numbers], self._clock.now())
        return Done()

    async def _publish(self, repository: Repository, ref: str, tip: str) -> Sequence[PublishedVersion]:
        policy, _ = await self._reader.policy(repository, await self._reader.files(repository, tip))
        if not governs(policy, ref, repository.default_branch):
            return ()
        return await self._publisher.publish(repository, ref, tip)

    async def _refuse_what_is_older_than_a_delivery(self, pull: Pull) -> None:
        hint = await self._store.head_hint(pull.repository.id, pull.number)
        now = self._clock.now()
        head, at = hint or ("", None)
        if head == pull.head_sha:
            return
        # Within one second nobody can tell which of two heads is the newer; what was delivered is no older.
        if at is None or pull.updated_at > at or now - at >= MAX_LAG:
            await self._store.saw_head(pull.repository.id, pull.number, pull.head_sha, pull.updated_at)
        else:
            raise Unavailable(
                f"pull request {pull.number} is shown as it was before its last push",
                until=now + LAG_PAUSE,
                code="stale_read",
            )

    async def _open(self, pull: Pull, ledger: Ledger) -> datetime | None:
        """Evaluate an open pull request; when to look again without being told."""
        reading = await self._reader.pull(pull, partial(self._waiting.tell, pull, ledger))
        if not reading.governed:
            # Placet is silent here; what was asked on another base is asked no more.
            await self._move(pull, ledger, ProposalState.WITHDRAWN if ledger.state else None, "no longer governed")
            return None
        standing = await self._store.last_versions(pull.repository.id, pull.base_ref)
        standing = standing or await self._publisher.publish(pull.repository, pull.base_ref, pull.base_tip)
        case = await self._case(pull, reading.analysis, reading.policy)
        heard = await self._store.heard(pull.repository.id, pull.number)
        is_listed = ledger.standing_at(LISTED, str(pull.number)) is not None
        listed = () if is_listed else await self._forge.utterances(pull)
        error = reading.policy_error or unknown_team(reading.policy, reading.analysis, case.directory)
        if error is not None:
            # Nobody is judged under rules that cannot be read: what was said waits until they can.
            ledger = await self._listener.answer_questions(case, ledger, heard)
            verdict = broken_policy(error, ledger)
        else:
            ledger = await self._listener.hear(case, ledger, heard, listed)
            verdict = case.decided(ledger)
        ledger = await self._move(
            pull, ledger, verdict.proposal, verdict.state, is_forced=verdict.state is CheckState.FORCED
        )
        if verdict.conclusion is Conclusion.SUCCESS:
            await self._look_once_more(pull, reading)
        versions = proposed_versions(reading.analysis, standing)
        scene = replace(
            self._scene(case, ledger, reading, versions),
            impostor=self._impostor(pull, heard),
            is_quiet=is_quiet(pull, ledger),
        )
        shown = verdict if error is not None else case.decided(_as_asked(case, verdict, ledger))
        texts = texts_for(pull, shown, ledger, scene)
        texts = replace(texts, check=await self._shared_check(case, reading, shown, ledger, versions) or texts.check)
        actions = plan(pull, verdict, texts, ledger, reading.policy.rollout)
        await self._writer.apply(pull, [one for one in actions if isinstance(one, SetCheck)])
        await self._tell_twins(pull, texts.check)
        await self._shown(pull, reading, verdict, ledger, was_listed=is_listed)
        others = [one for one in actions if not isinstance(one, SetCheck)]
        await self._writer.apply(pull, others, None if is_listed else listed)
        if is_quiet(pull, ledger):
            return None
        after = await self._store.ledger(pull.repository.id, pull.number)
        return next_look(case.decided(after), after, case.now) if error is None else None

    async def _tell_twins(self, pull: Pull, content: CheckContent | None) -> None:
        """Write down for every pull request of this commit what its check says now, whoever wrote it."""
        twins = await self._store.pulls_at(pull.repository.id, pull.head_sha)
        if content is None or len(twins) < 2:  # noqa: PLR2004 - one has no twin
            return
        subject = check_subject(pull.head_sha, content.name)
        stands = (await self._store.ledger(pull.repository.id, pull.number)).standing_at(CHECK, subject)
        for number in twins:
            theirs = (await self._store.ledger(pull.repository.id, number)).standing_at(CHECK, subject)
            if stands is not None and theirs is not None and theirs != stands:
                await self._store.record(pull.repository.id, number, Records(posted=(stands,)), self._clock.now())

    async def _case(self, pull: Pull, analysis: Analysis, policy: Policy) -> Case:
        return await case_of(self._forge, self._store, self._directories, pull, analysis, policy, self._clock.now())

    def _impostor(self, pull: Pull, heard: Sequence[Utterance]) -> str:
        """The name of another app that posted a check in our name on this head; empty where none did."""
        name = check_name(pull.base_ref, pull.repository.default_branch)
        others = [one for one in heard if one.kind is SourceKind.CHECK and one.app_id != self._identity.app_id]
        here = [one.author.login for one in others if (one.commit_id, one.body) == (pull.head_sha, name)]
        return here[-1] if here else ""

    def _scene(self, case: Case, ledger: Ledger, reading: Reading, versions: Mapping[str, Version]) -> Scene:
        return replace(
            scene_of(case.pull, ledger, self._identity, case.now),
            base_sha=reading.base_sha or case.pull.base_tip,
            versions=versions,
            force=case.policy.force,
            mode=case.policy.compatibility,
            notes=notes_on(case.policy, case.directory, ledger),
        )

    async def _shared_check(
        self, case: Case, reading: Reading, verdict: Verdict, ledger: Ledger, versions: Mapping[str, Version]
    ) -> CheckContent | None:
        """What the check says where other pull requests have the same head and base: the worst of their verdicts.

        A check belongs to a commit, so it is theirs as well. None where there is no other.
        """
        pull = case.pull
        numbers = await self._store.pulls_at(pull.repository.id, pull.head_sha)
        found = {pull.number: (case, verdict, ledger)}
        for number in numbers:
            other = await self._forge.pull(pull.repository, number) if number != pull.number else None
            here = (pull.head_sha, pull.base_ref, True)
            if other is not None and (other.head_sha, other.base_ref, other.is_open) == here:
                theirs = await self._store.ledger(pull.repository.id, number)
                its_case = await self._case(other, reading.analysis, reading.policy)
                is_broken = verdict.policy_error is not None
                found[number] = (its_case, verdict if is_broken else its_case.decided(theirs), theirs)
        if len(found) == 1:
            return None
        pulls = [found[number] for number in sorted(found)]
        scenes = [self._scene(its_case, theirs, reading, versions) for its_case, _, theirs in pulls]
        verdicts = [one for _, one, _ in pulls]
        place = worst(verdicts)
        shown, _, its_ledger = pulls[place]
        content = texts_for(shown.pull, verdicts[place], its_ledger, scenes[place]).check
        if content is None:
            return None
        # A press could not say for which of them it is meant.
        buttons = tuple(one for one in content.buttons if one.identifier == "recheck")
        return replace(content, summary=shared_summary(list(zip(verdicts, scenes, strict=True))), buttons=buttons)

    async def _shown(self, pull: Pull, reading: Reading, verdict: Verdict, ledger: Ledger, *, was_listed: bool) -> None:
        """Write down what the check shows from now on: only to that can anybody answer.

        After the check was written, never before: what nobody could see, nobody can have agreed to.
        """
        if verdict.policy_error is not None:
            return
        everything = frozenset(one.change.fingerprint for one in verdict.assessment.gated)
        publication = Publication(pull.head_sha, pull.base_ref, self._clock.now(), verdict.shown, everything)
        last = ledger.publications[-1] if ledger.publications else None
        known = ledger.standing_at(ANALYSIS, str(pull.number))
        is_new = ledger.state is not None and (last is None or _content(last) != _content(publication))
        number = str(pull.number)
        posted = (
            []
            if known is not None and known.digest == reading.cache_key
            else [Posted(ANALYSIS, number, 0, reading.cache_key)]
        )
        if not was_listed:
            # What a sweep doubts while this was under way stays in doubt.
            posted.append(Posted(LISTED, number, 0, ""))
        quiet = quiet_mark(pull, ledger)
        if quiet is not None and ledger.standing_at(quiet.kind, quiet.subject) != quiet:
            posted.append(quiet)
        if not is_new and not posted:
            return
        records = Records(publication=publication if is_new else None, posted=tuple(posted))
        await self._store.record(pull.repository.id, pull.number, records, self._clock.now())

    async def _move(
        self, pull: Pull, ledger: Ledger, state: ProposalState | None, why: str, *, is_forced: bool = False
    ) -> Ledger:
        """Take the proposal to its state, by the ways of the one table, each step in the audit trail."""
        if state is None or is_final(ledger.state):
            return ledger
        for step in steps_between(ledger.state, state):
            facts: dict[str, object] = {
                "from": ledger.state.value if ledger.state else None,
                "to": step.value,
                "rule": TRANSITIONS[ledger.state][step],
                "because": why,
                "head": pull.head_sha,
            }
            subject = f"{pull.repository.id}#{pull.number}"
            entry = AuditEntry("proposal.moved", subject, "placet", self._clock.now(), facts)
            records = Records(state=step, audit=(entry,))
            ledger = await self._store.record(pull.repository.id, pull.number, records, self._clock.now())
        if ledger.forced != is_forced and not is_final(ledger.state):
            records = Records(forced=is_forced)
            ledger = await self._store.record(pull.repository.id, pull.number, records, self._clock.now())
        return ledger

    async def _look_once_more(self, pull: Pull, reading: Reading) -> None:
        """Before success is written: nothing that decides, at the head or at the base's tip, may have moved."""
        now = await self._forge.pull(pull.repository, pull.number)
        if now is None or (now.head_sha, now.base_ref, now.is_open) != (pull.head_sha, pull.base_ref, True):
            raise Unavailable("the pull request moved while it was read", until=self._clock.now(), code="moved")
        if now.base_tip != pull.base_tip:
            tip = await self._reader.files(pull.repository, now.base_tip)
            if governed_digest(tip) != governed_digest(reading.tip):
                raise Unavailable("the base moved while it was read", until=self._clock.now(), code="moved")

    async def _closed(self, pull: Pull, ledger: Ledger) -> None:
        """The end: merged contracts are published, what was asked is asked no more, the comment says so."""
        heard = await self._store.heard(pull.repository.id, pull.number)
        if is_at_its_end(pull, ledger) and not attempts(heard, (), ledger, self._identity.app_id):
            return
        standing: Sequence[PublishedVersion] = ()
        if pull.is_merged:
            standing = await self._publish(pull.repository, pull.base_ref, pull.base_tip)
        if not any(one.kind == CHECK for one in ledger.posted):
            # Placet has never said anything here.
            return
        analysis = await last_analysis(self._reader, pull.number, ledger)
        tip = await self._reader.files(pull.repository, pull.base_tip)
        policy, _ = await self._reader.policy(pull.repository, tip)
        case = await self._case(pull, analysis, policy)
        # What was said before the end counts, however late it is heard; what comes after it is answered, too.
        ledger = await self._listener.hear(case, ledger, heard, await self._forge.utterances(pull))
        verdict = case.decided(ledger)
        is_green = verdict.conclusion is Conclusion.SUCCESS
        why = "merged around the check" if pull.is_merged and not is_green else "closed"
        if pull.is_merged and is_green and ledger.state in _UNDECIDED:
            ledger = await self._move(pull, ledger, ProposalState.APPROVED, verdict.state, is_forced=ledger.forced)
        ledger = await self._move(pull, ledger, verdict.proposal, why, is_forced=ledger.forced)
        published = {one.asset: Version("", one.version) for one in standing}
        scene = replace(
            scene_of(pull, ledger, self._identity, self._clock.now()),
            versions={step.asset: published[step.asset] for step in analysis.versions if step.asset in published},
        )
        texts = closing_texts(verdict, ledger, scene)
        await self._writer.apply(pull, plan(pull, verdict, texts, ledger, Rollout.GATE))
        await self._store.record(pull.repository.id, pull.number, Records(posted=(end_mark(pull),)), case.now)
        # A check belongs to a commit: what this one made of it may be better without it.
        twins = await self._store.pulls_at(pull.repository.id, pull.head_sha)
        others = [WorkKey.pull(pull.repository.id, number) for number in twins if number != pull.number]
        await self._store.mark(others, case.now)


def _as_asked(case: Case, verdict: Verdict, ledger: Ledger) -> Ledger:
    """The ledger as it will be once those are asked who are to be: what is shown now says so already."""
    if case.policy.rollout is Rollout.OBSERVE or is_quiet(case.pull, ledger):
        return ledger
    rows = rows_to_ask(case.pull, verdict, ledger)
    asks = tuple(Ask(row.team.id, row.answer.missing, case.now, REVIEW_REQUEST) for row in rows)
    return replace(ledger, asks=(*ledger.asks, *asks))


def _content(publication: Publication) -> tuple[object, ...]:
    return publication.head, publication.base, dict(publication.shown), publication.everything
