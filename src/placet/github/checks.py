"""What a check run may hold: everything cut to GitHub's limits, in the form that its API takes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from placet.app.actions import Annotation, Button, CheckContent
from placet.github.document import clean

TITLE_CHARACTERS = 255
TEXT_BYTES = 65_535  # the documents say characters, the server counts bytes (github/docs, issue 35252)
MESSAGE_BYTES = 64 * 1024 - 1
ANNOTATIONS_AT_ONCE = 50
COMMENT_CHARACTERS = 65_536
_BUTTONS = 3
_LABEL, _DESCRIPTION, _IDENTIFIER = 20, 40, 20
_CUT = "\n\n*…cut here: GitHub takes no more.*"

Json = dict[str, Any]


def check_body(content: CheckContent, annotations: Sequence[Annotation]) -> Json:
    """A check run as the API takes it, with at most 50 annotations; texts past a limit are cut, and say so."""
    output: Json = {
        "title": _short(content.title, TITLE_CHARACTERS) or content.name,
        "summary": within_bytes(content.summary, TEXT_BYTES) or content.title or content.name,
        "text": within_bytes(content.text, TEXT_BYTES),
    }
    if annotations:
        output["annotations"] = [annotation_body(one) for one in annotations[:ANNOTATIONS_AT_ONCE]]
    body: Json = {"name": content.name, "external_id": content.external_id, "status": content.status, "output": output}
    if content.details_url.startswith(("https://", "http://")):
        body["details_url"] = content.details_url
    if content.started_at is not None:
        body["started_at"] = _stamp(content.started_at)
    if content.conclusion is not None:
        body["status"] = "completed"
        body["conclusion"] = content.conclusion
        body["actions"] = [_button(one) for one in content.buttons if len(one.identifier) <= _IDENTIFIER][:_BUTTONS]
        if content.completed_at is not None:
            body["completed_at"] = _stamp(content.completed_at)
    return body


def more_annotations(content: CheckContent, annotations: Sequence[Annotation]) -> Json:
    """The body that adds annotations to a check run; the API demands the title and summary again."""
    output = check_body(content, annotations)["output"]
    del output["text"]
    return {"output": output}


def annotation_body(annotation: Annotation) -> Json:
    """An annotation as the API takes it."""
    line = max(annotation.line, 1)
    body: Json = {
        "path": annotation.path.removeprefix("./").lstrip("/"),
        "start_line": line,
        "end_line": line,
        "annotation_level": annotation.level,
        "message": within_bytes(annotation.message, MESSAGE_BYTES) or annotation.title or annotation.path,
    }
    if annotation.title:
        body["title"] = _short(annotation.title, TITLE_CHARACTERS)
    return body


def comment_text(body: str) -> str:
    """A comment's text within GitHub's limit."""
    body = clean(body)
    return body if len(body) <= COMMENT_CHARACTERS else body[: COMMENT_CHARACTERS - len(_CUT)] + _CUT


def within_bytes(text: str, most: int) -> str:
    """The text, cut between two characters where it has more bytes in UTF-8; then its last line says so."""
    text = clean(text)
    data = text.encode()
    if len(data) <= most:
        return text
    return data[: most - len(_CUT.encode())].decode("utf-8", "ignore") + _CUT


def _button(button: Button) -> Json:
    return {
        "label": _short(button.label, _LABEL),
        "description": _short(button.description, _DESCRIPTION),
        "identifier": button.identifier,
    }


def _short(text: str, most: int) -> str:
    text = clean(text)
    return text if len(text) <= most else text[: most - 1] + "…"


def _stamp(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
