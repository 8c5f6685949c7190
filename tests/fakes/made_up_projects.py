"""Projects that are made up, of which everything is known before anybody reads them: a tiny oracle for lineage.

A project is a list of models, each made of those before it. It can be written in many ways that mean the same: with
or without CTEs, in any case and layout, with YAML keys in any order.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from hypothesis import strategies as st

SOURCE_COLUMNS = ("c0", "c1", "c2")
Ref = tuple[int, str]


@dataclass(frozen=True)
class Column:
    """A column of a model: what it is called, and the parents' columns that it is made of (one: it is that column)."""

    name: str
    inputs: tuple[Ref, ...]


@dataclass(frozen=True)
class Model:
    """A model over one parent, or two that are joined; a star passes on all columns of the first.

    ``parents`` are numbers of models before this one, -1 is the source. ``filtered_by`` is a column of the first.
    """

    parents: tuple[int, ...]
    columns: tuple[Column, ...]
    has_star: bool = False
    filtered_by: str = ""
    joined_on: tuple[str, str] | None = None


Project = tuple[Model, ...]


@st.composite
def projects(draw: st.DrawFn) -> Project:
    """A project of a few models."""
    models: list[Model] = []
    for number in range(draw(st.integers(2, 6))):
        models.append(_model(draw, tuple(models), number))
    return tuple(models)


def _model(draw: st.DrawFn, above: Project, number: int) -> Model:
    first = draw(st.integers(-1, number - 1))
    names = columns_of(above, first)
    parents: tuple[int, ...] = (first,)
    joined = None
    if number and draw(st.booleans()):
        second = draw(st.integers(-1, number - 1).filter(lambda one: one != first))
        parents = (first, second)
        joined = (draw(st.sampled_from(names)), draw(st.sampled_from(columns_of(above, second))))
    refs = [(place, name) for place, parent in enumerate(parents) for name in columns_of(above, parent)]
    some = draw(st.lists(st.lists(st.sampled_from(refs), min_size=1, max_size=2), min_size=1, max_size=4))
    columns = tuple(Column(f"m{number}_{place}", tuple(inputs)) for place, inputs in enumerate(some))
    filtered = draw(st.sampled_from(("", *names)))
    return Model(parents, columns, draw(st.booleans()), filtered, joined)


def columns_of(project: Project, number: int) -> tuple[str, ...]:
    """The names of a model's columns, in order."""
    if number < 0:
        return SOURCE_COLUMNS
    model = project[number]
    passed_on = columns_of(project, model.parents[0]) if model.has_star else ()
    return (*passed_on, *(column.name for column in model.columns))


def written(project: Project, style: int) -> dict[str, str]:
    """The project's files; whatever the style, they mean the same."""
    # Each file has its own dice, so that one model's text does not depend on another's.
    dice = [random.Random(f"{style} {number}") for number in range(len(project))]  # noqa: S311 - layout, no secret
    files = {f"models/m{number}.sql": _query(model, dice[number]) for number, model in enumerate(project)}
    chance = random.Random(style)  # noqa: S311 - layout, no secret
    entries = [{"name": f"m{number}", "meta": {"placet": {"owner": f"t{number}"}}} for number in range(len(project))]
    listed = [{"name": "t", "columns": [{"name": name} for name in SOURCE_COLUMNS]}]
    properties = {"models": entries, "sources": [{"name": "raw", "tables": listed}]}
    chance.shuffle(entries)
    keys = list(properties)
    chance.shuffle(keys)
    indent = chance.choice([None, 2])
    files["models/m.yml"] = json.dumps({key: properties[key] for key in keys}, indent=indent)
    return {"dbt_project.yml": "name: shop\nprofile: shop\n", **files}


def _query(model: Model, chance: random.Random) -> str:
    names = [chance.choice(["p", "base_", "X"]) + str(place) for place in range(len(model.parents))]
    targets = ["{{ source('raw', 't') }}" if one < 0 else f"{{{{ ref('m{one}') }}}}" for one in model.parents]
    word = chance.choice([str.upper, str.lower])
    space = chance.choice([" ", "\n  ", "\n-- a remark\n"])
    items = [f"{names[0]}.*"] if model.has_star else []
    items += [f"{_expression(column, names)}{space}{word('as')} {column.name}" for column in model.columns]
    heads = ""
    if chance.random() < 0.5:
        bodies = [
            f"c_{name} as ({word('select')} * from {target})" for name, target in zip(names, targets, strict=True)
        ]
        chance.shuffle(bodies)
        heads, targets = word("with ") + f",{space}".join(bodies) + space, [f"c_{name}" for name in names]
    query = f"{heads}{word('select')}{space}{f',{space}'.join(items)} {word('from')} {targets[0]} as {names[0]}"
    if model.joined_on is not None:
        sides = [f"{names[0]}.{model.joined_on[0]}", f"{names[1]}.{model.joined_on[1]}"]
        chance.shuffle(sides)
        query += f"{space}{word('join')} {targets[1]} {names[1]} on {sides[0]} = {sides[1]}"
    return query + (f"{space}{word('where')} {names[0]}.{model.filtered_by} is not null" if model.filtered_by else "")


def _expression(column: Column, names: list[str]) -> str:
    refs = [f"{names[place]}.{name}" for place, name in column.inputs]
    return refs[0] if len(refs) == 1 else f"coalesce({', '.join(refs)})"


def without(project: Project, number: int, name: str) -> Project:
    """The project with a column taken out of a model, and nothing else changed."""
    model = project[number]
    kept = tuple(column for column in model.columns if column.name != name)
    return (*project[:number], replace(model, columns=kept), *project[number + 1 :])


def broken_by(project: Project, number: int, name: str) -> frozenset[int]:
    """The oracle: the models that break when a column of one goes, also through the columns made from it."""
    broken: set[int] = set()
    waiting: list[Ref] = [(number, name)]
    met: set[Ref] = set()
    while waiting:
        gone = waiting.pop()
        if gone in met:
            continue
        met.add(gone)
        for reader, model in enumerate(project):
            for made in _made_from(model, gone):
                broken.add(reader)
                if made:
                    waiting.append((reader, made))
    return frozenset(broken)


def _made_from(model: Model, gone: Ref) -> Iterator[str]:
    """The columns of a model that are made from one of a parent's; an empty name where only its rows are."""
    for place, parent in enumerate(model.parents):
        if parent != gone[0]:
            continue
        yield from (column.name for column in model.columns if (place, gone[1]) in column.inputs)
        if place == 0 and model.has_star:
            yield gone[1]
        joined = model.joined_on is not None and model.joined_on[place] == gone[1]
        if joined or (place == 0 and model.filtered_by == gone[1]):
            yield ""


def made_from(project: Project, number: int, name: str) -> frozenset[Ref]:
    """The oracle of the way up: every column that a model's is made from, down to the source's (-1)."""
    found: set[Ref] = set()
    waiting: list[Ref] = [(number, name)]
    while waiting:
        at, column = waiting.pop()
        if at < 0:
            continue
        model = project[at]
        own = next((one for one in model.columns if one.name == column), None)
        inputs = own.inputs if own is not None else ((0, column),)
        above = {(model.parents[place], wanted) for place, wanted in inputs}
        waiting += above - found
        found |= above
    return frozenset(found)
