"""The contracts that dbt's artifacts hold: the same assets that a reading of the project's files gives."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

from placet.contracts.model import Asset, ContractSet, FileFinding
from placet.readers.dbt.artifacts.catalog import Catalog
from placet.readers.dbt.artifacts.columns import catalogued
from placet.readers.dbt.artifacts.compiled import compiled_from
from placet.readers.dbt.artifacts.documents import mapping, text
from placet.readers.dbt.artifacts.entries import entry_of, exposure_entry_of, group_entry_of, source_entry_of
from placet.readers.dbt.artifacts.manifest import NEWEST, Manifest, Node
from placet.readers.dbt.artifacts.places import without_lines
from placet.readers.dbt.artifacts.semantics import semantics_of
from placet.readers.dbt.artifacts.tests import TestsOf
from placet.readers.dbt.artifacts.writing import calls_as_written, settings_of
from placet.readers.dbt.assembly import RelationOf, assembled
from placet.readers.dbt.columns import Spelling
from placet.readers.dbt.context import Context, Repository
from placet.readers.dbt.dialects import Dialect, known_dialect
from placet.readers.dbt.drafts import Draft
from placet.readers.dbt.project import ProjectFile
from placet.readers.dbt.properties import PropertyFile
from placet.readers.dbt.python_models import PythonModel
from placet.readers.dbt.relations import Relations
from placet.readers.dbt.rendering import Rendering
from placet.readers.dbt.tree import Reading, Tree
from placet.vocabulary.canonical import text_digest
from placet.vocabulary.files import File, Files, Location
from placet.vocabulary.words import AssetKind, ReadStatus

# Where the assets of installed packages are taken to lie.
_PACKAGES = "dbt_packages"
_NAMING = re.compile(r"(?:\w+__)?generate_(database|schema|alias)_name")
_NOT_COMPILED = "the manifest holds no compiled SQL of it: dbt compile writes it"
_GIVES_NOTHING = "its compiled SQL gives no columns: it was compiled where what it asks the warehouse for was not there"
_NO_HEADER = "a manifest does not hold a seed's columns: catalog.json does"


def contracts_from(manifest: Manifest, catalog: Catalog | None = None) -> ContractSet:
    """Everything that the assets of a manifest promise and read, in the same form as ``read_projects`` gives it.

    Columns and what they are made of come from compiled SQL; where that is missing, or leaves something open, they are
    those of the catalog, else what YAML promises. Artifacts have no line numbers, so that places have none either.
    """
    known = _Known(manifest)
    contexts = [_Context(known, package) for package in known.packages]
    relations = Relations([context.project for context in contexts], known.repository.roots)

    def amend(asset: Asset, _relation_of: RelationOf) -> Asset:
        found = catalog.of(asset.id) if catalog is not None else ()
        return catalogued(_as_known(asset), found, Spelling(known.dialect.name))

    findings = list(known.findings())
    found = assembled(contexts, relations, findings, drafts=lambda context, _: known.drafts(context), amend=amend)
    return without_lines(found)


def _as_known(asset: Asset) -> Asset:
    """The asset as a manifest knows it: all that it depends on, and no query that gives nothing."""
    asset = replace(asset, refs_known=True)
    has_query = asset.kind in (AssetKind.MODEL, AssetKind.SNAPSHOT) and asset.language == "sql"
    if not has_query or asset.open_ended or any(column.derivation or column.hole for column in asset.columns):
        return asset
    return replace(
        asset,
        status=ReadStatus.UNREADABLE,
        reason=_GIVES_NOTHING,
        reason_location=asset.location,
        open_ended=True,
        reads_all=asset.reads,
    )


class _Known:
    """What is known of a manifest's projects before any asset is worked out."""

    def __init__(self, manifest: Manifest) -> None:
        self.manifest = manifest
        said = known_dialect(manifest.adapter)
        name = posixpath.basename(manifest.path) or "manifest.json"
        self.dialect = Dialect(said.name if said else "", manifest.adapter, name)
        self.projects = {package: self._project(package) for package in self.packages}
        folders = {project.folder: project for project in self.projects.values()}
        self.repository = Repository(
            Reading(Tree(Files(self._files())), {}, _silent), folders, dict.fromkeys(folders, "")
        )
        self.tests = TestsOf(manifest)

    @cached_property
    def packages(self) -> tuple[str, ...]:
        """The names of all projects whose assets stand in the manifest: the root's first, then its packages'."""
        manifest = self.manifest
        nodes = [*manifest.built.values(), *manifest.sources.values()]
        for section in _SECTIONS:
            nodes += manifest.others(section)
        others = {node.package for node in nodes} - {manifest.project}
        return (manifest.project, *sorted(others))

    def findings(self) -> Iterator[FileFinding]:
        """What of the manifest itself is good to know."""
        manifest = self.manifest
        if manifest.is_newer:
            yield FileFinding(
                Location(manifest.path),
                "",
                f"a manifest of version {manifest.schema}; those up to {NEWEST} are known",
                code="artifact_newer",
                hint="it is read all the same: look twice at what seems to be missing",
            )
        if known_dialect(manifest.adapter) is None:
            yield FileFinding(
                Location(manifest.path),
                "",
                f"the adapter {manifest.adapter!r} is not known, so its SQL is read as any dialect's",
                code="dialect_unknown",
                hint="types and names may be compared more strictly than they need to be",
            )

    def place(self, node: Node) -> Location:
        """The file of a node, from the root project's folder."""
        return Location(self._path(node, node.path))

    def properties(self, package: str) -> PropertyFile:
        """What the YAML of a project said, but for models, seeds and snapshots."""
        manifest = self.manifest

        def own(section: str) -> list[Node]:
            return [node for node in manifest.others(section) if node.package == package]

        models, metrics, queries = own("semantic_models"), own("metrics"), own("saved_queries")
        places = {node.id: self.place(node) for node in (*models, *metrics, *queries)}
        return PropertyFile(
            manifest.path,
            sources=tuple(
                source_entry_of(node, self.place(node), self.tests, self._database)
                for node in manifest.sources.values()
                if node.package == package
            ),
            exposures=tuple(exposure_entry_of(node, self.place(node), manifest) for node in own("exposures")),
            groups=tuple(group_entry_of(node, self.place(node)) for node in own("groups")),
            semantics=semantics_of(models, metrics, queries, places),
        )

    def drafts(self, context: Context) -> Iterator[Draft]:
        """The models, seeds and snapshots of a project, in order."""
        for node in self.manifest.built.values():
            if node.package == context.project.name:
                yield self._draft(node, context)

    def _draft(self, node: Node, context: Context) -> Draft:
        manifest = self.manifest
        entry = entry_of(node, Location(self._path(node, node.described_at)), self.tests)
        config = {**settings_of(node), "alias": _alias(node)}
        draft = Draft(
            context=context,
            kind=AssetKind(node.sort),
            name=node.name,
            location=self.place(node),
            sha=text_digest(" ".join(node.raw.split()), _checksum(node), manifest.macro_digest(node.macros)),
            config=config,
            version=node.version,
            latest=entry.latest_version,
            entry=entry,
            below=config,
        )
        if draft.kind is AssetKind.SEED:
            return replace(draft, problem=_NO_HEADER)
        calls = calls_as_written(node, manifest)
        if node.written.get("language") == "python":
            return replace(draft, python=PythonModel(is_model=True, calls=calls, config={}))
        if not node.compiled.strip():
            return replace(draft, rendering=Rendering(calls=calls, reason=_NOT_COMPILED))
        variant = compiled_from(node, manifest, self.dialect.name).rendered
        return replace(draft, rendering=Rendering(variants=(variant,), calls=calls))

    @cached_property
    def _database(self) -> str:
        """Where everything lies that names no database; empty where that is not plain."""
        nodes = self.manifest.built.values()
        found = {text(node.written, "database") for node in nodes if not node.config.get("database")}
        return found.pop() if len(found) == 1 else ""

    def _project(self, package: str) -> ProjectFile:
        is_root = package == self.manifest.project
        return ProjectFile(
            folder="" if is_root else f"{_PACKAGES}/{package}",
            name=package,
            location=Location(self.manifest.path),
            sha="",
            # Of whatever sort, it has no files.
            paths=defaultdict(tuple),
            install_folder=_PACKAGES if is_root else "",
            installed=not is_root,
        )

    def _files(self) -> Iterator[File]:
        for node in self.manifest.built.values():
            path = self._path(node, node.path)
            yield File(path, text_digest(node.raw), node.raw.encode("utf-8", "replace"))

    def _path(self, node: Node, path: str) -> str:
        return path if node.package == self.manifest.project else f"{_PACKAGES}/{node.package}/{path}"


_SECTIONS = ("exposures", "groups", "semantic_models", "metrics", "saved_queries")


class _Context(Context):
    """A project of a manifest, as its assets see it."""

    def __init__(self, known: _Known, package: str) -> None:
        super().__init__(known.repository, known.projects[package], known.dialect)
        self._said = known.properties(package)
        self._manifest = known.manifest

    @cached_property
    def properties(self) -> tuple[PropertyFile, ...]:
        """What the project's YAML said."""
        return (self._said,)

    @cached_property
    def naming(self) -> tuple[tuple[str, str], ...]:
        """The parts of a relation's name that a macro of these projects makes, each with a digest of the macros."""
        found: dict[str, str] = {}
        for package in dict.fromkeys((self.root.name, self.project.name)):
            texts: dict[str, list[str]] = {}
            for _, name, written in self._manifest.macros_of(package):
                if named := _NAMING.fullmatch(name):
                    texts.setdefault(named[1], []).append(written)
            found = {**{part: text_digest(*written) for part, written in texts.items()}, **found}
        return tuple(sorted(found.items()))


def _silent(_path: str) -> None:
    return


def _alias(node: Node) -> str:
    """What it is called in the warehouse."""
    default = f"{node.name}_v{node.version.replace('.', '_')}" if node.version else node.name
    return text(node.written, "alias") or default


def _checksum(node: Node) -> str:
    """The digest of a seed's file, of which the manifest holds nothing else."""
    return text(mapping(node.written, "checksum"), "checksum") if node.sort == "seed" else ""
