"""Takes secrets out of any text that is logged or raised."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

_SECRETS = re.compile(
    r"""
      -----BEGIN[ ][A-Z0-9 ]*PRIVATE[ ]KEY-----.*?(?:-----END[ ][A-Z0-9 ]*PRIVATE[ ]KEY-----|\Z)
    | \bgh[a-z]_[A-Za-z0-9_.\-]+               # a token has no fixed length, and newer ones hold dots
    | \bgithub_pat_[A-Za-z0-9_]+
    | \beyJ[A-Za-z0-9_\-]*\.[A-Za-z0-9_\-]*\.[A-Za-z0-9_\-]*
    | (?<=[?&]token=)[^&\s"'<>]+
    | (?i:(?<=bearer[ ])|(?<=token[ ]))v\d+\.[A-Za-z0-9_.\-]+
    """,
    re.VERBOSE | re.DOTALL,
)


def redacted(text: str) -> str:
    """The text with tokens and private keys replaced by three asterisks."""
    return _SECRETS.sub("***", text)


def redact_event(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: every text of a log entry without secrets, however deep it lies."""
    for key, value in event.items():
        event[key] = _clean(value)
    return event


def _clean(value: object) -> object:
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, bytes):
        return redacted(value.decode("utf-8", "replace"))
    if isinstance(value, Mapping):
        return {key: _clean(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(one) for one in value]
    if isinstance(value, BaseException):
        return redacted(f"{type(value).__name__}: {value}")
    return value
