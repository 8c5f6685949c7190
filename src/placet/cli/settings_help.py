"""Every setting, as the help of ``placet serve`` and the docs list it."""

from __future__ import annotations

import typing

from pydantic import SecretStr
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
    default = _default(field)
    return f"{meaning} [{default}]" if default else meaning


def _default(field: FieldInfo) -> str:
    value = field.get_default()
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if value in ("", 0, None) and not isinstance(value, bool):
        return "" if "default" in (field.description or "") else "required"
    return str(value)
