"""The refs and sources of a template, without rendering it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from jinja2 import nodes

from placet.readers.dbt.jinja.library import MacroLibrary
from placet.readers.dbt.jinja.model import NOTHING_SET, Unrenderable
from placet.readers.dbt.jinja.names import NAMES
from placet.readers.dbt.jinja.packages import PACKAGES
from placet.readers.dbt.jinja.static import CallsFound, called_name, found_in, literal_call
from placet.readers.dbt.jinja.syntax import parsed
from placet.readers.dbt.parts import RefCall, SourceCall

_QUOTED = r"""\s*['"]([^'"{}]+)['"]\s*"""
_REF = re.compile(rf"\bref\({_QUOTED}(?:,{_QUOTED})?(?:,\s*v(?:ersion)?\s*=\s*['\"]?(\w+)['\"]?\s*)?\)")
_SOURCE = re.compile(rf"\bsource\({_QUOTED},{_QUOTED}\)")
_MAX_NODES = 500_000
# Our own equivalents that call source or ref themselves.
_CALLING = frozenset({"union_connections", "union_data", "hub", "link", "t_link", "sat", "ma_sat", "eff_sat", "stage"})


def calls_in(
    text: str, library: MacroLibrary, package: str = "", variables: Mapping[str, object] = NOTHING_SET
) -> tuple[tuple[RefCall | SourceCall, ...], bool]:
    """The refs and sources with literal arguments of a template, and whether these are certainly all.

    They are those that stand in it, in the macros that it calls, and in the variables that it reads.

    A text that is no Jinja is searched as plain text, which is never certain.
    """
    search = _Search(library, package or library.project, variables)
    search.text(text)
    return tuple(search.calls), search.known


class _Search:
    def __init__(self, library: MacroLibrary, package: str, variables: Mapping[str, object]) -> None:
        self.calls: dict[RefCall | SourceCall, None] = {}
        self.known = True
        self._library = library
        self._package = package
        self._variables = variables
        self._left = _MAX_NODES
        self._seen: set[tuple[str, str]] = set()

    def text(self, text: str) -> None:
        try:
            tree = parsed(text)
        except Unrenderable:
            self.known = False
            self._plain(text)
            return
        self._run(found_in(tree.tree))

    def _plain(self, text: str) -> None:
        for first, second, version in _REF.findall(text):
            self.calls[RefCall(second or first, first if second else "", version)] = None
        for source, table in _SOURCE.findall(text):
            self.calls[SourceCall(source, table)] = None

    def _run(self, found: CallsFound) -> None:
        self._left -= found.nodes
        if self._left < 0:
            self.known = False
            return
        for node in found.calls:
            self._call(node, found.local)

    def _call(self, node: nodes.Call, local: AbstractSet[str]) -> None:
        name = called_name(node)
        if name in ("ref", "source", "builtins.ref", "builtins.source"):
            call = literal_call(node)
            if call is None:
                self.known = False
            else:
                self.calls[call] = None
        elif name == "var":
            self._variable(node)
        elif name == "adapter.dispatch":
            self._dispatched(node)
        elif name and name.partition(".")[0] not in local:
            self._macro(name)

    def _variable(self, node: nodes.Call) -> None:
        name = node.args[0] if node.args else None
        if not isinstance(name, nodes.Const):
            return
        value = self._variables.get(str(name.value))
        key = ("var", str(name.value))
        if isinstance(value, str) and "{{" in value and key not in self._seen:
            self._seen.add(key)
            self.text(value)

    def _macro(self, name: str) -> None:
        package, _, last = name.rpartition(".")
        if package.partition(".")[0] in NAMES:
            return
        places = (package,) if package else tuple(dict.fromkeys((self._package, self._library.project)))
        for place in places:
            if self._enter(place, last):
                return
        ours = last in NAMES or last in PACKAGES["dbt"] if not package else last in PACKAGES.get(package, ())
        if not ours or last in _CALLING:
            self.known = False

    def _dispatched(self, node: nodes.Call) -> None:
        first = node.args[0] if node.args else None
        if not isinstance(first, nodes.Const):
            self.known = False
            return
        for package, name in self._library.variants(str(first.value)):
            self._enter(package, name)

    def _enter(self, package: str, name: str) -> bool:
        macro = self._library.macro(package, name)
        if macro is None:
            return False
        if (package, name) not in self._seen:
            self._seen.add((package, name))
            self._run(self._library.calls_in(macro))
        return True
