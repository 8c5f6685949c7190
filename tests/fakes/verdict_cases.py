"""The verdicts whose renderings are kept as files, each with the scene in which it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from fakes.verdicts import (
    ADDED,
    DROP,
    Story,
    act,
    change,
    key,
    reach,
    scene,
    three_teams,
    unread,
    unreadable_file,
)
from placet.errors import BadFile
from placet.impact.analysis import Coverage
from placet.policy.model import Approvals, OnDeadline, Policy, Rollout, Unowned
from placet.proposals.decide import Subject, broken_policy
from placet.proposals.model import Ledger, Publication, Verb
from placet.proposals.verdict import Verdict
from placet.render.model import Scene
from placet.vocabulary.words import Because, How, ReaderState, ReadStatus, Side


@dataclass(frozen=True)
class Case:
    """A verdict and where it is shown."""

    verdict: Verdict
    scene: Scene = field(default_factory=scene)


_INCOMPLETE = Coverage(
    assets=13,
    resolved=11,
    partial=(unread("mart_mix", "the columns of a pivot", status=ReadStatus.PARTIAL, loses_readers=False),),
    unreadable=(unread("stg_legacy", "the macro legacy_cols() is in no installed package"),),
    complete=False,
)
APPROVALS = (
    act(Verb.APPROVE, "li-wei", [DROP], of="growth", day=20),
    act(Verb.APPROVE, "priya-n", [DROP], of="marketing", day=21),
    act(Verb.APPROVE, "sam-o", [DROP], of="crm", day=21),
)
_CHURN = "mart_churn.email_domain"


def _pending() -> Case:
    shown = scene(
        force=("@acme/data-governance",),
        migration="Use `dim_customers.contact_email` instead.\n\n- backfilled on 1 Dec\n- old column gone on 15 Dec",
    )
    return Case(three_teams(coverage=_INCOMPLETE).verdict(), shown)


def _only_time() -> Case:
    later = act(
        Verb.NEEDS_TIME, "priya-n", [DROP], of="marketing", day=21, until=date(2027, 1, 8), note="after the sale"
    )
    return Case(three_teams(acts=(*APPROVALS[:1], APPROVALS[2], later)).verdict())


def _rejected() -> Case:
    block = act(Verb.BLOCK, "priya-n", [DROP], of="marketing", day=21, note="the Braze sync reads it every night")
    return Case(three_teams(acts=(APPROVALS[0], block)).verdict())


def _adapted() -> Case:
    rename = change(before={"type": "varchar"}, renamed_to="email")
    story = Story(
        changes=(rename, change("dim_customers.email", "column_added", after={"type": "varchar"}, side=Side.HEAD)),
        reaches=(
            reach(rename, "mart_churn", state=ReaderState.ADAPTED),
            reach(rename, "mart_orders", how=How.ROWS),
            reach(rename, "mart_orders", "mart_daily", how=How.ROWS, asked=False),
            reach(rename, "mart_same", state=ReaderState.SAME),
        ),
        owners={key("mart_churn"): "growth", key("mart_orders"): "sales", key("mart_same"): "growth"},
    )
    return Case(story.verdict())


def _new_push() -> Case:
    more = change("dim_customers.phone", message="column phone removed", before={"type": "varchar"}, line=18)
    story = three_teams(acts=APPROVALS)
    whole = reach(more, "mart_customer_360.phone")
    return Case(replace(story, changes=(*story.changes, more), reaches=(*story.reaches, whole)).verdict())


def _unread() -> Case:
    return Case(Story(changes=(DROP,)).verdict())


def _same() -> Case:
    return Case(Story(changes=(DROP,), reaches=(reach(DROP, "mart_churn", state=ReaderState.SAME),)).verdict())


def _own_team() -> Case:
    owners = {key("dim_customers"): "growth", key("mart_churn"): "growth"}
    story = Story(
        changes=(DROP,), reaches=(reach(DROP, _CHURN),), owners=owners, author_teams=frozenset({"team:growth"})
    )
    return Case(story.verdict())


def _unowned() -> Case:
    readers = (reach(DROP, _CHURN), reach(DROP, _CHURN, "!dash_churn"))
    return Case(Story(changes=(DROP, ADDED), reaches=readers).verdict())


def _owner_unknown() -> Case:
    policy = Policy(approvals=Approvals(unowned=Unowned.BLOCK))
    return Case(Story(changes=(DROP,), reaches=(reach(DROP, _CHURN),), policy=policy).verdict())


def undecided() -> Story:
    unclear = change(
        "mart_churn",
        "asset_unreadable",
        because=Because.UNDECIDED,
        after={"inputs": "0" * 64},
        message="model mart_churn cannot be worked out: run_query asks the warehouse",
        side=Side.HEAD,
        line=3,
    )
    return Story(changes=(unclear,), owners={key("mart_churn"): "growth"}, coverage=_INCOMPLETE)


def _classified() -> Case:
    story = undecided()
    judged = act(Verb.CLASSIFY, "dana-k", story.changes, judged="safe", note="the pivot keeps its columns")
    return Case(replace(story, acts=(judged,)).verdict())


def _unreadable() -> Case:
    broken = unreadable_file("models/marts/_models.yml", "not valid YAML: mapping values are not allowed here")
    return Case(Story(changes=(broken,), coverage=replace(_INCOMPLETE, partial=())).verdict())


def _policy_error() -> Case:
    error = BadFile('no team "crmm" in acme', path=".github/placet.yml", line=12, hint='did you mean "crm"?')
    return Case(broken_policy(error, Ledger()))


def _compatible() -> Case:
    wider = change(
        "dim_customers.id",
        "type_undeclared",
        before={"type": "int"},
        after={"type": None},
        message="column id is no longer known to be int",
        side=Side.HEAD,
    )
    told = replace(wider, gate=three_teams().changes[1].gate)
    tooling = change("stg_orders", "guarantee_described", message="unique (id): only its severity", side=Side.HEAD)
    return Case(Story(changes=(ADDED, told, tooling)).verdict())


def _declared() -> Case:
    story = Story(
        changes=(DROP,),
        reaches=(reach(DROP, use="crm", purpose="Salesforce sync"),),
        owners={key("dim_customers"): "core"},
        asked=False,
    )
    return Case(story.verdict(), scene(proposal_url="", docs_url="", versions={}))


def _around() -> Case:
    merged = three_teams(acts=APPROVALS[:2], subject=Subject(is_open=False, is_merged=True))
    return Case(merged.verdict(), scene(closing="merged"))


def _merged() -> Case:
    story = three_teams(acts=APPROVALS, subject=Subject(is_open=False, is_merged=True))
    return Case(story.verdict(), scene(closing="merged"))


def _withdrawn() -> Case:
    return Case(three_teams(subject=Subject(is_open=False)).verdict(), scene(closing="withdrawn"))


def _forced() -> Case:
    force = act(Verb.FORCE, "dana-k", [DROP], day=21, note="PII leak, SEC-811")
    block = act(Verb.BLOCK, "priya-n", [DROP], of="marketing", day=20, note="the Braze sync reads it every night")
    shown = scene(force=("@acme/data-governance",))
    return Case(three_teams(acts=(APPROVALS[0], block, force)).verdict(), shown)


def _waived() -> Case:
    waive = act(Verb.WAIVE, "carl", [DROP], of="crm", day=21, note="the sync was switched off in October")
    return Case(three_teams(acts=(APPROVALS[0], waive)).verdict())


def _deadline_passed() -> Case:
    due = act(Verb.DEADLINE, "dana-k", [], day=18, until=date(2026, 11, 20))
    policy = Policy(approvals=Approvals(on_deadline=OnDeadline.BLOCK))
    return Case(three_teams(acts=(*APPROVALS[:2], due), policy=policy).verdict())


def _time_is_up() -> Case:
    due = act(Verb.DEADLINE, "dana-k", [], day=18, until=date(2026, 12, 1))
    later = act(Verb.NEEDS_TIME, "priya-n", [DROP], of="marketing", day=18, until=date(2026, 11, 20), note="the sale")
    return Case(three_teams(acts=(APPROVALS[0], later, due)).verdict())


def _expired() -> Case:
    then = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
    required = three_teams(acts=()).verdict().assessment.required
    shown = Publication("head", "main", then, required, frozenset({DROP.fingerprint}))
    return Case(three_teams(acts=(), asked_at=then, publications=(shown,)).verdict())


CASES: Mapping[str, Case] = {
    "pending": _pending(),
    "needs_time": _only_time(),
    "rejected": _rejected(),
    "approved": Case(three_teams(acts=APPROVALS).verdict()),
    "new_push": _new_push(),
    "adapted": _adapted(),
    "declared_use": _declared(),
    "forced": _forced(),
    "waived": _waived(),
    "deadline_passed": _deadline_passed(),
    "time_is_up": _time_is_up(),
    "expired": _expired(),
    "draft": Case(three_teams(acts=(), asked=False, subject=Subject(is_draft=True)).verdict()),
    "observing": Case(three_teams(acts=(), asked=False, policy=Policy(rollout=Rollout.OBSERVE)).verdict()),
    "only_asking": Case(three_teams(policy=Policy(rollout=Rollout.ASK)).verdict()),
    "nobody_reads_it": _unread(),
    "nobody_all_the_same": _same(),
    "nobody_own_team": _own_team(),
    "nobody_unowned": _unowned(),
    "owner_unknown": _owner_unknown(),
    "needs_analysis": Case(undecided().verdict()),
    "classified": _classified(),
    "unreadable_file": _unreadable(),
    "policy_error": _policy_error(),
    "compatible": _compatible(),
    "not_applicable": Case(Story().verdict()),
    "withdrawn": _withdrawn(),
    "merged": _merged(),
    "merged_around": _around(),
}
