"""What holds for all tests."""

from __future__ import annotations

import structlog

# The default shows every local of every frame with an error, which takes seconds where payloads are large.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)
