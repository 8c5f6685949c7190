"""The command line: ``main`` is the console script ``placet``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command that this process was called with, and exit."""
    from placet.cli.running import run  # noqa: PLC0415 - whoever imports one command's module need not load them all

    sys.exit(run(sys.argv[1:]))
