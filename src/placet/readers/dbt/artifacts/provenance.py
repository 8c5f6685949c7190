"""Whether an artifact was made of the very files that are read: its templates' text is the evidence."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterable, Mapping
from functools import cached_property

from placet.contracts.model import Asset
from placet.readers.dbt.artifacts.documents import mapping, text
from placet.readers.dbt.artifacts.manifest import Manifest, Node
from placet.vocabulary.files import Files
from placet.vocabulary.words import AssetKind


class Provenance:
    """Compares a manifest with a tree of files."""

    def __init__(self, manifest: Manifest, files: Files) -> None:
        self._manifest = manifest
        self._files = files
        self._texts: dict[str, str] = {}
        self._macros: dict[tuple[str, str], bool] = {}

    def is_of_these_files(self, node: Node, asset: Asset) -> bool:
        """Whether the node was compiled of the template and the macros as the files have them.

        Macros of a package that is not in the tree cannot be compared, nor can variables and the environment: that the
        artifact was made at the same commit is the word of whoever gives it.
        """
        return self._is_same_template(node, asset) and all(
            self._is_same_macro(macro, asset) for macro in self._manifest.macros_below(node.macros)
        )

    def _is_same_template(self, node: Node, asset: Asset) -> bool:
        path = asset.location.path
        if asset.kind is AssetKind.SEED:
            checksum = mapping(node.written, "checksum")
            return text(checksum, "name") == "sha256" and text(checksum, "checksum") in self._checksums(path)
        raw = _normal(node.raw)
        if not raw:
            return False
        written = self._text(path)
        # A snapshot is one block of its file; one that YAML makes has no template there.
        return raw in written if asset.kind is AssetKind.SNAPSHOT else raw == written

    def _is_same_macro(self, macro: str, asset: Asset) -> bool:
        folder = asset.key.rpartition(":")[0]
        if (macro, folder) not in self._macros:
            self._macros[macro, folder] = self._found(macro, folder)
        return self._macros[macro, folder]

    def _found(self, macro: str, folder: str) -> bool:
        package, path, written = self._manifest.macro_text(macro)
        if package == self._manifest.project:
            return _normal(written) in self._text(posixpath.join(folder, path))
        # Where a package lies in the tree, if it does, its own project knows: installed, or beside this one.
        present = [one for one in self._by_name.get(posixpath.basename(path), ()) if f"/{one}".endswith(f"/{path}")]
        return not present or any(_normal(written) in self._text(one) for one in present)

    @cached_property
    def _by_name(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in self._files:
            found.setdefault(posixpath.basename(path), []).append(path)
        return found

    def _text(self, path: str) -> str:
        if path not in self._texts:
            file = self._files.get(path)
            data = file.data if file is not None else None
            self._texts[path] = _normal((data or b"").decode("utf-8-sig", "replace"))
        return self._texts[path]

    def _checksums(self, path: str) -> Iterable[str]:
        """The checksums that dbt may have made of a seed: of its bytes, or of its text without blanks around it."""
        file = self._files.get(path)
        if file is None or file.data is None:
            return ()
        return [hashlib.sha256(data).hexdigest() for data in (file.data, file.data.strip())]


def _normal(written: str) -> str:
    return written.replace("\r\n", "\n").strip()
