"""What of evil text GitHub would make alive in a comment or a check."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt


def live(text: str) -> list[str]:
    """The mentions of others, the links and the pictures that GitHub would make of a text."""
    found = []
    for token in (child for one in MarkdownIt().enable("table").parse(text) for child in [one, *(one.children or ())]):
        if token.type == "image" or (token.type == "link_open" and "evil" in str(token.attrGet("href"))):
            found.append(token.type)
        if token.type in ("html_block", "html_inline") and re.search(r"<img|href=.?http:..evil", token.content):
            found.append(token.content)
        if token.type == "text" and re.search(r"(?<![\w`])@acme/marketing|https?://evil|www\.evil", token.content):
            found.append(token.content)
    return found
