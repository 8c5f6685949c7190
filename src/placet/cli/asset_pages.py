"""The assets of a repository, as pages for people: all of them as a list, or some to the column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from placet.cli.coverage import HOW_TO_OWN, artifact_lines, coverage_line, findings_lines, read_word
from placet.cli.states import State
from placet.cli.terminal import FAINT, HEADING, Page, Row, joined, shown, table
from placet.contracts.model import Asset, Column, Project
from placet.local.reading import Reading
from placet.render.lineage import short
from placet.render.reasons import readable
from placet.render.words import counted, shortened
from placet.vocabulary.words import READERS_ONLY, AssetKind, ReadStatus

_ORDER = (
    AssetKind.SOURCE, AssetKind.SEED, AssetKind.MODEL, AssetKind.SNAPSHOT, AssetKind.SEMANTIC_MODEL, AssetKind.METRIC,
    AssetKind.SAVED_QUERY, AssetKind.EXPOSURE,
)  # fmt: skip
_STATUS = {ReadStatus.RESOLVED: "green", ReadStatus.PARTIAL: "yellow", ReadStatus.UNREADABLE: "bold red"}
_HEADERS = ("asset", "kind", "columns", "read", "owner", "file")
_OWNER = _HEADERS.index("owner")
_KEPT = 3


def assets_page(state: State, page: Page) -> None:
    """Every asset in a line, by project, and how completely they were read."""
    reading = state.reading
    page.add(_title(state, counted(len(reading.assets), "asset")))
    for project in reading.contracts.projects:
        own = [asset for asset in reading.assets if asset.project == project.name and _folder(asset) == project.folder]
        if own:
            page.add(Text(""), project_line(project))
            page.add(*_listed(sorted(own, key=_place), reading, page.width))
    page.add(Text(""))
    page.add(*(shown(line, limit=600) for line in (coverage_line(reading.assets), *artifact_lines(reading))))
    _notes(state, page)


def asset_page(asset: Asset, state: State, page: Page) -> None:
    """One asset to the column: types, what each column is made from, who reads it."""
    reading = state.reading
    page.add(
        Text(""),
        joined(shown(asset.id, HEADING), _status(asset)),
        joined(
            shown(str(asset.location), FAINT), _owner(asset, reading), shown(_described(asset), FAINT), between=" · "
        ),
    )
    if asset.reason:
        page.add(_reason(asset))
    if asset.columns:
        page.add(Text(""), *_columns(asset, reading, page))
    else:
        page.add(Text("  no columns are known", style=FAINT))
    if asset.open_ended:
        page.add(Text("  … and perhaps more: where they come from, not all columns are known", style=FAINT))
    for words, texts in _more(asset, reading):
        page.add(Text(""), Padding(joined(Text(f"{words}:", style=FAINT), shown(texts, limit=1_000)), (0, 0, 0, 2)))


def _title(state: State, what: str) -> Text:
    return joined(shown(state.name, HEADING), what, between=": ")


def state_title(state: State) -> Text:
    """What was read, as the first line of a page."""
    return shown(state.name, HEADING)


def project_line(project: Project) -> Text:
    """A project's name, folder and dialect, with who said so."""
    folder = f"in {project.folder}" if project.folder else ""
    if project.dialect_from:
        dialect = f"{project.dialect or 'generic'} SQL, as {project.dialect_from} says"
    else:
        dialect = "generic SQL, since nothing names the adapter (.github/placet.yml can, in its projects)"
    return joined(shown(f"project {project.name}", HEADING), shown(folder, FAINT), shown(f"· {dialect}", FAINT))


def _folder(asset: Asset) -> str:
    return asset.key.rpartition(":")[0]


def _place(asset: Asset) -> tuple[int, str]:
    return _ORDER.index(asset.kind), asset.id


def _listed(assets: Sequence[Asset], reading: Reading, width: int) -> Iterator[RenderableType]:
    """The assets as a table; without a column for owners where nobody has one."""
    rows = [_row(asset, reading) for asset in assets]
    if reading.owners:
        return table(_HEADERS, rows, width)
    fewer = [Row((*row.cells[:_OWNER], *row.cells[_OWNER + 1 :]), row.below) for row in rows]
    return table((*_HEADERS[:_OWNER], *_HEADERS[_OWNER + 1 :]), fewer, width)


def _row(asset: Asset, reading: Reading) -> Row:
    below = (_reason(asset),) if asset.reason and asset.status is not ReadStatus.RESOLVED else ()
    unknown = "-" if asset.kind in READERS_ONLY or asset.kind is AssetKind.SOURCE else "?"
    number = f"{len(asset.columns):,}{'+' if asset.open_ended else ''}" if asset.columns else unknown
    cells = (
        shown(short(asset.id)),
        Text(asset.kind.value),
        Text(f"{number:>7}"),
        _status(asset),
        _owner(asset, reading),
        shown(str(asset.location), FAINT),
    )
    return Row(cells, below)


def _status(asset: Asset) -> Text:
    return Text(read_word(asset), style=_STATUS[asset.status])


def _owner(asset: Asset, reading: Reading) -> Text:
    team = reading.owners.get(asset.key)
    return shown(team.name, limit=40) if team is not None else Text("no owner", style=FAINT)


def _reason(asset: Asset) -> Text:
    place = asset.reason_location
    where = f" ({place})" if place is not None and place != asset.location else ""
    return shown(f"{readable(asset.reason)}{where}", _STATUS[asset.status].removeprefix("bold "), limit=400)


def _described(asset: Asset) -> str:
    version = f", version {asset.version}" if asset.version else ""
    relation = f", {asset.relation.materialized}" if asset.relation.materialized else ""
    enforced = ", contract enforced" if asset.contract_enforced else ""
    access = f", {asset.access}" if asset.access != "protected" else ""
    return f"{asset.kind.value}{version}{relation}{access}{enforced}"


def _columns(asset: Asset, reading: Reading, page: Page) -> Sequence[RenderableType]:
    """A table; where that is too wide, the columns one below the other."""
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=FAINT)
    for header in ("  column", "type", "made from", "read by"):
        grid.add_column(header, overflow="fold")
    for column in asset.columns:
        name, kind, made, readers = _cells(asset, column, reading, "\n" if page.is_terminal else ", ")
        grid.add_row(joined("  ", name, between=""), kind, made, readers)
    return [grid] if page.fits(grid) else _stacked(asset, reading)


def _stacked(asset: Asset, reading: Reading) -> list[Padding]:
    lines: list[Padding] = []
    for column in asset.columns:
        name, kind, made, readers = _cells(asset, column, reading, ", ")
        lines.append(Padding(joined(name, kind, between="  "), (0, 0, 0, 2)))
        for words, text in (("from", made), ("read by", readers)):
            if text.plain != "-":
                lines.append(Padding(joined(Text(words, style=FAINT), text), (0, 0, 0, 6)))
    return lines


def _cells(asset: Asset, column: Column, reading: Reading, between: str) -> tuple[Text, Text, Text, Text]:
    readers = reading.readers_of(asset, column)
    return (
        shown(column.name, HEADING),
        shown(column.type or "-", "" if column.type else FAINT),
        _made(asset, column, between),
        _several(readers, between) if readers else Text("-", style=FAINT),
    )


def _made(asset: Asset, column: Column, between: str) -> Text:
    if column.hole:
        return shown(f"not known: {readable(column.hole)}", "yellow")
    if column.derivation is None:
        only_promised = column.promised and not column.made and asset.kind is not AssetKind.SOURCE
        return Text("only promised in YAML" if only_promised else "-", style=FAINT)
    inputs = [short(str(ref)) for ref in column.derivation.inputs]
    if not inputs:
        return shown(column.derivation.text or "a constant", FAINT, limit=60)
    return _several(inputs, between)


def _several(names: Sequence[str], between: str) -> Text:
    """The first of the names, and how many more there are."""
    kept = names if len(names) <= _KEPT + 1 else [*names[:_KEPT], f"and {len(names) - _KEPT:,} more"]
    return joined(*(shown(one) for one in kept), between=between)


def _more(asset: Asset, reading: Reading) -> list[tuple[str, str]]:
    """What concerns the asset as a whole: what shapes its rows, what it promises, who reads all of it."""
    rows = dict.fromkeys(short(str(ref)) for part in asset.rows for ref in part.derivation.inputs if ref.column)
    promises = dict.fromkeys(
        f"{one.kind.value.replace('_', ' ')} ({', '.join(one.columns)})" if one.columns else one.kind.value
        for one in asset.guarantees
    )
    columns = {key for one in asset.columns for key in reading.readers_of(asset, one)}
    whole = dict.fromkeys(
        short(read.asset.rpartition(":")[2])
        for read in reading.graph.readers_of_any(asset.key)
        if read.asset != asset.key and not read.column
    )
    found = (
        ("rows are shaped by", shortened(list(rows), 6)),
        ("promises", shortened(list(promises), 8)),
        ("read as a whole by", shortened([one for one in whole if one not in columns], 6)),
    )
    return [(words, text) for words, text in found if text]


def _notes(state: State, page: Page) -> None:
    if not state.reading.owners:
        page.add(shown(f"No asset has a known owner. {HOW_TO_OWN}", FAINT, limit=500))
    for line in findings_lines(state.reading):
        page.add(shown(line, "yellow", limit=500))
    if state.note:
        page.add(shown(state.note, FAINT))
