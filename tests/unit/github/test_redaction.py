import pytest

from placet.github.redaction import redact_event, redacted

PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    "secret",
    [
        "ghs_16C7e42F292c6912E7710c838347Ae178B4a",
        "ghp_x",
        "ghu_a.b-c_d",
        "gho_" + "x" * 300,
        "github_pat_11ABC_def",
        PEM,
        "-----BEGIN PRIVATE KEY-----\ncut off here",
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOjF9.c2ln-bmF0_dXJl",
    ],
)
def test_no_secret_survives(secret: str) -> None:
    told = redacted(f"before {secret} after" if "cut" not in secret else f"before {secret}")
    assert secret not in told
    assert "MIIEow" not in told
    assert told.startswith("before ***")


def test_the_token_of_an_archives_address_is_hidden() -> None:
    assert redacted("https://codeload.example/x?token=ABC123&y=1") == "https://codeload.example/x?token=***&y=1"


def test_other_text_stays_as_it_is() -> None:
    text = "the right_ghost team of org/shop asked /repos/acme/shop/pulls/1"
    assert redacted(text) == text


def test_every_text_of_a_log_entry_is_cleaned_however_deep() -> None:
    entry = redact_event(
        None,
        "info",
        {"event": "x", "headers": {"authorization": ["Bearer ghs_abc"]}, "error": ValueError("ghp_q"), "n": 1},
    )
    assert entry == {"event": "x", "headers": {"authorization": ["Bearer ***"]}, "error": "ValueError: ***", "n": 1}
