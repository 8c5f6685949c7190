"""The names that dbt gives to templates, each of them ours."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from placet.errors import BadFile
from placet.readers.dbt.jinja import modules
from placet.readers.dbt.jinja.adapter import ADAPTER, API
from placet.readers.dbt.jinja.graph import GRAPH
from placet.readers.dbt.jinja.interpreter import Returned
from placet.readers.dbt.jinja.model import Raised
from placet.readers.dbt.jinja.sequences import written
from placet.readers.dbt.jinja.settings import CONFIG, VAR, Environment, Model, is_incremental, wants_full_refresh
from placet.readers.dbt.jinja.text import items_of, text_of
from placet.readers.dbt.jinja.things import ABSENT, Cycler, Function, Joiner, Names, Namespace, Thing, Value
from placet.readers.dbt.jinja.unknown import Missing, Unknown
from placet.readers.dbt.parts import RefCall, SourceCall
from placet.vocabulary.yamlfile import load_yaml

if TYPE_CHECKING:
    from placet.readers.dbt.jinja.run import Run

DBT_VERSION = "1.10.0"
_MAX_REF_ARGUMENTS = 2


def _ref(run: Run, *args: Value, v: Value = None, version: Value = None) -> Value:
    if not 1 <= len(args) <= _MAX_REF_ARGUMENTS:
        raise TypeError("ref takes a model, or a package and a model")
    texts = [text_of(run, arg) for arg in args]
    if (unknown := _first_hole(run, [*texts, version, v])) is not None:
        return run.unknown("ref", f"which model is meant depends on what is not known: {unknown.hole.reason}")
    wanted = v if version is None else version
    package = texts[0] if len(texts) > 1 else ""
    return run.relation(RefCall(texts[-1], package, "" if wanted is None else text_of(run, wanted)))


def _source(run: Run, source: Value, table: Value) -> Value:
    texts = (text_of(run, source), text_of(run, table))
    if (unknown := _first_hole(run, texts)) is not None:
        return run.unknown("source", f"which table is meant depends on what is not known: {unknown.hole.reason}")
    return run.relation(SourceCall(*texts))


def _first_hole(run: Run, values: Sequence[Value]) -> Unknown | None:
    for value in values:
        if isinstance(value, Unknown):
            return value
        if isinstance(value, str) and (unknown := run.hole_in(value)) is not None:
            return unknown
    return None


def _env_var(run: Run, name: Value, default: Value = ABSENT) -> Value:
    if default is not ABSENT and default is not None:
        return default if isinstance(default, Unknown) else text_of(run, default)
    return run.unknown(f"env_var({name})", f"environment variable {name} has no default", value=True)


def _return(_run: Run, value: Value = None) -> Value:
    raise Returned(value)


def _nothing(_run: Run, *_args: Value, **_kwargs: Value) -> str:
    return ""


def _run_query(run: Run, sql: Value) -> Value:
    return run.unknown("run_query", "run_query asks the warehouse", [sql], value=True)


def _statement(run: Run, name: Value = None, *args: Value, caller: Value = None, **kwargs: Value) -> str:
    sql = run.call(caller) if isinstance(caller, Thing) else caller
    asked = run.unknown("load_result", "a statement asks the warehouse", [sql, *args], value=True)
    run.results[text_of(run, name)] = asked
    run.budget.made(kwargs)
    return ""


def _load_result(run: Run, name: Value) -> Value:
    return run.results.get(text_of(run, name))


def _load_relation(run: Run, relation: Value) -> Value:
    return run.call(run.interpreter.attribute(ADAPTER, "load_relation"), relation)


def _raise(run: Run, message: Value = "", *_args: Value) -> Value:
    text = " ".join(text_of(run, message).split())[:500]
    if run.uncertain:
        run.refused = True
        return run.unknown("exceptions", f"the template raises an error, perhaps for want of what is not known: {text}")
    raise Raised(f"the template raises an error: {text}", run.line)


def _tojson(run: Run, value: Value, default: Value = None, sort_keys: Value = False) -> Value:  # noqa: FBT002 - dbt's
    run.budget.weigh(value)
    try:
        return json.dumps(written(run, value), sort_keys=bool(sort_keys))
    except (TypeError, ValueError):
        return default


def _fromjson(run: Run, text: Value, default: Value = None) -> Value:
    known = text_of(run, text)
    if (unknown := run.hole_in(known)) is not None:
        return unknown
    try:
        value = json.loads(known)
    except ValueError:
        return default
    run.budget.weigh(value)
    return value


def _fromyaml(run: Run, text: Value, default: Value = None) -> Value:
    known = text_of(run, text)
    if (unknown := run.hole_in(known)) is not None:
        return unknown
    try:
        value = modules.plain(load_yaml(known, "yaml", repeated=[]))
    except BadFile:
        return default
    run.budget.weigh(value)
    return value


def _set(run: Run, value: Value, default: Value = None) -> Value:
    try:
        items = items_of(run, value)
    except TypeError:
        return default
    for item in items:
        run.budget.weigh(item)
    return set(items)


def _zip(run: Run, *args: Value, default: Value = None) -> Value:
    try:
        return list(zip(*(items_of(run, arg) for arg in args), strict=False))
    except TypeError:
        return default


def _range(run: Run, *bounds: Value) -> Value:
    result = range(*(bound.__index__() if isinstance(bound, (int, Unknown)) else bound for bound in bounds))
    run.budget.will_make_items(len(result))
    return list(result)


def _dict(_run: Run, *args: Value, **kwargs: Value) -> Value:
    return dict(*args, **kwargs)


def _namespace(_run: Run, *args: Value, **kwargs: Value) -> Value:
    return Namespace(dict(*args, **kwargs))


def _local_md5(run: Run, value: Value) -> str:
    return hashlib.md5(text_of(run, value).encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def _difference(_run: Run, left: Value, right: Value) -> Value:
    return {key: value for key, value in left.items() if key not in right or right[key] != value}


class _Flags(Thing):
    __slots__ = ()

    def attribute(self, run: Run, name: str) -> Value:
        if name.upper() == "FULL_REFRESH":
            return wants_full_refresh(run)
        if name.upper() == "WHICH":
            return "run"
        return run.unknown(f"flags.{name}", f"flag {name} is not known")


class _Target(Thing):
    __slots__ = ()

    def attribute(self, run: Run, name: str) -> Value:
        target = run.around.target
        known = {
            "name": target.name,
            "target_name": target.name,
            "schema": target.schema,
            "dataset": target.schema,
            "database": target.database,
            "dbname": target.database,
            "project": target.database,
            "catalog": target.database,
            "type": target.type,
            "profile_name": run.around.project,
        }
        if name == "get":
            return Function("target.get", lambda run, key, default=None: _known_or(run, self, key, default))
        return known[name] if name in known else run.unknown(f"target.{name}", f"target.{name} is set outside")


def _known_or(run: Run, thing: Thing, key: Value, default: Value) -> Value:
    value = thing.attribute(run, text_of(run, key))
    return default if isinstance(value, Unknown) and default is not None else value


class _Context(Thing):
    __slots__ = ()

    def attribute(self, run: Run, name: str) -> Value:
        if name == "get":
            return Function("context.get", self._get)
        return run.library.name(run, name)

    def _get(self, run: Run, name: Value, default: Value = None) -> Value:
        found = run.library.name(run, text_of(run, name))
        return default if found is ABSENT else found


class _Exceptions(Thing):
    __slots__ = ()

    def attribute(self, run: Run, name: str) -> Value:  # noqa: ARG002 - the same for every run
        return _RAISES if name.startswith("raise_") or name in ("column_type_missing", "missing_config") else _SILENT


_RAISES = Function("exceptions.raise_compiler_error", _raise)
_SILENT = Function("log", _nothing)
_FUNCTIONS: Mapping[str, Callable[..., Value]] = MappingProxyType(
    {
        "ref": _ref,
        "source": _source,
        "env_var": _env_var,
        "return": _return,
        "is_incremental": is_incremental,
        "should_full_refresh": wants_full_refresh,
        "run_query": _run_query,
        "statement": _statement,
        "load_result": _load_result,
        "load_relation": _load_relation,
        "log": _nothing,
        "print": _nothing,
        "debug": _nothing,
        "tojson": _tojson,
        "fromjson": _fromjson,
        "toyaml": lambda run, value, default=None, sort_keys=False: _tojson(run, value, default, sort_keys),
        "fromyaml": _fromyaml,
        "set": _set,
        "set_strict": _set,
        "zip": _zip,
        "zip_strict": _zip,
        "range": _range,
        "dict": _dict,
        "namespace": _namespace,
        "cycler": lambda _run, *items: Cycler(items),
        "joiner": lambda _run, sep=", ": Joiner(str(sep)),
        "lipsum": lambda run, *_args, **_kwargs: run.unknown("lipsum", "what is chosen at random differs each time"),
        "local_md5": _local_md5,
        "diff_of_two_dicts": _difference,
        "doc": _nothing,
    }
)
_VALUES: Mapping[str, Value] = MappingProxyType(
    {
        "config": CONFIG,
        "var": VAR,
        "adapter": ADAPTER,
        "api": API,
        "target": _Target(),
        "env": Environment(),
        "graph": GRAPH,
        "flags": _Flags(),
        "exceptions": _Exceptions(),
        "context": _Context(),
        "model": Model(),
        "modules": modules.MODULES,
        "dbt_version": DBT_VERSION,
        "invocation_id": "00000000-0000-0000-0000-000000000000",
        "run_started_at": modules.NOW,
        "pre_hooks": [],
        "post_hooks": [],
        **{name: Function(name, python) for name, python in _FUNCTIONS.items()},
    }
)
_UNKNOWN = {
    "selected_resources": "what is selected is known to dbt alone",
    "dbt_metadata_envs": "the environment is not known",
    "thread_id": "it differs each time",
    "sql": "only materializations know it",
    "compiled_code": "only materializations know it",
    "results": "only hooks know it",
    "schemas": "only hooks know it",
    "database_schemas": "only hooks know it",
}


def _constant(value: Value) -> Callable[[Run], Value]:
    return lambda _run: value


def _hole(name: str, reason: str) -> Callable[[Run], Value]:
    return lambda run: run.unknown(name, reason)


_BUILTINS = Names(
    "builtins", {"execute": True, **{name: value for name, value in _VALUES.items() if name != "context"}}
)

NAMES: Mapping[str, Callable[[Run], Value]] = MappingProxyType(
    {
        **{name: _constant(value) for name, value in _VALUES.items()},
        **{name: _hole(name, reason) for name, reason in _UNKNOWN.items()},
        "execute": lambda run: not run.parsing,
        "builtins": _constant(_BUILTINS),
        "this": lambda run: run.this,
        "project_name": lambda run: run.around.project,
        "schema": lambda run: run.around.target.schema,
        "database": lambda run: run.around.target.database,
        # A word that Jinja does not know, and many a macro's default all the same: nothing, as undefined names are.
        "null": lambda _run: Missing("null", quiet=True),
        "caller": lambda _run: Missing("caller", quiet=True),
    }
)
