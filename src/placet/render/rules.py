"""The rule table for people: all of it as a document, and one rule as a few lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from placet.diff.rule import Channel, Rule, Weighed
from placet.diff.rules import RULES
from placet.render import markdown as md
from placet.vocabulary.words import Category, Mode

_MODES = (Mode.BACKWARD, Mode.FORWARD, Mode.FULL)
_ABOUT = {
    Channel.SHAPE: "What columns there are, of which types.",
    Channel.READING: "What cannot be read, and so not be judged.",
    Channel.GUARANTEE: "Promises about the data: tests and constraints. The policy's `guarantees` weighs what is lost.",
    Channel.ACCESS: "Who may read an asset, who owns it, who said that they read it, and how strictly it is judged.",
    Channel.RELATION: "Where the relation lies in the warehouse, and how it is built.",
    Channel.VERSION: "Versions of a model, and how long it stays.",
    Channel.PACKAGE: "Packages that are not in the repository.",
    Channel.LOGIC: "How the same shape is made: expressions, filters, grain. The policy's `logic` weighs it. Layout, "
    "comments, names of CTEs and the order of what has no order change nothing.",
    Channel.SOURCE: "Sources are somebody else's: what is listed of them, instead of the rules about shape.",
    Channel.EXPOSURE: "Exposures, beside what they read.",
}
_INTRODUCTION = (
    "What every kind of change is. A rule asks (everybody who reads what changes must agree) where it is BREAKING or "
    "REQUIRES_ANALYSIS, unless it *tells*; `severity` in the [policy](policy.md) names rules by these ids. In the mode "
    "`none` the categories are those of `backward`, and every rule but `file_unreadable` tells."
)
_BY_COMMAND = "`placet policy rules` prints this page, `placet policy rules column_removed` one rule."


def rules_document() -> str:
    """The whole table as Markdown, a section a channel."""
    blocks = ["# Rules", _INTRODUCTION, _BY_COMMAND]
    for channel in Channel:
        rules = [rule for rule in RULES.values() if rule.channel is channel]
        blocks += [f"## {channel.value.capitalize()}", _ABOUT[channel], _overview(rules)]
        blocks += [_section(rule) for rule in rules]
    return "\n\n".join(blocks) + "\n"


def rule_lines(rule: Rule) -> Iterator[str]:
    """One rule for the terminal."""
    yield f"{rule.id}: {rule.title}"
    for label, text in _facts(rule):
        yield f"  {label + ':':<13}{text}"


def _overview(rules: Iterable[Rule]) -> str:
    headers = ("rule", "when", *(mode.value for mode in _MODES))
    return md.table(headers, ((f"`{rule.id}`", rule.title, *_cells(rule)) for rule in rules))


def _section(rule: Rule) -> str:
    facts = [f"- **{label.capitalize()}:** {text}" for label, text in _facts(rule) if label not in _MODE_NAMES]
    return "\n".join((f"### {rule.id}", "", f"{_sentence(rule.title)}", "", *facts))


_MODE_NAMES = frozenset(mode.value for mode in _MODES)


def _facts(rule: Rule) -> Iterator[tuple[str, str]]:
    yield "why", rule.why
    yield "for example", rule.example
    yield "safe way", rule.safe_way
    yield from zip((mode.value for mode in _MODES), _cells(rule), strict=True)
    if rule.raised is not None:
        yield "raised", f"{rule.raised.value} where {rule.raised_when}"
    if rule.weighed is not None:
        yield "weighed by", _weighed(rule.weighed)


def _cells(rule: Rule) -> tuple[str, ...]:
    return tuple(_cell(rule, mode) for mode in _MODES)


def _cell(rule: Rule, mode: Mode) -> str:
    category = rule.category_in(mode)
    asks = category in (Category.BREAKING, Category.REQUIRES_ANALYSIS)
    weighed = rule.weighed is not None
    return f"{category.value}, tells" if asks and (rule.tells or weighed) else category.value


def _weighed(key: Weighed) -> str:
    if key is Weighed.GUARANTEES:
        return "guarantees: ignore says nothing, notify (the default) tells, strict makes it BREAKING"
    return "logic: ignore says nothing, notify (the default) tells, gate asks"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
