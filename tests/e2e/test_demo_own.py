"""The demo with somebody's own repository: a pull request of theirs, on the simulated GitHub."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from shop_repository import SHOP, WITHOUT_EMAIL, ShopRepository

LIMIT_SECONDS = 100
BROKEN = {"models/broken.yml": "models: [\n"}


def demo(shop: ShopRepository, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, "-m", "placet", "demo", "--headless", "--repo", str(shop.folder), *arguments)
    return subprocess.run(  # noqa: S603 - the test's own interpreter
        command, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False
    )


@pytest.fixture
def shop(tmp_path: Path) -> ShopRepository:
    return ShopRepository(tmp_path / "shop")


def test_a_change_that_breaks_waits_until_the_teams_that_it_names_agreed(shop: ShopRepository) -> None:
    shop.branch("drop", {"models/dim_customers.sql": WITHOUT_EMAIL})
    done = demo(shop, "--base", "main", "--head", "drop")
    assert done.returncode == 0, done.stdout + done.stderr
    for line in (
        "  ✓ the check waits",
        "  ✓ it asks exactly the teams that `placet check` names",
        "  ✓ the check is green",
    ):
        assert line in done.stdout.splitlines()
    assert re.search(r"published: model\.shop\.dim_customers 2\.0\.0", done.stdout)


def test_a_change_that_breaks_nothing_is_green_at_once(shop: ShopRepository) -> None:
    shop.branch("more", {"models/dim_customers.sql": SHOP["models/dim_customers.sql"] + "-- nothing but a remark\n"})
    done = demo(shop, "--base", "main", "--head", "more")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "  ✓ the check is green at once" in done.stdout.splitlines()


def test_a_file_that_cannot_be_read_is_not_merged(shop: ShopRepository) -> None:
    shop.branch("broken", BROKEN)
    done = demo(shop, "--base", "main", "--head", "broken")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "  ✓ a file that cannot be read keeps it from turning green" in done.stdout.splitlines()
    assert "Not merged" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--base", "nowhere"), "nowhere"),
        (("--head", "nowhere"), "nowhere"),
    ],
)
def test_a_revision_that_is_not_there_is_named(shop: ShopRepository, arguments: tuple[str, ...], said: str) -> None:
    done = demo(shop, *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
