"""What the playground shows: what has changed on GitHub, what stands there, and what can be typed."""

from __future__ import annotations

from collections.abc import Iterator

from placet.cli.demo.lines import HELP, View
from placet.cli.demo.sight import News, Said, Sight
from placet.cli.demo.telling import Telling, first_line
from placet.cli.demo.world import Demo
from placet.render.words import clipped, listed

_EMOJI = {
    "+1": "👍",
    "-1": "👎",
    "laugh": "😄",
    "hooray": "🎉",
    "confused": "😕",
    "heart": "💙",
    "rocket": "🚀",
    "eyes": "👀",
}
_LONGEST_QUOTE = 60  # characters
_OPENED = ("Where", "A safe way")


def tell_news(telling: Telling, news: News, bot: str) -> None:
    """What has changed, the check last; ``bot`` is who Placet writes as: what others wrote was told before."""
    for reaction in news.reactions:
        sign = _EMOJI.get(reaction.content, reaction.content)
        telling.sees(sign, f"{reaction.who} reacts to {reaction.to.who}'s comment “{_quoted(reaction.to)}”")
    for one in news.written:
        if one.who == bot:
            telling.comment(one.body)
    for line in _lines(news):
        telling.sees("·", line)
    if news.check is not None:
        telling.check(news.check)


def _lines(news: News) -> Iterator[str]:
    """The small things, one a line."""
    for edit in news.edited:
        before, after = first_line(edit.before.body), first_line(edit.after.body)
        yield f"{edit.after.who} edited its comment{f': {after}' if after != before else ', but for its first line'}"
    for one in news.deleted:
        yield f"the comment “{_quoted(one)}” of {one.who} is deleted"
    if news.asked:
        yield f"review requested from {listed(news.asked)}"
    if news.left:
        yield f"no review is requested any more from {listed(news.left)}"
    if news.state:
        yield f"the pull request is {news.state}"


def tell_standing(telling: Telling, news: News, sight: Sight) -> None:
    """Where the check's line has not changed: that it has not."""
    if news.check is None and sight.check is not None:
        more = " (its summary says something new: check)" if news.is_rewritten else ""
        telling.sees("·", f"the check stays: {sight.check.title}{more}")


def show(telling: Telling, demo: Demo, view: View) -> None:
    """What stands on GitHub now. Raises LookupError where there is no such thing."""
    if view is View.TEAMS:
        _show_teams(telling, demo)
    if view in (View.ALL, View.CHECK):
        run = demo.check(demo.pull)
        telling.whole_check(run)
        if run.actions:
            telling.sees("·", f"its buttons: {listed([str(one['label']) for one in run.actions])}")
    if view in (View.ALL, View.COMMENT):
        telling.comment(demo.sticky(demo.pull), _OPENED)


def _show_teams(telling: Telling, demo: Demo) -> None:
    asked = demo.asked(demo.pull)
    for team, people in demo.teams.items():
        asks = " · its review is requested" if team in asked else ""
        telling.says(team, f"{listed(people) or 'nobody'}{asks}")
    telling.says("in no team", f"{demo.owner}, an owner of the organisation, and whoever else you name")


def show_help(telling: Telling, somebody: str) -> None:
    """All that can be typed."""
    examples = [(example.format(who=somebody), effect.format(who=somebody)) for example, effect in HELP]
    width = max(len(example) for example, _ in examples)
    for example, effect in examples:
        telling.paper.hanging(f"  {example:<{width}}  ", effect, "bold")


def show_hint(telling: Telling, why: str, example: str) -> None:
    """Why a line meant nothing, and one that would mean something."""
    telling.sees("?", f"{why[:1].upper()}{why[1:]}. Try “{example}”{'' if example == 'help' else ', or help'}.")


def _quoted(one: Said) -> str:
    return clipped(first_line(one.body), _LONGEST_QUOTE)
