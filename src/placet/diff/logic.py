"""The differences between how two sides make the same shape: expressions, filters and grain.

What means the same is the same: derivations are normalised, and each input counts by its own digest, down to the
sources. What an asset only takes over from above is no change of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from placet.contracts.model import Asset, Column, ColumnRef, Derivation, RowPart
from placet.diff.difference import Difference
from placet.lineage.graph import Graph
from placet.vocabulary.files import Location
from placet.vocabulary.words import AssetKind, ReadStatus, RowPartKind, Side

_FILTERS = frozenset({RowPartKind.FILTER, RowPartKind.ORDER})
_MOST_TOLD = 3
_LONGEST_TOLD = 80
# What stands before the text of a part; those of the other kinds say by themselves what they are.
_LABELS = {RowPartKind.FILTER: "filter", RowPartKind.FROM: "from", RowPartKind.GROUP: "group by"}


def logic_differences(
    old: Asset, new: Asset, before: Graph, after: Graph, told: Collection[str]
) -> Iterator[Difference]:
    """What is made otherwise; ``told`` are the folded names of columns of which something else is said already.

    An asset that nobody touched goes on doing what it did, whatever becomes of what it reads.
    """
    if old.own_digest == new.own_digest:
        return
    found = [*_expressions(old, new, before, after, told)]
    if ReadStatus.UNREADABLE not in (old.status, new.status):
        found += _row_differences(old, new, before, after)
        if not found and not _go_together_alike(old, new, before, after):
            found.append(_regrouped(old, new))
    yield from found


def _expressions(old: Asset, new: Asset, before: Graph, after: Graph, told: Collection[str]) -> Iterator[Difference]:
    for column in old.columns:
        now = new.column(column.key)
        if now is None or column.derivation == now.derivation or column.key in told:
            continue
        if _is_made_otherwise(column, now, (old, new), before, after):
            yield Difference(
                "expression_changed",
                f"columns.{column.key}",
                _made(column.derivation),
                _made(now.derivation),
                f"column {now.name}{_step(column, now)}",
                now.location,
                Side.HEAD,
                column=column.key,
            )


def _go_together_alike(old: Asset, new: Asset, before: Graph, after: Graph) -> bool:
    """Whether in a union of the same columns the same values go together with the same rows."""
    if not old.branches or not new.branches or old.branches == new.branches:
        return True
    if {column.key for column in old.columns} != {column.key for column in new.columns}:
        return True
    return before.branch_digests(old) == after.branch_digests(new)


def _regrouped(old: Asset, new: Asset) -> Difference:
    return Difference(
        "grain_changed",
        "branches",
        {"branches": sorted(one.template for one in old.branches)},
        {"branches": sorted(one.template for one in new.branches)},
        "in a union other values go together with the rows",
        new.location,
        Side.HEAD,
    )


def _is_made_otherwise(old: Column, new: Column, assets: tuple[Asset, Asset], before: Graph, after: Graph) -> bool:
    one, two = old.derivation, new.derivation
    if one is None or two is None:
        return False
    if before.column_digest(assets[0].key, old.key) == after.column_digest(assets[1].key, new.key):
        return False
    return not _is_own_part_alike(one, two, before, after)


def _is_own_part_alike(one: Derivation, two: Derivation, before: Graph, after: Graph) -> bool:
    """Made in the same way of the same inputs, or of inputs that mean the same under another name."""
    if one.template != two.template or len(one.inputs) != len(two.inputs):
        return False
    return all(_is_input_alike(a, b, before, after) for a, b in zip(one.inputs, two.inputs, strict=True))


def _is_input_alike(one: ColumnRef, two: ColumnRef, before: Graph, after: Graph) -> bool:
    if one == two or before.column_digest(one.asset, one.column) == after.column_digest(two.asset, two.column):
        return True
    return one.column == two.column and _is_one_source(before.asset(one.asset), after.asset(two.asset))


def _is_one_source(old: Asset | None, new: Asset | None) -> bool:
    """Two sources that are listed under different names and lie at one place in the warehouse."""
    if old is None or new is None or (old.kind, new.kind) != (AssetKind.SOURCE, AssetKind.SOURCE):
        return False
    one, two = old.relation, new.relation
    is_known = bool(one.schema and one.identifier) and not (one.named_by or two.named_by)
    return is_known and (one.database, one.schema, one.identifier) == (two.database, two.schema, two.identifier)


def _row_differences(old: Asset, new: Asset, before: Graph, after: Graph) -> Iterator[Difference]:
    gone, come = before.row_digests(old), after.row_digests(new)
    had, has = {digest for _, digest in gone}, {digest for _, digest in come}
    removed = [part for part, digest in gone if digest not in has]
    added = [part for part, digest in come if digest not in had]
    removed, added = _without_alike(removed, added, before, after), _without_alike(added, removed, after, before)
    for rule, path, is_filter in (("filter_changed", "filters", True), ("grain_changed", "grain", False)):
        less = [part for part in removed if (part.kind in _FILTERS) is is_filter]
        more = [part for part in added if (part.kind in _FILTERS) is is_filter]
        if less or more:
            yield Difference(
                rule,
                path,
                {"parts": _identities(less)},
                {"parts": _identities(more)},
                _sentence(less, more),
                _place(more, new) if more else _place(less, old),
                Side.HEAD if more else Side.BASE,
            )


def _without_alike(parts: list[RowPart], others: list[RowPart], mine: Graph, theirs: Graph) -> list[RowPart]:
    """The parts that have no counterpart which differs only by what comes from above."""
    return [
        part
        for part in parts
        if not any(
            part.kind is other.kind and _is_own_part_alike(part.derivation, other.derivation, mine, theirs)
            for other in others
        )
    ]


def _identities(parts: list[RowPart]) -> list[list[object]]:
    return sorted(
        [part.kind.value, part.derivation.template, [str(ref) for ref in part.derivation.inputs]] for part in parts
    )


def _sentence(less: list[RowPart], more: list[RowPart]) -> str:
    gone, come = _told(less), _told(more)
    if not less:
        return f"{come} added"
    if not more:
        return f"{gone} removed"
    return _told_apart(gone, come, [part.derivation for part in less], [part.derivation for part in more])


def _told_apart(gone: str, come: str, old: Sequence[Derivation | None], new: Sequence[Derivation | None]) -> str:
    """What becomes of what; where both read alike, how they differ all the same."""
    if gone != come:
        return f"{gone} becomes {come}"
    if _inputs(old) != _inputs(new):
        return f"{gone}, but of other columns"
    if "…" in gone:
        return f"{gone} goes on in another way"
    return f"{gone}, of what is made in another way elsewhere in the query"


def _inputs(derivations: Sequence[Derivation | None]) -> frozenset[ColumnRef]:
    return frozenset(ref for one in derivations if one is not None for ref in one.inputs)


def _told(parts: list[RowPart]) -> str:
    texts = list(dict.fromkeys(_words(part) for part in parts))
    more = len(texts) - _MOST_TOLD
    return "; ".join(texts[:_MOST_TOLD]) + (f" and {more} more" if more > 0 else "")


def _words(part: RowPart) -> str:
    text = part.derivation.text
    text = text if len(text) <= _LONGEST_TOLD else f"{text[: _LONGEST_TOLD - 1]}…"
    label = _LABELS.get(part.kind, "")
    return " ".join(word for word in (label, text) if word) or part.kind.value


def _place(parts: list[RowPart], asset: Asset) -> Location:
    line = next((part.line for part in parts if part.line), asset.location.line)
    return Location(asset.location.path, line)


def _made(derivation: Derivation | None) -> dict[str, object]:
    """What is agreed to: the meaning of the expression, not its wording."""
    if derivation is None:
        return {}
    return {"made": derivation.template, "of": [str(ref) for ref in derivation.inputs]}


def _step(old: Column, new: Column) -> str:
    """What becomes of an expression, in words; where it reads the same, what it is made of tells the two apart."""
    before, after = _text(old), _text(new)
    had, has = _inputs([old.derivation]), _inputs([new.derivation])
    if before == after and had - has and has - had:
        return f" is made from {_named(has - had)} instead of {_named(had - has)}"
    return f": {_told_apart(before, after, [old.derivation], [new.derivation])}"


def _named(refs: frozenset[ColumnRef]) -> str:
    names = sorted(str(ref).split(".", 2)[-1] for ref in refs)
    more = f" and {len(names) - _MOST_TOLD} more" if len(names) > _MOST_TOLD else ""
    return ", ".join(names[:_MOST_TOLD]) + more


def _text(column: Column) -> str:
    return (column.derivation.text if column.derivation is not None else "") or column.name
