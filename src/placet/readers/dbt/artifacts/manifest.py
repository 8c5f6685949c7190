"""``manifest.json`` as values, whatever version of dbt wrote it.

Versions 4 (dbt 1.0) to 12 (dbt 1.8 and all since) are known. What differs: the template's text is ``raw_sql`` and
``compiled_sql`` before version 7, ``raw_code`` and ``compiled_code`` since; groups, access, contracts, versions and a
test's ``attached_node`` come with 9, semantic models and ``project_name`` with 10, saved queries with 11. What a
version does not have yet is simply not there.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from placet.errors import BadFile
from placet.readers.dbt.artifacts.documents import Document, document, mapping, text, texts
from placet.vocabulary.canonical import text_digest

OLDEST = 4
NEWEST = 12

_BUILT = ("model", "seed", "snapshot")


@dataclass(frozen=True)
class Node:
    """An entry of the manifest. ``written`` is all that it says."""

    id: str
    sort: str
    package: str
    name: str
    written: Mapping[str, Any]

    @property
    def path(self) -> str:
        """Its file, from its project's folder."""
        return text(self.written, "original_file_path").replace("\\", "/")

    @property
    def described_at(self) -> str:
        """The property file that describes it, from its project's folder; its own file where none does."""
        return text(self.written, "patch_path").partition("://")[2].replace("\\", "/") or self.path

    @property
    def raw(self) -> str:
        """Its template."""
        return text(self.written, "raw_code") or text(self.written, "raw_sql")

    @property
    def compiled(self) -> str:
        """Its compiled SQL; empty where dbt only parsed."""
        return text(self.written, "compiled_code") or text(self.written, "compiled_sql")

    @property
    def config(self) -> Mapping[str, Any]:
        """Its configuration as dbt merged it."""
        return mapping(self.written, "config")

    @property
    def version(self) -> str:
        """Its version; empty where it has none."""
        return text(self.written, "version") if self.sort == "model" else ""

    @property
    def reads(self) -> list[str]:
        """The unique ids of what it depends on."""
        return texts(mapping(self.written, "depends_on"), "nodes")

    @property
    def macros(self) -> list[str]:
        """The unique ids of the macros that it calls itself."""
        return texts(mapping(self.written, "depends_on"), "macros")


class Manifest:
    """What one ``manifest.json`` says."""

    def __init__(self, read: Document) -> None:
        self.path = read.path
        self.schema = read.version
        self.digest = read.digest
        self._read = read
        metadata = read.section("metadata")
        self.dbt_version = text(metadata, "dbt_version")
        self.adapter = text(metadata, "adapter_type")

    @property
    def is_newer(self) -> bool:
        """Whether a later dbt wrote it than this reader knows."""
        return self.schema > NEWEST

    @property
    def is_only_parsed(self) -> bool:
        """Whether it has models, and compiled SQL of none of them."""
        models = [node for node in self.built.values() if node.sort == "model"]
        return bool(models) and not any(node.compiled for node in models)

    @cached_property
    def project(self) -> str:
        """The root project's name."""
        metadata = self._read.section("metadata")
        named = text(metadata, "project_name")
        entries = self._read.section("nodes").values()
        packages = Counter(text(one, "package_name").strip() for one in entries if isinstance(one, dict))
        # Before version 10 only the name's MD5 is there.
        digest = text(metadata, "project_id")
        hashed = (name for name in sorted(packages) if _md5(name) == digest)
        likeliest = max(sorted(packages), key=lambda name: packages[name], default="")
        return named or next(hashed, "") or likeliest

    @cached_property
    def built(self) -> Mapping[str, Node]:
        """Models, seeds and snapshots by unique id, in order."""
        found = (node for node in self._nodes("nodes") if node.sort in _BUILT)
        return {node.id: node for node in sorted(found, key=lambda node: node.id)}

    @cached_property
    def sources(self) -> Mapping[str, Node]:
        """Tables of sources by unique id, in order."""
        return {node.id: node for node in sorted(self._nodes("sources"), key=lambda node: node.id)}

    @cached_property
    def tests(self) -> tuple[Node, ...]:
        """Generic tests, in order; singular ones promise nothing that has a name."""
        found = (node for node in self._nodes("nodes") if node.sort == "test" and node.written.get("test_metadata"))
        return tuple(sorted(found, key=lambda node: node.id))

    def others(self, section: str) -> tuple[Node, ...]:
        """The entries of another section (``exposures``, ``metrics`` …), in order."""
        return tuple(sorted(self._nodes(section), key=lambda node: node.id))

    def is_built_by_dbt(self, macro: str) -> bool:
        """Whether a macro, by unique id, is one of dbt's or of an adapter's own."""
        package = macro.split(".")[1] if macro.count(".") > 1 else ""
        return package == "dbt" or (package.startswith("dbt_") and package in self._adapters)

    def macro_text(self, macro: str) -> tuple[str, str, str]:
        """A macro's package, file (from its project's folder) and text, by unique id; empty where it is not there."""
        written = mapping(self._read.section("macros"), macro)
        path = text(written, "original_file_path").replace("\\", "/")
        return text(written, "package_name"), path, text(written, "macro_sql")

    def macros_of(self, package: str) -> list[tuple[str, str, str]]:
        """The macros of a project or package: file, name and text of each, in order of file and name."""
        found = [
            (text(written, "original_file_path").replace("\\", "/"), text(written, "name"), text(written, "macro_sql"))
            for written in self._read.section("macros").values()
            if isinstance(written, dict) and text(written, "package_name") == package
        ]
        return sorted(found, key=lambda one: one[:2])

    def macros_below(self, macros: Iterable[str]) -> tuple[str, ...]:
        """These macros and all that they call, by unique id, in order; dbt's own are left out."""
        waiting = [one for one in macros if not self.is_built_by_dbt(one)]
        met = set(waiting)
        while waiting:
            written = mapping(self._read.section("macros"), waiting.pop())
            for other in texts(mapping(written, "depends_on"), "macros"):
                if other not in met and not self.is_built_by_dbt(other):
                    met.add(other)
                    waiting.append(other)
        return tuple(sorted(met))

    def macro_digest(self, macros: Iterable[str]) -> str:
        """A digest of the texts of these macros and of all that they call, without dbt's own."""
        known = (self.macro_text(macro)[2] for macro in self.macros_below(macros))
        return text_digest(*(" ".join(one.split()) for one in known))

    @cached_property
    def _adapters(self) -> frozenset[str]:
        """The packages of macros that come with dbt's adapters: dbt's own and those that they are based on."""
        based = {"redshift": "postgres", "databricks": "spark", "synapse": "fabric"}.get(self.adapter, "")
        return frozenset({f"dbt_{name}" for name in (self.adapter, based) if name})

    def _nodes(self, section: str) -> Iterator[Node]:
        for unique_id, written in self._read.section(section).items():
            if isinstance(written, dict) and (name := text(written, "name").strip()):
                sort = text(written, "resource_type") or unique_id.partition(".")[0]
                yield Node(unique_id, sort, text(written, "package_name").strip() or self.project, name, written)


def manifest_from(data: bytes | Mapping[str, Any], path: str) -> Manifest:
    """What a ``manifest.json`` says, as bytes or parsed. Raises BadFile where it is none, or from before dbt 1.0."""
    read = document(data, path, "manifest")
    if read.version < OLDEST:
        raise BadFile(
            f"is a manifest of version {read.version}, which dbt wrote before 1.0",
            path=path,
            hint=f"versions {OLDEST} to {NEWEST} are read: let a later dbt write it",
        )
    if not isinstance(read.content.get("nodes"), dict):
        raise BadFile("is a manifest without nodes", path=path, hint="let dbt write it anew")
    return Manifest(read)


def _md5(name: str) -> str:
    return hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
