"""Whatever stands in names, reasons and titles: every text of ours stays ours, and within its limits."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.rendered import problems, rendered
from fakes.verdicts import (
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
    unread,
    unreadable_file,
)
from placet.diff.changes import Change
from placet.errors import BadFile
from placet.impact.analysis import Coverage
from placet.policy.model import Approvals, Policy, Rollout, Unowned
from placet.proposals.decide import Subject, broken_policy
from placet.proposals.model import Ledger, Source, SourceKind, Verb
from placet.proposals.verdict import Verdict
from placet.render.check import check_text
from placet.render.comment import sticky
from placet.render.model import Scene, Version
from placet.render.pings import ping, unasked
from placet.render.replies import Reply, ReplyCode, reply, reply_marker
from placet.vocabulary.files import Location
from placet.vocabulary.words import Because, ReadStatus

HOSTILE = (
    "@acme/crm",
    "sam@acme.example",
    "#12 deadbee acme/shop#3 GH-4",
    "https://evil.example www.evil.example",
    "[x](https://evil.example) ![y](https://evil.example)",
    "</code></summary></details><script>x</script>",
    "<!-- placet:proposal=1 -->",
    "a|b\\|c",
    "``` ` ``",
    "\n\n# x\n\n- y\n\n```\n",
    "*x* _y_ ~~z~~ **",
    "\u202ea\x00\ud800",
    "x" * 3000,
    "é" * 3000,
    "",
    " ",
    '"];click n0 href "https://evil.example"',
)
TEXTS = st.one_of(
    st.sampled_from(HOSTILE), st.text(max_size=30), st.lists(st.sampled_from(HOSTILE[:12]), max_size=3).map("".join)
)
# The same people, rights and changes, in different straits.
STRAITS = (
    "pending",
    "blocked",
    "judgement",
    "unowned",
    "unreadable",
    "policy",
    "draft",
    "watching",
    "merged",
    "closed",
)


@given(TEXTS, TEXTS, st.sampled_from(STRAITS))
@settings(max_examples=60, deadline=None)
def test_nothing_untrusted_comes_alive_in_check_or_comment(name: str, words: str, strait: str) -> None:
    verdict, shown = _verdict(name, words, strait)
    check, comment = check_text(verdict, shown), sticky(verdict, shown)

    assert problems(check.summary) == []
    assert problems(check.text) == []
    assert problems(comment) == []
    assert comment.startswith("<!-- placet:proposal=48 -->\n")
    assert "@" not in comment
    assert len(check.title) <= 60
    assert check.title.isprintable()
    assert all(one.title.isprintable() and one.path.isprintable() for one in check.annotations)


@given(TEXTS, TEXTS, st.sampled_from(ReplyCode))
@settings(max_examples=60, deadline=None)
def test_nothing_untrusted_comes_alive_in_a_reply(name: str, words: str, code: ReplyCode) -> None:
    verdict, shown = _verdict(name, words, "judgement")
    facts = {"team": name, "teams": (name, words), "change": name, "text": name, "why": words, "suggestion": words}
    marker = reply_marker(Source(SourceKind.COMMENT, 77))

    text = reply(marker, name, [Reply(code, {**facts, "verb": "block"})], verdict, shown)

    assert text.startswith("<!-- placet:reply=comment:77 -->\n")
    assert problems(text) == []


@given(TEXTS, TEXTS)
@settings(max_examples=50, deadline=None)
def test_only_the_teams_that_are_meant_are_mentioned(name: str, words: str) -> None:
    odd = replace(team("crm"), name=name, slug=words if "/" in words else "acme/crm")
    verdict, shown = _verdict(name, words, "pending")

    texts = [
        unasked("<!-- placet:unasked=1 -->", [(odd, words)]),
        ping("<!-- placet:ping=1 -->", verdict.rows[0], verdict, shown),
    ]

    for text in texts:
        found = [one for one in problems(text) if one.startswith("alive: '@")]
        assert len(found) <= 2
        assert not [one for one in problems(text) if one not in found]


@pytest.mark.parametrize(("teams", "columns"), [(1, 1), (40, 3), (3, 300), (500, 500)])
def test_every_text_fits_however_much_there_is(teams: int, columns: int) -> None:
    changes = tuple(change(f"dim_{'x' * 60}_{one}.{'é' * 60}_{one}") for one in range(columns))
    reaches = tuple(reach(one, f"mart_{'y' * 60}_{at}.{'ü' * 60}") for one in changes for at in range(teams))
    owners = {key(f"mart_{'y' * 60}_{at}"): f"team-{'z' * 80}-{at}" for at in range(teams)}
    verdict = Story(changes=changes, reaches=reaches, owners=owners).verdict()

    check, comment = check_text(verdict, scene()), sticky(verdict, scene())

    assert len(comment.encode()) <= 60_000
    assert len(check.summary.encode()) <= 65_535
    assert len(check.text.encode()) <= 65_535
    assert len(check.annotations) <= 50
    assert problems(comment) + problems(check.summary) + problems(check.text) == []
    assert rendered(comment).prose[0].startswith("⏳ Waiting for")


def _verdict(name: str, words: str, strait: str) -> tuple[Verdict, Scene]:
    shown = scene(
        title=words,
        base_ref=name,
        migration=words,
        impostor=name,
        force=(name,),
        versions={key("dim_customers"): Version(name, words)},
        closing={"merged": "merged", "closed": "withdrawn"}.get(strait, ""),
    )
    if strait == "policy":
        return broken_policy(BadFile(words, path=name, line=3, hint=words), Ledger()), shown
    dropped = _hostile(DROP, name, words)
    if strait == "unreadable":
        broken = replace(unreadable_file("a.yml", words), location=Location(name or "a.yml", 1), message=words)
        return Story(changes=(broken, dropped)).verdict(), shown
    if strait == "judgement":
        unclear = replace(dropped, because=Because.UNDECIDED, kind="asset_unreadable")
        return Story(changes=(unclear,), owners={key("dim_customers"): name}).verdict(), shown
    policy = Policy(
        rollout=Rollout.OBSERVE if strait == "watching" else Rollout.GATE,
        approvals=Approvals(unowned=Unowned.BLOCK if strait == "unowned" else Unowned.TELL),
    )
    return _story(dropped, name, words, policy, strait).verdict(), shown


def _story(dropped: Change, name: str, words: str, policy: Policy, strait: str) -> Story:
    first = replace(reach(dropped, "mart_churn.x"), via=(f"model.shop.{name}", f"model.shop.{words}.{name}"))
    below = replace(reach(dropped, "mart_orders.x"), via=(*first.via, words))
    use = replace(reach(dropped, use="crm", purpose=words), via=first.via[:1])
    verb = Verb.BLOCK if strait == "blocked" else Verb.NEEDS_TIME
    said = replace(act(verb, "x", [dropped], of="growth", note=words, until=date(2026, 12, 1)), actor=person(name))
    gap = replace(
        unread("x", words, status=ReadStatus.PARTIAL), asset_id=f"model.shop.{name}", location=Location(name, 2)
    )
    return Story(
        changes=(dropped, _hostile(three_teams().changes[1], words, name)),
        reaches=(first, use) if strait == "unowned" else (first, below, use),
        owners={} if strait == "unowned" else {key("mart_churn"): "growth"},
        teams={"growth": replace(team("growth"), name=name), "crm": replace(team("crm"), name=words)},
        acts=(said,),
        policy=policy,
        subject=Subject(is_draft=strait == "draft"),
        coverage=Coverage(5, 3, partial=(gap,), unreadable=(gap,), complete=False),
        notes=(words,),
    )


def _hostile(one: Change, name: str, words: str) -> Change:
    return replace(
        one,
        asset_id=f"model.shop.{name}",
        path=f"columns.{name}",
        message=words,
        location=Location(name or "a.yml", 3),
        renamed_to=words,
        before={"type": words},
    )
