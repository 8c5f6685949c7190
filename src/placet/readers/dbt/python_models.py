"""Python models: what they refer to and how they are configured, read from their syntax and never run."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from placet.readers.dbt.calls import PARSE_ERRORS, call_of, parsed
from placet.readers.dbt.parts import RefCall, SourceCall


@dataclass(frozen=True, slots=True)
class PythonModel:
    """What a Python file says as a model.

    ``is_model``: it defines ``model(dbt, session)``. ``problem`` and ``line``: why it could not be read. ``calls`` are
    the references that it makes by plain text; ``dynamic`` the line of one that it makes otherwise.
    """

    is_model: bool
    calls: tuple[RefCall | SourceCall, ...]
    config: Mapping[str, object]
    dynamic: int | None = None
    problem: str = ""
    line: int | None = None


def python_model(data: bytes) -> PythonModel:
    """What the file says. One that is no Python is a model with a ``problem``, since its place says that it is one."""
    try:
        tree = parsed(data.decode("utf-8-sig"), "exec")
    except SyntaxError as error:
        return PythonModel(True, (), {}, problem=f"not valid Python: {error.msg}", line=error.lineno)
    except PARSE_ERRORS as error:
        return PythonModel(True, (), {}, problem=f"not valid Python: {error}")
    function = next(
        (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == "model"), None
    )
    if function is None:
        return PythonModel(False, (), {})
    # The first parameter is dbt's, whatever it is called.
    arguments = function.args.posonlyargs + function.args.args
    names = {"dbt", *(argument.arg for argument in arguments[:1])}
    return _read(tree, names)


def _read(tree: ast.AST, names: set[str]) -> PythonModel:
    calls: list[RefCall | SourceCall] = []
    config: dict[str, object] = {}
    dynamic: int | None = None
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for node in sorted(found, key=lambda one: (one.lineno, one.col_offset)):
        if not isinstance(node.func, ast.Attribute) or not isinstance(node.func.value, ast.Name):
            continue
        if node.func.value.id not in names:
            continue
        if node.func.attr == "config":
            config.update(_literals(node.keywords))
        elif node.func.attr in ("ref", "source"):
            call = call_of(node.func.attr, node.args, node.keywords)
            if call is None:
                dynamic = dynamic or node.lineno
            elif call not in calls:
                calls.append(call)
    return PythonModel(True, tuple(calls), config, dynamic=dynamic)


def _literals(keywords: list[ast.keyword]) -> dict[str, object]:
    result: dict[str, object] = {}
    for keyword in keywords:
        if keyword.arg is None:
            continue
        try:
            result[keyword.arg] = ast.literal_eval(keyword.value)
        except PARSE_ERRORS + (TypeError,):  # noqa: RUF005 - a tuple of exceptions reads best as a sum
            continue
    return result
