from __future__ import annotations

from placet.cli.settings_help import settings_help
from placet.settings import Settings


def test_every_setting_is_listed_with_its_variable_and_what_it_means() -> None:
    listed = dict(settings_help())
    assert set(listed) == {f"PLACET_{name.upper()}" for name in Settings.model_fields}
    assert all(listed.values())


def test_defaults_and_what_has_to_be_set_are_said() -> None:
    listed = dict(settings_help())
    assert listed["PLACET_LISTEN"].endswith("[127.0.0.1:8080]")
    assert listed["PLACET_GITHUB_APP_ID"].endswith("[required]")
    assert "required" not in listed["PLACET_DATABASE_URL"]
    assert "default: an SQLite file" in listed["PLACET_DATABASE_URL"]
    assert "auto, text, json" in listed["PLACET_LOG_FORMAT"]
