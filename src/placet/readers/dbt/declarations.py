"""Columns, tests and constraints as YAML declares them, in all the shapes that dbt has had for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from placet.readers.dbt.calls import call_from
from placet.readers.dbt.shapes import (
    Notes,
    Render,
    has_template,
    is_true,
    items_in,
    joined_maps,
    map_in,
    maps_in,
    named_maps_in,
    plain,
    text_in,
    text_of,
    texts_of,
)
from placet.vocabulary.files import Location
from placet.vocabulary.yamlfile import YamlMap

# What may stand beside a test's arguments, and is none.
_TEST_SETTINGS = frozenset(
    {
        "severity", "enabled", "where", "limit", "warn_if", "error_if", "fail_calc", "store_failures",
        "store_failures_as", "schema", "database", "alias", "meta", "tags", "sql_header",
    }
)  # fmt: skip
_TEST_TEXTS = frozenset({"name", "description", "docs", "test_name", "config"})


@dataclass(frozen=True, slots=True)
class TestEntry:
    """A test: what is tested (``not_null``, ``dbt_utils.recency``), with which arguments and settings.

    ``title`` is the name that people gave it.
    """

    __test__ = False  # not one of ours to run

    name: str
    arguments: Mapping[str, Any]
    settings: Mapping[str, Any]
    title: str
    location: Location


@dataclass(frozen=True, slots=True)
class ConstraintEntry:
    """A constraint of a contract; ``columns`` only where it stands on the model."""

    type: str
    columns: tuple[str, ...]
    expression: str
    to: str
    to_columns: tuple[str, ...]
    name: str
    location: Location


@dataclass(frozen=True, slots=True)
class ColumnEntry:
    """A column as YAML declares it; ``quoted`` is None where it does not say."""

    name: str
    location: Location
    type: str = ""
    quoted: bool | None = None
    tests: tuple[TestEntry, ...] = ()
    constraints: tuple[ConstraintEntry, ...] = ()


def columns_in(item: YamlMap, notes: Notes, render: Render) -> tuple[ColumnEntry, ...]:
    """The columns that an entry lists; of two with one name the later counts, as for dbt."""
    found: dict[str, ColumnEntry] = {}
    for name, column in named_maps_in(item, "columns", notes):
        quoted = column.get("quote")
        found[name] = ColumnEntry(
            name=name,
            location=notes.at(column.line),
            type=text_in(column, "data_type"),
            quoted=None if quoted is None else is_true(quoted, default=False),
            tests=tests_in(column, notes, render),
            constraints=constraints_in(column, notes),
        )
    return tuple(found.values())


def constraints_in(item: YamlMap, notes: Notes) -> tuple[ConstraintEntry, ...]:
    """The constraints that a column or a model lists."""
    found = []
    for constraint in maps_in(item, "constraints", notes):
        kind = text_in(constraint, "type")
        if not kind:
            notes.broken("a constraint without a type", constraint.line, "give it type: not_null, unique, check …")
            continue
        found.append(
            ConstraintEntry(
                type=kind.lower(),
                columns=texts_of(constraint.get("columns")),
                expression=text_in(constraint, "expression"),
                to=text_in(constraint, "to"),
                to_columns=texts_of(constraint.get("to_columns")),
                name=text_in(constraint, "name"),
                location=notes.at(constraint.line),
            )
        )
    return tuple(found)


def tests_in(item: YamlMap, notes: Notes, render: Render) -> tuple[TestEntry, ...]:
    """The tests under ``tests`` and ``data_tests``."""
    return tuple(
        entry
        for key in ("tests", "data_tests")
        for test, line in items_in(item, key, notes)
        for entry in _tests_of(test, line, notes, render)
    )


def _tests_of(test: object, line: int, notes: Notes, render: Render) -> Iterator[TestEntry]:
    if isinstance(test, str) and test.strip():
        yield TestEntry(test.strip(), {}, {}, "", notes.at(line))
        return
    if not isinstance(test, YamlMap) or not test:
        notes.broken("a test that is neither a name nor a mapping", line, "write - not_null, or - not_null: {…}")
        return
    if written := text_in(test, "test_name"):
        yield _test(written, test, test.line, notes, render)
        return
    # The test's name is the key; what stands beside it (an old shape) belongs to it too.
    name = next((key for key in test if isinstance(key, str) and key not in _TEST_TEXTS | _TEST_SETTINGS), None)
    if name is None:
        notes.broken("a test without a name", line, "write - not_null: {…}")
        return
    body = test[name]
    arguments = YamlMap(line)
    arguments.update({key: value for key, value in test.items() if key != name})
    if isinstance(body, YamlMap):
        arguments.update(body)
    elif body is not None:
        notes.broken(f"the arguments of the test {name} are no mapping", test.line_of(name), "write keys and values")
        return
    yield _test(name.strip(), arguments, line, notes, render)


def _test(name: str, body: YamlMap, line: int, notes: Notes, render: Render) -> TestEntry:
    nested = body.get("arguments")
    if isinstance(nested, YamlMap):
        # What is nested is taken as if it stood beside; an argument of that name otherwise is one like any other.
        body = joined_maps({key: value for key, value in body.items() if key != "arguments"}, nested)
    settings = {key: value for key, value in body.items() if key in _TEST_SETTINGS}
    settings |= map_in(body, "config", notes)
    arguments = {str(k): v for k, v in body.items() if k not in _TEST_SETTINGS and k not in _TEST_TEXTS}
    return TestEntry(
        name=name,
        arguments={key: _value(value, render) for key, value in arguments.items()},
        settings={text_of(key): _value(value, render) for key, value in settings.items()},
        title=text_in(body, "name"),
        location=notes.at(line),
    )


def _value(value: object, render: Render) -> Any:  # noqa: ANN401 - any JSON value
    """A value of a test, rendered where it is a template; a reference stays as written."""
    if isinstance(value, str):
        return plain(render(value)) if has_template(value) and call_from(value) is None else value
    if isinstance(value, list):
        return [_value(item, render) for item in value]
    if isinstance(value, Mapping):
        return {text_of(key): _value(item, render) for key, item in value.items()}
    return plain(value)
