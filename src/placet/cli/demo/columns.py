"""Taking a column out of a model as a person would: its line in the query, and what YAML says of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from placet.render.words import listed

_YAML = (".yml", ".yaml")


def without(files: Mapping[str, bytes], column: str) -> dict[str, bytes]:
    """The files that change when a column (``column`` or ``model.column``) goes.

    Without a model it is the one that has such a column, or the only one whose YAML lists it. Raises LookupError, with
    what to do, where there is none, where there are several, or where the column has no line of its own in the query.
    """
    named, _, name = column.rpartition(".")
    models = {
        PurePosixPath(path).stem: path
        for path, data in files.items()
        if path.endswith(".sql") and _line_of(data, name) is not None
    }
    found = [model for model in models if not named or model == named]
    if len(found) > 1:
        found = [model for model in found if _documented(files, model, name)] or found
    if not found:
        where = f"in {named}" if named else "in any model"
        raise LookupError(f"no line of a query selects {name} {where}, and nothing else")
    if len(found) > 1:
        raise LookupError(f"{listed(found[:6])} have such a column: say which, as in push drop {found[0]}.{name}")
    (model,) = found
    path = models[model]
    return {path: _without_line(files[path], name), **_documented(files, model, name)}


def _line_of(data: bytes, column: str) -> int | None:
    """The last line of a query that does nothing but select the column; the outermost query comes last."""
    alone = re.compile(rf"\s*(?:(?:\w+\.)?|\S.*\sas\s+){re.escape(column)}\s*,?\s*", re.IGNORECASE)
    lines = data.decode(errors="replace").splitlines()
    return max((number for number, line in enumerate(lines) if alone.fullmatch(line)), default=None)


def _without_line(data: bytes, column: str) -> bytes:
    lines = data.decode(errors="surrogateescape").splitlines(keepends=True)
    number = _line_of(data, column)
    if number is None:
        return data
    is_last = not lines.pop(number).rstrip().endswith(",")
    if is_last and number and lines[number - 1].rstrip().endswith(","):
        lines[number - 1] = lines[number - 1].rstrip().removesuffix(",") + "\n"
    return "".join(lines).encode(errors="surrogateescape")


def _documented(files: Mapping[str, bytes], model: str, column: str) -> dict[str, bytes]:
    """The YAML files that list the column of the model, without it."""
    changed = {path: _without_item(data, model, column) for path, data in files.items() if path.endswith(_YAML)}
    return {path: data for path, data in changed.items() if data != files[path]}


def _without_item(data: bytes, model: str, column: str) -> bytes:
    """The YAML without the column's item below the model's; as it was where either is not written one a line."""
    kept: list[str] = []
    inside = below = -1  # how far in the model's item stands, and the column's: what is further in belongs to it
    for line in data.decode(errors="surrogateescape").splitlines(keepends=True):
        depth = len(line) - len(line.lstrip())
        if line.strip() and below >= 0 and depth <= below:
            below = -1
        if line.strip() and inside >= 0 and depth <= inside:
            inside = -1
        if inside < 0 and _is_item(line, model):
            inside = depth
        elif inside >= 0 and below < 0 and _is_item(line, column):
            below = depth
        if below < 0:
            kept.append(line)
    return "".join(kept).encode(errors="surrogateescape")


def _is_item(line: str, name: str) -> bool:
    return (
        re.fullmatch(rf"\s*- (?:name:\s*|\{{\s*name:\s*)['\"]?{re.escape(name)}['\"]?\s*(?:,.*)?\}}?\s*", line)
        is not None
    )
