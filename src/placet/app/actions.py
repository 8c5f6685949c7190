"""What Placet may write to the forge, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from placet.proposals.model import Source, Team
from placet.render.model import Annotation, Button

__all__ = [
    "Action",
    "Annotation",
    "AskTeam",
    "Button",
    "CheckContent",
    "DeleteComment",
    "React",
    "SetCheck",
    "SetComment",
]


@dataclass(frozen=True, slots=True)
class CheckContent:
    """Everything that a check run of ours says. ``conclusion`` is None while it is in progress."""

    name: str
    external_id: str
    status: str
    conclusion: str | None
    title: str
    summary: str
    text: str
    annotations: tuple[Annotation, ...] = ()
    buttons: tuple[Button, ...] = ()
    details_url: str = ""
    started_at: datetime | None = None
    completed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SetCheck:
    """Make or update the check run on a commit; ``check_id`` None: adopt our own by name, or make one."""

    sha: str
    content: CheckContent
    check_id: int | None


@dataclass(frozen=True, slots=True)
class AskTeam:
    """A team is asked for a set of fingerprints: by a review request, or by the mention that was just written."""

    team: Team
    fingerprints: frozenset[str]
    how: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SetComment:
    """Make, edit or make again the one comment for a subject (``sticky``, ``reply`` …).

    ``asks``: whom it asks, written down with
    it. ``comment_id`` None: look for it by its first line, a hidden marker, and make it where it is not there.
    """

    kind: str
    subject: str
    body: str
    comment_id: int | None
    asks: tuple[AskTeam, ...] = ()


@dataclass(frozen=True, slots=True)
class DeleteComment:
    """Delete a comment of ours."""

    kind: str
    subject: str
    comment_id: int


@dataclass(frozen=True, slots=True)
class React:
    """Put a reaction on somebody's comment."""

    source: Source
    reaction: str


Action = SetCheck | AskTeam | SetComment | DeleteComment | React
