"""Templates rendered once for all that they depend on, and what they asked about relations on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from placet.contracts.model import Relation
from placet.readers.dbt.cache import Cache
from placet.readers.dbt.context import Context
from placet.readers.dbt.jinja import Unrenderable, calls_in, render_model
from placet.readers.dbt.parts import KnownColumn, RefCall, Rendered, SourceCall
from placet.readers.dbt.shapes import canonical
from placet.vocabulary.canonical import text_digest

Call = RefCall | SourceCall
Columns = tuple[KnownColumn, ...] | None

TOO_DEEP = "nested too deeply"


@dataclass(frozen=True, slots=True)
class Template:
    """A file's text and what its rendering is told about it.

    ``version`` is empty where it has none. ``snapshot``: which of the file's snapshots is meant, and ``body`` its text.
    """

    path: str
    name: str
    text: str
    version: str = ""
    snapshot: str = ""
    body: str = ""

    @property
    def own_text(self) -> str:
        """The part of the file that is this asset's."""
        return self.body if self.snapshot else self.text


@dataclass(frozen=True, slots=True)
class Answers:
    """What a template may ask about relations: their columns (None: not all known) and where they lie."""

    columns_of: Callable[[Call], Columns]
    relation_of: Callable[[Call], Relation | None]


@dataclass(frozen=True, slots=True)
class Rendering:
    """A template's renderings, one for each answer to ``is_incremental()`` that makes a difference.

    Without any, ``reason`` and ``line`` say why; ``calls`` are the references all the same, and ``calls_known`` says
    whether these are surely all. ``asked`` and ``located``: what was asked about relations, with the answers it got;
    ``told``: what YAML says of the nodes that were looked up.
    """

    variants: tuple[Rendered, ...] = ()
    calls: tuple[Call, ...] = ()
    calls_known: bool = True
    reason: str = ""
    line: int | None = None
    asked: tuple[tuple[Call, Columns], ...] = ()
    located: tuple[tuple[Call, Relation | None], ...] = ()
    told: tuple[tuple[str, str | None], ...] = ()


NOT_RENDERED = Rendering()
_KEPT = Cache[tuple[Rendering, ...]](120_000_000, lambda known: sum(_size(one) for one in known))
# How many different sets of answers are remembered for one template: base, head and tip, first and second pass.
_ANSWERS_KEPT = 6


def rendering_of(context: Context, template: Template, config: Mapping[str, Any], answers: Answers) -> Rendering:
    """The template's renderings; never fails: what cannot be rendered says why."""
    key = text_digest(context.digest, template.path, template.name, template.version, template.text, canonical(config))
    known = _KEPT.get(key) or ()
    for rendering in known:
        if _still_answered(rendering, answers) and still_told(rendering, context):
            return rendering
    rendering = _rendered(context, template, config, answers)
    _KEPT.put(key, (rendering, *known[: _ANSWERS_KEPT - 1]))
    return rendering


def still_told(rendering: Rendering, context: Context) -> bool:
    """Whether everything that the template was told of other nodes still holds."""
    return all(context.described(node) == said for node, said in rendering.told)


def asked_for_more(rendering: Rendering, answers: Answers) -> bool:
    """Whether the template asked about relations what is answered otherwise now."""
    return not _still_answered(rendering, answers)


def _still_answered(rendering: Rendering, answers: Answers) -> bool:
    return all(answers.columns_of(call) == answer for call, answer in rendering.asked) and all(
        answers.relation_of(call) == answer for call, answer in rendering.located
    )


def _rendered(context: Context, template: Template, config: Mapping[str, Any], answers: Answers) -> Rendering:
    asked: dict[Call, Columns] = {}
    located: dict[Call, Relation | None] = {}

    def columns_of(call: Call) -> Columns:
        if call not in asked:
            asked[call] = answers.columns_of(call)
        return asked[call]

    def relation_of(call: Call) -> Relation | None:
        if call not in located:
            located[call] = answers.relation_of(call)
        return located[call]

    told: dict[str, str | None] = {}

    def described(node: str) -> str | None:
        told[node] = context.described(node)
        return told[node]

    around = replace(
        context.around,
        model=template.name,
        version=template.version,
        path=template.path,
        config=config,
        columns_of=columns_of,
        relation_of=relation_of,
        described=described,
    )
    try:
        variants = render_model(template.text, template.path, context.library, around, snapshot=template.snapshot)
    except Unrenderable as error:
        calls, certain = calls_in(template.own_text, context.library, context.project.name, context.variables)
        result = Rendering(calls=calls, calls_known=certain, reason=error.reason, line=error.line)
    else:
        calls = tuple(dict.fromkeys(call for variant in variants for call in variant.calls))
        result = Rendering(variants=tuple(variants), calls=calls)
    return replace(result, asked=tuple(asked.items()), located=tuple(located.items()), told=tuple(told.items()))


def _size(rendering: Rendering) -> int:
    return 1_000 + sum(len(variant.sql) + 50 * len(variant.lines) for variant in rendering.variants)
