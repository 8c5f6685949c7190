"""Compiled SQL with its relations as tokens, as the templates that Placet renders itself have them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError

from placet.readers.dbt.artifacts.documents import mapping, text
from placet.readers.dbt.artifacts.manifest import Manifest, Node
from placet.readers.dbt.artifacts.writing import calls_of
from placet.readers.dbt.parts import RELATION_TOKEN, RefCall, Rendered, Resolution, SourceCall

# dbt puts an ephemeral model's query in front of the one that reads it, under this name.
_EPHEMERAL = "__dbt__cte__"


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of SQL as it is written, and where it stands."""

    text: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Compiled:
    """Compiled SQL as a rendering; ``ids`` are the unique ids of what its relation tokens stand for."""

    rendered: Rendered
    ids: Mapping[str, str]


def compiled_from(node: Node, manifest: Manifest, dialect: str) -> Compiled:
    """The node's compiled SQL, in which each relation that dbt put there is a token again.

    Lines stay as they are. A relation that nobody wrote as a reference stays what it is: a name in the SQL.
    """
    calls = calls_of(sorted({*node.reads, node.id}), manifest)
    names: dict[tuple[str, ...], str] = {}
    relations: dict[str, RefCall | SourceCall] = {}
    ids: dict[str, str] = {}
    for number, (unique_id, call) in enumerate(calls.items()):
        token = f"{RELATION_TOKEN}{number}"
        relations[token], ids[token] = call, unique_id
        for name in _names_of(manifest.built.get(unique_id) or manifest.sources[unique_id]):
            if words := tuple(word.text for word in _words(name, dialect)):
                names.setdefault(words, token)
    sql, used = _replaced(node.compiled, names, dialect)
    rendered = Rendered(
        sql=sql,
        relations={token: call for token, call in relations.items() if token in used},
        holes={},
        calls=tuple(call for unique_id, call in calls.items() if unique_id != node.id),
        config={},
        macros=(),
        variables=(),
    )
    return Compiled(rendered, {token: unique_id for token, unique_id in ids.items() if token in used})


def gives_nothing(found: Resolution) -> bool:
    """Whether a query gives no column at all.

    So compiles what asks the warehouse for the columns of a relation that is not there: it says nothing of the asset.
    """
    return not found.columns and not found.open_ended


def _names_of(node: Node) -> Iterator[str]:
    """How a relation is called in compiled SQL: by its full name, or where it is ephemeral by that of its query."""
    if name := text(node.written, "relation_name"):
        yield name
    elif text(node.config, "materialized") == "ephemeral":
        yield f"{_EPHEMERAL}{node.name}"
    # A model that was left out of the build is read where another environment has it.
    if name := text(mapping(node.written, "defer_relation"), "relation_name"):
        yield name


def _replaced(sql: str, names: Mapping[tuple[str, ...], str], dialect: str) -> tuple[str, set[str]]:
    """The SQL with each of these names (as words) replaced by its token, and which tokens were."""
    longest = sorted(names, key=lambda words: (-len(words), words))
    starts = {words[0] for words in longest}
    words = list(_words(sql, dialect))
    parts: list[str] = []
    used: set[str] = set()
    kept = number = 0
    while number < len(words):
        found = _name_at(words, number, longest) if words[number].text in starts else ()
        if not found:
            number += 1
            continue
        token = names[found]
        parts += [sql[kept : words[number].start], token]
        number += len(found)
        kept = words[number - 1].stop
        used.add(token)
    return "".join([*parts, sql[kept:]]), used


def _name_at(words: Sequence[_Word], number: int, longest: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    if number and words[number - 1].text == ".":
        return ()
    for name in longest:
        after = number + len(name)
        if tuple(word.text for word in words[number:after]) == name:
            following = [word.text.lower() for word in words[after : after + 2]]
            is_defined = name[0].startswith(_EPHEMERAL) and following == ["as", "("]
            return () if is_defined else name
    return ()


def _words(sql: str, dialect: str) -> Iterator[_Word]:
    """The words of a text, without comments; none where the dialect cannot make words of it."""
    try:
        tokens = Dialect.get_or_raise(dialect or None).tokenize(sql)
    except (SqlglotError, RecursionError, ValueError, IndexError):
        return
    for token in tokens:
        yield _Word(sql[token.start : token.end + 1], token.start, token.end + 1)
