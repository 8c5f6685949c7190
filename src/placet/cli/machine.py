"""What programs and GitHub read: JSON and Markdown."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any


def write_json(value: Mapping[str, Any]) -> None:
    """Write a document to stdout; plain ASCII, so that no name in it can do anything to a terminal."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=True, allow_nan=False) + "\n")


def write_markdown(blocks: Iterable[str]) -> None:
    """Write blocks of Markdown to stdout, an empty line between them; empty ones are left out."""
    sys.stdout.write("\n\n".join(block for block in blocks if block) + "\n")
