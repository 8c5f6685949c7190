"""Whether GitHub takes the app's credentials, asked of the sandbox."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from placet.github.confirmation import Confirmation
from placet.github.forge import AppAccess, GitHubForge


async def test_credentials_that_work_are_confirmed_with_one_question(setting: Any) -> None:
    asked = len(setting.sandbox.log.exchanges)
    confirmation = Confirmation(setting.forge, sleep=setting.clock.sleep)
    assert confirmation.missing == "not confirmed yet"
    with capture_logs() as logs:
        await confirmation.run()
    assert confirmation.missing == ""
    assert [one.path for one in setting.sandbox.log.exchanges[asked:]] == ["/app"]
    assert [one["event"] for one in logs if one["log_level"] != "debug"] == ["github_confirmed"]


async def test_a_key_that_is_not_taken_is_said_loudly_and_asked_about_again(setting: Any) -> None:
    setting.sandbox.faults.fail(401, path="/app", times=2)
    confirmation = Confirmation(setting.forge, sleep=setting.clock.sleep)
    with capture_logs() as logs:
        await confirmation.run()
    loud = [one for one in logs if one["log_level"] == "error"]
    assert [one["event"] for one in loud] == ["github_credentials_refused"]
    assert "check the app's id, its private key and this machine's clock" in loud[0]["problem"]
    assert setting.clock.slept[-1] == 60
    assert confirmation.missing == ""


async def test_github_that_does_not_answer_is_told_as_that(setting: Any) -> None:
    setting.sandbox.faults.fail(502, path="/app", times=4)
    confirmation = Confirmation(setting.forge, sleep=setting.clock.sleep)
    with capture_logs() as logs:
        await confirmation.run()
    assert [one["event"] for one in logs if one["log_level"] == "warning"].count("github_not_reached") == 1


class GivenUp(Exception):
    """The test has seen enough."""


async def test_a_key_of_another_app_is_told_with_both_ids(setting: Any, key: bytes) -> None:
    async def give_up(_seconds: float) -> None:
        raise GivenUp

    own = setting.sandbox.app_id
    async with aiohttp.ClientSession() as session:
        forge = GitHubForge(AppAccess(own, key.decode(), setting.sandbox.api_url), session, setting.clock)
        object.__setattr__(forge.access, "app_id", own + 1)
        confirmation = Confirmation(forge, sleep=give_up)
        with capture_logs() as logs, pytest.raises(GivenUp):
            await confirmation.run()
    assert confirmation.missing == f"not confirmed yet: the private key belongs to app {own}, not to {own + 1}"
    (loud,) = [one for one in logs if one["log_level"] == "error"]
    assert (loud["event"], loud["key_of"]) == ("github_app_differs", own)
