"""The service's log: text on a terminal, else one JSON object a line; secrets are taken out of both."""

from __future__ import annotations

import logging
import sys
from collections.abc import Collection, MutableMapping
from typing import Any

import structlog
from structlog.typing import Processor

from placet.github.redaction import redact_event

_HIDDEN = "***"
# Shorter ones would take ordinary words out of the log.
_SHORTEST_SECRET = 6

Event = MutableMapping[str, Any]


def configure_logs(format_: str, level: str, secrets: Collection[str] = ()) -> None:
    """Set logging up for the whole process: ``format_`` is auto, text or json, ``level`` debug to error.

    ``secrets`` are never written, whatever they look like. Loggers of libraries write in the same way.
    """
    as_text = format_ == "text" or (format_ == "auto" and sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redact_event,
        _Hides(tuple(one for one in secrets if len(one) >= _SHORTEST_SECRET)),
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(as_text=as_text)],
        )
    )
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    # What every migration says at each start is of no use to anybody.
    logging.getLogger("alembic").setLevel(logging.WARNING)


class _Hides:
    """A processor that replaces the secrets themselves, wherever they stand in a text."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        self._secrets = secrets

    def __call__(self, _logger: object, _method: str, event: Event) -> Event:
        for key, value in event.items():
            if isinstance(value, str):
                for secret in self._secrets:
                    value = value.replace(secret, _HIDDEN)  # noqa: PLW2901 - each secret in turn
                event[key] = value
        return event


def _renderers(*, as_text: bool) -> list[Processor]:
    if not as_text:
        return [structlog.processors.EventRenamer("message"), structlog.processors.JSONRenderer(default=str)]
    console = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(),
        exception_formatter=structlog.dev.plain_traceback,
        repr_native_str=True,
    )
    return [_tame, console]


def _tame(_logger: object, _method: str, event: Event) -> Event:
    """A terminal obeys control characters; names from outside may hold some, also inside a traceback."""
    for key in ("event", "exception", "stack"):
        value = event.get(key)
        if isinstance(value, str):
            event[key] = "".join(
                one if one.isprintable() or one in "\n\t" else "\N{REPLACEMENT CHARACTER}" for one in value
            )
    return event
