"""The stage that most stories play on.

At the end of each, everything that the service said on it is held against GitHub's own description, where the checker
of it is at hand.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from stage import Stage, shop, staged

# GitHub itself, and an Enterprise Server: what is said to one must do for the other.
PROFILES = ("github-2022-11-28", "ghes-3.19")
CHECKER = Path(__file__).parents[3] / "shared" / "tools" / "ghval"


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path, record=True) as made:
        shop(made)
        yield made
        assert findings(made) == []


def findings(stage: Stage) -> list[str]:
    """What GitHub's description has against the requests that the service made."""
    if not CHECKER.is_dir():
        return []
    if str(CHECKER) not in sys.path:
        sys.path.insert(0, str(CHECKER))
    from ghval import RestValidator  # noqa: PLC0415 - found only now

    return [
        f"{profile}: {exchange.method} {exchange.path} -> {exchange.status}: {one}"
        for profile in PROFILES
        for exchange in stage.gh.log.exchanges
        for one in _checker(RestValidator, profile).check(exchange.as_json()).errors
        # In this list alone the description takes an account for a user and an enterprise in one.
        if exchange.path != "/app/installations" or not one.where.endswith("/account")
    ]


@cache
def _checker(validator: Callable[[str], Any], profile: str) -> Any:
    return validator(profile)
