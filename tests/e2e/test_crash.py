"""The real service as a process of its own, killed at the worst moment."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from placet.sandbox import Sandbox
from placet.sandbox.model import Pull
from stage import DIM, SHOP, dropping

PATIENCE_SECONDS = 60.0


async def test_a_process_killed_between_delivery_and_evaluation_loses_nothing(tmp_path: Path) -> None:
    async with Sandbox() as gh:
        pull = opened(gh)
        port = free_port()
        # The evaluation begins and hangs in its first question to the forge, until the process is killed.
        gh.faults.slow(PATIENCE_SECONDS, times=100)
        async with served(gh, tmp_path, port) as process:
            gh.hook_url = f"http://127.0.0.1:{port}/github/webhook"
            await gh.settled()
            process.send_signal(signal.SIGKILL)
            await process.wait()
        gh.faults.clear()
        gh.hook_url = ""
        assert not gh.world.check_runs(pull.head_sha)
        async with served(gh, tmp_path, port):
            await until(lambda: any(run.conclusion == "action_required" for run in gh.world.check_runs(pull.head_sha)))
        assert len(gh.world.check_runs(pull.head_sha)) == 1


async def test_the_service_stops_when_it_is_asked_to(tmp_path: Path) -> None:
    async with Sandbox() as gh:
        opened(gh)
        async with served(gh, tmp_path, free_port()) as process:
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), PATIENCE_SECONDS) == 0


async def test_a_file_that_never_ends_to_be_read_costs_one_verdict_and_not_the_service(tmp_path: Path) -> None:
    """Reading happens in a process that is killed at its limits; here the limit is a second for a heavy query."""
    conditions = " and ".join(f"({'(' * 40}user_id = {number}{')' * 40})" for number in range(40_000))
    heavy = "select user_id from {{ ref('stg_users') }} where ?".replace("?", conditions)
    async with Sandbox() as gh:
        pull = opened(gh, {DIM: heavy.encode()})
        port = free_port()
        async with served(gh, tmp_path, port, PLACET_ANALYSIS_SECONDS="1") as process:
            gh.hook_url = f"http://127.0.0.1:{port}/github/webhook"
            await until(lambda: any(run.conclusion == "action_required" for run in gh.world.check_runs(pull.head_sha)))
            run = gh.world.check_runs(pull.head_sha)[0]
            assert DIM in f"{run.summary}{run.text}"
            assert process.returncode is None


def opened(gh: Sandbox, files: dict[str, bytes] | None = None) -> Pull:
    gh.world.organisation("acme", owner="olga")
    gh.world.repository("acme/shop", dict(SHOP))
    gh.world.team("acme/crm", members=["sam-o"])
    gh.world.team("acme/core", members=["dana"])
    return gh.world.open_pull("acme/shop", author="dana", branch="drop", files=files or dropping("phone"))


@asynccontextmanager
async def served(gh: Sandbox, folder: Path, port: int, **settings: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`placet serve` as its own process, ready; killed at the end if it still runs."""
    environment = {
        "PATH": os.environ["PATH"],
        "PLACET_LISTEN": f"127.0.0.1:{port}",
        "PLACET_DATA_DIR": str(folder),
        "PLACET_GITHUB_URL": gh.web_url,
        "PLACET_GITHUB_API_URL": gh.api_url,
        "PLACET_GITHUB_APP_ID": str(gh.app_id),
        "PLACET_GITHUB_PRIVATE_KEY": gh.private_key,
        "PLACET_GITHUB_WEBHOOK_SECRET": gh.webhook_secret,
        "PLACET_GITHUB_WRITE_SECONDS": "0",
        **settings,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "placet", "serve", env=environment, cwd=folder, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await ready(port)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def ready(port: int) -> None:
    async with aiohttp.ClientSession() as session, asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.05)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not holds():  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(0.05)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
