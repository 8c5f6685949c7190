"""The reading as a whole: it tells where it is, refuses what it is told to, and survives whatever a file says."""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from placet.contracts.model import Asset, Column, ContractSet
from placet.readers.dbt import MAX_SQL_BYTES, MAX_YAML_BYTES, read_projects
from placet.readers.dbt.assembly import RelationOf
from placet.vocabulary.canonical import text_digest
from placet.vocabulary.files import File, Files
from placet.vocabulary.words import AssetKind, ReadStatus

PROJECT: dict[str, str | bytes] = {"dbt_project.yml": "name: shop"}


def read(texts: Mapping[str, str | bytes], **options: Any) -> ContractSet:
    encoded = {path: text.encode() if isinstance(text, str) else text for path, text in texts.items()}
    made = [File(path, text_digest(data.decode("latin-1")), data) for path, data in encoded.items()]
    return read_projects(Files(made), **options)


def test_progress_names_every_file_before_it_is_read() -> None:
    told: list[str] = []
    texts = PROJECT | {
        "macros/m.sql": "{% macro m() %}1{% endmacro %}",
        "models/a.sql": "select {{ m() }} as id",
        "models/a.yml": "models: []",
        "models/p.py": "def model(dbt, session): return None",
        "seeds/s.csv": "id\n1\n",
        "snapshots/s.sql": "{% snapshot h %} select 1 as id {% endsnapshot %}",
        "packages.yml": "packages: []",
        "vars.yml": "vars: {}",
        "README.md": "nothing",
    }
    read(texts, progress=told.append)
    assert set(told) == set(texts) - {"README.md"}
    assert told[-1] != "dbt_project.yml"


def test_the_files_that_hint_at_a_dialect_are_told_and_refused_too() -> None:
    told: list[str] = []
    texts = PROJECT | {"profiles.yml": "shop: {outputs: {a: {type: snowflake}}}", "requirements.txt": "dbt-bigquery"}
    contracts = read(texts, progress=told.append, refused={"profiles.yml": "it took too long"})
    assert set(told) == set(texts)
    assert [one.dialect for one in contracts.projects] == ["bigquery"]


def test_what_is_known_of_an_asset_from_elsewhere_counts_for_all_that_read_it() -> None:
    met: list[tuple[str, tuple[str, ...] | None]] = []

    def amend(asset: Asset, relation_of: RelationOf) -> Asset:
        found = relation_of(":source.shop.app.users")
        met.append((asset.name, None if found is None else tuple(column.name for column in found.columns)))
        if asset.kind is not AssetKind.SOURCE:
            return asset
        return replace(asset, columns=(Column("id", "id", asset.location, type="int", made=True),), open_ended=False)

    texts = PROJECT | {
        "models/app.yml": "sources: [{name: app, tables: [{name: users}]}]",
        "models/a.sql": "select * from {{ ref('b') }}",
        "models/b.sql": "select * from {{ source('app', 'users') }}",
    }
    model = read(texts, amend=amend).by_key[":model.shop.a"]
    assert [(column.name, column.type) for column in model.columns] == [("id", "int")]
    assert (model.status, model.open_ended) == (ReadStatus.RESOLVED, False)
    assert met == [("app.users", None), ("b", ("id",)), ("a", ("id",))]
    assert read(texts).by_key[":model.shop.a"].status is ReadStatus.PARTIAL


def test_a_refused_property_file_is_a_finding_and_is_not_read() -> None:
    contracts = read(
        PROJECT | {"models/a.sql": "select 1 as id", "models/a.yml": "models: [{name: a, columns: [{name: x}]}]"},
        refused={"models/a.yml": "it took too long"},
    )
    assert [(str(one.location), one.reason) for one in contracts.findings] == [("models/a.yml", "it took too long")]
    assert [column.name for column in contracts.by_key[":model.shop.a"].columns] == ["id"]


def test_what_is_too_large_or_no_text_says_so() -> None:
    contracts = read(
        PROJECT
        | {
            "models/large.sql": "select 1 as id --" + "x" * MAX_SQL_BYTES,
            "models/bytes.sql": b"select 1 as id\n-- \xff\xfe",
            "models/large.yml": "models: []\n#" + "x" * MAX_YAML_BYTES,
        }
    )
    reasons = {asset.name: asset.reason for asset in contracts.assets}
    assert reasons["large"].startswith("too large to read")
    assert reasons["bytes"] == "not valid UTF-8 (line 2)"
    assert [one.reason for one in contracts.findings] == [
        "too large to read (5,000,012 bytes; at most 5,000,000 are read)"
    ]


def test_a_macro_file_that_does_not_parse_is_a_finding() -> None:
    contracts = read(PROJECT | {"macros/m.sql": "{% macro m( %}", "models/a.sql": "select 1 as id"})
    assert [(str(one.location), one.code) for one in contracts.findings] == [("macros/m.sql:1", "file_unreadable")]


def test_a_reading_can_be_pickled_and_compares_equal() -> None:
    contracts = read(PROJECT | {"models/a.sql": "select 1 as id", "models/b.sql": "select * from {{ ref('a') }}"})
    assert pickle.loads(pickle.dumps(contracts)) == contracts  # noqa: S301 - made one line above


def test_a_repository_without_a_project_gives_nothing() -> None:
    assert read({"models/a.sql": "select 1"}) == ContractSet()


def test_a_model_nested_without_end_is_unreadable_and_no_more() -> None:
    deep = "select " + "(" * 5_000 + "1" + ")" * 5_000 + " as id"
    contracts = read(PROJECT | {"models/deep.sql": deep, "models/a.sql": "select 1 as id"})
    assert contracts.by_key[":model.shop.deep"].status is ReadStatus.UNREADABLE
    assert contracts.by_key[":model.shop.a"].status is ReadStatus.RESOLVED


def test_a_long_chain_of_models_is_read() -> None:
    texts = {f"models/m{n}.sql": f"select * from {{{{ ref('m{n - 1}') }}}}" for n in range(1, 400)}  # noqa: S608 - never run
    contracts = read(PROJECT | texts | {"models/m0.sql": "select 1 as id"})
    assert [column.name for column in contracts.by_key[":model.shop.m399"].columns] == ["id"]


KEYS = st.sampled_from(
    re.findall(
        r"\S+",
        """
    name models sources seeds snapshots exposures groups tables columns tests data_tests constraints config meta
    placet consumers team owner email versions v defined_in latest_version include exclude depends_on freshness
    warn_after count period contract enforced enabled access group data_type quote type to to_columns expression
    arguments values field test_name not_null unique accepted_values relationships identifier schema relation
    semantic_models saved_queries semantic_model entities dimensions measures dimension entity expr agg type_params
    measure filter query_params group_by where numerator input_metrics derived_semantics defaults model
    grants column_types loader vars dispatch model-paths packages version +enabled +schema +meta
""",
    )
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.floats(),
    st.dates(),
    st.sampled_from(
        ["a", "b", "ref('a')", "source('a','b')", "{{ var('x') }}", "{{ 1/0 }}", "{%", "", "all", "..", "/"]
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(KEYS, st.integers(0, 3)), inner, max_size=6)
    ),
    max_leaves=30,
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(KEYS, VALUES, max_size=6), st.dictionaries(KEYS, VALUES, max_size=4))
def test_no_yaml_whatever_fails_the_reading(properties: dict[str, Any], project: dict[str, Any]) -> None:
    texts = {
        "dbt_project.yml": yaml.safe_dump(project | {"name": "shop"}),
        "models/x.yml": yaml.safe_dump(properties),
        "packages.yml": yaml.safe_dump(properties),
        "profiles.yml": yaml.safe_dump(properties),
        "models/a.sql": "select 1 as id",
        "seeds/b.csv": "id\n",
    }
    contracts = read(texts)
    hash(contracts.assets)
    assert pickle.loads(pickle.dumps(contracts)) == contracts  # noqa: S301 - made one line above


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet="{}%#'\"()[],:-\n abcrefsourceconfigselectfromenabled=", max_size=120))
def test_no_template_whatever_fails_the_reading(text: str) -> None:
    texts = {
        "models/a.sql": text,
        "models/b.sql": "{{ ref('a') }} " + text,
        "snapshots/s.sql": "{% snapshot s %}" + text + "{% endsnapshot %}",
        "macros/m.sql": "{% macro m() %}" + text + "{% endmacro %}",
        "models/p.py": text,
        "models/x.yml": text,
    }
    read(PROJECT | texts)
