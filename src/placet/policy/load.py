"""From the text of a policy file, and of its organisation's, to the policy that applies."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from placet.errors import BadFile
from placet.policy.effect import Idle, idle_keys
from placet.policy.model import (
    ORGANISATION_POLICY_PATH,
    POLICY_PATH,
    Approvals,
    Asked,
    ConsumerRule,
    OnDeadline,
    Overruled,
    OwnerRule,
    Policy,
    ProjectHint,
    Rollout,
    SchemaRule,
    Strictness,
    TeamSpec,
    Unowned,
    Unread,
    Waiting,
)
from placet.policy.problems import Document, document_of, folder_of, problems_of
from placet.policy.schema import ORGANISATION_KEYS
from placet.vocabulary.files import Location
from placet.vocabulary.words import Category, Mode
from placet.vocabulary.yamlfile import YamlList, YamlMap

_MERGED = ("approvals", "teams", "severity")  # mappings: the two files are laid over one another key by key


def load_policy(
    data: bytes | str | None,
    *,
    path: str = POLICY_PATH,
    organisation: bytes | str | None = None,
    organisation_path: str = ORGANISATION_POLICY_PATH,
    rules: Collection[str] | None = None,
) -> Policy:
    """The repository's file over its organisation's over the defaults; None or an empty file is one without a key.

    Lists of the repository take the place of the organisation's; ``approvals``, ``teams`` and ``severity`` are merged
    key by key. What the organisation locked counts as it stands there. ``rules`` are the ids that ``severity`` may
    name; None leaves them unchecked. Raises the first BadFile, the repository's own before the organisation's.
    """
    own = _checked(data, path, rules, _repository_problems)
    above = _checked(organisation, organisation_path, rules, problems_of)
    defaults = _Layer.of(above, organisation_path)
    locked = tuple(above.get("locked", ()))
    values, overruled = _merged(_Layer.of(own, path), defaults, locked)
    return _policy(values, overruled)


def problems_in(
    data: bytes | str | None, path: str = POLICY_PATH, *, rules: Collection[str] | None = None
) -> tuple[BadFile, ...]:
    """Everything that is wrong with a repository's own file, in order of its lines; empty if nothing is."""
    return _all_problems(data, path, rules, _repository_problems)


def organisation_problems_in(
    data: bytes | str | None, path: str = ORGANISATION_POLICY_PATH, *, rules: Collection[str] | None = None
) -> tuple[BadFile, ...]:
    """Everything that is wrong with an organisation's file, in order of its lines; empty if nothing is."""
    return _all_problems(data, path, rules, problems_of)


def idle_keys_in(data: bytes | str | None, path: str = POLICY_PATH) -> tuple[Idle, ...]:
    """What of a valid file has no effect in this version yet. Raises BadFile where it is no YAML mapping."""
    return idle_keys(document_of(data, path).content)


_Check = Callable[[YamlMap, str, Collection[str] | None], list[BadFile]]


def _all_problems(
    data: bytes | str | None, path: str, rules: Collection[str] | None, check: _Check
) -> tuple[BadFile, ...]:
    try:
        found = document_of(data, path)
    except BadFile as error:
        return (error,)
    return _problems(found, path, rules, check)


def _problems(found: Document, path: str, rules: Collection[str] | None, check: _Check) -> tuple[BadFile, ...]:
    problems = [*found.repeated, *check(found.content, path, rules)]
    return tuple(sorted(problems, key=lambda one: one.line or 0))


def _checked(data: bytes | str | None, path: str, rules: Collection[str] | None, check: _Check) -> YamlMap:
    found = document_of(data, path)
    for problem in _problems(found, path, rules, check):
        raise problem
    return found.content


def _repository_problems(document: YamlMap, path: str, rules: Collection[str] | None) -> list[BadFile]:
    reserved = [
        BadFile(
            f"only the organisation's file may say `{key}`",
            path=path,
            line=document.line_of(key),
            hint="move it to placet.yml in the organisation's .github repository",
        )
        for key in document
        if key in ORGANISATION_KEYS
    ]
    return sorted([*problems_of(document, path, rules), *reserved], key=lambda one: one.line or 0)


@dataclass(frozen=True, slots=True)
class _Layer:
    """One file's keys, dotted where they are merged one by one (``approvals.unread``): values, raw ones, and places."""

    values: Mapping[str, Any]
    raw: Mapping[str, Any]
    places: Mapping[str, Location]

    @classmethod
    def of(cls, document: YamlMap, path: str) -> _Layer:
        values: dict[str, Any] = {}
        raw: dict[str, Any] = {}
        places: dict[str, Location] = {}
        for key, name, mapping in _flat(document):
            location = Location(path, mapping.line_of(name))
            values[key] = _value(key, mapping[name], location)
            raw[key] = mapping[name]
            places[key] = location
        return cls(values, raw, places)


def _flat(document: YamlMap) -> Iterator[tuple[str, str, YamlMap]]:
    for key, value in document.items():
        if key == "version":
            continue
        if key not in _MERGED:
            yield key, key, document
            continue
        for inner in value:
            yield f"{key}.{inner}", inner, value


def _merged(own: _Layer, defaults: _Layer, locked: tuple[str, ...]) -> tuple[dict[str, Any], tuple[Overruled, ...]]:
    values = dict(defaults.values)
    overruled: list[Overruled] = []
    for key, value in own.values.items():
        if key not in locked and key.partition(".")[0] not in locked:
            values[key] = value
        elif key not in defaults.raw or own.raw[key] != defaults.raw[key]:
            overruled.append(Overruled(key, own.places[key]))
    return values, tuple(overruled)


def _policy(values: Mapping[str, Any], overruled: tuple[Overruled, ...]) -> Policy:
    top: dict[str, Any] = {key: value for key, value in values.items() if "." not in key}
    inner: dict[str, dict[str, Any]] = {key: {} for key in _MERGED}
    for key, value in values.items():
        outer, dot, name = key.partition(".")
        if dot:
            inner[outer][name] = value
    if "compatibility" in top:
        top["compatibility"], top["transitive"] = top["compatibility"]
    return Policy(
        **top,
        teams=inner["teams"],
        severity=inner["severity"],
        approvals=Approvals(**inner["approvals"]),
        overruled=overruled,
    )


def _value(key: str, value: Any, location: Location) -> Any:  # noqa: ANN401 - as many types as there are keys
    outer, _, name = key.partition(".")
    if outer == "teams":
        return _team(name, value, location)
    return _READERS[outer if outer == "severity" else key](value, location)


def _duration(text: str | None, _: Location) -> timedelta | None:
    if text is None:
        return None
    return int(text[:-1]) * {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}[text[-1]]


def _mode(text: str, _: Location) -> tuple[Mode, bool]:
    name, transitive, _rest = text.partition("_transitive")
    return Mode(name), bool(transitive)


def _texts(items: YamlList, _: Location) -> tuple[str, ...]:
    return tuple(items)


def _numbers(items: YamlList, _: Location) -> tuple[int, ...]:
    return tuple(int(item) for item in items)


def _as_is(value: bool, _: Location) -> bool:  # noqa: FBT001 - the value itself is the boolean
    return value


def _word(kind: Callable[[str], Any]) -> Callable[[str, Location], Any]:
    return lambda text, _: kind(text)


def _projects(items: YamlList, _: Location) -> tuple[ProjectHint, ...]:
    return tuple(ProjectHint(folder_of(item["path"]), item.get("dialect", "")) for item in items)


def _team(name: str, value: str | YamlMap, location: Location) -> TeamSpec:
    if isinstance(value, str):
        return TeamSpec(name, location, slug=value.removeprefix("@"))
    return TeamSpec(name, location, members=tuple(dict.fromkeys(one.removeprefix("@") for one in value["members"])))


def _owners(items: YamlList, location: Location) -> tuple[OwnerRule, ...]:
    return tuple(OwnerRule(item["match"], item["team"], place) for item, place in _placed(items, location))


def _consumers(items: YamlList, location: Location) -> tuple[ConsumerRule, ...]:
    return tuple(
        ConsumerRule(item["team"], item["reads"], tuple(item.get("columns", ())), item.get("purpose", ""), place)
        for item, place in _placed(items, location)
    )


def _schemas(items: YamlList, location: Location) -> tuple[SchemaRule, ...]:
    result: list[SchemaRule] = []
    for item, place in _placed(items, location):
        mode, transitive = _mode(item["compatibility"], place) if "compatibility" in item else (None, False)
        result.append(SchemaRule(item["match"], place, item.get("format", ""), item.get("owner", ""), mode, transitive))
    return tuple(result)


def _placed(items: YamlList, location: Location) -> Iterator[tuple[YamlMap, Location]]:
    for item, line in zip(items, items.item_lines, strict=True):
        yield item, Location(location.path, line)


_READERS: Mapping[str, Callable[[Any, Location], Any]] = {
    "branches": _texts,
    "projects": _projects,
    "rollout": _word(Rollout),
    "compatibility": _mode,
    "guarantees": _word(Strictness),
    "logic": _word(Strictness),
    "owners": _owners,
    "consumers": _consumers,
    "schemas": _schemas,
    "approvals.inferred_consumers": _word(Asked),
    "approvals.adapted": _word(Asked),
    "approvals.unread": _word(Unread),
    "approvals.unowned": _word(Unowned),
    "approvals.allow_author": _as_is,
    "approvals.distinct_approvers": _as_is,
    "approvals.answer_within": _duration,
    "approvals.on_deadline": _word(OnDeadline),
    "approvals.max_wait": _duration,
    "approvals.expires_after": _duration,
    "severity": _word(Category),
    "waiting": _word(Waiting),
    "force": _texts,
    "emergency": _texts,
    "apps": _numbers,
    "locked": _texts,
}
