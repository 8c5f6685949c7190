"""The columns that the database reports of each model, against those that we resolved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlglot import exp
from sqlglot.errors import SqlglotError

from placet.contracts.model import Asset
from placet.vocabulary.words import ReadStatus

# What the only column of a source is called of which nobody names any.
NO_COLUMN = "no_column_known"


@dataclass(frozen=True, slots=True)
class ModelColumns:
    """One model: how its truth was found, and what we lack, have too much, or order otherwise.

    ``types``: ours and the database's, of each column whose type we state.
    """

    id: str
    way: str
    status: str
    reported: int
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    wrong_order: bool
    reason: str = ""
    types: tuple[tuple[str, str], ...] = ()

    @property
    def is_equal(self) -> bool:
        return not (self.missing or self.extra or self.wrong_order)


def compared(asset: Asset, truth: Mapping[str, Any], dialect: str) -> ModelColumns:
    """How our columns of a model stand to the database's."""
    reported = list(dict.fromkeys(name.lower() for name, _ in truth["columns"] if name != NO_COLUMN))
    ours = [column.name.lower() for column in asset.columns if column.made or asset.status is not ReadStatus.RESOLVED]
    common = [name for name in ours if name in set(reported)]
    return ModelColumns(
        id=asset.id,
        way=str(truth["way"]),
        status=asset.status.value,
        reported=len(reported),
        missing=tuple(name for name in reported if name not in set(ours)),
        extra=tuple(name for name in ours if name not in set(reported)),
        wrong_order=common != [name for name in reported if name in set(ours)],
        reason=asset.reason,
        types=tuple(_types(asset, truth, dialect)) if truth["way"] == "dbt" else (),
    )


def _types(asset: Asset, truth: Mapping[str, Any], dialect: str) -> Iterator[tuple[str, str]]:
    reported = {name.lower(): type_ for name, type_ in truth["columns"]}
    for column in asset.columns:
        theirs = reported.get(column.name.lower())
        if column.type and theirs and not column.type_is_noted:
            yield _in_duckdb(column.type, dialect), _in_duckdb(theirs, "duckdb")


def _in_duckdb(type_: str, dialect: str) -> str:
    """A type in DuckDB's words, without length and precision, which it does not keep as others do."""
    try:
        return str(exp.DataType.build(type_, dialect=dialect or None).sql(dialect="duckdb")).partition("(")[0]
    except (SqlglotError, ValueError):
        return type_


def summary(found: list[ModelColumns]) -> dict[str, Any]:
    """The figures over resolved models whose truth is known, and how many others there are."""
    known = [one for one in found if one.way != "refused"]
    resolved = [one for one in known if one.status == ReadStatus.RESOLVED.value]
    columns = sum(one.reported for one in resolved)
    missing, extra = sum(len(one.missing) for one in resolved), sum(len(one.extra) for one in resolved)
    types = Counter(one for model in found for one in model.types)
    return {
        "models": len(found),
        "ways": dict(Counter(one.way for one in found)),
        "statuses": dict(Counter(one.status for one in known)),
        "resolved_models": len(resolved),
        "equal_models": sum(one.is_equal for one in resolved),
        "columns": columns,
        "equal_columns": columns - missing,
        "missing": missing,
        "extra": extra,
        "wrong_order": sum(one.wrong_order for one in resolved),
        "types_stated": types.total(),
        "types_equal": sum(count for (ours, theirs), count in types.items() if ours == theirs),
        "types_otherwise": {
            f"{ours} for {theirs}": count for (ours, theirs), count in types.most_common() if ours != theirs
        },
    }
