"""What is wrong with a policy file, in sentences that a person understands, each with its line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from jsonschema import ValidationError

from placet.errors import BadFile
from placet.policy.globs import branch_glob, path_glob
from placet.policy.schema import known_keys, validator
from placet.vocabulary.yamlfile import YamlList, YamlMap, load_yaml

MAX_BYTES = 512_000
MAX_PROBLEMS = 50
_SHOWN = 60
# So many words fit in one line.
_FEW = 20


@dataclass(frozen=True, slots=True)
class Document:
    """A file's mapping, and the keys that stand in it twice, of which the last counts so that the rest is checked."""

    content: YamlMap
    repeated: tuple[BadFile, ...] = ()


def document_of(data: bytes | str | None, path: str) -> Document:
    """What a file holds, an empty mapping for a missing or empty one. Raises BadFile where it is no YAML mapping."""
    if data is None:
        return Document(YamlMap(1))
    if len(data) > MAX_BYTES:
        raise BadFile(
            f"too large for a policy ({len(data):,} bytes)", path=path, hint=f"at most {MAX_BYTES:,} bytes are read"
        )
    repeated: list[int] = []
    try:
        document = load_yaml(data, path, repeated=repeated)
    except BadFile as error:
        raise _syntax_error(error, data) from None
    if document is None:
        return Document(YamlMap(1))
    if not isinstance(document, YamlMap):
        raise BadFile(
            f"a policy is a mapping of keys, not {shown(document)}",
            path=path,
            line=1,
            hint="for example: rollout: gate",
        )
    return Document(document, tuple(_repeated_keys(document, repeated, path)))


def _syntax_error(error: BadFile, data: bytes | str) -> BadFile:
    """The error in words of this file, where YAML's own leave one alone."""
    if "cannot start any token" not in error.message:
        return error
    text = data if isinstance(data, str) else data.decode("utf-8", "replace")
    lines = text.split("\n")
    if any(_is_tabbed(one) for one in lines[(error.line or 1) - 1 : error.line]):
        message, hint = "a tab where YAML wants spaces", "indent with spaces"
    else:
        message, hint = "a value starts with a character that YAML keeps for itself", 'put it into quotes: "@acme/crm"'
    return BadFile(message, path=error.path, line=error.line, hint=hint)


def _is_tabbed(line: str) -> bool:
    return line.lstrip(" ").startswith("\t")


def _repeated_keys(document: YamlMap, lines: Sequence[int], path: str) -> Iterator[BadFile]:
    names: dict[int, list[object]] = {}
    for line, key in _keys_by_line(document):
        names.setdefault(line, []).append(key)
    for line in dict.fromkeys(lines):
        found = names.get(line, [])
        # Of several keys on one line nobody knows any more which it was.
        name = f"the key {shown(found[0])}" if len(found) == 1 else "a key"
        yield BadFile(f"{name} stands twice in the same mapping", path=path, line=line, hint="keep one of them")


def _keys_by_line(value: object) -> Iterator[tuple[int, object]]:
    """Each key, however deep, with its line."""
    if isinstance(value, YamlMap):
        for inner in value.values():
            yield from _keys_by_line(inner)
        yield from ((value.line_of(key), key) for key in value)
    elif isinstance(value, YamlList):
        for inner in value:
            yield from _keys_by_line(inner)


def problems_of(document: YamlMap, path: str, rules: Collection[str] | None) -> list[BadFile]:
    """All problems in order of their lines, each once, at most ``MAX_PROBLEMS``; ``rules``: the ids that exist."""
    found = list(_key_problems(document, path, ""))
    if not found:
        for error in islice(validator().iter_errors(document), 10 * MAX_PROBLEMS):
            found += _sentences(error, document, path)
        found += [*_pattern_problems(document, path), *_folder_problems(document, path)]
        found += _rule_problems(document, path, rules or ())
    unique = {(one.line, one.message): one for one in found}
    return sorted(unique.values(), key=lambda one: one.line or 0)[:MAX_PROBLEMS]


def near(word: object, known: Collection[str]) -> str:
    """A hint: the known word that is nearest to what was written, else all of them if they are few."""
    return nearest(word, known, or_all=True)


def nearest(word: object, known: Collection[str], *, or_all: bool) -> str:
    """A hint: the known word that is nearest to what was written; ``or_all``: else all of them if they are few."""
    by_lower = {one.lower(): one for one in known}
    written = str(word)[:_SHOWN].lower().replace("-", "_")
    if close := difflib.get_close_matches(written, by_lower, n=1, cutoff=0.6):
        return f'did you mean "{by_lower[close[0]]}"?'
    return f"known are {', '.join(sorted(known))}" if or_all and len(known) <= _FEW else ""


def shown(value: object) -> str:
    """A value as a person would call it, short."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + (value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…") + '"'
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if isinstance(value, dict):
        return "a mapping" if value else "an empty mapping"
    return str(value)[:_SHOWN]


def _key_problems(value: object, path: str, label: str) -> Iterator[BadFile]:
    """Keys that YAML does not read as texts (``no``, ``1``): nothing below could be checked sensibly."""
    if isinstance(value, YamlMap):
        for key, inner in value.items():
            if isinstance(key, str):
                yield from _key_problems(inner, path, key)
                continue
            yield BadFile(
                f"a key{_inside(label)} is read as {shown(key)}, not as a text",
                path=path,
                line=value.line_of(key),
                hint="put the key into quotes",
            )
    elif isinstance(value, YamlList):
        for inner in value:
            yield from _key_problems(inner, path, label)


def _sentences(error: ValidationError, document: YamlMap, path: str) -> Iterator[BadFile]:
    where = list(error.absolute_path)
    line, label = _line_at(document, where), _label(where)
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    title = schema.get("title", "something else")
    match error.validator:
        case "additionalProperties" if isinstance(error.instance, YamlMap):
            yield from _unknown_keys(error.instance, schema.get("properties", {}), where, path)
        case "required" if isinstance(error.instance, YamlMap):
            for key in schema["required"]:
                if key not in error.instance:
                    hint = f"write {title}"
                    yield BadFile(f'{label} lacks the key "{key}"', path=path, line=line, hint=hint)
        case "enum":
            sentence = f"{label} must be {title}, not {shown(error.instance)}"
            known = [str(one) for one in schema["enum"]]
            # What the sentence lists already is not listed once more.
            says_all = all(re.search(rf"\b{re.escape(one)}\b", title) for one in known)
            yield BadFile(sentence, path=path, line=line, hint=nearest(error.instance, known, or_all=not says_all))
        case "maxItems" | "maxProperties":
            yield BadFile(f"{label} has more than {error.validator_value:,} entries", path=path, line=line)
        case "maxLength":
            yield BadFile(f"{label} is longer than {error.validator_value:,} characters", path=path, line=line)
        case _ if "propertyNames" in error.absolute_schema_path:
            key_line = _mapping_at(document, where).line_of(error.instance)
            yield BadFile(f"{shown(error.instance)} must be {title}", path=path, line=key_line, hint="rename it")
        case _:
            yield BadFile(f"{label} must be {title}, not {shown(error.instance)}", path=path, line=line)


def _unknown_keys(
    mapping: YamlMap, known: Mapping[str, Any], where: Sequence[str | int], path: str
) -> Iterator[BadFile]:
    names = [part for part in where if isinstance(part, str)]
    for key in mapping:
        if key in known:
            continue
        home = known_keys().get(key)
        hint = near(key, known)
        if home is not None:
            hint = f"it belongs under {home}" if home else "it belongs at the top of the file, without indentation"
        message = f"there is no key {shown(key)}{_inside('.'.join(names))}"
        yield BadFile(message, path=path, line=mapping.line_of(key), hint=hint)


def _pattern_problems(document: YamlMap, path: str) -> Iterator[BadFile]:
    """Patterns that cannot be compiled; what is no text, or an empty one, the schema has found already."""
    patterns = [(branch_glob, "branches", one, line) for one, line in _items(document.get("branches"))]
    for key in ("owners", "schemas"):
        patterns += [(path_glob, key, *_text_at(one, "match")) for one, _ in _items(document.get(key))]
    for compiled, key, pattern, line in patterns:
        try:
            if isinstance(pattern, str) and pattern:
                compiled(pattern)
        except ValueError as error:
            yield BadFile(f"the pattern {shown(pattern)} in {key} {error}", path=path, line=line)


def _folder_problems(document: YamlMap, path: str) -> Iterator[BadFile]:
    seen: dict[str, int] = {}
    for project, _ in _items(document.get("projects")):
        written, line = _text_at(project, "path")
        folder = folder_of(written)
        if not written:
            continue
        if ".." in folder.split("/") or written.startswith("/") or "\\" in written:
            message = f"the project's path {shown(written)} is no folder of this repository"
            yield BadFile(message, path=path, line=line, hint="write it from the root, with slashes: transform/dbt")
        elif folder in seen:
            message = f"the project {shown(written)} stands twice (first on line {seen[folder]})"
            yield BadFile(message, path=path, line=line, hint="keep one of them")
        else:
            seen[folder] = line


def folder_of(written: str) -> str:
    """A project's folder in the one form that is compared: no ``.``, no slash at the end, empty for the root."""
    return "/".join(part for part in written.split("/") if part not in {"", "."})


def _rule_problems(document: YamlMap, path: str, rules: Collection[str]) -> Iterator[BadFile]:
    severity = document.get("severity")
    if not rules or not isinstance(severity, YamlMap):
        return
    for rule in severity:
        if rule not in rules:
            message = f"there is no rule {shown(rule)}"
            yield BadFile(message, path=path, line=severity.line_of(rule), hint=near(rule, rules))


def _text_at(mapping: object, key: str) -> tuple[str, int]:
    """The text under a key and its line; an empty text where there is none."""
    if not isinstance(mapping, YamlMap) or not isinstance(mapping.get(key), str):
        return "", 0
    return mapping[key], mapping.line_of(key)


def _items(value: object) -> Iterator[tuple[Any, int]]:
    if isinstance(value, YamlList):
        yield from zip(value, value.item_lines, strict=True)


def _mapping_at(document: YamlMap, where: Sequence[str | int]) -> YamlMap:
    value: Any = document
    for part in where:
        value = value[part]
    return value if isinstance(value, YamlMap) else YamlMap(1)


def _line_at(document: YamlMap, where: Sequence[str | int]) -> int:
    """The line of the key or entry at the end of the way."""
    value: Any = document
    line = document.line
    for part in where:
        line = value.line_of(part) if isinstance(value, YamlMap) else value.item_lines[part]
        value = value[part]
    return line


def _label(where: Sequence[str | int]) -> str:
    names = ".".join(part for part in where if isinstance(part, str))
    if not names:
        return "the file"
    return f"an entry of {names}" if isinstance(where[-1], int) else names


def _inside(label: str) -> str:
    return f" in {label}" if label else ""
