"""The state of one rendering: what was called, configured and read on the way, and the tokens that stand for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from placet.readers.dbt.jinja.branches import Branches
from placet.readers.dbt.jinja.budget import Budget
from placet.readers.dbt.jinja.model import Surroundings
from placet.readers.dbt.jinja.relation import Relation
from placet.readers.dbt.jinja.things import Value
from placet.readers.dbt.jinja.unknown import Missing, Undecided, Unknown
from placet.readers.dbt.parts import HOLE_TOKEN, RELATION_TOKEN, Hole, RefCall, SourceCall
from placet.vocabulary.canonical import canonical_json, text_digest

if TYPE_CHECKING:
    from placet.readers.dbt.jinja.interpreter import Interpreter
    from placet.readers.dbt.jinja.library import MacroLibrary

TOKEN = re.compile(f"(?i:{RELATION_TOKEN}|{HOLE_TOKEN})[0-9]+")
HOLE = re.compile(f"(?i:{HOLE_TOKEN})[0-9]+")
_BACKTICKED = frozenset({"bigquery", "databricks", "spark", "mysql", "clickhouse", "athena"})
_UPPER_CASE = frozenset({"snowflake", "oracle", "exasol"})
_MAX_PLAIN_DEPTH = 50
_MAX_GIVEN = 1_000


class Run:
    """One rendering under one answer to ``is_incremental()``."""

    interpreter: Interpreter

    def __init__(self, library: MacroLibrary, around: Surroundings, *, incremental: bool = False) -> None:
        self.library = library
        self.around = around
        self.incremental = incremental
        self.asked_incremental = False
        # Whether ``execute`` is false, as while dbt parses.
        self.parsing = False
        self.budget = Budget()
        self.line = 1
        self.calls: dict[RefCall | SourceCall, None] = {}
        self.config: dict[str, Value] = {}
        self.macros: dict[tuple[str, str], None] = {}
        self.variables: dict[str, str] = {}
        self.uncertain: dict[Hole, None] = {}
        # Those of the uncertain ones that are no conditions, or whose branches are not looked at.
        self.unexplored: dict[Hole, None] = {}
        self.branches = Branches()
        # Whether the template raises an error on this way through its branches.
        self.refused = False
        self.results: dict[str, Value] = {}
        self.rendering_variables: set[str] = set()
        self.packages: list[str] = []
        self.running: list[tuple[str, str]] = []
        self._holes: dict[Hole, Unknown] = {}
        self._relations: dict[RefCall | SourceCall, Relation] = {}
        self._this: Relation | None = None
        self._by_token: dict[str, Relation | Unknown] = {}

    @property
    def package(self) -> str:
        """The package that the template belongs to."""
        return self.around.package or self.around.project

    def is_running(self, package: str, name: str) -> bool:
        """Whether that macro is being carried out."""
        return (package, name) in self.running

    def unknown(
        self, name: str, reason: str, given: Iterable[Value] = (), *, columns: bool = False, value: bool = False
    ) -> Unknown:
        """A hole at the present line; what refs and sources are ``given`` to it is remembered.

        ``columns``: it stands for the names of a relation's columns; ``value``: for what the warehouse or the
        environment says.
        """
        given = tuple(given)
        calls = tuple(dict.fromkeys(self._calls_among(given)))
        reason = self._without_tokens(reason)[:500]
        hole = Hole(name[:200], reason, self.line, calls, self._digest(given), columns, value)
        if hole not in self._holes:
            token = f"{HOLE_TOKEN}{len(self._holes) + 1}"
            self._holes[hole] = self._by_token[token] = Unknown(hole, token)
        return self._holes[hole]

    def _without_tokens(self, text: str) -> str:
        """A text for people, in which other holes stand by their names."""
        for unknown in reversed(self._holes.values()) if HOLE_TOKEN in text else ():
            text = text.replace(unknown.token, f"{{{{ {unknown.hole.name} }}}}")
        return text

    def printable(self, missing: Missing) -> Value:
        """What stands for a name that nothing was given for, where it is used: nothing, or a hole."""
        return "" if missing.quiet else self.unknown(missing.name, f"nothing here is called {missing.name}")

    def relation(self, call: RefCall | SourceCall) -> Relation:
        """The relation of a ref or source; one token for each call that differs."""
        self.calls[call] = None
        if call not in self._relations:
            self._relations[call] = self._new_relation(call)
        return self._relations[call]

    @property
    def this(self) -> Relation:
        """The relation of the template itself, which counts as no call."""
        if self._this is None:
            name = self.around.model or "this"
            self._this = self._new_relation(RefCall(name, self.package, self.around.version), is_this=True)
        return self._this

    def relation_at(self, schema: str | None, identifier: str | None) -> Relation | None:
        """The relation, among those met so far, that lies there."""
        for relation in self._by_token.values():
            if not isinstance(relation, Relation) or relation.part(self, "identifier") != identifier:
                continue
            if schema is None or relation.part(self, "schema") == schema:
                return relation
        return None

    def hole_in(self, text: str) -> Unknown | None:
        """The first hole whose token stands in a text."""
        if not self._holes:
            return None
        self.budget.weigh(text)
        if HOLE_TOKEN not in text and HOLE_TOKEN not in text.lower():
            return None
        found = HOLE.search(text)
        known = self._by_token.get(found.group().lower()) if found is not None else None
        return known if isinstance(known, Unknown) else None

    def tokens_in(self, text: str) -> dict[str, Relation | Unknown]:
        """What the tokens in a text stand for."""
        found = (token.lower() for token in TOKEN.findall(text))
        return {token: self._by_token[token] for token in found if token in self._by_token}

    def doubt(self, unknown: Unknown, *, explored: bool = False) -> None:
        """A condition was taken to be false because nobody can tell; ``explored``: its other branch has its turn."""
        self.uncertain[unknown.hole] = None
        if not explored:
            self.unexplored[unknown.hole] = None

    def truth(self, value: Value) -> bool:
        """Whether a value is true. Raises Undecided where nobody can tell."""
        if isinstance(value, str) and (unknown := self.hole_in(value)) is not None and value.strip() == unknown.token:
            raise Undecided(unknown)
        return bool(value)

    def read_variable(self, name: str, value: Value) -> None:
        """A variable was read; Missing says that it is not set."""
        self.variables[name] = "" if isinstance(value, Missing) else canonical_json(self.json_of(value))

    def in_warehouse(self, key: str) -> str:
        """What the warehouse calls a column of that folded name."""
        if self.around.target.type not in _UPPER_CASE:
            return key
        if key.startswith('"'):
            return key[1:-1]
        return key.upper() if key == key.lower() else key

    def quoted(self, name: str) -> str:
        """A name as a quoted identifier."""
        adapter = self.around.target.type
        if adapter in _BACKTICKED:
            return "`" + name.replace("`", "``") + "`"
        if adapter in ("sqlserver", "fabric"):
            return "[" + name.replace("]", "]]") + "]"
        return '"' + name.replace('"', '""') + '"'

    def call(self, function: Value, *args: Value, **kwargs: Value) -> Value:
        """What calling a value gives."""
        return self.interpreter.call_value(function, args, kwargs)

    def text(self, value: Value) -> str:
        """A value as the text that printing it gives."""
        return self.interpreter.text(value)

    def plain(self, value: Value) -> object:
        """A value as plain data for others; whatever nobody knows in it becomes a Hole."""
        self.budget.weigh(value)
        return self._plain(value, 0)

    def json_of(self, value: Value) -> object:
        """A value as what JSON can say, with texts for all else."""
        plain = self.plain(value)
        return plain if _is_json(plain) else str(plain)

    def _plain(self, value: Value, depth: int) -> object:
        if isinstance(value, Unknown):
            return value.hole
        if isinstance(value, str):
            unknown = self.hole_in(value)
            return value if unknown is None else unknown.hole
        if value is None or isinstance(value, (bool, int, float)):
            return value
        if depth > _MAX_PLAIN_DEPTH:
            raise RecursionError
        if isinstance(value, Mapping):
            return {str(key): self._plain(one, depth + 1) for key, one in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._plain(one, depth + 1) for one in value]
        if isinstance(value, (set, frozenset)):
            return sorted((self._plain(one, depth + 1) for one in value), key=str)
        return self.text(value)

    def _new_relation(self, call: RefCall | SourceCall, *, is_this: bool = False) -> Relation:
        count = sum(isinstance(one, Relation) for one in self._by_token.values())
        token = f"{RELATION_TOKEN}{count + 1}"
        relation = Relation(call, token, is_this=is_this)
        self._by_token[token] = relation
        return relation

    def _digest(self, given: Sequence[Value]) -> str:
        """The digest of the texts among what is given, whatever the tokens in them are called."""
        said = [" ".join(TOKEN.sub(self._meant, one).split()) for one in given if isinstance(one, str)]
        return text_digest(*said) if said else ""

    def _meant(self, token: re.Match[str]) -> str:
        known = self._by_token.get(token.group().lower())
        if isinstance(known, Unknown):
            return f"{known.hole.name} {known.hole.given}"
        return repr(known.call_) if isinstance(known, Relation) else token.group()

    def _calls_among(self, given: Iterable[Value]) -> Iterable[RefCall | SourceCall]:
        waiting = list(given)
        for value in waiting:  # grows while it is walked, up to a bound
            if isinstance(value, Relation):
                yield value.call_
            elif isinstance(value, Unknown):
                yield from value.hole.calls
            elif isinstance(value, str):
                waiting += self.tokens_in(value).values()
            elif isinstance(value, (list, tuple, set, frozenset)) and len(waiting) < _MAX_GIVEN:
                waiting += list(value)[:_MAX_GIVEN]
            elif isinstance(value, Mapping) and len(waiting) < _MAX_GIVEN:
                waiting += list(value.values())[:_MAX_GIVEN]


def _is_json(value: object) -> bool:
    if isinstance(value, dict):
        return all(map(_is_json, value.values()))
    if isinstance(value, list):
        return all(map(_is_json, value))
    if isinstance(value, float):
        return value - value == 0
    return value is None or isinstance(value, (str, bool, int))
