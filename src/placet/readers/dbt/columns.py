"""An asset's columns out of both facts about them: what YAML promises, and what the file gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from placet.contracts.model import Column, Derivation
from placet.readers.dbt.declarations import ColumnEntry
from placet.readers.dbt.parts import OutputColumn
from placet.readers.dbt.sql import fold, loosely, normal_type
from placet.vocabulary.files import Location

# What dbt adds to a snapshot's query, by the setting's key, with its type; the last only on request.
SNAPSHOT_COLUMNS = (
    ("dbt_scd_id", "varchar"),
    ("dbt_updated_at", "timestamp"),
    ("dbt_valid_from", "timestamp"),
    ("dbt_valid_to", "timestamp"),
)
DELETED_COLUMN = ("dbt_is_deleted", "varchar")


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a dialect compares names and spells types."""

    dialect: str

    def fold(self, name: str) -> str:
        """The folded form of a name that is not quoted."""
        return fold(name, quoted=False, dialect=self.dialect)

    def fold_as(self, name: str, *, quoted: bool) -> str:
        """The folded form of a name."""
        return fold(name, quoted=quoted, dialect=self.dialect)

    def type(self, text: str) -> str | None:
        """A type's normal text; None where nothing is written."""
        return normal_type(text, self.dialect) if text.strip() else None


@dataclass(frozen=True, slots=True)
class Promised:
    """YAML's columns of one asset. ``lead``: they are the enforced contract; they come first, and their types count."""

    entries: Sequence[ColumnEntry] = ()
    lead: bool = False


def columns_of(promised: Promised, made: Iterable[Column], spelling: Spelling, hole: str) -> tuple[Column, ...]:
    """The columns of an asset: those that are made, in order, with what YAML says of them, then those in YAML alone.

    ``hole`` says why nothing is known of how a promised column is made, where it may be made all the same.
    """
    given = {column.key: column for column in reversed(list(made))}
    given = {key: given[key] for key in reversed(given)}
    keys = matched_keys(promised.entries, given, spelling)
    said: dict[str, ColumnEntry] = {keys[entry.name]: entry for entry in promised.entries}
    together = {
        key: _with_entry(column, said[key], spelling, lead=promised.lead) if key in said else column
        for key, column in given.items()
    }
    alone = {
        key: Column(
            name=entry.name,
            key=key,
            location=entry.location,
            type=spelling.type(entry.type),
            promised=True,
            hole=hole,
        )
        for key, entry in said.items()
        if key not in given
    }
    if promised.lead:
        order = [*said, *(key for key in together if key not in said)]
        return tuple((together | alone)[key] for key in order)
    return (*together.values(), *alone.values())


def matched_keys(entries: Iterable[ColumnEntry], given: Mapping[str, object], spelling: Spelling) -> dict[str, str]:
    """The folded name of each column in YAML: that of the made column that it means, whatever its case; or its own."""
    by_case: dict[str, str] = {}
    for key in given:
        by_case.setdefault(loosely(key), key)
    found: dict[str, str] = {}
    for entry in entries:
        key = spelling.fold_as(entry.name, quoted=bool(entry.quoted))
        if key not in given and (not entry.quoted or key.startswith('"')):
            key = by_case.get(loosely(entry.name), key)
        found[entry.name] = key
    return found


def output_columns(outputs: Iterable[OutputColumn], path: str) -> list[Column]:
    """The columns that a query gives, with places in its file."""
    return [
        Column(
            name=output.name,
            key=output.key,
            location=Location(path, output.line),
            type=output.type,
            made=True,
            derivation=output.derivation,
            hole=output.hole,
            inputs=output.inputs if output.derivation is None else (),
        )
        for output in outputs
    ]


def header_columns(
    names: Iterable[str], types: Mapping[str, object], path: str, spelling: Spelling, *, quoted: bool
) -> list[Column]:
    """A seed's columns; ``types`` as ``column_types`` gives them."""
    said = {spelling.fold(str(name)): str(written) for name, written in types.items()}
    return [
        Column(
            name=name,
            key=spelling.fold_as(name, quoted=quoted),
            location=Location(path, 1),
            type=spelling.type(said.get(spelling.fold(name), "")),
            made=True,
        )
        for name in names
    ]


def field_columns(
    fields: Iterable[tuple[str, str]], made: Iterable[Column], location: Location, spelling: Spelling
) -> list[Column]:
    """The columns of a dictionary: its fields, each made as the query's column of that name is."""
    known = {column.key: column for column in made}
    return [
        replace(known[key], type=spelling.type(written))
        if (key := spelling.fold(name)) in known
        else Column(name=name, key=key, location=location, type=spelling.type(written), made=True)
        for name, written in fields
    ]


def snapshot_columns(
    names: Mapping[str, object], location: Location, spelling: Spelling, *, with_deleted: bool
) -> list[Column]:
    """What dbt adds to a snapshot's query; ``names`` as ``snapshot_meta_column_names`` gives them."""
    added = (*SNAPSHOT_COLUMNS, DELETED_COLUMN) if with_deleted else SNAPSHOT_COLUMNS
    return [
        Column(
            name=str(names.get(standard) or standard),
            key=spelling.fold(str(names.get(standard) or standard)),
            location=location,
            type=spelling.type(written),
            made=True,
            derivation=Derivation(template=f"snapshot:{standard}", text=f"kept by dbt ({standard})"),
        )
        for standard, written in added
    ]


def folding(columns: Iterable[Column], spelling: Spelling) -> Callable[[str], str]:
    """Folds a name as written in YAML to the column that it means, whatever its case."""
    exact = {column.key for column in columns}
    by_case: dict[str, str] = {}
    for key in sorted(exact, key=lambda one: (one.startswith('"'), one)):
        by_case.setdefault(loosely(key), key)

    def folded(name: str) -> str:
        bare = name.strip().strip('"`[]')
        key = spelling.fold_as(bare, quoted=bare != name.strip())
        return key if key in exact else by_case.get(loosely(bare), key)

    return folded


def _with_entry(column: Column, entry: ColumnEntry, spelling: Spelling, *, lead: bool) -> Column:
    """A made column with what YAML says of it; its type counts first only where dbt holds the query to it."""
    written = spelling.type(entry.type)
    type_ = (written or column.type) if lead else (column.type or written)
    noted = not lead and column.type is None and written is not None
    return replace(column, location=entry.location, type=type_, promised=True, type_is_noted=noted)
