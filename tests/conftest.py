"""What holds for all tests."""

from __future__ import annotations

import os

import structlog
from hypothesis import settings

# A change lands or not by what it changes: there the examples are the same each time, elsewhere new ones each time.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("everywhere", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "everywhere")

# The default shows every local of every frame with an error, which takes seconds where payloads are large.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)
