from __future__ import annotations

from dataclasses import replace

import pytest

from fakes.rendered import problems, rendered
from fakes.verdict_cases import CASES, undecided
from fakes.verdicts import ADDED, person, scene, team, three_teams
from placet.commands.grammar import Command, parse
from placet.proposals.model import Source, SourceKind, Team, TeamKind
from placet.render.pings import mentions, ping, unasked
from placet.render.replies import Reply, ReplyCode, reply, reply_marker

MARKER = reply_marker(Source(SourceKind.REVIEW, 9, 2))
PENDING = three_teams().verdict()


def _said(code: ReplyCode, **facts: object) -> str:
    return reply(MARKER, "sam-o", [Reply(code, facts)], PENDING, scene())


@pytest.mark.parametrize("code", ReplyCode)
def test_every_reply_starts_with_its_marker_and_says_something(code: ReplyCode) -> None:
    text = _said(code)

    assert text.startswith("<!-- placet:reply=review:9 -->\n")
    assert len(text.splitlines()[1]) > 20
    assert problems(text) == []
    assert "  " not in text
    assert " ." not in text


NO_REFUSALS = {
    ReplyCode.STATUS,
    ReplyCode.WHY,
    ReplyCode.HELP,
    ReplyCode.RECORDED,
    ReplyCode.FORCED,
    ReplyCode.WAIVED,
}
REFUSALS = [one for one in ReplyCode if one not in NO_REFUSALS]


@pytest.mark.parametrize("code", REFUSALS)
def test_a_refusal_says_first_that_nothing_was_recorded_and_for_whom(code: ReplyCode) -> None:
    assert _said(code, text="/placet x", why="it is odd").splitlines()[1].startswith("**Not recorded for sam-o:** ")


def test_what_was_not_understood_is_shown_with_the_corrected_command() -> None:
    why = 'there is no command "aprove": did you mean "approve"?'

    text = _said(ReplyCode.NOT_UNDERSTOOD, text="/placet aprove", why=why, suggestion="/placet approve")

    assert '`/placet aprove` was not understood. There is no command "aprove": did you mean "approve"?\n' in text
    assert rendered(text).blocks == ("/placet approve\n",)


def test_two_suggested_commands_stand_a_line_each() -> None:
    text = _said(ReplyCode.NOT_UNDERSTOOD, text="x", why="y", suggestion="/placet approve for a\n/placet approve for b")

    assert rendered(text).blocks == ("/placet approve for a\n/placet approve for b\n",)


def test_somebody_of_no_team_learns_which_teams_are_asked() -> None:
    text = _said(ReplyCode.NOT_A_MEMBER, teams=("crm", "growth"), verb="approve")

    assert "you are no active member of any team that is asked: crm and growth." in text
    assert rendered(text).blocks == ("/placet approve\n",)


def test_a_team_that_is_not_asked_is_answered_with_one_that_is() -> None:
    text = _said(ReplyCode.TEAM_NOT_ASKED, team="crmm", teams=("crm", "growth"), verb="block")

    assert "`crmm` is not asked here." in text
    assert "Asked are crm and growth." in text
    assert rendered(text).blocks == ("/placet block for crm why\n",)


def test_the_author_of_a_classification_is_told_who_can_give_it() -> None:
    assert "does not judge its changes" in _said(ReplyCode.AUTHOR, verb="classify")
    assert "does not answer for a team" in _said(ReplyCode.AUTHOR, verb="approve")


def test_a_change_that_does_not_exist_is_answered_with_those_that_wait_for_a_judgement() -> None:
    facts = {"change": "dim.x"}
    text = reply(MARKER, "sam-o", [Reply(ReplyCode.NO_SUCH_CHANGE, facts)], undecided().verdict(), scene())

    assert "no change here is called `dim.x`" in text
    assert "`mart_churn`" in text
    assert rendered(text).blocks[0].startswith("/placet classify ")


def test_a_change_whose_readers_are_known_is_named_without_a_command_that_would_be_refused() -> None:
    text = _said(ReplyCode.NO_SUCH_CHANGE, change="dim.x")

    assert "Whom `dim_customers.user_email` (" in text
    assert "reaches is known: it is for them to agree." in text
    assert rendered(text).blocks == ()
    assert ADDED.fingerprint[:12] not in text


def test_somebody_of_several_teams_gets_a_command_for_each() -> None:
    text = _said(ReplyCode.SAY_FOR_WHOM, teams=("crm", "growth"), verb="approve")

    assert rendered(text).blocks == ("/placet approve for crm\n/placet approve for growth\n",)


def test_an_asset_without_an_owner_takes_write_access() -> None:
    assert "belongs to core" in _said(ReplyCode.NOT_THE_OWNER, change="dim", team="core")
    assert "takes write access" in _said(ReplyCode.NOT_THE_OWNER, change="dim", team="")


@pytest.mark.parametrize("verb", ["approve", "block", "needs_time", "retract"])
def test_a_command_that_is_handed_on_is_whole_and_a_review_is_offered_for_an_approval_only(verb: str) -> None:
    text = _said(ReplyCode.AUTHOR, verb=verb)

    assert isinstance(parse(rendered(text).blocks[0])[0], Command)
    assert ("a review" in text) == (verb == "approve")


@pytest.mark.parametrize("closing", ["merged", "withdrawn"])
def test_the_status_of_a_closed_pull_request_names_nothing_to_do(closing: str) -> None:
    text = reply(MARKER, "sam-o", [Reply(ReplyCode.STATUS)], PENDING, scene(closing=closing))

    assert f"This pull request is {'merged' if closing == 'merged' else 'closed'}." in text
    assert "/placet" not in text.removeprefix(MARKER)


def test_several_lines_of_a_comment_are_answered_in_order_in_one_reply() -> None:
    two = [Reply(ReplyCode.BOT), Reply(ReplyCode.RECORDED, {"verb": "approve", "teams": ("crm",)})]

    text = reply(MARKER, "sam-o", two, PENDING, scene())

    assert text.index("bots do not answer") < text.index("**Recorded:** approve for crm.")
    assert text.count("<!--") == 1


def test_the_status_shows_the_rows_and_what_is_left_to_do() -> None:
    text = _said(ReplyCode.STATUS)

    assert text.splitlines()[1] == "**`dim_customers.user_email` is dropped. 1 of 3 teams approved.**"
    assert rendered(text).widths == ((3, 3, 3, 3),)
    assert "2. crm approves" in text


def test_help_is_what_the_commands_say_of_themselves() -> None:
    assert _said(ReplyCode.HELP, lines=("a", "b")).endswith("-->\na\nb")
    assert "`/placet help`" in _said(ReplyCode.HELP)


def test_a_closed_pull_request_says_what_it_is() -> None:
    shown = scene(closing="merged")

    assert "this pull request is merged" in reply(MARKER, "sam-o", [Reply(ReplyCode.CLOSED)], PENDING, shown)


def test_teams_that_could_not_be_asked_are_mentioned_in_one_comment() -> None:
    listed = Team("list:growth", "growth", TeamKind.LIST, members=("li-wei", "sam-o"))
    nameless = Team("name:ops", "ops")

    text = unasked("<!-- placet:unasked=1 -->", [(team("crm"), "no access"), (listed, ""), (nameless, "")])

    lines = text.split("\n")
    assert lines[0] == "<!-- placet:unasked=1 -->"
    assert lines[1].startswith("@acme/crm and @li-wei @sam-o: this pull request changes what you read")
    assert "ops must agree as well, but cannot be told" in text
    assert "- crm: no access" in text


def test_an_any_of_team_mentions_all_of_its_parts() -> None:
    both = Team("any:1+2", "crm or growth", TeamKind.ANY_OF, parts=(team("crm"), team("growth")))

    assert mentions(both) == "@acme/crm @acme/growth"


@pytest.mark.parametrize("slug", ["acme/crm and @everyone", "acme", "a/b\nx", "../x"])
def test_a_slug_that_is_none_mentions_nobody(slug: str) -> None:
    assert mentions(replace(team("crm"), slug=slug)) == ""


def test_a_push_tells_one_team_what_is_new_and_that_the_rest_stands() -> None:
    verdict = CASES["new_push"].verdict

    text = ping("<!-- placet:ping=1 -->", verdict.rows[0], verdict, scene())

    assert text.split("\n")[1].startswith("@acme/crm: a push changed what you are asked: `dim_customers.phone`.")


def test_a_login_is_no_mention() -> None:
    assert person("sam-o").login == "sam-o"
    assert "@" not in _said(ReplyCode.AUTHOR)
