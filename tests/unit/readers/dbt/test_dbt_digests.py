"""Own digests and caches: what touches an asset, what does not, and that nothing depends on what was read before."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.contracts.model import Asset, ContractSet
from placet.readers.dbt import read_projects
from placet.readers.dbt.cache import forget_everything
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


# Everything that can lie between two assets: a star, a filter, columns that a template asks for, versions, a seed, a
# model that reads itself, one that a variable switches off, another project, packages that are not there.
WORLD = BASE | {
    "models/staging/all.sql": "select * from {{ ref('customers') }}",
    "models/staging/asked.sql": "select {% for c in adapter.get_columns_in_relation(ref('customers')) %}"
    "{{ c.name }} as got_{{ c.name }}, {% endfor %} 1 as one from {{ ref('customers') }}",
    "models/dim_v1.sql": "select id from {{ ref('all') }} where id > 1",
    "models/dim_v2.sql": "select id, 2 as two from {{ ref('all') }}",
    "models/versions.yml": "models: [{name: dim, latest_version: 1, versions: [{v: 1}, {v: 2}]}]",
    "models/follows.sql": "select * from {{ ref('dim') }} join {{ ref('codes') }} using (id)",
    "models/again.sql": "{{ config(materialized='incremental') }} select id, 1 as n from {{ ref('codes') }}"
    "{% if is_incremental() %} where id > (select max(id) from {{ this }}){% endif %}",
    "models/maybe.sql": "{{ config(enabled=var('other') == 1) }} select one from {{ ref('asked') }}",
    "seeds/codes.csv": "id,code\n1,a\n",
    "packages.yml": "packages: [{package: acme/tools, version: 1.0.0}]",
    "models/owned.yml": "groups: [{name: finance, owner: {name: finance}}]",
    "models/told.sql": "{% set n = graph.nodes['model.shop.codes_of'] %}select 1 as one"
    "{% for c in n.columns %}, 2 as {{ c }}{% endfor %}",
    "models/codes_of.sql": "select 1 as a, 2 as b",
    "models/described.yml": "models: [{name: codes_of, columns: [{name: a}, {name: b}]}]",
    "other/dbt_project.yml": "name: other",
    "other/models/far.sql": "select * from {{ ref('shop', 'follows') }}",
}
CUSTOMERS = "models/staging/customers.sql"
EDITS: tuple[tuple[str, str, str | None], ...] = (
    ("models/marts/orders.sql", "select id", "select id, 1 as more"),
    ("models/schema.yml", "[unique, not_null]", "[unique]"),
    ("macros/money.sql", "/ 100)", "/ 10)"),
    ("dbt_project.yml", "status: paid", "status: open"),
    ("dbt_project.yml", "other: 1", "other: 2"),
    ("models/staging/customers.sql", "1 as id", "1 as id, 2 as name"),
    ("models/staging/customers.sql", "select 1", "select distinct 1"),
    ("models/staging/customers.sql", "", None),
    ("models/schema.yml", "{name: orders}", "{name: orders, columns: [{name: id}]}"),
    ("models/schema.yml", "  - name: customers\n", "  - name: customers\n    group: finance\n"),
    ("models/owned.yml", "owner: {name: finance}", "owner: {name: growth}"),
    ("models/versions.yml", "latest_version: 1", "latest_version: 2"),
    ("models/dim_v2.sql", "2 as two", "cast(2 as bigint) as two"),
    ("seeds/codes.csv", "id,code", "id,label"),
    ("packages.yml", "acme/tools", "acme/models"),
    ("other/dbt_project.yml", "name: other", "name: another"),
    ("models/staging/all.sql", "customers", "codes"),
    ("models/described.yml", ", {name: b}", ""),
)


def variant(chosen: set[int]) -> dict[str, str]:
    changed = dict(WORLD)
    for path, old, new in (EDITS[number] for number in sorted(chosen)):
        if new is None:
            changed.pop(path, None)
        elif path in changed:
            changed[path] = changed[path].replace(old, new)
    return changed


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sets(st.sampled_from(range(len(EDITS))), max_size=5), min_size=1, max_size=5))
def test_what_was_read_before_changes_nothing(versions: list[set[int]]) -> None:
    texts = [variant(chosen) for chosen in versions]
    forget_everything()
    warm = [read(one) for one in texts]
    for one, known in zip(texts, warm, strict=True):
        forget_everything()
        assert read(one) == known


def test_what_a_template_was_told_of_another_node_is_asked_again() -> None:
    forget_everything()
    read(WORLD)
    warm = read(variant({len(EDITS) - 1}))
    assert [column.name for column in warm.by_key[":model.shop.told"].columns] == ["one", "a"]


def test_only_what_changed_and_what_stands_below_it_is_made_again() -> None:
    """A filter moves nothing below; a column more does, one asset further than a star carries it."""
    # What asks the graph of other nodes is made anew each time.
    world = {path: text for path, text in WORLD.items() if "told" not in path}
    before = read(world)
    filtered = read(world | {CUSTOMERS: world[CUSTOMERS].replace("select 1", "select distinct 1")})
    assert [one.name for one in filtered.assets if one is not before.by_key[one.key]] == ["customers"]
    widened = read(world | {CUSTOMERS: world[CUSTOMERS].replace("1 as id", "1 as id, 2 as name")})
    made = [one.name for one in widened.assets if one is not before.by_key[one.key]]
    assert made == ["all", "asked", "customers", "dim", "dim", "maybe"]


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
