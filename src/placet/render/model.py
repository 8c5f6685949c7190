"""What a rendering needs besides the verdict, and what it gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from placet.vocabulary.words import Mode


@dataclass(frozen=True, slots=True)
class Version:
    """A contract's version as it stands and as it will be if this is merged; ``current`` empty: never published."""

    current: str
    proposed: str


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a verdict is shown: the pull request and what links need.

    ``web_url`` is the forge's root for people (no slash at the end; empty: there is no forge, and nothing on it is
    linked), ``proposal_url`` the proposal's page (empty: there is none), ``docs_url`` where commands and rules are
    explained (empty: no links). ``versions`` by asset key. ``closing`` is ``merged`` or ``withdrawn`` once the pull
    request is closed. ``migration`` is the section "Migration" of the pull request's description, as written.
    ``impostor`` names an app that posted a check under our name. ``mode`` is the policy's. ``is_quiet``: nobody is
    asked yet, since it was open before Placet came. ``notes`` are sentences (Markdown, escaped already) on what else
    applies here.
    """

    repository: str
    number: int
    title: str
    base_ref: str
    base_sha: str
    head_sha: str
    now: datetime
    web_url: str = "https://github.com"
    proposal_id: int | None = None
    proposal_url: str = ""
    docs_url: str = ""
    versions: Mapping[str, Version] = field(default_factory=dict)
    force: tuple[str, ...] = ()
    migration: str = ""
    closing: str = ""
    impostor: str = ""
    mode: Mode = Mode.BACKWARD
    is_quiet: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Annotation:
    """A fact at a line of a changed file; ``level`` is notice, warning or failure."""

    path: str
    line: int
    level: str
    title: str
    message: str


@dataclass(frozen=True, slots=True)
class Button:
    """A button on a completed check: label of at most 20 characters, description 40, identifier 20."""

    label: str
    description: str
    identifier: str


@dataclass(frozen=True, slots=True)
class CheckText:
    """What the check says: title of at most 60 characters, summary and text of at most 65,535 bytes each."""

    title: str
    summary: str
    text: str
    annotations: tuple[Annotation, ...] = ()
    buttons: tuple[Button, ...] = ()
