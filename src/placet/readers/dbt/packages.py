"""The packages that a dbt project asks for: ``packages.yml``, ``dependencies.yml`` and the lock file."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from placet.contracts.model import FileFinding
from placet.readers.dbt.documents import document_at
from placet.readers.dbt.shapes import canonical, maps_in, text_in
from placet.readers.dbt.tree import Reading, joined
from placet.vocabulary.yamlfile import YamlMap

_FILES = ("packages.yml", "packages.yaml", "dependencies.yml", "dependencies.yaml")
_LOCKS = ("package-lock.yml", "package-lock.yaml")
_KINDS = ("package", "git", "private", "tarball", "local")
_PLAIN_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Package:
    """A package that a project asks for.

    ``name`` as its macros are likely called, ``origin`` as written, ``version`` (or revision) as canonical text,
    ``folder`` for one that lies in this repository.
    """

    name: str
    origin: str
    version: str = ""
    folder: str | None = None


def packages_of(reading: Reading, folder: str, findings: list[FileFinding]) -> tuple[Package, ...]:
    """The packages (and the projects of others) that the project in a folder asks for, in order of name."""
    found: dict[str, Package] = {}
    for name in _FILES:
        content, notes = document_at(reading, folder, name)
        if content is not None:
            for key in ("packages", "projects"):
                for item in maps_in(content, key, notes):
                    package = _package(item, folder)
                    if package is None:
                        notes.ignored(f"an entry of {key} of no known kind", item.line, f"one of {', '.join(_KINDS)}")
                    else:
                        found[package.origin] = package
        findings += notes.found
    for name in _LOCKS:
        content, notes = document_at(reading, folder, name)
        if content is not None:
            for item in maps_in(content, "packages", notes):
                locked = _package(item, folder)
                if locked is not None:
                    known = found.get(locked.origin, locked)
                    found[locked.origin] = replace(known, version=locked.version or known.version, name=locked.name)
        findings += notes.found
    return tuple(sorted(found.values(), key=lambda one: (one.name, one.origin)))


def _package(item: YamlMap, folder: str) -> Package | None:
    version = canonical(item["version"]) if item.get("version") is not None else text_in(item, "revision")
    # Several may come from one place, each from a folder of its own.
    inside = text_in(item, "subdirectory").strip("/")
    for key in (*_KINDS[:-1], "name"):
        if origin := text_in(item, key):
            name = _PLAIN_NAME.fullmatch(text_in(item, "name"))
            origin = f"{origin.rstrip('/')}/{inside}" if inside else origin
            return Package(name.group() if name else _name_in(origin), origin, version)
    if local := text_in(item, "local"):
        return Package(_name_in(local), local, folder=joined(folder, local))
    return None


def _name_in(origin: str) -> str:
    last = origin.rstrip("/").rpartition("/")[2].removesuffix(".git").removesuffix(".tar.gz")
    return last.replace("-", "_")
