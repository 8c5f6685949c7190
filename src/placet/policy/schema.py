"""The JSON Schema of the policy file, which ships with Placet and which editors can use."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

ORGANISATION_KEYS = frozenset({"force", "emergency", "apps", "locked"})


@cache
def policy_schema() -> Mapping[str, Any]:
    """The schema as a value; it is shared, so nobody changes it."""
    schema: dict[str, Any] = json.loads(files("placet.policy").joinpath("placet.schema.json").read_bytes())
    return schema


@cache
def validator() -> Validator:
    """A validator of policy files."""
    strict: type[Validator] = extend(  # type: ignore[no-untyped-call] # the library's stubs leave it untyped
        Draft202012Validator, {"pattern": _whole_pattern}
    )
    return strict(policy_schema())


@cache
def known_keys() -> Mapping[str, str]:
    """Every key that may stand somewhere in the file, with the key that it stands under (empty: at the top)."""
    result: dict[str, str] = {}
    for key, schema in policy_schema()["properties"].items():
        for inner in schema.get("properties", {}):
            result.setdefault(inner, key)
    return result | dict.fromkeys(policy_schema()["properties"], "")


def _whole_pattern(_: Validator, pattern: str, instance: object, __: object) -> Iterator[ValidationError]:
    """The schema's patterns are anchored; Python's ``$`` alone would let a line break pass at the end."""
    if isinstance(instance, str) and not re.fullmatch(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")
