"""A clock that stands still until it is told otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class HeldClock:
    """``app.ports.Clock`` at a time that tests set."""

    def __init__(self, at: datetime = START) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at

    def set(self, at: datetime) -> None:
        """Make it that time."""
        self._at = at

    def advance(self, by: timedelta) -> datetime:
        """Let so much time pass; what time it then is."""
        self._at += by
        return self._at


class SystemClock:
    """The real time."""

    def now(self) -> datetime:
        return datetime.now(UTC)
