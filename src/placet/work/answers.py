"""Analyses as bytes from a process that reads untrusted files, and is therefore not trusted either."""

from __future__ import annotations

import io
import pickle
from enum import Enum
from typing import Any

from placet.impact.analysis import Analysis

# Layers in which classes are values: making one does nothing else.
_LAYERS = frozenset({"contracts", "diff", "errors", "impact", "lineage", "policy", "readers", "vocabulary"})
_PLAIN = frozenset(
    {
        ("datetime", "date"),
        ("datetime", "datetime"),
        ("datetime", "timedelta"),
        ("datetime", "timezone"),
        ("decimal", "Decimal"),
    }
)


def analysis_from(data: bytes) -> Analysis:
    """The analysis. Raises UnpicklingError where the bytes hold anything but values of our own."""
    value = _ValuesOnly(io.BytesIO(data)).load()
    if not isinstance(value, Analysis):
        raise pickle.UnpicklingError(f"an answer that is no analysis: {type(value).__name__}")
    return value


class _ValuesOnly(pickle.Unpickler):
    """Makes nothing but dataclasses, enumerations and collections of the layers that hold values."""

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - a class of any sort
        if (module, name) in _PLAIN:
            return super().find_class(module, name)
        package, _, rest = module.partition(".")
        if package == "placet" and rest.partition(".")[0] in _LAYERS and "." not in name:
            found = super().find_class(module, name)
            if isinstance(found, type) and found.__module__ == module and _is_value(found):
                return found
        raise pickle.UnpicklingError(f"an answer that holds {module}.{name}")


def _is_value(found: type) -> bool:
    return hasattr(found, "__dataclass_fields__") or issubclass(found, (Enum, dict, list, tuple))
