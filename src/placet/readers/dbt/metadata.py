"""What an asset says to Placet: ``meta.placet``, in dbt's own ``meta``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from placet.contracts.model import DeclaredUse, OwnerHint, PlacetMeta
from placet.readers.dbt.shapes import Notes, line_of, text_in, texts_of
from placet.vocabulary.words import Mode
from placet.vocabulary.yamlfile import YamlMap

_KEYS = frozenset({"owner", "steward", "compatibility", "consumers", "columns", "contract", "deprecated_since"})
_TRANSITIVE = "_transitive"

Fold = Callable[[str], str]


def placet_meta(meta: Mapping[str, Any], notes: Notes, fold: Fold) -> PlacetMeta:
    """What ``meta`` says, its columns folded; what is written wrongly is noted and passed over."""
    owner = meta.get("owner")
    meta_owner = text_in(owner, "name") if isinstance(owner, Mapping) else text_in(meta, "owner")
    placet = meta.get("placet")
    if placet is None:
        return PlacetMeta(meta_owner=meta_owner)
    if not isinstance(placet, Mapping):
        notes.ignored("meta.placet is not a mapping", line_of(meta, "placet"), "write owner:, consumers: … below it")
        return PlacetMeta(meta_owner=meta_owner)
    for key in placet:
        if key not in _KEYS:
            notes.ignored(
                f"meta.placet has no key {key}", line_of(placet, key), f"known are {', '.join(sorted(_KEYS))}"
            )
    columns = placet.get("columns")
    return PlacetMeta(
        owner=text_in(placet, "owner"),
        meta_owner=meta_owner,
        steward=text_in(placet, "steward").removeprefix("@"),
        compatibility=_mode(placet, notes),
        consumers=tuple(_consumers(placet, notes, fold)),
        columns=None if columns is None else tuple(fold(name) for name in texts_of(columns)),
        contract=texts_of(placet.get("contract")),
    )


def owner_hint(owner: object) -> OwnerHint | None:
    """The name and e-mails under ``owner`` of a group or an exposure; None where none is given."""
    if isinstance(owner, str):
        return OwnerHint(name=owner.strip()) if owner.strip() else None
    if not isinstance(owner, Mapping):
        return None
    emails = texts_of(owner.get("email"))
    hint = OwnerHint(text_in(owner, "name"), emails[0] if emails else "", emails[1:])
    return hint if hint.names else None


def _mode(placet: Mapping[str, Any], notes: Notes) -> Mode | None:
    written = text_in(placet, "compatibility")
    if not written:
        return None
    name = written.lower().removesuffix(_TRANSITIVE)
    if name in Mode.__members__.values():
        return Mode(name)
    notes.ignored(
        f"meta.placet.compatibility is {written!r}",
        line_of(placet, "compatibility"),
        f"one of {', '.join(Mode)}",
    )
    return None


def _consumers(placet: Mapping[str, Any], notes: Notes, fold: Fold) -> list[DeclaredUse]:
    value = placet.get("consumers")
    if value is None:
        return []
    found: list[DeclaredUse] = []
    for item in value if isinstance(value, list) else [value]:
        line = item.line if isinstance(item, YamlMap) else line_of(placet, "consumers")
        if isinstance(item, Mapping) and text_in(item, "team"):
            columns = tuple(fold(name) for name in texts_of(item.get("columns")))
            found.append(DeclaredUse(text_in(item, "team"), columns, text_in(item, "purpose"), notes.at(line)))
        elif isinstance(item, str) and item.strip():
            found.append(DeclaredUse(item.strip(), (), "", notes.at(line)))
        else:
            notes.ignored("a consumer without a team", line, "write - {team: …, columns: […], purpose: …}")
    return found
