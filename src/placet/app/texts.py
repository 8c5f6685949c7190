"""What there is to say about a verdict: the scene for the renderings, and what people are owed for what they said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from placet.app.actions import CheckContent
from placet.app.bench import Ruling
from placet.app.hearing import Attempt
from placet.app.plan import (
    HELP,
    OWED,
    REACTION,
    REPLY,
    STATUS,
    STICKY,
    WHY,
    Texts,
    check_name,
    is_agreement_news,
    reminder_token,
)
from placet.app.snapshot import Pull
from placet.proposals.model import Ledger, Posted
from placet.proposals.schedule import Reminder, reminders_due
from placet.proposals.verdict import Verdict, approve_token
from placet.render.check import check_text
from placet.render.comment import sticky
from placet.render.model import Scene
from placet.render.pings import agreed, ping, reminder
from placet.render.replies import Reply, ReplyCode, reply, reply_marker

_KINDS = {ReplyCode.STATUS: STATUS, ReplyCode.WHY: WHY, ReplyCode.HELP: HELP}
_REACTIONS = ("confused", "-1", "+1")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are on the forge: our app's id, and the forge's root for people."""

    app_id: int
    web_url: str


def texts_for(pull: Pull, verdict: Verdict, ledger: Ledger, scene: Scene) -> Texts:
    """Everything that an open pull request shows."""
    shown = check_text(verdict, scene)
    content = CheckContent(
        name=check_name(pull.base_ref, pull.repository.default_branch),
        external_id=f"{pull.repository.id}:{pull.number}",
        status="in_progress" if verdict.conclusion is None else "completed",
        conclusion=None if verdict.conclusion is None else verdict.conclusion.value,
        title=shown.title,
        summary=shown.summary,
        text=shown.text,
        annotations=shown.annotations,
        buttons=shown.buttons,
        details_url=scene.proposal_url,
        completed_at=scene.now,
    )
    pings = {
        row.team.id: ping(
            f"<!-- placet:ping={row.team.id}:{approve_token(row.answer.missing)} -->", row, verdict, scene
        )
        for row in verdict.open_rows
    }
    reminders = reminders_due(verdict, ledger, scene.now)
    return Texts(
        check=content,
        sticky=sticky(verdict, scene) if ledger.state is not None else "",
        at=scene.now,
        pings=pings,
        reminder=_reminder(reminders, verdict, scene) if reminders else "",
        reminders=reminders,
        agreed=_agreed(pull, verdict, scene) if is_agreement_news(verdict, ledger) else "",
    )


def _reminder(reminders: Sequence[Reminder], verdict: Verdict, scene: Scene) -> str:
    return reminder(f"<!-- placet:reminder={reminder_token(reminders)} -->", reminders, verdict, scene)


def _agreed(pull: Pull, verdict: Verdict, scene: Scene) -> str:
    token = approve_token({one.change.fingerprint for one in verdict.assessment.gated})
    return agreed(f"<!-- placet:agreed={token} -->", pull.author, verdict, scene) if pull.author.is_user else ""


def closing_texts(verdict: Verdict, ledger: Ledger, scene: Scene) -> Texts:
    """What a closed pull request shows: its comment's last words, where it has one; its check stays as it was."""
    has_comment = ledger.standing_at(STICKY, str(scene.number)) is not None
    return Texts(None, sticky(verdict, scene) if has_comment else "", scene.now)


def scene_of(pull: Pull, ledger: Ledger, identity: Identity, now: datetime) -> Scene:
    """Where a verdict on that pull request is shown."""
    return Scene(
        repository=pull.repository.full_name,
        number=pull.number,
        title=pull.title,
        base_ref=pull.base_ref,
        base_sha=pull.base_tip,
        head_sha=pull.head_sha,
        now=now,
        web_url=identity.web_url,
        proposal_id=ledger.proposal_id,
        migration=migration_section(pull.body),
        closing="" if pull.is_open else "merged" if pull.is_merged else "withdrawn",
    )


def owed_for(rulings: Sequence[tuple[Attempt, Ruling]], verdict: Verdict, scene: Scene) -> tuple[Posted, ...]:
    """What people are owed for what they said: one reply and one reaction a comment, however many lines it has."""
    owed: list[Posted] = []
    for subject, group in _by_comment(rulings).items():
        replies = [ruling.reply for _, ruling in group if ruling.reply is not None]
        if replies:
            first = group[0][0]
            body = reply(reply_marker(first.source), first.person.login, replies, verdict, scene)
            owed.append(Posted(OWED + _kind(replies), subject, 0, body))
        reactions = {ruling.reaction for _, ruling in group}
        reaction = next((one for one in _REACTIONS if one in reactions), "")
        if reaction:
            owed.append(Posted(OWED + REACTION, subject, 0, reaction))
    return tuple(owed)


def _by_comment(rulings: Sequence[tuple[Attempt, Ruling]]) -> dict[str, list[tuple[Attempt, Ruling]]]:
    groups: dict[str, list[tuple[Attempt, Ruling]]] = {}
    for attempt, ruling in rulings:
        groups.setdefault(f"{attempt.source.kind}:{attempt.source.id}", []).append((attempt, ruling))
    return groups


def _kind(replies: Sequence[Reply]) -> str:
    codes = {one.code for one in replies}
    return _KINDS[codes.pop()] if len(codes) == 1 and codes <= _KINDS.keys() else REPLY


def migration_section(body: str) -> str:
    """The section "Migration" of a pull request's description, as written; empty if there is none."""
    lines = body.replace("\r\n", "\n").split("\n")
    for number, line in enumerate(lines):
        marks = line.split(" ", 1)[0]
        if marks and set(marks) == {"#"} and line[len(marks) :].strip().lower() == "migration":
            rest = lines[number + 1 :]
            end = next((at for at, other in enumerate(rest) if _is_heading(other, len(marks))), len(rest))
            return "\n".join(rest[:end]).strip()
    return ""


def _is_heading(line: str, level: int) -> bool:
    marks = line.split(" ", 1)[0]
    return bool(marks) and set(marks) == {"#"} and len(marks) <= level
