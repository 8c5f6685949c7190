"""What GitHub said instead of yes.

::

    Unavailable
    └── Declined           it answered, and not with what was asked for
        ├── Unauthorised   401: the credentials are not taken
        ├── Forbidden      403 that is no limit: a permission is missing
        ├── NotThere       404 and 410: it does not exist, or may not be seen
        └── Unprocessable  422: it cannot be done as asked, with the reasons

All are ``Unavailable``, so that what a use case does not expect waits in the queue and the last verdict stands.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from placet.errors import Unavailable
from placet.github.redaction import redacted

_MESSAGE_CHARACTERS = 500


class Declined(Unavailable):
    """GitHub answered with an error: ``status``, and ``reason``, its own words."""

    code = "declined"

    def __init__(self, what: str, status: int, reason: str, *, hint: str = "") -> None:
        super().__init__(f"{what}: GitHub answered {status}, {reason or 'without a reason'}", hint=hint)
        self.status = status
        self.reason = reason

    def __reduce__(self) -> tuple[object, ...]:
        return _declined, (type(self), self.message, self.status, self.reason, self.hint)


class Unauthorised(Declined):
    """The credentials are not taken, also not fresh ones."""

    code = "unauthorised"


class Forbidden(Declined):
    """The app may not do this here."""

    code = "forbidden"


class NotThere(Declined):
    """It does not exist, or the app may not see it: GitHub does not tell these two apart."""

    code = "not_there"


class Unprocessable(Declined):
    """The request was understood and refused, for the reasons that are given."""

    code = "unprocessable"


class OutcomeUnknown(Unavailable):
    """A write was sent and no answer came: it may have happened. Look before doing it again."""

    code = "outcome_unknown"


_KINDS: Mapping[int, tuple[type[Declined], str]] = {
    401: (Unauthorised, "check the app's id, its private key and this machine's clock"),
    403: (Forbidden, "compare the installation's permissions with app.yml"),
    404: (NotThere, ""),
    410: (NotThere, ""),
    422: (Unprocessable, ""),
}


def declined(what: str, status: int, body: bytes) -> Declined:
    """The exception for an answer with that status; its reason is the body's message and errors, without secrets."""
    kind, hint = _KINDS.get(status, (Declined, ""))
    return kind(what, status, reason_in(body), hint=hint)


def reason_in(body: bytes) -> str:
    """The words of an error body: its message and its errors; the empty text where it is not GitHub's JSON."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(data, dict):
        return ""
    errors = data.get("errors")
    told = [str(data.get("message") or ""), *(_told(one) for one in errors if one)] if isinstance(errors, list) else []
    told = told or [str(data.get("message") or ""), errors if isinstance(errors, str) else ""]
    return redacted(": ".join(dict.fromkeys(part for part in told if part)))[:_MESSAGE_CHARACTERS]


def _told(error: object) -> str:
    if not isinstance(error, dict):
        return str(error)
    if error.get("message"):
        return str(error["message"])
    return " ".join(str(error[key]) for key in ("resource", "field", "code") if error.get(key))


def _declined(kind: type[Declined], message: str, status: int, reason: str, hint: str) -> Declined:
    result = kind.__new__(kind)
    Unavailable.__init__(result, message, hint=hint)
    result.status, result.reason = status, reason
    return result
