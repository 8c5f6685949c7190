"""The holes of a static reading, filled from the artifacts of the same commit.

What the files say plainly stays: an asset that was read completely is left alone, a list of columns that the SQL closes
gets no more of them, and a column of which it is known how it is made keeps that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from placet.contracts.model import Asset, ContractSet
from placet.policy.model import ProjectHint
from placet.readers.dbt.artifacts.catalog import Catalog
from placet.readers.dbt.artifacts.columns import with_columns
from placet.readers.dbt.artifacts.compiled import compiled_from, gives_nothing
from placet.readers.dbt.artifacts.completing import completed
from placet.readers.dbt.artifacts.documents import text
from placet.readers.dbt.artifacts.manifest import Manifest, Node
from placet.readers.dbt.artifacts.provenance import Provenance
from placet.readers.dbt.assembly import OUTSIDE, RelationOf
from placet.readers.dbt.columns import Spelling
from placet.readers.dbt.dialects import known_dialect
from placet.readers.dbt.parts import KnownRelation
from placet.readers.dbt.repository import read_projects
from placet.readers.dbt.resolving import resolved_by_name
from placet.vocabulary.canonical import text_digest
from placet.vocabulary.files import Files
from placet.vocabulary.words import READERS_ONLY, AssetKind, ReadStatus


@dataclass(frozen=True)
class Artifacts:
    """A manifest, and the catalog that belongs to it if there is one."""

    manifest: Manifest
    catalog: Catalog | None = None

    @cached_property
    def digest(self) -> str:
        """Covers both."""
        return text_digest(self.manifest.digest, "" if self.catalog is None else self.catalog.digest)


def read_filled(
    files: Files,
    hints: Sequence[ProjectHint],
    artifacts: Sequence[Artifacts],
    *,
    progress: Callable[[str], None] | None = None,
    refused: Mapping[str, str] | None = None,
) -> ContractSet:
    """As ``read_projects``, with what the files leave open taken from the artifacts, asset by asset.

    Of each asset only artifacts count that were made of its files as they are here, the first of several. ``filled``
    and ``stale`` of the result say for which they were used, and for which not since all were made of other files.
    """
    if not artifacts:
        return read_projects(files, hints, progress=progress, refused=refused)
    filling = Filling(artifacts, files)
    read = read_projects(files, hints, progress=progress, refused=refused, amend=filling.amended)
    return replace(read, filled=tuple(sorted(filling.filled)), stale=tuple(sorted(filling.stale)))


class Filling:
    """Fills the assets of one reading as they are taken up, each after all that it reads."""

    def __init__(self, artifacts: Sequence[Artifacts], files: Files) -> None:
        self._known = _Known()
        self._sources = [_Source(one, files, self._known) for one in artifacts]
        self.filled: set[str] = set()
        self.stale: set[str] = set()

    def amended(self, asset: Asset, relation_of: RelationOf) -> Asset:
        """The asset with what the artifacts add to it; the very same where that is nothing."""
        self._known.add(asset)
        if asset.kind in READERS_ONLY or (asset.status is ReadStatus.RESOLVED and not asset.open_ended):
            return asset
        named = [(source, node) for source in self._sources if (node := source.node(asset)) is not None]
        fresh = next(((source, node) for source, node in named if source.is_fresh(node, asset)), None)
        if fresh is None:
            self.stale |= {asset.key} if named else set()
            return asset
        source, node = fresh
        found = source.completed(asset, node, relation_of)
        if (found.columns, found.status, found.open_ended) == (asset.columns, asset.status, asset.open_ended):
            return asset
        self.filled.add(asset.key)
        return found


class _Known:
    """The assets that were taken up: by id, and which of them are sources."""

    def __init__(self) -> None:
        self._keys: dict[str, str] = {}
        self.sources: set[str] = set()

    def add(self, asset: Asset) -> None:
        self._keys.setdefault(asset.id, asset.key)
        if asset.kind is AssetKind.SOURCE:
            self.sources.add(asset.key)

    def key(self, unique_id: str, reader: Asset) -> str:
        """The key of what a reader means by a unique id; empty where nothing of that id was taken up."""
        return reader.key if unique_id == reader.id else self._keys.get(unique_id, "")


class _Source:
    """One manifest, with its catalog, as what fills holes."""

    def __init__(self, artifacts: Artifacts, files: Files, known: _Known) -> None:
        self._manifest = artifacts.manifest
        self._catalog = artifacts.catalog or Catalog()
        self._provenance = Provenance(artifacts.manifest, files)
        self._known = known
        said = known_dialect(self._manifest.adapter)
        self._dialect = said.name if said is not None else ""
        self._spelling = Spelling(self._dialect)

    def node(self, asset: Asset) -> Node | None:
        """What the manifest has of an asset."""
        return self._manifest.built.get(asset.id) or self._manifest.sources.get(asset.id)

    def is_fresh(self, node: Node, asset: Asset) -> bool:
        """Whether the node is of the asset's files as they are; a source's, whether it lies where they say."""
        if asset.kind is not AssetKind.SOURCE:
            return self._provenance.is_of_these_files(node, asset)
        place = asset.relation
        said = [(place.identifier, "identifier"), (place.schema, "schema"), (place.database, "database")]
        # A template that could not be rendered is no word about where the source lies.
        return all(not one or "{" in one or one == text(node.written, key) for one, key in said)

    def completed(self, asset: Asset, node: Node, relation_of: RelationOf) -> Asset:
        """The asset with what compiled SQL gives, else with the catalog's columns."""
        if asset.kind in (AssetKind.MODEL, AssetKind.SNAPSHOT) and asset.language == "sql" and node.compiled.strip():
            asset = self._resolved(asset, node, relation_of)
        columns = self._catalog.of(asset.id)
        return with_columns(asset, columns, self._spelling) if asset.open_ended and columns else asset

    def _resolved(self, asset: Asset, node: Node, relation_of: RelationOf) -> Asset:
        compiled = compiled_from(node, self._manifest, self._dialect)
        relations = {token: self._relation(one, asset, relation_of) for token, one in compiled.ids.items()}
        incomplete = {one.key for one in relations.values() if one.key in self._known.sources and one.columns}
        found = resolved_by_name(compiled.rendered, relations, self._dialect, incomplete).resolution
        if found is None or gives_nothing(found):
            return asset
        reads = {key for one in node.reads if (key := self._known.key(one, asset))} - {asset.key}
        return completed(asset, found, reads)

    def _relation(self, unique_id: str, asset: Asset, relation_of: RelationOf) -> KnownRelation:
        node = self._manifest.built.get(unique_id) or self._manifest.sources[unique_id]
        key = self._known.key(unique_id, asset)
        # What an incremental model finds in itself is what it gives, which nobody knows yet.
        known = relation_of(key) if key and key != asset.key else None
        return known or KnownRelation(key or f"{OUTSIDE}:{unique_id}", node.name, (), open_ended=True)
