"""References as YAML and Python write them: ``ref('x')`` and ``source('a', 'b')`` read as text, never run."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence

from placet.readers.dbt.parts import RefCall, SourceCall

_CALL = re.compile(r"\b(?:ref|source)\s*\([^()]*\)")
_METRIC = re.compile(r"\bmetric\s*\(\s*(?:['\"][^'\"]*['\"]\s*,\s*)?['\"]([^'\"]+)['\"]\s*\)")
# What Python's own parser raises on text that is no Python, or that is made to hurt it.
PARSE_ERRORS = (SyntaxError, ValueError, RecursionError, MemoryError)


def call_from(text: str) -> RefCall | SourceCall | None:
    """The reference that a text such as ``ref('orders', v=2)`` makes, with or without braces; None where it is none."""
    found = _CALL.search(text)
    if found is None:
        return None
    try:
        tree = parsed(found.group(), "eval")
    except PARSE_ERRORS:
        return None
    body = tree.body if isinstance(tree, ast.Expression) else None
    if not isinstance(body, ast.Call) or not isinstance(body.func, ast.Name):
        return None
    return call_of(body.func.id, body.args, body.keywords)


def metric_from(text: str) -> str:
    """The name that a text such as ``metric('revenue')`` gives, with or without a package; empty where it is none."""
    found = _METRIC.search(text)
    return found.group(1).strip() if found else ""


def reference_text(text: str) -> str:
    """A reference in its one spelling, however it was written; another text with single blanks."""
    call = call_from(text)
    if call is None:
        return " ".join(text.split())
    if isinstance(call, SourceCall):
        return f"source('{call.source}', '{call.table}')"
    package = f"'{call.package}', " if call.package else ""
    version = f", v={call.version}" if call.version else ""
    return f"ref({package}'{call.name}'{version})"


def call_of(
    function: str, arguments: Sequence[ast.expr], keywords: Sequence[ast.keyword]
) -> RefCall | SourceCall | None:
    """The reference that a parsed call makes; None where an argument is no plain text, or where it is another call."""
    texts = [argument.value for argument in arguments if isinstance(argument, ast.Constant)]
    words = [text for text in texts if isinstance(text, str) and text]
    if len(words) != len(arguments):
        return None
    if function == "source":
        return SourceCall(words[0], words[1]) if len(words) == 2 else None  # noqa: PLR2004 - source and table
    if function != "ref" or not 1 <= len(words) <= 2:  # noqa: PLR2004 - with and without a package
        return None
    version = ""
    for keyword in keywords:
        if keyword.arg in ("v", "version") and isinstance(keyword.value, ast.Constant) and keyword.value.value:
            version = str(keyword.value.value)
    return RefCall(words[-1], package=words[0] if len(words) > 1 else "", version=version)


def parsed(text: str, mode: str) -> ast.AST:
    """Python text as its tree. Raises one of PARSE_ERRORS."""
    with warnings.catch_warnings():
        # A repository's odd escapes are none of our warnings.
        warnings.simplefilter("ignore")
        return ast.parse(text, mode=mode)
