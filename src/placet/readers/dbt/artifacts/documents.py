"""dbt's JSON documents: what one is, which version, and whether it can be read at all."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from placet.errors import BadFile
from placet.vocabulary.canonical import digest_of

# Some ten times what projects of ten thousand models write.
MAX_BYTES = 500_000_000
MAX_DEPTH = 200

_MANIFEST = re.compile(rb"https?://schemas\.getdbt\.com/dbt/manifest/v[0-9]")
_SCHEMA = re.compile(r"https?://schemas\.getdbt\.com/dbt/([a-z-]+)/v([0-9]{1,6})(?:\.json)?\Z")
# Half of a character that takes two: alone it is no text.
_HALF = re.compile("[\ud800-\udfff]")
_ESCAPED_HALF = re.compile(r"\\u[dD][89a-fA-F]")


@dataclass(frozen=True)
class Document:
    """A JSON document of dbt's: its ``kind`` (``manifest``, ``catalog``, ``run-results`` …) and schema version.

    ``digest`` is that of its bytes, or of its canonical JSON where it was given parsed.
    """

    path: str
    kind: str
    version: int
    content: Mapping[str, Any]
    digest: str = ""

    def section(self, key: str) -> Mapping[str, Any]:
        """The mapping under a key of the document; an empty one where there is none."""
        return mapping(self.content, key)


def document(data: bytes | Mapping[str, Any], path: str, kind: str) -> Document:
    """The document in ``data`` (its bytes, or parsed already), which must be of that kind.

    Raises BadFile for what is no JSON (with the line), for another document, and for what is too large or too deep.
    """
    content = loaded(data, path) if isinstance(data, bytes) else given(data, path)
    found = schema_of(content)
    if found is None:
        raise BadFile(f"is no {kind} of dbt's: its metadata name no schema", path=path, hint=_HINTS[kind])
    if found[0] != kind:
        raise BadFile(f"is dbt's {found[0]}, not its {kind}", path=path, hint=_HINTS[kind])
    digest = hashlib.sha256(data).hexdigest() if isinstance(data, bytes) else digest_of(content)
    return Document(path, *found, content, digest)


def loaded(data: bytes, path: str) -> Mapping[str, Any]:
    """The JSON object in ``data``; of two keys with one name the later counts, and NaN is nothing. Raises BadFile."""
    if len(data) > MAX_BYTES:
        raise BadFile(f"too large to read ({len(data):,} bytes)", path=path, hint=f"at most {MAX_BYTES:,} are read")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadFile("not valid UTF-8", path=path, line=line, hint="save it as dbt writes it") from None
    try:
        value = json.loads(text, parse_constant=_nothing, parse_float=_number)
    except json.JSONDecodeError as error:
        raise BadFile(
            # dbt writes it all on one line.
            f"not valid JSON: {error.msg} at column {error.colno:,}",
            path=path,
            line=error.lineno,
            hint="let dbt write it anew",
        ) from None
    except ValueError:
        # Python refuses to read numbers of thousands of digits.
        raise BadFile("holds a number that is too long to be read", path=path, hint="let dbt write it anew") from None
    except RecursionError:
        raise BadFile("nested too deeply", path=path, hint=f"at most {MAX_DEPTH} levels are read") from None
    if not isinstance(value, dict):
        raise BadFile("is no JSON object", path=path, line=1, hint="give a manifest.json, as dbt writes it")
    _require_shallow(value, path)
    whole: Mapping[str, Any] = _mended(value) if _ESCAPED_HALF.search(text) else value
    return whole


def given(value: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    """A JSON object that was parsed already, as ``loaded`` gives it. Raises BadFile where it is nested too deeply."""
    _require_shallow(value, path)
    mended: Mapping[str, Any] = _mended(value)
    return mended


def looks_like_manifest(data: bytes) -> bool:
    """Whether a file names the schema of dbt's manifests, however broken the rest of it may be."""
    return _MANIFEST.search(data) is not None


def schema_of(content: Mapping[str, Any]) -> tuple[str, int] | None:
    """Which of dbt's documents it is, and the version of its schema; None where it does not say."""
    named = _SCHEMA.match(text(mapping(content, "metadata"), "dbt_schema_version"))
    return (named[1], int(named[2])) if named else None


def mapping(parent: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The mapping under a key; an empty one where there is something else, or nothing."""
    value = parent.get(key)
    return value if isinstance(value, dict) else {}


def mappings(parent: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """The mappings in the list under a key; what is none is passed over."""
    value = parent.get(key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text(parent: Mapping[str, Any], key: str) -> str:
    """The text under a key, a number's among them; empty where there is something else, or nothing."""
    value = parent.get(key)
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else ""


def texts(parent: Mapping[str, Any], key: str) -> list[str]:
    """The texts in the list under a key; what is none is passed over."""
    value = parent.get(key)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _nothing(_constant: str) -> None:
    """What stands for NaN and the infinities, which are no JSON."""
    return


def _number(written: str) -> float | None:
    number = float(written)
    return number if math.isfinite(number) else None


def _require_shallow(value: Any, path: str) -> None:  # noqa: ANN401 - any JSON value
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise BadFile("nested too deeply", path=path, hint=f"at most {MAX_DEPTH} levels are read")
        level = [
            item
            for one in level
            for item in (one.values() if isinstance(one, Mapping) else one)
            if isinstance(item, (Mapping, list))
        ]


def _mended(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """The value without halves of characters, which nobody could print or hash, and without NaN."""
    if isinstance(value, str):
        return _HALF.sub("\ufffd", value) if not value.isascii() else value
    if isinstance(value, Mapping):
        return {_mended(str(key)): _mended(item) for key, item in value.items()}
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return [_mended(item) for item in value] if isinstance(value, list) else value


_HINTS = {
    "manifest": "give a manifest.json, as dbt writes it into its target folder",
    "catalog": "give a catalog.json, as dbt docs generate writes it",
}
