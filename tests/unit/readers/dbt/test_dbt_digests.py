"""Own digests and caches: what touches an asset, what does not, and that nothing depends on what was read before."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.contracts.model import Asset, ContractSet
from placet.readers.dbt import context, read_projects, rendering, resolving
from placet.vocabulary.canonical import text_digest
from placet.vocabulary.files import File, Files, Location

PROJECT = """\
name: shop
vars: {status: paid, other: 1}
models:
  shop:
    marts: {+schema: marts}
    staging: {+schema: staging}
"""
MACROS = """\
{% macro cents(column) %}({{ column }} / 100){% endmacro %}
{% macro unused(column) %}({{ column }} / 1000){% endmacro %}
"""
ORDERS = """\
select id, {{ cents('amount') }} as amount
from {{ source('raw', 'orders') }}
where status = '{{ var("status") }}'
"""
SCHEMA = """\
sources:
  - name: raw
    tables: [{name: orders}, {name: other}]
models:
  - name: orders
    description: All orders.
    columns:
      - name: id
        description: The number.
        tests: [unique, not_null]
  - name: customers
    columns: [{name: id}]
"""
BASE = {
    "dbt_project.yml": PROJECT,
    "macros/money.sql": MACROS,
    "models/marts/orders.sql": ORDERS,
    "models/staging/customers.sql": "select 1 as id",
    "models/schema.yml": SCHEMA,
}
KEY = ":model.shop.orders"


def files(texts: Mapping[str, str]) -> Files:
    return Files(File(path, text_digest(text), text.encode()) for path, text in texts.items())


def read(texts: Mapping[str, str]) -> ContractSet:
    return read_projects(files(texts))


def forget() -> None:
    for cache in (context._PROPERTY_FILES, context._MACROS, rendering._KEPT, resolving._KEPT):
        cache.clear()


def edited(path: str, old: str, new: str) -> dict[str, str]:
    assert old in BASE[path]
    return BASE | {path: BASE[path].replace(old, new)}


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("models/staging/customers.sql", "1 as id", "2 as id, 3 as other"),
        ("models/schema.yml", "models:\n", "# a comment\n\nmodels:\n"),
        ("models/schema.yml", "All orders.", "Every order there is."),
        ("models/schema.yml", "columns: [{name: id}]", "columns: [{name: id, tests: [unique]}]"),
        ("macros/money.sql", "/ 1000", "/ 1001"),
        ("macros/money.sql", "{% macro unused", "\n\n{% macro unused"),
        ("dbt_project.yml", "other: 1", "other: 2"),
        ("dbt_project.yml", "+schema: staging", "+schema: stage"),
        ("models/schema.yml", "{name: other}", "{name: another}"),
    ],
)
def test_what_does_not_concern_an_asset_leaves_its_digest(path: str, old: str, new: str) -> None:
    before, after = read(BASE).by_key[KEY], read(edited(path, old, new)).by_key[KEY]
    assert after.own_digest == before.own_digest


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("models/marts/orders.sql", "select id", "select distinct id"),
        ("models/schema.yml", "[unique, not_null]", "[unique]"),
        (
            "models/schema.yml",
            "      - name: id\n        desc",
            "      - name: id\n        data_type: int\n        desc",
        ),
        ("macros/money.sql", "/ 100)", "/ 10)"),
        ("dbt_project.yml", "status: paid", "status: open"),
        ("dbt_project.yml", "+schema: marts", "+schema: mart"),
        ("models/schema.yml", "    description: All orders.\n", "    meta: {placet: {owner: sales}}\n"),
    ],
)
def test_what_concerns_an_asset_changes_its_digest(path: str, old: str, new: str) -> None:
    before, after = read(BASE).by_key[KEY], read(edited(path, old, new)).by_key[KEY]
    assert after.own_digest != before.own_digest


def test_a_variable_in_a_test_counts_as_read() -> None:
    schema = SCHEMA.replace(
        "tests: [unique, not_null]", "tests: [{accepted_values: {values: [\"{{ var('status') }}\"]}}]"
    )
    texts = BASE | {"models/schema.yml": schema, "models/marts/orders.sql": "select 1 as id"}
    other = texts | {"dbt_project.yml": PROJECT.replace("paid", "open")}
    before, after = read(texts).by_key[KEY], read(other).by_key[KEY]
    assert [one.arguments for one in before.guarantees] == ['{"values":["paid"]}']
    assert after.own_digest != before.own_digest


def test_what_an_asset_reads_is_not_among_its_own_inputs() -> None:
    texts = BASE | {"models/reader.sql": "select * from {{ ref('customers') }}"}
    other = texts | {"models/staging/customers.sql": "select 1 as number"}
    before, after = read(texts).by_key[":model.shop.reader"], read(other).by_key[":model.shop.reader"]
    assert [column.name for column in after.columns] == ["number"]
    assert after.own_digest == before.own_digest


EDITS = (
    ("models/marts/orders.sql", "select id", "select id, 1 as more"),
    ("models/schema.yml", "[unique, not_null]", "[unique]"),
    ("macros/money.sql", "/ 100)", "/ 10)"),
    ("dbt_project.yml", "status: paid", "status: open"),
    ("models/staging/customers.sql", "1 as id", "1 as key"),
    ("models/schema.yml", "{name: orders}", "{name: orders, columns: [{name: id}]}"),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sets(st.sampled_from(range(len(EDITS)))), min_size=1, max_size=4))
def test_what_was_read_before_changes_nothing(versions: list[set[int]]) -> None:
    texts = []
    for chosen in versions:
        changed = dict(BASE)
        for path, old, new in (EDITS[number] for number in sorted(chosen)):
            changed[path] = changed[path].replace(old, new)
        texts.append(changed)
    forget()
    warm = [read(one) for one in texts]
    for one, known in zip(texts, warm, strict=True):
        forget()
        assert read(one) == known


def unplaced(asset: Asset) -> Asset:
    nowhere = Location("")
    return replace(
        asset,
        location=nowhere,
        columns=tuple(replace(column, location=nowhere) for column in asset.columns),
        guarantees=tuple(replace(one, location=nowhere) for one in asset.guarantees),
    )


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_order_of_entries_and_keys_changes_places_alone(order: tuple[int, ...]) -> None:
    entries = [
        "  - {name: orders, columns: [{name: id, data_type: int, tests: [unique]}], access: public}\n",
        "  - {name: customers, columns: [{tests: [not_null], name: id}]}\n",
        "  - {name: nobody, columns: [{name: id}]}\n",
    ]
    swapped = "  - {access: public, columns: [{tests: [unique], data_type: int, name: id}], name: orders}\n"
    sources = SCHEMA.partition("models:")[0]
    first = sources + "models:\n" + "".join(entries)
    second = "models:\n" + "".join([swapped, *entries[1:]][number] for number in order) + sources
    one, two = read(BASE | {"models/schema.yml": first}), read(BASE | {"models/schema.yml": second})
    assert [unplaced(asset) for asset in one.assets] == [unplaced(asset) for asset in two.assets]


@given(st.permutations(sorted(BASE)))
@settings(max_examples=10, deadline=None)
def test_the_order_of_files_changes_nothing(paths: list[str]) -> None:
    assert read({path: BASE[path] for path in paths}) == read(BASE)
