"""Configuration as dbt merges it: the project's folders, a YAML entry, ``config()`` in the file, the root project."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from placet.readers.dbt.project import ProjectFile
from placet.readers.dbt.shapes import Unrendered, is_true, text_of, texts_of

Config = Mapping[str, Any]

# Settings whose parts are laid over one another; of all others the nearest one counts alone.
_MERGED = frozenset({"meta", "grants", "column_types", "docs", "quoting", "contract"})
# What adapters call a database and a schema.
_ALIASES = {
    "dataset": "schema", "project": "database", "catalog": "database", "data_space": "database",
    "target_dataset": "target_schema", "target_project": "target_database",
}  # fmt: skip
# Settings that say nothing of what an asset gives.
_TEXTS = frozenset({"tags", "docs", "description"})


def folder_configs(project: ProjectFile, resource: str, names: Iterable[str]) -> Iterator[Config]:
    """The settings that ``dbt_project.yml`` gives a resource, widest first; ``names`` lead from the project to it.

    A key with ``+`` is a setting, and so is one without whose value is no mapping; the others are folders.
    """
    level = project.configs.get(resource)
    path = list(names)
    while isinstance(level, Mapping):
        yield {
            str(key).removeprefix("+").strip(): value
            for key, value in level.items()
            if str(key).startswith("+") or not isinstance(value, Mapping)
        }
        level = level.get(path.pop(0)) if path else None


def merged(*layers: Config) -> dict[str, Any]:
    """Settings laid over one another, later over earlier."""
    result: dict[str, Any] = {}
    for layer in layers:
        for written, value in layer.items():
            key = _key(str(written))
            before = result.get(key)
            if key == "grants" and isinstance(value, Mapping):
                result[key] = _granted(before if isinstance(before, Mapping) else {}, value)
            elif key in _MERGED and isinstance(value, Mapping) and isinstance(before, Mapping):
                result[key] = {**before, **value}
            else:
                result[key] = value
    return result


def is_enabled(config: Config) -> bool:
    """Whether dbt builds what is configured so."""
    return is_true(config.get("enabled"), default=True)


def text_setting(config: Config, key: str, default: str = "") -> str:
    """A setting as text; the default where it is missing or no plain value."""
    value = config.get(key)
    return default if value is None or isinstance(value, (Mapping, list, tuple, Unrendered)) else text_of(value)


def map_setting(config: Config, key: str) -> Mapping[str, Any]:
    """A setting that is a mapping; an empty one where it is something else."""
    value = config.get(key)
    return value if isinstance(value, Mapping) else {}


def without_texts(config: Config) -> dict[str, Any]:
    """The settings that can change what an asset gives, or who may read it."""
    return {key: value for key, value in config.items() if key not in _TEXTS}


def _key(written: str) -> str:
    key = written.replace("-", "_")
    return _ALIASES.get(key, key)


def _granted(before: Mapping[str, Any], value: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Grants replace those of the same privilege, and add to them where the privilege is written with ``+``."""
    result = {key: texts_of(item) for key, item in before.items()}
    for written, item in value.items():
        key = str(written).removeprefix("+")
        earlier = result.get(key, ()) if str(written).startswith("+") else ()
        result[key] = tuple(dict.fromkeys((*earlier, *texts_of(item))))
    return result


def variables_of(project: ProjectFile, root: ProjectFile, builders: Iterable[ProjectFile]) -> dict[str, Any]:
    """The variables that a project's templates see: its own, under those of the root project that installs it.

    ``builders`` are the projects of the repository that build this one as a local package: what they set counts where
    nobody else says anything, since many a package is switched on by its tests alone.
    """
    result: dict[str, Any] = {}
    for setter in [*builders, *([project] if project is not root else []), root]:
        own = setter.variables.get(project.name)
        # A mapping under another project's name is that project's, and hurts nobody as a variable.
        result |= {str(key): value for key, value in setter.variables.items() if key != project.name}
        if isinstance(own, Mapping):
            result |= {str(key): value for key, value in own.items()}
        elif own is not None:
            result[project.name] = own
    return result
