"""The differences between two sides' columns: gone, emptied, retyped, new, moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from placet.contracts.model import VARYING, Asset, Column, Derivation
from placet.contracts.types import TypeStep, step_between
from placet.diff.changes import Facts
from placet.diff.difference import Difference
from placet.diff.readership import Readership
from placet.lineage.graph import Graph
from placet.vocabulary.words import AssetKind, ReadStatus, Side

_TYPE_RULES = {
    TypeStep.WIDENED: "type_widened",
    TypeStep.NARROWED: "type_narrowed",
    TypeStep.CHANGED: "type_changed",
    TypeStep.UNCLEAR: "type_unclear",
}


def column_differences(
    old: Asset, new: Asset, before: Graph, after: Graph, readership: Readership
) -> Iterator[Difference]:
    """What becomes of each column, in the order of the base, then of the head; the order itself comes last."""
    had, has = {**_implied(old, before), **existing_columns(old)}, existing_columns(new)
    successors = _Successors(old, new, before, after)
    added = {key: column for key, column in has.items() if key not in had and _is_surely_new(key, old)}
    for key, column in had.items():
        if key in has:
            now = has[key]
            if column.type != now.type or column.derivation != now.derivation:
                yield from _altered(column, now)
        elif _is_surely_gone(column, new):
            yield Difference(
                "column_removed",
                f"columns.{column.key}",
                {"type": column.type},
                None,
                f"column {column.name} removed",
                column.location,
                Side.BASE,
                column=column.key,
                renamed_to=successors.of(column, added),
            )
    by_place = bool(added) and readership.breaks_by_place(old.key)
    for column in added.values():
        yield Difference(
            "column_added",
            f"columns.{column.key}",
            None,
            {"type": column.type},
            f"column {column.name} added",
            column.location,
            Side.HEAD,
            column=column.key,
            raised=by_place,
        )
    yield from _reordered(old, new, readership)


def existing_columns(asset: Asset) -> dict[str, Column]:
    """The columns that the asset has, as far as anybody can know, by folded name.

    Where the SQL closes the list it is the truth, and what only YAML promises does not exist. Elsewhere both count.
    """
    proved = asset.status is not ReadStatus.UNREADABLE and asset.language == "sql" and not asset.open_ended
    if asset.kind is AssetKind.SOURCE or not any(column.made for column in asset.columns):
        proved = False
    return {column.key: column for column in asset.columns if column.made or not proved}


def _implied(asset: Asset, graph: Graph) -> dict[str, Column]:
    """What comes through a star that nobody can see through: the columns that readers name of it."""
    if not asset.open_ended:
        return {}
    return {name: Column(name, name, asset.location) for name in graph.columns_read(asset.key)}


def _is_surely_gone(column: Column, new: Asset) -> bool:
    """A column that the head does not list may still come through what nobody can see; a promise taken back is seen."""
    if not new.open_ended and new.language == "sql":
        # However much of the rest is unknown, the list of columns is closed.
        return True
    return column.promised and new.column(column.key) is None


def _is_surely_new(key: str, old: Asset) -> bool:
    """Where the base's list was open, the column may have been there all along."""
    return not old.open_ended and old.column(key) is None


def _altered(old: Column, new: Column) -> Iterator[Difference]:
    path = f"columns.{old.key}"
    emptied = new.derivation is not None and _is_made_of_nothing(new.derivation)
    if emptied and old.derivation is not None and not _is_made_of_nothing(old.derivation):
        yield Difference(
            "column_emptied",
            path,
            {"constant": False},
            {"constant": new.derivation.text, "made": new.derivation.template} if new.derivation else None,
            f"column {old.name} holds only {new.derivation.text if new.derivation else ''} from now on",
            new.location,
            Side.HEAD,
            column=old.key,
        )
        return
    if old.type == new.type:
        return
    rule, message = "type_declared", f"column {new.name} is now known to be {new.type}"
    if old.type is None and _is_made_otherwise(old, new):
        rule, message = "type_cast", f"column {new.name} is made otherwise and is now {new.type}; before, nobody knows"
    if new.type is None and new.hole:
        # It cannot be worked out any more: a finding of its own, or the consequence of one.
        return
    if new.type is None:
        rule, message = "type_undeclared", f"column {new.name} is no longer known to be {old.type}"
    elif old.type is not None:
        step = step_between(old.type, new.type)
        if step is TypeStep.SAME:
            return
        rule, message = _TYPE_RULES[step], f"column {new.name}: {old.type} becomes {new.type}"
    # A note that is corrected in YAML, while the query stays as it is, moves nothing in the warehouse.
    if old.type_is_noted and new.type_is_noted and not _is_made_otherwise(old, new):
        rule = "type_noted"
    facts: tuple[Facts, Facts] = ({"type": old.type}, {"type": new.type})
    yield Difference(rule, path, *facts, message, new.location, Side.HEAD, column=old.key)


def _is_made_of_nothing(derivation: Derivation) -> bool:
    """NULL, a literal, or an expression over neither column nor row: whatever the data, it says the same."""
    return derivation.constant or not (derivation.inputs or derivation.template.startswith(VARYING))


def _is_made_otherwise(old: Column, new: Column) -> bool:
    if old.derivation is None or new.derivation is None:
        return False
    return (old.derivation.template, old.derivation.inputs) != (new.derivation.template, new.derivation.inputs)


def _reordered(old: Asset, new: Asset, readership: Readership) -> Iterator[Difference]:
    had = {column.key: None for column in old.columns if column.made}
    has = {column.key: None for column in new.columns if column.made}
    order, later = [key for key in had if key in has], [key for key in has if key in had]
    if order != later:
        yield Difference(
            "column_reordered",
            "columns",
            {"order": order},
            {"order": later},
            "columns in another order",
            new.location,
            Side.HEAD,
            raised=readership.breaks_by_place(old.key),
        )


class _Successors:
    """Finds the new column that is likely an old one under another name: made alike, else of one type at one place."""

    def __init__(self, old: Asset, new: Asset, before: Graph, after: Graph) -> None:
        self._old, self._new = old, new
        self._before, self._after = before, after

    def of(self, column: Column, added: Mapping[str, Column]) -> str | None:
        """The name of the likely successor among the new columns."""
        if not added:
            return None
        if column.derivation is not None and not column.derivation.constant:
            alike = self._made_alike(added).get(self._before.column_digest(self._old.key, column.key), [])
            if len(alike) == 1:
                return alike[0]
        place = self._places[0].get(column.key)
        if place is None or column.type is None:
            return None
        there = added.get(self._places[1].get(place, ""))
        return there.name if there is not None and there.type == column.type else None

    def _made_alike(self, added: Mapping[str, Column]) -> Mapping[str, list[str]]:
        if self._alike is None:
            self._alike = {}
            for one in added.values():
                self._alike.setdefault(self._after.column_digest(self._new.key, one.key), []).append(one.name)
        return self._alike

    _alike: dict[str, list[str]] | None = None

    @cached_property
    def _places(self) -> tuple[Mapping[str, int], Mapping[int, str]]:
        """The place of each old column, and which new column stands at a place."""
        old = [column.key for column in self._old.columns if column.made]
        new = [column.key for column in self._new.columns if column.made]
        return {key: place for place, key in enumerate(old)}, dict(enumerate(new))
