"""Whether a delivery comes from GitHub: its signature over the raw bytes, before anything else is looked at."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

from placet.errors import Refused

MOST_BYTES = 25 * 1024 * 1024  # docs.github.com, "Webhook events and payloads": payloads are capped at 25 MB
_GUID = re.compile(r"[A-Za-z0-9-]{1,64}")
_EVENT = re.compile(r"[a-z0-9_]{1,64}")


@dataclass(frozen=True, slots=True)
class Envelope:
    """A delivery whose sender is GitHub; its payload is still only bytes."""

    guid: str
    event: str
    payload: bytes


class Unacceptable(Refused):
    """A request that is no delivery of ours; ``status`` is the HTTP status to answer with."""

    code = "unacceptable"

    def __init__(self, message: str, status: int, *, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status

    def __reduce__(self) -> tuple[object, ...]:
        return _unacceptable, (self.message, self.status, self.hint)


def verify(secret: str, body: bytes, headers: Mapping[str, str]) -> Envelope:
    """The delivery that the body is, given the secret that GitHub signs with.

    Raises Unacceptable: 413 for more than 25 MB; 401 for a missing, sha1-only, malformed or wrong signature; 400 where
    the event's or the delivery's name is missing, or the body is a form. Raises ValueError without a secret.
    """
    if not secret:
        raise ValueError("there is no webhook secret: nothing can be verified")
    if len(body) > MOST_BYTES:
        raise Unacceptable(f"the body is larger than {MOST_BYTES // 1024 // 1024} MB", 413)
    named = {key.lower(): value for key, value in headers.items()}
    _check_signature(secret, body, named)
    if named.get("content-type", "").partition(";")[0].strip().lower() == "application/x-www-form-urlencoded":
        raise Unacceptable("the body is a form", 400, hint="set the webhook's content type to application/json")
    return Envelope(
        guid=_header(named, "x-github-delivery", _GUID), event=_header(named, "x-github-event", _EVENT), payload=body
    )


def _check_signature(secret: str, body: bytes, headers: Mapping[str, str]) -> None:
    signature = headers.get("x-hub-signature-256")
    if signature is None:
        told = "only a sha1 signature came" if "x-hub-signature" in headers else "no signature came"
        raise Unacceptable(told, 401, hint="set the same secret here and at the app's webhook")
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if not signature.isascii() or not hmac.compare_digest(signature.encode("ascii"), expected.encode("ascii")):
        raise Unacceptable("the signature is wrong", 401, hint="set the same secret here and at the app's webhook")


def _header(headers: Mapping[str, str], name: str, wanted: re.Pattern[str]) -> str:
    value = headers.get(name, "")
    if not wanted.fullmatch(value):
        raise Unacceptable(f"the header {name} is {'malformed' if value else 'missing'}", 400)
    return value


def _unacceptable(message: str, status: int, hint: str) -> Unacceptable:
    return Unacceptable(message, status, hint=hint)
