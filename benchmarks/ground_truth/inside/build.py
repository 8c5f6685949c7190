"""Builds a project with dbt on DuckDB as far as it goes, and writes down what the database then reports.

Runs in the benchmark's own environment: ``python -m benchmarks.ground_truth.inside.build PLAN RESULT``, both JSON.
dbt runs in rounds: what DuckDB refuses is bound in empty catalogs instead (untouched or translated), and stands as an
empty table in the next round, so that one refusal does not hide everything below it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import duckdb
from dbt.cli.main import dbtRunner

from benchmarks.ground_truth.inside.catalog import (
    SETTINGS,
    UNTYPED,
    Catalogs,
    Columns,
    quoted,
    relation_named,
    translated,
)

_BUILT = ("table", "view", "incremental")
_MAX_ROUNDS = 30
_MAX_PARSES = 80
_ENVIRONMENT = re.compile(r"Env var required but not provided: '([^']+)'")
_VARIABLE = re.compile(r"Required var '([^']+)' not found")
_FILE = re.compile(r"\(((?:[\w.@-]+/)*[\w.@ -]+\.(?:sql|yml|yaml|py|md|csv))\)")
_NO_COLUMN = re.compile(r'(?:Referenced column|does not have a column named) "([^"]+)"')


class Build:
    """One project's build; ``result`` is what is written in the end."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan = plan
        self.project = Path(plan["project"])
        self.database = Path(plan["database"])
        self.result: dict[str, Any] = {"left_out": {}, "models": {}, "sources": {}, "problem": ""}
        self.catalogs = Catalogs()
        self.variables: dict[str, Any] = dict(plan["variables"])

    def run(self) -> None:
        """Everything, one step after the other."""
        manifest = self._parsed()
        if manifest is None:
            return
        shutil.copy(Path(self.plan["target"]) / "manifest.json", self.plan["manifest"])
        self.manifest = manifest
        self.models = {key: node for key, node in manifest.nodes.items() if _is_model(node)}
        self._prepare_manifest()
        self._profile({node.database for node in (*manifest.nodes.values(), *manifest.sources.values())} - {None})
        self._make_sources()
        self._dbt("seed", "--full-refresh")
        self._keep_seeds()
        self._rounds()
        self._compile_again()
        self._report()

    def _parsed(self) -> Any:
        """The manifest; a model that dbt cannot parse becomes a stub, another such file is taken out of the copy."""
        self._profile(set())
        for _ in range(_MAX_PARSES):
            done = dbtRunner().invoke(["parse", *self._arguments()])
            if done.success:
                return done.result
            message = str(done.exception)
            if not self._mended(message):
                self.result["problem"] = message
                return None
        self.result["problem"] = "too many files that dbt does not parse"
        return None

    def _mended(self, message: str) -> bool:
        if found := _ENVIRONMENT.search(message):
            os.environ[found.group(1)] = "truth"
            return True
        if (found := _VARIABLE.search(message)) and found.group(1) not in self.variables:
            self.variables[found.group(1)] = "truth"
            return True
        for path in _FILE.findall(message):
            for file in (self.project / path, *self.project.glob(f"dbt_packages/*/{path}")):
                if file.is_file():
                    if file.suffix == ".sql" and path not in self.result["left_out"]:
                        file.write_text("select 1 as stub")
                    else:
                        file.rename(file.with_name(f"{file.name}.off"))
                    self.result["left_out"][path] = " ".join(message.split())[:300]
                    return True
        return False

    def _prepare_manifest(self) -> None:
        """Every model becomes a relation, and nothing but the models is run."""
        self.incremental = {key for key, node in self.models.items() if node.config.materialized == "incremental"}
        for node in self.manifest.nodes.values():
            if getattr(node.config, "pre_hook", None) is not None:
                node.config.pre_hook, node.config.post_hook = [], []
        for node in self.models.values():
            if node.config.materialized == "ephemeral":
                node.config.materialized = "view"
                node.relation_name = _named(node.database, node.schema, node.alias)
            elif node.resource_type == "model" and node.config.materialized not in _BUILT:
                node.config.materialized = "table"
        for key in [key for key, node in self.manifest.nodes.items() if node.resource_type == "operation"]:
            del self.manifest.nodes[key]
        for source in self.manifest.sources.values():
            for settings in (source, source.config):
                # Files that are not here; the source is a table like any other.
                (getattr(settings, "meta", None) or {}).pop("external_location", None)
            source.source_meta.pop("external_location", None)
            source.relation_name = _named(source.database, source.schema, source.identifier)

    def _profile(self, databases: set[str]) -> None:
        attached = [
            {"path": str(self.database.with_name(f"{name}.duckdb")), "alias": name}
            for name in sorted(databases)
            if name != self.database.stem
        ]
        output = {"type": "duckdb", "path": str(self.database), "threads": 2, "attach": attached}
        output |= {"schema": self.plan["schema"], "settings": dict(SETTINGS)}
        content = {self.plan["profile"]: {"target": "dev", "outputs": {"dev": output}}}
        folder = Path(self.plan["profiles"])
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "profiles.yml").write_text(json.dumps(content))
        self.attached = attached

    def _arguments(self) -> list[str]:
        folders = ["--project-dir", str(self.project), "--profiles-dir", self.plan["profiles"]]
        folders += ["--target-path", self.plan["target"]]
        return [*folders, "--vars", json.dumps(self.variables)]

    def _dbt(self, command: str, *arguments: str) -> dict[str, Any]:
        """What dbt says of each node that it was asked to work on."""
        os.chdir(self.project)
        done = dbtRunner(manifest=self.manifest).invoke([command, *self._arguments(), *arguments])
        results = getattr(done.result, "results", None)
        if results is None:
            self.result["problem"] = f"dbt {command}: {done.exception}"
            return {}
        return {one.node.unique_id: one for one in results}

    def _connection(self) -> Any:
        connection = duckdb.connect(str(self.database))
        for one in self.attached:
            connection.execute(f"attach if not exists '{one['path']}' as {quoted(one['alias'])}")
        return connection

    def _make_sources(self) -> None:
        made = {_folded(node.relation_name) for node in self.manifest.nodes.values() if node.relation_name}
        for key, source in self.manifest.sources.items():
            if _folded(source.relation_name) in made:
                # A source that this very project fills, with a seed or another model.
                continue
            listed = self.plan["sources"].get(key) or [["no_column_known", "VARCHAR"]]
            self._put_source(key, source, [(name, type_) for name, type_ in listed])

    def _put_source(self, key: str, source: Any, columns: Columns) -> None:
        self.result["sources"][key] = {"relation": source.relation_name, "columns": [list(one) for one in columns]}
        self._put_table(source.relation_name, columns)

    def _put_table(self, relation_name: str, columns: Columns) -> None:
        """An empty table in the database, and its like in the catalogs."""
        relation = relation_named(relation_name)
        self.catalogs.put(relation, columns)
        seen = {name.lower(): f"{quoted(name)} {_storable(type_)}" for name, type_ in columns}
        connection = self._connection()
        try:
            connection.execute(f"create schema if not exists {quoted(relation[0])}.{quoted(relation[1])}")
            place = ".".join(quoted(part) for part in relation)
            for sort in ("view", "table"):
                try:
                    connection.execute(f"drop {sort} if exists {place}")
                except duckdb.Error:
                    continue
            connection.execute(f"create table {place} ({', '.join(seen.values()) or 'no_column integer'})")
        finally:
            connection.close()

    def _keep_seeds(self) -> None:
        """Seeds stand beside the sources: relations that no model makes."""
        found = self._columns_reported()
        seeds = [node for node in self.manifest.nodes.values() if node.resource_type == "seed"]
        for node in (*seeds, *self.manifest.sources.values()):
            relation = relation_named(node.relation_name)
            if node.unique_id not in self.result["sources"] and (columns := found.get(relation)):
                self.catalogs.put(relation, columns)
                kept = {"relation": node.relation_name, "columns": [list(one) for one in columns]}
                self.result["sources"][node.unique_id] = kept

    def _rounds(self) -> None:
        stubs = {key for key, node in self.models.items() if node.original_file_path in self.result["left_out"]}
        for key in stubs:
            self._stand_in(key, "dbt does not parse it", "")
        waiting = {key: node for key, node in self.models.items() if key not in stubs}
        for _ in range(_MAX_ROUNDS):
            if not waiting:
                return
            told = self._dbt(
                "build",
                "--resource-type",
                "model",
                "--resource-type",
                "snapshot",
                "--select",
                *(f"fqn:{'.'.join(node.fqn)}" for node in waiting.values()),
            )
            if not told:
                break
            self._keep_built({key for key, one in told.items() if str(one.status) == "success"} & set(waiting))
            failed = {key: one for key, one in told.items() if str(one.status) == "error" and key in waiting}
            for key, one in failed.items():
                self._bind(key, one)
            before = len(waiting)
            waiting = {key: node for key, node in waiting.items() if key not in self.result["models"]}
            if len(waiting) == before:
                break
        for key in waiting:
            self.result["models"][key] = {"way": "refused", "reason": "dbt did not come to it", "columns": []}

    def _keep_built(self, keys: set[str]) -> None:
        found = self._columns_reported()
        for key in keys:
            node = self.models[key]
            columns = found.get(relation_named(node.relation_name), [])
            self.catalogs.put(relation_named(node.relation_name), columns)
            catalog, bound = self.catalogs.bind(node.compiled_code)
            self._note(key, "dbt", columns, node.compiled_code, catalog, bound.problem)

    def _bind(self, key: str, told: Any) -> None:
        """A model that DuckDB did not build: bound in empty catalogs, as it is or translated; else a stand-in."""
        node = self.models[key]
        sql = getattr(told.node, "compiled_code", None) or ""
        message = " ".join(str(told.message).split())[:400]
        if not sql:
            self._stand_in(key, f"dbt: {message}", "")
            return
        for way, text in (("bound", sql), ("translated", translated(sql, self.plan["dialect"]))):
            if not text:
                continue
            catalog, bound = self._bound_with_more(node, text)
            if not bound.problem:
                self._put_table(node.relation_name, bound.columns)
                self._note(key, way, bound.columns, text, catalog, message)
                return
            message = bound.problem if way == "bound" else f"{message} | translated: {bound.problem}"
        self._stand_in(key, message, sql)

    def _bound_with_more(self, node: Any, sql: str) -> tuple[str, Any]:
        """As bound; a column that is missing from the only source that the model reads is given to it."""
        catalog, bound = self.catalogs.bind(sql)
        sources = [key for key in node.depends_on.nodes if key in self.manifest.sources]
        for _ in range(100):
            missing = _NO_COLUMN.search(bound.problem)
            if missing is None or len(sources) != 1 or len(node.depends_on.nodes) != 1:
                break
            known = self.result["sources"][sources[0]]["columns"]
            if missing.group(1).lower() in {name.lower() for name, _ in known}:
                break
            self.result.setdefault("learnt", []).append([node.unique_id, sources[0], missing.group(1)])
            self._put_source(sources[0], self.manifest.sources[sources[0]], [*known, (missing.group(1), UNTYPED)])
            catalog, bound = self.catalogs.bind(sql)
        return catalog, bound

    def _stand_in(self, key: str, reason: str, sql: str) -> None:
        columns = [(name, type_) for name, type_ in self.plan["stand_ins"].get(key, [])]
        self._put_table(self.models[key].relation_name, columns)
        self._note(key, "refused", columns, sql, "", reason)

    def _note(self, key: str, way: str, columns: Columns, sql: str, catalog: str, reason: str) -> None:
        node = self.models[key]
        self.result["models"][key] = {
            "way": way,
            "relation": node.relation_name,
            "columns": [list(one) for one in columns],
            "sql": [sql],
            "catalog": catalog,
            "reason": reason,
            "reads": list(node.depends_on.nodes),
        }

    def _compile_again(self) -> None:
        """The incremental models as later runs would have them, now that everything is there."""
        for key in self.incremental:
            self.models[key].config.materialized = "incremental"
        later = [key for key in self.incremental if self.result["models"].get(key, {}).get("catalog")]
        if not later:
            return
        told = self._dbt("compile", "--select", *(f"fqn:{'.'.join(self.models[key].fqn)}" for key in later))
        for key, one in told.items():
            made = self.result["models"].get(key)
            sql = getattr(one.node, "compiled_code", None)
            if made is None or not sql:
                continue
            text = translated(sql, self.plan["dialect"]) if made["way"] == "translated" else sql
            if text not in made["sql"] and not self.catalogs[made["catalog"]].bind(text).problem:
                made["sql"].append(text)

    def _columns_reported(self) -> dict[tuple[str, str, str], list[tuple[str, str]]]:
        connection = self._connection()
        try:
            rows = connection.execute(
                "select database_name, schema_name, table_name, column_name, data_type from duckdb_columns()"
                " where not internal order by database_name, schema_name, table_name, column_index"
            ).fetchall()
        finally:
            connection.close()
        found: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
        for database, schema, table, name, type_ in rows:
            found.setdefault((database, schema, table), []).append((name, type_))
        return found

    def _report(self) -> None:
        self.result["variables"] = self.variables


def _is_model(node: Any) -> bool:
    return bool(node.resource_type in ("model", "snapshot") and node.language == "sql")


def _named(*parts: str) -> str:
    return ".".join(quoted(part) for part in parts)


def _folded(relation_name: str | None) -> str:
    return (relation_name or "").replace('"', "").lower()


def _storable(type_: str) -> str:
    return "VARCHAR" if not type_ or UNTYPED in type_ else type_


def main(plan: str, result: str) -> None:
    """Build what the plan says; the result is written whatever happens."""
    build = Build(json.loads(Path(plan).read_text()))
    try:
        build.run()
    finally:
        Path(result).write_text(json.dumps(build.result))


if __name__ == "__main__":
    main(*sys.argv[1:])
