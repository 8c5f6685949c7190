"""Which SQL dialect a project is written in, and who says so."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from placet.errors import BadFile
from placet.readers.dbt.project import ProjectFile
from placet.readers.dbt.shapes import canonical, text_in
from placet.readers.dbt.tree import ADAPTER_HINT, Reading, is_inside
from placet.vocabulary.yamlfile import YamlMap, load_yaml

# dbt adapters and the sqlglot dialect of their SQL; empty: none comes near.
ADAPTERS: Mapping[str, str] = {
    "alloydb": "postgres",
    "athena": "athena",
    "bigquery": "bigquery",
    "clickhouse": "clickhouse",
    "databricks": "databricks",
    "doris": "doris",
    "dremio": "dremio",
    "duckdb": "duckdb",
    "exasol": "exasol",
    "fabric": "tsql",
    "fabricspark": "spark",
    "glue": "spark",
    "greenplum": "postgres",
    "hive": "hive",
    "impala": "hive",
    "mariadb": "mysql",
    "materialize": "materialize",
    "mysql": "mysql",
    "oracle": "oracle",
    "postgres": "postgres",
    "presto": "presto",
    "redshift": "redshift",
    "risingwave": "risingwave",
    "singlestore": "singlestore",
    "snowflake": "snowflake",
    "spark": "spark",
    "sqlite": "sqlite",
    "sqlserver": "tsql",
    "starrocks": "starrocks",
    "synapse": "tsql",
    "teradata": "teradata",
    "trino": "trino",
    "tsql": "tsql",
    "vertica": "postgres",
}
# What stands in a project's own configuration for one adapter only.
_CONFIG_WORDS: Mapping[str, str] = {
    "snowflake_warehouse": "snowflake",
    "query_tag": "snowflake",
    "copy_grants": "snowflake",
    "transient": "snowflake",
    "hours_to_expiration": "bigquery",
    "require_partition_filter": "bigquery",
    "dataset": "bigquery",
    "liquid_clustered_by": "databricks",
    "tblproperties": "databricks",
    "sort_type": "redshift",
    "engine": "clickhouse",
    "order_by": "clickhouse",
    "external_location": "",
}
_REQUIREMENT = re.compile(r"(?i)\bdbt[-_](" + "|".join(sorted(ADAPTERS, key=len, reverse=True)) + r")\b")
# A comment in a file of requirements; an address may well hold the same sign.
_COMMENT = re.compile(r"(?m)(?:^|\s)#.*$")
_PROFILE_FILE = re.compile(r"(?i)profiles?(?:\.[\w-]+)*\.ya?ml$")
_CI_FILE = re.compile(r"(?:^|/)(?:\.github/workflows/[^/]+\.ya?ml|\.gitlab-ci\.yml|azure-pipelines[^/]*\.ya?ml)$")
# Adapters that projects for another warehouse often install beside it, to run their tests.
_FOR_TESTS = {"postgres": 1, "duckdb": 2, "sqlite": 3}
_PRODUCTION = re.compile(r"(?i)^prod")


@dataclass(frozen=True, slots=True)
class Dialect:
    """A sqlglot dialect (empty: generic), the dbt adapter it was taken from, and who says so."""

    name: str = ""
    adapter: str = ""
    said_by: str = ""


def known_dialect(text: str) -> Dialect | None:
    """The dialect of an adapter's or a dialect's name; None where nobody knows it."""
    name = text.strip().lower()
    if name in ADAPTERS:
        return Dialect(ADAPTERS[name], "sqlserver" if name == "tsql" else name)
    return None


def dialect_of(project: ProjectFile, hint: str, files: HintFiles) -> Dialect:
    """The project's dialect, and who says so; the generic one where nobody does.

    The policy's word counts first, then the nearest profiles, the adapter that is installed for the project, what its
    own configuration gives away, and what workflows install. Where one of these names several adapters, those after it
    choose among them; where they do not, it is the first, and ``said_by`` says that there were several.
    """
    if hint and (said := known_dialect(hint)):
        return Dialect(said.name, said.adapter, "policy")
    left: list[Dialect] = []
    for found in (
        files.by_profiles(project),
        files.by_requirements(project),
        _by_configuration(project),
        files.by_continuous_integration(),
    ):
        left = _narrowed(left, found)
        if len(left) == 1:
            break
    return left[0] if left else Dialect()


def _narrowed(left: list[Dialect], found: list[Dialect]) -> list[Dialect]:
    """Those of several dialects which a further hint names, that hint's own where there are none yet."""
    if not left:
        if len(found) < 2:  # noqa: PLR2004 - one of several
            return found
        several = ", ".join(one.adapter for one in found)
        return [replace(one, said_by=f"{one.said_by} (one of several: {several})") for one in found]
    adapters = {one.adapter: one for one in found}
    kept = [one for one in left if one.adapter in adapters]
    if len(kept) != 1:
        return kept or left
    _, _, several = kept[0].said_by.partition(" (")
    return [replace(kept[0], said_by=f"{adapters[kept[0].adapter].said_by} ({several}")]


class HintFiles:
    """The files of a repository that name adapters; looked for once for all projects."""

    def __init__(self, reading: Reading) -> None:
        tree = reading.tree
        self._reading = reading
        self._named: dict[str, tuple[str, ...]] = {}
        self._profiles = [(path, self._yaml(path)) for path in tree.matching(_PROFILE_FILE)]
        self._requirements = tree.matching(ADAPTER_HINT)
        self._workflows = tree.matching(_CI_FILE)

    def by_profiles(self, project: ProjectFile) -> list[Dialect]:
        """What the nearest profiles say of the profile that the project names, else of the only one there is.

        Several where as near ones differ.
        """
        found: dict[str, Dialect] = {}
        nearest: tuple[int, int] | None = None
        for path, profiles in sorted(self._profiles, key=lambda one: _distance(one[0], project.folder)):
            distance = _distance(path, project.folder)[:2]
            if nearest is not None and distance != nearest:
                break
            profile = profiles.get(project.profile or project.name)
            if profile is None and is_inside(path, project.folder) and project.folder:
                named = [value for key, value in profiles.items() if key != "config"]
                profile = named[0] if len(named) == 1 else None
            adapter = _adapter_in(profile)
            if adapter and (said := known_dialect(adapter)):
                found.setdefault(said.adapter, Dialect(said.name, said.adapter, path))
                nearest = distance
        return list(found.values())

    def by_requirements(self, project: ProjectFile) -> list[Dialect]:
        """The adapters among the requirements nearest to the project."""
        return self._named_in(self._requirements, project.folder)

    def by_continuous_integration(self) -> list[Dialect]:
        """The adapters that the workflows of the repository install."""
        return self._named_in(self._workflows, "")

    def _named_in(self, paths: list[str], folder: str) -> list[Dialect]:
        """The adapters that the nearest of these files name; those that are rarely there just for tests, if any."""
        by_distance: dict[tuple[int, int], dict[str, str]] = {}
        for path in paths:
            for adapter in self._adapters_named(path):
                by_distance.setdefault(_distance(path, folder)[:2], {}).setdefault(adapter, path)
        if not by_distance:
            return []
        found = by_distance[min(by_distance)]
        rank = min(_FOR_TESTS.get(adapter, 0) for adapter in found)
        adapters = sorted(adapter for adapter in found if _FOR_TESTS.get(adapter, 0) == rank)
        return [Dialect(ADAPTERS[adapter], adapter, found[adapter]) for adapter in adapters]

    def _adapters_named(self, path: str) -> tuple[str, ...]:
        if path not in self._named:
            data = b"" if self._reading.problem(path) else self._reading.tree.files[path].data or b""
            text = _COMMENT.sub("", data.decode("utf-8", "replace"))
            self._named[path] = tuple(sorted({match.group(1).lower() for match in _REQUIREMENT.finditer(text)}))
        return self._named[path]

    def _yaml(self, path: str) -> YamlMap:
        if self._reading.problem(path):
            return YamlMap(1)
        try:
            content = load_yaml(self._reading.tree.files[path].data or b"", path, repeated=[])
        except BadFile:
            # A template of a profile is often no YAML; it is only a hint.
            return YamlMap(1)
        return content if isinstance(content, YamlMap) else YamlMap(1)


def _adapter_in(profile: object) -> str:
    """The adapter of a profile: of its output for production, else of its target, else the one that most have."""
    outputs = profile.get("outputs") if isinstance(profile, YamlMap) else None
    if not isinstance(profile, YamlMap) or not isinstance(outputs, YamlMap):
        return ""
    types = {str(name): text_in(output, "type") for name, output in outputs.items() if isinstance(output, YamlMap)}
    types = {name: adapter.lower() for name, adapter in types.items() if adapter.lower() in ADAPTERS}
    if not types:
        return ""
    production = [adapter for name, adapter in types.items() if _PRODUCTION.match(name)]
    if production:
        return production[0]
    if adapter := types.get(text_in(profile, "target")):
        return adapter
    return min(Counter(types.values()).items(), key=lambda item: (-item[1], item[0]))[0]


def _by_configuration(project: ProjectFile) -> list[Dialect]:
    """The adapter whose own settings stand in the project's configuration, if it is one only."""
    text = canonical(project.configs)
    found = {adapter for word, adapter in _CONFIG_WORDS.items() if re.search(rf'"\+?{word}":', text) and adapter}
    if len(found) != 1:
        found = {name for name in ADAPTERS if re.search(rf"(?i)(?:^|[_\W]){name}(?:$|[_\W])", project.profile)}
    if len(found) != 1:
        return []
    adapter = found.pop()
    return [Dialect(ADAPTERS[adapter], adapter, project.location.path)]


def _distance(path: str, folder: str) -> tuple[int, int, str]:
    """How far a file is from a project: inside it, beside its parents, anywhere; then by depth."""
    parent = posixpath.dirname(path)
    if is_inside(parent, folder):
        return 0 if folder else 1, parent.count("/") + bool(parent), path
    if is_inside(folder, parent):
        return 1, folder.count("/") - parent.count("/"), path
    return 2, parent.count("/"), path
