"""dbt's artifacts on this machine: where they lie, and two states of a project compared by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from placet.errors import BadFile
from placet.local.compare import Comparison, SideArtifacts, compare_contracts
from placet.readers.dbt.artifacts import Artifacts, catalog_from, contracts_from, manifest_from
from placet.readers.dbt.artifacts.documents import MAX_BYTES, looks_like_manifest
from placet.vocabulary.words import Mode

MANIFEST = "manifest.json"
CATALOG = "catalog.json"
# Where dbt writes them, from a project's folder.
TARGET = "target"


def manifest_at(path: Path) -> Path | None:
    """Where the manifest lies that a path means: a file, or a folder with one in it or in its ``target``; else None."""
    if path.is_file():
        return path
    candidates = (path / MANIFEST, path / TARGET / MANIFEST)
    return next((one for one in candidates if one.is_file()), None)


def is_manifest(path: Path) -> bool:
    """Whether a file is one of dbt's manifests, by what it says of itself. Raises BadFile where it cannot be read."""
    return looks_like_manifest(_bytes(path))


def artifacts_at(path: Path, catalog: Path | None = None) -> Artifacts:
    """The manifest that a path means, with the catalog that is named or lies beside it.

    Raises BadFile where there is none, or one of them cannot be read.
    """
    place = manifest_at(path)
    if place is None:
        hint = (
            f"give a {MANIFEST}, or a folder that holds one" if path.exists() else "give the path of a file or a folder"
        )
        raise BadFile(f"holds no {MANIFEST}" if path.exists() else "is not there", path=_name(path), hint=hint)
    manifest = manifest_from(_bytes(place), _name(place))
    beside = place.with_name(CATALOG)
    if catalog is None and beside.is_file():
        catalog = beside
    return Artifacts(manifest, None if catalog is None else catalog_from(_bytes(catalog), _name(catalog)))


def side_artifacts(base: Path | None, head: Path | None) -> SideArtifacts:
    """The artifacts of both sides, where their paths were given. Raises BadFile where one cannot be read."""
    return SideArtifacts(*(() if path is None else (artifacts_at(path),) for path in (base, head)))


def compare_artifacts(
    old: Artifacts, new: Artifacts, *, mode: Mode | None = None, authors: Sequence[str] | None = None
) -> Comparison:
    """Two manifests compared, each with its catalog.

    A catalog of one side alone is left out: whatever it knows more would look as if it had come or gone.
    """
    notes = []
    if (old.catalog is None) != (new.catalog is None):
        side = "new" if old.catalog is None else "old"
        notes.append(f"Only the {side} side has a {CATALOG}, so it was left out: both or neither are compared.")
    for side, one in (("old", old), ("new", new)):
        if one.manifest.is_only_parsed:
            notes.append(f"The {side} side was only parsed: let dbt compile write it, so that its SQL can be compared.")
    both = old.catalog is not None and new.catalog is not None
    sides = [contracts_from(one.manifest, one.catalog if both else None) for one in (old, new)]
    for side, contracts in zip(("old", "new"), sides, strict=True):
        notes += [f"The {side} side is {one.reason} ({one.hint})." for one in contracts.findings if one.code in _TOLD]
    return compare_contracts(*sides, mode=mode, authors=authors, notes=notes)


def artifacts_from(
    manifest: str | bytes | Mapping[str, Any], catalog: str | bytes | Mapping[str, Any] | None, name: str
) -> Artifacts:
    """Artifacts given as text, bytes or parsed; ``name`` is what errors call them. Raises BadFile."""
    read = manifest_from(_given(manifest), f"{name} {MANIFEST}")
    return Artifacts(read, None if catalog is None else catalog_from(_given(catalog), f"{name} {CATALOG}"))


_TOLD = ("artifact_newer",)


def _given(value: str | bytes | Mapping[str, Any]) -> bytes | Mapping[str, Any]:
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value


def _bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise BadFile(
                f"too large to read ({size:,} bytes)", path=_name(path), hint=f"at most {MAX_BYTES:,} are read"
            )
        return path.read_bytes()
    except OSError as error:
        raise BadFile(f"cannot be read: {error.strerror}", path=_name(path), hint="make it readable") from None


def _name(path: Path) -> str:
    return str(path.resolve())
