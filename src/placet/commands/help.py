"""What ``/placet help`` and the documents say: Markdown lines made from the catalogue, whose own text is trusted."""

from __future__ import annotations

from placet.commands.catalogue import CATALOGUE, PREFIX, Entry, Name, entry_of
from placet.commands.grammar import MAX_COMMANDS

_RULES = (
    f"- A command is `{PREFIX}` and a verb at the start of a line that people can see. Capitals do not matter.",
    "- It may stand in a new comment, a new review comment or a review's text, also in a list.",
    "- What stands in code, in a quote or in an HTML comment is no command, and gets no answer.",
    f"- Several commands in one comment run in order, {MAX_COMMANDS} at most; a command ends with its line.",
    "- Editing or deleting a comment neither gives nor takes an answer: write a new one.",
    "- A team is written as in the policy (`crm`) or as on GitHub (`@acme/crm`).",
)
_REACTIONS = (
    "| Reaction | Meaning |",
    "| :--- | :--- |",
    "| 👍 | done |",
    "| 👎 | not allowed; a reply says why |",
    "| 😕 | not understood; a reply says why and shows the corrected command |",
    "| 👀 | seen; the answer takes more than three seconds |",
)


def overview() -> tuple[str, ...]:
    """All commands as a table, one row each."""
    rows = [f"| `{_cell(entry.usage)}` | {_aliases(entry)} | {entry.effect} |" for entry in CATALOGUE]
    return (
        "| Command | Also | What it does |",
        "| :--- | :--- | :--- |",
        *rows,
        "",
        f"One of them in full: `{entry_of(Name.HELP).example}`",
    )


def details(name: Name) -> tuple[str, ...]:
    """One command in full, with an example in a fence."""
    entry = entry_of(name)
    also = (f"- Also: {_aliases(entry)}",) if entry.aliases else ()
    return (
        f"**`{entry.usage}`**",
        "",
        f"{entry.effect} {entry.help}",
        "",
        f"- Who may: {entry.who.value}",
        *also,
        "",
        "```",
        entry.example,
        "```",
    )


def page() -> str:
    """The page ``docs/commands.md``."""
    lines = [
        "# Commands",
        "",
        "<!-- Made from src/placet/commands/catalogue.py: change it there. -->",
        "",
        "Answers can be given in a comment on the pull request.",
        "",
        *overview()[:-2],
        "",
        "## How a command is written",
        "",
        *_RULES,
        "",
        "## What comes back",
        "",
        *_REACTIONS,
    ]
    for entry in CATALOGUE:
        lines += ["", f"## {entry.name.value}", "", *details(entry.name)]
    return "\n".join(lines) + "\n"


def _aliases(entry: Entry) -> str:
    return ", ".join(f"`{alias}`" for alias in entry.aliases)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
