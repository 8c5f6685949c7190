"""dbt's Jinja rendered without running it: in a walk over the template's tree in which every name is ours.

``render_model`` gives SQL with tokens for relations and holes, ``render_value`` the meaning of a text in YAML,
``calls_in`` the refs and sources of a template without rendering it. Macros come from a ``MacroLibrary``, everything
else that a template can ask about from ``Surroundings``. A token may stand inside a longer identifier or a text.
"""

from __future__ import annotations

from placet.readers.dbt.jinja.calls import calls_in
from placet.readers.dbt.jinja.library import MacroLibrary
from placet.readers.dbt.jinja.model import MacroFile, MacroFinding, Surroundings, Target, Unrenderable, adapter_of
from placet.readers.dbt.jinja.rendering import blocks_in, render_model, render_value
from placet.readers.dbt.jinja.syntax import Block

__all__ = [
    "Block",
    "MacroFile",
    "MacroFinding",
    "MacroLibrary",
    "Surroundings",
    "Target",
    "Unrenderable",
    "adapter_of",
    "blocks_in",
    "calls_in",
    "render_model",
    "render_value",
]
