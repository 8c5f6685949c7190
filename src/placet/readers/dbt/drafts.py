"""Models, seeds and snapshots as their files and YAML give them, before anything is known of what they read."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from placet.readers.dbt.blocks import holds_no_query, is_blank, only_configures, says_disabled, snapshots_in
from placet.readers.dbt.cache import Cache
from placet.readers.dbt.configs import is_enabled, merged, text_setting
from placet.readers.dbt.context import Context
from placet.readers.dbt.memory import Origin
from placet.readers.dbt.parts import Hole, RefCall, SourceCall
from placet.readers.dbt.properties import Entry
from placet.readers.dbt.python_models import PythonModel, python_model
from placet.readers.dbt.rendering import (
    NOT_RENDERED,
    Answers,
    Rendering,
    Template,
    asked_for_more,
    rendering_of,
    still_told,
)
from placet.readers.dbt.shapes import Computed, Unrendered, text_of
from placet.readers.dbt.tree import YAML_SUFFIXES, problem_of
from placet.vocabulary.files import File, Location
from placet.vocabulary.words import AssetKind


@dataclass(frozen=True, slots=True)
class Draft:
    """An asset before anything is known of what it reads.

    ``config`` is what holds in the end; ``below`` what the template was told (without its own ``config()`` and without
    what a root project lays over it), ``over`` what lies over it. ``origin`` remembers what came of it before.
    """

    context: Context
    kind: AssetKind
    name: str
    location: Location
    sha: str
    config: Mapping[str, Any]
    version: str = ""
    latest: str = ""
    entry: Entry | None = None
    template: Template | None = None
    rendering: Rendering = NOT_RENDERED
    python: PythonModel | None = None
    data: bytes = b""
    problem: str = ""
    below: Mapping[str, Any] = field(default_factory=dict)
    over: tuple[Mapping[str, Any], ...] = ()
    enabled: bool = True
    origin: Origin[Any] | None = field(default=None, compare=False)

    @property
    def id(self) -> str:
        """The unique id that dbt gives it."""
        version = f".v{self.version}" if self.version else ""
        return f"{self.kind.value}.{self.context.project.name}.{self.name}{version}"

    @property
    def key(self) -> str:
        """The key: the project's folder and the id."""
        return f"{self.context.project.folder}:{self.id}"

    @property
    def is_off_for_now(self) -> bool:
        """Whether it is switched off by a template alone: by a variable's default, the environment or the target."""
        return not self.enabled and isinstance(self.config.get("enabled"), Computed)

    @property
    def calls(self) -> tuple[RefCall | SourceCall, ...]:
        """What it refers to, as far as its file says, and what its foreign keys lead to: dbt counts these as well."""
        written = self.python.calls if self.python is not None else self.rendering.calls
        targets = self.entry.constraint_targets if self.entry is not None and self.kind is AssetKind.MODEL else ()
        return (*written, *(call for call in targets if call not in written))

    def rendered_again(self, answers: Answers) -> Draft:
        """The draft with its template rendered by what is known of its relations by now."""
        if self.template is None:
            return self
        rendering = rendering_of(self.context, self.template, _told(self, self.template), answers)
        return self if rendering is self.rendering else _configured(replace(self, rendering=rendering))


def drafts_of(context: Context, answers: Answers) -> Iterator[Draft]:
    """The project's models, seeds and snapshots in order of path, those that are switched off among them."""
    yield from _models(context, answers)
    yield from _seeds(context, answers)
    yield from _snapshots(context, answers)


@dataclass(frozen=True, slots=True)
class _Read:
    """The drafts that a file gave under one content and one entry, without their context."""

    sha: str
    problem: str
    entry: Entry | None
    drafts: tuple[Draft, ...]


_Reader = Callable[[Context, str, Entry | None, Answers], Iterator[Draft]]
_READ = Cache[tuple[_Read, ...]](300_000_000, lambda kept: sum(_size(one) for one in kept))
_KEPT_OF_ONE = 4
# What is remembered must not keep a whole tree alive; it is given its context again when it is taken up.
_NOWHERE = cast("Context", None)


def _remembered(reader: _Reader, context: Context, path: str, entry: Entry | None, answers: Answers) -> Iterator[Draft]:
    """The drafts that a file gives, as they were read before where everything around them is the same."""
    file = context.repository.tree.files[path]
    problem = problem_of(file, context.repository.reading.refused)
    key = (context.fingerprint, path)
    kept = _READ.get(key) or ()
    for one in kept:
        same = one.sha == file.sha and one.entry is entry and one.problem == problem
        if same and all(_still_renders(draft, context, answers) for draft in one.drafts):
            return (replace(draft, context=context) for draft in one.drafts)
    drafts = tuple(replace(draft, origin=Origin()) for draft in reader(context, path, entry, answers))
    read = _Read(file.sha, problem, entry, tuple(replace(draft, context=_NOWHERE) for draft in drafts))
    _READ.put(key, (read, *kept[: _KEPT_OF_ONE - 1]))
    return iter(drafts)


def _still_renders(draft: Draft, context: Context, answers: Answers) -> bool:
    """Whether everything that the draft's template was answered and told would be so again."""
    return still_told(draft.rendering, context) and not asked_for_more(draft.rendering, answers)


def _size(read: _Read) -> int:
    """About what the drafts of a file hold, and what comes of them."""
    return 2_000 + sum(
        3_000 + len(draft.data) + 8 * len(draft.template.text if draft.template else "") for draft in read.drafts
    )


def _models(context: Context, answers: Answers) -> Iterator[Draft]:
    versioned = _versioned_files(context)
    for path in context.paths(("model",), (".sql", ".py")):
        stem = posixpath.basename(path).rpartition(".")[0]
        entry = versioned.get(stem)
        if entry is None:
            entry = next((one for one in context.entries.get(("models", stem), ()) if not one.version), None)
        yield from _remembered(_model, context, path, entry, answers)


def _model(context: Context, path: str, entry: Entry | None, answers: Answers) -> Iterator[Draft]:
    name = entry.name if entry is not None else posixpath.basename(path).rpartition(".")[0]
    names = [*context.names_to(path, "model"), name]
    if entry is not None and entry.version:
        names.append(f"v{entry.version}")
    draft = _draft(context, AssetKind.MODEL, name, path, entry, names)
    yield from _python_model(draft) if path.endswith(".py") else _sql_model(draft, answers)


def _versioned_files(context: Context) -> dict[str, Entry]:
    """The entries of versions by the file (without its suffix) that they stand for."""
    stems = {posixpath.basename(path).rpartition(".")[0] for path in context.paths(("model",), (".sql", ".py"))}
    found: dict[str, Entry] = {}
    for (resource, name), entries in context.entries.items():
        if resource != "models":
            continue
        for entry in entries:
            if not entry.version:
                continue
            candidates = (
                [entry.defined_in] if entry.defined_in else [f"{name}_v{entry.version}", f"{name}.v{entry.version}"]
            )
            if entry.version == entry.latest_version:
                candidates.append(name)
            stem = next((one for one in candidates if one in stems), None)
            if stem is not None:
                found.setdefault(stem, entry)
    return found


def _sql_model(draft: Draft, answers: Answers) -> Iterator[Draft]:
    text, problem = draft.context.repository.file_text(draft.location.path)
    if problem:
        yield replace(draft, problem=problem)
        return
    if holds_no_query(text):
        if says_disabled(text):
            yield replace(draft, enabled=False)
        return
    draft = _with_template(draft, Template(draft.location.path, draft.name, text, draft.version), answers)
    variants = draft.rendering.variants
    if variants and all(is_blank(variant.sql) for variant in variants):
        if only_configures(text):
            return
        doubt = next((hole for variant in variants for hole in variant.uncertain), None)
        reason = f", since {doubt.name} is not known ({doubt.reason})" if doubt is not None else ""
        draft = replace(draft, problem=f"its template gives no SQL{reason}")
    yield draft


def _with_template(draft: Draft, template: Template, answers: Answers) -> Draft:
    draft = replace(draft, template=template)
    if not draft.enabled and "enabled" not in template.text:
        return draft
    return _configured(replace(draft, rendering=rendering_of(draft.context, template, _told(draft, template), answers)))


def _told(draft: Draft, template: Template) -> Mapping[str, Any]:
    """The settings that a template is told: what was given to it, and how it is built where nobody says so."""
    if any("materialized" in layer for layer in (draft.below, *draft.over)) or "materialized" in template.own_text:
        return draft.below
    return {**draft.below, "materialized": materialized(draft)}


def _configured(draft: Draft) -> Draft:
    """The draft with what its own template configures."""
    inline: dict[str, Any] = {}
    for variant in draft.rendering.variants[:1]:
        inline = {key: _without_holes(value) for key, value in variant.config.items() if not isinstance(value, Hole)}
    if draft.rendering.reason and draft.template is not None and says_disabled(draft.template.own_text):
        inline["enabled"] = False
    if "enabled" in inline and draft.template is not None and not says_disabled(draft.template.own_text):
        inline["enabled"] = Computed(text_of(inline["enabled"]))
    config = merged(draft.below, inline, *draft.over)
    return replace(draft, config=config, enabled=is_enabled(config))


def _without_holes(value: object) -> object:
    """A setting in which what is not known is a text that no line number changes."""
    if isinstance(value, Hole):
        return Unrendered(value.name)
    if isinstance(value, Mapping):
        return {key: _without_holes(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_holes(item) for item in value]
    return value


def _python_model(draft: Draft) -> Iterator[Draft]:
    text, problem = draft.context.repository.file_text(draft.location.path)
    if problem:
        yield replace(draft, problem=problem)
        return
    found = python_model(text.encode())
    if not found.is_model:
        return
    said = draft.entry.config if draft.entry is not None else {}
    # For dbt, what a Python model is goes before what its folder is.
    how = {} if "materialized" in said else {"materialized": "table"}
    config = merged(draft.below, how, found.config, *draft.over)
    yield replace(draft, python=found, config=config, enabled=is_enabled(config), problem=found.problem)


def _seeds(context: Context, answers: Answers) -> Iterator[Draft]:
    for path in context.paths(("seed",), (".csv",)):
        name = posixpath.basename(path).rpartition(".")[0]
        entry = next(iter(context.entries.get(("seeds", name), ())), None)
        yield from _remembered(_seed, context, path, entry, answers)


def _seed(context: Context, path: str, entry: Entry | None, _answers: Answers) -> Iterator[Draft]:
    name = posixpath.basename(path).rpartition(".")[0]
    draft = _draft(context, AssetKind.SEED, name, path, entry, [*context.names_to(path, "seed"), name])
    problem = context.repository.reading.problem(path)
    data = context.repository.tree.files[path].data or b""
    yield replace(draft, problem=problem, data=b"" if problem else data)


def _snapshots(context: Context, answers: Answers) -> Iterator[Draft]:
    for path in context.paths(("snapshot",), (".sql",)):
        text, problem = context.repository.file_text(path)
        if problem:
            # Which snapshots it holds is not known; its name is the likeliest.
            stem = posixpath.basename(path).rpartition(".")[0]
            yield replace(_snapshot(context, stem, path, None), problem=problem)
            continue
        for block in snapshots_in(text):
            draft = _snapshot(context, block.name, path, block.line)
            template = Template(path, block.name, text, snapshot=block.name, body=block.body)
            yield _with_template(draft, template, answers)
    for entries in context.entries.values():
        for entry in entries:
            if entry.resource == "snapshots" and entry.relation:
                draft = _snapshot(context, entry.name, entry.location.path, entry.location.line)
                relation = entry.relation if entry.relation.startswith("{{") else f"{{{{ {entry.relation} }}}}"
                text = "\n" * ((entry.location.line or 1) - 1) + f"select * from {relation}"  # noqa: S608 - never run
                yield _with_template(draft, Template(entry.location.path, entry.name, text), answers)


def _snapshot(context: Context, name: str, path: str, line: int | None) -> Draft:
    entry = next(iter(context.entries.get(("snapshots", name), ())), None)
    is_block = not path.endswith(YAML_SUFFIXES)
    names = context.names_to(path, "snapshot" if is_block else "")
    if is_block:
        names.append(posixpath.basename(path).rpartition(".")[0])
    draft = _draft(context, AssetKind.SNAPSHOT, name, path, entry, [*names, name])
    return replace(draft, location=Location(path, line))


def _draft(context: Context, kind: AssetKind, name: str, path: str, entry: Entry | None, names: list[str]) -> Draft:
    own, over = context.layers(f"{kind.value}s", names)
    below = merged(*own, entry.config if entry is not None else {})
    config = merged(below, *over)
    file: File = context.repository.tree.files[path]
    return Draft(
        context=context,
        kind=kind,
        name=name,
        location=Location(path, 1),
        sha=file.sha,
        config=config,
        version=entry.version if entry is not None else "",
        latest=entry.latest_version if entry is not None else "",
        entry=entry,
        below=below,
        over=tuple(over),
        enabled=is_enabled(config),
    )


def materialized(draft: Draft) -> str:
    """How the asset is built, with dbt's default for its sort."""
    default = {AssetKind.SEED: "seed", AssetKind.SNAPSHOT: "snapshot"}.get(draft.kind, "view")
    return text_setting(draft.config, "materialized", default)
