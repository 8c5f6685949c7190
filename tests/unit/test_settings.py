from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from placet.errors import Refused
from placet.settings import load_database_settings, load_settings, unknown_variables

COMPLETE = {
    "PLACET_GITHUB_APP_ID": "7",
    "PLACET_GITHUB_PRIVATE_KEY": "-----BEGIN\\nabc",
    "PLACET_GITHUB_WEBHOOK_SECRET": "hush",
}


def refusal(**changed: str | None) -> str:
    environment = {**COMPLETE, **{f"PLACET_{name}": text for name, text in changed.items()}}
    with pytest.raises(Refused) as caught:
        load_settings({name: text for name, text in environment.items() if text is not None})
    return str(caught.value)


def test_what_is_set_is_taken_and_the_rest_has_defaults() -> None:
    settings = load_settings({**COMPLETE, "PLACET_LISTEN": "[::1]:9000", "PLACET_CONCURRENCY": "2"})
    assert (settings.github_app_id, settings.concurrency) == (7, 2)
    assert (settings.host, settings.port) == ("::1", 9000)
    assert settings.log_format == "auto"


def test_a_key_on_one_line_gets_its_line_ends_back() -> None:
    assert load_settings(COMPLETE).github_private_key.get_secret_value() == "-----BEGIN\nabc"


def test_a_variable_that_is_empty_counts_as_not_set() -> None:
    assert load_settings({**COMPLETE, "PLACET_LISTEN": ""}).port == 8080


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"GITHUB_APP_ID": None}, "PLACET_GITHUB_APP_ID is missing: it is the App ID on the app's settings page"),
        ({"GITHUB_APP_ID": "my-app"}, "PLACET_GITHUB_APP_ID must be a whole number, not 'my-app': it is the App ID on"),
        ({"GITHUB_APP_ID": "7.5"}, "PLACET_GITHUB_APP_ID must be a whole number, not '7.5'"),
        ({"GITHUB_APP_ID": "0"}, "PLACET_GITHUB_APP_ID must be more than 0, not '0'"),
        ({"GITHUB_PRIVATE_KEY": None}, "PLACET_GITHUB_PRIVATE_KEY is missing: make one on the app's page"),
        ({"GITHUB_WEBHOOK_SECRET": None}, "PLACET_GITHUB_WEBHOOK_SECRET is missing: choose one, and enter the same"),
        ({"CONCURRENCY": "0"}, "PLACET_CONCURRENCY must be at least 1, not '0'"),
        ({"SWEEP_SECONDS": "often"}, "PLACET_SWEEP_SECONDS must be a number, not 'often'"),
        ({"SWEEP_SECONDS": "nan"}, "PLACET_SWEEP_SECONDS must be a number, not 'nan'"),
        ({"LOG_LEVEL": "loud"}, "PLACET_LOG_LEVEL must be one of debug, info, warning, error, not 'loud'"),
        ({"LISTEN": "nonsense"}, "PLACET_LISTEN must be address:port, such as 127.0.0.1:8080, not 'nonsense'"),
        ({"LISTEN": "127.0.0.1:99999"}, "PLACET_LISTEN must be address:port"),
        ({"GITHUB_API_URL": "api.acme.dev"}, "PLACET_GITHUB_API_URL must be an address such as https://github.example"),
    ],
)
def test_a_wrong_setting_is_named_with_the_problem_and_the_fix(changed: Mapping[str, str | None], said: str) -> None:
    found = refusal(**changed)
    assert found.startswith(said)
    assert "\n" not in found


def test_a_secret_can_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from-a-file\n", encoding="utf-8")
    environment = {**COMPLETE, "PLACET_GITHUB_WEBHOOK_SECRET_FILE": str(tmp_path / "secret")}
    del environment["PLACET_GITHUB_WEBHOOK_SECRET"]
    assert load_settings(environment).github_webhook_secret.get_secret_value() == "from-a-file"


def test_a_setting_that_is_given_twice_is_not_guessed_at(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("other", encoding="utf-8")
    said = refusal(GITHUB_WEBHOOK_SECRET_FILE=str(tmp_path / "secret"))
    assert said.startswith("PLACET_GITHUB_WEBHOOK_SECRET and PLACET_GITHUB_WEBHOOK_SECRET_FILE are both set")


def test_a_file_that_is_not_there_is_named_with_its_variable(tmp_path: Path) -> None:
    said = refusal(GITHUB_PRIVATE_KEY=None, GITHUB_PRIVATE_KEY_FILE=str(tmp_path / "app.pem"))
    assert said.startswith(
        f"PLACET_GITHUB_PRIVATE_KEY_FILE names {tmp_path / 'app.pem'}, which cannot be read: No such"
    )
    assert "name a text file that this user may read" in said


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "app.pem").write_bytes(b"\xff\xfe\x00")
    said = refusal(GITHUB_PRIVATE_KEY=None, GITHUB_PRIVATE_KEY_FILE=str(tmp_path / "app.pem"))
    assert "it is no UTF-8 text" in said


def test_a_secret_file_that_is_empty_is_named(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("\n", encoding="utf-8")
    said = refusal(GITHUB_WEBHOOK_SECRET=None, GITHUB_WEBHOOK_SECRET_FILE=str(tmp_path / "secret"))
    assert said == (
        f"PLACET_GITHUB_WEBHOOK_SECRET_FILE names {tmp_path / 'secret'}, which is empty "
        "(write the value of PLACET_GITHUB_WEBHOOK_SECRET into it)"
    )


def test_a_mistyped_variable_is_told_with_what_was_meant() -> None:
    assert unknown_variables({**COMPLETE, "PLACET_GITHUB_APPID": "7", "HOME": "/root"}) == (
        "PLACET_GITHUB_APPID is no setting (did you mean PLACET_GITHUB_APP_ID?), so it is not heeded",
    )
    assert unknown_variables({"PLACET_GITHUB_PRIVATE_KEY_FIL": "x"})[0].count("PLACET_GITHUB_PRIVATE_KEY_FILE") == 1
    assert unknown_variables({"PLACET_LISTEN": "x", "PLACET_DATABASE_URL_FILE": "y"}) == ()


def test_the_database_is_found_without_any_setting_for_github(tmp_path: Path) -> None:
    (tmp_path / "address").write_text("sqlite:////secret.db\n", encoding="utf-8")
    assert load_database_settings({"PLACET_DATA_DIR": "/srv"}).database == "sqlite:////srv/placet.sqlite3"
    assert load_database_settings({"PLACET_DATABASE_URL": "sqlite:////a.db"}).database == "sqlite:////a.db"
    assert load_database_settings({"PLACET_DATABASE_URL_FILE": str(tmp_path / "address")}).database.endswith(
        "secret.db"
    )


def test_a_wrong_setting_for_github_does_not_keep_anybody_from_the_database() -> None:
    assert load_database_settings({"PLACET_GITHUB_APP_ID": "nonsense", "PLACET_GITHUB_PRIVATE_KEY_FILE": "/nowhere"})


def test_a_file_beside_it_is_read_and_the_environment_goes_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hook").write_text("from-a-file", encoding="utf-8")
    (tmp_path / ".env").write_text(
        f"PLACET_GITHUB_APP_ID=8\nPLACET_GITHUB_PRIVATE_KEY=k\nPLACET_GITHUB_WEBHOOK_SECRET_FILE={tmp_path / 'hook'}\n"
        "PLACET_LISTENN=nowhere\nOTHER=1\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("PLACET_GITHUB_APP_ID", "9")
    settings = load_settings()
    assert settings.github_app_id == 9
    assert settings.github_webhook_secret.get_secret_value() == "from-a-file"
    assert any(one.startswith("PLACET_LISTENN is no setting") for one in unknown_variables())
