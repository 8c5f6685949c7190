"""Every setting, as the help of ``placet serve`` lists it."""

from __future__ import annotations

import typing

from pydantic.fields import FieldInfo

from placet.settings import PREFIX, Settings


def settings_help() -> list[tuple[str, str]]:
    """By environment variable: what it means and what it is where nobody sets it, in the order of the class."""
    return [(f"{PREFIX}{name.upper()}", _described(field)) for name, field in Settings.model_fields.items()]


def _described(field: FieldInfo) -> str:
    meaning = field.description or ""
    choices = typing.get_args(field.annotation) if typing.get_origin(field.annotation) is typing.Literal else ()
    if choices:
        meaning += f" ({', '.join(str(one) for one in choices)})"
    if field.is_required():
        return f"{meaning} [required]"
    # An empty text stands for what the meaning already says.
    return f"{meaning} [{field.default}]" if field.default != "" else meaning
