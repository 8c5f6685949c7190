"""The assets of a repository as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from placet.cli.coverage import artifact_lines, coverage_line, findings_lines, read_word
from placet.cli.states import State
from placet.contracts.model import Asset, Column
from placet.local.reading import Reading
from placet.render.lineage import short
from placet.render.markdown import code, plain, prose, table
from placet.render.reasons import readable
from placet.render.words import shortened

_KEPT = 5


def assets_markdown(state: State, chosen: Sequence[Asset]) -> Iterator[str]:
    """A table of all assets, or, where some are chosen, one of each one's columns."""
    yield f"## {plain(state.name)}"
    if chosen:
        for asset in chosen:
            yield from _one(asset, state.reading)
        return
    yield table(
        ("Asset", "Kind", "Columns", "Read", "Owner", "File"),
        [_row(asset, state.reading) for asset in state.reading.assets],
    )
    lines = (coverage_line(state.reading.assets), *artifact_lines(state.reading))
    yield plain(" ".join(lines), limit=2_000)
    yield "\n".join(f"- {prose(line)}" for line in findings_lines(state.reading))


def _row(asset: Asset, reading: Reading) -> tuple[str, ...]:
    reason = f": {prose(readable(asset.reason), limit=200)}" if asset.reason else ""
    return (
        code(asset.id),
        asset.kind.value,
        f"{len(asset.columns):,}{' or more' if asset.open_ended else ''}",
        f"{read_word(asset)}{reason}",
        _owner(asset, reading),
        code(str(asset.location)),
    )


def _one(asset: Asset, reading: Reading) -> Iterator[str]:
    yield f"### {code(asset.id)}"
    reason = f": {prose(readable(asset.reason))}" if asset.reason else ""
    yield f"{code(str(asset.location))}, owner {_owner(asset, reading) or 'not known'}, {read_word(asset)}{reason}"
    yield table(
        ("Column", "Type", "Made from", "Read by"), [_column(asset, column, reading) for column in asset.columns]
    )


def _column(asset: Asset, column: Column, reading: Reading) -> tuple[str, ...]:
    inputs = [] if column.derivation is None else [code(short(str(ref))) for ref in column.derivation.inputs]
    made = f"not known: {prose(readable(column.hole))}" if column.hole else shortened(inputs, _KEPT)
    readers = shortened([code(one) for one in reading.readers_of(asset, column)], _KEPT)
    return code(column.name), code(column.type) if column.type else "", made, readers


def _owner(asset: Asset, reading: Reading) -> str:
    team = reading.owners.get(asset.key)
    return plain(team.name) if team is not None else ""
