"""Jinja's filters for plain values and texts, and dbt's own; filters that walk lists are in ``sequences``."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Mapping
from html import escape
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote

from placet.readers.dbt.jinja import sequences
from placet.readers.dbt.jinja.budget import MAX_WIDTH, Exceeded
from placet.readers.dbt.jinja.text import percent_formatted, text_of
from placet.readers.dbt.jinja.things import Value
from placet.readers.dbt.jinja.unknown import Missing, Undecided, Unknown

if TYPE_CHECKING:
    from placet.readers.dbt.jinja.run import Run

_MAX_DIGITS = 30


def _default(run: Run, value: Value, default_value: Value = "", boolean: Value = False) -> Value:  # noqa: FBT002 - Jinja's
    if isinstance(value, Missing):
        return default_value
    return default_value if boolean and not run.truth(value) else value


def _on_text(change: Callable[[str], Value]) -> Callable[[Run, Value], Value]:
    def apply(run: Run, value: Value) -> Value:
        return change(text_of(run, value))

    return apply


def _escaped(text: str) -> str:
    return escape(text).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")


def _replace(run: Run, value: Value, old: Value, new: Value, count: int = -1) -> str:
    text, before, after = text_of(run, value), text_of(run, old), text_of(run, new)
    run.budget.will_make_text(len(text) + (text.count(before) * max(0, len(after) - len(before))))
    return text.replace(before, after, -1 if count is None else count)


def _trim(run: Run, value: Value, chars: str | None = None) -> str:
    return text_of(run, value).strip(chars)


def _center(run: Run, value: Value, width: int = 80) -> str:
    return text_of(run, value).center(_width(width))


def _indent(run: Run, value: Value, width: Value = 4, first: Value = False, blank: Value = False) -> str:  # noqa: FBT002 - Jinja's
    space = width if isinstance(width, str) else " " * _width(width)
    lines = text_of(run, value).split("\n")
    run.budget.will_make_text(sum(map(len, lines)) + len(lines) * (len(space) + 1))
    indented = [line if not line and not blank else space + line for line in lines[1:]]
    return "\n".join([(space if first else "") + lines[0], *indented])


def _truncate(run: Run, value: Value, length: int = 255, killwords: Value = False, end: str = "...") -> str:  # noqa: FBT002 - Jinja's
    text = text_of(run, value)
    if len(text) <= length + 5:
        return text
    if killwords:
        return text[: length - len(end)] + end
    return text[: length - len(end)].rsplit(" ", 1)[0] + end


def _wordwrap(run: Run, value: Value, width: int = 79) -> str:
    return "\n".join(textwrap.wrap(text_of(run, value)[:MAX_WIDTH], width))


def _int(run: Run, value: Value, default: Value = 0, base: int = 10) -> Value:
    _known(run, value)
    try:
        return int(value, base) if isinstance(value, str) else int(value)
    except (TypeError, ValueError, OverflowError):
        try:
            return int(float(value))
        except (TypeError, ValueError, OverflowError):
            return default


def _float(run: Run, value: Value, default: Value = 0.0) -> Value:
    _known(run, value)
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return default


def _round(_run: Run, value: Value, precision: int = 0, method: str = "common") -> float:
    if abs(precision) > _MAX_DIGITS:
        raise Exceeded("a number with too many digits")
    if method == "common":
        return round(float(value), precision)
    scale = 10.0**precision
    shifted = value * scale
    whole = shifted // 1 if method == "floor" else -(-shifted // 1)
    return float(whole / scale)


def _format(run: Run, value: Value, *args: Value, **kwargs: Value) -> str:
    return percent_formatted(run, text_of(run, value), kwargs or args)


def _tojson(run: Run, value: Value, indent: int | None = None) -> str:
    run.budget.weigh(value)
    return json.dumps(sequences.written(run, value), indent=None if indent is None else min(_width(indent), 8))


def _as_bool(run: Run, value: Value) -> Value:
    text = text_of(run, value).strip()
    _known(run, text)
    return {"true": True, "false": False}.get(text.lower(), value)


def _as_number(run: Run, value: Value) -> Value:
    text = text_of(run, value).strip()
    _known(run, text)
    try:
        return int(text)
    except ValueError:
        return float(text)


def _as_native(run: Run, value: Value) -> Value:
    if not isinstance(value, str):
        return value
    _known(run, value)
    return sequences.literal(value)


def _known(run: Run, value: Value) -> None:
    if isinstance(value, str) and (unknown := run.hole_in(value)) is not None:
        raise Undecided(unknown)


def _width(value: Value) -> int:
    if isinstance(value, int) and value <= MAX_WIDTH:
        return max(value, 0)
    raise Exceeded(f"a text padded to more than {MAX_WIDTH:,} characters")


def _random(run: Run, _value: Value) -> Unknown:
    return run.unknown("random", "what is chosen at random differs each time")


def _attr(run: Run, value: Value, name: str) -> Value:
    return run.interpreter.attribute(value, name)


# What may be asked of a name that stands for nothing, or of a hole.
ON_NOTHING = frozenset(
    {"default", "d", "list", "map", "select", "reject", "selectattr", "rejectattr", "length", "count"}
)

FILTERS: Mapping[str, Callable[..., Value]] = MappingProxyType(
    {
        **dict.fromkeys(("default", "d"), _default),
        "upper": _on_text(str.upper),
        "lower": _on_text(str.lower),
        "title": _on_text(
            lambda text: re.sub(r"[^\s({\[<-]+", lambda word: word[0][:1].upper() + word[0][1:].lower(), text)
        ),
        "capitalize": _on_text(str.capitalize),
        "string": _on_text(lambda text: text),
        "safe": _on_text(lambda text: text),
        **dict.fromkeys(("escape", "e", "forceescape"), _on_text(_escaped)),
        "striptags": _on_text(lambda text: re.sub(r"\s+", " ", re.sub(r"<[^<>]*>", "", text)).strip()),
        "wordcount": _on_text(lambda text: len(re.findall(r"\w+", text))),
        "urlencode": _on_text(lambda text: quote(text, safe="/")),
        "pprint": _on_text(lambda text: text),
        "trim": _trim,
        "replace": _replace,
        "center": _center,
        "indent": _indent,
        "truncate": _truncate,
        "wordwrap": _wordwrap,
        "format": _format,
        "int": _int,
        "float": _float,
        "abs": lambda _run, value: abs(value),
        "round": _round,
        "tojson": _tojson,
        "attr": _attr,
        "random": _random,
        "as_text": _on_text(lambda text: text),
        "as_bool": _as_bool,
        "as_number": _as_number,
        "as_native": _as_native,
        **sequences.FILTERS,
    }
)
