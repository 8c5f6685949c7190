"""Doing on the simulated GitHub what somebody on the playground typed."""

from __future__ import annotations

from placet.cli.demo.columns import without
from placet.cli.demo.lines import Act, Comments, Merges, Presses, Pushes, Rebases, Reviews, Stance, Waits
from placet.cli.demo.telling import Telling
from placet.cli.demo.world import Demo
from placet.render.words import listed

_NOTES = "docs/notes-{}.md"
# GitHub takes no request for changes without a word.
_SOME_WORDS = "Please look at this again."


def act_on(demo: Demo, telling: Telling, act: Act) -> None:
    """Do it, after telling who does what; what follows from it has not happened yet. Time passes elsewhere.

    Raises Rejected where GitHub refuses it, Conflict for a rebase that cannot be, LookupError where what the act names
    is not there.
    """
    match act:
        case Comments(who, words):
            _person(demo, who)
            telling.says(known_as(demo, who), words)
            demo.world.comment(demo.pull, user=who, body=words)
        case Reviews():
            _review(demo, telling, act)
        case Presses():
            _press(demo, telling, act)
        case Pushes():
            _push(demo, telling, act)
        case Rebases():
            head = demo.pull.head_sha
            demo.world.rebase(demo.pull)
            telling.says(_author(demo), f"rebases: {head[:7]} becomes {demo.pull.head_sha[:7]}")
        case Merges(who):
            who = who or demo.pull.author.login
            _person(demo, who)
            telling.says(known_as(demo, who), f"merges pull request #{demo.pull.number}")
            demo.world.merge(demo.pull, user=who)
        case Waits():
            return


def known_as(demo: Demo, login: str) -> str:
    """Somebody with what makes their word count or not: ``sam-o (crm)``, ``eve (in no team)``."""
    parts = [listed(teams)] if (teams := demo.teams_of(login)) else []
    if demo.pull.author.login.lower() == login.lower():
        parts.append("the author")
    if login.lower() == demo.owner.lower():
        parts.append("an owner of the organisation")
    return f"{login} ({', '.join(parts) or 'in no team'})"


def _author(demo: Demo) -> str:
    return known_as(demo, demo.pull.author.login)


def _person(demo: Demo, login: str) -> None:
    """Raise LookupError for who can do nothing of their own accord."""
    if login.lower() == demo.bot.lower():
        raise LookupError(f"{login} is Placet itself: it only answers")
    if members := demo.teams.get(login.lower()):
        raise LookupError(f"{login} is a team, and a person speaks for it: {listed(members, last='or')}")
    account = demo.world.find_account(login)
    if account is not None and account is demo.repository.owner:
        raise LookupError(f"{login} is the organisation: a person speaks, such as {demo.owner}")


def _review(demo: Demo, telling: Telling, act: Reviews) -> None:
    _person(demo, act.who)
    does = "approves the pull request" if act.stance is Stance.APPROVES else "requests changes"
    telling.says(known_as(demo, act.who), f"{does}: {act.words}" if act.words else does)
    body = act.words or ("" if act.stance is Stance.APPROVES else _SOME_WORDS)
    demo.world.review(demo.pull, user=act.who, state=act.stance, body=body)


def _press(demo: Demo, telling: Telling, act: Presses) -> None:
    _person(demo, act.who)
    run = demo.check(demo.pull)
    buttons = {str(one["label"]): str(one["identifier"]) for one in run.actions}
    wanted = _letters(act.button)
    label = next((one for one in buttons if wanted and _letters(one).startswith(wanted)), None)
    if label is None:
        shown = f"only {listed(list(buttons))}" if buttons else "and no other"
        raise LookupError(f"the check shows no button “{act.button}”, {shown}")
    telling.says(known_as(demo, act.who), f"presses “{label}”")
    demo.world.press_button(run, buttons[label], user=act.who)


def _push(demo: Demo, telling: Telling, act: Pushes) -> None:
    before = demo.files(demo.pull)
    if act.column:
        files, message = without(before, act.column), f"Drop {act.column}"
    else:
        number = sum(path.startswith(_NOTES.partition("{")[0]) for path in before) + 1
        files, message = {_NOTES.format(number): b"# Notes\n"}, "Notes"
    telling.says(_author(demo), f"pushes a commit: {message}")
    for path, data in files.items():
        telling.diff(path, before.get(path, b""), data)
    demo.world.push(demo.repository, demo.pull.head_ref, files, author=demo.pull.author, message=message)


def _letters(label: str) -> str:
    return "".join(one for one in label.lower() if one.isalnum())
