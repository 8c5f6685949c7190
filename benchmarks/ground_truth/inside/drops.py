"""Drops columns from empty copies of relations, one at a time, and writes down which models no longer bind.

Runs in the benchmark's own environment: ``python -m benchmarks.ground_truth.inside.drops BUILD ASKED RESULT``, all
JSON. ``ASKED`` is a list of pairs,
the id of a relation and the name of a column.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.ground_truth.inside.catalog import Catalog, Catalogs, Columns, relation_named


class Drops:
    """A built project in empty catalogs, and what happens there when a column is gone."""

    def __init__(self, build: dict[str, Any]) -> None:
        self._models: dict[str, dict[str, Any]] = {key: one for key, one in build["models"].items() if one.get("sql")}
        self._relations = {**build["sources"], **{key: one for key, one in build["models"].items() if one["columns"]}}
        self._catalogs = Catalogs()
        for one in self._relations.values():
            self._catalogs.put(relation_named(one["relation"]), one["columns"])
        self._readers: dict[str, list[str]] = {}
        for key, model in self._models.items():
            for read in model["reads"] if model["catalog"] else ():
                self._readers.setdefault(read, []).append(key)
        self._before = {
            key: [self._bound(key, sql) for sql in self._models[key]["sql"]]
            for key in {one for readers in self._readers.values() for one in readers}
        }

    def without(self, key: str, column: str) -> dict[str, Any]:
        """What happens without the column: each direct reader's fate, and all models that are reached in the end.

        A reader is ``broken``, or has ``lost`` columns (a star passed them on), or is not named. Columns that are lost
        are dropped in turn from what their reader gives.
        """
        direct: dict[str, Any] = {}
        reached: set[str] = set()
        dropped: list[tuple[str, str]] = []
        waiting = [(key, column)]
        while waiting:
            place, name = waiting.pop(0)
            if (place, name) in dropped:
                continue
            dropped.append((place, name))
            self._put(place, {one for at, one in dropped if at == place})
            for reader in self._readers.get(place, ()):
                fate = self._fate(reader)
                if not fate:
                    continue
                reached.add(reader)
                if place == key and name == column:
                    direct[reader] = fate
                waiting += [(reader, lost) for lost in fate.get("lost", ())]
        for place in {at for at, _ in dropped}:
            self._put(place, set())
        return {"direct": direct, "reached": sorted(reached)}

    def _fate(self, reader: str) -> dict[str, Any]:
        lost: list[str] = []
        for sql, before in zip(self._models[reader]["sql"], self._before[reader], strict=True):
            after = self._bound(reader, sql)
            if after is None:
                return {"broken": self._catalog(reader).bind(sql).problem}
            lost += [name for name in before or () if name not in after and name not in lost]
        return {"lost": lost} if lost else {}

    def _bound(self, key: str, sql: str) -> list[str] | None:
        bound = self._catalog(key).bind(sql)
        return None if bound.problem else [name.lower() for name, _ in bound.columns]

    def _catalog(self, key: str) -> Catalog:
        return self._catalogs[self._models[key]["catalog"]]

    def _put(self, key: str, without: set[str]) -> None:
        one = self._relations.get(key)
        if one is not None:
            left: Columns = [(name, type_) for name, type_ in one["columns"] if name.lower() not in without]
            self._catalogs.put(relation_named(one["relation"]), left)


def main(build: str, asked: str, result: str) -> None:
    """Drop each of the columns that are asked for."""
    drops = Drops(json.loads(Path(build).read_text()))
    pairs = json.loads(Path(asked).read_text())
    found = [{"asset": key, "column": column, **drops.without(key, column)} for key, column in pairs]
    Path(result).write_text(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
