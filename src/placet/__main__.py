"""``python -m placet``."""

from __future__ import annotations

from placet.cli import main

main()
