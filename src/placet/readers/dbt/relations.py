"""Which asset a reference means: ``ref`` and ``source`` resolved as dbt resolves them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from placet.contracts.versions import is_same_version, latest_of
from placet.readers.dbt.packages import Package
from placet.readers.dbt.parts import RefCall, SourceCall
from placet.readers.dbt.project import ProjectFile

# Packages of macros alone: no model can come from them.
_MACRO_PACKAGES = frozenset(
    {
        "audit_helper", "codegen", "dbt_audit_helper", "dbt_codegen", "dbt_constraints", "dbt_date", "dbt_expectations",
        "dbt_external_tables", "dbt_profiler", "dbt_utils", "dbt_ml", "dbtplyr", "fivetran_utils", "logging", "metrics",
        "snowflake_utils", "snowplow_utils", "spark_utils", "sqlserver_utils", "trino_utils", "tsql_utils",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Missing:
    """A reference that means no asset of the repository; ``outside``: a package that is not in the tree may have it."""

    reason: str
    outside: bool


@dataclass(slots=True)
class _Names:
    """What one project offers to references."""

    models: dict[str, dict[str, str]] = field(default_factory=dict)
    latest: dict[str, str] = field(default_factory=dict)
    sources: dict[tuple[str, str], str] = field(default_factory=dict)
    disabled: set[str] = field(default_factory=set)


class Relations:
    """The names of a repository's assets, and which of them a reference means."""

    def __init__(self, projects: Iterable[ProjectFile], roots: Mapping[str, str]) -> None:
        self._projects = {project.folder: project for project in projects}
        self._roots = roots
        self._names = {folder: _Names() for folder in self._projects}
        self._order = {folder: tuple(self._searched(folder)) for folder in self._projects}
        self._outside = {folder: self._absent_packages(folder) for folder in self._projects}

    def add(self, folder: str, name: str, key: str, *, version: str = "", latest: str = "") -> bool:
        """Offer a model, seed or snapshot under its name; False where the name is taken."""
        versions = self._names[folder].models.setdefault(name, {})
        if version in versions or (versions and not (version and all(versions))):
            return False
        versions[version] = key
        if latest:
            self._names[folder].latest[name] = latest
        return True

    def add_source(self, folder: str, source: str, table: str, key: str) -> bool:
        """Offer a source's table; False where the name is taken."""
        return self._names[folder].sources.setdefault((source, table), key) == key

    def add_disabled(self, folder: str, name: str) -> None:
        """Remember a name that is switched off, to say so where it is asked for."""
        self._names[folder].disabled.add(name)

    def key_of(self, call: RefCall | SourceCall, folder: str) -> str | Missing:
        """The key of what a reference in a project means, or why it means nothing."""
        if isinstance(call, SourceCall):
            return self._source(call, folder)
        return self._ref(call, folder)

    def order(self, folder: str) -> tuple[str, ...]:
        """The folders of the projects in which a project's references are looked up, in order."""
        return self._order[folder]

    def absent_packages(self, folder: str) -> tuple[tuple[str, str], ...]:
        """The packages that a project asks for and that are not in the tree: name, and origin with version."""
        return tuple((package.name, f"{package.origin}@{package.version}") for package in self._outside[folder])

    def _ref(self, call: RefCall, folder: str) -> str | Missing:
        name = f"{call.package}.{call.name}" if call.package else call.name
        for place in self._order[folder]:
            versions = self._names[place].models.get(call.name)
            if versions and call.package in ("", self._projects[place].name):
                break
        else:
            return self._missing(call, name, folder)
        if set(versions) == {""}:
            if call.version:
                return Missing(f'the model "{name}" has no versions (asked for: {call.version})', outside=False)
            return versions[""]
        wanted = call.version or self._names[place].latest.get(call.name, "") or latest_of(versions)
        if wanted in versions:
            return versions[wanted]
        same = [key for version, key in versions.items() if is_same_version(version, wanted)]
        return same[0] if same else Missing(f'the model "{name}" has no version {wanted}', outside=False)

    def _source(self, call: SourceCall, folder: str) -> str | Missing:
        for place in self._order[folder]:
            if key := self._names[place].sources.get((call.source, call.table)):
                return key
        return self._elsewhere(f'no source "{call.source}.{call.table}"', folder)

    def _missing(self, call: RefCall, name: str, folder: str) -> Missing:
        if call.name in self._names[folder].disabled:
            return Missing(f'no model "{name}": it is disabled', outside=False)
        if call.package and call.package not in {project.name for project in self._projects.values()}:
            return Missing(f'no model "{name}": the package {call.package} is not in the repository', outside=True)
        if call.package:
            return Missing(f'no model "{name}"', outside=False)
        return self._elsewhere(f'no model "{name}"', folder)

    def _elsewhere(self, reason: str, folder: str) -> Missing:
        """What is not here; a package that is not in the tree may have it, since its models and sources are for all."""
        absent = [package.name for package in self._outside[folder] if package.name not in _MACRO_PACKAGES]
        return Missing(f"{reason} here; it may come from {', '.join(absent)}" if absent else reason, bool(absent))

    def _searched(self, folder: str) -> Iterator[str]:
        """The projects in which a reference is looked up, in order.

        dbt's order is the root project, the own one, then any package. Other projects of the repository come last:
        they stand for packages and projects that dbt would fetch from elsewhere.
        """
        root = self._roots[folder]
        wanted = [root, folder]
        for place in (root, folder):
            wanted += [package.folder for package in self._projects[place].packages if package.folder is not None]
        wanted += [place for place, owner in self._roots.items() if owner == root]
        wanted += sorted(self._projects)
        yield from dict.fromkeys(place for place in wanted if place in self._projects)

    def _absent_packages(self, folder: str) -> tuple[Package, ...]:
        root = self._roots[folder]
        here = {project.name for project in self._projects.values()}
        asked = {
            package.origin: package for place in (root, folder) for package in self._projects[place].packages
        }.values()
        return tuple(
            package
            for package in asked
            if package.name not in here and (package.folder is None or package.folder not in self._projects)
        )
