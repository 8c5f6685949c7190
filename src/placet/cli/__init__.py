"""The command line: ``main`` is the console script ``placet``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command that this process was called with, and exit."""
    # Whoever imports one command's module need not load them all.
    from placet.cli.running import run  # noqa: PLC0415
    from placet.work.collector import collect_seldom  # noqa: PLC0415

    collect_seldom()
    sys.exit(run(sys.argv[1:]))
