import hashlib
import hmac
import pickle

import pytest

from placet.github.webhook import MOST_BYTES, Unacceptable, verify

SECRET = "it stays between us"
BODY = b'{"zen": "Keep it logically awesome."}'


def signed(body: bytes = BODY, /, **changes: str | None) -> dict[str, str]:
    headers: dict[str, str | None] = {
        "Content-Type": "application/json",
        "X-GitHub-Event": "ping",
        "X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        "X-Hub-Signature": "sha1=" + hmac.new(SECRET.encode(), body, hashlib.sha1).hexdigest(),
        "X-Hub-Signature-256": "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest(),
    }
    headers.update({name.replace("_", "-"): value for name, value in changes.items()})
    return {name: value for name, value in headers.items() if value is not None}


def refused(headers: dict[str, str], body: bytes = BODY) -> int:
    with pytest.raises(Unacceptable) as told:
        verify(SECRET, body, headers)
    return told.value.status


def test_a_signed_delivery_is_taken_as_it_is() -> None:
    envelope = verify(SECRET, BODY, signed())
    assert (envelope.event, envelope.guid, envelope.payload) == (
        "ping",
        "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        BODY,
    )


def test_the_names_of_headers_may_be_in_any_case() -> None:
    assert verify(SECRET, BODY, {name.upper(): value for name, value in signed().items()}).event == "ping"


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "sha256=",
        "sha256=" + "0" * 64,
        "sha256=é" + "0" * 63,
        hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest(),
        "sha1=" + hmac.new(SECRET.encode(), BODY, hashlib.sha1).hexdigest(),
        "sha256=" + hmac.new(b"other", BODY, hashlib.sha256).hexdigest(),
        "sha256=" + hmac.new(SECRET.encode(), BODY + b" ", hashlib.sha256).hexdigest(),
    ],
)
def test_without_the_right_signature_nothing_is_taken(signature: str | None) -> None:
    assert refused(signed(X_Hub_Signature_256=signature)) == 401


def test_the_signature_is_looked_at_before_anything_else_is_believed() -> None:
    headers = signed(X_GitHub_Event=None, X_Hub_Signature_256="sha256=" + "0" * 64)
    assert refused(headers) == 401


@pytest.mark.parametrize("name", ["X_GitHub_Event", "X_GitHub_Delivery"])
@pytest.mark.parametrize("value", [None, "", "a b", "x" * 65, "é"])
def test_without_event_or_delivery_it_is_a_bad_request(name: str, value: str | None) -> None:
    assert refused(signed(BODY, **{name: value})) == 400


def test_a_form_is_a_bad_request_that_says_what_to_set() -> None:
    with pytest.raises(Unacceptable, match="application/json") as told:
        verify(SECRET, BODY, signed(Content_Type="application/x-www-form-urlencoded"))
    assert told.value.status == 400


def test_a_body_past_githubs_own_limit_is_too_large() -> None:
    body = b"x" * (MOST_BYTES + 1)
    assert refused(signed(body), body) == 413
    assert verify(SECRET, body[:-1], signed(body[:-1])).event == "ping"


def test_without_a_secret_nothing_can_be_verified() -> None:
    with pytest.raises(ValueError, match="no webhook secret"):
        verify("", BODY, signed())


def test_a_refusal_survives_being_sent_between_processes() -> None:
    told = pickle.loads(pickle.dumps(Unacceptable("no", 401, hint="h")))  # noqa: S301 - made on the line itself
    assert (told.status, str(told)) == (401, "no (h)")
