"""Every text besides a verdict's own check and comment that is kept as a file, each made of what really leads to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from fakes import golden
from fakes.verdict_cases import APPROVALS, CASES, undecided
from fakes.verdicts import (
    ADDED,
    DROP,
    Story,
    act,
    change,
    key,
    person,
    reach,
    scene,
    team,
    three_teams,
    unreadable_file,
)
from placet.commands.catalogue import Name
from placet.commands.grammar import Misunderstood, parse
from placet.commands.help import details, overview
from placet.errors import BadFile
from placet.policy.model import Approvals, OnDeadline, Overruled, Policy, Rollout
from placet.proposals.assess import Assessment
from placet.proposals.groups import GroupVerdict, NewReaders, judged_group
from placet.proposals.model import Ledger, Occasion, Refusal, Source, SourceKind, Team, TeamKind, Verb
from placet.proposals.schedule import Reminder
from placet.proposals.teams import TeamDirectory
from placet.proposals.verdict import TeamRow, Verdict
from placet.render.check import check_text
from placet.render.group import GroupScene, group_text
from placet.render.model import CheckText, Scene
from placet.render.notes import notes_on
from placet.render.pings import agreed, ping, reminder, unasked
from placet.render.replies import Reply, ReplyCode, reply, reply_marker
from placet.vocabulary.files import Location


@dataclass(frozen=True)
class Told:
    """A text, and whom it means to mention: nobody else may be."""

    text: str
    mentions: tuple[str, ...] = ()


_MARKER = reply_marker(Source(SourceKind.COMMENT, 1234567890))
_PENDING = CASES["pending"].verdict
_UNDECIDED = undecided().verdict()
_ABOUT = "dim_customers.user_email"
_DIGITS = DROP.fingerprint[:12]


def _said(code: ReplyCode, verdict: Verdict = _PENDING, shown: Scene | None = None, **facts: object) -> Told:
    """The reply to one command of sam-o's."""
    return Told(
        reply(_MARKER, "sam-o", [Reply(code, facts)], verdict, shown or scene(force=("@acme/data-governance",)))
    )


def _misread(body: str) -> Told:
    """The reply to a line that the grammar does not understand."""
    return Told(reply(_MARKER, "sam-o", [_misreading(body)], _PENDING, scene()))


def _misreading(body: str) -> Reply:
    line = parse(body)[0]
    if not isinstance(line, Misunderstood):
        raise TypeError(f"{body!r} is understood")
    facts = {"text": line.text, "why": line.why, "suggestion": line.suggestion}
    return Reply(ReplyCode.NOT_UNDERSTOOD, facts)


def _several() -> Told:
    lines = [
        Reply(ReplyCode.NOT_A_MEMBER, {"verb": "approve", "team": "growth", "teams": ("growth",)}),
        _misreading("/placet wait until the release"),
        Reply(ReplyCode.STATUS),
    ]
    return Told(reply(_MARKER, "sam-o", lines, _PENDING, scene()))


def _in_a_review() -> Told:
    marker = reply_marker(Source(SourceKind.REVIEW, 987654321))
    done = Reply(ReplyCode.RECORDED, {"verb": "needs_time", "teams": ("crm",)})
    return Told(reply(marker, "sam-o", [done], _PENDING, scene()))


def _forced_reply() -> Told:
    case = CASES["forced"]
    lines = [Reply(ReplyCode.FORCED, {"verb": "force", "reason": "PII leak, SEC-811"})]
    return Told(reply(_MARKER, "dana-k", lines, case.verdict, case.scene))


def _forced_over_all() -> Told:
    """Forced after all had agreed, since a file could not be read."""
    broken = unreadable_file("models/marts/_models.yml", "not valid YAML")
    force = act(Verb.FORCE, "dana-k", [broken], day=21, note="the file is mended in the next pull request")
    story = three_teams(acts=(*APPROVALS, force))
    verdict = replace(story, changes=(*story.changes, broken)).verdict()
    lines = [Reply(ReplyCode.FORCED, {"verb": "force", "reason": force.note})]
    return Told(reply(_MARKER, "dana-k", lines, verdict, scene()))


def _waived_reply() -> Told:
    case = CASES["waived"]
    facts = {"verb": "waive", "teams": ("crm",), "reason": "the sync was switched off in October"}
    return Told(reply(_MARKER, "carl", [Reply(ReplyCode.WAIVED, facts)], case.verdict, case.scene))


def _why(about: str = "", case: str = "pending") -> Told:
    return _said(ReplyCode.WHY, CASES[case].verdict, about=about)


_REPLIES: Mapping[str, Told] = {
    "not_understood": _misread("/placet aprove"),
    "not_understood_when": _misread("/placet needs-time until the release"),
    "not_understood_two_teams": _misread("/placet approve for crm and growth"),
    "not_understood_reason": _misread("/placet block"),
    "not_a_member": _said(ReplyCode.NOT_A_MEMBER, verb="approve", team="", teams=("crm", "growth", "marketing")),
    "not_a_member_of_the_one": _said(ReplyCode.NOT_A_MEMBER, verb="block", team="growth", teams=("growth",)),
    "not_a_member_assigns": _said(ReplyCode.NOT_A_MEMBER, verb="assign", teams=("crm",)),
    "author": _said(ReplyCode.AUTHOR, verb="approve"),
    "author_needs_time": _said(ReplyCode.AUTHOR, verb="needs_time"),
    "author_classifies": _said(ReplyCode.AUTHOR, _UNDECIDED, verb="classify"),
    "author_waives": _said(ReplyCode.AUTHOR, verb="waive"),
    "author_assigns": _said(ReplyCode.AUTHOR, verb="assign"),
    "bot": _said(ReplyCode.BOT, verb="approve"),
    "bot_forces": _said(ReplyCode.BOT, verb="force"),
    "nothing_published": _said(ReplyCode.NOTHING_PUBLISHED, verb="approve"),
    "nothing_published_waive": _said(ReplyCode.NOTHING_PUBLISHED, verb="waive"),
    "nothing_asked": _said(ReplyCode.NOTHING_ASKED, CASES["compatible"].verdict, verb="approve"),
    "nothing_asked_force": _said(ReplyCode.NOTHING_ASKED, CASES["not_applicable"].verdict, verb="force"),
    "team_not_asked": _said(
        ReplyCode.TEAM_NOT_ASKED, verb="approve", team="crmm", teams=("crm", "growth", "marketing")
    ),
    "team_not_asked_one": _said(ReplyCode.TEAM_NOT_ASKED, verb="waive", team="growth", teams=("crm",)),
    "team_not_asked_assigns": _said(ReplyCode.TEAM_NOT_ASKED, verb="assign", team="growth", teams=("crm",)),
    "holds_another_team": _said(ReplyCode.HOLDS_ANOTHER_TEAM, verb="approve", teams=("crm",)),
    "say_for_whom": _said(ReplyCode.SAY_FOR_WHOM, verb="needs_time", teams=("crm", "growth")),
    "stale_button": _said(ReplyCode.STALE_BUTTON, verb="approve"),
    "no_such_change": _said(ReplyCode.NO_SUCH_CHANGE, _UNDECIDED, verb="classify", change="mart_churns"),
    "no_such_change_at_all": _said(
        ReplyCode.NO_SUCH_CHANGE, CASES["compatible"].verdict, verb="classify", change="dim_customers"
    ),
    "not_the_owner": _said(ReplyCode.NOT_THE_OWNER, _UNDECIDED, verb="classify", change="mart_churn", team="growth"),
    "not_the_owner_nobody": _said(ReplyCode.NOT_THE_OWNER, _UNDECIDED, verb="classify", change="mart_churn", team=""),
    "cannot_classify_file": _said(
        ReplyCode.CANNOT_CLASSIFY_FILE, CASES["unreadable_file"].verdict, verb="classify", change="8f0da8ab70bc"
    ),
    "readers_are_known": _said(ReplyCode.READERS_ARE_KNOWN, verb="classify", change=_ABOUT),
    "in_the_past": _said(ReplyCode.IN_THE_PAST, verb="needs_time", until="2026-11-14"),
    "in_the_past_deadline": _said(ReplyCode.IN_THE_PAST, verb="deadline", until="2026-11-14"),
    "too_long": _said(ReplyCode.TOO_LONG, verb="needs_time", until="2027-03-01", longest="2026-12-21"),
    "too_soon": _said(ReplyCode.TOO_SOON, verb="remind", again="2026-11-22 09:30 UTC"),
    "no_such_person": _said(ReplyCode.NO_SUCH_PERSON, verb="assign", person="priya-nn"),
    "author_as_delegate": _said(ReplyCode.AUTHOR_AS_DELEGATE, verb="assign", person="jo-k"),
    "not_the_steward": _said(ReplyCode.NOT_THE_STEWARD, verb="waive", team="crm", stewards=("carl", "core")),
    "not_the_steward_nobody": _said(ReplyCode.NOT_THE_STEWARD, verb="waive", team="crm", stewards=()),
    "not_the_runner": _said(ReplyCode.NOT_THE_RUNNER, verb="deadline", teams=("core",)),
    "not_the_runner_unowned": _said(ReplyCode.NOT_THE_RUNNER, verb="remind", teams=()),
    "nobody_forces": _said(ReplyCode.NOBODY_FORCES, shown=scene(), verb="force"),
    "may_not_force": _said(ReplyCode.MAY_NOT_FORCE, verb="force", teams=("@acme/data-governance", "@acme/security")),
    "closed_merged": _said(ReplyCode.CLOSED, CASES["merged"].verdict, CASES["merged"].scene, verb="approve"),
    "closed": _said(ReplyCode.CLOSED, CASES["withdrawn"].verdict, CASES["withdrawn"].scene, verb="approve"),
    "forced": _forced_reply(),
    "forced_though_all_agreed": _forced_over_all(),
    "waived": _waived_reply(),
    "recorded": _in_a_review(),
    "several_lines": _several(),
    "status": _said(ReplyCode.STATUS),
    "status_approved": _said(ReplyCode.STATUS, CASES["approved"].verdict),
    "status_nothing": _said(ReplyCode.STATUS, CASES["not_applicable"].verdict),
    "status_needs_analysis": _said(ReplyCode.STATUS, _UNDECIDED),
    "why": _why(),
    "why_nobody": _why(case="compatible"),
    "why_team": _why("@acme/crm"),
    "why_team_adapted": _why("growth", "adapted"),
    "why_declared_use": _why("crm", "declared_use"),
    "why_asset": _why("dim_customers"),
    "why_reader": _why("mart_churn"),
    "why_not_asked": _why("mart_same", "adapted"),
    "why_unknown": _why("crmm"),
    "why_unknown_nobody": _why("crm", "not_applicable"),
    "help": _said(ReplyCode.HELP, lines=overview()),
    "help_needs_time": _said(ReplyCode.HELP, lines=details(Name.NEEDS_TIME)),
}


_LISTED = Team("list:growth", "growth", TeamKind.LIST, members=("li-wei", "jo-k"))
_EITHER = Team("any:crm+growth", "crm or growth", TeamKind.ANY_OF, parts=(team("crm"), team("growth")))
_NAMELESS = Team("name:ops", "ops")
_NO_ACCESS = "acme/crm has no access to acme/shop"


def _unasked(*failed: tuple[Team, str], mentions: tuple[str, ...]) -> Told:
    return Told(unasked("<!-- placet:unasked=0a1b2c3d4e5f -->", failed), mentions)


def _pushed(which: int = 0) -> Told:
    case = CASES["new_push"]
    row = case.verdict.rows[which]
    marker = f"<!-- placet:ping={row.team.id}:0a1b2c3d4e5f -->"
    return Told(ping(marker, row, case.verdict, case.scene), (f"@{row.team.slug}",))


def _reminded(
    verdict: Verdict, *occasions: tuple[str, Occasion], shown: Scene | None = None, mentions: tuple[str, ...] = ()
) -> Told:
    """The reminder of these teams; they are mentioned, and ``mentions`` besides."""
    due = [Reminder(_row(verdict, name), occasion, occasion.value) for name, occasion in occasions]
    text = reminder("<!-- placet:reminder=0a1b2c3d4e5f -->", due, verdict, shown or scene())
    return Told(text, (*(f"@acme/{name}" for name, _ in occasions), *mentions))


def _row(verdict: Verdict, name: str) -> TeamRow:
    return next(row for row in verdict.rows if row.team.name == name)


def _past_the_deadline() -> Verdict:
    """marketing's time is up, crm's answer is past a deadline that was moved for marketing, growth was asked late."""
    due = act(Verb.DEADLINE, "dana-k", [], day=18, until=date(2026, 11, 20))
    later = act(Verb.NEEDS_TIME, "priya-n", [DROP], of="marketing", day=18, until=date(2026, 11, 20))
    policy = Policy(approvals=Approvals(on_deadline=OnDeadline.ASK))
    return three_teams(acts=(later, due), policy=policy).verdict()


def _all_agreed(verdict: Verdict) -> Told:
    return Told(agreed("<!-- placet:agreed=0a1b2c3d4e5f -->", person("jo-k"), verdict, scene()), ("@jo-k",))


_WAITING = three_teams().verdict()
_LATE = _past_the_deadline()
_TIME_IS_UP = CASES["time_is_up"].verdict
_GOVERNED = scene(force=("@acme/data-governance", "@acme/security"))
_PINGS: Mapping[str, Told] = {
    "unasked": _unasked((team("crm"), _NO_ACCESS), mentions=("@acme/crm",)),
    "unasked_several": _unasked(
        (team("crm"), _NO_ACCESS),
        (_LISTED, "li-wei could not be asked: Review cannot be requested from pull request author."),
        (_NAMELESS, "ops is neither a team nor a person on GitHub"),
        mentions=("@acme/crm", "@li-wei", "@jo-k"),
    ),
    "unasked_any_of": _unasked(
        (_EITHER, "GitHub did not take the request to crm or growth"), mentions=("@acme/crm", "@acme/growth")
    ),
    "unasked_nobody_to_tell": _unasked((_NAMELESS, "ops is neither a team nor a person on GitHub"), mentions=()),
    "pushed": _pushed(),
    "reminder": _reminded(_WAITING, ("crm", Occasion.REMINDER)),
    "reminder_called": _reminded(_WAITING, ("crm", Occasion.CALLED)),
    "reminder_time_is_up": _reminded(_TIME_IS_UP, ("marketing", Occasion.TIME_IS_UP)),
    "reminder_deadline": _reminded(_LATE, ("crm", Occasion.DEADLINE)),
    "reminder_deadline_soon": _reminded(_TIME_IS_UP, ("crm", Occasion.REMINDER)),
    "reminder_several": _reminded(
        _LATE,
        ("crm", Occasion.DEADLINE),
        ("growth", Occasion.CALLED),
        ("marketing", Occasion.TIME_IS_UP),
        shown=_GOVERNED,
        mentions=("@acme/data-governance", "@acme/security"),
    ),
    "agreed": _all_agreed(CASES["approved"].verdict),
    "agreed_one_waived": _all_agreed(
        three_teams(acts=(*APPROVALS[:2], act(Verb.WAIVE, "carl", [DROP], of="crm", day=21, note="gone"))).verdict()
    ),
    "agreed_by_one": _all_agreed(
        Story(
            changes=(DROP,),
            reaches=(reach(DROP, "mart_churn.email_domain"),),
            owners={key("mart_churn"): "growth"},
            acts=APPROVALS[:1],
        ).verdict()
    ),
}


_PHONE = change("dim_customers.phone", message="column phone removed", before={"type": "varchar"}, line=18)
_AGREED = three_teams(acts=APPROVALS).verdict()
_QUEUE = GroupScene("acme/shop", "main", "https://github.com")


def _grouped(
    story: Story,
    verdicts: Mapping[int, Verdict],
    new_readers: NewReaders | None = None,
    rollout: Rollout = Rollout.GATE,
) -> GroupVerdict:
    return judged_group(story.verdict().assessment, verdicts, new_readers or {}, rollout)


def _two_changes() -> Story:
    story = three_teams()
    whole = reach(_PHONE, "mart_customer_360.phone")
    return replace(story, changes=(*story.changes, _PHONE), reaches=(*story.reaches, whole))


def _phone_agreed() -> Verdict:
    story = _two_changes()
    agreed_to = act(Verb.APPROVE, "sam-o", [_PHONE], of="crm", day=21)
    reaches = tuple(one for one in story.reaches if one.change == _PHONE.fingerprint)
    return replace(story, changes=(_PHONE,), reaches=reaches, acts=(agreed_to,)).verdict()


_NEW_READER = {12: {DROP.fingerprint: ("finance",)}}
_GROUP_VERDICTS: Mapping[str, GroupVerdict] = {
    "agreed": _grouped(three_teams(), {12: _AGREED}),
    "agreed_in_two": _grouped(_two_changes(), {12: _AGREED, 15: _phone_agreed()}),
    "in_no_pull_request": _grouped(three_teams(), {}),
    "not_agreed": _grouped(three_teams(), {12: _WAITING}),
    "new_reader": _grouped(three_teams(), {12: _AGREED}, _NEW_READER),
    "some_agreed": _grouped(_two_changes(), {12: _WAITING, 15: _phone_agreed()}),
    "both_not_agreed": _grouped(_two_changes(), {12: _WAITING}),
    "nothing_to_ask": _grouped(Story(changes=(ADDED,)), {}),
    "no_contract_change": _grouped(Story(), {}),
    "policy_error": GroupVerdict(
        Assessment((), {}, {}, {}),
        policy_error=BadFile('no team "crmm" in acme', path=".github/placet.yml", line=12, hint='did you mean "crm"?'),
    ),
    "only_watching": _grouped(three_teams(), {12: _WAITING}, rollout=Rollout.OBSERVE),
    "only_asking": _grouped(three_teams(), {12: _WAITING}, rollout=Rollout.ASK),
}


def _notes() -> Scene:
    """Everything besides the changes that can apply to a pull request, at once."""
    locked = Overruled("approvals.on_deadline", Location(".github/placet.yml", 9))
    directory = TeamDirectory({}, renamed={"@acme/crm-old": "acme/crm"}, deleted=frozenset({"@acme/analytics"}))
    altered = tuple(
        Refusal(Source(SourceKind.COMMENT, 1000 + day, 1), code)
        for day, code in ((20, "edited_by:dana-k"), (21, "deleted_by:dana-k"))
    )
    ledger = Ledger(acts=APPROVALS[:2], refusals=altered)
    return scene(notes=notes_on(Policy(overruled=(locked,)), directory, ledger))


_CHECKS: Mapping[str, CheckText] = {
    **{f"groups/{name}": group_text(verdict, _QUEUE) for name, verdict in _GROUP_VERDICTS.items()},
    "checks/quiet": check_text(three_teams(acts=(), asked=False).verdict(), scene(is_quiet=True)),
    "checks/impostor": check_text(_WAITING, scene(impostor="green-maker[bot]")),
    "checks/notes": check_text(_WAITING, _notes()),
}

TOLD: Mapping[str, Told] = {
    **{f"replies/{name}.md": one for name, one in _REPLIES.items()},
    **{f"pings/{name}.md": one for name, one in _PINGS.items()},
    **{f"{name}/title.txt": Told(one.title) for name, one in _CHECKS.items()},
    **{f"{name}/check.md": Told(golden.page(one)) for name, one in _CHECKS.items()},
}
