"""Tests and constraints as guarantees: what each well-known test promises, and the rest by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from placet.contracts.model import Guarantee
from placet.readers.dbt.calls import reference_text
from placet.readers.dbt.declarations import ColumnEntry, ConstraintEntry, TestEntry
from placet.readers.dbt.shapes import canonical, is_true, plain, text_of, texts_of
from placet.vocabulary.canonical import canonical_json
from placet.vocabulary.files import Location
from placet.vocabulary.words import GuaranteeKind

Arguments = Mapping[str, Any]

# Settings of a test that change what is promised; the others are for people and tools.
_PROMISING = ("where", "error_if", "fail_calc")
_DESCRIBING = ("severity", "warn_if", "limit")
# Arguments that only say which column is meant, or how it is quoted.
_COLUMN_ARGUMENTS = ("column_name", "column", "model", "quote_columns")
_USUAL = {"error_if": "!= 0", "fail_calc": "count(*)"}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a guarantee needs to know of its asset.

    How names are folded, whether its contract is enforced, and how its tests are set.
    """

    fold: Callable[[str], str]
    enforced: bool = False
    settings_of: Callable[[TestEntry], Arguments] = attrgetter("settings")


def guarantees_of(
    tests: Iterable[TestEntry],
    constraints: Iterable[ConstraintEntry],
    columns: Iterable[ColumnEntry],
    terms: Terms,
) -> tuple[Guarantee, ...]:
    """Everything that an asset's entry promises about its data, in order of what is promised.

    A test that is switched off promises nothing. What stands there twice is one promise.
    """
    found: dict[tuple[str, tuple[str, ...], str, bool], Guarantee] = {}
    for guarantee in _all(tests, constraints, columns, terms):
        known = (guarantee.kind.value, guarantee.columns, guarantee.arguments, guarantee.enforced)
        found.setdefault(known, guarantee)
    return tuple(found[key] for key in sorted(found))


def freshness_guarantee(freshness: Mapping[str, Any] | None, location: Location) -> Guarantee | None:
    """What a source's ``freshness`` promises; None where nothing is checked."""
    promised = {
        key: plain(value) for key, value in (freshness or {}).items() if key in ("warn_after", "error_after", "filter")
    }
    told = {key: value for key, value in promised.items() if value and (key == "filter" or _has_count(value))}
    if not told.keys() & {"warn_after", "error_after"}:
        return None
    return Guarantee(GuaranteeKind.FRESHNESS, (), canonical_json(told), location)


def _has_count(value: object) -> bool:
    return isinstance(value, Mapping) and value.get("count") is not None


def _all(
    tests: Iterable[TestEntry],
    constraints: Iterable[ConstraintEntry],
    columns: Iterable[ColumnEntry],
    terms: Terms,
) -> Iterator[Guarantee]:
    for constraint in constraints:
        yield _constrained(constraint, constraint.columns, terms)
    for test in tests:
        yield from _tested(test, (), terms)
    for column in columns:
        for constraint in column.constraints:
            yield _constrained(constraint, (column.name,), terms)
        for test in column.tests:
            yield from _tested(test, (column.name,), terms)


def _constrained(constraint: ConstraintEntry, columns: tuple[str, ...], terms: Terms) -> Guarantee:
    kinds = {
        "not_null": GuaranteeKind.NOT_NULL,
        "unique": GuaranteeKind.UNIQUE,
        "primary_key": GuaranteeKind.PRIMARY_KEY,
        "foreign_key": GuaranteeKind.RELATIONSHIPS,
        "check": GuaranteeKind.EXPRESSION,
    }
    kind = kinds.get(constraint.type, GuaranteeKind.CUSTOM)
    arguments: dict[str, Any] = {}
    if kind is GuaranteeKind.RELATIONSHIPS:
        to = {"to": reference_text(constraint.to), "field": [terms.fold(name) for name in constraint.to_columns]}
        arguments = to if constraint.to else {"expression": _squeezed(constraint.expression)}
    elif constraint.expression:
        arguments = {"expression": _squeezed(constraint.expression)}
    if kind is GuaranteeKind.CUSTOM:
        arguments["test"] = constraint.type
    return Guarantee(
        kind=kind,
        columns=_folded(columns, terms, in_order=kind is GuaranteeKind.RELATIONSHIPS),
        arguments=canonical_json(arguments),
        location=constraint.location,
        texts=canonical_json({"name": constraint.name} if constraint.name else {}),
        enforced=terms.enforced,
    )


@dataclass(frozen=True, slots=True)
class _Promise:
    kind: GuaranteeKind
    columns: tuple[str, ...]
    arguments: Mapping[str, Any]


def _tested(test: TestEntry, columns: tuple[str, ...], terms: Terms) -> Iterator[Guarantee]:
    said = terms.settings_of(test)
    if not is_true(said.get("enabled"), default=True):
        return
    if not columns:
        columns = texts_of(test.arguments.get("column_name"))
    package, _, bare = test.name.rpartition(".")
    maker = _KNOWN.get(test.name) or (_KNOWN.get(bare) if package == "dbt" else None)
    promise = maker(test.arguments, columns, terms) if maker else None
    if promise is None:
        promise = _Promise(GuaranteeKind.CUSTOM, columns, {"test": test.name, **_rest(test.arguments)})
    settings = {
        key: _squeezed(text_of(said[key]))
        for key in _PROMISING
        if isinstance(said.get(key), (str, int)) and text_of(said[key]) != _USUAL.get(key)
    }
    texts = {key: plain(said[key]) for key in _DESCRIBING if said.get(key) is not None}
    if isinstance(texts.get("severity"), str):
        texts["severity"] = texts["severity"].lower()
    if test.title:
        texts["name"] = test.title
    yield Guarantee(
        kind=promise.kind,
        columns=_folded(promise.columns, terms, in_order=False),
        arguments=canonical({**promise.arguments, **settings}),
        location=test.location,
        texts=canonical(texts),
    )


def _not_null(arguments: Arguments, columns: tuple[str, ...], _terms: Terms) -> _Promise | None:
    return _Promise(GuaranteeKind.NOT_NULL, columns, _conditions(arguments)) if columns else None


def _unique(arguments: Arguments, columns: tuple[str, ...], _terms: Terms) -> _Promise | None:
    if not columns:
        return None
    names = _listed(arguments, "combination_of_columns", "column_list", "column_names") or columns
    return _Promise(GuaranteeKind.UNIQUE, names, _conditions(arguments))


def _unique_together(arguments: Arguments, columns: tuple[str, ...], _terms: Terms) -> _Promise | None:
    names = _listed(arguments, "combination_of_columns", "column_list", "column_names") or columns
    return _Promise(GuaranteeKind.UNIQUE, names, _conditions(arguments)) if names else None


def _primary_key(arguments: Arguments, columns: tuple[str, ...], _terms: Terms) -> _Promise | None:
    names = _listed(arguments, "column_names") or columns
    return _Promise(GuaranteeKind.PRIMARY_KEY, names, _conditions(arguments)) if names else None


def _accepted_values(arguments: Arguments, columns: tuple[str, ...], _terms: Terms) -> _Promise | None:
    values = arguments.get("values", arguments.get("value_set"))
    if not columns or not isinstance(values, list):
        return None
    told: dict[str, Any] = {"values": sorted({text_of(value) for value in values}), **_conditions(arguments)}
    if arguments.get("quote") is not None and not is_true(arguments["quote"], default=True):
        told["quote"] = False
    return _Promise(GuaranteeKind.ACCEPTED_VALUES, columns, told)


def _relationships(arguments: Arguments, columns: tuple[str, ...], terms: Terms) -> _Promise | None:
    to = arguments.get("to", arguments.get("pk_table_name"))
    field = _listed(arguments, "field", "pk_column_name", "pk_column_names")
    columns = columns or _listed(arguments, "fk_column_name", "fk_column_names")
    if to is None or not field or not columns:
        return None
    told = {"to": reference_text(text_of(to)), "field": [terms.fold(name) for name in field]}
    conditions = {
        key: _squeezed(text_of(arguments[key])) for key in ("from_condition", "to_condition") if arguments.get(key)
    }
    return _Promise(GuaranteeKind.RELATIONSHIPS, columns, {**told, **conditions, **_conditions(arguments)})


def _expression(arguments: Arguments, columns: tuple[str, ...], _terms: Terms) -> _Promise | None:
    expression = arguments.get("expression")
    if expression is None:
        return None
    told = {"expression": _squeezed(text_of(expression)), **_conditions(arguments)}
    return _Promise(GuaranteeKind.EXPRESSION, columns, told)


def _fresh(arguments: Arguments, columns: tuple[str, ...], terms: Terms) -> _Promise | None:
    field = _listed(arguments, "field", "timestamp_column") or columns
    told = {key: value for key, value in _rest(arguments).items() if key not in ("field", "timestamp_column")}
    return _Promise(GuaranteeKind.FRESHNESS, (), {"field": [terms.fold(name) for name in field], **told})


def _volume(name: str) -> Callable[[Arguments, tuple[str, ...], Terms], _Promise | None]:
    def maker(arguments: Arguments, _columns: tuple[str, ...], _terms: Terms) -> _Promise:
        return _Promise(GuaranteeKind.VOLUME, (), {"test": name, **_rest(arguments)})

    return maker


_EXPECT_ROWS = (
    "expect_table_row_count_to_be_between",
    "expect_table_row_count_to_equal",
    "expect_table_row_count_to_equal_other_table",
    "expect_table_row_count_to_equal_other_table_times_factor",
    "expect_grouped_row_values_to_have_recent_data",
)
_KNOWN: Mapping[str, Callable[[Arguments, tuple[str, ...], Terms], _Promise | None]] = {
    "not_null": _not_null,
    "unique": _unique,
    "accepted_values": _accepted_values,
    "relationships": _relationships,
    "dbt_utils.unique_combination_of_columns": _unique_together,
    "dbt_utils.expression_is_true": _expression,
    "dbt_utils.relationships_where": _relationships,
    "dbt_utils.recency": _fresh,
    "dbt_utils.equal_rowcount": _volume("equal_rowcount"),
    "dbt_utils.fewer_rows_than": _volume("fewer_rows_than"),
    "dbt_expectations.expect_column_values_to_not_be_null": _not_null,
    "dbt_expectations.expect_column_values_to_be_in_set": _accepted_values,
    "dbt_expectations.expect_column_values_to_be_unique": _unique,
    "dbt_expectations.expect_compound_columns_to_be_unique": _unique_together,
    "dbt_expectations.expression_is_true": _expression,
    "dbt_expectations.expect_row_values_to_have_recent_data": _fresh,
    "dbt_constraints.primary_key": _primary_key,
    "dbt_constraints.unique_key": _unique_together,
    "dbt_constraints.foreign_key": _relationships,
    "elementary.freshness_anomalies": _fresh,
    "elementary.volume_anomalies": _volume("volume_anomalies"),
    **{f"dbt_expectations.{name}": _volume(name) for name in _EXPECT_ROWS[:-1]},
    f"dbt_expectations.{_EXPECT_ROWS[-1]}": _fresh,
}


def _conditions(arguments: Arguments) -> dict[str, str]:
    """The condition under which a test looks at a row, as different packages call it."""
    return {
        key: _squeezed(text_of(arguments[key]))
        for key in ("row_condition", "condition")
        if isinstance(arguments.get(key), str) and arguments[key].strip()
    }


def _listed(arguments: Arguments, *keys: str) -> tuple[str, ...]:
    return next((texts_of(arguments[key]) for key in keys if arguments.get(key) is not None), ())


def _rest(arguments: Arguments) -> dict[str, Any]:
    return {key: plain(value) for key, value in arguments.items() if key not in _COLUMN_ARGUMENTS}


def _folded(columns: tuple[str, ...], terms: Terms, *, in_order: bool) -> tuple[str, ...]:
    names = tuple(terms.fold(name) for name in columns)
    return names if in_order else tuple(sorted(set(names)))


def _squeezed(text: str) -> str:
    """A text in which only the kind of blank between its words differs is the same."""
    return " ".join(text.split())
