from __future__ import annotations

from collections.abc import Mapping

import pytest
from aiohttp.test_utils import TestClient, TestServer

from placet.web.app import Answered, Health, make_app


async def asked(health: Health) -> tuple[int, str]:
    async def take(_headers: Mapping[str, str], _body: bytes) -> Answered:
        raise AssertionError("nothing is delivered here")

    async def tell() -> Health:
        return health

    async with TestClient(TestServer(make_app(take, tell))) as client, client.get("/readyz") as answer:
        return answer.status, await answer.text()


@pytest.mark.parametrize(
    ("health", "status", "text"),
    [
        (Health({}), 200, "ready\n"),
        (Health({}, {"GitHub": "not confirmed yet"}), 200, "ready\nGitHub: not confirmed yet\n"),
        (Health({"loops": "stopped: sweep"}), 503, "loops: stopped: sweep\n"),
        (
            Health({"database": "is locked"}, {"GitHub": "not confirmed yet"}),
            503,
            "database: is locked\nGitHub: not confirmed yet\n",
        ),
    ],
)
async def test_readiness_is_about_the_service_and_tells_the_rest(health: Health, status: int, text: str) -> None:
    assert await asked(health) == (status, text)
