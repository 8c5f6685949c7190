"""Canonical JSON and the digests made from it: the same value gives the same bytes, everywhere and for ever."""

from __future__ import annotations

import hashlib
import json
from typing import Any

# One for all: ``json.dumps`` would make a new one for every value.
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical_json(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """The value as JSON with sorted keys and without insignificant space. Raises ValueError on NaN and infinities."""
    return _ENCODER.encode(value)


def digest_of(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """The SHA-256 of the value's canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical_json(value).encode("utf-8", "surrogatepass")).hexdigest()


def text_digest(*parts: str) -> str:
    """The SHA-256 of texts in order; each is counted with its length, so that no two lists run into one another."""
    state = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        state.update(b"%d:" % len(data))
        state.update(data)
    return state.hexdigest()
