"""``graph``: of dbt's nodes a template can know what YAML says of one that it names; the rest is known to dbt alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from placet.readers.dbt.jinja.text import text_of
from placet.readers.dbt.jinja.things import Function, Thing, Value
from placet.readers.dbt.jinja.unknown import Unknown

if TYPE_CHECKING:
    from placet.readers.dbt.jinja.run import Run

_REASON = "the graph of nodes is known to dbt alone"


class Graph(Thing):
    """``graph``, of which ``nodes`` is known in part."""

    __slots__ = ()

    def attribute(self, run: Run, name: str) -> Value:
        return _NODES if name == "nodes" else run.unknown("graph", _REASON)


class _Nodes(Thing):
    __slots__ = ()

    def attribute(self, run: Run, name: str) -> Value:
        if name == "get":
            return Function("graph.nodes.get", lambda run, key, *_default: self.item(run, key))
        return run.unknown("graph", _REASON)

    def item(self, run: Run, key: Value) -> Value:
        """The node of that unique id, where YAML describes it."""
        name = text_of(run, key)
        said = None if run.hole_in(name) is not None else run.around.described(name)
        if said is None:
            return run.unknown("graph", _REASON)
        content = json.loads(said)
        columns = {column["name"]: _Described("column", column) for column in content.get("columns") or ()}
        return _Described("node", {"name": name.rpartition(".")[2], "unique_id": name, "columns": columns})


class _Described(Thing):
    """A node or a column as YAML describes it; what stands elsewhere is not known."""

    __slots__ = ("label", "said")

    def __init__(self, label: str, said: Mapping[str, Value]) -> None:
        self.label = label
        self.said = said

    def attribute(self, run: Run, name: str) -> Value:
        if name == "get":
            return Function("get", self._get)
        if name == "meta" and self.label == "column":
            config = self.said.get("config") or {}
            return {**(config.get("meta") or {}), **(self.said.get("meta") or {})}
        if name in ("name", "unique_id", "columns", "data_type") and name in self.said:
            return self.said[name]
        return run.unknown(f"graph.{self.label}.{name}", _REASON)

    def _get(self, run: Run, name: Value, default: Value = None) -> Value:
        found = self.attribute(run, text_of(run, name))
        return default if isinstance(found, Unknown) and name == "data_type" else found


_NODES = _Nodes()
GRAPH = Graph()
