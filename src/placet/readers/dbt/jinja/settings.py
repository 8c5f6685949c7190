"""What a template is configured with: ``config``, ``var``, ``model``, and whether it is built incrementally."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from placet.readers.dbt.jinja.scope import Out, Scope
from placet.readers.dbt.jinja.syntax import parsed
from placet.readers.dbt.jinja.text import text_of
from placet.readers.dbt.jinja.things import ABSENT, Function, Thing, Value
from placet.readers.dbt.jinja.unknown import Missing, Unknown

if TYPE_CHECKING:
    from placet.readers.dbt.jinja.run import Run


# How dbt builds what it never adds to; other words may be a project's own, which ask as they like.
_NEVER_INCREMENTAL = frozenset(
    {"table", "view", "ephemeral", "seed", "snapshot", "materialized_view", "dynamic_table", "dictionary"}
)
# Mappings that several calls of ``config()`` fill together; of all other settings the last call counts alone.
_JOINED = frozenset({"meta", "grants", "column_types", "docs", "quoting", "contract"})


def is_incremental(run: Run) -> bool:
    """The answer of this run; no question, and false, for a model that is known to be built otherwise."""
    materialized = _configured(run, "materialized")
    if isinstance(materialized, str) and materialized in _NEVER_INCREMENTAL:
        return False
    run.asked_incremental = True
    return run.incremental


def wants_full_refresh(run: Run) -> bool:
    """The opposite of being incremental."""
    run.asked_incremental = True
    return not run.incremental


def _configured(run: Run, key: str) -> Value:
    return run.config.get(key, run.around.config.get(key))


class _Config(Thing):
    __slots__ = ()

    def attribute(self, run: Run, name: str) -> Value:
        if name in (
            "get",
            "require",
            "set",
            "meta_get",
            "meta_require",
            "persist_relation_docs",
            "persist_column_docs",
        ):
            return _CONFIG_METHODS[name]
        if name == "model":
            return Model()
        return run.unknown(f"config.{name}", f"config.{name} is not known without running dbt")

    def call(self, run: Run, args: Sequence[Value], kwargs: Mapping[str, Value]) -> str:
        for given in (*args, kwargs):
            if isinstance(given, Mapping):
                for key, value in given.items():
                    _lay_over(run, text_of(run, key), value)
        return ""


def _lay_over(run: Run, key: str, value: Value) -> None:
    """A setting over that of an earlier call in the same file, with which dbt joins some mappings."""
    before = run.config.get(key)
    if key in _JOINED and isinstance(before, Mapping) and isinstance(value, Mapping):
        value = {**before, **value}
    run.config[key] = value


def _get(run: Run, name: Value, default: Value = None, validator: Value = None) -> Value:  # noqa: ARG001 - dbt's
    key = text_of(run, name)
    if key in run.config:
        return run.config[key]
    return _given(run.around.config[key]) if key in run.around.config else default


def _require(run: Run, name: Value, validator: Value = None) -> Value:  # noqa: ARG001 - dbt's
    value = _get(run, name, ABSENT)
    return run.unknown(f"config.{name}", f"config {name} is required and not set") if value is ABSENT else value


def _set(run: Run, name: Value, value: Value) -> str:
    run.config[text_of(run, name)] = value
    return ""


def _meta(run: Run, name: Value, default: Value = None, validator: Value = None) -> Value:  # noqa: ARG001 - dbt's
    meta = _get(run, "meta", {})
    return meta.get(text_of(run, name), default) if isinstance(meta, Mapping) else default


_CONFIG_METHODS = {
    "get": Function("config.get", _get),
    "require": Function("config.require", _require),
    "set": Function("config.set", _set),
    "meta_get": Function("config.meta_get", _meta),
    "meta_require": Function("config.meta_require", _meta),
    "persist_relation_docs": Function("config.persist_relation_docs", lambda _run: False),
    "persist_column_docs": Function("config.persist_column_docs", lambda _run: False),
}
CONFIG = _Config()


class _Var(Thing):
    __slots__ = ()

    def attribute(self, run: Run, name: str) -> Value:  # noqa: ARG002 - the same for every run
        return _HAS_VAR if name == "has_var" else ABSENT

    def call(self, run: Run, args: Sequence[Value], kwargs: Mapping[str, Value]) -> Value:
        return _variable(run, *args, **kwargs)


def _variable(run: Run, name: Value, default: Value = ABSENT) -> Value:
    if isinstance(name, Unknown):
        return name
    key = text_of(run, name)
    if key not in run.around.variables:
        run.read_variable(key, Missing(key))
        return (
            run.unknown(f"var({key})", f"variable {key} has no default", value=True) if default is ABSENT else default
        )
    value = run.around.variables[key]
    run.read_variable(key, value)
    if isinstance(value, str) and "{" in value:
        return _rendered_variable(run, key, value)
    return _given(value)


def _rendered_variable(run: Run, key: str, text: str) -> Value:
    if key in run.rendering_variables or not ("{{" in text or "{%" in text):
        return text
    run.rendering_variables.add(key)
    try:
        tree = parsed(text)
        out = Out(run.budget)
        run.interpreter.execute(tree.tree.body, Scope(None, tree), out)
    finally:
        run.rendering_variables.discard(key)
    pieces = out.text()
    relations = list(run.tokens_in(pieces).values())
    # A variable that holds one ref or source is that relation, as packages use it.
    return relations[0] if len(relations) == 1 and pieces.strip() == str(relations[0]) else pieces


def _has_var(run: Run, name: Value) -> bool:
    key = text_of(run, name)
    run.read_variable(key, run.around.variables.get(key, Missing(key)))
    return key in run.around.variables


_HAS_VAR = Function("var.has_var", _has_var)
VAR = _Var()


def _given(value: Value) -> Value:
    """Data from YAML as a template may have it: a copy, so that nothing it does to it lasts."""
    if isinstance(value, Mapping):
        return {key: _given(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_given(one) for one in value]
    return value


class Environment(Thing):
    """``env``, which only old projects use."""

    __slots__ = ()

    def attribute(self, run: Run, name: str) -> Value:
        return run.unknown(f"env.{name}", f"environment variable {name} has no default", value=True)


class Model(Thing):
    """``model``: of the node's many entries those that its files tell."""

    __slots__ = ()

    def attribute(self, run: Run, name: str) -> Value:
        around = run.around
        known = {
            "name": around.model,
            "alias": around.model,
            "package_name": run.package,
            "unique_id": f"model.{run.package}.{around.model}",
            "original_file_path": around.path,
            "path": around.path,
            "schema": around.target.schema,
            "database": around.target.database,
            "resource_type": "model",
            "language": "sql",
        }
        if name in known:
            return known[name]
        if name == "config":
            return _ModelConfig()
        if name == "get":
            return Function("model.get", self._get)
        return run.unknown(f"model.{name}", f"model.{name} is not known without running dbt")

    def _get(self, run: Run, name: Value, default: Value = None) -> Value:
        value = self.attribute(run, text_of(run, name))
        return default if isinstance(value, Unknown) and default is not None else value


class _ModelConfig(Thing):
    __slots__ = ()

    def attribute(self, run: Run, name: str) -> Value:
        return _CONFIG_METHODS["get"] if name == "get" else _get(run, name)
