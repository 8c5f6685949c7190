"""What a draft refers to: the assets, those among them by a version alone, and packages that are not in the tree."""

from __future__ import annotations

from placet.readers.dbt.assets import missing_reason, named_packages
from placet.readers.dbt.drafts import Draft
from placet.readers.dbt.parts import RefCall, SourceCall
from placet.readers.dbt.relations import Missing, Relations
from placet.vocabulary.files import Location


def keys_read(draft: Draft, relations: Relations) -> list[str]:
    """The keys of all assets that a draft refers to, itself among them where it does, in order."""
    found = (relations.key_of(call, draft.context.project.folder) for call in draft.calls)
    return sorted({key for key in found if isinstance(key, str)})


def reads_of(draft: Draft, relations: Relations) -> tuple[tuple[str, ...], tuple[tuple[str, Location], ...]]:
    """The assets that a draft refers to, and why its other references mean nothing."""
    reads: set[str] = set()
    reasons: list[tuple[str, Location]] = []
    for call in draft.calls:
        key = relations.key_of(call, draft.context.project.folder)
        if isinstance(key, str):
            reads.add(key)
        elif reason := missing_reason(key):
            reasons.append((reason, _line_of_call(draft, call)))
    return tuple(sorted(reads - {draft.key})), tuple(dict.fromkeys(reasons))


def pinned_by(draft: Draft, relations: Relations) -> tuple[str, ...]:
    """The assets that every reference of the draft names by a version."""
    pinned: set[str] = set()
    following: set[str] = set()
    for call in draft.calls:
        key = relations.key_of(call, draft.context.project.folder)
        if isinstance(key, str) and isinstance(call, RefCall):
            (pinned if call.version else following).add(key)
    return tuple(sorted(pinned - following))


def packages_used(draft: Draft, relations: Relations) -> tuple[str, ...]:
    """The packages that are not in the tree and whose macros or models the draft uses."""
    folder = draft.context.project.folder
    absent = [name for name, _ in relations.absent_packages(folder)]
    if not absent:
        return ()
    texts = [draft.template.text if draft.template is not None else ""]
    texts += [
        draft.context.macro_text(path, name) for variant in draft.rendering.variants for path, name in variant.macros
    ]
    outside = any(isinstance(key := relations.key_of(call, folder), Missing) and key.outside for call in draft.calls)
    return tuple(sorted(absent)) if outside else named_packages(texts, absent)


def _line_of_call(draft: Draft, call: RefCall | SourceCall) -> Location:
    """The first line of the file that names what is referred to."""
    name = call.table if isinstance(call, SourceCall) else call.name
    if draft.template is not None:
        text = draft.template.text
    else:
        text = draft.context.repository.file_text(draft.location.path)[0]
    for number, line in enumerate(text.splitlines(), start=1):
        if name in line:
            return Location(draft.location.path, number)
    return draft.location
