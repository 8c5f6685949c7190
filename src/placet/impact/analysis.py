"""What comparing a pull request's commits gives.

Changes, whom they reach, who owns what, how complete the reading was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from placet.diff.changes import Change
from placet.policy.model import Policy
from placet.readers.dbt.artifacts import Artifacts
from placet.vocabulary.files import Files, Location
from placet.vocabulary.words import AssetKind, How, ReaderState, ReadStatus


@dataclass(frozen=True, slots=True)
class AnalysisRequest:
    """Three commits' files (merge base, head, the base branch's tip) and the rules read from the tip.

    CODEOWNERS is the tip's, too: it is found among its files. ``base_artifacts`` and ``head_artifacts`` are what dbt
    made of base and head, if somebody has it: they fill what the files leave open. ``organisation`` is its file, over
    which a tree's own policy is laid.
    """

    base: Files
    head: Files
    tip: Files
    policy: Policy
    base_artifacts: tuple[Artifacts, ...] = ()
    head_artifacts: tuple[Artifacts, ...] = ()
    organisation: bytes | None = None


@dataclass(frozen=True, slots=True)
class OwnerCandidate:
    """One place that names an owner, in the order in which places are asked. ``source`` says which place it is.

    Several names on one CODEOWNERS line are one any-of team; anywhere else there is one.
    """

    source: str
    names: tuple[str, ...]
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class AssetFacts:
    """What is needed of an asset beyond its changes: where it lies, who may own it, who outside may read it."""

    key: str
    id: str
    name: str
    kind: AssetKind
    location: Location
    owners: tuple[OwnerCandidate, ...] = ()
    steward: str = ""
    outward: bool = False


@dataclass(frozen=True, slots=True)
class Reach:
    """A reader that a change reaches.

    ``column`` is the reader's column made from what changes (empty: its rows, or all of it). ``via`` are the columns
    on the way, from the changed one on, as people write them. ``team`` names the declared consumer; otherwise the
    reader asset's owner is the consumer. ``asked`` is false for what lies below a reader at which the walk stopped:
    shown, not asked. ``own_files_changed``: this pull request changes the reader's own files.
    """

    change: str
    asset: str
    column: str
    how: How
    state: ReaderState
    via: tuple[str, ...]
    team: str = ""
    purpose: str = ""
    asked: bool = True


@dataclass(frozen=True, slots=True)
class Unread:
    """An asset that was not read completely: how, why and where."""

    asset: str
    asset_id: str
    status: ReadStatus
    reason: str
    location: Location
    loses_readers: bool = False


@dataclass(frozen=True, slots=True)
class Coverage:
    """How completely the head was read. ``complete`` is false where readers may exist that nobody can see.

    ``switched_off``: how many assets only a variable's default, or the environment, leaves out. ``filled``: of how many
    assets dbt's artifacts say more than the files; ``stale``: of how many that is not known, since the artifacts that
    were given were made of other files.
    """

    assets: int = 0
    resolved: int = 0
    partial: tuple[Unread, ...] = ()
    unreadable: tuple[Unread, ...] = ()
    complete: bool = True
    switched_off: int = 0
    filled: int = 0
    stale: int = 0


@dataclass(frozen=True, slots=True)
class VersionStep:
    """How far an asset's contract version moves if this is merged: ``major``, ``minor`` or ``patch``."""

    asset: str
    asset_id: str
    level: str
    digest: str


@dataclass(frozen=True)
class Analysis:
    """The whole result, small enough to be kept and sent between processes.

    ``already_on_tip`` are fingerprints of changes that the base branch's tip holds as well. ``table_readers``: by
    change, how many assets read the table but not the column. ``notes`` are lines for people about how it was
    compared.
    """

    changes: tuple[Change, ...] = ()
    reaches: tuple[Reach, ...] = ()
    assets: Mapping[str, AssetFacts] | None = None
    coverage: Coverage = Coverage()
    versions: tuple[VersionStep, ...] = ()
    table_readers: Mapping[str, int] | None = None
    notes: tuple[str, ...] = ()
