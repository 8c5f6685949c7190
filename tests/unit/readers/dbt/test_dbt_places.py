"""Where things lie and what they are called: files, folders, references, order, dialects, headers."""

from __future__ import annotations

import time

import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st

from placet.contracts.order import in_order_of_reading
from placet.contracts.versions import is_same_version, latest_of
from placet.readers.dbt import max_bytes, wanted
from placet.readers.dbt.blocks import holds_no_query, is_blank, macros_in, only_configures, says_disabled, snapshots_in
from placet.readers.dbt.cache import Cache
from placet.readers.dbt.calls import call_from, reference_text
from placet.readers.dbt.dialects import ADAPTERS, known_dialect
from placet.readers.dbt.parts import RefCall, SourceCall
from placet.readers.dbt.python_models import python_model
from placet.readers.dbt.seeds import header_of
from placet.readers.dbt.tree import MAX_SEED_BYTES, MAX_SQL_BYTES, joined


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("models/a.sql", True),
        ("models/a.SQL", True),
        ("deep/er/schema.yaml", True),
        ("seeds/a.csv", True),
        ("transform/models/x.py", True),
        ("src/app/main.py", False),
        ("requirements-dev.txt", True),
        ("requirements/prod.in", True),
        ("pyproject.toml", True),
        (".dbtignore", True),
        ("README.md", False),
        ("target/compiled/shop/a.sql", False),
        ("models/target/a.sql", True),
        ("web/node_modules/a.yml", False),
        ("data.parquet", False),
    ],
)
def test_only_files_that_can_say_something_are_wanted(path: str, expected: bool) -> None:  # noqa: FBT001 - a table
    assert wanted(path) is expected


def test_each_sort_of_file_has_its_limit() -> None:
    assert (max_bytes("a.sql"), max_bytes("b.CSV")) == (MAX_SQL_BYTES, MAX_SEED_BYTES)


@pytest.mark.parametrize(
    ("folder", "path", "expected"),
    [
        ("", "models", "models"),
        ("a/b", "../models/", "a/models"),
        ("a", "..", ""),
        ("a", "../..", None),
        ("", "/etc", None),
        ("", "..models", "..models"),
    ],
)
def test_a_path_never_leaves_the_repository(folder: str, path: str, expected: str | None) -> None:
    assert joined(folder, path) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ref('a')", RefCall("a")),
        ('{{ ref("p", "a", v=2) }}', RefCall("a", "p", "2")),
        ("ref('a', version='1')", RefCall("a", version="1")),
        ("source('s', 't')", SourceCall("s", "t")),
        ("source('s')", None),
        ("ref(name)", None),
        ("ref('a', 'b', 'c')", None),
        ("ref('')", None),
        ("reference('a')", None),
        ("ref('a", None),
    ],
)
def test_references_are_read_from_text(text: str, expected: object) -> None:
    assert call_from(text) == expected


def test_a_reference_has_one_spelling() -> None:
    assert reference_text('{{ ref("a") }}') == reference_text("ref( 'a' )") == "ref('a')"
    assert reference_text("db.schema.t") == "db.schema.t"


def test_every_adapter_has_a_dialect_that_exists() -> None:
    for adapter, dialect in ADAPTERS.items():
        assert dialect in sqlglot.Dialect.classes, adapter
        assert known_dialect(adapter.upper()) is not None
    assert known_dialect("klingon") is None


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.lists(st.sampled_from("abcdefghz"), max_size=4)))
def test_what_is_read_comes_first_and_cycles_stand_together(reads: dict[str, list[str]]) -> None:
    groups = in_order_of_reading(reads)
    place = {key: number for number, group in enumerate(groups) for key in group}
    assert sorted(place) == sorted(reads)
    for key, targets in reads.items():
        assert all(place[target] <= place[key] for target in targets if target in reads)
    for group in groups:
        for one in group:
            assert len(group) == 1 or all(_reaches(reads, one, other) for other in group)


def _reaches(reads: dict[str, list[str]], start: str, end: str) -> bool:
    found, waiting = set(), [start]
    while waiting:
        for target in reads.get(waiting.pop(), []):
            if target not in found:
                found.add(target)
                waiting.append(target)
    return end in found


@pytest.mark.parametrize(
    ("versions", "latest"),
    [
        ((), ""),
        (("2", "10", "1.5"), "10"),
        (("1", "beta", "10"), "beta"),
        (("rc", "beta"), "rc"),
        (("2.0", "2"), "2.0"),
    ],
)
def test_the_latest_version_is_the_highest_number_unless_a_word_goes_behind_it(
    versions: tuple[str, ...], latest: str
) -> None:
    assert latest_of(versions) == latest


def test_two_spellings_of_a_number_are_one_version() -> None:
    assert is_same_version("2", "2.0")
    assert is_same_version("beta", "beta")
    assert not is_same_version("beta", "2")
    assert not is_same_version("nan", "NaN")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a,b\n1,2\n", ("a", "b")),
        (b'"x, y",z\r\n', ("x, y", "z")),
        (b"\n\na\n", ("a",)),
        (b"a,,a,\n", ("a", "b", "a_2", "d")),
        ("näme\n".encode(), ("näme",)),
    ],
)
def test_a_header_gives_the_names_that_dbt_gives(data: bytes, expected: tuple[str, ...]) -> None:
    assert header_of(data).names == expected


@pytest.mark.parametrize(("data", "delimiter"), [(b"", ","), (b"a;b", ";;"), (b"\xff\xfea", ","), (b"a\0", "\n")])
def test_a_header_that_cannot_be_read_says_why(data: bytes, delimiter: str) -> None:
    header = header_of(data, delimiter)
    assert (header.names == ()) is bool(header.problem)
    assert header.problem or data == b"a\0"


def test_a_header_cut_within_a_character_is_no_fault() -> None:
    data = ("a,b\n" + "ä" * 400_000).encode()
    assert header_of(data).names == ("a", "b")


def test_a_python_file_that_hurts_the_parser_is_a_problem_and_no_more() -> None:
    for text in (b"(" * 10_000, b"x = " + b"-" * 100_000 + b"1", b"\0", b"'\\d'\ndef model(dbt, session): pass"):
        python_model(text)
    assert python_model(b"'\\d'\ndef model(d, s):\n  return d.ref('a')").calls == (RefCall("a"),)


def test_definitions_and_comments_are_no_query() -> None:
    assert holds_no_query("{% macro a() %} select {% endmacro %}\n{#- x -#} -- y\n/* z */{% set a = 1 %};")
    assert holds_no_query("{% set a %} select 1 {% endset %}")
    assert not holds_no_query("{% macro a() %} select")
    assert not holds_no_query("{{ a() }}")
    assert only_configures("{{ config(a={'b': {'c': 1}}) }}")
    assert not only_configures("{{ config() }}{{ a() }}")
    assert is_blank("/* x */ -- y\n;")


def test_blocks_are_found_by_name() -> None:
    text = "{# {% snapshot no %} #}\n{%- snapshot yes -%}\nselect 1\n{%- endsnapshot -%}{% snapshot open %}rest"
    assert [(one.name, one.line, one.body) for one in snapshots_in(text)] == [
        ("yes", 2, "\nselect 1\n"),
        ("open", 4, "rest"),
    ]
    assert [name for name, _ in macros_in("{% macro a() %}{% endmacro %}{%- macro b(x) -%}{%- endmacro -%}")] == [
        "a",
        "b",
    ]


@pytest.mark.parametrize(
    "piece", ["{% macro a() %}", "{#", "/*", "{% set a %}", "{{ config(", "{% snapshot a %}", "config(", "{%  "]
)
def test_text_made_to_be_slow_is_read_in_linear_time(piece: str) -> None:
    text = piece * (400_000 // len(piece))
    started = time.process_time()
    holds_no_query(text)
    only_configures(text)
    says_disabled(text)
    is_blank(text)
    list(snapshots_in(text))
    list(macros_in(text))
    assert time.process_time() - started < 2


def test_a_cache_forgets_what_was_used_longest_ago_and_never_keeps_more_than_it_may() -> None:
    cache: Cache[str] = Cache(10, len)
    cache.put("a", "12345")
    cache.put("b", "12345")
    assert cache.get("a") == "12345"
    cache.put("c", "123")
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == ("12345", None, "123")
    cache.put("a", "x" * 11)
    assert cache.get("a") is None
