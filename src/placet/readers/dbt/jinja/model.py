"""What a rendering is given, and how it says that it cannot be done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from placet.contracts.model import Relation
from placet.readers.dbt.parts import KnownColumn, RefCall, SourceCall

NOTHING_SET: Mapping[str, object] = MappingProxyType({})

ADAPTERS = MappingProxyType(
    {
        "tsql": "sqlserver",
        "fabric": "fabric",
        "presto": "trino",
        "hive": "spark",
        "spark2": "spark",
        "": "default",
    }
)


class Unrenderable(Exception):
    """A template that cannot be rendered: ``reason`` for people, ``line`` of the file that was to be rendered."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason, line)
        self.reason = reason
        self.line = line

    def __str__(self) -> str:
        return self.reason if self.line is None else f"{self.reason} (line {self.line})"


class Raised(Unrenderable):
    """The template itself raises an error."""


@dataclass(frozen=True, slots=True)
class MacroFile:
    """A file under a project's or an installed package's macro paths (or one of snapshots or tests, for its blocks)."""

    path: str
    package: str
    text: str


@dataclass(frozen=True, slots=True)
class MacroFinding:
    """A macro file that does not parse: where and why."""

    path: str
    line: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Target:
    """What ``target`` says. ``type`` is dbt's name of the adapter, which ``adapter_of`` gives for a SQL dialect."""

    name: str = "prod"
    schema: str = "main"
    database: str = "main"
    type: str = "default"


def adapter_of(dialect: str) -> str:
    """The name of the dbt adapter that speaks a sqlglot dialect; ``default`` where no dialect is known."""
    return ADAPTERS.get(dialect.lower(), dialect.lower())


def _no_columns(_call: RefCall | SourceCall) -> tuple[KnownColumn, ...] | None:
    return None


def _no_relation(_call: RefCall | SourceCall) -> Relation | None:
    return None


def _not_described(_unique_id: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a template can ask about besides its own text.

    ``project`` is the root project's name and ``package`` the one that the template belongs to (the root project
    where it is empty). ``variables`` are those of ``dbt_project.yml`` that hold for the template, the package's own
    under the root project's. ``config`` is what YAML configures for the model, by key without a ``+``; what the
    template's own ``config()`` says is laid over it. ``columns_of`` gives a relation's columns, or None where they
    are not (all) known; ``relation_of`` where a relation lies, or None; ``described`` what YAML says of a node by its
    unique id, as JSON, or None where it says nothing.
    """

    project: str
    target: Target = Target()
    variables: Mapping[str, object] = field(default_factory=dict)
    package: str = ""
    model: str = ""
    version: str = ""
    path: str = ""
    config: Mapping[str, object] = field(default_factory=dict)
    columns_of: Callable[[RefCall | SourceCall], tuple[KnownColumn, ...] | None] = _no_columns
    relation_of: Callable[[RefCall | SourceCall], Relation | None] = _no_relation
    described: Callable[[str], str | None] = _not_described
