from __future__ import annotations

from pathlib import Path

import pytest

from placet.cli.database_address import database_address
from placet.cli.settings_help import settings_help
from placet.errors import Refused
from placet.settings import Settings


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_every_setting_is_listed_with_its_variable_and_what_it_means() -> None:
    listed = dict(settings_help())
    assert set(listed) == {f"PLACET_{name.upper()}" for name in Settings.model_fields}
    assert all(listed.values())


def test_defaults_and_what_has_to_be_set_are_said() -> None:
    listed = dict(settings_help())
    assert listed["PLACET_LISTEN"].endswith("[127.0.0.1:8080]")
    assert listed["PLACET_GITHUB_APP_ID"].endswith("[required]")
    assert "required" not in listed["PLACET_DATABASE_URL"]
    assert "auto, text, json" in listed["PLACET_LOG_FORMAT"]


def test_the_database_is_found_without_any_other_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACET_DATA_DIR", "/srv/placet")
    assert database_address() == "sqlite:////srv/placet/placet.sqlite3"
    monkeypatch.setenv("PLACET_DATABASE_URL", "sqlite:////elsewhere.db")
    assert database_address() == "sqlite:////elsewhere.db"


def test_the_databases_address_can_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "address").write_text("sqlite:////secret.db\n", encoding="utf-8")
    monkeypatch.setenv("PLACET_DATABASE_URL_FILE", str(tmp_path / "address"))
    assert database_address() == "sqlite:////secret.db"
    monkeypatch.setenv("PLACET_DATABASE_URL_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(Refused, match="cannot be read"):
        database_address()


def test_a_setting_that_is_wrong_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACET_SWEEP_SECONDS", "often")
    with pytest.raises(Refused, match="PLACET_SWEEP_SECONDS"):
        database_address()
