"""The errors that Placet expects.

::

    Expected
    ├── Refused       a person may not do this: answer them
    ├── BadFile       a file needs mending: say which, where and how
    └── Unavailable   something outside does not answer just now: try again later

Everything else that is raised is a bug and is shown as one.
"""

from __future__ import annotations

from datetime import datetime


class Expected(Exception):
    """An error with a stable ``code`` for programs and a one-line ``hint`` for people: what to do about it."""

    code = "expected"

    def __init__(self, message: str, *, code: str | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message


class Refused(Expected):
    """A person asked for something that they may not have, or that cannot be had. They are answered."""

    code = "refused"


class BadFile(Expected):
    """A file, or a document given from outside, that cannot be read: ``path``, and ``line`` counted from 1 if known."""

    code = "bad_file"

    def __init__(
        self, message: str, *, path: str = "", line: int | None = None, code: str | None = None, hint: str = ""
    ) -> None:
        super().__init__(message, code=code, hint=hint)
        self.path = path
        self.line = line

    def __reduce__(self) -> tuple[object, ...]:
        return _bad_file, (self.message, self.path, self.line, self.code, self.hint)

    @property
    def where(self) -> str:
        """``path:line``, as editors and terminals understand it."""
        return f"{self.path}:{self.line}" if self.line is not None else self.path

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.path else self.message
        return f"{text} ({self.hint})" if self.hint else text


class Unavailable(Expected):
    """Something outside does not answer just now. ``until`` is when to try again, if it said so."""

    code = "unavailable"

    def __init__(self, message: str, *, until: datetime | None = None, code: str | None = None, hint: str = "") -> None:
        super().__init__(message, code=code, hint=hint)
        self.until = until


def _bad_file(message: str, path: str, line: int | None, code: str, hint: str) -> BadFile:
    return BadFile(message, path=path, line=line, code=code, hint=hint)
