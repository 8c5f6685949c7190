"""The playground: between the story's steps anybody may do anything, and one sees what GitHub would show of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from placet.cli.demo.acts import act_on
from placet.cli.demo.lines import Act, Comments, GoesOn, Helps, Leaves, Line, Shows, Unclear, Waits, meaning
from placet.cli.demo.sight import News, news_between, sight_of
from placet.cli.demo.telling import Telling
from placet.cli.demo.views import show, show_help, show_hint, tell_news, tell_standing
from placet.cli.demo.world import Demo
from placet.commands.catalogue import PREFIX
from placet.commands.grammar import parse
from placet.render.words import day
from placet.sandbox.history import Conflict
from placet.sandbox.model import Rejected

# GitHub's times have whole seconds, and within one the order of two answers would not be the one in which they came.
_BETWEEN_ACTS = timedelta(minutes=1)


class Lines(Protocol):
    """Where lines come from: a keyboard."""

    async def line(self) -> str | None:
        """The next line; None after the last."""
        ...


class Playground:
    """A prompt between two steps of the story."""

    def __init__(self, demo: Demo, telling: Telling, keyboard: Lines) -> None:
        self._demo = demo
        self._telling = telling
        self._keyboard = keyboard
        self._is_welcomed = False

    async def goes_on(self) -> bool:
        """Do what is typed, until Enter alone asks for what comes next (true), or somebody leaves (false)."""
        if self._demo.has_pull and not self._is_welcomed:
            self._welcome()
        while True:
            self._telling.paper.prompt(self._prompt())
            typed = await self._keyboard.line()
            if typed is None:
                self._telling.paper.line()
                return False
            line = meaning(typed, self._somebody())
            if isinstance(line, GoesOn | Leaves):
                return isinstance(line, GoesOn)
            if self._demo.has_pull:
                await self._answer(line)
            else:
                self._telling.sees("?", "There is no pull request yet: Enter opens it, and then you can act yourself.")

    def _prompt(self) -> str:
        step, steps = self._telling.step, self._telling.steps
        if not self._demo.has_pull:
            return f"step {step} of {steps} · Enter goes on, Ctrl-C ends"
        if step < steps:
            return f"step {step} of {steps} · Enter goes on, or type what somebody does (help)\n>"
        return "the story is told · Enter ends it, or type what somebody does (help)\n>"

    def _welcome(self) -> None:
        self._is_welcomed = True
        who = self._somebody()
        self._telling.paper.line()
        self._telling.paper.line("From here on you can act yourself: type what somebody does. For example")
        for example in (f"{who}: /placet approve", f"{who} requests changes", "wait 3d"):
            self._telling.sees(" ", example)

    def _somebody(self) -> str:
        """Whom an example names: somebody who is asked, if anybody is."""
        teams = self._demo.teams
        asked = self._demo.asked(self._demo.pull) if self._demo.has_pull else []
        return next((teams[team][0] for team in [*asked, *teams] if teams.get(team)), self._demo.owner)

    async def _answer(self, line: Line) -> None:
        try:
            match line:
                case GoesOn() | Leaves():
                    return
                case Unclear(why, example):
                    show_hint(self._telling, why, example)
                case Helps():
                    show_help(self._telling, self._somebody())
                case Shows(view):
                    show(self._telling, self._demo, view)
                case Waits(length):
                    await self._wait(length)
                case _:
                    await self._act(line)
        except Rejected as error:
            self._telling.sees("✗", f"GitHub refuses it: {error}")
        except (LookupError, Conflict) as error:
            self._telling.sees("?", str(error))

    async def _act(self, act: Act) -> None:
        self._demo.clock.pass_by(_BETWEEN_ACTS)
        before = sight_of(self._demo)
        act_on(self._demo, self._telling, act)
        self._telling.is_free = True
        await self._demo.settled()
        after = sight_of(self._demo)
        news = news_between(before, after)
        tell_news(self._telling, news, self._demo.bot)
        if isinstance(act, Comments) and not parse(act.words):
            self._telling.sees("·", f"Placet reads no command in it: those begin with {PREFIX}")
        tell_standing(self._telling, news, after)

    async def _wait(self, length: timedelta) -> None:
        """Let time pass, and tell each moment at which something happened, and the last."""
        self._telling.is_free = True
        first = sight = sight_of(self._demo)
        async for moment in self._demo.passing(length):
            before, sight = sight, sight_of(self._demo)
            if (news := news_between(before, sight)) != News():
                self._telling.sees("🕒", f"{day(moment, moment)}:")
                tell_news(self._telling, news, self._demo.bot)
        now = self._demo.clock.now()
        nothing = " and nothing has happened" if sight == first else ""
        self._telling.sees("🕒", f"it is {day(now, now)} now{nothing}")
        tell_standing(self._telling, news_between(first, sight), sight)
