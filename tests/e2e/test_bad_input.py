"""What cannot be read: a clear error, a check that fails closed, and a way back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from placet.sandbox import File, Mode
from stage import DIM, SHOP, YML, Stage, dropping, shop, staged

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join(['*' + old] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
ENDLESS = "{% for a in range(99999) %}{% for b in range(99999) %}{{ a }}{% endfor %}{% endfor %} select 1 as id"
BAD: Mapping[str, tuple[str, object, str]] = {
    "broken YAML": (YML, b"models:\n  - name: dim_customers\n    columns: [\n", "not valid YAML"),
    "broken SQL": (DIM, b"select user_id from {{ ref('stg_users') }} where (\n", "does not parse"),
    "a Jinja loop without end": (DIM, ENDLESS.encode(), "loop"),
    "a 50 MB file": (DIM, b"-- " + b"x" * 50_000_000, "too large"),
    "a symbolic link out of the tree": (DIM, File(b"../../../../etc/passwd", Mode.SYMLINK), "symbolic link"),
    "a YAML alias bomb": (YML, BOMB.encode(), "aliases"),
    "a policy with an unknown key": (".github/placet.yml", b"version: 1\ncompatability: full\n", "compatability"),
}
GOOD = {**SHOP, ".github/placet.yml": "version: 1\n"}


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as made:
        shop(made, GOOD)
        yield made


@pytest.mark.parametrize("name", BAD)
async def test_what_cannot_be_read_fails_closed_and_says_what_and_where(stage: Stage, name: str) -> None:
    path, data, told = BAD[name]
    pull = stage.world.open_pull("acme/shop", author="dana", branch="bad", files={path: data}, title=name)
    await stage.settled()
    assert stage.conclusion(pull) in ("action_required", "failure")
    assert path in stage.summary(pull)
    assert told in stage.summary(pull) + stage.title(pull)


@pytest.mark.parametrize("name", BAD)
async def test_the_pull_request_that_mends_it_is_green(stage: Stage, name: str) -> None:
    path, data, _ = BAD[name]
    stage.world.push("acme/shop", "main", {path: data}, author="carl")
    await stage.settled()
    pull = stage.world.open_pull(
        "acme/shop", author="dana", branch="mend", files={path: GOOD[path].encode()}, title="Mend it"
    )
    await stage.settled()
    assert stage.conclusion(pull) == "success", stage.title(pull) + stage.summary(pull)


@pytest.mark.parametrize("name", BAD)
async def test_mending_it_on_the_same_pull_request_turns_the_check(stage: Stage, name: str) -> None:
    path, data, _ = BAD[name]
    pull = stage.world.open_pull("acme/shop", author="dana", branch="bad", files={path: data}, title=name)
    await stage.settled()
    stage.world.push("acme/shop", "bad", {path: GOOD[path].encode()}, author="dana")
    await stage.settled()
    assert (stage.conclusion(pull), stage.title(pull)) == ("success", "No contract change")


async def test_owners_that_cannot_be_read_fail_what_changes_and_let_pass_what_mends_them(stage: Stage) -> None:
    link = File(b"../../etc/passwd", Mode.SYMLINK)
    stage.world.push("acme/shop", "main", {"CODEOWNERS": link}, author="carl")
    await stage.settled()
    breaking = stage.world.open_pull("acme/shop", author="dana", branch="drop", files=dropping("phone"))
    mending = stage.world.open_pull("acme/shop", author="dana", branch="mend", files={"CODEOWNERS": b"* @acme/core\n"})
    await stage.settled()
    assert stage.conclusion(breaking) == "failure"
    assert "CODEOWNERS" in stage.summary(breaking)
    assert stage.conclusion(mending) == "success"
