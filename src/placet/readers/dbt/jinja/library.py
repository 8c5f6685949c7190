"""The macros that a template can call: a project's, its packages' in the tree, and our equivalents of others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from jinja2 import nodes

from placet.readers.dbt.blocks import blanked
from placet.readers.dbt.jinja.model import MacroFile, MacroFinding, Unrenderable
from placet.readers.dbt.jinja.names import NAMES
from placet.readers.dbt.jinja.packages import PACKAGES
from placet.readers.dbt.jinja.relation import Relation
from placet.readers.dbt.jinja.static import CallsFound, found_in
from placet.readers.dbt.jinja.syntax import Parsed, parsed
from placet.readers.dbt.jinja.things import ABSENT, Thing, Value
from placet.readers.dbt.jinja.unknown import Missing

if TYPE_CHECKING:
    from placet.readers.dbt.jinja.run import Run

_MACRO = re.compile(r"\{%[-+]?\s*(macro|test|data_test)\s+([A-Za-z_]\w*)")
_MACRO_START = re.compile(r"\{%[-+]?\s*macro\s+([A-Za-z_]\w*)")
_MACRO_END = re.compile(r"\{%[-+]?\s*endmacro\b[^%]{0,200}%\}")
# How much text may be parsed, all macros of a file together, each with the lines before it.
_MOST_ALONE = 50_000_000
_PARENTS = MappingProxyType({"redshift": "postgres", "databricks": "spark", "synapse": "sqlserver"})
_REFERENCES = frozenset({"ref", "source"})
_NO_DISPATCH: Mapping[str, Sequence[str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class MacroDefinition:
    """A macro of a file."""

    name: str
    package: str
    path: str
    node: nodes.Macro
    parsed: Parsed


class MacroLibrary:
    """All macros that a project's templates can call, built once per project; files are parsed when first needed.

    ``dispatch`` is ``dbt_project.yml``'s: for a macro namespace, the packages to search, in order.
    """

    def __init__(
        self, project: str, files: Iterable[MacroFile], dispatch: Mapping[str, Sequence[str]] = _NO_DISPATCH
    ) -> None:
        self.project = project
        self._files = tuple(files)
        self._dispatch = dict(dispatch)
        self._places: dict[tuple[str, str], MacroFile] = {}
        for file in self._files:
            for kind, name in _MACRO.findall(file.text):
                self._places.setdefault((file.package, name if kind == "macro" else f"test_{name}"), file)
        self._found: dict[tuple[str, str], MacroDefinition | None] = {}
        self._calls: dict[tuple[str, str], CallsFound] = {}
        self.packages = frozenset(file.package for file in self._files) | {project}

    @cached_property
    def findings(self) -> tuple[MacroFinding, ...]:
        """The macro files that do not parse, in order of path. Reads them all."""
        return tuple(sorted(self._unreadable(), key=lambda finding: finding.path))

    def macro(self, package: str, name: str) -> MacroDefinition | None:
        """The macro of that package, or None where there is none or its file does not parse."""
        key = (package, name)
        if key not in self._found:
            self._found[key] = self._read(package, name)
        return self._found[key]

    def calls_in(self, macro: MacroDefinition) -> CallsFound:
        """What a macro calls, as far as its text says it."""
        key = (macro.package, macro.name)
        if key not in self._calls:
            self._calls[key] = found_in(macro.node)
        return self._calls[key]

    def name(self, run: Run, name: str) -> Value:
        """What a name means that the template itself does not set, or ABSENT; dbt's order of search."""
        for package in dict.fromkeys((run.package, self.project)):
            if (package, name) in self._places:
                found = self._callable(package, name)
                return Overriding(found) if name in _REFERENCES and isinstance(found, MacroValue) else found
        if name in NAMES:
            return NAMES[name](run)
        if name in self.packages or name in PACKAGES:
            return PackageName(self, name)
        if name in PACKAGES["dbt"]:
            return self._builtin(run, "dbt", name)
        if run.packages and (run.packages[-1], name) in self._places:
            return self._callable(run.packages[-1], name)
        return ABSENT

    def in_package(self, run: Run, package: str, name: str) -> Value:
        """What ``package.name`` means; Missing where there is no such macro."""
        if (package, name) in self._places:
            return self._callable(package, name)
        if name in PACKAGES.get(package, ()):
            return self._builtin(run, package, name)
        return Missing(f"{package}.{name}")

    def dispatched(self, run: Run, name: str, namespace: str | None, packages: Sequence[str] = ()) -> Value:
        """What ``adapter.dispatch`` finds: the adapter's own macro, its parent's, else the default one."""
        if "." in name:
            namespace, name = name.rsplit(".", 1)
        found = self._dispatched(run, name, packages or self._search_order(run, namespace))
        if found is not None:
            return found
        for package in (namespace, "dbt", *packages) if namespace else ("dbt", *PACKAGES):
            if package and name in PACKAGES.get(package, ()):
                return PACKAGES[package][name]
        return Missing(f"{namespace}.{name}" if namespace else name)

    def variants(self, name: str) -> tuple[tuple[str, str], ...]:
        """Package and name of each macro that ``adapter.dispatch`` may choose for a name, on whatever adapter."""
        ending = f"__{name.rpartition('.')[2]}"
        return tuple(key for key in self._places if key[1].endswith(ending))

    def _builtin(self, run: Run, package: str, name: str) -> Value:
        # Packages dispatch their macros, so that a project's own variant wins over ours too.
        order = [one for one in self._search_order(run, package) if one != package]
        found = self._dispatched(run, name, order)
        if isinstance(found, MacroValue) and (found.macro.package, found.macro.name) in run.running:
            # A variant that hands on to the package means the package's own.
            found = None
        return found or PACKAGES[package][name]

    def _search_order(self, run: Run, namespace: str | None) -> Sequence[str]:
        if namespace is None:
            return tuple(dict.fromkeys((run.package, self.project, *sorted(self.packages))))
        return tuple(self._dispatch.get(namespace, ())) or (self.project, namespace)

    def _dispatched(self, run: Run, name: str, packages: Sequence[str]) -> Value:
        adapter = run.around.target.type
        prefixes = dict.fromkeys((adapter, _PARENTS.get(adapter, adapter), "default"))
        for package in packages:
            for prefix in prefixes:
                if (package, f"{prefix}__{name}") in self._places:
                    return self._callable(package, f"{prefix}__{name}")
        return None

    def _callable(self, package: str, name: str) -> Value:
        macro = self.macro(package, name)
        return Missing(name, reason=self._problem(package, name)) if macro is None else MacroValue(macro)

    def _read(self, package: str, name: str) -> MacroDefinition | None:
        file = self._places.get((package, name))
        if file is None:
            return None
        try:
            tree = parsed(file.text)
        except Unrenderable:
            try:
                tree = parsed(_alone(file.text).get(name, ""))
            except Unrenderable:
                return None
        node = tree.macros.get(name)
        return None if node is None else MacroDefinition(name, package, file.path, node, tree)

    def _problem(self, package: str, name: str) -> str:
        """Why a macro that seems to be there cannot be read; empty where its file can be read and does not have it."""
        file = self._places[(package, name)]
        try:
            parsed(file.text)
        except Unrenderable as error:
            return f"{file.path} cannot be read: {error}"
        return ""

    def _unreadable(self) -> Iterator[MacroFinding]:
        for file in self._files:
            try:
                parsed(file.text)
            except Unrenderable as error:
                if not _parses_in_parts(file.text):
                    yield MacroFinding(file.path, error.line, error.reason)


@lru_cache(maxsize=16)
def _alone(text: str) -> Mapping[str, str]:
    """Each macro of a file by itself, at its line: dbt reads a file's blocks and passes over what is between them."""
    seen = blanked(text, "{#", "#}")
    found: dict[str, str] = {}
    if len(_MACRO_START.findall(seen)) * len(seen) > _MOST_ALONE:
        return found
    start = _MACRO_START.search(seen)
    while start is not None:
        end = _MACRO_END.search(seen, start.end())
        if end is None:
            break
        block = "\n" * seen.count("\n", 0, start.start()) + seen[start.start() : end.end()]
        found.setdefault(start[1], block)
        start = _MACRO_START.search(seen, end.end())
    return found


def _parses_in_parts(text: str) -> bool:
    """Whether a file that does not parse as a whole defines macros all of which do."""
    macros = _alone(text)
    if not macros or macros.keys() != {name for _, name in _MACRO.findall(blanked(text, "{#", "#}"))}:
        return False
    try:
        for name, block in macros.items():
            if name not in parsed(block).macros:
                return False
    except Unrenderable:
        return False
    return True


class MacroValue(Thing):
    """A macro, as a template holds it."""

    __slots__ = ("macro",)

    def __init__(self, macro: MacroDefinition) -> None:
        self.macro = macro

    def attribute(self, run: Run, name: str) -> Value:  # noqa: ARG002 - the same for every run
        return self.macro.name if name == "name" else ABSENT

    def call(self, run: Run, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Value:
        return run.interpreter.invoke(self.macro, args, kwargs)


class Overriding(Thing):
    """A project's own ``ref`` or ``source``, which says where a model lies; what is read is the model all the same.

    What it asks the warehouse for that is not known here. dbt takes the reference itself from its parsing, where such a
    macro runs without ``execute``; so that is asked next, and where that says nothing either, the builtin counts.
    """

    __slots__ = ("value",)

    def __init__(self, value: MacroValue) -> None:
        self.value = value

    def attribute(self, run: Run, name: str) -> Value:
        return self.value.attribute(run, name)

    def call(self, run: Run, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Value:
        builtin = NAMES[self.value.macro.name](run)
        if run.is_running(self.value.macro.package, self.value.macro.name):
            return run.call(builtin, *args, **kwargs)
        for parsing in (run.parsing, True):
            found = self._called(run, args, kwargs, parsing=parsing)
            if found is not None:
                return found
        return run.call(builtin, *args, **kwargs)

    def _called(self, run: Run, args: Sequence[Value], kwargs: Mapping[str, Value], *, parsing: bool) -> Value:
        """The relation that it gives; None where that depends on what is not known."""
        doubts, unexplored = dict(run.uncertain), dict(run.unexplored)
        before, calls = run.parsing, dict(run.calls)
        paused, run.branches.paused = run.branches.paused, True
        run.parsing = parsing
        try:
            found = self.value.call(run, args, kwargs)
        finally:
            run.parsing = before
            run.branches.paused = paused
        tokens = run.tokens_in(found) if isinstance(found, str) else {}
        if run.uncertain == doubts and (isinstance(found, Relation) or any(map(_is_relation, tokens.values()))):
            return found
        run.uncertain, run.unexplored, run.calls = doubts, unexplored, calls
        return None


def _is_relation(value: Value) -> bool:
    return isinstance(value, Relation)


class PackageName(Thing):
    """A package, whose attributes are its macros."""

    __slots__ = ("library", "name")

    def __init__(self, library: MacroLibrary, name: str) -> None:
        self.library = library
        self.name = name

    def attribute(self, run: Run, name: str) -> Value:
        return self.library.in_package(run, self.name, name)
