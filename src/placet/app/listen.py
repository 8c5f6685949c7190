"""Listening: what people said about a pull request, judged with their rights looked up fresh, and written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from placet.app.bench import Bench, Rights, Ruling, named_team, shown_to
from placet.app.case import Case
from placet.app.directory import Directories, teams_by_id
from placet.app.hearing import ALTERED_LINES, RERUN_BUTTON, Attempt, attempts, strangers_since_named
from placet.app.plan import CHECK, COMMENTS, MENDED, check_name, check_subject, is_quiet
from placet.app.ports import AuditEntry, Clock, Forge, Records, Store
from placet.app.ruling import ANSWERS, lookup_for, ruled
from placet.app.snapshot import Pull, Utterance
from placet.app.texts import Identity, owed_for, scene_of
from placet.policy.model import Policy
from placet.proposals.model import Act, Ledger, Posted, Refusal, Source, SourceKind, Verb
from placet.proposals.schedule import ASKING
from placet.proposals.teams import TeamDirectory


class Listener:
    """Takes in what was said since the last time; each word is judged once, and what is owed for it is kept with it."""

    def __init__(self, forge: Forge, store: Store, directories: Directories, clock: Clock, identity: Identity) -> None:
        self._forge = forge
        self._directories = directories
        self._store = store
        self._clock = clock
        self._identity = identity

    async def answer_questions(self, case: Case, ledger: Ledger, heard: Sequence[Utterance]) -> Ledger:
        """The ledger with what only asks, or was not understood, answered; everything else waits."""
        tried = attempts(heard, (), ledger, self._identity.app_id)
        questions = [one for one in tried if one.verb is None]
        return await self._judge(case, ledger, questions) if questions else ledger

    async def hear(self, case: Case, ledger: Ledger, heard: Sequence[Utterance], listed: Sequence[Utterance]) -> Ledger:
        """The ledger with everything that was said: as deliveries told it, and as it stands there now."""
        pull = case.pull
        ledger = await self._altered(pull, ledger, heard)
        tried = attempts(heard, listed, ledger, self._identity.app_id)
        if tried:
            ledger = await self._judge(case, ledger, tried)
        again = strangers_since_named(heard, ledger, self._identity.app_id)
        return await self._judge(case, ledger, again, is_again=True) if again else ledger

    async def _judge(self, case: Case, ledger: Ledger, tried: Sequence[Attempt], *, is_again: bool = False) -> Ledger:
        """Rule on each attempt and write it down; what was refused before is told nothing but that it counts now."""
        pull = case.pull
        case = await self._with_all_who_were_asked(case, ledger, tried)
        force = await self._forcers(case, tried)
        rulings: list[tuple[Attempt, Ruling]] = []
        acts: tuple[Act, ...] = ()
        for attempt in tried:
            bench = self._bench(case, replace(ledger, acts=(*ledger.acts, *acts)), force)
            ruling = ruled(attempt, await self._rights(pull, attempt, bench), bench)
            acts += ruling.acts
            if ruling.acts or not is_again:
                rulings.append((attempt, ruling))
        after = case.decided(replace(ledger, acts=(*ledger.acts, *acts)))
        records = Records(
            acts=acts,
            refusals=tuple(Refusal(one.source, ruling.refusal) for one, ruling in rulings if not ruling.acts),
            posted=owed_for(rulings, after, scene_of(pull, ledger, self._identity, case.now)),
            removed=_to_write_again(pull, tried),
            audit=tuple(self._audit(pull, act) for act in acts),
        )
        return await self._store.record(pull.repository.id, pull.number, records, self._clock.now())

    async def _with_all_who_were_asked(self, case: Case, ledger: Ledger, tried: Sequence[Attempt]) -> Case:
        """The case with those teams besides that had been asked what people answer to now.

        Meanwhile a push may have dropped what they were asked about; pushed back, their answers count again.
        """
        known = {team.id for team in case.directory.teams.values()}
        shown = [shown_to(one.utterance, ledger.publications) for one in tried]
        people = {one.person.id for one in tried}
        spoken_for = {act.team for act in ledger.acts if act.team and act.actor.id in people}
        missing = sorted({team for one in shown if one is not None for team in one.shown} | spoken_for - known)
        missing = [team for team in missing if team not in known]
        if not missing:
            return case
        single = {part for team in missing for part in team.removeprefix("any:").split("+")}
        names = sorted({one for one in single if one.startswith("team:")} | {named_team(one) for one in tried} - {""})
        pull = case.pull
        found = await self._directories.named(pull.repository, pull.author, names, case.policy)
        teams = {**found.teams, **teams_by_id(missing, case.policy, found), **case.directory.teams}
        gone = case.directory.unanswerable | found.unanswerable
        return replace(case, directory=replace(case.directory, teams=teams, unanswerable=gone))

    async def _altered(self, pull: Pull, ledger: Ledger, heard: Sequence[Utterance]) -> Ledger:
        """Note, once each, where somebody else edited or deleted a comment that had given an answer: it stands."""
        answers = {(act.source.kind, act.source.id) for act in ledger.acts}
        found = [
            (one, Source(one.kind, one.id, ALTERED_LINES[one.deed]))
            for one in heard
            if one.deed in ALTERED_LINES and one.by.id != one.author.id and (one.kind, one.id) in answers
        ]
        new = {source: one for one, source in found if source not in ledger.answered}
        mended = self._to_mend(ledger, heard)
        if not new and not mended:
            return ledger
        subject = f"{pull.repository.id}#{pull.number}"
        records = Records(
            refusals=tuple(Refusal(source, f"{one.deed}_by:{one.by.login}") for source, one in new.items()),
            posted=mended,
            audit=tuple(
                AuditEntry(
                    f"comment.{one.deed}",
                    subject,
                    one.by.login,
                    one.at,
                    {"author": one.author.login, "source": f"{one.kind}:{one.id}", "body": one.body},
                )
                for one in new.values()
            ),
        )
        return await self._store.record(pull.repository.id, pull.number, records, self._clock.now())

    def _to_mend(self, ledger: Ledger, heard: Sequence[Utterance]) -> tuple[Posted, ...]:
        """Comments of ours that a person edited or deleted: what stands there is not what we wrote any more."""
        ours = {one.remote_id: one for one in ledger.posted if one.remote_id and one.kind in COMMENTS}
        found: list[Posted] = []
        for one in heard:
            if one.app_id != self._identity.app_id or one.deed not in ALTERED_LINES or one.id not in ours:
                continue
            mark = Posted(MENDED, f"{one.id}:{one.deed}:{one.at:%Y%m%dT%H%M%S}", 0, "")
            if ledger.standing_at(mark.kind, mark.subject) is None:
                found += [mark, replace(ours[one.id], digest="")]
        return tuple(found)

    def _bench(self, case: Case, ledger: Ledger, force: TeamDirectory) -> Bench:
        verdict = case.decided(ledger)
        assessment = verdict.assessment
        is_asking = verdict.state in ASKING and not is_quiet(case.pull, ledger)
        return Bench(
            author=case.pull.author,
            policy=case.policy,
            assessment=assessment,
            directory=case.directory,
            publications=ledger.publications,
            acts=ledger.acts,
            now=case.now,
            authors=case.authors,
            open_teams=tuple(row.team.id for row in verdict.open_rows) if is_asking else (),
            closed_at=None if case.pull.is_open else case.pull.closed_at,
            teams={team.id: team for team in case.directory.teams.values()} | dict(assessment.teams),
            force=tuple({team.id: team for team in force.teams.values()}.values()),
            can_force=any(not force.is_unanswerable(team) for team in force.teams.values()),
            stewards={key: facts.steward for key, facts in (case.analysis.assets or {}).items() if facts.steward},
        )

    async def _forcers(self, case: Case, tried: Sequence[Attempt]) -> TeamDirectory:
        """Whom the organisation's policy lists, where somebody forces, or a team cannot answer for itself.

        Looked up without the names that the repository's own policy gives: it must not say who these are.
        """
        is_needed = bool(case.directory.unanswerable) or any(one.verb is Verb.FORCE for one in tried)
        if not case.policy.force or not is_needed:
            return TeamDirectory({})
        rules = Policy(approvals=case.policy.approvals)
        return await self._directories.named(case.pull.repository, case.pull.author, case.policy.force, rules)

    async def _rights(self, pull: Pull, attempt: Attempt, bench: Bench) -> Rights:
        """What the person may just now: looked up for this attempt, never remembered."""
        lookup = lookup_for(attempt, bench)
        member_of = {
            team.id for team in lookup.teams if await self._forge.is_member(pull.repository, team, attempt.person)
        }
        unanswerable = [team for team in lookup.teams if bench.directory.is_unanswerable(team)]
        if unanswerable and attempt.verb in ANSWERS and await self._stands_in(pull, attempt, bench):
            member_of |= {team.id for team in unanswerable}
        can_write = lookup.write and await self._forge.can_write(pull.repository, attempt.person)
        named = await self._forge.person(pull.repository, lookup.login) if lookup.login else None
        return Rights(frozenset(member_of), can_write, named)

    async def _stands_in(self, pull: Pull, attempt: Attempt, bench: Bench) -> bool:
        """Whether the person answers for teams nobody of which may: whoever may force, else the repository's admins."""
        if not bench.can_force:
            return await self._forge.is_admin(pull.repository, attempt.person)
        return any([await self._forge.is_member(pull.repository, team, attempt.person) for team in bench.force])

    def _audit(self, pull: Pull, act: Act) -> AuditEntry:
        facts: dict[str, object] = {
            "team": act.team,
            "fingerprints": sorted(act.fingerprints),
            "source": f"{act.source.kind}:{act.source.id}:{act.source.line}",
            "note": act.note,
            **({} if act.until is None else {"until": act.until.isoformat()}),
            **act.arguments,
        }
        return AuditEntry(f"act.{act.verb}", f"{pull.repository.id}#{pull.number}", act.actor.login, act.at, facts)


def _to_write_again(pull: Pull, tried: Sequence[Attempt]) -> tuple[tuple[str, str], ...]:
    """What stands and has to be written again all the same.

    GitHub's own "Re-run" sets the suite back to queued: only writing the run again ends it.
    """
    if not any(one.utterance.body == RERUN_BUTTON for one in tried if one.utterance.kind is SourceKind.BUTTON):
        return ()
    name = check_name(pull.base_ref, pull.repository.default_branch)
    return ((CHECK, check_subject(pull.head_sha, name)),)
