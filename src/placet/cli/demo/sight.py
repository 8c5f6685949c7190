"""What GitHub shows of the pull request at a moment, and what is different at a later one."""

from __future__ import annotations

from dataclasses import dataclass

from placet.cli.demo.world import Demo
from placet.sandbox.model import Comment, Pull


@dataclass(frozen=True, slots=True)
class Check:
    """Placet's check on the head: as the merge box shows it, and its summary."""

    head_sha: str
    status: str
    conclusion: str | None
    title: str | None
    summary: str | None


@dataclass(frozen=True, slots=True)
class Said:
    """A comment, with the reactions to it: who gave which."""

    id: int
    who: str
    body: str
    reactions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Sight:
    """The pull request: its check (None before there is one), comments, who is asked for a review, open or not."""

    check: Check | None
    comments: tuple[Said, ...] = ()
    asked: tuple[str, ...] = ()
    state: str = "open"


@dataclass(frozen=True, slots=True)
class Reaction:
    """A reaction that has come."""

    who: str
    content: str
    to: Said


@dataclass(frozen=True, slots=True)
class Edit:
    """A comment that reads otherwise now."""

    before: Said
    after: Said


@dataclass(frozen=True, slots=True)
class News:
    """What is different: nothing, where every field is empty.

    ``check`` is the new one where its commit, conclusion or title is another; ``is_rewritten``: only its summary is.
    ``left`` are those who are asked no more, ``state`` is the new one.
    """

    reactions: tuple[Reaction, ...] = ()
    written: tuple[Said, ...] = ()
    edited: tuple[Edit, ...] = ()
    deleted: tuple[Said, ...] = ()
    asked: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    check: Check | None = None
    is_rewritten: bool = False
    state: str = ""


def sight_of(demo: Demo) -> Sight:
    """The pull request as it is now. Raises LookupError before there is one."""
    pull = demo.pull
    state = "merged" if pull.merged else pull.state
    return Sight(_check(demo, pull), tuple(_said(one) for one in pull.comments), tuple(demo.asked(pull)), state)


def news_between(before: Sight, after: Sight) -> News:
    """What is different in the later of two sights."""
    old, new = ({one.id: one for one in sight.comments} for sight in (before, after))
    reactions = tuple(
        Reaction(who, content, one)
        for one in after.comments
        for who, content in one.reactions
        if one.id not in old or (who, content) not in old[one.id].reactions
    )
    is_other = _line(before.check) != _line(after.check)
    return News(
        reactions=reactions,
        written=tuple(one for one in after.comments if one.id not in old),
        edited=tuple(
            Edit(old[one.id], one) for one in after.comments if one.id in old and one.body != old[one.id].body
        ),
        deleted=tuple(one for one in before.comments if one.id not in new),
        asked=tuple(one for one in after.asked if one not in before.asked),
        left=tuple(one for one in before.asked if one not in after.asked),
        check=after.check if is_other else None,
        is_rewritten=not is_other and before.check != after.check,
        state=after.state if after.state != before.state else "",
    )


def _check(demo: Demo, pull: Pull) -> Check | None:
    try:
        run = demo.check(pull)
    except LookupError:
        return None
    return Check(run.head_sha, run.status, run.conclusion, run.title, run.summary)


def _said(comment: Comment) -> Said:
    given = tuple((one.user.login, one.content) for one in comment.reactions)
    return Said(comment.id, comment.user.login, comment.body, given)


def _line(check: Check | None) -> tuple[str | None, ...]:
    """What makes it another check to whoever looks at the merge box."""
    return (check.head_sha, check.status, check.conclusion, check.title) if check else ()
