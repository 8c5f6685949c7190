"""Small repositories written down in YAML: paths with their text, as trees of files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from placet.vocabulary.files import File, Files


def tree(texts: Mapping[str, str | bytes | None]) -> Files:
    """The tree; a path without a text is not in it. Blobs are named as git names them."""
    return Files(_file(path, text) for path, text in texts.items() if text is not None)


def _file(path: str, text: str | bytes) -> File:
    data = text.encode() if isinstance(text, str) else text
    sha = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
    return File(path, sha, data)
