"""How often Python looks for garbage in cycles: seldom, where hundreds of thousands of values are made and kept."""

from __future__ import annotations

import gc

# Many times as many new objects as by default before a look: reading a thousand models spent a fifth of its time on
# looking through what is kept on purpose. Only syntax trees are cycles, and they are small.
_NEW_OBJECTS = 50_000


def collect_seldom() -> None:
    """Leave what was imported alone for good, and look at the rest seldom."""
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, 20, 50)
