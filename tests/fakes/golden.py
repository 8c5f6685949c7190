"""Texts kept as files: how they are compared, or written anew, and how a check is shown on one page."""

from __future__ import annotations

import os
from pathlib import Path

from placet.render.model import CheckText

CASES = Path(__file__).parents[1] / "cases"


def reads_as(path: Path, text: str) -> None:
    """Assert that the file holds the text; with ``PLACET_WRITE_CASES`` set, the file is written first."""
    if os.environ.get("PLACET_WRITE_CASES"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n", encoding="utf-8")
    assert path.read_text(encoding="utf-8") == f"{text}\n"


def page(check: CheckText) -> str:
    """All of a check but its title."""
    parts = [check.summary, *(["<!-- text -->", check.text] if check.text else [])]
    for one in check.annotations:
        parts += ["<!-- annotation -->", f"{one.path}:{one.line} {one.level}\n{one.title}\n{one.message}"]
    for button in check.buttons:
        parts += ["<!-- button -->", f"{button.label} | {button.description} | {button.identifier}"]
    return "\n\n".join(part for part in parts if part)
